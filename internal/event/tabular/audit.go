package tabular

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/wholelog/wholelog/internal/event/rawjson"
)

var (
	targetName   = regexp.MustCompile(`^target(\d{1,3})(type|displayname|objectid|userprincipalname)$`)
	propertyName = regexp.MustCompile(`^target(\d{1,3})modifiedproperty(\d{1,3})(name|oldvalue|newvalue)$`)
	detailName   = regexp.MustCompile(`^additionaldetail(\d{1,3})(key|value)$`)
)

// auditColumns are the columns that are one property each.
var auditColumns = map[string]string{
	"date (utc)": "activityDateTime", "correlationid": "correlationId", "service": "loggedByService", "category": "category",
	"activity": "activityDisplayName", "result": "result", "resultreason": "resultReason", "user agent": "userAgent",
}

// actorColumns are the columns about who did it.
var actorColumns = map[string]bool{
	"actortype": true, "actordisplayname": true, "actorobjectid": true, "actoruserprincipalname": true, "ipaddress": true,
	"actorhometenantid": true, "actorhometenantname": true, "actorserviceprincipalid": true, "actorserviceprincipalname": true,
}

func (h *Header) auditPlan() {
	for _, n := range h.Names {
		f := fold(n)
		if auditColumns[f] == "" && !actorColumns[f] && !targetName.MatchString(f) && !propertyName.MatchString(f) && !detailName.MatchString(f) && n != "" {
			h.Unknown = append(h.Unknown, n)
		}
		h.columns = append(h.columns, column{name: f})
	}
}

type auditTarget struct {
	kind, name, id, upn string
	props               map[int]*[3]string
}

// audit makes the Graph directoryAudit of a portal row.
func (h *Header) audit(dst []byte, cells [][]byte) []byte {
	w := writer{dst: append(dst, '{'), first: true}
	actor := map[string]string{}
	targets, details := map[int]*auditTarget{}, map[int]*[2]string{}
	for i, c := range h.columns {
		// Not trimmed: activity names end in a blank in the service's own records.
		v := string(cells[i])
		if v == "" {
			continue
		}
		switch m := propertyName.FindStringSubmatch(c.name); {
		case auditColumns[c.name] != "":
			if c.name == "result" {
				v = strings.ToLower(v)
			}
			w.name("", auditColumns[c.name])
			w.dst = rawjson.Append(w.dst, v)
		case actorColumns[c.name]:
			actor[c.name] = v
		case m != nil:
			t, n := target(targets, m[1]), index(m[2])
			if t.props[n] == nil {
				t.props[n] = &[3]string{}
			}
			t.props[n][map[string]int{"name": 0, "oldvalue": 1, "newvalue": 2}[m[3]]] = v
		default:
			if m := targetName.FindStringSubmatch(c.name); m != nil {
				t := target(targets, m[1])
				*map[string]*string{"type": &t.kind, "displayname": &t.name, "objectid": &t.id, "userprincipalname": &t.upn}[m[2]] = v
			} else if m := detailName.FindStringSubmatch(c.name); m != nil {
				n := index(m[1])
				if details[n] == nil {
					details[n] = &[2]string{}
				}
				details[n][map[string]int{"key": 0, "value": 1}[m[2]]] = v
			} else if h.Names[i] != "" {
				w.name("", h.Names[i])
				w.dst = rawjson.Append(w.dst, v)
			}
		}
	}
	if len(actor) > 0 {
		w.name("", "initiatedBy")
		w.dst = appendActor(w.dst, actor)
	}
	if len(targets) > 0 {
		w.name("", "targetResources")
		w.dst = appendTargets(w.dst, targets)
	}
	if len(details) > 0 {
		w.name("", "additionalDetails")
		sep := byte('[')
		for _, n := range keys(details) {
			d := details[n]
			w.dst = append(w.dst, sep)
			w.dst = appendMembers(w.dst, "key", d[0], "value", d[1])
			sep = ','
		}
		w.dst = append(w.dst, ']')
	}
	return w.end()
}

func index(digits string) int {
	n, err := strconv.Atoi(digits)
	if err != nil {
		panic(err) // the expressions match one to three digits
	}
	return n
}

func target(m map[int]*auditTarget, n string) *auditTarget {
	t := m[index(n)]
	if t == nil {
		t = &auditTarget{props: map[int]*[3]string{}}
		m[index(n)] = t
	}
	return t
}

// keys are the numbers in order.
func keys[T any](m map[int]T) []int {
	var out []int
	for n := 0; len(out) < len(m); n++ {
		if _, ok := m[n]; ok {
			out = append(out, n)
		}
	}
	return out
}

// appendActor writes initiatedBy: a user, unless the row names a service
// principal and no user.
func appendActor(dst []byte, a map[string]string) []byte {
	kind := strings.ToLower(a["actortype"])
	app := a["actorserviceprincipalid"]+a["actorserviceprincipalname"] != "" || strings.Contains(kind, "app") || strings.Contains(kind, "service")
	if a["actoruserprincipalname"] != "" || kind == "user" {
		app = false
	}
	if !app {
		dst = append(dst, `{"user":`...)
		dst = appendMembers(dst, "id", a["actorobjectid"], "displayName", a["actordisplayname"], "userPrincipalName", a["actoruserprincipalname"],
			"ipAddress", a["ipaddress"], "homeTenantId", a["actorhometenantid"], "homeTenantName", a["actorhometenantname"],
			"servicePrincipalId", a["actorserviceprincipalid"], "servicePrincipalName", a["actorserviceprincipalname"])
		return append(dst, '}')
	}
	id := a["actorserviceprincipalid"]
	if id == "" {
		id = a["actorobjectid"]
	}
	dst = append(dst, `{"app":`...)
	dst = appendMembers(dst, "displayName", a["actordisplayname"], "servicePrincipalId", id, "servicePrincipalName", a["actorserviceprincipalname"],
		"ipAddress", a["ipaddress"], "homeTenantId", a["actorhometenantid"], "homeTenantName", a["actorhometenantname"])
	return append(dst, '}')
}

func appendTargets(dst []byte, targets map[int]*auditTarget) []byte {
	sep := byte('[')
	for _, n := range keys(targets) {
		t := targets[n]
		dst = append(dst, sep)
		sep = ','
		dst = appendMembers(dst, "id", t.id, "displayName", t.name, "type", t.kind, "userPrincipalName", t.upn)
		if dst[len(dst)-2] != '{' {
			dst[len(dst)-1] = ','
		} else {
			dst = dst[:len(dst)-1]
		}
		dst = append(dst, `"modifiedProperties":[`...)
		for i, m := range keys(t.props) {
			if i > 0 {
				dst = append(dst, ',')
			}
			p := t.props[m]
			dst = appendMembers(dst, "displayName", p[0], "oldValue", p[1], "newValue", p[2])
		}
		dst = append(dst, "]}"...)
	}
	return append(dst, ']')
}

// appendMembers writes an object of names and values, empty ones left out.
func appendMembers(dst []byte, pairs ...string) []byte {
	w := writer{dst: append(dst, '{'), first: true}
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			w.name("", pairs[i])
			w.dst = rawjson.Append(w.dst, pairs[i+1])
		}
	}
	return w.end()
}
