package identify

import (
	"errors"
	"fmt"
	"strings"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/event/rawjson"
	"github.com/wholelog/wholelog/internal/event/tabular"
)

// View is a record taken apart. It refers to the record's bytes and may be
// opened again for another record, which ends the use of what it held.
type View struct {
	// Keep makes the strings that values return parts of one copy of the
	// record, valid after the view's next use.
	Keep bool

	Root     rawjson.Value // the whole record, as a JSON object
	Envelope rawjson.Value // the diagnostic envelope; missing for records without one
	Carrier  rawjson.Value // AKS: the object that holds the event as text
	Body     rawjson.Value // the event's own fields
	Flat     bool          // envelope and body are one object

	doc, props, log rawjson.Doc
	object, text    []byte
	canonical       []byte // scratch of Record
	header          *tabular.Header
	kube            bool // Body is, or should be, an audit.k8s.io Event
}

var errNoObject = errors.New("a JSON value that is no object")

// Open takes a record apart. An error says what cannot be read, with none of
// the record's content in it.
func (v *View) Open(rec *event.Record) error {
	v.Root, v.Envelope, v.Carrier, v.Body = rawjson.Value{}, rawjson.Value{}, rawjson.Value{}, rawjson.Value{}
	v.Flat, v.kube, v.header = false, false, nil
	raw := rec.Raw
	if len(rec.Context) > 0 {
		h, err := tabular.Of(rec.Context)
		if err != nil {
			return err
		}
		if v.object, err = h.Object(v.object[:0], rec.Raw); err != nil {
			return err
		}
		raw, v.header = v.object, h
	}
	if err := v.parse(&v.doc, raw); err != nil {
		return fmt.Errorf("no valid JSON: %w", err)
	}
	v.Root = v.doc.Root()
	if v.Root.Kind() != rawjson.Object {
		return errNoObject
	}
	return v.layout()
}

func (v *View) parse(d *rawjson.Doc, raw []byte) error {
	if v.Keep {
		return d.ParseString(string(raw))
	}
	return d.Parse(raw)
}

// layout finds the envelope and the event's own fields.
func (v *View) layout() error {
	r := v.Root
	v.Body = r
	if v.header != nil && v.header.Kind != tabular.AnalyticsCSV && v.header.Kind != tabular.AnalyticsRow {
		return nil
	}
	if isKubeEvent(r) {
		v.kube = true
		return nil
	}
	if log := r.Get("log_s"); log.Kind() == rawjson.String && isKubeAudit(r.GetFold("Category").Str()) {
		v.Envelope, v.Carrier, v.kube = r, r, true
		return v.inner(log)
	}
	if analytics(r, v.header) {
		return nil
	}
	props := r.GetFold("properties")
	named := r.GetFold("category").Exists() || r.GetFold("operationName").Exists()
	switch {
	case props.Kind() == rawjson.Object && named:
		v.Envelope, v.Body = r, props
	case props.Kind() == rawjson.String && named:
		// Some collectors write the properties as text.
		v.Envelope = r
		v.text = append(v.text[:0], props.Str()...)
		if err := v.parse(&v.props, v.text); err != nil {
			return fmt.Errorf("properties is text, but no valid JSON: %w", err)
		}
		if v.Body = v.props.Root(); v.Body.Kind() != rawjson.Object {
			return errors.New("properties is text that holds no object")
		}
	case !props.Exists() && known(r.GetFold("category").Str()) && (r.GetFold("time").Exists() || r.GetFold("operationName").Exists() || r.GetFold("resourceId").Exists()):
		v.Envelope, v.Flat = r, true
	default:
		return nil
	}
	if isKubeAudit(r.GetFold("category").Str()) {
		v.kube = true
		switch log := v.Body.Get("log"); log.Kind() {
		case rawjson.String:
			v.Carrier = v.Body
			return v.inner(log)
		case rawjson.Object:
			v.Carrier, v.Body = v.Body, log
		}
	}
	return nil
}

// inner reads an event that stands in another as text.
func (v *View) inner(log rawjson.Value) error {
	if err := v.log.ParseString(log.Str()); err != nil {
		if strings.Contains(log.Str(), "skipped-too-big-size-object") {
			return errors.New("the log was left out by the service because it was too large")
		}
		return fmt.Errorf("properties.log is no valid JSON: %w", err)
	}
	if v.Body = v.log.Root(); v.Body.Kind() != rawjson.Object {
		return errors.New("properties.log holds no object")
	}
	return nil
}

// analytics tells a row of Log Analytics: its columns begin with a capital
// letter, and it has the time or the category that every table has.
func analytics(r rawjson.Value, h *tabular.Header) bool {
	if h != nil {
		return true
	}
	if tables[r.Get("Type").Str()] || r.Get("TimeGenerated").Exists() && !r.GetFold("properties").Exists() {
		return true
	}
	return !r.GetFold("properties").Exists() && !r.Get("category").Exists() && known(r.Get("Category").Str()) && (r.Get("OperationName").Exists() || r.Get("CreatedDateTime").Exists())
}

// isKubeEvent tells an audit event of Kubernetes, which has a verb, from an
// event of the core API, which has none. The webhook of an API server names
// kind and version once, on the list: its items have neither.
func isKubeEvent(v rawjson.Value) bool {
	if !v.Get("kind").Exists() && !v.Get("apiVersion").Exists() {
		return v.Get("auditID").Kind() == rawjson.String && v.Get("stage").Kind() == rawjson.String && v.Get("verb").Exists()
	}
	return v.Get("kind").Str() == "Event" && (strings.HasPrefix(v.Get("apiVersion").Str(), "audit.k8s.io/") || v.Get("verb").Exists())
}

func isKubeAudit(category string) bool {
	return strings.EqualFold(category, "kube-audit") || strings.EqualFold(category, "kube-audit-admin")
}

// Cluster is the resource id of the cluster that an event is from, in lower
// case, "" where the record does not say: AKS writes it in upper case, Log
// Analytics in lower case.
func (v *View) Cluster() string {
	for _, name := range []string{"resourceId", "_ResourceId"} {
		if id := v.Root.GetFold(name).Str(); strings.Contains(strings.ToLower(id), "/managedclusters/") {
			return strings.ToLower(id)
		}
	}
	return ""
}
