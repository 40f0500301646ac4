package duck

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"sync"

	duckdb "github.com/duckdb/duckdb-go/v2"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/schema"
)

// Options configure a Store. The zero value is a good default.
type Options struct {
	Memory  string // memory limit of the engine, e.g. "600MB"
	Threads int    // worker threads of the engine; 0: 2
	// ReadOnly opens the files without the right to write: for looking at a
	// store beside the process that writes it, which DuckDB does not allow
	// while that process lives.
	ReadOnly bool
	// Fail is called at named points of Apply; an error ends it there. Tests
	// use it to stop between two steps. Nil in production.
	Fail func(point string) error
}

// Failpoints lists the points at which Options.Fail is called, in order.
var Failpoints = []string{"store.begin", "store.rows", "store.commit", "store.paths", "store.applied"}

// Store is a folder of database files behind one embedded engine. It is safe
// for concurrent queries beside one writer.
type Store struct {
	dir string
	opt Options
	db  *sql.DB
	in  *sql.Conn // the writer's connection

	mu      sync.RWMutex
	files   map[fileKey]*file
	applied event.Position // every file has applied everything up to here
	// manifest is what the meta file says of the other files; the writer's.
	manifest map[fileKey]event.Position
	feeds    feeds

	swap sync.RWMutex // held for writing while a file's name changes hands
}

type fileKey struct {
	family string
	month  int // year*100 + month
}

// file is one attached database file.
type file struct {
	key     fileKey
	alias   string
	applied event.Position
	tables  map[string]*tableState
}

type tableState struct {
	misfits uint64 // union of the rows' misfit bits
	// loose says that there may be rows whose month is that of an envelope or
	// of their arrival: a version that states the event's time is told as one of
	// theirs only if they are looked up, whatever month it states.
	loose bool
}

var fileName = regexp.MustCompile(`^([a-z]+)-([0-9]{6})\.duckdb$`)

// Open opens the store in dir, making it if it does not exist. The caller
// holds the data folder's lock.
func Open(ctx context.Context, dir string, opt Options) (*Store, error) {
	if opt.Memory == "" {
		opt.Memory = "640MB"
	}
	if opt.Threads == 0 {
		opt.Threads = 2
	}
	s := &Store{dir: dir, opt: opt, files: map[fileKey]*file{}, manifest: map[fileKey]event.Position{}}
	if dir != "" && !opt.ReadOnly {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, fmt.Errorf("store folder: %w", err)
		}
	}
	connector, err := duckdb.NewConnector("", nil)
	if err != nil {
		return nil, fmt.Errorf("engine: %w", err)
	}
	s.db = sql.OpenDB(connector)
	if s.in, err = s.db.Conn(ctx); err == nil {
		err = s.configure(ctx)
	}
	if err == nil && dir != "" {
		err = s.attachAll(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, s.db.Close())
	}
	return s, nil
}

// configure confines the engine: no file outside the store's folder can be
// reached by any SQL text, and no later statement can lift that.
func (s *Store) configure(ctx context.Context) error {
	set := []string{
		fmt.Sprintf("SET threads=%d", s.opt.Threads),
		"SET memory_limit=" + quoteText(s.opt.Memory),
		"SET preserve_insertion_order=false",
		"SET checkpoint_threshold='192MB'",
		"SET autoinstall_known_extensions=false",
		"SET autoload_known_extensions=false",
		"SET allow_community_extensions=false",
	}
	if s.dir != "" {
		abs, err := filepath.Abs(s.dir)
		if err != nil {
			return fmt.Errorf("store folder: %w", err)
		}
		set = append(set, "SET temp_directory="+quoteText(filepath.Join(abs, "tmp")),
			"SET allowed_directories=["+quoteText(abs+"/")+"]")
	} else {
		set = append(set, "SET temp_directory=''")
	}
	set = append(set, "SET enable_external_access=false", "SET lock_configuration=true")
	for _, q := range set {
		if _, err := s.in.ExecContext(ctx, q); err != nil {
			return fmt.Errorf("engine setting %q: %w", q, err)
		}
	}
	return s.feeds.register(s.in)
}

func (s *Store) attachAll(ctx context.Context) error {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return fmt.Errorf("store folder: %w", err)
	}
	for _, e := range entries {
		if was, err := s.tidy(e.Name()); was {
			if err != nil {
				return fmt.Errorf("remove what a crash left: %w", err)
			}
			continue
		}
		m := fileName.FindStringSubmatch(e.Name())
		if m == nil {
			continue
		}
		var month int
		fmt.Sscanf(m[2], "%d", &month)
		if _, err := s.attach(ctx, fileKey{m[1], month}); err != nil {
			return err
		}
	}
	// The first Open makes the meta file before there can be another.
	if n := len(s.files); n > 0 && s.files[fileKey{metaFamily, 0}] == nil {
		return fmt.Errorf("%w: meta-000000.duckdb is missing beside %d others; %s", ErrIncomplete, n, howWhole)
	}
	meta, err := s.attach(ctx, fileKey{metaFamily, 0})
	if err != nil {
		return err
	}
	// The meta file's position is written after every other file's, so it is
	// never ahead of them.
	s.applied = meta.applied
	return s.checkManifest(ctx, meta)
}

// Applied is the ledger position up to which every file is complete.
func (s *Store) Applied() event.Position {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.applied
}

// DB gives access to the engine for queries. It is owned by the Store.
func (s *Store) DB() *sql.DB { return s.db }

// Close writes what is only in the files' logs to the files and closes them.
func (s *Store) Close(ctx context.Context) error {
	var errs []error
	if !s.opt.ReadOnly {
		for _, f := range s.sorted() {
			if _, err := s.in.ExecContext(ctx, "CHECKPOINT "+f.alias); err != nil {
				errs = append(errs, fmt.Errorf("checkpoint %s: %w", f.alias, err))
			}
		}
	}
	errs = append(errs, s.in.Close(), s.db.Close())
	return errors.Join(errs...)
}

func (s *Store) sorted() []*file {
	s.mu.RLock()
	defer s.mu.RUnlock()
	out := make([]*file, 0, len(s.files))
	for _, f := range s.files {
		out = append(out, f)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].alias < out[j].alias })
	return out
}

func (s *Store) fail(point string) error {
	if s.opt.Fail == nil {
		return nil
	}
	return s.opt.Fail(point)
}

func quoteText(v string) string { return "'" + strings.ReplaceAll(v, "'", "''") + "'" }
func quoteName(v string) string { return `"` + strings.ReplaceAll(v, `"`, `""`) + `"` }

// month gives the file month of a row's time.
func month(ticks int64) int {
	t := schema.Time(ticks)
	return t.Year()*100 + int(t.Month())
}
