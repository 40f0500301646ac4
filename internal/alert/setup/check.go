package setup

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"net/mail"
	"net/url"
	"slices"
	"strings"
)

// check finds what could not work in the section of ours, all of it at once.
func (x *Extras) check(receivers map[string]bool) error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf("wholelog."+format, args...)) }
	for _, a := range x.AllowPrivate {
		if a == "" || strings.Contains(a, "://") {
			bad("allow_private: %q: write the host alone, as in 10.0.0.5, 10.1.0.0/16 or mail.example.com", a)
		}
	}
	if x.ExternalURL != "" {
		if u, err := url.Parse(x.ExternalURL); err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
			bad("external_url: %q is no http or https URL", x.ExternalURL)
		}
	}
	for i, m := range x.MailOAuth2 {
		switch {
		case m.Username == "":
			bad("mail_oauth2[%d]: username is missing: the auth_username that it is for", i)
		case m.Token == nil && (m.Tenant == "" || m.Client == "" || m.Secret == nil):
			bad("mail_oauth2[%d]: token, or tenant, client and secret", i)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(x.Receivers)) {
		r := x.Receivers[name]
		if !receivers[name] {
			bad("receivers.%s: there is no receiver of this name under receivers", name)
		}
		for i := range r.Webhooks {
			if err := r.Webhooks[i].check(); err != nil {
				bad("receivers.%s.webhooks[%d]: %w", name, i, err)
			}
		}
		for i := range r.Alertmanagers {
			if err := r.Alertmanagers[i].check(); err != nil {
				bad("receivers.%s.alertmanagers[%d]: %w", name, i, err)
			}
		}
		for i, s := range r.Syslog {
			if _, _, err := net.SplitHostPort(s.Address); err != nil {
				bad("receivers.%s.syslog[%d]: address %q is no HOST:PORT", name, i, s.Address)
			}
			if s.Facility != nil && (*s.Facility < 0 || *s.Facility > 23) {
				bad("receivers.%s.syslog[%d]: facility %d; 0 to 23", name, i, *s.Facility)
			}
		}
	}
	return errors.Join(errs...)
}

func (h *HTTP) check() error {
	if (h.URL == "") == (h.URLSecret == nil) {
		return errors.New("url or url_secret, one of them")
	}
	if h.URL != "" {
		if u, err := url.Parse(h.URL); err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
			return errors.New("url is no http or https URL")
		}
	}
	if h.Bearer != nil && h.Username != "" {
		return errors.New("bearer or username, not both")
	}
	return nil
}

func validAddresses(list string) error {
	if strings.Contains(list, "{{") {
		return nil // known when it is rendered
	}
	if _, err := mail.ParseAddressList(list); err != nil {
		return fmt.Errorf("%q: %w", list, err)
	}
	return nil
}
