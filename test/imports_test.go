// Package test has what concerns the system as a whole: the import rules, real
// peers, documentation and measurements.
package test

import (
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"sort"
	"strings"
	"testing"
)

// edges are the allowed imports inside the house: room -> rooms, from a file with a line for each.
func edges(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile("testdata/imports.txt")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for line := range strings.Lines(string(text)) {
		line, _, _ = strings.Cut(line, "#")
		if room, list, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			out[room] = list
		}
	}
	return out
}

// outside are packages that stop at the rooms named.
var outside = map[string]string{
	"github.com/emiago/sipgo": "internal/sipstack channels/chansip",
	"github.com/gobwas/ws":    "internal/sipstack internal/wsock manage/ari test/rig",
	"github.com/go-crypt/":    "manage/ari",
	"github.com/pion/":        "media internal/sdp media/soundfile",
	"gopkg.in/ini.v1":         "internal/config",
	"modernc.org/":            "internal/store internal/store/realtime",
	"github.com/jackc/pgx":    "internal/store/realtime",
	"github.com/prometheus/":  "manage/web",
}

type pkg struct {
	ImportPath string
	Imports    []string
}

func packages(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports", "./...")
	cmd.Dir = ".."
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []pkg
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := dec.Decode(&p); err == io.EOF {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

func allowed(list, name string) bool {
	if strings.TrimSpace(list) == "*" {
		return true
	}
	for _, w := range strings.Fields(list) {
		if w == name {
			return true
		}
	}
	return false
}

func TestImportsGoOneWay(t *testing.T) {
	seen, edges := map[string]bool{}, edges(t)
	for _, p := range packages(t) {
		room := strings.TrimPrefix(p.ImportPath, "obelisk/")
		seen[room] = true
		if room == "test" {
			continue
		}
		list, known := edges[room]
		if !known {
			t.Errorf("%s is a new room: give it its edges", room)
			continue
		}
		for _, i := range p.Imports {
			if name, own := strings.CutPrefix(i, "obelisk/"); own && !allowed(list, name) {
				t.Errorf("%s imports %s", room, name)
			}
			for prefix, rooms := range outside {
				if strings.HasPrefix(i, prefix) && !allowed(rooms, room) {
					t.Errorf("%s imports %s", room, i)
				}
			}
		}
	}
	for room := range edges {
		if !seen[room] {
			t.Errorf("%s is in the table but not in the house", room)
		}
	}
}

func TestTopLevelIsTheCard(t *testing.T) {
	cmd := exec.Command("git", "ls-files", "--cached", "--others", "--exclude-standard")
	cmd.Dir = ".."
	out, err := cmd.Output()
	if err != nil {
		t.Skip(err)
	}
	want := "CHANGELOG.md CONTRIBUTING.md LICENSE Makefile README.md apps channels cmd dialplan docs etc go.mod go.sum internal manage " +
		"media pbx sounds test"
	top := map[string]bool{}
	for _, f := range strings.Fields(string(out)) {
		first, _, _ := strings.Cut(f, "/")
		if !strings.HasPrefix(first, ".") {
			top[first] = true
		}
	}
	var got []string
	for f := range top {
		got = append(got, f)
	}
	sort.Strings(got)
	if s := strings.Join(got, " "); s != want {
		t.Errorf("got  %s\nwant %s", s, want)
	}
}
