package channel

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/wholelog/wholelog/internal/alert/message"
	"github.com/wholelog/wholelog/internal/alert/setup"
)

// webhook posts our own JSON, signed as Standard Webhooks 1.0 says.
type webhook struct {
	cfg  *setup.Webhook
	http *http.Client
}

func (w *webhook) Closed() bool { return setup.Wants(w.cfg.SendClosed) }

// Body is what a webhook receives. It is the same in every attempt.
type Body struct {
	Type      string    `json:"type"`      // incident.created, incident.updated, incident.closed, incident.test
	Timestamp time.Time `json:"timestamp"` // when the notification was taken in
	Data      struct {
		Delivery string `json:"delivery"` // equals the header webhook-id
		Changes  int    `json:"changes"`
		message.Notification
	} `json:"data"`
}

func (w *webhook) Send(ctx context.Context, d *Delivery) Result {
	var secrets []string
	target, err := w.cfg.Target()
	if err != nil {
		return Result{Err: fmt.Errorf("url_secret: %w", err)}
	}
	b := Body{Type: "incident." + string(d.Notification.Kind), Timestamp: d.Enqueued.UTC()}
	b.Data.Delivery, b.Data.Changes, b.Data.Notification = d.ID, d.Changes, *d.Notification
	body, err := json.Marshal(b)
	if err != nil {
		return Result{Err: fmt.Errorf("body: %w", err), Permanent: true}
	}
	h := http.Header{}
	stamp := d.Now.Unix()
	h.Set("Webhook-Id", d.ID)
	h.Set("Webhook-Timestamp", strconv.FormatInt(stamp, 10))
	var sigs []string
	for i, s := range w.cfg.Secrets {
		text, err := s.Value()
		if err != nil {
			return Result{Err: fmt.Errorf("secrets[%d]: %w", i, err)}
		}
		secrets = append(secrets, text)
		sig, err := Sign(text, d.ID, stamp, body)
		if err != nil {
			return Result{Err: fmt.Errorf("secrets[%d], %s: %w", i, s, err), Permanent: true}
		}
		sigs = append(sigs, sig)
	}
	if len(sigs) > 0 {
		h.Set("Webhook-Signature", strings.Join(sigs, " "))
	}
	r, _ := post(ctx, w.http, target, h, body, secrets)
	return r
}

// Sign makes the signature of Standard Webhooks with a secret as it is written
// there: base64 of 24 to 64 bytes, with or without "whsec_" before it.
func Sign(secret, id string, unix int64, body []byte) (string, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil || len(key) < 16 || len(key) > 256 {
		return "", errors.New("no webhook secret: whsec_ and the base64 of 24 to 64 random bytes")
	}
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%d.", id, unix)
	mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)), nil
}
