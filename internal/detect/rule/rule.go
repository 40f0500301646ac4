package rule

// Rule is a detection: a query that is run again and again over a window of
// time, and what its rows become.
type Rule struct {
	ID          string   `yaml:"id"`
	Title       string   `yaml:"title"`
	Description string   `yaml:"description,omitempty"`
	Severity    Severity `yaml:"severity"`
	Kind        string   `yaml:"kind,omitempty"`    // scheduled (default) or nrt
	Version     int      `yaml:"version,omitempty"` // grows when the rule finds something else
	Enabled     *bool    `yaml:"enabled,omitempty"` // nil: true
	Idea        string   `yaml:"idea,omitempty"`    // the idea's id in the project's catalogue
	Tables      []string `yaml:"tables,omitempty"`  // that the query reads; checked
	Engine      string   `yaml:"engine,omitempty"`  // code that works on the query's rows, by name
	Query       string   `yaml:"query"`

	Every    Duration `yaml:"every,omitempty"`    // time between runs; default 5m
	Window   Duration `yaml:"window,omitempty"`   // time that a run judges; default Every
	Lookback Duration `yaml:"lookback,omitempty"` // time that the query may read; 0: Window
	Trigger  Trigger  `yaml:"trigger,omitempty"`
	Alerts   string   `yaml:"alerts,omitempty"` // per_result (default) or single

	Entities []EntityMapping   `yaml:"entities,omitempty"`
	Details  map[string]string `yaml:"details,omitempty"` // label: column
	Alert    Alert             `yaml:"alert,omitempty"`
	Incident Incident          `yaml:"incident,omitempty"`
	Suppress Suppress          `yaml:"suppress,omitempty"`
	Attack   Attack            `yaml:"attack,omitempty"`

	FalsePositives []string        `yaml:"false_positives,omitempty"`
	Response       []string        `yaml:"response,omitempty"` // what to do, a line each
	References     []string        `yaml:"references,omitempty"`
	Tags           []string        `yaml:"tags,omitempty"`
	Knobs          map[string]Knob `yaml:"knobs,omitempty"`
	Exclude        []Exclusion     `yaml:"exclude,omitempty"`
	Tests          []Test          `yaml:"tests,omitempty"`
	// Imported names the format that the rule was made from; such a rule may
	// leave tables out.
	Imported string `yaml:"imported,omitempty"`

	// Exceptions are exclusions that people made of incidents, for a time. One
	// whose column the result has not is without effect.
	Exceptions []Exclusion `yaml:"-"`
	// Source tells where the rule was read: "builtin:NAME" or a path. Warnings
	// name what of an imported rule could not be mapped.
	Source   string   `yaml:"-"`
	Warnings []string `yaml:"-"`
}

// Severity orders alerts.
type Severity string

// The severities, least first.
const (
	Informational Severity = "informational"
	Low           Severity = "low"
	Medium        Severity = "medium"
	High          Severity = "high"
	Critical      Severity = "critical"
)

// Severities lists them, least first.
func Severities() []Severity { return []Severity{Informational, Low, Medium, High, Critical} }

// Rank is a severity's place, 0 for the least; -1 for what is none.
func (s Severity) Rank() int {
	for i, v := range Severities() {
		if v == s {
			return i
		}
	}
	return -1
}

// The kinds of rules, and what their rows become.
const (
	Scheduled = "scheduled"
	NRT       = "nrt"
	Single    = "single"
	PerResult = "per_result"
)

// Trigger says how many rows make an alert: gt 0 where nothing is said.
type Trigger struct {
	Op        string `yaml:"op,omitempty"` // gt, lt, eq, ne
	Threshold int64  `yaml:"threshold,omitempty"`
}

// Met tells whether n rows are what the trigger waits for.
func (t Trigger) Met(n int64) bool {
	switch t.Op {
	case "lt":
		return n < t.Threshold
	case "eq":
		return n == t.Threshold
	case "ne":
		return n != t.Threshold
	}
	return n > t.Threshold
}

// EntityMapping makes an entity of a row's columns. Type and the names of
// fields are Microsoft Sentinel's.
type EntityMapping struct {
	Type   string            `yaml:"type"`
	Fields map[string]string `yaml:"fields"` // identifier: column
}

// Alert is what an alert says. Title and Description may hold {{Column}}.
type Alert struct {
	Title       string `yaml:"title,omitempty"` // default: the rule's
	Description string `yaml:"description,omitempty"`
	Severity    string `yaml:"severity,omitempty"` // column that holds one
	Tactics     string `yaml:"tactics,omitempty"`  // column that holds some
}

// Incident says which alerts are one incident.
type Incident struct {
	Create *bool    `yaml:"create,omitempty"` // nil: true
	Group  string   `yaml:"group,omitempty"`  // all (default): alerts with all entities equal; any: of this rule; none; selected: those of By equal
	By     []string `yaml:"by,omitempty"`     // for selected: entity types, "details.LABEL", "alert.title", "alert.severity"
	Within Duration `yaml:"within,omitempty"` // default 24h
	Reopen bool     `yaml:"reopen,omitempty"`
}

// Suppress says for how long an alert with the same key is not raised again.
// By names the columns of the key; without it the entities are the key.
type Suppress struct {
	By  []string `yaml:"by,omitempty"`
	For Duration `yaml:"for,omitempty"` // default: the window
}

// Attack names what of MITRE ATT&CK a rule finds, in the numbering of Version.
type Attack struct {
	Version    int      `yaml:"version,omitempty"` // 18 where nothing is said
	Tactics    []string `yaml:"tactics,omitempty"`
	Techniques []string `yaml:"techniques,omitempty"`
}

// Exclusion leaves out result rows whose columns all have one of the values,
// without regard to letter case.
type Exclusion map[string]Strings

// IsEnabled tells whether the rule is to run.
func (r *Rule) IsEnabled() bool { return r.Enabled == nil || *r.Enabled }

// CreatesIncidents tells whether alerts become incidents.
func (i Incident) CreatesIncidents() bool { return i.Create == nil || *i.Create }

// Reach is the time that the query may read: Lookback where it is longer than
// Window.
func (r *Rule) Reach() Duration { return max(r.Window, r.Lookback) }

// SuppressFor is how long the same key stays silent.
func (r *Rule) SuppressFor() Duration {
	if r.Suppress.For > 0 {
		return r.Suppress.For
	}
	return r.Window
}
