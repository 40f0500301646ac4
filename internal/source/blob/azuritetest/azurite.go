package azuritetest

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Server is a running Azurite.
type Server struct {
	address string
	cmd     *exec.Cmd
	stdin   io.Closer
	dir     string
	done    chan struct{}
}

// Key is the shared key of every account: made up, and good for nothing else.
var Key = base64.StdEncoding.EncodeToString([]byte("wholelog-azuritetest-planted-key"))

// Start runs Azurite on a free port, with its data in memory and these
// accounts. The caller closes it.
func Start(accounts ...string) (s *Server, err error) {
	root, err := root()
	if err != nil {
		return nil, err
	}
	var stderr bytes.Buffer
	install := exec.Command("bash", filepath.Join(root, "scripts", "azurite.sh"))
	install.Stderr = &stderr
	program, err := install.Output()
	if err != nil {
		return nil, fmt.Errorf("azurite: %s: %w", strings.TrimSpace(stderr.String()), err)
	}
	s = &Server{done: make(chan struct{})}
	if s.dir, err = os.MkdirTemp("", "azurite-*"); err != nil {
		return nil, err
	}
	// The shell ends node when its input does, which is also when a test is
	// killed and cannot close anything.
	s.cmd = exec.Command("bash", "-c", `node "$@" </dev/null & n=$!; cat >/dev/null; kill -9 $n; wait $n`, "azurite",
		strings.TrimSpace(string(program)), "--blobHost", "127.0.0.1", "--blobPort", "0", "--silent", "--skipApiVersionCheck", "--disableTelemetry", "--inMemoryPersistence")
	s.cmd.Dir = s.dir
	pairs := make([]string, len(accounts))
	for i, a := range accounts {
		pairs[i] = a + ":" + Key
	}
	s.cmd.Env = append(os.Environ(), "AZURITE_ACCOUNTS="+strings.Join(pairs, ";"))
	out, err := s.cmd.StdoutPipe()
	if err == nil {
		s.stdin, err = s.cmd.StdinPipe()
	}
	if err == nil {
		err = s.cmd.Start()
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(s.dir))
	}
	ready := make(chan string, 1)
	go func() {
		defer close(s.done)
		in := bufio.NewScanner(out)
		for in.Scan() {
			if _, address, ok := strings.Cut(in.Text(), "successfully listens on "); ok {
				ready <- strings.TrimSpace(address)
			}
		}
		_, _ = io.Copy(io.Discard, out) // a line too long for the scanner
	}()
	select {
	case s.address = <-ready:
		return s, nil
	case <-s.done:
		err = errors.New("azurite ended before it was ready")
	case <-time.After(time.Minute):
		err = errors.New("azurite is not ready after a minute")
	}
	return nil, errors.Join(err, s.Close())
}

// Account is the address of an account.
func (s *Server) Account(name string) string { return s.address + "/" + name }

// Close ends Azurite and removes its data.
func (s *Server) Close() error {
	_ = s.stdin.Close() // it may have ended
	<-s.done
	_ = s.cmd.Wait() // killed
	return os.RemoveAll(s.dir)
}

func root() (string, error) {
	dir, err := os.Getwd()
	for ; err == nil; dir = filepath.Dir(dir) {
		if _, serr := os.Stat(filepath.Join(dir, "go.mod")); serr == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("no go.mod above the working folder")
		}
	}
	return "", err
}
