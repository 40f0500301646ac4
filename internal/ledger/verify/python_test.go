package verify_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wholelog/wholelog/internal/event"
	"github.com/wholelog/wholelog/internal/ledger"
	"github.com/wholelog/wholelog/internal/ledger/verify"
)

// python finds an interpreter that has what docs/verify.py needs. The system's
// own has the Debian packages that scripts/setup.sh installs.
func python(t *testing.T) string {
	var last error
	for _, name := range []string{"python3", "/usr/bin/python3"} {
		if last = exec.Command(name, "-c", "import zstandard, cryptography").Run(); last == nil {
			return name
		}
	}
	t.Logf("cannot run here: python3 lacks zstandard or cryptography (%v); scripts/setup.sh names the packages", last)
	t.SkipNow()
	return ""
}

// second runs the second verifier.
func second(t *testing.T, python, dir string, args ...string) (code int, out string) {
	t.Helper()
	c := exec.Command(python, append([]string{"../../../docs/verify.py", dir}, args...)...)
	b, err := c.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if strings.Contains(string(b), "Traceback") {
		t.Errorf("the second verifier broke down: %s", b)
	}
	return c.ProcessState.ExitCode(), string(b)
}

func TestSecondVerifierAgrees(t *testing.T) {
	py := python(t)
	f := build(t)
	early := filepath.Join(t.TempDir(), "early")
	ok(t, os.WriteFile(early, f.early, 0o600))
	first := run(t, verify.Options{Dir: f.dir})
	code, out := second(t, py, f.dir, "--vkey", f.key, "--against", early)
	want := fmt.Sprintf("%d records, %d erased, %d expired, %d log entries, %d raw bytes", first.Records, first.Erased, first.Expired, first.Entries, first.Bytes)
	if code != 0 || !strings.Contains(out, want) {
		t.Fatalf("a whole ledger, %s: exit %d: %s", want, code, out)
	}
	for _, c := range forgeries {
		t.Run(c.name, func(t *testing.T) {
			dir := clone(t, f.dir)
			c.forge(t, dir)
			code, out := second(t, py, dir, "--vkey", f.key)
			if code != 1 {
				t.Fatalf("exit %d: %s", code, out)
			}
			if c.record > 0 && !strings.Contains(out, fmt.Sprintf("[record %d]", c.record)) {
				t.Errorf("record %d is not named: %s", c.record, out)
			}
		})
	}
	t.Run("one flipped bit in each file", func(t *testing.T) {
		for i, path := range files(t, f.dir) {
			whole := must[[]byte](t)(os.ReadFile(path))
			if len(whole) == 0 || strings.Contains(path, ".p/") && i%4 > 0 {
				continue
			}
			at := i * 131 % len(whole)
			whole[at] ^= 1 << (i % 8)
			ok(t, os.WriteFile(path, whole, 0o600))
			if code, out := second(t, py, f.dir); code != 1 {
				t.Errorf("%s, byte %d: exit %d: %s", strings.TrimPrefix(path, f.dir), at, code, out)
			}
			whole[at] ^= 1 << (i % 8)
			ok(t, os.WriteFile(path, whole, 0o600))
		}
	})
}

func TestSecondVerifierSeesARollback(t *testing.T) {
	py, base := python(t), t.TempDir()
	opt := ledger.Options{Dir: filepath.Join(base, "ledger"), Key: filepath.Join(base, "key")}
	l := must[*ledger.Ledger](t)(ledger.Open(ctx, opt))
	late := filepath.Join(base, "late")
	var old string
	for i := range 2 {
		must[event.Position](t)(l.Append(ctx, ledger.Batch{Records: []event.Record{rec(0), rec(2)}}))
		c, err := l.Commit(ctx)
		ok(t, err)
		ok(t, os.WriteFile(late, []byte(c.Text), 0o600))
		if i == 0 {
			old = clone(t, opt.Dir)
		}
	}
	ok(t, l.Close())
	if code, out := second(t, py, old); code != 0 {
		t.Errorf("whole in itself: exit %d: %s", code, out)
	}
	if code, out := second(t, py, old, "--against", late); code != 1 || !strings.Contains(out, "cut off") || !strings.Contains(out, "[record 3]") {
		t.Errorf("rolled back: exit %d: %s", code, out)
	}
}
