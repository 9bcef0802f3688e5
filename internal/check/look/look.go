// Package look is what the rules of obelisk check stand on: a configuration that was read and is
// not in force, and the list of what is to be said of it. It opens no file by itself.
package look

import (
	"fmt"
	"strings"
	"sync"

	"obelisk/channels/chansip/sipconf"
	"obelisk/dialplan"
	"obelisk/internal/check/codes"
	"obelisk/internal/config"
	"obelisk/pbx"
)

// Whole is a configuration, as boot reads it for tools.
type Whole interface {
	pbx.Whole
	// SIP is sip.conf; nil without one that can be used.
	SIP() *sipconf.Directory
	// Core knows all applications and functions; it runs nothing.
	Core() *pbx.Core
	// Tabled says whether there are endpoints in a database.
	Tabled() bool
	// Folder is where the files are.
	Folder() string
	// Text is a file as it stands; nil where it cannot be read.
	Text(path string) []byte
	// Mode is the permission bits of a file; false where it is not there.
	Mode(path string) (uint32, bool)
	// Copied says that the folder is a copy of the one that the files mean: what they name by
	// an absolute path is on another machine.
	Copied() bool
	// UserMailboxes are the sections of users.conf that have a mailbox.
	UserMailboxes() []string
}

// Look is one look at a configuration.
type Look struct {
	Whole
	out     []config.Diagnostic
	told    map[finding]bool
	lines   map[string][]string // of files, by path
	files   map[string]*config.File
	targets map[string]func(args string) []string // of applications, by their names as written
	boxes   Boxes
	outside map[string]string
	inside  map[string]bool // contexts that phones call in
	leads   map[*dialplan.Context][]string
	leftOut []string
	read    struct{ boxes, outside, leftOut bool }
}

// finding is what makes one differ from others.
type finding struct {
	pos        config.Pos
	code, text string
}

// New begins one.
func New(w Whole) *Look {
	return &Look{Whole: w, told: map[finding]bool{}, lines: map[string][]string{}, files: map[string]*config.File{},
		targets: map[string]func(string) []string{}, leads: map[*dialplan.Context][]string{}}
}

// Together has several judges look at a configuration at once, each with a list of its own, and is what
// they have said, in their order. Nothing that they ask changes by it.
func Together(w Whole, judges ...func(*Look)) *Look {
	looks := make([]*Look, len(judges))
	var all sync.WaitGroup
	for i, judge := range judges {
		looks[i] = New(w)
		all.Go(func() { judge(looks[i]) })
	}
	all.Wait()
	for _, l := range looks[1:] {
		for _, d := range l.out {
			looks[0].Add(d)
		}
		for name, f := range l.files {
			if looks[0].files[name] == nil {
				looks[0].files[name] = f
			}
		}
	}
	return looks[0]
}

// Out is what has been said.
func (l *Look) Out() []config.Diagnostic { return l.out }

// Said is how many findings there are so far.
func (l *Look) Said() int { return len(l.out) }

// Say adds a finding of a kind, at a place. hint is what to write instead, "" for nothing.
func (l *Look) Say(code string, pos config.Pos, hint, format string, args ...any) {
	l.Add(config.Diagnostic{Pos: pos, Code: code, Severity: codes.Of(code).Severity, Hint: hint, Text: fmt.Sprintf(format, args...)})
}

// SayAs is Say with a severity other than that of the kind.
func (l *Look) SayAs(s config.Severity, code string, pos config.Pos, hint, format string, args ...any) {
	l.Add(config.Diagnostic{Pos: pos, Code: code, Severity: s, Hint: hint, Text: fmt.Sprintf(format, args...)})
}

// Mend is SayAs for what a machine may mend in another place; m is nil for nothing.
func (l *Look) Mend(s config.Severity, code string, pos config.Pos, hint string, m *config.Mend, format string, args ...any) {
	l.Add(config.Diagnostic{Pos: pos, Code: code, Severity: s, Hint: hint, Text: fmt.Sprintf(format, args...), Mend: m})
}

// Add adds a finding, once.
func (l *Look) Add(d config.Diagnostic) {
	key := finding{d.Pos, d.Code, d.Text}
	if !l.told[key] {
		l.told[key] = true
		l.out = append(l.out, d)
	}
}

// File is a file, read once; nil when it is not there.
func (l *Look) File(name string) *config.File {
	f, ok := l.files[name]
	if !ok {
		f = l.Whole.File(name)
		l.files[name] = f
	}
	return f
}

// Read is what was found while files were read for the rules; of names that take fits.
func (l *Look) Read(take func(name string) bool) (out []config.Diagnostic) {
	for name, f := range l.files {
		if f != nil && take(name) {
			out = append(out, f.Diags...)
		}
	}
	return out
}

// Roots tells which file each path belongs to: itself, or what includes it.
func (l *Look) Roots() map[string]string {
	out := map[string]string{}
	for name, f := range l.files {
		if f == nil {
			continue
		}
		for _, path := range f.Read {
			if _, ok := out[path]; !ok || path == f.Path {
				out[path] = name
			}
		}
	}
	return out
}

// Line is a line as it stands in its file, comments included.
func (l *Look) Line(pos config.Pos) string {
	list, ok := l.lines[pos.File]
	if !ok {
		list = strings.Split(string(l.Text(pos.File)), "\n")
		l.lines[pos.File] = list
	}
	if pos.Line < 1 || pos.Line > len(list) {
		return ""
	}
	return strings.TrimSuffix(list[pos.Line-1], "\r")
}

// SetIn are the variables of a section of a file; nil without it.
func (l *Look) SetIn(file, section string) []config.Var {
	if s := l.File(file).Section(section); s != nil {
		return s.Vars
	}
	return nil
}

// Has says whether a plan has a context.
func Has(p *dialplan.Plan, context string) bool { return p != nil && p.Contexts[context] != nil }

// Contexts are the names of the dialplan's contexts.
func (l *Look) Contexts() (out []string) {
	if p := l.Plan(); p != nil {
		for _, x := range p.Order {
			out = append(out, x.Name)
		}
	}
	return out
}

// Slip says whether two names differ by a slip of the pen: one or two letters.
func Slip(a, b string) bool {
	n := 2
	if len(a) < 6 {
		n = 1
	}
	return config.Distance(strings.ToLower(a), strings.ToLower(b)) <= n
}

// Like is ", did you mean ...?" as a hint.
func Like(name string, known []string) string {
	if n := config.Nearest(name, known); n != "" && (strings.Trim(name, "0123456789") != "" ||
		config.Distance(name, n) == 1 && len(name) > 3) {
		return "did you mean '" + n + "'?"
	}
	return ""
}

// Long is a number of seconds in minutes, hours or days.
func Long(seconds int) string {
	switch {
	case seconds >= 2*24*3600:
		return fmt.Sprint(seconds/(24*3600), " days")
	case seconds >= 2*3600:
		return fmt.Sprint(seconds/3600, " hours")
	}
	return fmt.Sprint(seconds/60, " minutes")
}
