package format

// node is a token, or a bracket with what is in it.
type node struct {
	tok, end int // end is the closing token, none for a token
	in       []node
	hard     bool // must be broken over lines
}

// group makes a tree of the brackets; ok is false when they do not match.
func (f *formatter) group() (out []node, ok bool) {
	i := 0
	out, ok = f.groupTo("", &i)
	return out, ok && i == len(f.toks)-1
}

// groupTo reads up to the closing token, which it leaves.
func (f *formatter) groupTo(closing string, i *int) (out []node, ok bool) {
	for ; *i < len(f.toks)-1; *i++ {
		n := node{tok: *i, end: none}
		switch t := f.toks[*i]; {
		case t.Is("("), t.Is("["), t.Is("{"):
			*i++
			if n.in, ok = f.groupTo(map[string]string{"(": ")", "[": "]", "{": "}"}[t.Text], i); !ok {
				return nil, false
			}
			n.end = *i
			n.hard = f.mustBreak(n)
		case t.Is(")"), t.Is("]"), t.Is("}"):
			return out, t.Text == closing
		}
		out = append(out, n)
	}
	return out, closing == ""
}

// mustBreak: a group with a comment, with statements, with more than one
// operator, or a table of several rows.
func (f *formatter) mustBreak(n node) bool {
	if f.trail[n.tok] != "" || len(f.lead[n.end]) > 0 {
		return true
	}
	bars, commas := 0, 0
	for _, x := range n.in {
		t := f.toks[x.tok]
		switch {
		case x.hard, len(f.lead[x.tok]) > 0, f.trail[x.tok] != "", x.end != none && f.trail[x.end] != "", t.Is(";"):
			return true
		case t.Is("|"):
			bars++
		case t.Is(","):
			commas++
		}
	}
	cols := f.rows[n.tok]
	return bars > 1 || cols > 1 && commas >= cols && len(n.in) > 0
}

func (f *formatter) isBlock(n node) bool {
	for _, x := range n.in {
		if t := f.toks[x.tok]; t.Is("|") || t.Is(";") {
			return true
		}
	}
	return f.toks[n.tok].Is("{")
}

func last(n node) int {
	if n.end != none {
		return n.end
	}
	return n.tok
}

// flat tells whether a list of nodes fits on the rest of the line.
func (f *formatter) flat(list []node) bool {
	for i, n := range list {
		if n.hard || i > 0 && len(f.lead[n.tok]) > 0 || i < len(list)-1 && f.trail[last(n)] != "" {
			return false
		}
	}
	if len(list) == 0 {
		return true
	}
	col := f.out.col
	if f.out.nl != none {
		col = f.out.nl
	}
	return f.fits(list, col, f.out.nl != none)
}

func (f *formatter) fits(list []node, col int, begins bool) bool {
	for i := list[0].tok; i <= last(list[len(list)-1]); i++ {
		if !begins && f.space(i) {
			col++
		}
		begins = false
		s := f.text(i)
		for j := range s {
			if s[j] == '\n' {
				if after(col, s[:j]) > width {
					return false
				}
				break
			}
		}
		if col = after(col, s); col > width {
			return false
		}
	}
	return true
}

func (f *formatter) writeFlat(list []node, indent int, blank bool) {
	if len(list) == 0 {
		return
	}
	for i := list[0].tok; i <= last(list[len(list)-1]); i++ {
		f.write(i, indent, blank && i == list[0].tok)
	}
}

// split cuts a list before the nodes that begins picks.
func split(list []node, begins func(i int) bool) [][]node {
	var out [][]node
	from := 0
	for i := range list {
		if i > from && begins(i) {
			out = append(out, list[from:i])
			from = i
		}
	}
	return append(out, list[from:])
}

// behind picks the nodes that follow a token s.
func (f *formatter) behind(list []node, s string) func(int) bool {
	return func(i int) bool { return i > 0 && f.toks[list[i-1].tok].Is(s) }
}

// before picks the tokens s.
func (f *formatter) before(list []node, s string) func(int) bool {
	return func(i int) bool { return f.toks[list[i].tok].Is(s) }
}

func (f *formatter) has(list []node, s string) bool {
	for _, n := range list {
		if f.toks[n.tok].Is(s) {
			return true
		}
	}
	return false
}

// block writes statements, each on lines of its own.
func (f *formatter) block(list []node, indent int) {
	if len(list) == 0 {
		return
	}
	for n, st := range split(list, f.behind(list, ";")) {
		if n > 0 || indent > 0 {
			f.out.nl = indent
		}
		f.pipe(st, indent)
	}
}

// pipe writes a statement with an operator per line. The pipe of a let stands
// below its name.
func (f *formatter) pipe(list []node, indent int) {
	segs := split(list, f.before(list, "|"))
	blank := true
	if f.toks[list[0].tok].Is("let") && len(segs) > 1 {
		head := split(segs[0], f.behind(segs[0], "="))
		if len(head) > 1 {
			f.writeFlat(head[0], indent+2, true)
			indent += 2
			f.out.nl = indent
			segs[0] = segs[0][len(head[0]):]
			blank = false
		}
	}
	for i, s := range segs {
		if i > 0 {
			f.out.nl = indent
		}
		f.segment(s, indent, blank && i == 0)
	}
}

// segment writes a source or an operator.
func (f *formatter) segment(list []node, indent int, blank bool) {
	if f.flat(list) {
		f.writeFlat(list, indent+2, blank)
		return
	}
	base := indent
	if f.toks[list[0].tok].Is("|") {
		base += 2
	}
	for n, part := range split(list, func(i int) bool { return f.clause[list[i].tok] }) {
		if n > 0 {
			f.out.nl = indent + 2
		}
		items := split(part, func(i int) bool { return f.item[part[i].tok] })
		if len(items) < 2 || f.flat(part) {
			f.expr(part, base, base+2, blank && n == 0)
			continue
		}
		f.writeFlat(items[0], base+2, blank && n == 0)
		for _, it := range items[1:] {
			f.out.nl = base + 2
			f.expr(it, base+2, base+4, false)
		}
	}
}

// expr writes an expression whose line has the given indentation; at is that
// of further lines which begin with and or or.
func (f *formatter) expr(list []node, indent, at int, blank bool) {
	if f.flat(list) {
		f.writeFlat(list, at, blank)
		return
	}
	for _, word := range []string{"or", "and"} {
		if !f.has(list[1:], word) {
			continue
		}
		for n, part := range split(list, f.before(list, word)) {
			if n > 0 {
				f.out.nl = at
			}
			in := indent
			if n > 0 {
				in = at
			}
			f.expr(part, in, at+2, blank && n == 0)
		}
		return
	}
	for i := 0; i < len(list); i++ {
		// What follows up to the next bracket stays on the line.
		j := i + 1
		for j < len(list) && list[j].end == none {
			j++
		}
		if list[i].end == none {
			f.write(list[i].tok, at, blank && i == 0)
			continue
		}
		if f.flat(list[i:j]) || len(list[i].in) == 0 && !list[i].hard {
			f.writeFlat(list[i:i+1], at, blank && i == 0)
			continue
		}
		f.broken(list[i], indent, blank && i == 0)
	}
}

// broken writes a bracket over several lines.
func (f *formatter) broken(n node, indent int, blank bool) {
	f.write(n.tok, indent+2, blank)
	f.out.nl = indent + 2
	if f.isBlock(n) {
		f.block(n.in, indent+2)
	} else if len(n.in) > 0 {
		f.elements(n, indent+2)
	}
	f.out.nl = indent
	if len(f.lead[n.end]) > 0 {
		// A comment before the bracket stands with the list.
		f.out.nl = indent + 2
		own := f.lead[n.end]
		for _, c := range own {
			f.out.line(indent + 2)
			f.out.put(c.text)
		}
		f.lead[n.end] = nil
		f.out.nl = indent
	}
	f.write(n.end, indent+2, false)
}

// elements writes a list: rows of a table, constants as many as a line takes,
// and everything else one per line.
func (f *formatter) elements(n node, indent int) {
	list := split(n.in, f.behind(n.in, ","))
	cols, short := f.rows[n.tok], true
	for _, x := range list {
		short = short && len(x) <= 2 && x[0].end == none
	}
	for i, x := range list {
		switch {
		case i == 0, cols > 1 && i%cols == 0, cols <= 1 && !short, cols <= 1 && !f.flat(x):
			f.out.nl = indent
		}
		f.expr(x, indent, indent, false)
	}
}
