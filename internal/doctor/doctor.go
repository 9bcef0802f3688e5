// Package doctor looks at a machine as a colleague would who is called because the telephones
// do not work: who has the ports, what the firewall lets through, whether the clock is right,
// what cannot be written. It only looks: nothing is changed, opened for others or sent, but
// questions to the name server, and none of these where it is told so.
package doctor

import (
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Level is how a thing stands.
type Level string

const (
	OK   Level = "ok"
	Warn Level = "warn" // it works, or may not
	Fail Level = "fail" // it will not work
)

// Line is one thing that was looked at.
type Line struct {
	Check  string `json:"check"` // of Checks
	Level  Level  `json:"level"`
	Text   string `json:"text"`             // what was found, with the reason
	Remedy string `json:"remedy,omitempty"` // what helps
}

// Installation is what the configuration asks of the machine.
type Installation struct {
	Config    string // the folder of the files
	Builtin   bool   // there is none: the built-in default
	Broken    string // the first error in the files; "" without one
	Doubts    int    // warnings of obelisk check
	RunUser   string // of asterisk.conf
	Files     []string
	Folders   []Folder
	Ports     []Port
	RTP       [2]int // the first and the last port
	Certs     []Certificate
	Names     []Name
	External  bool   // the address that others see is written down (externaddr, externhost, media_address)
	LocalNets bool   // localnet is written
	Outside   bool   // there are peers or registrations at names or addresses of the world
	FastPath  string // rtpfastpath: auto, yes, no
	Languages []string
	// Speaks says whether there are prompts of a language beside the built-in ones.
	Speaks func(language string) bool
	Opus   func() bool // whether libopus can be loaded; nil: this program has no use for it
}

// Folder is one that the switchboard writes.
type Folder struct{ Path, Option string }

// Port is one that it listens on.
type Port struct {
	Proto string // udp or tcp
	Addr  netip.AddrPort
	What  string // "SIP"
	Pos   string // file and line, or ""
}

// Certificate is one that it shows. Key may be in the file of Cert.
type Certificate struct{ Cert, Key, What, Pos string }

// Name is one that it looks up.
type Name struct{ Host, What, Pos string }

// Checks are what is looked at, in this order.
var Checks = []string{"files", "permissions", "service", "asterisk", "ports", "rtp", "firewall", "nat", "container", "time", "dns",
	"certificates", "disk", "limits", "kernel", "sounds"}

// Examine looks at everything.
func Examine(m Machine, in Installation) (lines []Line) {
	e := &examination{m: m, in: in}
	e.identify()
	for _, look := range []func(){e.files, e.permissions, e.service, e.asterisk, e.ports, e.rtp, e.firewall, e.nat, e.container, e.clock, e.dns, e.certificates, e.disk, e.limits, e.kernel, e.sounds} {
		look()
	}
	return e.lines
}

// examination is one at work.
type examination struct {
	m       Machine
	in      Installation
	user    identity
	running int // the switchboard's process that listens here; 0: none
	lines   []Line
}

func (e *examination) say(check string, level Level, remedy, text string, args ...any) {
	e.lines = append(e.lines, Line{Check: check, Level: level, Text: fmt.Sprintf(text, args...), Remedy: remedy})
}

// at is " (sip.conf:12)" for a place that is known.
func at(pos string) string {
	if pos == "" {
		return ""
	}
	return " (" + pos + ")"
}

// read is a file of the machine, or "".
func (e *examination) read(path string) string {
	b, _ := os.ReadFile(e.path(path))
	return string(b)
}

func (e *examination) path(p string) string { return filepath.Join(e.m.Root, p) }

func (e *examination) exists(path string) bool {
	_, err := os.Stat(e.path(path))
	return err == nil
}

// files tells whether the configuration can be used at all.
func (e *examination) files() {
	switch {
	case e.in.Builtin:
		e.say("files", OK, "", "there is no %s: the built-in configuration is in force, on loopback", e.in.Config)
	case e.in.Broken != "":
		e.say("files", Fail, "obelisk check tells the rest", "%s", e.in.Broken)
	case e.in.Doubts > 0:
		e.say("files", Warn, "obelisk check tells them", "%s can be used, with %d warnings", e.in.Config, e.in.Doubts)
	default:
		e.say("files", OK, "", "%s can be used as it is", e.in.Config)
	}
}

// Worst is the gravest level of all.
func Worst(lines []Line) Level {
	worst := OK
	for _, l := range lines {
		if l.Level == Fail || l.Level == Warn && worst == OK {
			worst = l.Level
		}
	}
	return worst
}

// Write writes the lines for people.
func Write(w io.Writer, lines []Line) {
	count := map[Level]int{}
	for _, l := range lines {
		count[l.Level]++
		fmt.Fprintf(w, "%-4s  %-12s  %s\n", l.Level, l.Check, l.Text)
		if l.Remedy != "" {
			fmt.Fprintf(w, "                    -> %s\n", strings.ReplaceAll(l.Remedy, "\n", "\n                       "))
		}
	}
	fmt.Fprintf(w, "%d ok, %d to look at, %d that will not work\n", count[OK], count[Warn], count[Fail])
}

// WriteJSON writes them for programs.
func WriteJSON(w io.Writer, lines []Line) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(struct {
		Level Level  `json:"level"`
		Lines []Line `json:"lines"`
	}{Worst(lines), lines})
}

// days is a time in words.
func days(d time.Duration) string {
	if d < 48*time.Hour {
		return fmt.Sprintf("%d hours", int(d.Hours()))
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}
