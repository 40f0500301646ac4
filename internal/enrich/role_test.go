package enrich

import (
	"strings"
	"testing"

	"github.com/wholelog/wholelog/internal/schema"
)

func TestRoles(t *testing.T) {
	f := func(operation, targets, details, name, tier string) {
		t.Helper()
		tab := schema.Lookup("AuditLogs")
		row := &schema.Row{Table: tab, Cells: make([]schema.Cell, len(tab.Columns))}
		row.Cells[tab.Index("OperationName")] = schema.Str(operation)
		row.Cells[tab.Index("TargetResources")] = schema.JSON(targets)
		row.Cells[tab.Index("AdditionalDetails")] = schema.JSON(details)
		Row(row)
		if n, r := row.Cells[tab.Index("RoleName")].S, row.Cells[tab.Index("RoleTier")].S; n != name || r != tier {
			t.Errorf("%s: role %q of tier %q, want %q of %q", operation, n, r, name, tier)
		}
	}
	f("Add member to role", `[{"type":"User","modifiedProperties":[{"displayName":"Role.DisplayName","newValue":"\"Global Administrator\""},{"displayName":"Role.TemplateId","newValue":"\"62E90394-69f5-4237-9190-012177145e10\""}]}]`, "", "Global Administrator", "0")
	f("Remove member from role", `[{"type":"User","modifiedProperties":[{"displayName":"Role.DisplayName","oldValue":"\"Global Administrator\"","newValue":null}]}]`, "", "Global Administrator", "0")
	f("Add member to role completed (PIM activation)", `[{"type":"Role","id":"x","displayName":"Security Administrator"},{"type":"User"}]`, "", "Security Administrator", "0")
	f("Add eligible member to role", `[{"type":"User"}]`, `[{"key":"RoleDefinitionOriginId","value":"88d8e3e3-8f55-4a1e-953a-9b9898b8876b"}]`, "Directory Readers", roles().byName["directory readers"].tier)
	f("Add member to role", `[{"type":"Role","displayName":"Our Own Role"}]`, "", "Our Own Role", "")
	f("User has elevated their access to User Access Administrator for their Azure Resources", ``, "", "User Access Administrator", "0")
	f("Add member to group", `[{"type":"Role","displayName":"Global Administrator"}]`, "", "", "")
}

func TestTablesAreWellFormed(t *testing.T) {
	for line := range strings.Lines(codesText) {
		f := strings.Split(strings.TrimSpace(line), "\t")
		if len(f) != 4 || f[3] == "" || !strings.HasSuffix(f[3], ".") || f[1] != "success" && f[1] != "failure" && f[1] != "interrupt" {
			t.Errorf("codes.tsv: %q", line)
		}
	}
	if n := len(codes()); n < 300 {
		t.Errorf("%d codes", n)
	}
	for line := range strings.Lines(rolesText) {
		if f := strings.Split(strings.TrimSpace(line), "\t"); len(f) != 3 || len(f[0]) != 36 || !strings.Contains("012-", f[1]) {
			t.Errorf("roles.tsv: %q", line)
		}
	}
	if n := len(roles().byID); n < 140 {
		t.Errorf("%d roles", n)
	}
}
