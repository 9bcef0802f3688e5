// Package test has what concerns the system as a whole: the import rules, real
// peers, documentation and measurements.
package test

import (
	"encoding/json"
	"io"
	"os/exec"
	"sort"
	"strings"
	"testing"
)

// edges are the allowed imports inside the house, as in the design: they go one
// way. A new one is a decision; write it here with its reason.
var edges = map[string]string{
	"cmd/obelisk":                          "internal/boot channels/chansip/sipconf manage/cli internal/printable", // sipconf for the version text, cli for how a console is shown, printable for standard error
	"internal/boot":                        "*",
	"channels/chansip":                     "channels/chansip/sipconf channels/chansip/dnsmgr pbx dialplan media internal/sipstack internal/sdp internal/auth internal/config internal/trace internal/store internal/store/realtime internal/rawnet internal/printable channels/chansip/location channels/chansip/access channels/chansip/dialog", // dialplan: lookups of called numbers; rawnet: marks of sockets
	"channels/chansip/sipconf":             "channels/chansip/dnsmgr pbx media internal/sipstack internal/auth internal/config internal/rawnet internal/store/realtime",                                                                                                                                                                           // pbx: groups, caller id; media: codecs; realtime: a section as a row
	"channels/chansip/dnsmgr":              "internal/sipstack",                                                                                                                                                                                                                                                                                   // transports
	"apps/cc":                              "pbx dialplan internal/config internal/printable",                                                                                                                                                                                                                                                     // config: ccss.conf
	"channels/local":                       "pbx media",
	"apps/access":                          "pbx pbx/prompt dialplan media sounds",
	"apps/moh":                             "pbx dialplan media media/soundfile sounds internal/config internal/printable", // config: musiconhold.conf
	"dialplan/app":                         "pbx pbx/prompt dialplan dialplan/say media media/soundfile sounds internal/store internal/trace pbx/record",
	"apps/milliwatt":                       "pbx dialplan",
	"dialplan/fn":                          "pbx dialplan media sounds internal/store internal/store/realtime internal/trace",
	"manage/cli":                           "pbx dialplan internal/trace internal/printable",                                                                     // dialplan: dialplan show prints the plan; trace: call export
	"manage/ami":                           "pbx dialplan media internal/auth internal/config internal/listen internal/printable internal/crowd internal/rawnet", // auth: access lists; config: manager.conf; dialplan and media: places and codecs of an Originate
	"manage/spool":                         "pbx dialplan media internal/config",                                                                                 // dialplan and media: places and codecs of a call; config: yes and no
	"manage/web":                           "pbx internal/config internal/listen internal/crowd internal/rawnet",                                                 // pbx: what modules measure; config: http.conf
	"pbx":                                  "dialplan media pbx/cdr internal/trace internal/config internal/printable",                                           // config: positions
	"pbx/prompt":                           "pbx dialplan/say media media/soundfile sounds",
	"pbx/hear":                             "pbx media",
	"pbx/record":                           "pbx pbx/hear media media/soundfile",
	"dialplan/say":                         "",
	"pbx/cel":                              "pbx dialplan internal/config",       // dialplan: the texts of cel_custom.conf
	"pbx/cdr":                              "internal/config internal/printable", // cdr.conf
	"dialplan":                             "internal/config",
	"media":                                "internal/rawnet internal/fastpath", // the loop's system calls, and the kernel's help
	"media/soundfile":                      "media",                             // its codecs
	"sounds":                               "",
	"etc":                                  "",
	"internal/config":                      "",
	"internal/sipstack":                    "internal/rawnet internal/listen internal/printable",
	"internal/listen":                      "",
	"internal/rawnet":                      "",
	"internal/fastpath":                    "",
	"internal/sdp":                         "",
	"internal/auth":                        "",
	"internal/store":                       "internal/store/spare",
	"internal/store/realtime":              "",
	"internal/store/records":               "internal/store/realtime pbx/cdr internal/printable", // pbx/cdr: what is written
	"internal/logs":                        "internal/config internal/trace internal/printable",  // logger.conf; trace: the call of an event
	"internal/trace":                       "internal/config internal/printable",                 // positions in refusals
	"internal/rehearse":                    "pbx dialplan media internal/config",                 // calls of a test, on a switchboard that boot makes
	"internal/printable":                   "",                                                   // texts from outside as one line
	"internal/crowd":                       "",                                                   // bounds of what strangers hold
	"internal/store/spare":                 "",                                                   // room on a disk that is full
	"internal/testkit":                     "",
	"internal/testkit/handset":             "pbx media",                                                                                                 // a leg without a network
	"internal/testkit/script":              "pbx dialplan channels/local media media/soundfile sounds internal/config internal/rehearse internal/trace", // calls of a text, on a switchboard without a network
	"internal/testkit/desk":                "pbx dialplan media internal/config internal/testkit/handset internal/trace",                                // one call from a phone without a network
	"internal/testkit/hosts":               "",
	"test/calls":                           "",                                                                                                                                                        // tests only: whole calls
	"test/compare":                         "",                                                                                                                                                        // any server may be at the address
	"test/rig":                             "internal/auth internal/rawnet internal/testkit",                                                                                                          // a bare client: it shares no code with what it measures but the digest and system calls; testkit: a certificate
	"channels/chansip/location":            "internal/sipstack internal/store",                                                                                                                        // store: bindings in the astdb
	"channels/chansip/access":              "channels/chansip/location channels/chansip/sipconf pbx internal/sipstack internal/auth internal/config internal/printable internal/store internal/trace", // pbx: security events; store: sequence numbers of SIM cards; trace: refusals
	"channels/chansip/dialog":              "channels/chansip/access channels/chansip/dnsmgr channels/chansip/location channels/chansip/sipconf internal/auth internal/sipstack",                      // auth: credentials
	"channels/chansip/sipconf/sipconftest": "channels/chansip/dnsmgr channels/chansip/sipconf internal/config",                                                                                        // for tests
}

// outside are packages that stop at the rooms named.
var outside = map[string]string{
	"github.com/emiago/sipgo": "internal/sipstack channels/chansip",
	"github.com/gobwas/ws":    "internal/sipstack",
	"github.com/pion/":        "media internal/sdp",
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
	if list == "*" {
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
	seen := map[string]bool{}
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
	want := "CHANGELOG.md CONTRIBUTING.md LICENSE Makefile README.md apps channels cmd dialplan docs etc go.mod go.sum internal manage media pbx sounds test"
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
