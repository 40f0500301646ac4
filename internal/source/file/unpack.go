package file

import (
	"archive/tar"
	"archive/zip"
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// maxNesting is how deep archives and compression may be nested.
const maxNesting = 5

// unpack finds out how a stream is packed, by its first bytes, and reads what
// is inside.
func (r *reader) unpack(name string, in io.Reader, depth int) error {
	b := bufio.NewReaderSize(in, 1<<16)
	head, err := b.Peek(512)
	if err != nil && !errors.Is(err, io.EOF) && len(head) == 0 {
		r.reject(name, "it cannot be read: "+err.Error())
		return nil
	}
	if depth == 0 {
		r.reject(name, "archives are nested too deep")
		return nil
	}
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		z, err := gzip.NewReader(b)
		if err != nil {
			r.reject(name, "it begins like gzip, but is damaged: "+err.Error())
			return nil
		}
		return r.unpack(name, z, depth-1)
	case bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		z, err := zstd.NewReader(b, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(512<<20))
		if err != nil {
			r.reject(name, "it begins like zstd, but is damaged: "+err.Error())
			return nil
		}
		defer z.Close()
		return r.unpack(name, z, depth-1)
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return r.zip(name, in, b, depth)
	case len(head) > 262 && string(head[257:262]) == "ustar":
		return r.tar(name, b, depth)
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}), bytes.HasPrefix(head, []byte{0xfe, 0xff}),
		len(head) > 3 && (head[0] == '{' || head[0] == '[' || head[0] == '"') && head[1] == 0 && head[3] == 0,
		len(head) > 3 && head[0] == 0 && (head[1] == '{' || head[1] == '[' || head[1] == '"') && head[2] == 0:
		return r.records(name, newUTF16(b, head[0] == 0xfe || head[0] == 0))
	}
	return r.records(name, b)
}

// member names a file inside an archive; "" for what is none.
func member(archive, inside string) string {
	inside = path.Clean("/" + strings.ReplaceAll(inside, "\\", "/"))[1:]
	if inside == "" || strings.HasPrefix(inside, "__MACOSX/") || path.Base(inside) == ".DS_Store" {
		return ""
	}
	return archive + "!" + inside
}

// zip reads a zip archive, whose directory is at its end: what is no file is
// put into one first.
func (r *reader) zip(name string, in io.Reader, b *bufio.Reader, depth int) error {
	f, ok := in.(*os.File)
	size := int64(0)
	if ok {
		info, err := f.Stat()
		ok = err == nil && info.Mode().IsRegular()
		if ok {
			size = info.Size()
		}
	}
	if !ok {
		tmp, err := os.CreateTemp("", "wholelog-*.zip")
		if err != nil {
			return fmt.Errorf("room to unpack %s: %w", name, err)
		}
		defer func() { _ = errors.Join(tmp.Close(), os.Remove(tmp.Name())) }()
		if size, err = io.Copy(tmp, b); err != nil {
			r.say(name, 0, "the archive cannot be read to its end: "+err.Error())
		}
		f = tmp
	}
	z, err := zip.NewReader(f, size)
	if err != nil {
		r.reject(name, "it begins like a zip archive, but is damaged: "+err.Error())
		return nil
	}
	for _, e := range z.File {
		if e.Name == "[Content_Types].xml" {
			r.reject(name, "it is an Office document: save the sheet as CSV, or download the records as JSON")
			return nil
		}
	}
	for _, e := range z.File {
		inside := member(name, e.Name)
		if inside == "" || e.FileInfo().IsDir() {
			continue
		}
		m, err := e.Open()
		if err != nil {
			r.reject(inside, "it cannot be unpacked: "+err.Error())
			continue
		}
		err = r.unpack(inside, m, depth-1)
		if cerr := m.Close(); err == nil && cerr != nil && !errors.Is(cerr, zip.ErrChecksum) {
			r.say(inside, 0, "it cannot be unpacked to its end: "+cerr.Error())
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) tar(name string, in io.Reader, depth int) error {
	t := tar.NewReader(in)
	for {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			r.say(name, 0, "the archive cannot be read to its end: "+err.Error())
			return nil
		}
		inside := member(name, h.Name)
		if h.Typeflag != tar.TypeReg || inside == "" {
			continue
		}
		if err := r.unpack(inside, t, depth-1); err != nil {
			return err
		}
	}
}
