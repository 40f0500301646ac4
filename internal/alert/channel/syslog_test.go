package channel_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/wholelog/wholelog/internal/alert/message"
)

// frame reads one message counted in octets.
func frame(r *bufio.Reader) (string, error) {
	n, err := r.ReadString(' ')
	if err != nil {
		return "", err
	}
	size, err := strconv.Atoi(strings.TrimSpace(n))
	if err != nil {
		return "", err
	}
	b := make([]byte, size)
	if _, err := io.ReadFull(r, b); err != nil {
		return "", err
	}
	if rest, err := io.ReadAll(r); err != nil || len(rest) > 0 {
		return "", fmt.Errorf("%q after the message: %w", rest, err)
	}
	return string(b), nil
}

// rfc5424 is the grammar of RFC 5424 section 6, with our structured data.
var rfc5424 = regexp.MustCompile(`^<(\d{1,3})>1 (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z) ([!-~]{1,255}) ([!-~]{1,48}) - ([!-~]{1,32}) \[wholelog@32473((?: [a-z]+="(?:[^"\\\]]|\\["\\\]])*")+)\] \x{feff}(.*)$`)

func TestSyslog(t *testing.T) {
	cert, ca := certificate(t)
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{cert}})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	lines := make(chan string, 10)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			line, err := frame(bufio.NewReader(c))
			if err != nil {
				line = err.Error()
			}
			lines <- line
			c.Close()
		}
	}()
	s := one(t, "", fmt.Sprintf(", receivers: {r: {syslog: [{address: %q, tls: {ca_file: %q}, hostname: soc.contoso.example}]}}", l.Addr().String(), ca))
	d := delivery(sample())
	if r := send(t, s, d); r.Status != "closed in order" {
		t.Errorf("status %q", r.Status)
	}
	line := <-lines
	m := rfc5424.FindStringSubmatch(line)
	if m == nil {
		t.Fatalf("no message of RFC 5424: %q", line)
	}
	if m[1] != "107" || m[3] != "soc.contoso.example" || !strings.HasSuffix(d.ID, m[5]) || !strings.Contains(m[6], `delivery="`+d.ID+`"`) {
		t.Errorf("%q", m[1:7])
	}
	var body message.Notification
	if err := json.Unmarshal([]byte(m[7]), &body); err != nil || body.Title != d.Notification.Title {
		t.Errorf("%v %+v", err, body)
	}
	if strings.ContainsAny(line, "\r\n") {
		t.Error("a message of several lines")
	}

	// What is too long loses detail, not its form.
	d.Notification.Summary = strings.Repeat("long ", 10000)
	d.Notification.Incident = `in"c]\` // escaped in structured data
	send(t, s, d)
	if line := <-lines; len(line) > 32<<10 || rfc5424.FindStringSubmatch(line) == nil {
		t.Errorf("%d bytes: %.300q", len(line), line)
	}

	wrong := one(t, "", fmt.Sprintf(", receivers: {r: {syslog: [{address: %q}]}}", l.Addr().String()))
	if r := wrong.Send(context.Background(), d); r.Err == nil {
		t.Error("a server that nobody vouches for is believed")
	}
	<-lines
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone.Close()
	down := one(t, "", fmt.Sprintf(", receivers: {r: {syslog: [{address: %q, plain: true}]}}", gone.Addr().String()))
	if r := down.Send(context.Background(), d); r.Err == nil || r.Permanent {
		t.Errorf("%+v", r)
	}
}
