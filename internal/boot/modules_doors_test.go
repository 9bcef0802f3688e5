package boot

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"obelisk/internal/config"
	"obelisk/manage/ami"
	"obelisk/pbx"
)

// What every module says of itself can be shown: names are those of Asterisk's modules, each
// command, action and word is there once and says what it does, and a room has a page.
func TestEveryModule(t *testing.T) {
	h := newHouse(t, nil)
	h.start(false)
	defer h.stop()
	list := h.conf.modules
	seen := map[string]string{}
	once := func(m pbx.Module, what, name string) {
		if by, twice := seen[what+" "+strings.ToLower(name)]; twice {
			t.Errorf("%s: the %s '%s' is one of %s already", m.Name(), what, name, by)
		}
		seen[what+" "+strings.ToLower(name)] = m.Name()
	}
	for _, m := range list {
		once(m, "module", m.Name())
		if !regexp.MustCompile(`^[a-z0-9_]+$`).MatchString(m.Name()) {
			t.Errorf("'%s' is no name of a module", m.Name())
		}
		if c, ok := m.(pbx.Commander); ok {
			for _, k := range c.Commands() {
				if once(m, "command", k.Name); k.Usage == "" || k.Run == nil {
					t.Errorf("%s: command '%s'", m.Name(), k.Name)
				}
			}
		}
		if a, ok := m.(pbx.Actor); ok {
			for _, x := range a.Actions() {
				once(m, "action", x.Name)
				if unknown := ami.UnknownClasses(x.Classes); x.Synopsis == "" || x.Run == nil || len(unknown) > 0 {
					t.Errorf("%s: action '%s', classes %v", m.Name(), x.Name, unknown)
				}
			}
		}
		for _, w := range words([]pbx.Module{m}) {
			once(m, "word", w.Name)
			if w.Name != strings.ToLower(w.Name) || strings.Contains(w.Name, " ") || w.Usage == "" || w.Prepare == nil && w.Look == nil {
				t.Errorf("%s: word '%s'", m.Name(), w.Name)
			}
		}
		if x, ok := m.(pbx.Meter); ok {
			var all pbx.Measures
			x.Measure(&all)
			for _, v := range all.Metrics {
				if v.Counter != strings.HasSuffix(v.Name, "_total") || v.Help == "" {
					t.Errorf("%s: metric '%s'", m.Name(), v.Name)
				}
			}
		}
	}
	rooms, _ := filepath.Glob("../../apps/*")
	for _, room := range rooms {
		if _, err := os.Stat(filepath.Join(room, "README.md")); err != nil {
			t.Error(err)
		}
	}
}

// many is a module with a door of each kind.
type many struct {
	boxes map[string]string
	spy
}

func (m *many) Synopsis() string { return "A bit of everything" }
func (m *many) Words() []pbx.Word {
	return []pbx.Word{{Name: "box", Usage: "box NAME = TEXT", Prepare: func(what, value string) error {
		if value == "full" {
			return errors.New("it is full")
		}
		m.boxes[what] = value
		return nil
	}, Look: func(what string) string { return m.boxes[what] }}}
}
func (m *many) Measure(x *pbx.Measures) { x.Gauge("obelisk_boxes", "Boxes", 2, "kind", "red") }
func (m *many) Prepare(pbx.Files) (pbx.Next, []config.Diagnostic) {
	return checkedSpy{m.spy}, nil
}

// checkedSpy names a music class, and looks at what others name.
type checkedSpy struct{ spy }

func (c checkedSpy) Names(kind string) []pbx.Reference {
	return []pbx.Reference{{Name: kind + " of a spy", By: "spy"}}
}
func (c checkedSpy) Check(w pbx.Whole) (out []config.Diagnostic) {
	for _, kind := range []string{pbx.NamedMailbox, pbx.NamedMusic, pbx.NamedParking, pbx.NamedContext} {
		for _, r := range w.Named(kind) {
			out = append(out, config.Diagnostic{Pos: r.Pos, Text: kind + ": " + r.Name + " by " + r.By})
		}
	}
	for _, d := range append(w.Devices(), "SIP/9", "DAHDI/1", "SIP/a@b") {
		if w.HasDevice(d) {
			out = append(out, config.Diagnostic{Text: d})
		}
	}
	if w.Plan().Contexts["default"] == nil || w.File("more.conf") == nil || w.File("none.conf") != nil {
		out = append(out, config.Diagnostic{Text: "not whole"})
	}
	return out
}

// A module asks, in obelisk check, what others name and whether what it names is there.
func TestModuleChecks(t *testing.T) {
	dir := t.TempDir()
	const sip = "[general]\n[t](!)\ntype=friend\nhost=dynamic\nmailbox=7@x,8\n[1](t)\nmohsuggest=jazz\nparkinglot=lot\ncontext=c\n"
	for name, text := range map[string]string{"sip.conf": sip, "extensions.conf": "[default]\n", "more.conf": "[a]\n"} {
		os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644)
	}
	c, err := locateAny(dir, dir)
	if err != nil {
		t.Fatal(err)
	}
	var log []string
	c.modules = modules(nil, Vocabulary(), []pbx.Module{&many{spy: spy{"app_many", &log, false}}})
	var got []string
	for _, d := range (&Survey{conf: c, files: c.read(nil)}).Findings() {
		got = append(got, strings.TrimPrefix(d.String(), dir+"/"))
	}
	for _, want := range []string{"sip.conf:5: WARNING: mailbox: 7@x by endpoint '1'", "sip.conf:5: WARNING: mailbox: 8 by endpoint '1'",
		"sip.conf:7: WARNING: music: jazz by endpoint '1'",
		"sip.conf:8: WARNING: parkinglot: lot by endpoint '1'", "sip.conf:9: WARNING: context: c by endpoint '1'",
		"-: WARNING: music: music of a spy by spy", "-: WARNING: SIP/1", "-: WARNING: DAHDI/1", "-: WARNING: SIP/a@b"} {
		if !slices.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, strings.Join(got, "\n"))
		}
	}
	for _, d := range got {
		if strings.Contains(d, "SIP/9") || strings.Contains(d, "not whole") {
			t.Error(d)
		}
	}
}
