package channel

import (
	"context"
	"fmt"
	"strconv"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	commoncfg "github.com/prometheus/common/config"
	"github.com/wneessen/go-mail"

	"github.com/wholelog/wholelog/internal/alert/setup"
)

// client prepares the connection to the mail server: TLS first, then the
// login. Secrets are read anew for each message, so that they can be replaced
// without a reload. They come back for errors to be cleaned of.
func (m *mailer) client(ctx context.Context) (*mail.Client, []string, error) {
	host := m.cfg.Smarthost
	port, err := strconv.Atoi(host.Port)
	if err != nil {
		return nil, nil, fmt.Errorf("smarthost %s: %w", host.String(), err)
	}
	tc := &commoncfg.TLSConfig{}
	if m.cfg.TLSConfig != nil {
		c := *m.cfg.TLSConfig
		tc = &c
	}
	if tc.ServerName == "" {
		tc.ServerName = host.Host
	}
	tlsConfig, err := commoncfg.NewTLSConfig(tc)
	if err != nil {
		return nil, nil, fmt.Errorf("tls_config: %w", err)
	}
	tlsPolicy := mail.TLSOpportunistic
	if m.cfg.RequireTLS == nil || *m.cfg.RequireTLS {
		tlsPolicy = mail.TLSMandatory
	}
	opts := []mail.Option{mail.WithPort(port), mail.WithTimeout(mailTimeout), mail.WithTLSConfig(tlsConfig), mail.WithTLSPolicy(tlsPolicy)}
	if m.cfg.Hello != "" {
		opts = append(opts, mail.WithHELO(m.cfg.Hello))
	}
	implicit := port == 465
	if m.cfg.ForceImplicitTLS != nil {
		implicit = *m.cfg.ForceImplicitTLS
	}
	if implicit {
		opts = append(opts, mail.WithSSL())
	}
	login, secrets, err := m.login(ctx)
	if err != nil {
		return nil, secrets, err
	}
	c, err := mail.NewClient(host.Host, append(opts, login...)...)
	if err != nil {
		return nil, secrets, fmt.Errorf("mail client: %w", err)
	}
	return c, secrets, nil
}

func (m *mailer) login(ctx context.Context) ([]mail.Option, []string, error) {
	user := m.cfg.AuthUsername
	if user == "" {
		return nil, nil, nil
	}
	if m.oauth != nil {
		token, secret, err := accessToken(ctx, m.oauth)
		secrets := []string{token, secret}
		if err != nil {
			return nil, secrets, fmt.Errorf("mail_oauth2: %w", err)
		}
		return []mail.Option{mail.WithSMTPAuth(mail.SMTPAuthXOAUTH2), mail.WithUsername(user), mail.WithPassword(token)}, secrets, nil
	}
	if m.cfg.AuthSecret != "" || m.cfg.AuthSecretFile != "" {
		s, err := secretText(m.cfg.AuthSecret, m.cfg.AuthSecretFile)
		if err != nil {
			return nil, nil, fmt.Errorf("auth_secret: %w", err)
		}
		return []mail.Option{mail.WithSMTPAuth(mail.SMTPAuthCramMD5), mail.WithUsername(user), mail.WithPassword(s)}, []string{s}, nil
	}
	s, err := secretText(m.cfg.AuthPassword, m.cfg.AuthPasswordFile)
	if err != nil {
		return nil, nil, fmt.Errorf("auth_password: %w", err)
	}
	// The server's best mechanism; without TLS none that shows the password.
	return []mail.Option{mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(user), mail.WithPassword(s)}, []string{s}, nil
}

// accessToken is what stands in a file, or what Entra ID gives the application.
func accessToken(ctx context.Context, o *setup.MailOAuth2) (token, secret string, err error) {
	if o.Token != nil {
		token, err = o.Token.Value()
		return token, "", err
	}
	if secret, err = o.Secret.Value(); err != nil {
		return "", "", err
	}
	cred, err := azidentity.NewClientSecretCredential(o.Tenant, o.Client, secret, nil)
	if err != nil {
		return "", secret, err
	}
	scope := o.Scope
	if scope == "" {
		scope = "https://outlook.office365.com/.default"
	}
	t, err := cred.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{scope}})
	return t.Token, secret, err
}
