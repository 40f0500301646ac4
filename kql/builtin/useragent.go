package builtin

import (
	"strings"
	"sync"

	"github.com/ua-parser/uap-go/uaparser"
)

var agentFuncs = []Func{
	// What to look for is passed as a dynamic: a string or an array.
	fn("parse_user_agent", "sd:d", func(a args) any { return parseAgent(a.str(0), a.dyn(1)) }),
}

// agents holds the patterns of the uap-core project, which Kusto uses as well.
// Compiling them takes a while, so the first use pays for it.
var agents = sync.OnceValue(func() *uaparser.Parser {
	p, err := uaparser.New(uaparser.WithMode(uaparser.EOsLookUpMode | uaparser.EUserAgentLookUpMode | uaparser.EDeviceLookUpMode))
	if err != nil {
		return nil
	}
	return p
})

func parseAgent(s string, what any) any {
	list, ok := what.([]any)
	if !ok {
		list = []any{what}
	}
	p := agents()
	if p == nil || s == "" {
		return nil
	}
	out := &bag{}
	for _, w := range list {
		switch strings.ToLower(text(w)) {
		case "browser":
			ua := p.ParseUserAgent(s)
			out.set("Browser", makeBag("Family", ua.Family, "MajorVersion", ua.Major, "MinorVersion", ua.Minor, "Patch", ua.Patch))
		case "os":
			os := p.ParseOs(s)
			out.set("OperatingSystem", makeBag("Family", os.Family, "MajorVersion", os.Major, "MinorVersion", os.Minor,
				"Patch", os.Patch, "PatchMinor", os.PatchMinor))
		case "device":
			d := p.ParseDevice(s)
			out.set("Device", makeBag("Family", d.Family, "Brand", d.Brand, "Model", d.Model))
		default:
			return nil
		}
	}
	return encode(out)
}
