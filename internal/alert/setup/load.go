package setup

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	amconfig "github.com/prometheus/alertmanager/config"
	"github.com/prometheus/alertmanager/dispatch"
	"github.com/prometheus/alertmanager/template"
	"github.com/prometheus/alertmanager/timeinterval"
	"github.com/prometheus/common/model"
)

// Config is a file that was read and checked. It is not changed afterwards.
type Config struct {
	Alertmanager *amconfig.Config
	Extras       Extras
	Route        *dispatch.Route
	Times        *timeinterval.Intervener
	Template     *template.Template
	// Warnings say what is done otherwise than Alertmanager would, and what is
	// dangerous.
	Warnings []string
}

// Waits of routes that say nothing. Alertmanager's own are 30 s and 5 minutes.
const (
	DefaultGroupWait     = 10 * time.Second
	DefaultGroupInterval = time.Minute
)

const maxFile = 4 << 20

// Load reads a file.
func Load(path string) (*Config, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("alerting: no file %s; docs/alerting.md has one to start from", path)
	}
	if err != nil {
		return nil, fmt.Errorf("alerting: %w", err)
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("alerting: %w", err)
	}
	c, err := Parse(text, filepath.Dir(abs))
	if err != nil {
		return nil, fmt.Errorf("alerting %s: %w", path, err)
	}
	if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o077 != 0 && inlineSecret.Match(text) {
		c.warn("%s holds secrets and can be read by others on this machine: chmod 600 it, or use the keys that end in _file", path)
	}
	return c, nil
}

var inlineSecret = regexp.MustCompile(`(?m)^[\s-]*(smtp_auth_password|auth_password|auth_secret|api_url|app_token|slack_api_url|slack_app_token|webhook_url|routing_key|service_key|api_key|bot_token|credentials|password|token|secret):\s*\S`)

// Parse reads the text of a file whose relative paths start at dir.
func Parse(text []byte, dir string) (*Config, error) {
	if len(text) > maxFile {
		return nil, fmt.Errorf("larger than %d MiB", maxFile>>20)
	}
	ours, theirs := split(text)
	c := &Config{}
	var section struct {
		Wholelog Extras `yaml:"wholelog"`
	}
	if len(bytes.TrimSpace(ours)) > 0 {
		if err := safely(func() error { return yaml.UnmarshalWithOptions(ours, &section, yaml.Strict()) }); err != nil {
			return nil, fmt.Errorf("section wholelog: %w", err)
		}
	}
	c.Extras = section.Wholelog
	var am *amconfig.Config
	err := safely(func() (err error) {
		am, err = amconfig.Load(string(theirs))
		return err
	})
	if err != nil {
		return nil, clean(err, text)
	}
	c.Alertmanager = am
	absolute(dir, reflect.ValueOf(am.Receivers))
	absolute(dir, reflect.ValueOf(am.Global))
	absolute(dir, reflect.ValueOf(&c.Extras))
	for i, t := range am.Templates {
		if !filepath.IsAbs(t) {
			am.Templates[i] = filepath.Join(dir, t)
		}
	}
	names := map[string]bool{}
	for _, r := range am.Receivers {
		names[r.Name] = true
	}
	if err := c.Extras.check(names); err != nil {
		return nil, err
	}
	for _, r := range am.Receivers {
		if len(r.SNSConfigs) > 0 {
			return nil, fmt.Errorf("receiver %s: sns_configs are not delivered: the client of AWS is not built in; use a webhook", r.Name)
		}
		for i, e := range r.EmailConfigs {
			if err := validAddresses(e.To); err != nil {
				return nil, fmt.Errorf("receiver %s: email_configs[%d]: to: %w", r.Name, i, err)
			}
			if err := validAddresses(e.From); err != nil {
				return nil, fmt.Errorf("receiver %s: email_configs[%d]: from: %w", r.Name, i, err)
			}
		}
	}
	if c.Template, err = template.FromGlobs(am.Templates); err != nil {
		return nil, fmt.Errorf("templates: %w", err)
	}
	c.Template.ExternalURL = &url.URL{}
	if c.Extras.ExternalURL != "" {
		if c.Template.ExternalURL, err = url.Parse(c.Extras.ExternalURL); err != nil {
			return nil, fmt.Errorf("wholelog.external_url: %w", err)
		}
	}
	c.warnings()
	wait, interval := model.Duration(DefaultGroupWait), model.Duration(DefaultGroupInterval)
	if am.Route.GroupWait == nil {
		am.Route.GroupWait = &wait
	}
	if am.Route.GroupInterval == nil {
		am.Route.GroupInterval = &interval
	}
	c.Route = dispatch.NewRoute(am.Route, nil)
	times := map[string][]timeinterval.TimeInterval{}
	for _, t := range am.MuteTimeIntervals {
		times[t.Name] = t.TimeIntervals
	}
	for _, t := range am.TimeIntervals {
		times[t.Name] = t.TimeIntervals
	}
	c.Times = timeinterval.NewIntervener(times)
	return c, nil
}

// safely makes an error of a panic in a parser: a file that is read again while
// the server runs must not end it.
func safely(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = errors.New("the parser gave up: look for tags (!x), anchors and empty values")
		}
	}()
	return f()
}

var sectionStart = regexp.MustCompile(`^wholelog\s*:`)

// split takes the section wholelog out of a file, since Alertmanager's loader
// refuses keys that it does not know. Both parts keep their line numbers.
func split(text []byte) (ours, theirs []byte) {
	in := false
	for line := range bytes.Lines(text) {
		switch {
		case sectionStart.Match(line):
			in = true
		case len(bytes.TrimSpace(line)) > 0 && line[0] != ' ' && line[0] != '#' && line[0] != '\r':
			in = false
		}
		end := line[len(bytes.TrimRight(line, "\r\n")):]
		if in {
			ours, theirs = append(ours, line...), append(theirs, end...)
		} else {
			ours, theirs = append(ours, end...), append(theirs, line...)
		}
	}
	return ours, theirs
}

var (
	quoted    = regexp.MustCompile("`[^`]*`")
	secretKey = regexp.MustCompile(`(?mi)(?:password|secret|token|key|url|credentials)[a-z_]*:[ \t]*["']?([^"'\s#,}]{4,})`)
)

// clean takes out of an error of the loader what the file says in secret keys.
func clean(err error, text []byte) error {
	s := quoted.ReplaceAllString(err.Error(), "`…`")
	for _, m := range secretKey.FindAllSubmatch(text, -1) {
		s = strings.ReplaceAll(s, string(m[1]), "…")
	}
	return errors.New(s)
}
