package setup

import (
	"path/filepath"
	"reflect"
	"strings"
)

// absolute makes the paths of files independent of where the program runs: in
// config.Secret, TLS and all strings of fields whose name ends in File.
func absolute(dir string, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			if s, ok := v.Interface().(interface{ SetDirectory(string) }); ok {
				s.SetDirectory(dir)
				return
			}
			absolute(dir, v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			absolute(dir, v.Index(i))
		}
	case reflect.Map:
		for _, k := range v.MapKeys() {
			if v.Type().Elem().Kind() != reflect.Struct {
				return
			}
			c := reflect.New(v.Type().Elem())
			c.Elem().Set(v.MapIndex(k))
			absolute(dir, c)
			v.SetMapIndex(k, c.Elem())
		}
	case reflect.Struct:
		t := v.Type()
		for i := range v.NumField() {
			f, name := v.Field(i), t.Field(i).Name
			if !t.Field(i).IsExported() {
				continue
			}
			tls := t == reflect.TypeFor[TLS]() && name != "ServerName"
			if f.Kind() == reflect.String && (strings.HasSuffix(name, "File") || tls) {
				if p := f.String(); p != "" && !filepath.IsAbs(p) {
					f.SetString(filepath.Join(dir, p))
				}
				continue
			}
			absolute(dir, f)
		}
	}
}
