package builtin

import (
	"encoding/xml"
	"io"
	"strings"
)

// maxXML is the longest text that parse_xml reads.
const maxXML = 1 << 20

var xmlFuncs = []Func{
	fn("parse_xml", "s:d", func(a args) any {
		if s := a.str(0); s != "" && len(s) <= maxXML {
			return parseXML(s)
		}
		return nil
	}),
}

// element of a document under construction: attributes and children in bag,
// text beside it.
type xmlNode struct {
	name string
	bag  bag
	text strings.Builder
	many map[string]bool // children that already are lists
}

// parseXML turns elements into bag entries, attributes into @name, text beside
// either into #text, and repeated elements into arrays.
func parseXML(s string) any {
	d := xml.NewDecoder(strings.NewReader(s))
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	stack := []*xmlNode{{}}
	for {
		t, err := d.RawToken()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil
		}
		top := stack[len(stack)-1]
		switch t := t.(type) {
		case xml.StartElement:
			if len(stack) > maxDepth || len(stack) == 1 && len(top.bag.keys) > 0 {
				return nil // too deep, or a second root
			}
			n := &xmlNode{name: qualified(t.Name)}
			for _, at := range t.Attr {
				n.bag.set("@"+qualified(at.Name), at.Value)
			}
			stack = append(stack, n)
		case xml.EndElement:
			if len(stack) == 1 || top.name != qualified(t.Name) {
				return nil
			}
			stack = stack[:len(stack)-1]
			stack[len(stack)-1].add(top.name, top.value())
		case xml.CharData:
			if len(stack) == 1 && strings.TrimSpace(string(t)) != "" {
				return nil
			}
			top.text.Write(t)
		}
	}
	if len(stack) != 1 || len(stack[0].bag.keys) == 0 {
		return nil
	}
	return encode(&stack[0].bag)
}

func qualified(n xml.Name) string {
	if n.Space != "" {
		return n.Space + ":" + n.Local
	}
	return n.Local
}

func (n *xmlNode) add(name string, v any) {
	old, seen := n.bag.get(name)
	switch {
	case !seen:
		n.bag.set(name, v)
	case n.many[name]:
		n.bag.set(name, append(old.([]any), v))
	default:
		if n.many == nil {
			n.many = map[string]bool{}
		}
		n.many[name] = true
		n.bag.set(name, []any{old, v})
	}
}

func (n *xmlNode) value() any {
	txt := strings.TrimSpace(n.text.String())
	if len(n.bag.keys) == 0 {
		if txt == "" {
			return nil
		}
		return txt
	}
	if txt != "" {
		n.bag.set("#text", txt)
	}
	return &n.bag
}
