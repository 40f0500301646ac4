package enrich

import (
	_ "embed"
	"strings"
	"sync"

	"github.com/wholelog/wholelog/internal/event/rawjson"
	"github.com/wholelog/wholelog/internal/schema"
)

// roles.tsv: template id, tier and name of Entra's built-in directory roles.
// Tiers are those of AzurePrivilegedIAM (Cloud-Architekt, MIT): 0 control
// plane, 1 management plane, 2 user access, - not classified.
//
//go:embed roles.tsv
var rolesText string

type role struct{ tier, name string }

type roleTable struct{ byID, byName map[string]role }

var roles = sync.OnceValue(func() roleTable {
	t := roleTable{map[string]role{}, map[string]role{}}
	for line := range strings.Lines(rolesText) {
		f := strings.Split(strings.TrimRight(line, "\n"), "\t")
		if f[1] == "-" {
			f[1] = ""
		}
		r := role{f[1], f[2]}
		t.byID[f[0]], t.byName[strings.ToLower(f[2])] = r, r
	}
	return t
})

// elevation is the operation that makes a Global Administrator the owner of
// every Azure subscription; it names no directory role.
const elevation = "elevated their access to user access administrator"

// roleOf fills RoleName and RoleTier of an audit event that is about a
// directory role. A role that the table lacks, such as one of the tenant's own,
// has a name and no tier.
func roleOf(row *schema.Row, at *places) {
	operation := row.Cells[at.operation].S
	if operation == "" {
		operation = row.Cells[at.activity].S
	}
	low := strings.ToLower(operation)
	if strings.Contains(low, elevation) {
		row.Cells[at.roleName], row.Cells[at.roleTier] = schema.Str("User Access Administrator"), schema.Str("0")
		return
	}
	if !strings.Contains(low, "role") && row.Cells[at.category].S != "RoleManagement" {
		return
	}
	var d rawjson.Doc
	id, name := "", ""
	if d.ParseString(row.Cells[at.targets].S) == nil {
		id, name = targetRole(d.Root())
	}
	if id == "" && d.ParseString(row.Cells[at.details].S) == nil {
		d.Root().Elements(func(e rawjson.Value) bool {
			switch strings.ToLower(e.GetFold("key").Str()) {
			case "roledefinitionoriginid", "roletemplateid", "templateid":
				id = strings.ToLower(e.GetFold("value").Str())
			}
			return id == ""
		})
	}
	t := roles()
	r, ok := t.byID[id]
	if !ok {
		r, ok = t.byName[strings.ToLower(name)]
	}
	if !ok {
		r = role{name: name}
	}
	row.Cells[at.roleName], row.Cells[at.roleTier] = schema.Str(r.name), schema.Str(r.tier)
}

// targetRole finds the role among the targets of an operation: in the changed
// properties of a member, where values are JSON inside text, or as a target of
// its own, as privileged identity management writes it.
func targetRole(targets rawjson.Value) (id, name string) {
	targets.Elements(func(t rawjson.Value) bool {
		if strings.EqualFold(t.GetFold("type").Str(), "Role") {
			if name == "" {
				name = t.GetFold("displayName").Str()
			}
			if id == "" {
				id = strings.ToLower(t.GetFold("id").Str())
			}
		}
		t.GetFold("modifiedProperties").Elements(func(p rawjson.Value) bool {
			value := plain(p.GetFold("newValue"))
			if value == "" {
				value = plain(p.GetFold("oldValue")) // a removal
			}
			switch p.GetFold("displayName").Str() {
			case "Role.TemplateId":
				id = strings.ToLower(value)
			case "Role.DisplayName":
				name = value
			case "Role.WellKnownObjectName":
				if name == "" {
					name = value
				}
			}
			return true
		})
		return true
	})
	return id, name
}

// plain is the text of a value that is JSON inside text.
func plain(v rawjson.Value) string {
	s := strings.TrimSpace(v.Str())
	var d rawjson.Doc
	if strings.HasPrefix(s, `"`) && d.Parse([]byte(s)) == nil {
		return d.Root().Str()
	}
	return s
}
