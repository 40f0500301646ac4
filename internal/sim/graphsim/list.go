package graphsim

import (
	"bytes"
	"fmt"
	"hash/fnv"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// reading is one query as its pages are fetched. Each page is cut from what is
// visible then, by position, so a record that comes in between moves the
// others on: that is how the service repeats records.
type reading struct {
	number   uint64
	l        *list
	beta     bool
	query    url.Values
	filter   filter
	size     int
	offset   int
	asc      bool
	deadline time.Time
}

const skipLife = 15 * time.Minute

func (s *Server) serveList(w http.ResponseWriter, r *http.Request, l *list, beta bool) {
	s.mu.Lock()
	now := s.o.Now()
	s.feed(now)
	q := r.URL.Query()
	var rd *reading
	if skip := q.Get("$skiptoken"); skip != "" {
		known := s.skips[skip]
		if known == nil || known.l != l || now.After(known.deadline) || s.chance(s.o.Faults.Expired) {
			gone := s.r.IntN(2) == 0
			s.mu.Unlock()
			if gone {
				fail(w, http.StatusGone, "resyncRequired", "The skip token is no longer valid.")
			} else {
				fail(w, http.StatusBadRequest, "BadRequest", "Invalid Skip Token")
			}
			return
		}
		rd = known
	} else {
		var err error
		if rd, err = s.begin(l, beta, q); err != nil {
			s.mu.Unlock()
			fail(w, http.StatusBadRequest, "BadRequest", err.Error())
			return
		}
	}
	body := s.page(r, rd, now)
	cut, garbled := s.chance(s.o.Faults.Cut), s.chance(s.o.Faults.Garbled)
	s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8")
	switch {
	case garbled:
		fmt.Fprint(w, "<html><body>Our services aren't available right now</body></html>")
	case cut:
		w.Header().Set("Content-Length", fmt.Sprint(len(body)))
		_, _ = w.Write(body[:len(body)/2])
		panic(http.ErrAbortHandler)
	default:
		_, _ = w.Write(body)
	}
}

// begin checks the options of a query.
func (s *Server) begin(l *list, beta bool, q url.Values) (*reading, error) {
	rd := &reading{number: s.r.Uint64(), l: l, beta: beta, query: q, size: l.size}
	for name, v := range q {
		switch strings.ToLower(name) {
		case "$filter":
			f, err := parseFilter(v[0], l, beta, s.o.Operators)
			if err != nil {
				return nil, err
			}
			rd.filter = f
		case "$top":
			n, err := strconv.Atoi(v[0])
			if err != nil || n < 1 || n > l.most {
				return nil, refuse("Invalid page size specified: '%s'. Must be between 1 and %d inclusive.", v[0], l.most)
			}
			rd.size = n
		case "$orderby":
			field, order, _ := strings.Cut(strings.TrimSpace(v[0]), " ")
			if field != l.field || order != "" && order != "asc" && order != "desc" {
				return nil, refuse("Sorting by '%s' is not supported.", v[0])
			}
			rd.asc = order != "desc"
		case "$select", "$count":
		default:
			return nil, refuse("Query option '%s' is not allowed.", name)
		}
	}
	if s.o.PageSize > 0 {
		rd.size = min(rd.size, s.o.PageSize)
	}
	return rd, nil
}

// page cuts the next page and notes where the one after it begins.
func (s *Server) page(r *http.Request, rd *reading, now time.Time) []byte {
	all := s.visible(rd, now)
	from := min(rd.offset, len(all))
	to := min(from+rd.size, len(all))
	if s.chance(s.o.Faults.Empty) {
		to = from
	}
	items := all[from:to]
	if s.chance(s.o.Faults.Shuffled) {
		s.r.Shuffle(len(items), func(i, j int) { items[i], items[j] = items[j], items[i] })
	}
	version := "v1.0"
	if rd.beta {
		version = "beta"
	}
	unknown := !strings.Contains(strings.ToLower(r.Header.Get("Prefer")), "include-unknown-enum-members")
	scheme := "http"
	if r.TLS != nil || r.URL.Scheme == "https" {
		scheme = "https"
	}
	base := scheme + "://" + r.Host + "/" + version + "/"
	var b bytes.Buffer
	fmt.Fprintf(&b, `{"@odata.context":"%s$metadata#%s"`, base, rd.l.path)
	if to < len(all) || to == from && len(all) > from {
		next := *rd
		next.offset = to
		if s.chance(s.o.Faults.Repeated) {
			next.offset = max(0, to-1-s.r.IntN(5))
			next.offset = max(next.offset, min(from+1, to)) // it does go on
		}
		path := rd.l.path
		if s.chance(s.o.Faults.Moved) {
			path = strings.ToLower(path)
		}
		fmt.Fprintf(&b, `,"@odata.nextLink":%q`, base+path+"?"+s.skip(&next, now))
	}
	b.WriteString(`,"value":[`)
	for i, o := range items {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(s.show(o, rd.beta, unknown))
	}
	b.WriteString("]}")
	return b.Bytes()
}

// skip makes the query of a nextLink: the one that was asked, and a token.
func (s *Server) skip(next *reading, now time.Time) string {
	token := fmt.Sprintf("%016x%016x_%d", s.r.Uint64(), s.r.Uint64(), next.offset)
	next.deadline = now.Add(skipLife)
	s.skips[token] = next
	if s.byAge = append(s.byAge, token); len(s.byAge) > 4096 {
		delete(s.skips, s.byAge[0])
		s.byAge = s.byAge[1:]
	}
	q := url.Values{}
	for name, v := range next.query {
		q[name] = v
	}
	q.Set("$skiptoken", token)
	return strings.ReplaceAll(q.Encode(), "%24", "$")
}

// visible are the objects that a query gives now, newest first unless asked
// for otherwise.
func (s *Server) visible(rd *reading, now time.Time) []*Object {
	var out []*Object
	within := rd.filter.within(rd.l.objects)
	for i := range within {
		o := within[len(within)-1-i]
		if rd.asc {
			o = within[i]
		}
		if rd.beta && o.Beta == nil || !rd.beta && o.V1 == nil {
			continue
		}
		if rd.filter.matches(o, rd.beta) && rd.l.shown(o, now) && !s.leaveOut(o, rd) {
			out = append(out, o)
		}
	}
	return out
}

// leaveOut says whether a reading misses an object: by its number, so that
// all of its pages agree, and not more than twice in all.
func (s *Server) leaveOut(o *Object, rd *reading) bool {
	if s.o.Faults.LeftOut == 0 {
		return false
	}
	h := fnv.New64a()
	fmt.Fprintf(h, "%d %d %s", s.o.Seed, rd.number, o.Key)
	if float64(h.Sum64()>>11)/(1<<53) >= s.o.Faults.LeftOut {
		return false
	}
	if o.reading != nil && o.reading.number == rd.number {
		return true
	}
	if o.left == 2 {
		return false
	}
	o.left++
	o.reading = rd
	return true
}

// evolved are the values of enumerations that a client gets only if it says
// that it knows how to deal with unknown ones.
var evolved = [][]byte{[]byte(`"reportOnlySuccess"`), []byte(`"reportOnlyFailure"`), []byte(`"servicePrincipal"`), []byte(`"adminDismissedAllRiskForServicePrincipal"`)}

func (s *Server) show(o *Object, beta, unknown bool) []byte {
	body := o.V1
	if beta {
		body = o.Beta
	}
	if unknown && o.SignIn != "servicePrincipal" {
		for _, v := range evolved {
			body = bytes.ReplaceAll(body, v, []byte(`"unknownFutureValue"`))
		}
	}
	if o.SignIn != "" && !s.granted("Policy.Read.All") {
		body = withoutPolicies(body)
	}
	return body
}

// withoutPolicies empties the policies of a sign-in, as the service does for
// an application that may not read policies.
func withoutPolicies(body []byte) []byte {
	const name = `"appliedConditionalAccessPolicies":[`
	i := bytes.Index(body, []byte(name))
	if i < 0 {
		return body
	}
	depth, text, end := 1, false, i+len(name)
	for ; end < len(body) && depth > 0; end++ {
		switch c := body[end]; {
		case text && c == '\\':
			end++
		case c == '"':
			text = !text
		case text:
		case c == '[':
			depth++
		case c == ']':
			depth--
		}
	}
	return append(append(append([]byte(nil), body[:i+len(name)]...), ']'), body[end:]...)
}
