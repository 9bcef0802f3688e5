package boot

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"obelisk/internal/config"
	"obelisk/pbx"
)

// spy is a module that notes what is done with it.
type spy struct {
	name string
	log  *[]string
	bad  bool
}

func (s spy) Name() string     { return s.name }
func (s spy) note(what string) { *s.log = append(*s.log, what+" "+s.name) }
func (s spy) Prepare(src pbx.Files) (pbx.Next, []config.Diagnostic) {
	s.note("prepare")
	if s.bad {
		return s, []config.Diagnostic{{Severity: config.Error, Text: "bad"}}
	}
	return s, nil
}
func (s spy) Changes() []string { return []string{"a line"} }
func (s spy) Commit()           { s.note("commit") }
func (s spy) Discard()          { s.note("discard") }
func (s spy) Close()            { s.note("close") }

// All prepare, then all commit; when one refuses, all that was prepared is discarded. A part
// is one module alone. At the end they are closed in the opposite order.
func TestModules(t *testing.T) {
	dir := t.TempDir()
	os.WriteFile(filepath.Join(dir, "asterisk.conf"), []byte("[directories]\n"), 0o644)
	var log []string
	one, two := &spy{"res_one", &log, false}, &spy{"res_two", &log, false}
	c := &configuration{src: config.Dir(dir), ast: &config.Asterisk{}, modules: []pbx.Module{one, two}}
	said := func(want string) {
		t.Helper()
		if got := strings.Join(log, ", "); got != want {
			t.Errorf("%s, not %s", got, want)
		}
		log = nil
	}
	f := c.read(nil)
	f.commit()
	said("prepare res_one, prepare res_two, commit res_one, commit res_two")
	if got := f.changes(); !slices.Equal(got, []string{"res_one: a line", "res_two: a line"}) {
		t.Errorf("%q", got)
	}
	c.read([]string{"res_two"}).commit()
	said("prepare res_two, commit res_two")
	two.bad = true
	if f = c.read(nil); firstError(f.diags) == nil {
		t.Error("an error of a module refuses nothing")
	}
	f.discard()
	said("prepare res_one, prepare res_two, discard res_one, discard res_two")
	for name, want := range map[string]string{"two": "res_two", "res_two": "res_two", "res": "", "": "", "three": ""} {
		if got := moduleNamed(c.modules, name); got != want {
			t.Errorf("%q is %q", name, got)
		}
	}
	closeAll(c.modules)
	said("close res_two, close res_one")
}
