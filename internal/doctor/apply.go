package doctor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// Apply makes the change of a plan, and reads it back. It is the one thing in
// this package that changes anything. It refuses if the setting is no longer
// as the plan found it.
func Apply(ctx context.Context, p *Plan) error {
	if p.Unchanged {
		return nil
	}
	l := p.l
	now, a, err := l.setting(ctx, p.Setting)
	switch {
	case err != nil:
		return err
	case now == nil && !p.New:
		return fmt.Errorf("the setting %q could not be read again (%s): nothing was written", printable(p.Setting), a.reason())
	case now == nil && a.status != http.StatusNotFound:
		return fmt.Errorf("whether there is a setting %q could not be read (%s): nothing was written", printable(p.Setting), a.reason())
	case now != nil && p.New:
		return fmt.Errorf("somebody made a setting %q meanwhile: nothing was written; run doctor again", printable(p.Setting))
	case now != nil:
		if text, err := merged(now, nil); err != nil || !bytes.Equal(text, p.before) {
			return fmt.Errorf("the setting %q was changed meanwhile: nothing was written; run doctor again", printable(p.Setting))
		}
	}
	if a, err = l.c.ask(ctx, l.arm, unpaced, http.MethodPut, settingPath(p.Setting), p.Body); err != nil {
		return err
	}
	if !a.ok() {
		const who = "writing takes the role Security Administrator and rights on the destination; an application that is no person needs Contributor at the scope /providers/microsoft.aadiam"
		if a.status == http.StatusForbidden || a.status == http.StatusUnauthorized {
			return fmt.Errorf("the setting was not written (%s): %s", a.reason(), who)
		}
		return fmt.Errorf("the setting may not have been written (%s): run doctor again to see", a.reason())
	}
	p.Applied = true
	after, a, err := l.setting(ctx, p.Setting)
	if err != nil {
		return err
	}
	if after == nil {
		return fmt.Errorf("the setting was written, and could not be read back (%s): run doctor again to see", a.reason())
	}
	if err := same(p.Body, after); err != nil {
		return fmt.Errorf("the setting was written, and is not what was sent: %w", err)
	}
	p.Verified = true
	return nil
}

// setting reads one; nil if the answer holds none.
func (l *look) setting(ctx context.Context, name string) (*setting, answer, error) {
	a, err := l.c.ask(ctx, l.arm, unpaced, http.MethodGet, settingPath(name), nil)
	if err != nil || !a.ok() {
		return nil, a, err
	}
	s, ok := parseSetting(a.body)
	if !ok {
		a.failed = "the answer is no setting"
		return nil, a, nil
	}
	return &s, a, nil
}

// same compares what was sent with what is there. Categories that the service
// lists by itself, switched off, are no difference.
func same(sent []byte, got *setting) error {
	want, ok := parseSetting(append([]byte(`{"name":"x",`), bytes.TrimSpace(sent)[1:]...))
	if !ok {
		return errors.New("the body cannot be read")
	}
	for _, kind := range []string{"eventHubName", property[toHub], property[toStorage], property[toWorkspace]} {
		if !strings.EqualFold(want.text(kind), got.text(kind)) {
			return fmt.Errorf("%s differs", kind)
		}
	}
	state := func(s *setting) map[string]bool {
		m := map[string]bool{}
		for _, e := range s.logs {
			if e.Enabled {
				m[strings.ToLower(e.Category+"/"+e.Group)] = true
			}
		}
		return m
	}
	w, g := state(&want), state(got)
	for k := range w {
		if !g[k] {
			return fmt.Errorf("%s is off", strings.Trim(k, "/"))
		}
	}
	for k := range g {
		if !w[k] {
			return fmt.Errorf("%s is on", printable(strings.Trim(k, "/")))
		}
	}
	return nil
}
