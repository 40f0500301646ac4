package function

var network = []Func{
	{Name: "parse_ipv4", Sig: "(ip:string) long"},
	{Name: "parse_ipv4_mask", Sig: "(ip:string, prefix:long) long"},
	{Name: "format_ipv4", Sig: "(ip:any, [prefix:long]) string"},
	{Name: "format_ipv4_mask", Sig: "(ip:any, [prefix:long]) string"},
	{Name: "ipv4_compare", Sig: "(a:string, b:string, [prefix:long]) long"},
	{Name: "ipv4_is_match", Sig: "(a:string, b:string, [prefix:long]) bool"},
	{Name: "ipv4_is_in_range", Sig: "(ip:string, range:string) bool"},
	{Name: "ipv4_is_in_any_range", Sig: "(ip:string, range:any...) bool"},
	{Name: "ipv4_is_private", Sig: "(ip:string) bool"},
	{Name: "ipv4_netmask_suffix", Sig: "(ip:string) long"},
	{Name: "ipv4_range_to_cidr_list", Sig: "(start:string, end:string) dynamic"},
	{Name: "parse_ipv6", Sig: "(ip:string) string"},
	{Name: "parse_ipv6_mask", Sig: "(ip:string, prefix:long) string"},
	{Name: "ipv6_compare", Sig: "(a:string, b:string, [prefix:long]) long"},
	{Name: "ipv6_is_match", Sig: "(a:string, b:string, [prefix:long]) bool"},
	{Name: "ipv6_is_in_range", Sig: "(ip:string, range:string) bool"},
	{Name: "ipv6_is_in_any_range", Sig: "(ip:string, range:any...) bool"},
	{Name: "has_ipv4", Sig: "(text:string, ip:string) bool"},
	{Name: "has_any_ipv4", Sig: "(text:string, ip:any...) bool"},
	{Name: "has_ipv4_prefix", Sig: "(text:string, prefix:string) bool"},
	{Name: "has_any_ipv4_prefix", Sig: "(text:string, prefix:any...) bool"},
	{Name: "geo_info_from_ip_address", Sig: "(ip:string) dynamic"},
}

var geo = []Func{
	{Name: "geo_distance_2points", Sig: "(lon1:real, lat1:real, lon2:real, lat2:real) real"},
	{Name: "geo_distance_point_to_line", Sig: "(lon:real, lat:real, line:dynamic) real"},
	{Name: "geo_point_in_circle", Sig: "(lon:real, lat:real, centerLon:real, centerLat:real, radius:real) bool"},
	{Name: "geo_point_in_polygon", Sig: "(lon:real, lat:real, polygon:dynamic) bool"},
	{Name: "geo_point_to_geohash", Sig: "(lon:real, lat:real, [accuracy:long]) string"},
	{Name: "geo_geohash_to_polygon", Sig: "(geohash:string) dynamic"},
	{Name: "geo_geohash_to_central_point", Sig: "(geohash:string) dynamic"},
	{Name: "geo_line_length", Sig: "(line:dynamic) real"},
	{Name: "geo_polygon_area", Sig: "(polygon:dynamic) real"},
}
