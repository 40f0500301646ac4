package attack

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/event/identify"
)

const labelsFile = "labels.jsonl"

// File is one file of a simulated history.
type File struct {
	Path    string // within the folder
	Blob    bool   // a record a line, as in a container; else messages of an event hub
	Records []Record
}

// ReadFolder reads what simulate wrote as messages of an event hub or as blobs.
func ReadFolder(ctx context.Context, dir string) ([]File, error) {
	var out []File
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err = errors.Join(err, ctx.Err()); err != nil || d.IsDir() || d.Name() == labelsFile {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		f, err := readFile(path)
		if f.Path = name; err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		out = append(out, f)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read history: %w", err)
	}
	return out, nil
}

func readFile(path string) (File, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return File{}, err
	}
	f := File{}
	for line := range bytes.Lines(b) {
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		var message struct{ Records []json.RawMessage }
		if err := json.Unmarshal(line, &message); err != nil {
			return File{}, err
		}
		if f.Blob = message.Records == nil; f.Blob {
			if bytes.HasPrefix(line, []byte(`{"@odata`)) {
				return File{}, errors.New("pages of Microsoft Graph: want a history as eventhub or blob")
			}
			message.Records = []json.RawMessage{line}
		}
		for _, raw := range message.Records {
			r := event.Record{Raw: raw, Source: "simulate"}
			identify.Record(&r)
			f.Records = append(f.Records, Record{r.Time, raw})
		}
	}
	return f, nil
}

// Added counts what Folder put into a history.
type Added struct {
	Records   int `json:"records"`
	Missing   int `json:"missing"` // records that a campaign keeps from being delivered
	Labels    int `json:"labels"`
	Campaigns int `json:"campaigns"` // confusers too
}

// Folder plays campaigns over the history in a folder, rewrites the files that
// change and adds to labels.jsonl.
func Folder(ctx context.Context, dir string, o Options) (Added, error) {
	files, err := ReadFolder(ctx, dir)
	if err != nil {
		return Added{}, err
	}
	if len(files) == 0 {
		return Added{}, fmt.Errorf("read history: %s has no records", dir)
	}
	var history []Record
	for _, f := range files {
		history = append(history, f.Records...)
	}
	in, err := Plan(history, o)
	if err != nil {
		return Added{}, err
	}
	res := Added{Records: len(in.Records), Labels: len(in.Labels)}
	seen := map[string]bool{}
	for _, l := range in.Labels {
		seen[l.Campaign] = true
	}
	res.Campaigns = len(seen)
	added := map[string][]Record{}
	for _, r := range in.Records {
		n := nameFor(files[0], r)
		added[n] = append(added[n], r)
	}
	for _, f := range files {
		n := len(f.Records)
		f.Records = slices.DeleteFunc(f.Records, in.Missing)
		res.Missing += n - len(f.Records)
		more := added[f.Path]
		delete(added, f.Path)
		if len(more) == 0 && n == len(f.Records) {
			continue
		}
		f.Records = append(f.Records, more...)
		if err := f.write(dir); err != nil {
			return res, err
		}
	}
	for _, n := range sorted(added) {
		if err := (File{Path: n, Blob: files[0].Blob, Records: added[n]}).write(dir); err != nil {
			return res, err
		}
	}
	return res, appendLabels(filepath.Join(dir, labelsFile), in.Labels)
}

// nameFor is the file that simulate would have put a record into.
func nameFor(like File, r Record) string {
	if !like.Blob {
		return r.Time.UTC().Format(time.DateOnly) + ".jsonl"
	}
	var h head
	_ = json.Unmarshal(r.Raw, &h) // it was encoded here
	return filepath.FromSlash(fmt.Sprintf("insights-logs-%s/tenantId=%s/%s/m=00/PT1H.json", strings.ToLower(h.Category), h.TenantID, r.Time.UTC().Format("y=2006/m=01/d=02/h=15")))
}

const messageRecords = 50 // as many as simulate puts into one message

func (f File) write(dir string) error {
	slices.SortStableFunc(f.Records, func(a, b Record) int { return a.Time.Compare(b.Time) })
	path := filepath.Join(dir, f.Path)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("output folder: %w", err)
	}
	var b bytes.Buffer
	w := bufio.NewWriter(&b)
	if f.Blob {
		for _, r := range f.Records {
			fmt.Fprintf(w, "%s\r\n", r.Raw)
		}
	} else {
		for chunk := range slices.Chunk(f.Records, messageRecords) {
			w.WriteString(`{"records":[`)
			for i, r := range chunk {
				if i > 0 {
					w.WriteByte(',')
				}
				w.Write(r.Raw)
			}
			w.WriteString("]}\n")
		}
	}
	if err := errors.Join(w.Flush(), os.WriteFile(path, b.Bytes(), 0o644)); err != nil {
		return fmt.Errorf("write %s: %w", f.Path, err)
	}
	return nil
}

func appendLabels(path string, labels []Label) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("labels: %w", err)
	}
	for _, l := range labels {
		if _, err = f.Write(l.line()); err != nil {
			break
		}
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("labels: %w", err)
	}
	return nil
}
