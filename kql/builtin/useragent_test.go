package builtin

import "testing"

func TestUserAgent(t *testing.T) {
	const edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.2592.81"
	f := check(t)
	f(`{"Browser":{"Family":"Edge","MajorVersion":"126","MinorVersion":"0","Patch":"2592"}}`, "parse_user_agent", edge, `"browser"`)
	f(`{"OperatingSystem":{"Family":"Windows","MajorVersion":"10","MinorVersion":"","Patch":"","PatchMinor":""},"Device":{"Family":"Other","Brand":"","Model":""}}`,
		"parse_user_agent", edge, `["OS","device"]`)
	f("null", "parse_user_agent", edge, `"engine"`)
	f("null", "parse_user_agent", "", `"browser"`)
	f("null", "parse_user_agent", edge, nil)
}
