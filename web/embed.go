package web

import (
	"embed"
	"io/fs"
)

//go:embed all:static
var static embed.FS

// Files gives the root of the page: index.html and assets. Of the built page,
// for which it says true, text is there as NAME.gz alone; assets have a digest
// in their names, and index.html.gz has Nonce where the nonce of its answer
// belongs. False is for the page that stands in where nothing was built.
func Files() (fs.FS, bool) {
	if built, err := fs.Sub(static, "static/dist"); err == nil {
		if _, err := fs.Stat(built, "index.html.gz"); err == nil {
			return built, true
		}
	}
	// The path is valid, which is all that Sub asks.
	stand, _ := fs.Sub(static, "static/fallback")
	return stand, false
}

// Nonce stands in index.html for the nonce of style elements.
const Nonce = "__CSP_NONCE__"
