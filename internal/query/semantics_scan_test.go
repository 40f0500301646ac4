package query

// scans are the rules of scan: steps from the last to the first, a step takes
// over the sequence of the one before it, or goes on with its own.
func scans(s *semantics) {
	s.rows(`range x from 1 to 4 step 1 | scan declare (total:long = 10) with (step all: true => total = all.total + x;)`, `[1,11] [2,13] [3,16] [4,20]`)
	s.rows(`range x from 1 to 4 step 1 | scan declare (last:long) with (step all: true => last = all.x;)`, `[1,null] [2,1] [3,2] [4,3]`)
	// A step leaves what it does not assign at the default.
	s.rows(`range x from 1 to 2 step 1 | scan declare (a:long = 7, b:string) with (step one: true;)`, `[1,7,""] [2,7,""]`)
	s.rows(`range x from 1 to 3 step 1 | scan declare (b:string = "old") with (step one: true => b = strcat(one.b, "+");)`, `[1,"old+"] [2,"old++"] [3,"old+++"]`)
	const doors = `datatable(t:timespan, what:string)[0m, "idle", 1m, "open", 2m, "walk", 3m, "look", 4m, "close", 6m, "walk", 8m, "open", 20m, "walk", 21m, "close", 22m, "open", 23m, "open", 24m, "walk", 25m, "close"] | sort by t asc | `
	const steps = `(step open: what == "open"; step inside: what !in ("open", "close") and t - open.t <= 5m; step close: what == "close" and t - open.t <= 5m;)`
	// What comes too late matches nothing; an open that follows an open renews it under the same number.
	s.rows(doors+`scan with_match_id=visit with `+steps+` | project m = t / 1m, visit`, `[1,0] [2,0] [3,0] [4,0] [8,1] [22,1] [23,1] [24,1] [25,1]`)
	s.cols(doors+`scan with_match_id=visit declare (n:long) with `+steps, `t:timespan what:string n:long visit:long`)
	// Without a name the number shows only to who asks for it.
	s.cols(doors+`scan with `+steps, `t:timespan what:string`)
	s.rows(doors+`scan with `+steps+` | summarize max(match_id)`, `[1]`)
	// none gives no rows, last the newest of each series.
	s.rows(doors+`scan with (step open output=none: what == "open"; step close: what == "close";) | project m = t / 1m`, `[4] [21] [25]`)
	s.rows(doors+`scan with (step open output=last: what == "open"; step close output=none: what == "close";) | project m = t / 1m`, `[1] [8] [23]`)
	s.rows(doors+`scan with (step any output=last: what != "idle";) | project m = t / 1m`, `[25]`)
	// A sequence that was taken over goes on beside a new one of the first step.
	s.rows(`datatable(i:long, k:string)[1, "a", 2, "b", 3, "a", 4, "b", 5, "c"] | sort by i asc | scan with_match_id=m with (step a: k == "a"; step b: k == "b"; step c: k == "c" and b.i == 4 and a.i == 3;)`,
		`[1,"a",0] [2,"b",0] [3,"a",1] [4,"b",1] [5,"c",1]`)
	// The row that ends a sequence may begin the next.
	s.rows(`range t from 0 to 7 step 1 | scan with_match_id=m declare (first:long) with (step go: true => first = coalesce(go.first, t); step end output=none: t - go.first > 2;)`,
		`[0,0,0] [1,0,0] [2,0,0] [3,3,1] [4,3,1] [5,3,1] [6,6,2] [7,6,2]`)
	// One row can match two steps, the later one first.
	s.rows(`range x from 1 to 3 step 1 | scan declare (w:string) with (step a: true => w = "a"; step b: true => w = "b";)`, `[1,"a"] [2,"b"] [2,"a"] [3,"b"] [3,"a"]`)
	// A step's own values are those of the row that matched it before, none after it took a sequence over.
	s.rows(`range x from 1 to 4 step 1 | scan declare (seen:bool = false) with (step a: x == 1; step b: b.seen == false => seen = true;)`, `[1,false] [2,true]`)
	// A condition that is null is no match.
	s.rows(`datatable(i:long, x:long)[1, long(null), 2, 5] | sort by i asc | scan with (step a: x > 3;)`, `[2,5]`)
	// A step may assign to a column of the input.
	s.rows(`datatable(i:long, name:string)[1, "ada", 2, "", 3, "bob"] | sort by i asc | scan with (step fill: true => name = iff(isempty(name), fill.name, name);)`, `[1,"ada"] [2,"ada"] [3,"bob"]`)
	s.rows(`datatable(i:long, d:dynamic)[1, dynamic({"a":1}), 2, dynamic({"a":5})] | sort by i asc | scan declare (was:dynamic, set:dynamic) with (step a: true => was = a.d.a, set = array_concat(a.set, pack_array(i));) | project was, set`, `[null,[1]] [1,[1,2]]`)
	s.rows(`range x from 1 to 3 step 1 | scan declare (all:dynamic = dynamic([])) with (step a: true => all = array_concat(a.all, pack_array(x));) | project all`, `[[1]] [[1,2]] [[1,2,3]]`)
	// Parts do not see each other, and number their matches alone.
	s.rows(`datatable(u:string, i:long)["a", 1, "b", 2, "a", 3, "b", 4] | partition by u (sort by i asc | scan with_match_id=m declare (n:long) with (step one: true => n = coalesce(one.n, 0) + i;)) | sort by i asc`,
		`["a",1,1,0] ["b",2,2,0] ["a",3,4,0] ["b",4,6,0]`)
	s.rows(`datatable(u:string, d:dynamic)["a", dynamic([1, 2]), "b", dynamic([5, 6])] | mv-apply v = d to typeof(long) on (scan declare (n:long = 0) with (step one: true => n = one.n + v;)) | project u, v, n | sort by v asc`, `["a",1,1] ["a",2,3] ["b",5,5] ["b",6,11]`)
	// The result is in order.
	s.rows(`range x from 1 to 3 step 1 | scan with (step a: true;) | extend p = prev(x)`, `[1,null] [2,1] [3,2]`)
	s.rows(`range x from 3 to 1 step -1 | scan with (step a: true;) | take 1`, `[3]`)
	s.rows(`range x from 1 to 3 step 1 | where x > 5 | scan declare (n:long) with (step a: true => n = a.n;)`, ``)
	s.rows(`let T = materialize(range x from 1 to 2 step 1 | scan declare (n:long = 0) with (step a: true => n = a.n + x;)); T | join kind=inner T on x | project x, n, n1 | sort by x asc`, `[1,1,1] [2,3,3]`)
	scansRefused(s)
}

func scansRefused(s *semantics) {
	s.fails(`SigninLogs | scan with (step a: true;)`, "fixed order")
	s.fails(`range x from 1 to 2 step 1 | scan declare (n:long) with (step a: true => n = n + 1;)`, "no value of its own")
	s.fails(`range x from 1 to 2 step 1 | scan with (step a: b.x == 1; step b: true;)`, "comes after")
	s.fails(`range x from 1 to 2 step 1 | scan with (step a: true; step a: true;)`, "two steps")
	s.fails(`range x from 1 to 2 step 1 | scan declare (x:long) with (step a: true;)`, "already")
	s.fails(`range x from 1 to 2 step 1 | scan with_match_id=x with (step a: true;)`, "already")
	s.fails(`range x from 1 to 2 step 1 | scan with (step a: true => y = 1;)`, "no column")
	s.fails(`range x from 1 to 2 step 1 | scan declare (n:long) with (step a: true => n = "x";)`, "cannot hold")
	s.fails(`range x from 1 to 2 step 1 | scan with (step a optional: true; step b: true;)`, "optional")
	s.fails(`range x from 1 to 2 step 1 | scan with (step a: true; step b: a.x in ((range y from 1 to 2 step 1)););`, "")
	s.fails(`range x from 1 to 2 step 1 | scan with (step a: true; step b: a.x in ((range y from 1 to 2 step 1));)`, "table")
	s.fails(`range x from 1 to 2 step 1 | scan with (step a: true; step b: hash(a.x) == 1;)`, "not supported")
	s.fails(`range x from 1 to 3 step 1 | scan declare (n:long = 9223372036854775800) with (step a: true => n = a.n + 10;)`, "beyond what a long can hold")
}
