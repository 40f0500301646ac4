package channel

import (
	"context"
	"errors"
	"fmt"
	netmail "net/mail"
	"net/textproto"
	"strings"
	"time"

	amconfig "github.com/prometheus/alertmanager/config"
	"github.com/prometheus/alertmanager/template"
	"github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"

	"github.com/wholelog/wholelog/internal/alert/outbox"
	"github.com/wholelog/wholelog/internal/alert/render"
	"github.com/wholelog/wholelog/internal/alert/setup"
)

// mailer sends mail of an incident as one thread.
type mailer struct {
	cfg   *amconfig.EmailConfig
	tmpl  *template.Template
	oauth *setup.MailOAuth2
}

func (m *mailer) Closed() bool { return m.cfg.SendResolved() }

func (m *mailer) Send(ctx context.Context, d *Delivery) Result {
	msg, from, to, thread, err := m.compose(d)
	if err != nil {
		return Result{Err: err, Permanent: true}
	}
	c, secrets, err := m.client(ctx)
	if err != nil {
		return Result{Err: scrub(err, secrets)}
	}
	s, err := c.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return Result{Err: scrub(fmt.Errorf("connect to %s: %w", m.cfg.Smarthost.String(), err), secrets), Permanent: permanent(err)}
	}
	defer s.Close()
	status, err := converse(s, msg, from, to)
	if err != nil {
		return Result{Err: scrub(err, secrets), Permanent: permanent(err)}
	}
	return Result{Status: status, Thread: thread}
}

// converse hands the message over. Recipients that the server refuses are left
// out and named in the status, so that one wrong address does not keep the
// others from being told; if it takes none, that is an error.
func converse(s *smtp.Client, msg *mail.Msg, from string, to []string) (string, error) {
	if err := s.Mail(from); err != nil {
		return "", fmt.Errorf("sender %s: %w", from, err)
	}
	var refused []error
	for _, a := range to {
		if err := s.Rcpt(a); err != nil {
			refused = append(refused, fmt.Errorf("%s refused: %w", a, err))
			if !permanent(err) { // greylisting and the like: all again later
				return "", refused[len(refused)-1]
			}
		}
	}
	if len(refused) == len(to) {
		return "", errors.Join(refused...)
	}
	w, err := s.Data()
	if err != nil {
		return "", err
	}
	if _, err := msg.WriteTo(w); err != nil {
		return "", fmt.Errorf("write: %w", err)
	}
	if err := w.Close(); err != nil {
		return "", err
	}
	status := "250"
	if dc, ok := w.(*smtp.DataCloser); ok && dc.ServerResponse() != "" {
		status = "250 " + render.Plain(dc.ServerResponse())
	}
	for _, e := range refused {
		status += "; " + render.Plain(e.Error())
	}
	_ = s.Quit() // accepted is accepted, whatever follows
	return status, nil
}

func (m *mailer) compose(d *Delivery) (msg *mail.Msg, from string, to []string, thread *outbox.Thread, err error) {
	x := d.expand(m.tmpl, render.Verbatim)
	v := d.view()
	fail := func(err error) (*mail.Msg, string, []string, *outbox.Thread, error) { return nil, "", nil, nil, err }
	sender, err := netmail.ParseAddress(x.text(m.cfg.From))
	if err != nil {
		return fail(fmt.Errorf("from: %w", err))
	}
	rcpts, err := netmail.ParseAddressList(x.text(m.cfg.To))
	if err != nil {
		return fail(fmt.Errorf("to: %w", err))
	}
	for _, r := range rcpts {
		to = append(to, r.Address)
	}
	domain := sender.Address[strings.LastIndexByte(sender.Address, '@')+1:]
	msg = mail.NewMsg(mail.WithNoDefaultUserAgent(), mail.WithEncoding(mail.EncodingQP))
	msg.FromMailAddress(sender)
	msg.ToMailAddress(rcpts...)
	msg.SetDateWithValue(d.Now)

	// One thread an incident: an identity that is never sent is its root, so
	// that mail of several receivers meets there too.
	id, root := d.ID+"@"+domain, "<"+d.incident()+"@"+domain+">"
	t := d.Thread
	refs := root
	if t.First != "" && t.First != id {
		refs += " <" + t.First + ">"
	} else {
		t.First = id
	}
	msg.SetMessageIDWithValue(id)
	msg.SetGenHeaderPreformatted(mail.HeaderReferences, refs)
	msg.SetGenHeaderPreformatted(mail.HeaderInReplyTo, refs[strings.LastIndexByte(refs, '<'):])
	msg.SetGenHeaderPreformatted("List-Id", "<alerts."+domain+">")
	msg.SetGenHeaderPreformatted("Auto-Submitted", "auto-generated")
	msg.SetGenHeaderPreformatted(mail.HeaderXAutoResponseSuppress, "All")
	msg.SetGenHeaderPreformatted("X-Wholelog-Delivery", d.ID)

	subject := ""
	for h, value := range m.cfg.Headers {
		switch value = render.Plain(x.text(value)); h {
		case "Subject":
			subject = value
		case "From", "To", "Bcc", "Message-Id", "References", "In-Reply-To", "Date", "Auto-Submitted", "List-Id", "Content-Type", "Mime-Version":
		case "Cc", "Reply-To":
			if err := msg.SetAddrHeader(mail.AddrHeader(h), value); err != nil {
				return fail(fmt.Errorf("header %s: %w", h, err))
			}
		default:
			msg.SetGenHeader(mail.Header(h), value)
		}
	}
	if subject == "" {
		// Readers such as Gmail break a thread where the subject changes.
		if subject = "Re: " + t.Subject; t.Subject == "" {
			subject = firstSubject(d, v)
			t.Subject = subject
		}
	}
	msg.Subject(subject)

	text := x.text(m.cfg.Text)
	if m.cfg.Text == "" {
		text = render.Text(v)
	}
	html := ""
	if m.cfg.HTML == amconfig.DefaultEmailConfig.HTML {
		if html, err = render.HTML(v); err != nil {
			return fail(fmt.Errorf("layout: %w", err))
		}
	} else if m.cfg.HTML != "" {
		html = x.html(m.cfg.HTML)
	}
	if x.err != nil {
		return fail(x.err)
	}
	msg.SetBodyString(mail.TypeTextPlain, text)
	if html != "" {
		msg.AddAlternativeString(mail.TypeTextHTML, html)
	}
	return msg, sender.Address, to, &t, nil
}

func firstSubject(d *Delivery, v render.View) string {
	s := "[wholelog] "
	if d.Notification.Urgent {
		s += "URGENT "
	}
	if d.Notification.Kind == "test" {
		s += "TEST "
	}
	if v.Severity != "" {
		s += v.Severity + ": "
	}
	return s + v.Title + " (" + v.Name + ")"
}

const mailTimeout = 30 * time.Second

// permanent says whether an answer of a mail server is one for good.
func permanent(err error) bool {
	var te *textproto.Error
	return errors.As(err, &te) && te.Code >= 500
}
