package doctor

import (
	"context"

	"github.com/wholelog/wholelog/internal/config"
)

// look is the looking at one tenant: what the checks learn, for those after
// them.
type look struct {
	Tenant
	o          *Options
	t          *config.Tenant
	c          *client
	graph, arm *service

	claims   claims
	works    map[string]bool   // collections that answered
	risk     map[string]string // collection: a risk level that a record showed
	policies map[string]string // collection: yes or no, by a record
	licence  string            // free, p1 or p2; "": not known
	settings []setting
	known    bool // the settings could be read
}

// all runs every check in order. Errors are those of the context: the rest is
// findings.
func (l *look) all(ctx context.Context) error {
	l.works, l.risk, l.policies = map[string]bool{}, map[string]string{}, map[string]string{}
	there := l.credential()
	if there && !l.t.Graph.Disabled {
		if ok, err := l.token(ctx); err != nil {
			return err
		} else if ok {
			if err := l.collections(ctx); err != nil {
				return err
			}
			if err := l.licences(ctx); err != nil {
				return err
			}
			l.fields()
		}
	}
	if there {
		for _, check := range []func(context.Context) error{l.readSettings, l.attributes, l.clusters} {
			if err := check(ctx); err != nil {
				return err
			}
		}
	}
	l.paths()
	l.categories()
	return nil
}
