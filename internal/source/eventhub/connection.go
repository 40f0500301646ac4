package eventhub

import (
	"errors"
	"net/url"
	"strings"
)

// connection is what a connection string says, apart from its secrets.
type connection struct {
	host     string // of the namespace
	hub      string // EntityPath; "": the string is the namespace's
	emulator bool   // of the Event Hubs emulator, which speaks Kafka without TLS
}

// parseConnection reads a connection string as the portal gives it. Errors hold
// nothing of it.
func parseConnection(s string) (c connection, err error) {
	key, signature := false, false
	for _, part := range strings.Split(strings.TrimSpace(s), ";") {
		name, value, ok := strings.Cut(part, "=")
		if !ok && strings.TrimSpace(part) == "" {
			continue
		}
		value = strings.TrimSpace(value)
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "endpoint":
			u, err := url.Parse(value)
			if err != nil || u.Hostname() == "" || u.User != nil {
				return c, errors.New("the connection string's Endpoint is no address like sb://contoso.servicebus.windows.net/")
			}
			c.host = strings.ToLower(u.Hostname())
		case "entitypath":
			c.hub = value
		case "sharedaccesskey":
			key = value != ""
		case "sharedaccesssignature":
			signature = value != ""
		case "usedevelopmentemulator":
			c.emulator = strings.EqualFold(value, "true")
		}
	}
	switch {
	case c.host == "":
		return c, errors.New("the connection string names no Endpoint: copy it whole from the portal, under Shared access policies")
	case !key && !signature:
		return c, errors.New("the connection string has no SharedAccessKey: copy the connection string, not the key, from Shared access policies")
	}
	return c, nil
}
