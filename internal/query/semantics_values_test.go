package query

func nulls(s *semantics) {
	p := s.print
	p(`isnull(""), isempty(""), isnull(long(null)), isempty(long(null))`, `false,true,true,true`)
	p(`tostring(long(null)), tostring(dynamic(null)), strcat("a", long(null), "b")`, `"","","ab"`)
	p(`long(null) == long(null), long(null) == 5, 5 == long(null)`, `null,false,false`)
	p(`long(null) != long(null), long(null) != 5`, `null,true`)
	p(`long(null) < 5, long(null) + 5, -long(null)`, `null,null,null`)
	p(`not(long(null) == 5), not(bool(null))`, `true,null`)
	p(`bool(null) and false, bool(null) and true, bool(null) or true, bool(null) or false`, `false,null,true,null`)
	p(`iff(bool(null), 1, 2), iff(long(null) > 1, "a", "b")`, `2,"b"`)
	p(`case(bool(null), 1, true, 2, 3), coalesce(long(null), 4), coalesce("", "x")`, `2,4,"x"`)
	s.rows(`datatable(a:long)[1, long(null), 5] | where a != 5 | sort by a asc`, `[null] [1]`)
	s.rows(`datatable(a:long)[1, long(null), 5] | where a !in (1, 2) | sort by a asc`, `[null] [5]`)
	s.rows(`datatable(a:long)[1, long(null), 5] | where a in (1, 2)`, `[1]`)
	s.rows(`datatable(a:long)[1, long(null)] | where not(a == 1)`, `[null]`)
	s.rows(`datatable(a:long)[1, long(null)] | where a > 0 or isnull(a) | count`, `[2]`)
	s.rows(`datatable(a:long, b:long)[1, 1, 1, long(null), long(null), long(null)] | where a != b`, `[1,null]`)
	s.rows(`datatable(a:long, b:long)[1, 1, 1, long(null), long(null), long(null)] | extend e = a == b, n = a != b | project e, n`, `[true,false] [false,true] [null,null]`)
	s.rows(`datatable(t:string)["a", "", "b"] | where t !contains "a" | sort by t asc`, `[""] ["b"]`)
	s.rows(`datatable(t:string)["a", ""] | where t != "a"`, `[""]`)
}

func notNumbers(s *semantics) {
	s.print(`real(nan) == real(nan), real(nan) != real(nan), real(nan) > 1, real(nan) >= real(nan), real(nan) < 1, 1.0 < real(nan), real(nan) != 1.0`, `false,true,false,false,false,false,true`)
	s.print(`not(real(nan) > 1), iff(0.0 / 0.0 > 5, "y", "n"), real(nan) == real(null)`, `true,"n",false`)
	data := `datatable(x:real)[5, real(nan), real(null), real(-inf), 0, real(+inf)]`
	s.rows(data+` | where x > 0 | count`, `[2]`)
	s.rows(data+` | where x < 1 | count`, `[2]`)
	s.rows(data+` | where x == x | count`, `[4]`)
	s.rows(data+` | where x != 0 | count`, `[5]`)
	s.rows(data+` | sort by x asc`, `[null] ["NaN"] ["-Infinity"] [0] [5] ["Infinity"]`)
	s.rows(data+` | sort by x desc`, `["Infinity"] [5] [0] ["-Infinity"] ["NaN"] [null]`)
	s.rows(data+` | sort by x asc nulls last`, `["-Infinity"] [0] [5] ["Infinity"] ["NaN"] [null]`)
	s.rows(data+` | sort by x desc nulls first`, `[null] ["NaN"] ["Infinity"] [5] [0] ["-Infinity"]`)
	s.rows(data+` | top 2 by x`, `["Infinity"] [5]`)
	s.rows(data+` | sort by x asc | scan declare (c: long) with (step a: true => c = iff(x > 0, 1, 0);) | summarize sum(c)`, `[2]`)
}

func calendar(s *semantics) {
	s.print(`datetime(9999-12-31) + 2d, datetime(0001-01-01) - 1d, startofday(datetime(9999-12-31), 1), isnull(datetime(9999-12-31) + 2d)`, `null,null,null,true`)
	s.rows(`range i from 1 to 2 step 1 | extend t = datetime(9999-12-30) + i * 1d, u = unixtime_seconds_todatetime(i * 1e18) | project t, u`, `["9999-12-31T00:00:00.0000000Z",null] [null,null]`)
	s.rows(`datatable(d:timespan)[10675199d, 1d] | project datetime(2020-01-01) + d`, `[null] ["2020-01-02T00:00:00.0000000Z"]`)
	// == between a time and something else compares: a text is read, a number counts ticks.
	s.print(`datetime(2020-01-01) == "2020-01-01", 1h == "01:00:00", datetime(2020-01-01) != "x", datetime(2020-01-01) in ("2020-01-01")`, `true,true,true,true`)
	s.print(`dayofweek(datetime(2024-01-07)) in (0, 6), 1d == 864000000000, 1d == 6, now() == 5`, `true,true,false,false`)
	s.fails(`print now() > "2020-01-01"`, "")
	s.cols(`print d = datetime_part("day", now())`, `d:int`)
}

func dynamics(s *semantics) {
	p := s.print
	p(`dynamic({"a":{"b":[10,20,30]}}).a.b[1], dynamic([1,2,3])[-1], dynamic([1,2,3])[9]`, `20,3,null`)
	p(`dynamic({"a":1}).x.y.z, dynamic({"a":1})["a"], dynamic({"a.b":7}).['a.b'], dynamic([1]).a`, `null,1,7,null`)
	p(`parse_json("not json"), gettype(parse_json("not json")), isnull(parse_json("")), isnull(parse_json("null"))`, `"not json","string",true,true`)
	p(`gettype(parse_json("123")), gettype(parse_json("1.5")), gettype(parse_json("[1]")), gettype(parse_json("{}")), gettype(parse_json("true"))`, `"long","real","array","dictionary","bool"`)
	p(`parse_json("[1,]"), parse_json('{"a":"x,]"}'), parse_json('{"a":1,}'), gettype(parse_json("[1,\n ]"))`, `"[1,]",{"a":"x,]"},"{\"a\":1,}","string"`)
	p(`gettype(dynamic(null)), gettype(1), gettype("x"), gettype(1h)`, `"null","long","string","timespan"`)
	p(`tostring(dynamic("x")), tostring(dynamic({"a":[1,"b"]})), tostring(dynamic([1, 2])), tostring(dynamic(5))`, `"x","{\"a\":[1,\"b\"]}","[1,2]","5"`)
	p(`d=dynamic({"newValue":"\"Global Administrator\""}) | project tostring(d.newValue), trim('"', tostring(d.newValue)), tostring(parse_json(tostring(d.newValue)))`, `"\"Global Administrator\"","Global Administrator","Global Administrator"`)
	p(`d=dynamic({"v":"{\"a\":1}"}) | project parse_json(d.v).a, parse_json(tostring(d.v)).a`, `null,1`)
	p(`d=dynamic({"t":"User","n":0,"b":true,"s":"0"}) | project d.t == "User", d.t =~ "user", d.n == 0, d.b == true, d.n == 1`, `true,true,true,true,false`)
	p(`d=dynamic({"t":"User"}) | project d.t in ("User", "Group"), d.x == "", d.x != "a"`, `true,true,true`)
	p(`d=dynamic({"r":["Global Admin","Reader"]}) | project d.r has "admin", d.r contains "READ", d has "reader", d.r has "min"`, `true,true,true,false`)
	p(`parse_json("118.0") == 118, isempty(parse_json("[]")), array_length(dynamic({"a":1})), array_length(dynamic([]))`, `true,false,null,0`)
	p(`tolong(dynamic("5")), toint(dynamic(5)), tobool(dynamic("true")), todatetime(dynamic("2024-01-02"))`, `5,5,true,"2024-01-02T00:00:00.0000000Z"`)
	p(`bag_keys(dynamic({"a":1})), bag_merge(dynamic({"a":1}), dynamic({"a":2,"b":3})), set_has_element(dynamic(["a"]), "a")`, `["a"],{"a":1,"b":3},true`)
	// The analyzer refuses these; running them harms nobody.
	s.rows(`datatable(d:dynamic)[1] | sort by d`, `[1]`)
	s.rows(`datatable(d:dynamic)[1] | summarize count() by d`, `[1,1]`)
	s.fails(`datatable(t:string)["x"] | project t.a`, "")
	s.rows(`datatable(d:dynamic)[dynamic(["b","a"])] | where d != "[]" | count`, `[1]`)
}

func texts(s *semantics) {
	p := s.print
	p(`"a-b_c" has "b", "a-b_c" has "a-b", "abc" has "b", "1.2.3" has "2.3", "1_2_3" has "2.3"`, `true,true,false,true,false`)
	p(`"МИР привет" has "привет", "ПриветМир" has "мир", "CAFÉ" has "café", "alpha_beta" has "alpha"`, `true,false,true,true`)
	p(`"abc" has "", "MFA denied; user declined" has "denied; user", "live.com#x@y" has "com#", "a@b" has "@"`, `true,true,true,true`)
	p(`"ab12" has "ab", "日本語" has "日本", "x" !has "y", "Error Code" has_cs "error"`, `false,false,true,false`)
	p(`"one two" has_any ("three", "TWO"), "one two" has_all ("one", "TWO"), "one two" has_all (dynamic(["one", "six"]))`, `true,true,false`)
	p(`"sign-in" hasprefix "si", "sign-in" hasprefix "in", "sign-in" hassuffix "gn", "sign-in" hasprefix "ign"`, `true,true,true,false`)
	p(`"Abc" == "abc", "Abc" =~ "abc", "Abc" !~ "abc", "CAFÉ" =~ "café", "Straße" =~ "STRASSE"`, `false,true,false,true,false`)
	p(`"Abc" in ("abc"), "Abc" in~ ("abc"), "Abc" !in ("abc"), "Abc" !in~ ("abc")`, `false,true,true,false`)
	p(`"Abc" contains "BC", "Abc" contains_cs "BC", "Abc" startswith "aB", "Abc" startswith_cs "aB", "Abc" endswith "C"`, `true,false,true,false,true`)
	p(`"a%b_c" contains "%", "abc" contains "%", "a_c" contains "_", "abc" startswith "a_"`, `true,false,true,false`)
	s.rows(`datatable(r:string)["0", "50126", "", "abc"] | where r == 50126`, `["50126"]`)
	s.rows(`datatable(r:string)["0", "50126", "50053"] | where r in (50126, 50053) | sort by r asc`, `["50053"] ["50126"]`)
	s.rows(`datatable(r:string)["0", "50126"] | where r != 0`, `["50126"]`)
	s.fails(`print "a" > "b"`, "")
	s.fails(`datatable(n:long)[1] | where n has "1"`, "")
	s.fails(`print now() > "x"`, "")
	p(`"abc123" matches regex "[0-9]+", extract("([0-9]+)", 1, "abc123"), extract("x(y)", 1, "abc"), extract("([0-9]+)", 1, "a7", typeof(long))`, `true,"123","",7`)
	p(`replace_regex("a1b2", "([0-9])", "<\\1>"), trim("[.]+", "..a.b.."), replace_string("a.b.c", ".", "-")`, `"a<1>b<2>","a.b","a-b-c"`)
	p(`split("a_b", "_"), split("a_b_c", "_", 1), split("", "_"), split("a", "_")`, `["a","b"],["b"],[""],["a"]`)
	p(`strlen("café"), indexof("abc", "c"), indexof("abc", "x"), substring("abcdef", 1, 2), substring("abcdef", -2)`, `4,2,-1,"bc","ef"`)
	p(`strcat("a", 1, true, 1.5, 1h), strcat_delim("-", "a", 2)`, `"a1True1.501:00:00","a-2"`)
	p(`'a"b', "a'b", @"c:\d", "t\tx", h"secret", "ab" 'cd', @"say ""x"""`, `"a\"b","a'b","c:\\d","t\tx","secret","abcd","say \"x\""`)
	p("```raw \\ \"x\"```", `"raw \\ \"x\""`)
	s.rows(`let V = datatable(u:string, n:long)["a", 1, "b", 2]; datatable(u:string)["b", "c"] | where u in (V)`, `["b"]`)
	s.rows(`let V = datatable(u:string)["a"]; datatable(u:string)["a", "c"] | where u !in (V)`, `["c"]`)
	s.rows(`let V = dynamic(["a", "b"]); datatable(u:string)["a", "c"] | where u in (V)`, `["a"]`)
	s.rows(`let V = datatable(u:string)["two"]; datatable(u:string)["one two", "one"] | where u has_any (V)`, `["one two"]`)
}

func times(s *semantics) {
	p := s.print
	p(`1h / 2m, 1h * 2, 2 * 1h, 1d - 36h, -1h, 1.5h, 1tick, 5min`, `30,"02:00:00","02:00:00","-12:00:00","-01:00:00","01:30:00","00:00:00.0000001","00:05:00"`)
	p(`datetime(2024-01-02) - datetime(2024-01-01), datetime(2024-01-01) + 1d, gettype(datetime(2024-01-02) - datetime(2024-01-01))`, `"1.00:00:00","2024-01-02T00:00:00.0000000Z","timespan"`)
	p(`tostring(datetime(2024-01-02 03:04:05.1234567)), tostring(1d + 2h + 3m + 4.5s), tostring(true), tostring(1.5)`, `"2024-01-02T03:04:05.1234567Z","1.02:03:04.5000000","True","1.5"`)
	p(`bin(datetime(2024-01-03 13:45), 7d), bin(datetime(2024-01-03 13:45), 1h), bin(datetime(2024-01-03 13:45), 10d)`, `"2024-01-01T00:00:00.0000000Z","2024-01-03T13:00:00.0000000Z","2023-12-27T00:00:00.0000000Z"`)
	p(`bin(-7, 5), bin(4.5, 1), bin(7, long(null)), bin(7h, 2h)`, `-10,4,null,"06:00:00"`)
	p(`bin_at(datetime(2024-01-03 13:45), 7d, datetime(2024-01-02))`, `"2024-01-02T00:00:00.0000000Z"`)
	p(`datetime(2024-01-02) between (datetime(2024-01-01) .. 1d), 5 between (1 .. 5), 5 !between (1 .. 4), datetime(2024-01-03) between (datetime(2024-01-01) .. 1d)`, `true,true,true,false`)
	p(`datetime_diff("week", datetime(2017-10-29), datetime(2017-09-30)), datetime_diff("day", datetime(2024-01-02 00:01), datetime(2024-01-01 23:59)), datetime_diff("hour", datetime(2024-01-01), datetime(2024-01-02))`, `5,1,-24`)
	p(`datetime_diff("year", datetime(2024-01-01), datetime(2023-12-31)), datetime_diff("month", datetime(2024-01-31), datetime(2023-12-01))`, `1,1`)
	p(`startofweek(datetime(2024-01-03)), dayofweek(datetime(2024-01-02)), toint(dayofweek(datetime(2024-01-02)) / 1d), hourofday(datetime(2024-01-02 13:00))`, `"2023-12-31T00:00:00.0000000Z","2.00:00:00",2,13`)
	p(`todatetime("garbage"), todatetime("12-02-2022"), todatetime("13-01-2022"), todatetime("2024-01-01T02:00:00+02:00")`, `null,"2022-12-02T00:00:00.0000000Z",null,"2024-01-01T00:00:00.0000000Z"`)
	p(`datetime(null), isnull(datetime(null)), totimespan("1.02:03:04"), totimespan("x"), timespan(2)`, `null,true,"1.02:03:04",null,"2.00:00:00"`)
	p(`now() == now(), ago(1h) == now() - 1h, now(-1h) == ago(1h)`, `true,true,true`)
	p(`endofday(datetime(2024-02-28)), startofmonth(datetime(2024-02-28), 1), endofmonth(datetime(2024-02-01))`, `"2024-02-28T23:59:59.9999999Z","2024-03-01T00:00:00.0000000Z","2024-02-29T23:59:59.9999999Z"`)
	p(`datetime(0001-01-01), datetime(9999-12-31), datetime(1601-01-01) < datetime(2300-01-01)`, `"0001-01-01T00:00:00.0000000Z","9999-12-31T00:00:00.0000000Z",true`)
	p(`datetime(2024-01-01 00:00:00.0000001) > datetime(2024-01-01)`, `true`)
	p(`format_datetime(datetime(2024-05-06 07:08:09), "yy-M-d H:m:s"), format_timespan(1d + 2h + 3m, "d.hh:mm")`, `"24-5-6 7:8:9","1.02:03"`)
}

func numbers(s *semantics) {
	p := s.print
	p(`1 / 2, -7 / 2, 7 / -2, 1 / 2.0, gettype(1 / 2)`, `0,-3,-3,0.5,"long"`)
	p(`1 / 0, 1.0 / 0.0, 0.0 / 0.0, -1.0 / 0.0`, `null,"Infinity","NaN","-Infinity"`)
	p(`-14 % 12, 14 % -12, -14 % -12, 14 % 12`, `10,2,10,2`)
	p(`int(2147483647) + 1, toint("2147483648"), toint("0xFF"), tolong("x"), todouble("x"), toint("abc")`, `2147483648,null,255,null,null,null`)
	p(`round(2.567, 2), round(2.5), tolong(2.9), toint(-2.9), tolong("1.5")`, `2.57,3,2,-2,null`)
	p(`1 + 2 * 3, (1 + 2) * 3, -2 * 3, 2 - -2, 0x10`, `7,9,-6,4,16`)
	p(`1 == 1.0, 5 > 4.5, max_of(1, 2.5), 1e3`, `true,true,2.5,1000`)
	p(`gettype(int(1) + int(1)), gettype(1 + 1.0), gettype(1 > 0)`, `"long","real","bool"`)
	p(`isnan(0.0 / 0.0), isfinite(1.0 / 0.0), binary_and(12, 10), tobool("yes"), tobool(2)`, `true,false,8,null,true`)
}
