package key

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wholelog/wholelog/internal/ledger/disk"
)

func TestKeyIsMadeOnceAndKeptOutside(t *testing.T) {
	conf, dir := t.TempDir(), t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", conf)
	t.Setenv("WHOLELOG_KEY", "")
	first, err := Load(disk.OS{}, dir, "")
	if err != nil {
		t.Fatal(err)
	}
	if !first.New || !strings.HasPrefix(first.Path, conf) {
		t.Errorf("%+v", first)
	}
	info, err := os.Stat(first.Path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("private key: %v %v", info.Mode(), err)
	}
	second, err := Load(disk.OS{}, dir, "")
	if err != nil {
		t.Fatal(err)
	}
	public, err := Public(dir)
	if err != nil || second.New || second.Public != first.Public || public != first.Public || first.Verifier.KeyHash() != first.Signer.KeyHash() {
		t.Errorf("second load: %+v, %v", second, err)
	}
	// Another ledger has another key, and the wrong one is refused.
	other, err := Load(disk.OS{}, t.TempDir(), "")
	if err != nil || other.Public == first.Public {
		t.Errorf("one key for two ledgers: %v", err)
	}
	t.Setenv("WHOLELOG_KEY", other.Path)
	if _, err := Load(disk.OS{}, dir, ""); err == nil || !strings.Contains(err.Error(), "not the one of this ledger") {
		t.Errorf("another ledger's key: %v", err)
	}
	if _, err := Load(disk.OS{}, dir, filepath.Join(conf, "none")); err == nil || !strings.Contains(err.Error(), "missing") {
		t.Errorf("no key: %v", err)
	}
}
