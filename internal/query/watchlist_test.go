package query

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wholelog/wholelog/internal/store/duck"
)

// TestWatchlists reads watchlists from a folder: any number in one query, and
// each time as the file is then.
func TestWatchlists(t *testing.T) {
	ctx := context.Background()
	store, err := duck.Open(ctx, "", duck.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close(ctx)
	dir := t.TempDir()
	file := filepath.Join(dir, "VIP.csv")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("User,Note\nanna@contoso.example,\"a, b\"\nben@contoso.example,\n")
	e, err := New(ctx, store, Options{Watchlists: dir})
	if err != nil {
		t.Fatal(err)
	}
	_, got, err := rows(t, e, `_GetWatchlist("vip") | project SearchKey, User, Note | sort by User asc`)
	if err != nil || fmt.Sprint(got) != "[[anna@contoso.example anna@contoso.example a, b] [ben@contoso.example ben@contoso.example ]]" {
		t.Errorf("got %v, %v", got, err)
	}
	legs := strings.Repeat(`, (_GetWatchlist("VIP"))`, 300)
	if _, got, err = rows(t, e, `union (_GetWatchlist("VIP"))`+legs+` | count`); err != nil || fmt.Sprint(got) != "[[602]]" {
		t.Errorf("301 uses of a list of two: %v, %v", got, err)
	}
	write("User\ncarla@contoso.example\n")
	if _, got, err = rows(t, e, `_GetWatchlist("VIP") | project User`); err != nil || fmt.Sprint(got) != "[[carla@contoso.example]]" {
		t.Errorf("after a change: %v, %v", got, err)
	}
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err = rows(t, e, `_GetWatchlist("VIP")`); err == nil {
		t.Error("a watchlist without a header is no error")
	}
	if _, got, err = rows(t, e, `_GetWatchlist("../VIP") | count`); err != nil || fmt.Sprint(got) != "[[0]]" {
		t.Errorf("a name with a path in it: %v, %v", got, err)
	}
}
