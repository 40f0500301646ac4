package query

import (
	"os"
	"path/filepath"
)

// windows are the functions that number rows, sum them up and cut them into
// sessions.
func windows(s *semantics) {
	const t = `datatable(k:string, n:long)["a", 5, "a", 5, "a", 9, "b", 1, "b", 9, "b", 9, "b", 12] | sort by k asc, n asc | `
	s.rows(t+`extend r = row_rank_dense(n), m = row_rank_min(n) | project r, m`, `[1,1] [1,1] [2,3] [3,4] [4,5] [4,5] [5,7]`)
	s.rows(t+`extend r = row_rank_dense(n, k != prev(k)), m = row_rank_min(n, k != prev(k)) | project k, r, m`, `["a",1,1] ["a",1,1] ["a",2,3] ["b",1,1] ["b",2,2] ["b",2,2] ["b",3,4]`)
	// A rank compares with the row before: a value that comes back has a new one.
	s.rows(`datatable(i:long, v:string)[1, "x", 2, "y", 3, "x"] | sort by i asc | extend r = row_rank_dense(v)`, `[1,"x",1] [2,"y",2] [3,"x",3]`)
	s.rows(`datatable(i:long, v:long)[1, long(null), 2, long(null), 3, 7] | sort by i asc | extend r = row_rank_dense(v), m = row_rank_min(v) | project r, m`, `[1,1] [1,1] [2,3]`)
	s.rows(t+`extend c = row_cumsum(n, k != prev(k)) | project c`, `[5] [10] [19] [1] [10] [19] [31]`)
	s.rows(`datatable(i:long, v:long)[1, 4, 2, long(null), 3, 6] | sort by i asc | extend c = row_cumsum(v) | project c`, `[4] [4] [10]`)
	s.rows(`datatable(i:long, v:real)[1, 0.5, 2, 1.25] | sort by i asc | extend c = row_cumsum(v) | project c`, `[0.5] [1.75]`)
	s.rows(`datatable(i:long, v:timespan)[1, 1h, 2, 30m] | sort by i asc | extend c = row_cumsum(v / 1h) | project c`, `[1] [1.5]`)
	s.cols(`range i from 1 to 2 step 1 | extend c = row_cumsum(toint(i)), d = row_cumsum(1.5)`, `i:long c:int d:real`)
	s.rows(t+`extend r = row_number(1, k != prev(k)) | project r`, `[1] [2] [3] [1] [2] [3] [4]`)
	s.rows(t+`extend r = row_number(0) | project r | take 2`, `[0] [1]`)
	s.rows(t+`extend two = prev(n, 2), none = next(n, 3, -1) | project two, none`, `[null,1] [null,9] [5,9] [5,12] [9,-1] [1,-1] [9,-1]`)
	s.fails(`range i from 1 to 2 step 1 | summarize c = row_cumsum(i)`, "")

	const logins = `datatable(u:string, t:datetime)["ada", datetime(2024-05-01 10:00), "ada", datetime(2024-05-01 10:04), "ada", datetime(2024-05-01 10:09), "ada", datetime(2024-05-01 10:13), "bob", datetime(2024-05-01 10:14), "bob", datetime(2024-05-01 10:16)] | sort by u asc, t asc | `
	show := ` | project b = format_datetime(begins, "HH:mm")`
	s.rows(logins+`extend begins = row_window_session(t, 1h, 6m)`+show, `["10:00"] ["10:00"] ["10:00"] ["10:00"] ["10:00"] ["10:00"]`)
	// A gap that equals the limit ends a session.
	s.rows(logins+`extend begins = row_window_session(t, 1h, 5m)`+show, `["10:00"] ["10:00"] ["10:09"] ["10:09"] ["10:09"] ["10:09"]`)
	s.rows(logins+`extend begins = row_window_session(t, 9m, 1h)`+show, `["10:00"] ["10:00"] ["10:09"] ["10:09"] ["10:09"] ["10:09"]`)
	s.rows(logins+`extend begins = row_window_session(t, 1h, 6m, u != prev(u))`+show, `["10:00"] ["10:00"] ["10:00"] ["10:00"] ["10:14"] ["10:14"]`)
	// Behind a null a session begins.
	s.rows(`datatable(i:long, t:datetime)[1, datetime(2024-05-01 10:00), 2, datetime(null), 3, datetime(2024-05-01 10:01)] | sort by i asc | extend begins = row_window_session(t, 1h, 1h)`+show, `["10:00"] [""] ["10:01"]`)
}

// random is what holds of chance.
func random(s *semantics) {
	s.rows(`range i from 1 to 2000 step 1 | extend r = rand() | summarize min(r) >= 0, max(r) < 1, dcount(r) > 1900`, `[true,true,true]`)
	s.rows(`range i from 1 to 2000 step 1 | extend r = rand(3) | summarize make_set(r)`, `[[0.0,1.0,2.0]]`)
	s.cols(`print rand(), rand(10)`, `print_0:real print_1:real`)
	// Once computed a value stays.
	s.rows(`range i from 1 to 500 step 1 | extend r = rand() | extend a = r, b = r | where a != b | count`, `[0]`)
	s.rows(`range i from 1 to 2000 step 1 | extend r = rand() | where r < 0.5 | where r >= 0.5 | count`, `[0]`)
	s.rows(`let T = materialize(range i from 1 to 50 step 1 | extend r = rand()); T | join kind=inner T on i | where r != r1 | count`, `[0]`)
	s.rows(`range i from 1 to 100 step 1 | sample 7 | summarize count(), dcount(i), min(i) >= 1, max(i) <= 100`, `[7,7,true,true]`)
	s.rows(`range i from 1 to 3 step 1 | sample 10 | count`, `[3]`)
	s.rows(`range i from 1 to 3 step 1 | sample 0 | count`, `[0]`)
	s.rows(`range i from 1 to 100 step 1 | extend k = i % 4 | partition by k (sample 2) | summarize count() by k | summarize make_set(count_)`, `[[2]]`)
	s.rows(`range i from 1 to 100 step 1 | extend k = i % 4 | sample-distinct 3 of k | summarize count(), dcount(k)`, `[3,3]`)
	s.rows(`range i from 1 to 100 step 1 | sample 5 | sort by i asc | extend gap = i - prev(i) | where gap <= 0 | count`, `[0]`)
}

// externals reads files with externaldata.
func externals(s *semantics) {
	dir := s.TempDir()
	for name, text := range map[string]string{
		"plain.csv": "ada,7,\"a, b\"\nbob,x\n", "head.csv": "\ufeffuser,n\nada,7\n", "t.tsv": "ada\t7\n", "p.psv": "ada|7\n", "lines.txt": "one, two\r\nthree\n",
		"rows.json": `{"user":"ada","n":7,"d":{"k":[1]}}` + "\n" + `{"n":"8","user":null,"more":1}`, "list.json": `[{"user":"ada"},{"user":"bob","n":1.5}]`, "bad.json": `{"user":`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			s.Fatal(err)
		}
	}
	e, err := New(s.ctx, s.e.store, Options{External: []string{dir}})
	if err != nil {
		s.Fatal(err)
	}
	f := &semantics{T: s.T, ctx: s.ctx, e: e}
	defer func() { s.n += f.n }()
	f.rows(`externaldata(user:string, n:long, note:string)["plain.csv"]`, `["ada",7,"a, b"] ["bob",null,""]`)
	f.rows(`externaldata(user:string, n:long)["head.csv"] with (format="csv", ignoreFirstRecord=true)`, `["ada",7]`)
	f.rows(`externaldata(user:string, n:int)["t.tsv", "p.psv"] | sort by user`, `["ada",7] ["ada",7]`)
	f.rows(`externaldata(line:string)["lines.txt"] | where line has "two"`, `["one, two"]`)
	f.rows(`externaldata(user:string, n:long, d:dynamic)["rows.json"] with (format="json")`, `["ada",7,{"k":[1]}] ["",8,null]`)
	f.rows(`externaldata(user:string, n:real)["list.json"] with (format="multijson")`, `["ada",null] ["bob",1.5]`)
	f.rows(`let U = externaldata(user:string, n:long)["head.csv"] with (ignoreFirstRecord=true); print u = "ada" | where u in (U | project user)`, `["ada"]`)
	f.fails(`externaldata(user:string)["bad.json"]`, "record 1")
	f.fails(`externaldata(user:string)["rows.avro"]`, "")
	f.fails(`externaldata(user:string)["../etc/passwd"]`, "none of the allowed folders")
	f.fails(`externaldata(user:string)["https://example.com/x.csv"]`, "local files only")
	s.rows(`externaldata(user:string)["head.csv"] | count`, `[0]`) // switched off
}

// literals are constants in the forms that the language has for them.
func literals(s *semantics) {
	s.print(`dynamic(["a" "b", 'c'])`, `["ab","c"]`)
	s.print(`dynamic({"b":1,"a":[2,],})`, `{"b":1,"a":[2]}`)
	s.print(`dynamic({"a":1,"a":2})`, `{"a":2}`)
	s.print(`dynamic([datetime(2024-05-01), 1h, timespan(1.02:03:04), guid(6F1F3B52-2b3a-4e1f-9d34-0c5f5a2d7c11), long(7), real(2.5), bool(true), datetime(null)])`,
		`["2024-05-01T00:00:00.0000000Z","01:00:00","1.02:03:04","6f1f3b52-2b3a-4e1f-9d34-0c5f5a2d7c11",7,2.5,true,null]`)
	s.print(`dynamic([0x1F, 007, -5, 1e3, True, FALSE, null])`, `[31,7,-5,1e3,true,false,null]`)
	s.print(`dynamic([@"a\b", h"x", "\u00e5\t\x41", 'it''s', "say \"hi\"", 'a"b'])`, `["a\\b","x","å\tA","its","say \"hi\"","a\"b"]`)
	s.print(`dynamic("\ud83d\ude00")`, `"😀"`)
	s.print("dynamic([```a \"b\" (```, 'c)'])", `["a \"b\" (","c)"]`)
	s.print(`dynamic(@"C:\")`, `"C:\\"`)
	s.print("dynamic([1, // it's a comment )\n 2])", `[1,2]`)
	s.print(`dynamic([dynamic([1]), dynamic({"k":dynamic(null)})])`, `[[1],{"k":null}]`)
	s.print(`dynamic(null), isnull(dynamic(null)), dynamic(1h), dynamic(-1)`, `null,true,"01:00:00",-1`)
	s.print(`parse_json('{"a":"\\ud83d\\ude00","p":"x\\/y"}')`, `{"a":"😀","p":"x/y"}`)
	for _, bad := range []string{`[,]`, `[1,,2]`, `[1 2]`, `{a:1}`, `{1:2}`, `[int(3)]`, `["a" + "b"]`, `[x]`, ``, `[+1]`, `{"a" "b":1}`, `[1`, `{"a"}`, `[-1h]`} {
		s.fails(`print dynamic(`+bad+`)`, "")
	}
}
