package channel

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"reflect"
	"slices"
	"strings"

	amcommon "github.com/prometheus/alertmanager/config/common"
	commoncfg "github.com/prometheus/common/config"

	"github.com/wholelog/wholelog/internal/alert/guard"
	"github.com/wholelog/wholelog/internal/alert/message"
	"github.com/wholelog/wholelog/internal/alert/render"
)

// scrub makes an error that shows no secret: neither the URL of a request nor
// any of the texts.
func scrub(err error, secrets []string) error {
	if err == nil {
		return nil
	}
	var ue *url.Error
	s := err.Error()
	if errors.As(err, &ue) {
		s = ue.Err.Error()
	}
	for _, x := range secrets {
		if len(x) >= 4 {
			s = strings.ReplaceAll(s, x, "…")
		}
	}
	s = message.Shorten(render.Plain(s), 500)
	if errors.Is(err, guard.ErrRefused) {
		return fmt.Errorf("%w%s", guard.ErrRefused, strings.TrimPrefix(s[max(strings.Index(s, guard.ErrRefused.Error()), 0):], guard.ErrRefused.Error()))
	}
	return errors.New(s)
}

// urlSecrets are the parts of a URL that may be one: all but scheme and host.
func urlSecrets(s string) []string {
	u, err := url.Parse(s)
	if err != nil {
		return []string{s}
	}
	out := []string{s}
	if len(u.RequestURI()) > 8 {
		out = append(out, u.RequestURI())
	}
	for p := range strings.SplitSeq(u.EscapedPath(), "/") {
		if len(p) >= 16 {
			out = append(out, p)
		}
	}
	for _, vs := range u.Query() {
		for _, v := range vs {
			if len(v) >= 8 {
				out = append(out, v)
			}
		}
	}
	if p, ok := u.User.Password(); ok {
		out = append(out, p)
	}
	return out
}

// secretsOf collects what a part of the configuration holds in its types for
// secrets.
func secretsOf(v any) []string {
	var out []string
	var walk func(reflect.Value)
	walk = func(v reflect.Value) {
		if !v.IsValid() || !v.CanInterface() {
			return
		}
		switch x := v.Interface().(type) {
		case commoncfg.Secret:
			out = append(out, string(x))
			return
		case amcommon.SecretTemplateURL:
			out = append(out, urlSecrets(string(x))...)
			return
		case amcommon.SecretURL:
			if x.URL != nil {
				out = append(out, urlSecrets(x.String())...)
			}
			return
		}
		switch v.Kind() {
		case reflect.Pointer:
			if !v.IsNil() {
				walk(v.Elem())
			}
		case reflect.Struct:
			for i := range v.NumField() {
				walk(v.Field(i))
			}
		case reflect.Slice:
			for i := range v.Len() {
				walk(v.Index(i))
			}
		}
	}
	walk(reflect.ValueOf(v))
	return slices.DeleteFunc(out, func(s string) bool { return s == "" })
}

// secretText is an inline secret or the content of its file.
func secretText[T ~string](inline T, file string) (string, error) {
	if inline != "" || file == "" {
		return string(inline), nil
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("secret file: %w", err)
	}
	return strings.TrimSpace(string(b)), nil
}
