package alert_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/wholelog/wholelog/internal/alert"
	"github.com/wholelog/wholelog/internal/alert/setup"
)

// crashChild is what the killed process runs: it takes in incidents from the
// number given, says so, and delivers until it is killed.
func crashChild(file, box string, from, total int) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	cfg, err := setup.Parse(text, filepath.Dir(file))
	if err != nil {
		return err
	}
	d, err := alert.New(alert.Options{Path: box, Config: cfg, Backoff: 50 * time.Millisecond})
	if err != nil {
		return err
	}
	go func() { _ = d.Run(context.Background()) }()
	fmt.Println("up")
	for i := from; i < total; i++ {
		if err := d.Notify(context.Background(), incident(fmt.Sprintf("inc-%d", i), 1, alert.Created)); err != nil {
			return err
		}
		fmt.Println(i)
	}
	for {
		if p, err := d.Pending(); err != nil || len(p) == 0 {
			fmt.Println("done")
			return err
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func TestMain(m *testing.M) {
	if a := os.Getenv("WHOLELOG_ALERT_CHILD"); a != "" {
		f := strings.Split(a, "\n")
		from, _ := strconv.Atoi(f[2])
		total, _ := strconv.Atoi(f[3])
		if err := crashChild(f[0], f[1], from, total); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// TestKill kills the process at random moments and looks at what a mail
// server, a webhook and an Alertmanager have accepted: all of it, at most one
// message twice per kill and place, and then under the same identity.
func TestKill(t *testing.T) {
	kills := 30
	if n, err := strconv.Atoi(os.Getenv("WHOLELOG_KILLS")); err == nil {
		kills = n
	}
	slow := func() { time.Sleep(time.Duration(rand.Intn(4000)) * time.Microsecond) }
	box := newMailbox(t)
	box.answer = func(string) error { slow(); return nil }
	hook := newSink(t, func(_ int, _ http.ResponseWriter, _ []byte) { slow() })
	am := newSink(t, func(_ int, w http.ResponseWriter, b []byte) {
		slow()
		if err := postableAlerts(b); err != nil {
			t.Errorf("Alertmanager would refuse: %v: %s", err, b)
			w.WriteHeader(http.StatusBadRequest)
		}
	})
	// The URL of a real Alertmanager is told too, and asked in the end.
	realURL, realOne := os.Getenv("WHOLELOG_ALERTMANAGER"), ""
	if realURL != "" {
		realOne = fmt.Sprintf(", {url: %q}", realURL)
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "alerts.yaml")
	text := strings.Replace(mailConfig(box.addr, fmt.Sprintf(`
wholelog:
  allow_private: [127.0.0.1]
  receivers:
    soc:
      webhooks: [{url: %q}]
      alertmanagers: [{url: %q}%s]
`, hook.URL, am.URL, realOne)), "{receiver: soc}", "{receiver: soc, group_wait: 0s}", 1)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	total := kills * 8
	next := 0
	killed := 0
	for finished := false; !finished; {
		cmd := exec.Command(os.Args[0], "-test.run=^$")
		cmd.Env = append(os.Environ(), "WHOLELOG_ALERT_CHILD="+strings.Join([]string{file, filepath.Join(dir, "outbox.db"), strconv.Itoa(next), strconv.Itoa(total)}, "\n"))
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			l := lines.Text()
			if l == "up" && killed < kills {
				killed++
				time.AfterFunc(time.Duration(rand.Intn(120))*time.Millisecond, func() { _ = cmd.Process.Kill() })
			}
			if i, err := strconv.Atoi(l); err == nil {
				next = i + 1
			}
			finished = finished || l == "done"
		}
		err = cmd.Wait()
		if finished && killed < kills && next == total {
			total += 12 // it was faster than the killer
			finished = false
		}
		if err != nil && !strings.Contains(err.Error(), "killed") {
			t.Fatalf("%v: %s", err, stderr.String())
		}
	}
	check := func(place string, ids map[string][]string) {
		t.Helper()
		repeats := 0
		for i := range total {
			id := ids[fmt.Sprintf("inc-%d", i)]
			if len(id) == 0 {
				t.Errorf("%s: inc-%d is lost", place, i)
				continue
			}
			repeats += len(id) - 1
			for _, x := range id {
				if x != id[0] {
					t.Errorf("%s: inc-%d came as %s and as %s", place, i, id[0], x)
				}
			}
		}
		if repeats > killed {
			t.Errorf("%s: %d repeats after %d kills", place, repeats, killed)
		}
		t.Logf("%s: %d incidents, %d kills, %d repeats", place, total, killed, repeats)
	}
	ids := map[string][]string{}
	for _, m := range box.list() {
		id := m.head.Get("Message-Id")
		inc := id[1:strings.Index(id, "-r1-")]
		ids[inc] = append(ids[inc], id)
	}
	check("mail", ids)
	ids = map[string][]string{}
	for _, r := range hook.list() {
		inc := object(t, r.body)["data"].(map[string]any)["incident"].(string)
		ids[inc] = append(ids[inc], r.header.Get("Webhook-Id"))
	}
	check("webhook", ids)
	ids = map[string][]string{}
	for _, r := range am.list() {
		var a []postableAlert
		if err := json.Unmarshal(r.body, &a); err != nil {
			t.Fatal(err)
		}
		ids[a[0].Labels["incident"]] = append(ids[a[0].Labels["incident"]], a[0].Annotations["delivery"])
	}
	check("alertmanager", ids)
	if realURL == "" {
		return
	}
	resp, err := http.Get(realURL + "/api/v2/alerts?active=true")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var held []postableAlert
	if err := json.NewDecoder(resp.Body).Decode(&held); err != nil {
		t.Fatal(err)
	}
	ids = map[string][]string{}
	for _, a := range held {
		ids[a.Labels["incident"]] = append(ids[a.Labels["incident"]], a.Annotations["delivery"])
	}
	check("real Alertmanager", ids)
	if len(held) != total {
		t.Errorf("it has %d alerts of %d incidents", len(held), total)
	}
}

// postableAlert is the model of that name in Alertmanager's OpenAPI v2.
type postableAlert struct {
	Labels       map[string]string `json:"labels"`
	Annotations  map[string]string `json:"annotations"`
	StartsAt     *time.Time        `json:"startsAt"`
	EndsAt       *time.Time        `json:"endsAt"`
	GeneratorURL string            `json:"generatorURL"`
}

func postableAlerts(b []byte) error {
	var list []postableAlert
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&list); err != nil {
		return err
	}
	for _, a := range list {
		if a.Labels["alertname"] == "" || a.StartsAt == nil || a.EndsAt == nil || !a.EndsAt.After(*a.StartsAt) {
			return fmt.Errorf("alert without a name or times: %+v", a)
		}
	}
	return nil
}
