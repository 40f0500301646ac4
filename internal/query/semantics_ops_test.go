package query

func expansions(s *semantics) {
	s.rows(`print d = dynamic([1, 2]) | mv-expand d`, `[1] [2]`)
	s.rows(`print a = 1, d = dynamic([]) | mv-expand d`, ``)
	s.rows(`print a = 1, d = dynamic(null) | mv-expand d`, `[1,null]`)
	s.rows(`print a = 1, d = dynamic(5) | mv-expand d`, `[1,5]`)
	s.rows(`print a = dynamic([1, 2, 3]), b = dynamic(["x"]) | mv-expand a, b`, `[1,"x"] [2,null] [3,null]`)
	s.rows(`print a = dynamic([1, 2]), b = dynamic(["x", "y"]) | mv-expand a | mv-expand b | count`, `[4]`)
	s.rows(`print d = dynamic({"k": 1}) | mv-expand d`, `[{"k":1}]`)
	s.rows(`print d = dynamic({"k": 1}) | mv-expand kind=array d`, `[["k",1]]`)
	s.rows(`print d = dynamic(["1", "x"]) | mv-expand d to typeof(long)`, `[1] [null]`)
	s.rows(`print d = dynamic(["a", "b"]) | mv-expand with_itemindex=i d to typeof(string)`, `["a",0] ["b",1]`)
	s.rows(`print d = dynamic([1, 2, 3]) | mv-expand d limit 2 | count`, `[2]`)
	s.cols(`print d = dynamic([1]) | mv-expand x = d`, `d:dynamic x:dynamic`)
	s.cols(`print d = dynamic({"x":[1]}) | mv-expand d.x`, `d:dynamic d_x:dynamic`)
	s.cols(`print t = "[1]" | mv-expand todynamic(t)`, `t:dynamic`)
	s.fails(`print t = "[1]" | mv-expand t`, "")
	s.rows(`datatable(k:string, d:dynamic)["a", dynamic([1, 5]), "b", dynamic([2])] | mv-apply v = d to typeof(long) on (summarize m = max(v)) | project k, m | sort by k asc`, `["a",5] ["b",2]`)
	s.rows(`datatable(k:string, d:dynamic)["a", dynamic([1, 5]), "b", dynamic([2])] | mv-apply v = d to typeof(long) on (where v > 3) | project k, v`, `["a",5]`)
	s.rows(`datatable(k:string, d:dynamic)["a", dynamic([3, 9, 5])] | mv-apply v = d to typeof(long) on (top 2 by v) | project v`, `[9] [5]`)
	s.rows(`print d = dynamic([{"p":[{"n":"x","v":1},{"n":"y","v":2}]},{"p":[{"n":"x","v":3}]}]) | mv-apply r = d on (mv-apply q = r.p on (where tostring(q.n) == "x" | project v = tolong(q.v)) | summarize t = sum(v)) | project t`, `[4]`)
	s.rows(`datatable(k:long, d:dynamic)[1, dynamic([])] | mv-apply d on (summarize n = count()) | project n`, ``)
}

func parsing(s *semantics) {
	s.rows(`print t = "user=ada tries=3" | parse t with "user=" u " tries=" n:long | project u, n`, `["ada",3]`)
	s.rows(`print t = "user=ada tries=x" | parse t with "user=" u " tries=" n:long | project u, n`, `["",null]`)
	s.rows(`print t = "user=ada tries=x" | parse kind=relaxed t with "user=" u " tries=" n:long | project u, n`, `["ada",null]`)
	s.rows(`print t = "nothing here" | parse t with * "user=" u | project u, isnull(u), isempty(u)`, `["",false,true]`)
	s.rows(`datatable(t:string)["a=1", "b"] | parse-where t with "a=" n:long | project n`, `[1]`)
	s.rows(`print t = "x [id 42] y" | parse kind=regex t with * @"\[id " n:long @"\]" * | project n`, `[42]`)
	s.rows(`print d = dynamic({"m":"code: 7"}) | parse d.m with * "code: " n:long | project n`, `[7]`)
	s.rows(`print t = "a,b,c" | parse t with x "," y | project x, y`, `["a","b,c"]`)
	// A column that is there gives its place to the new one.
	s.rows(`print t = "n=5", n = "old", z = 1 | parse t with "n=" n:long | project-reorder n`, `[5,"n=5",1]`)
	s.cols(`print t = "n=5", n = "old", z = 1 | parse t with "n=" n:long`, `t:string n:long z:long`)
	s.rows(`print t = "a=5" | parse t with t "=" n:long`, `["a",5]`)
	s.rows(`print t = "n=5", n = "old" | parse-kv t as (n:long, m:string) with (pair_delimiter=" ", kv_delimiter="=")`, `["n=5",5,""]`)
	s.fails(`print t = "1=2" | parse t with a "=" a`, "two columns")
	s.rows(`print t = "k1=v1; k2=5" | parse-kv t as (k1:string, k2:long, k3:string) with (pair_delimiter="; ", kv_delimiter="=") | project k1, k2, k3`, `["v1",5,""]`)
}

func sorting(s *semantics) {
	const t = `datatable(a:long)[2, long(null), 1, 3] | `
	s.rows(t+`sort by a`, `[3] [2] [1] [null]`)
	s.rows(t+`sort by a asc`, `[null] [1] [2] [3]`)
	s.rows(t+`sort by a asc nulls last`, `[1] [2] [3] [null]`)
	s.rows(t+`order by a desc nulls first`, `[null] [3] [2] [1]`)
	s.rows(t+`top 2 by a`, `[3] [2]`)
	s.rows(t+`top 2 by a asc`, `[null] [1]`)
	s.rows(`datatable(s:string)["b", "A", "a", "B", ""] | sort by s asc`, `[""] ["A"] ["B"] ["a"] ["b"]`)
	s.rows(`datatable(a:long, b:long)[1, 1, 1, 2, 2, 1] | sort by a, b asc`, `[2,1] [1,1] [1,2]`)
	s.rows(`datatable(a:long)[3, 1, 2] | sort by a asc | extend p = prev(a), n = next(a), r = row_number(), c = row_cumsum(a)`, `[1,null,2,1,1] [2,1,3,2,3] [3,2,null,3,6]`)
	s.rows(`datatable(t:string)["a", "b"] | sort by t asc | extend p = prev(t), q = prev(t, 1, "none")`, `["a","","none"] ["b","a","a"]`)
	s.rows(`datatable(a:long)[1, 2, 3, 4] | sort by a asc | extend c = row_cumsum(a, a == 3) | project c`, `[1] [3] [3] [7]`)
	s.rows(`datatable(a:long)[3, 1, 2] | serialize | extend r = row_number(10) | project r`, `[10] [11] [12]`)
	s.rows(`datatable(a:long)[5, 9, 5] | sort by a asc | extend d = row_rank_dense(a), m = row_rank_min(a) | project d, m`, `[1,1] [1,1] [2,3]`)
	s.rows(`datatable(a:long)[1, 2, 3, 4] | sort by a asc | where a > 1 | extend p = prev(a) | project p`, `[null] [2] [3]`)
	s.fails(`SigninLogs | extend r = row_number()`, "fixed order")
	s.fails(`SigninLogs | summarize count() by AppId | extend p = prev(AppId)`, "fixed order")
	s.rows(`range i from 1 to 10 step 1 | take 3 | count`, `[3]`)
}

func lets(s *semantics) {
	s.rows(`let n = 2; range i from 1 to 3 step 1 | where i > n`, `[3]`)
	s.rows(`let f = (a:long, b:long = 10) { a + b }; print f(1), f(1, 2)`, `[11,3]`)
	s.rows(`let f = (T:(x:long), n:long) { T | where x > n }; f((datatable(x:long)[1, 5]), 2)`, `[5]`)
	s.rows(`let f = (T:(*)) { T | count }; f((print a = 1))`, `[1]`)
	s.rows(`let x = 1; let f = () { let x = 5; x }; print f(), x`, `[5,1]`)
	s.rows(`let f = (a:long) { let b = a * 2; b + 1 }; print f(3)`, `[7]`)
	s.rows(`let V = view () { print a = 7 }; V`, `[7]`)
	s.rows("let a = 1;\n\n\nlet b = 2;\n\nprint a + b", `[3]`)
	s.rows(`let m = toscalar(range i from 1 to 5 step 1 | summarize max(i)); print m`, `[5]`)
	s.rows(`let T = materialize(range i from 1 to 3 step 1); T | extend n = toscalar(T | count) | where i == 3`, `[3,3]`)
	s.rows(`let T = datatable(a:long)[1, 2]; let a = 5; T | where a == 1`, `[1]`)
	s.rows(`let f = (n:string) { table(n) | count }; f("SigninLogs")`, `[0]`)
	s.rows(`let T = datatable(a:long)[1, 2, 3]; T | as hint.materialized=true Q | where a > toscalar(Q | summarize avg(a))`, `[3]`)
	s.rows(`let f = (T:(a:long)) { T | extend b = a * 2 }; datatable(a:long)[4] | invoke f()`, `[4,8]`)
	s.fails(`let f = (a:long) { f(a) }; print f(1)`, "")
	s.fails(`print nope`, "nope")
}

func openSchemas(s *semantics) {
	s.rows(`datatable(d:dynamic)[dynamic({"a":1,"b":"x"}), dynamic({"a":2}), dynamic(null)] | evaluate bag_unpack(d) | sort by a asc`, `[null,""] [1,"x"] [2,""]`)
	s.cols(`datatable(d:dynamic)[dynamic({"a":1,"b":"x"}), dynamic({"a":"s"})] | evaluate bag_unpack(d)`, `a:dynamic b:string`)
	s.cols(`print d = dynamic({"a":1}) | evaluate bag_unpack(d, "p_")`, `p_a:long`)
	s.fails(`print a = 1, d = dynamic({"a":1}) | evaluate bag_unpack(d)`, "")
	s.rows(`print a = 1, c = 2, d = dynamic({"a":7,"b":"x"}) | evaluate bag_unpack(d) : (a:long, b:string)`, `[1,"x"]`)
	s.rows(`print a = 1, c = 2, d = dynamic({"a":7,"b":"x"}) | evaluate bag_unpack(d, columnsConflict="replace_source") : (*, a:long, b:string)`, `[7,2,"x"]`)
	s.cols(`print a = 1, d = dynamic({"b":"x"}) | evaluate bag_unpack(d, "p_") : (p_b:string, a:long)`, `p_b:string a:long`)
	s.rows(`datatable(u:string, app:string)["ada", "mail", "ada", "mail", "bob", "docs"] | evaluate pivot(app) | sort by u asc`, `["ada",0,2] ["bob",1,0]`)
	s.rows(`datatable(u:string, app:string, n:long)["ada", "mail", 5, "ada", "mail", 6] | evaluate pivot(app, sum(n), u)`, `["ada",11]`)
	s.rows(`print a = 1, b = "x" | evaluate narrow() | sort by Column asc | project Column, Value`, `["a","1"] ["b","x"]`)
}

func series(s *semantics) {
	s.rows(`datatable(t:datetime, n:long)[datetime(2024-01-01 01:00), 1, datetime(2024-01-01 03:00), 2] | make-series v = sum(n) default=0 on t from datetime(2024-01-01) to datetime(2024-01-01 04:00) step 1h | project v`, `[[0,1,0,2]]`)
	s.rows(`datatable(t:datetime)[datetime(2024-01-01 01:30), datetime(2024-01-01 03:00)] | make-series n = count() on t from datetime(2024-01-01) to datetime(2024-01-01 03:00) step 1h | project n`, `[[0,1,0]]`)
	s.rows(`datatable(k:string, t:datetime)["a", datetime(2024-01-01), "b", datetime(2024-01-01 01:00)] | make-series n = count() on t from datetime(2024-01-01) to datetime(2024-01-01 02:00) step 1h by k | project k, n | sort by k asc`, `["a",[1,0]] ["b",[0,1]]`)
	s.rows(`print series_fill_linear(dynamic([1, null, 3])), series_add(dynamic([1, 2]), dynamic([3, 4]))`, `[[1,2,3],[4,6]]`)
	s.rows(`print x = dynamic([3, 1, 2]) | extend series_stats(x) | project series_stats_x_min, series_stats_x_max_idx`, `[1,0]`)
}

func network(s *semantics) {
	s.print(`round(geo_distance_2points(-122.407628, 47.578557, -118.275287, 34.019056) / 1000, 3), geo_distance_2points(300, 0, 0, 0)`, `1546.754,null`)
	s.print(`ipv4_is_in_range("10.1.2.3", "10.0.0.0/8"), ipv4_is_in_range("11.1.2.3", "10.0.0.0/8"), ipv4_is_in_range("x", "10.0.0.0/8"), ipv4_is_in_range("10.1.2.3/8", "10.9.9.9")`, `true,false,null,true`)
	s.print(`ipv4_is_in_any_range("10.1.2.3", "192.168.0.0/16", "10.0.0.0/8"), ipv4_is_in_any_range("10.1.2.3", dynamic(["10.0.0.0/8"])), ipv4_is_private("192.168.1.1"), ipv4_is_private("8.8.8.8")`, `true,true,true,false`)
	s.print(`ipv4_compare("10.0.0.1", "10.0.0.2"), ipv4_is_match("10.0.0.1/24", "10.0.0.99"), parse_ipv4("0.0.1.0")`, `-1,true,256`)
	s.rows(`datatable(ip:string)["192.0.2.7", "203.0.113.1"] | evaluate ipv4_lookup((datatable(net:string, site:string)["192.0.2.0/24", "lab"]), ip, net)`, `["192.0.2.7","192.0.2.0/24","lab"]`)
	s.rows(`datatable(ip:string)["192.0.2.7", "203.0.113.1"] | evaluate ipv4_lookup((datatable(net:string, site:string)["192.0.2.0/24", "lab"]), ip, net, return_unmatched = true) | sort by ip asc`, `["192.0.2.7","192.0.2.0/24","lab"] ["203.0.113.1","",""]`)
}

func operators(s *semantics) {
	s.rows(`range x from 3 to 1 step -1`, `[3] [2] [1]`)
	s.rows(`range x from datetime(2024-01-01) to datetime(2024-01-03) step 1d | count`, `[3]`)
	s.rows(`find in (SigninLogs) where UserId == "x"`, ``)
	s.rows(`search in (SigninLogs) "x" | count`, `[0]`)
	s.rows(`datatable(a:long)[1, 1, 2] | partition by a (top 1 by a) | sort by a asc`, `[1] [2]`)
	s.rows(`datatable(a:long)[1, 2] | getschema | project ColumnName, ColumnOrdinal, ColumnType`, `["a",0,"long"]`)
	s.rows(`datatable(a:long)[1, 2, 3] | sample-distinct 2 of a | count`, `[2]`)
	s.rows(`AzureActivity | count`, `[0]`)
}
