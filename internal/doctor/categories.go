package doctor

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wholelog/wholelog/internal/schema"
)

// categories says of each category by which paths it is collected, and last
// what one command would add. It is one because a PUT replaces a whole setting:
// of two commands made from what is there now, the second would undo the first.
func (l *look) categories() {
	var none, single []string
	for i := range categories {
		switch c := &categories[i]; l.category(c) {
		case missingPath:
			none = append(none, c.name)
		case singlePath:
			single = append(single, c.name)
		}
	}
	if len(single) > 0 && l.known {
		l.say(OK, "category", "second path", "single-path", "collected by one path, so that their hours can be shown as read stable, not as proven: "+list(single)+
			". A second, independent path to an event hub or storage account proves by identity of each record that nothing is missing", l.enable(single)...)
	}
	if all := append(none, single...); len(all) > 0 && l.known {
		l.say(OK, "category", "one command", "enable", "a PUT replaces a whole setting, so one command switches on all that is named above: "+list(all), l.put(all)...)
	}
}

// What category finds.
const (
	enoughPaths = iota
	singlePath  // collected, and a setting could be a second way
	missingPath // has a table here, and is not collected
)

// category looks at one.
func (l *look) category(c *category) int {
	var by, unread, off []string
	if k := c.collection(); k != nil && slices.ContainsFunc(l.configured(), func(o collection) bool { return o.name == k.name }) {
		if l.works[k.name] {
			by = append(by, "graph:"+k.name)
		} else {
			off = append(off, "graph:"+k.name+", which does not work (see above)")
		}
	}
	enabled := false
	for i := range l.settings {
		s := &l.settings[i]
		if !s.enables(c.name) {
			continue
		}
		enabled = true
		read, not := l.through(s, c.name)
		for _, r := range read {
			if !slices.Contains(by, r) {
				by = append(by, r)
			}
		}
		unread = append(unread, not...)
	}
	state := "no setting writes it"
	switch {
	case !l.known:
		state = "whether a setting writes it is not known"
	case enabled && len(unread) > 0:
		state = "a setting writes it to " + list(unread) + ", which no source of the configuration reads"
	case enabled:
		state = "a setting writes it"
	}
	switch {
	case len(by) > 1:
		l.say(OK, "category", c.name, "two-paths", "collected by "+strings.Join(by, " and ")+": its hours can be proven; "+c.enough())
	case len(by) == 1:
		what := "collected by " + by[0] + "; " + state + "; " + c.enough()
		byGraph := strings.HasPrefix(by[0], "graph:")
		if k := c.collection(); k != nil && !byGraph && len(off) == 0 {
			what += ". A second path would be Graph's " + k.name
		}
		l.say(OK, "category", c.name, "one-path", what)
		if byGraph {
			return singlePath
		}
	case len(off) > 0:
		l.say(Warn, "category", c.name, "not-collected", "configured by "+list(off)+"; "+state, l.enable([]string{c.name})...)
		return missingPath
	case !c.ours():
		l.say(OK, "category", c.name, "no-table", state+"; this program has no table for it and keeps what arrives as it is; "+c.enough())
	default:
		what, fix := "not collected: "+state, []Step(nil)
		if l.known && enabled {
			what += fmt.Sprintf(" (read it with eventHubs or blobs: hub or container %s)", container(c.name))
		}
		if k := c.collection(); k != nil {
			what += "; Graph holds it as " + k.name
			fix = append(fix, Step{"config", "tenants: graph: {collections: [..., " + k.name + "]}"})
		} else {
			what += "; Graph does not hold it: a setting is the only way"
		}
		l.say(Warn, "category", c.name, "not-collected", what+"; "+c.enough(), append(fix, l.enable([]string{c.name})...)...)
		return missingPath
	}
	return enoughPaths
}

// tableOf names the table of a category for reading.
func tableOf(category string) string {
	if t := schema.ByCategory(category); t != nil {
		return t.Name
	}
	return "no table"
}
