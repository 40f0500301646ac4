package api

import (
	"net/http"
	"strconv"
	"time"
)

var noTime time.Time

// List is a part of a list. Next is what to send as cursor for the next part;
// "" at the end.
type List[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next"`
}

const (
	fewItems  = 500
	mostItems = 5000
)

// listed answers with a part of a list. The cursor is how many items came
// before; lists that grow at their beginning may show one twice.
func listed[T any](s *Server, w http.ResponseWriter, r *http.Request, all []T) {
	limit, at := fewItems, 0
	if v, err := strconv.Atoi(r.URL.Query().Get("limit")); err == nil && v > 0 {
		limit = min(v, mostItems)
	}
	if v, err := strconv.Atoi(r.URL.Query().Get("cursor")); err == nil && v > 0 {
		at = min(v, len(all))
	}
	end := min(at+limit, len(all))
	out := List[T]{Items: append([]T{}, all[at:end]...)}
	if end < len(all) {
		out.Next = strconv.Itoa(end)
	}
	s.json(w, out)
}
