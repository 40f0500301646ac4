package query

func joins(s *semantics) {
	const l = `let L = datatable(k:string, a:long)["x", 1, "x", 2, "y", 3, "", 4]; let R = datatable(k:string, a:long)["x", 10, "x", 11, "z", 12, "", 13]; `
	s.rows(l+`L | join R on k | summarize count() by k | sort by k asc`, `["",1] ["x",2]`)
	s.rows(l+`L | join kind=inner R on k | summarize count() by k | sort by k asc`, `["",1] ["x",4]`)
	s.cols(l+`L | join kind=inner R on k`, `k:string a:long k1:string a1:long`)
	s.rows(l+`L | join kind=leftouter R on k | where k == "y"`, `["y",3,"",null]`)
	s.rows(l+`L | join kind=rightouter R on k | where k1 == "z"`, `["",null,"z",12]`)
	s.rows(l+`L | join kind=fullouter R on k | count`, `[7]`)
	s.rows(l+`L | join kind=leftsemi R on k | sort by a asc`, `["x",1] ["x",2] ["",4]`)
	s.rows(l+`L | join kind=leftanti R on k`, `["y",3]`)
	s.rows(l+`L | join kind=anti R on k`, `["y",3]`)
	s.rows(l+`L | join kind=rightanti R on k`, `["z",12]`)
	s.rows(l+`L | join kind=rightsemi R on k | sort by a asc`, `["x",10] ["x",11] ["",13]`)
	s.rows(`datatable(k:long)[1, long(null)] | join kind=inner (datatable(k:long)[long(null), 2]) on k`, `[null,null]`)
	s.rows(`datatable(k:long, v:string)[1, "a", long(null), "b"] | join kind=leftouter (datatable(k:long, w:string)[long(null), "n"]) on k | project v, w | sort by v asc`, `["a",""] ["b","n"]`)
	s.cols(`datatable(k:long, a1:long, a:long)[1, 2, 3] | join kind=inner (datatable(k:long, a:long)[1, 4]) on k`, `k:long a1:long a:long k1:long a2:long`)
	s.rows(`datatable(a:long, b:long)[1, 2] | join kind=inner (datatable(c:long, b:long)[1, 2]) on $left.a == $right.c, b`, `[1,2,1,2]`)
	s.rows(`datatable(a:long)[1] | join kind=inner (datatable(c:long)[1]) on $left.a == $right.c and $right.c == $left.a`, `[1,1]`)
	s.cols(`datatable(k:long, a:long)[1, 2] | lookup (datatable(k:long, a:long, b:long)[1, 3, 4]) on k`, `k:long a:long a1:long b:long`)
	s.rows(`datatable(k:long)[1, 2] | lookup (datatable(q:long, n:string)[1, "one"]) on $left.k == $right.q | sort by k asc`, `[1,"one"] [2,""]`)
	s.rows(`datatable(k:long)[1, 2] | lookup kind=inner (datatable(k:long, n:string)[1, "one"]) on k`, `[1,"one"]`)
	s.fails(`datatable(k:long)[1] | join (datatable(k:string)["1"]) on k`, "")
	s.fails(`datatable(k:long)[1] | join (datatable(q:long)[1]) on $left.k > $right.q`, "")
}

func unions(s *semantics) {
	s.rows(`union (datatable(a:long, b:string)[1, "x"]), (datatable(a:long)[2]) | sort by a asc`, `[1,"x"] [2,""]`)
	s.cols(`union (datatable(a:long)[1]), (datatable(a:string)["x"])`, `a_long:long a_string:string`)
	s.rows(`union (datatable(a:long)[1]), (datatable(a:string)["x"]) | sort by a_long asc`, `[null,"x"] [1,""]`)
	// The documentation keeps common columns only, the analyzer all: the analyzer decides.
	s.cols(`union kind=inner (datatable(a:long, b:long)[1, 2]), (datatable(a:long)[1])`, `a:long b:long`)
	s.rows(`datatable(a:long)[1] | union (datatable(a:long)[2]) | summarize sum(a)`, `[3]`)
	s.rows(`union isfuzzy=true (datatable(a:long)[1]), NoSuchTable`, `[1]`)
	s.fails(`union (datatable(a:long)[1]), NoSuchTable`, "NoSuchTable")
	s.rows(`union withsource=S SigninLogs, AuditLogs | count`, `[0]`)
	s.rows(`union AAD* | count`, `[0]`)
	s.rows(`union SigninLogs, AADNonInteractiveUserSignInLogs | getschema | where ColumnName startswith "LocationDetails" | project ColumnName | sort by ColumnName asc`, `["LocationDetails_dynamic"] ["LocationDetails_string"]`)
	s.rows(`let f = (name:string) { table(name) | where ResultType == "0" }; union isfuzzy=true f("SigninLogs"), f("AADNonInteractiveUserSignInLogs") | count`, `[0]`)
}

func aggregates(s *semantics) {
	s.rows(`datatable(a:long)[] | summarize count(), sum(a), dcount(a), make_list(a), max(a), avg(a)`, `[0,0,0,[],null,"NaN"]`)
	s.rows(`datatable(a:long)[] | summarize count() by a`, ``)
	s.rows(`datatable(a:long)[1, long(null), 3] | summarize count(), count(a), sum(a), avg(a), min(a), dcount(a)`, `[3,3,4,2,1,2]`)
	s.rows(`datatable(t:string)["a", "", "a"] | summarize make_list(t), dcount(t)`, `[["a","","a"],2]`)
	s.rows(`datatable(a:long)[1, long(null)] | summarize make_list(a), make_list_with_nulls(a)`, `[[1],[1,null]]`)
	s.rows(`datatable(k:string, v:long)["a", 1, "a", 5, "a", long(null), "b", long(null)] | summarize arg_max(v, *) by k | sort by k asc`, `["a",5] ["b",null]`)
	s.rows(`datatable(k:string, v:long, w:string)["a", 1, "x", "a", 5, "y"] | summarize arg_max(v, w) by k`, `["a",5,"y"]`)
	s.rows(`datatable(k:string, v:long, w:long)["a", 1, 7, "a", 5, long(null)] | summarize arg_max(v, w) by k`, `["a",5,null]`)
	s.rows(`datatable(d:dynamic)[dynamic([1,2]), dynamic([2,3])] | summarize s = array_sort_asc(make_set(d))`, `[[1,2,3]]`)
	s.rows(`datatable(a:long)[1, 2, 3] | summarize countif(a > 1), sumif(a, a > 1), dcountif(a, a > 5), minif(a, a > 1)`, `[2,5,0,2]`)
	s.rows(`range i from 1 to 10 step 1 | summarize array_length(make_list(i, 3)), array_length(make_set(i, 4))`, `[3,4]`)
	s.rows(`datatable(a:long, b:string)[1, "x", 1, "x", 2, "y"] | summarize by a, b | sort by a asc`, `[1,"x"] [2,"y"]`)
	s.rows(`datatable(a:long)[1, 1, 2] | distinct * | count`, `[2]`)
	s.rows(`datatable(a:long)[1, long(null), long(null)] | summarize count() by a | sort by a asc`, `[null,2] [1,1]`)
	s.rows(`datatable(a:real)[1, 2, 3, 4] | summarize round(stdev(a), 4), variance(a)`, `[1.291,1.6666666666666667]`)
	s.rows(`datatable(t:datetime)[datetime(2024-01-01 01:30), datetime(2024-01-01 01:40), datetime(2024-01-01 03:00)] | summarize n = count() by bin(t, 1h) | sort by t asc`, `["2024-01-01T01:00:00.0000000Z",2] ["2024-01-01T03:00:00.0000000Z",1]`)
	s.rows(`datatable(a:long)[] | count`, `[0]`)
	s.rows(`range i from 1 to 5 step 1 | summarize max(i) + 1, max(i) / min(i)`, `[6,5]`)
}

func automaticNames(s *semantics) {
	const t = `datatable(a:long, b:string, t:datetime, d:dynamic)[] | `
	f := func(op, want string) { s.Helper(); s.cols(t+op, want) }
	f(`summarize count(), count()`, `count_:long count_1:long`)
	f(`summarize countif(a > 1), dcountif(b, a > 1), sumif(a, a > 1)`, `countif_:long dcountif_b:long sumif_a:long`)
	f(`summarize dcount(b), max(t), avg(a), sum(tolong(d.n))`, `dcount_b:long max_t:datetime avg_a:real sum_d_n:long`)
	f(`summarize make_set(b), make_list(b), make_bag(d)`, `set_b:dynamic list_b:dynamic bag_d:dynamic`)
	f(`summarize percentile(a, 95) by b`, `b:string percentile_a_95:long`)
	f(`summarize percentiles(a, 50, 95)`, `percentile_a_50:long percentile_a_95:long`)
	f(`summarize arg_max(t, *) by b`, `b:string t:datetime a:long d:dynamic`)
	f(`summarize x = arg_max(t, b)`, `x:datetime b:string`)
	f(`summarize take_any(b), any(a)`, `b:string any_a:long`)
	f(`summarize max(a) + 1, max(a) / min(a)`, `Column1:long Column2:long`)
	f(`summarize toint(max(a))`, `max_a:int`)
	f(`summarize count() by bin(t, 1h), tostring(d.x)`, `t:datetime d_x:string count_:long`)
	f(`summarize count() by tostring(d["y"]), tostring(d[0])`, `d_y:string d_0:string count_:long`)
	f(`summarize count() by tolower(b)`, `Column1:string count_:long`)
	f(`count`, `Count:long`)
	f(`make-series count() on t step 1h by b`, `b:string count_:dynamic t:dynamic`)
	f(`extend d.x, a + 1, strcat(b, "x")`, `a:long b:string t:datetime d:dynamic d_x:dynamic Column1:long Column2:string`)
	s.cols(`print 1, "x"`, `print_0:long print_1:string`)
}

func columns(s *semantics) {
	s.cols(`datatable(a:long, b:long)[1, 2] | extend a = "x"`, `a:string b:long`)
	s.rows(`print a = 1, b = 2 | extend a = a + 10, c = a + b`, `[11,2,3]`)
	s.rows(`print I = dynamic({"user":{"id":"u1","n":"ada"}}) | extend I = tostring(I.user.n), Z = tostring(I.user.id)`, `["ada","u1"]`)
	s.rows(`print a = 1, b = 2 | project b = a, a = b`, `[1,2]`)
	s.fails(`print a = 1 | project x = 1, y = x`, "")
	s.cols(`print aa = 1, ab = 2, b = 3, Ab = 4 | project-away a*`, `b:long Ab:long`)
	s.cols(`print xb = 1, ab = 2, c = 3 | project-keep *b`, `xb:long ab:long`)
	s.cols(`print a = 1, x = 2, b = 3 | project-reorder x, *`, `x:long a:long b:long`)
	s.cols(`print c = 1, b = 2, a = 3 | project-reorder b`, `b:long c:long a:long`)
	s.cols(`print a = 1, b = 2 | project-rename z = a`, `z:long b:long`)
	s.rows(`print a = 1 | extend b = column_ifexists("a", 0), c = column_ifexists("nope", "none")`, `[1,1,"none"]`)
	s.rows(`print a = 1, A = 2 | extend aA = a + A`, `[1,2,3]`)
	s.cols(`print a = 1 | extend x = 1, x2 = a`, `a:long x:long x2:long`)
	s.fails(`print a = 1 | project b`, "b")
}
