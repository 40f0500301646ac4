package builtin

import (
	"strings"
)

var parseFuncs = []Func{
	// The number is exact in a real only below 2^53; as text it compares right
	// for every version, so both forms exist.
	fn("parse_version", "s:r", func(a args) any {
		parts, ok := versionParts(a.str(0))
		if !ok {
			return nil
		}
		f := 0.0
		for _, p := range parts {
			f = f*1e8 + float64(p)
		}
		return f
	}),
	fn("parse_version_text", "s:s", func(a args) any {
		parts, ok := versionParts(a.str(0))
		if !ok {
			return ""
		}
		var b []byte
		for _, p := range parts {
			b = pad(b, p, 8)
		}
		if s := strings.TrimLeft(string(b), "0"); s != "" {
			return s
		}
		return "0"
	}),
	fn("parse_path", "s:d", func(a args) any { return parsePath(a.str(0)) }),
	fn("parse_csv", "s:d", func(a args) any { return parseCSV(a.str(0)) }),
	fn("parse_command_line", "ss:d", func(a args) any {
		if !strings.EqualFold(a.str(1), "windows") {
			return nil
		}
		return commandLine(a.str(0))
	}),
}

// versionParts reads one to four dotted numbers of up to eight digits.
func versionParts(s string) ([4]int64, bool) {
	var out [4]int64
	parts := strings.Split(strings.TrimSpace(s), ".")
	if len(parts) > 4 {
		return out, false
	}
	for i, p := range parts {
		n, ok := smallInt(p, 99999999)
		if !ok {
			return out, false
		}
		out[i] = n
	}
	return out, true
}

func parsePath(p string) any {
	rest, scheme, root := p, "", ""
	if s, after, ok := strings.Cut(p, "://"); ok && !strings.ContainsAny(s, `/\`) {
		scheme, rest = s, after
	}
	body := strings.TrimPrefix(rest, `\\?\`)
	if len(body) >= 2 && body[1] == ':' && alnum(rune(body[0])) && (len(body) == 2 || body[2] == '/' || body[2] == '\\') {
		root = body[:2]
	}
	dir, file := "", rest
	if i := strings.LastIndexAny(rest, `/\`); i >= 0 {
		dir, file = rest[:i], rest[i+1:]
	}
	file, stream, _ := strings.Cut(file, ":")
	ext := ""
	if i := strings.LastIndexByte(file, '.'); i >= 0 {
		ext = file[i+1:]
	}
	dirName := dir[strings.LastIndexAny(dir, `/\`)+1:]
	return encode(makeBag("Scheme", scheme, "RootPath", root, "DirectoryPath", dir, "DirectoryName", dirName,
		"Filename", file, "Extension", ext, "AlternateDataStreamName", stream))
}

// parseCSV splits the first record of the text.
func parseCSV(s string) any {
	out := []any{}
	var field []byte
	for i := 0; ; {
		field = field[:0]
		if i < len(s) && s[i] == '"' {
			for i++; i < len(s); i++ {
				if s[i] == '"' {
					if i+1 < len(s) && s[i+1] == '"' {
						i++
					} else {
						i++
						break
					}
				}
				field = append(field, s[i])
			}
		}
		for i < len(s) && s[i] != ',' && s[i] != '\n' && s[i] != '\r' {
			field = append(field, s[i])
			i++
		}
		out = append(out, string(field))
		if i >= len(s) || s[i] != ',' {
			return encode(out)
		}
		i++
	}
}

// commandLine splits as CommandLineToArgvW does: 2n backslashes before a quote
// are n, and an odd one makes the quote plain. The program's name knows no
// escapes.
func commandLine(s string) any {
	out := []any{}
	i := 0
	if s = strings.TrimSpace(s); s == "" {
		return nil
	}
	if s[0] == '"' {
		end := strings.IndexByte(s[1:], '"')
		if end < 0 {
			end = len(s) - 1
		}
		out = append(out, s[1:1+end])
		i = min(end+2, len(s))
	} else {
		for i < len(s) && s[i] != ' ' && s[i] != '\t' {
			i++
		}
		out = append(out, s[:i])
	}
	for {
		for i < len(s) && (s[i] == ' ' || s[i] == '\t') {
			i++
		}
		if i >= len(s) {
			return encode(out)
		}
		var arg []byte
		quoted := false
		for ; i < len(s); i++ {
			slashes := 0
			for i < len(s) && s[i] == '\\' {
				slashes, i = slashes+1, i+1
			}
			if i < len(s) && s[i] == '"' {
				arg = append(arg, strings.Repeat(`\`, slashes/2)...)
				switch {
				case slashes%2 == 1:
					arg = append(arg, '"')
				case quoted && i+1 < len(s) && s[i+1] == '"':
					arg = append(arg, '"')
					i++
				default:
					quoted = !quoted
				}
				continue
			}
			arg = append(arg, strings.Repeat(`\`, slashes)...)
			if i >= len(s) || !quoted && (s[i] == ' ' || s[i] == '\t') {
				break
			}
			arg = append(arg, s[i])
		}
		out = append(out, string(arg))
	}
}
