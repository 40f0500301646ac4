package builtin

import "testing"

func TestParsers(t *testing.T) {
	f := check(t)
	f("10000000000000000", "parse_version_text", "0.1")
	f("1000000000000000000000000", "parse_version_text", "1")
	f("0", "parse_version_text", "0.0.0.0")
	f("", "parse_version_text", "1.2.3.4.5")
	f("", "parse_version_text", "v1")
	f("null", "parse_version", "123456789")
	f(`["a","","c d"]`, "parse_csv", "a,,c d")
	f(`["a","b\nc",""]`, "parse_csv", "a,\"b\nc\",\r\nnext")
	f(`[""]`, "parse_csv", "")
	f(`["open"]`, "parse_csv", `"open`)
	f(`["a.exe","b c","d\\","e\"f"]`, "parse_command_line", `a.exe "b c" d\ e\"f`, "windows")
	f(`["C:\\Program Files\\x.exe","-n","\\"]`, "parse_command_line", `"C:\Program Files\x.exe" -n "\\"`, "windows")
	f("null", "parse_command_line", "a", "posix")
	f("null", "parse_command_line", "  ", "windows")
	path := func(scheme, root, dir, name, file, ext, stream string) string {
		return `{"Scheme":"` + scheme + `","RootPath":"` + root + `","DirectoryPath":"` + dir + `","DirectoryName":"` + name +
			`","Filename":"` + file + `","Extension":"` + ext + `","AlternateDataStreamName":"` + stream + `"}`
	}
	f(path("", "D:", `D:\\logs`, "logs", "sign.in.log", "log", ""), "parse_path", `D:\logs\sign.in.log`)
	f(path("", "C:", `\\\\?\\C:\\a`, "a", "b", "", ""), "parse_path", `\\?\C:\a\b`)
	f(path("", "", "", "", "x", "", "s"), "parse_path", "x:s")
}

func TestXML(t *testing.T) {
	f := check(t)
	f(`{"r":null}`, "parse_xml", "<r/>")
	f(`{"r":"x & y"}`, "parse_xml", "<?xml version='1.0'?><!-- c --><r> x &amp; y </r>")
	f(`{"r":{"@id":"1","#text":"t"}}`, "parse_xml", `<r id="1">t</r>`)
	f(`{"r":{"i":["1",{"@k":"v"},null],"j":"2"}}`, "parse_xml", `<r><i>1</i><i k="v"/><j>2</j><i></i></r>`)
	f(`{"s:r":{"@xmlns:s":"u"}}`, "parse_xml", `<s:r xmlns:s="u"/>`)
	f(`{"r":"<raw>"}`, "parse_xml", `<r><![CDATA[<raw>]]></r>`)
	for _, bad := range []string{"", "text", "<r>", "<r></s>", "<a/><b/>", "<r>&unknown;</r>", "</r>"} {
		f("null", "parse_xml", bad)
	}
}

func FuzzParsers(f *testing.F) {
	for _, s := range []string{"<a b='c'>d</a>", `a "b\" c`, "1.2", `C:\a:b`, "2024-01-02T03:04:05.6Z", "1.02:03:04", "10.0.0.1/8", "::1/64", `{"a":[1,"b"]}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		parseXML(s)
		commandLine(s)
		parseCSV(s)
		parsePath(s)
		parseV4(s)
		hasV4Prefix(s, s)
		keyPath(s)
		parseNetwork(s)
		if n, ok := ParseDatetime(s); ok {
			if again, ok := ParseDatetime(FormatDatetime(n)); !ok || again != n {
				t.Errorf("%q is %d and then %d", s, n, again)
			}
		}
		if n, ok := ParseTimespan(s); ok {
			if again, ok := ParseTimespan(FormatTimespan(n)); !ok || again != n {
				t.Errorf("%q is %d and then %d", s, n, again)
			}
		}
		if c, ok := Compact(s); ok {
			if again, ok := Compact(c); !ok || again != c {
				t.Errorf("%q is %s and then %s", s, c, again)
			}
		}
	})
}
