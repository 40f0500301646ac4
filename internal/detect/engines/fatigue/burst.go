package fatigue

import (
	"slices"
	"time"
)

// Event is one request for a second factor.
type Event struct {
	Time                                                  time.Time
	User, UPN, IP, Country, Device, Software, App, Result string
	ASN                                                   int64
	Denied                                                bool // refused, not answered or failed
	Approved                                              bool // given now; a factor that was remembered is neither
	Request                                               string
}

// Burst is a stretch of denied requests of one user, none of it longer than the
// window between its first and its count-th request, and the approval after it.
type Burst struct {
	Denied   []Event
	Approval *Event // nil if there was none in time
}

// Bursts finds where a user denied at least n requests within the window.
// Windows that overlap are one burst. An approval counts for a burst if it came
// within grace of the last request before it.
func Bursts(events []Event, n int, window, grace time.Duration) []Burst {
	byUser := map[string][]Event{}
	var users []string
	for _, e := range events {
		if _, ok := byUser[e.User]; !ok {
			users = append(users, e.User)
		}
		byUser[e.User] = append(byUser[e.User], e)
	}
	var out []Burst
	for _, u := range users {
		list := byUser[u]
		slices.SortStableFunc(list, func(a, b Event) int { return a.Time.Compare(b.Time) })
		out = append(out, ofUser(list, n, window, grace)...)
	}
	return out
}

func ofUser(list []Event, n int, window, grace time.Duration) []Burst {
	var denied, approved []Event
	for _, e := range list {
		switch {
		case e.Denied:
			denied = append(denied, e)
		case e.Approved:
			approved = append(approved, e)
		}
	}
	var out []Burst
	end := -1 // index of the last request of the burst before
	for i := n - 1; i < len(denied); i++ {
		if i-n+1 < 0 || denied[i].Time.Sub(denied[i-n+1].Time) > window {
			continue
		}
		if first := i - n + 1; first > end {
			out = append(out, Burst{Denied: slices.Clone(denied[first : i+1])})
		} else {
			b := &out[len(out)-1]
			b.Denied = append(b.Denied, denied[end+1:i+1]...)
		}
		end = i
	}
	for i := range out {
		first := out[i].Denied[n-1].Time // from here on it is a burst
		last := out[i].Denied[len(out[i].Denied)-1].Time
		for j := range approved {
			if a := approved[j]; !a.Time.Before(first) && a.Time.Sub(last) <= grace {
				out[i].Approval = &a
				break
			}
		}
	}
	return out
}
