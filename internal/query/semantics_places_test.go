package query

// places are what a column holds that took the place of another.
func places(s *semantics) {
	s.rows(`print a = 5, b = "x" | extend tostring(a) | where a == "5"`, `["5","x"]`)
	s.rows(`print t = datetime(2024-05-01 10:42) | extend bin(t, 1h)`, `["2024-05-01T10:00:00.0000000Z"]`)
	s.rows(`print a = 1, b = 2 | extend tostring(a), b = a + 1`, `["1",2]`)
	s.rows(`print a = 1 | extend a`, `[1]`)
	s.rows(`print d = dynamic({"m":[1,2]}) | mv-expand d.m | mv-expand d.m | project tolong(d_m)`, `[1] [2] [1] [2]`)
	s.rows(`print d = dynamic({"m":[1,2]}), d_m = "old" | mv-expand d.m to typeof(long) | project d_m`, `[1] [2]`)
	s.rows(`datatable(k:string, d:dynamic, t:long)["a", dynamic({"x":1}), 1, "b", dynamic({"x":1}), 2] | summarize arg_max(t, *) by d = tostring(d)`, `["{\"x\":1}",2,"b",{"x":1}]`)
	s.rows(`datatable(k:string, t:long)["A", 1, "a", 2] | summarize arg_max(t, *) by k = tolower(k)`, `["a",2,"a"]`)
	s.rows(`datatable(k:string, t:long)["a", 1, "a", 3, "b", 6] | sort by t asc | summarize jumps = sum(t - prev(t)) by k | sort by k asc`, `["a",2] ["b",3]`)
	s.rows(`datatable(k:string, t:long)["a", 1, "b", 3, "a", 6] | sort by t asc | summarize count() by n = row_number() % 2 | sort by n asc`, `[0,1] [1,2]`)
	s.rows(`datatable(k:string)["a", "b"] | serialize | distinct prev(k) | sort by Column1 asc`, `[""] ["a"]`)
	s.rows(`let f = (x:long = 2) { range i from 1 to 3 step 1 | where i > x }; f`, `[3]`)
	s.rows(`let f = (x:long = 2) { x * 2 }; print f, f(5)`, `[4,10]`)
	s.rows(`print 1./2, 3. + 1, 2.e1, 24.`, `[0.5,4,20,24]`)
	s.rows(`range i from 1. to 2. step 0.5`, `[1] [1.5] [2]`)
	s.rows(`print True, TRUE, False == FALSE`, `[true,true,true]`)
	s.rows("print a\u00a0= 1\u00a0| extend b\u00a0= a", `[1,1]`)
	s.fails(`print x = 5 | where x = 5`, "== compares")
}

// corners are documented answers that are easy to miss.
func corners(s *semantics) {
	s.print(`tohex(toint(-256), 8), tohex(-256), tohex(255, 4)`, `"ffffff00","ffffffffffffff00","00ff"`)
	s.print(`toguid("6f1f3b522b3a4e1f9d340c5f5a2d7c11"), toguid("6f1f3b522b3a-4e1f-9d34-0c5f-5a2d7c11"), toguid("6f1f3b52")`, `"6f1f3b52-2b3a-4e1f-9d34-0c5f5a2d7c11","6f1f3b52-2b3a-4e1f-9d34-0c5f5a2d7c11",null`)
	s.print(`hash_xxhash64(datetime(2015-01-01)), hash_xxhash64("World", 100), hash(datetime(2015-01-01))`, `1380966698541616202,51,1380966698541616202`)
	s.print(`indexof(1234567, 5), bag_zip(dynamic(["a", 8, "b"]), dynamic(1))`, `4,{"a":null,"b":null}`)
	s.rows(`datatable(x:real, y:real, on:bool)[1, 2, true, 2, 5, true, 3, 1, false] | summarize covarianceif(x, y, on), covariancepif(x, y, on)`, `[1.5,0.75]`)
	// toscalar settles a value; a let alone does not.
	s.rows(`let g = toscalar(new_guid()); range i from 1 to 50 step 1 | extend v = g | summarize dcount(v)`, `[1]`)
	s.rows(`let g = toscalar(rand(1000000)); print a = g, b = g | where a == b | count`, `[1]`)
	s.rows(`let g = new_guid(); range i from 1 to 50 step 1 | extend v = g | summarize dcount(v)`, `[50]`)
	// A table inside an expression does not see the row.
	s.fails(`let f = (n:long) { toscalar(n + rand()) }; range i from 1 to 3 step 1 | extend v = f(i)`, "cannot see the row")
	s.rows(`let f = () { toscalar(rand()) }; range i from 1 to 50 step 1 | extend v = f() | summarize dcount(v)`, `[1]`)
	s.fails(`print hash_combine(hash("a"), hash("b"))`, "not supported")
	s.fails(`print hash_many("a", "b")`, "not supported")
	s.fails(`let f = (n:long) { toscalar(datatable(x:long)[1, 2] | where x == n | project x) }; datatable(x:long)[1, 5] | extend y = f(x)`, "cannot see the row")
	s.fails(`let f = (n:long) { n in ((datatable(x:long)[1, 2] | extend x = x + n)) }; datatable(x:long)[1, 5] | where f(x)`, "cannot see the row")
	s.rows(`let f = (n:long) { toscalar(datatable(x:long)[1, 2] | where x == n | project x) }; print f(2)`, `[2]`)
}
