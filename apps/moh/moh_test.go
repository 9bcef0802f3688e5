package moh

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"obelisk/internal/config"
	"obelisk/pbx"
	"obelisk/sounds"

	"github.com/rs/zerolog"
)

// texts are files of a configuration by name.
type texts map[string]string

// File implements pbx.Files.
func (t texts) File(name string) *config.File {
	f, err := config.Load(t, name, config.Options{})
	if err != nil {
		return nil
	}
	return f
}

// ReadFile and Resolve implement config.Source.
func (t texts) ReadFile(name string) ([]byte, error) {
	if text, ok := t[name]; ok {
		return []byte(text), nil
	}
	return nil, os.ErrNotExist
}
func (t texts) Resolve(name string) string            { return name }
func (t texts) Glob(pattern string) ([]string, error) { return nil, nil }

// What is prepared changes nothing until it is committed, and says what it will change.
func TestPrepareThenCommit(t *testing.T) {
	data := t.TempDir()
	os.MkdirAll(filepath.Join(data, "jazz"), 0o755)
	os.WriteFile(filepath.Join(data, "jazz", "one.sln"), make([]byte, 320), 0o644)
	m := New(Config{Lib: &sounds.Library{}, Data: data})
	core := pbx.NewCore(pbx.Config{Log: zerolog.Nop()})
	m.Furnish(core)
	if core.App("StopMusicOnHold") == nil || core.Music() == nil {
		t.Error("not furnished")
	}
	show := func() string {
		var b strings.Builder
		m.showFiles(&b, nil)
		return b.String()
	}
	next, diags := m.Prepare(texts{"musiconhold.conf": "[general]\n[jazz]\nmode=files\ndirectory=jazz\nsort=loud\n"})
	if len(diags) != 1 || diags[0].Pos.Line != 5 || !strings.Contains(diags[0].Text, "'loud' is not a valid value of 'sort'") {
		t.Errorf("findings: %v", diags)
	}
	if got := show(); got != "Class: default\n\tFile: moh/holding\n" {
		t.Errorf("before: %q", got)
	}
	if got := next.Changes(); !slices.Equal(got, []string{"class 'jazz' is new"}) {
		t.Errorf("changes: %q", got)
	}
	next.Commit()
	if got := show(); got != "Class: default\n\tFile: moh/holding\nClass: jazz\n\tFile: "+filepath.Join(data, "jazz", "one")+"\n" {
		t.Errorf("after: %q", got)
	}
	next, _ = m.Prepare(texts{"musiconhold.conf": "[default]\nmode=files\ndirectory=jazz\n"})
	if got := next.Changes(); !slices.Equal(got, []string{"class 'default' changes", "class 'jazz' goes"}) {
		t.Errorf("changes: %q", got)
	}
	next.Discard()
	if next, _ = m.Prepare(texts{}); !slices.Equal(next.Changes(), []string{"class 'jazz' goes"}) {
		t.Errorf("without a file: %q", next.Changes())
	}
}

// The console's command reads this module's file and no other.
func TestReloadCommand(t *testing.T) {
	m := New(Config{Lib: &sounds.Library{}})
	core := pbx.NewCore(pbx.Config{Log: zerolog.Nop()})
	m.Furnish(core)
	asked, fail := "", error(nil)
	core.SetReload(func(module string) error {
		asked = module
		return fail
	})
	var b strings.Builder
	if !m.reload(&b, nil) || asked != "res_musiconhold" || b.String() != "" {
		t.Errorf("%q asked for, answer %q", asked, b.String())
	}
	fail = os.ErrInvalid
	if m.reload(&b, nil) || !strings.HasPrefix(b.String(), "Reload refused, everything stays as it was: ") {
		t.Errorf("refused: %q", b.String())
	}
}
