package function

// conversions have code of their own in the emitters: what they do depends on
// the type of their argument.
var conversions = []Func{
	{Name: "tostring", Sig: "(value:any) string", Named: true},
	{Name: "tolong", Sig: "(value:any) long", Named: true},
	{Name: "toint", Sig: "(value:any) int", Named: true},
	{Name: "todouble", Sig: "(value:any) real", Named: true},
	{Name: "todecimal", Sig: "(value:any) decimal", Named: true},
	{Name: "tobool", Sig: "(value:any) bool", Named: true},
	{Name: "todatetime", Sig: "(value:any) datetime", Named: true},
	{Name: "totimespan", Sig: "(value:any) timespan", Named: true},
	{Name: "toguid", Sig: "(value:any) guid", Named: true},
	{Name: "parse_json", Sig: "(text:any) dynamic", Named: true},
	{Name: "todynamic_", Sig: "(value:any) dynamic"},
	{Name: "gettype", Sig: "(value:any) string", Named: true, Prefix: "type_"},
	{Name: "tohex", Sig: "(value:long, [length:long]) string", Named: true},
}

// aliases are other and older names.
var aliases = map[string]string{
	"toreal": "todouble", "toboolean": "tobool", "parsejson": "parse_json", "todynamic": "parse_json", "toobject": "parse_json",
	"iif": "iff", "notempty": "isnotempty", "notnull": "isnotnull", "pack": "bag_pack", "pack_dictionary": "bag_pack",
	"arraylength": "array_length", "extractjson": "extract_json", "extractall": "extract_all", "getmonth": "monthofyear",
	"parseurl": "parse_url", "parseurlquery": "parse_urlquery", "parse_useragent": "parse_user_agent",
	"weekofyear": "week_of_year", "array_iif": "array_iff",
	"base64_decodestring": "base64_decode_tostring", "base64_encodestring": "base64_encode_tostring",
	"parsecsv": "parse_csv", "parsepath": "parse_path",
	"parsexml": "parse_xml", "make_string": "unicode_codepoints_to_string", "to_utf8": "unicode_codepoints_from_string",
}
