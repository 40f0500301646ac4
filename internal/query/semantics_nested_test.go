package query

// nestedTops are the rules of top-nested.
func nestedTops(s *semantics) {
	const t = `datatable(app:string, user:string, n:long)["mail", "ada", 5, "mail", "bob", 3, "mail", "cy", 1, "docs", "ada", 20, "docs", "bob", 4, "chat", "dee", 2, "chat", "ada", 1, "wiki", "eve", 1] | `
	s.rows(t+`top-nested 2 of app by sum(n) | sort by aggregated_app`, `["docs",24] ["mail",9]`)
	s.rows(t+`top-nested 2 of app by sum(n) asc | sort by app asc`, `["chat",3] ["wiki",1]`)
	s.rows(t+`top-nested of app by total = count() | sort by total, app asc`, `["mail",3] ["chat",2] ["docs",2] ["wiki",1]`)
	// Each level is within the groups of the one above, whose aggregate comes along.
	s.rows(t+`top-nested 2 of app by all = sum(n), top-nested 1 of who = user by sum(n) | sort by all`, `["docs",24,"ada",20] ["mail",9,"ada",5]`)
	s.cols(t+`top-nested 2 of app by sum(n), top-nested 1 of user by dcount(n), top-nested of bin(n, 5) by c = max(n) / 2.0`, `app:string aggregated_app:long user:string aggregated_user:long n:long c:real`)
	s.cols(t+`top-nested 2 of app by sum(n), top-nested 2 of app by count()`, `app:string aggregated_app:long app1:string aggregated_app1:long`)
	// The rest of a level is one row for each group above it.
	s.rows(t+`top-nested 1 of app with others = "rest" by sum(n) | sort by aggregated_app`, `["docs",24] ["rest",13]`)
	s.rows(t+`top-nested 2 of app by sum(n), top-nested 1 of user with others = "rest" by sum(n) | sort by app asc, user asc, aggregated_user`,
		`["",null,"rest",4] ["docs",24,"ada",20] ["docs",24,"rest",4] ["mail",9,"ada",5] ["mail",9,"rest",4]`)
	s.rows(t+`top-nested 1 of app with others = "rest" by sum(n), top-nested 1 of user by max(n) | sort by app asc`, `["docs",24,"ada",20] ["rest",13,"",null]`)
	s.rows(t+`top-nested 1 of app with others = "a rest" by sum(n), top-nested 1 of user with others = "u rest" by count() | sort by app asc, user asc`,
		`["a rest",13,"u rest",6] ["docs",24,"ada",1] ["docs",24,"u rest",1]`)
	// Without a rest there is no row for it.
	s.rows(t+`top-nested 9 of app with others = "rest" by sum(n) | where app == "rest" | count`, `[0]`)
	s.rows(t+`where n > 100 | top-nested 1 of app with others = "rest" by sum(n)`, ``)
	s.rows(`datatable(k:long, v:real)[1, 2.5, long(null), 4.0, 2, real(null)] | top-nested 2 of k with others = -1 by max(v) | sort by k asc`, `[null,4] [-1,null] [1,2.5]`)
	s.rows(t+`top-nested of app by ignore0 = max(1), top-nested 1 of n by ignore1 = max(n) | project-away ignore* | sort by app asc`, `["chat",2] ["docs",20] ["mail",5] ["wiki",1]`)
	s.fails(t+`top-nested 2 of app by sum(n), user by count()`, "top-nested")
	s.fails(t+`top-nested 2 of app by app`, "")
	s.fails(t+`top-nested 2 of app by arg_max(n, user)`, "one aggregate")
	s.fails(t+`top-nested n of app by sum(n)`, "")
	s.fails(t+`top-nested 2 of n with others = "rest" by sum(n)`, "constant long")
	s.fails(t+`partition by user (top-nested 1 of app by sum(n))`, "not supported")
}
