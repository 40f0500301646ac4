package api

import (
	"encoding/json"
	"maps"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"
)

// openAPI describes the routes as OpenAPI 3.1, from the same table and the same
// types that answer.
func (s *Server) openAPI(w http.ResponseWriter, _ *http.Request) { s.json(w, s.Describe()) }

type object = map[string]any

var inPath = regexp.MustCompile(`\{([a-z]+)\}`)

// Describe makes the OpenAPI document.
func (s *Server) Describe() map[string]any {
	d := describer{schemas: object{}}
	problem := d.ref(reflect.TypeFor[Problem]())
	paths := object{}
	for _, r := range s.routes {
		if r.hidden {
			continue
		}
		op := object{"summary": r.about, "operationId": operation(r)}
		var params []object
		for _, m := range inPath.FindAllStringSubmatch(r.path, -1) {
			params = append(params, object{"name": m[1], "in": "path", "required": true, "schema": object{"type": "string"}})
		}
		for _, p := range strings.Fields(r.params) {
			params = append(params, object{"name": p, "in": "query", "schema": object{"type": "string"}})
		}
		if params != nil {
			op["parameters"] = params
		}
		if r.in != nil {
			op["requestBody"] = object{"required": true, "content": object{"application/json": object{"schema": d.ref(reflect.TypeOf(r.in))}}}
		}
		answer := object{"description": "Done"}
		switch {
		case r.many:
			answer["content"] = object{"application/json": object{"schema": object{"type": "object", "required": []string{"items", "next"},
				"properties": object{"items": object{"type": "array", "items": d.ref(reflect.TypeOf(r.out))}, "next": object{"type": "string"}}}}}
		case r.out != nil:
			answer["content"] = object{"application/json": object{"schema": d.ref(reflect.TypeOf(r.out))}}
		case r.kind != "":
			answer["content"] = object{r.kind: object{}}
		}
		answers := object{"2XX": answer, "4XX": object{"description": "What is wrong, and what to do", "content": object{"application/problem+json": object{"schema": problem}}}}
		op["responses"] = answers
		if r.scope == "" {
			op["security"] = []object{}
		} else {
			op["description"] = "Needs the scope " + string(r.scope) + "."
			op["security"] = []object{{"token": []string{}}, {"session": []string{}}}
		}
		at, _ := paths[r.path].(object)
		if at == nil {
			at = object{}
			paths[r.path] = at
		}
		at[strings.ToLower(r.method)] = op
	}
	return object{
		"openapi": "3.1.0",
		"info": object{"title": "Wholelog", "version": "1", "description": "Times are RFC 3339, UTC. Errors are RFC 9457. Lists take limit and cursor. " +
			"What changes something needs, by a session, the header X-CSRF-Token with csrf of GET /v1/session."},
		"paths": paths,
		"components": object{"schemas": d.schemas, "securitySchemes": object{
			"token":   object{"type": "http", "scheme": "bearer"},
			"session": object{"type": "apiKey", "in": "cookie", "name": s.cookie()},
		}},
	}
}

// operation is a name for a route that stays.
func operation(r route) string {
	words := strings.FieldsFunc(strings.TrimPrefix(r.path, "/v1"), func(c rune) bool { return !(c >= 'a' && c <= 'z') })
	out := strings.ToLower(r.method)
	for _, w := range words {
		out += strings.ToUpper(w[:1]) + w[1:]
	}
	return out
}

// describer makes JSON schemas of types.
type describer struct{ schemas object }

var (
	timeType = reflect.TypeFor[time.Time]()
	rawType  = reflect.TypeFor[json.RawMessage]()
)

// ref describes a type once, and names it where it is used.
func (d *describer) ref(t reflect.Type) object {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || t == timeType || t.Name() == "" {
		return d.schema(t)
	}
	name := t.Name()
	if pkg := t.PkgPath()[strings.LastIndexByte(t.PkgPath(), '/')+1:]; pkg != "api" {
		name = strings.ToUpper(pkg[:1]) + pkg[1:] + name
	}
	if _, ok := d.schemas[name]; !ok {
		d.schemas[name] = object{} // types may hold themselves
		d.schemas[name] = d.schema(t)
	}
	return object{"$ref": "#/components/schemas/" + name}
}

func (d *describer) schema(t reflect.Type) object {
	switch {
	case t == timeType:
		return object{"type": "string", "format": "date-time"}
	case t == rawType:
		return object{}
	}
	if t.Kind() != reflect.Struct && t.Implements(reflect.TypeFor[interface{ MarshalText() ([]byte, error) }]()) {
		return object{"type": "string"}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return d.ref(t)
	case reflect.String:
		return object{"type": "string"}
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return object{"type": "integer"}
	case reflect.Float32, reflect.Float64:
		return object{"type": "number"}
	case reflect.Slice, reflect.Array:
		return object{"type": "array", "items": d.ref(t.Elem())}
	case reflect.Map:
		return object{"type": "object", "additionalProperties": d.ref(t.Elem())}
	case reflect.Struct:
		props := object{}
		need := map[string]bool{}
		d.fields(t, props, need)
		out := object{"type": "object", "properties": props}
		if len(need) > 0 {
			out["required"] = slices.Sorted(maps.Keys(need))
		}
		return out
	}
	return object{}
}

func (d *describer) fields(t reflect.Type, props object, need map[string]bool) {
	for i := range t.NumField() {
		f := t.Field(i)
		tag, has := f.Tag.Lookup("json")
		name, opts, _ := strings.Cut(tag, ",")
		inner := f.Type
		if inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		if f.Anonymous && !has && inner.Kind() == reflect.Struct {
			d.fields(inner, props, need)
			continue
		}
		if !f.IsExported() || name == "-" {
			continue
		}
		if name == "" {
			name = f.Name
		}
		props[name] = d.ref(f.Type)
		if !strings.Contains(opts, "omit") {
			need[name] = true
		}
	}
}
