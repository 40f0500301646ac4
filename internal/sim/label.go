package sim

// label says of one record what only its maker knows. Records without a label
// are ordinary work. A campaign is what belongs together; confusers are
// campaigns that look like attacks and are not.
type label struct {
	id, campaign string
	step         int
	technique    string // MITRE ATT&CK, "" for confusers
	actor        string // address or account that acts
	victim       string // account that is acted on
	benign       bool
}

// LabelFormat is the first member of every label: importing a folder of
// records leaves a file that begins with it out.
const LabelFormat = "wholelog-label/1"

func (l label) append(dst []byte) []byte {
	return append(appendJSON(dst, object{{"label", LabelFormat}, {"id", l.id}, {"campaign", l.campaign}, {"step", l.step}, {"technique", l.technique},
		{"actor", l.actor}, {"victim", l.victim}, {"benign", l.benign}}), '\n')
}
