package rules

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const module = "github.com/wholelog/wholelog/"

// layers orders the packages from the bottom up: a package imports only
// packages of lower layers, or below its own folder.
var layers = []struct {
	layer  int
	prefix string
	reason string
}{
	{0, "internal/event", "the vocabulary knows nobody, so that everybody can speak it"},
	{0, "kql", "the compiler is public and reusable on its own"},
	{1, "internal/schema", "the catalogue only describes"},
	{1, "internal/config", "says what is wanted and knows nobody who does it"},
	{1, "internal/ledger", "what proves must not depend on what interprets"},
	{2, "internal/enrich", "pure functions from bytes to rows"},
	{2, "internal/normal", "pure functions from bytes to rows"},
	{2, "internal/store", "an index that knows no KQL"},
	{2, "internal/source", "delivers bytes and judges nothing"},
	{2, "internal/sim", "makes input like any other"},
	{3, "internal/ingest", "joins ledger, normal and store"},
	{3, "internal/query", "joins KQL and store"},
	{3, "internal/completeness", "weighs what ledger and store know of paths"},
	{4, "internal/detect", "runs rules over queries and tells nobody"},
	{4, "internal/auth", "who may do what"},
	{4, "internal/dashboard", "panels are queries and compute nothing"},
	{4, "internal/export", "writes what queries give, and says what it wrote"},
	{5, "internal/incident", "groups what rules found and tells who asked to be told"},
	{5, "internal/alert", "tells people what it is handed, and detects nothing"},
	{5, "internal/ops", "watches what runs"},
	{6, "internal/api", "the only package that knows routes"},
	{5, "internal/doctor", "looks at a tenant and changes nothing unasked"},
	{4, "internal/collect", "runs sources into ingest"},
	{6, "web", "the page's files, which know nobody"},
	{7, "cmd", "only commands wire"},
	{9, "internal/rules", "tests only"},
	{9, "internal/faultrun", "tests only"},
}

type pkg struct {
	ImportPath, Dir, Doc string
	Imports              []string
	GoFiles              []string
}

func packages(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-json", "./...")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var list []pkg
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return list
		} else if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
}

func layerOf(path string) (layer int, prefix, reason string) {
	rel := strings.TrimPrefix(path, module)
	for _, l := range layers {
		if rel == l.prefix || strings.HasPrefix(rel, l.prefix+"/") {
			return l.layer, l.prefix, l.reason
		}
	}
	return -1, "", ""
}

func TestImportsPointDown(t *testing.T) {
	for _, p := range packages(t) {
		layer, prefix, reason := layerOf(p.ImportPath)
		if layer < 0 {
			t.Errorf("%s is in no layer: add it to the list with a reason", p.ImportPath)
			continue
		}
		for _, imp := range p.Imports {
			if !strings.HasPrefix(imp, module) {
				continue
			}
			l, pre, _ := layerOf(imp)
			if l >= layer && pre != prefix {
				t.Errorf("%s imports %s: %s", p.ImportPath, imp, reason)
			}
		}
	}
}

// TestVerifierStandsAlone keeps the verifier small enough to read and free of
// the code whose work it checks.
func TestVerifierStandsAlone(t *testing.T) {
	for _, p := range packages(t) {
		if !strings.HasPrefix(p.ImportPath, module+"internal/ledger/verify") {
			continue
		}
		for _, imp := range p.Imports {
			if strings.HasPrefix(imp, module) {
				t.Errorf("%s imports %s: the verifier shares nothing with the writer but the format document", p.ImportPath, imp)
			}
		}
	}
}

func TestEveryPackageIsDocumented(t *testing.T) {
	for _, p := range packages(t) {
		if len(p.GoFiles) > 0 && p.Doc == "" {
			t.Errorf("%s has no package comment", p.ImportPath)
		}
	}
}

func TestFilesStayReadable(t *testing.T) {
	const limit = 800
	err := filepath.WalkDir("../..", func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			switch d.Name() {
			case ".git", "node_modules", "bin", "demo":
				return filepath.SkipDir
			}
			return nil
		}
		switch filepath.Ext(path) {
		case ".go", ".ts", ".tsx", ".css", ".py", ".sh":
		default:
			return nil
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		n := 0
		for sc := bufio.NewScanner(f); sc.Scan(); {
			n++
		}
		if n > limit {
			t.Errorf("%s has %d lines, more than %d", path, n, limit)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
