package api

import (
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
)

// nonceMark stands in index.html where the nonce of its answer belongs.
const nonceMark = "__CSP_NONCE__"

// policy is the page's content security policy. Style elements need the nonce,
// as the query editor makes some; scripts come from files only.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'%s; img-src 'self' data:; connect-src 'self'; worker-src 'self'; font-src 'self'; " +
	"manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// page is the embedded page: files by their path, index.html apart.
type page struct {
	files map[string]file
	index []byte
}

type file struct {
	plain, packed []byte // packed: gzip, nil where it does not pay
	kind          string
	lasting       bool // the name changes with the content
}

// newPage reads the page's files once. What is there as NAME.gz alone is
// unpacked for who does not take gzip.
func newPage(root fs.FS) (*page, error) {
	p := &page{files: map[string]file{}}
	if root == nil {
		return p, nil
	}
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		name, isPacked := strings.CutSuffix(name, ".gz")
		f := p.files[name]
		if isPacked {
			r, err := gzip.NewReader(bytes.NewReader(b))
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			f.packed = b
			if f.plain, err = io.ReadAll(r); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		} else {
			f.plain = b
		}
		if f.kind = mime.TypeByExtension(path.Ext(name)); f.kind == "" {
			f.kind = "application/octet-stream"
		}
		if path.Ext(name) == ".js" || path.Ext(name) == ".mjs" {
			f.kind = "text/javascript; charset=utf-8" // whatever this machine thinks
		}
		f.lasting = strings.HasPrefix(name, "assets/")
		p.files[name] = f
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("the page's files: %w", err)
	}
	p.index = p.files["index.html"].plain
	delete(p.files, "index.html")
	return p, nil
}

// open gives the page: a file, or for every other path index.html, which finds
// out itself what belongs there.
func (s *Server) page(w http.ResponseWriter, r *http.Request) {
	if unsafe(r.Method) {
		w.Header().Set("Allow", "GET, HEAD")
		problem(w, http.StatusMethodNotAllowed, "there is nothing here to change", "GET /v1/openapi.json lists the routes")
		return
	}
	name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
	f, ok := s.files.files[name]
	if !ok {
		if strings.HasPrefix(name, "assets/") || strings.HasPrefix(name, "v1/") || name == "v1" || path.Ext(name) == ".js" || s.files.index == nil {
			problem(w, http.StatusNotFound, "there is nothing here", "GET /v1/openapi.json lists the routes")
			return
		}
		s.indexPage(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("Content-Security-Policy", fmt.Sprintf(policy, ""))
	h.Set("Vary", "Accept-Encoding")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	if f.lasting {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		h.Set("Cache-Control", "no-cache")
	}
	body := f.plain
	if f.packed != nil && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = f.packed
	}
	h.Set("Content-Length", fmt.Sprint(len(body)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(body)
	}
}

func (s *Server) indexPage(w http.ResponseWriter, r *http.Request) {
	b := make([]byte, 16)
	rand.Read(b)
	nonce := base64.RawStdEncoding.EncodeToString(b)
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", fmt.Sprintf(policy, " 'nonce-"+nonce+"'"))
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	if r.Method != http.MethodHead {
		_, _ = w.Write(bytes.ReplaceAll(s.files.index, []byte(nonceMark), []byte(nonce)))
	}
}
