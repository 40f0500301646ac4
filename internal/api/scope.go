package api

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/wholelog/wholelog/internal/query"
	"github.com/wholelog/wholelog/internal/schema"
	"github.com/wholelog/wholelog/kql"
)

var guid = regexp.MustCompile(`^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$`)

// within limits a query to a tenant: the tables that it names stand for their
// rows of the tenant. It gives the text and how many lines it put before it.
// A server that knows one tenant only has nothing to limit.
func (s *Server) within(tenant, text string) (string, int, error) {
	if tenant == "" {
		return text, 0, nil
	}
	id := ""
	list := s.tenants()
	for _, t := range list {
		if strings.EqualFold(t.ID, tenant) || t.Name != "" && t.Name == tenant {
			id = t.ID
		}
	}
	if id == "" && guid.MatchString(tenant) {
		id = strings.ToLower(tenant)
	}
	if id == "" {
		return "", 0, fmt.Errorf("there is no tenant %q", tenant)
	}
	if len(list) == 1 && list[0].ID == id {
		return text, 0, nil
	}
	var b strings.Builder
	for _, t := range schema.Tables() {
		if !strings.Contains(text, t.Name) {
			continue
		}
		column := "AADTenantId"
		if t.Index(column) < 0 {
			column = "TenantId"
		}
		if t.Index(column) >= 0 {
			fmt.Fprintf(&b, "let %s = table(%q) | where %s =~ %q; ", t.Name, t.Name, column, id)
		}
	}
	if b.Len() == 0 {
		return text, 0, nil
	}
	return b.String() + "\n" + text, 1, nil
}

// up moves diagnostics to where they stand in the text as it was asked.
func up(list []kql.Diagnostic, lines int) []kql.Diagnostic {
	if lines == 0 {
		return list
	}
	out := make([]kql.Diagnostic, len(list))
	for i, d := range list {
		d.Line, d.EndLine = max(d.Line-lines, 1), max(d.EndLine-lines, 1)
		out[i] = d
	}
	return out
}

// above is up for an error.
func above(err error, a Ask) error {
	var qe *query.Error
	if a.lines > 0 && errors.As(err, &qe) {
		return &query.Error{Text: a.Query, Diagnostics: up(qe.Diagnostics, a.lines)}
	}
	return err
}
