package blob

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/service"
)

// Options say which account to collect from, and how. An address with one kind
// of access, or a connection string, is needed; the rest has defaults.
type Options struct {
	Account          string // https://NAME.blob.core.windows.net; http only for loopback
	ConnectionString string // of the account, instead of Account and what gives access

	// One of these gives access; all but Credential are secrets. Reading needs
	// the role Storage Blob Data Reader, or a SAS with read and list.
	Credential azcore.TokenCredential
	SharedKey  string
	SAS        string

	Containers []string      // globs; nil: insights-logs-*. Names without * need no right to list containers
	Prefix     string        // of blob names, before "/y="; "": all
	Since      time.Duration // how far back to begin; 0: everything
	Label      string        // part of the source's name instead of the account's
	Tenant     string        // of records that state none and whose blob's name states none

	Poll      time.Duration // from one listing of the current day to the next; 0: a minute
	Late      time.Duration // from one listing of the window to the next; 0: an hour
	Full      time.Duration // from one listing of everything to the next; 0: by its cost, 10 minutes to a day
	Window    time.Duration // age up to which hours are watched; 0: 3 days
	Finish    time.Duration // without growth, after which a last line needs no line end; 0: 6 hours
	Retry     time.Duration // while access is denied; 0: 15 minutes
	Timeout   time.Duration // of one request; 0: 2 minutes
	PageBytes int           // that are asked for and yielded at a time; 0: 4 MiB

	HTTP *http.Client

	// Now and Sleep are the clock; nil: the real one. Jitter is a random
	// number in [0, 1).
	Now    func() time.Time
	Sleep  func(context.Context, time.Duration) error
	Jitter func() float64
}

// New checks the options and makes the source of an account. It makes no
// request.
func New(o Options) (*Source, error) {
	defaults(&o)
	for _, c := range o.Containers {
		if _, err := path.Match(c, "x"); err != nil || c == "" || strings.Contains(c, "/") {
			return nil, fmt.Errorf("blob: container %q: name it, or use * and ?", c)
		}
	}
	if strings.Contains("/"+o.Prefix, "/y=") {
		return nil, errors.New("blob: the prefix must end before the year: leave out what begins with y=")
	}
	ways := 0
	for _, given := range []bool{o.ConnectionString != "", o.Credential != nil, o.SharedKey != "", o.SAS != ""} {
		if given {
			ways++
		}
	}
	if ways != 1 || (o.ConnectionString == "") == (o.Account == "") {
		return nil, errors.New("blob: give the account's address with one of credential, shared key and SAS, or a connection string alone")
	}
	opt := &service.ClientOptions{}
	// Retries are this package's: it knows the clock and when to give up.
	opt.Retry = policy.RetryOptions{MaxRetries: -1}
	opt.Telemetry.ApplicationID = "wholelog"
	c := http.Client{}
	if o.HTTP != nil {
		c = *o.HTTP
	}
	// A redirect would take the token to another address.
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	opt.Transport = &c
	opt.PerCallPolicies = []policy.Policy{identity{}}
	client, name, err := connect(&o, opt)
	if err != nil {
		return nil, err
	}
	if o.Label != "" {
		name = o.Label
	}
	return &Source{o: o, name: "blob:" + name, service: client}, nil
}

// identity asks for bytes as they are stored. Without it the transport would
// unpack a blob that says it is gzip, and a range of it is none.
type identity struct{}

func (identity) Do(req *policy.Request) (*http.Response, error) {
	req.Raw().Header.Set("Accept-Encoding", "identity")
	return req.Next()
}

func connect(o *Options, opt *service.ClientOptions) (c *service.Client, account string, err error) {
	if o.ConnectionString != "" {
		// The parser's error may repeat what it read.
		if c, err = service.NewClientFromConnectionString(o.ConnectionString, opt); err != nil {
			return nil, "", errors.New("blob: the connection string cannot be read: copy it from the account's access keys")
		}
		if account, err = accountOf(c.URL()); err != nil {
			return nil, "", err
		}
		return c, account, nil
	}
	address := strings.TrimSuffix(o.Account, "/") + "/"
	if account, err = accountOf(address); err != nil {
		return nil, "", err
	}
	switch {
	case o.SharedKey != "":
		key, kerr := service.NewSharedKeyCredential(account, o.SharedKey)
		if kerr != nil {
			return nil, "", errors.New("blob: the shared key is no base64: copy it from the account's access keys")
		}
		c, err = service.NewClientWithSharedKeyCredential(address, key, opt)
	case o.SAS != "":
		q, qerr := url.ParseQuery(strings.TrimPrefix(o.SAS, "?"))
		if qerr != nil || q.Get("sig") == "" {
			return nil, "", errors.New("blob: the SAS is no query with a signature: copy it whole")
		}
		c, err = service.NewClientWithNoCredential(address+"?"+q.Encode(), opt)
	default:
		if strings.HasPrefix(strings.ToLower(address), "http:") {
			return nil, "", errors.New("blob: a credential needs https")
		}
		c, err = service.NewClient(address, credential{o.Credential}, opt)
	}
	if err != nil {
		return nil, "", errors.New("blob: the account's address cannot be used")
	}
	return c, account, nil
}

// accountOf is the account that an address names, by its host or, where the
// host is this machine, by its path.
func accountOf(address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" {
		return "", errors.New("blob: the account's address must be https://NAME.blob.core.windows.net, without a query")
	}
	host, first := u.Hostname(), strings.Trim(u.Path, "/")
	local := host == "localhost" || host == "::1" || strings.HasPrefix(host, "127.")
	if u.Scheme == "http" && !local {
		return "", errors.New("blob: the account's address must be https: keys and logs would cross the network in the clear")
	}
	if local {
		if first == "" || strings.Contains(first, "/") {
			return "", errors.New("blob: an address on this machine must end in the account's name")
		}
		return first, nil
	}
	if first != "" {
		return "", errors.New("blob: the account's address has a path: leave out the container, and name it in containers")
	}
	account, _, _ := strings.Cut(host, ".")
	return account, nil
}

func defaults(o *Options) {
	set := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	set(&o.Poll, time.Minute)
	set(&o.Late, time.Hour)
	set(&o.Window, 72*time.Hour)
	set(&o.Finish, 6*time.Hour)
	set(&o.Retry, 15*time.Minute)
	set(&o.Timeout, 2*time.Minute)
	if o.PageBytes <= 0 {
		o.PageBytes = 4 << 20
	}
	if len(o.Containers) == 0 {
		o.Containers = []string{"insights-logs-*"}
	}
	o.Tenant = strings.ToLower(o.Tenant)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	if o.Jitter == nil {
		o.Jitter = rand.Float64
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
