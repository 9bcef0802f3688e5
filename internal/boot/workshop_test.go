package boot

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"obelisk/internal/webshow"
	"obelisk/manage/web/console"
)

// consoled is a switchboard with a console, at work.
func consoled(t *testing.T, files map[string]string) (*house, *webshow.House) {
	t.Helper()
	if files == nil {
		files = map[string]string{}
	}
	files["console.conf"] = "[boss]\nsecret=long enough\nrole=administrator\n"
	h := newHouse(t, files)
	h.start(false)
	t.Cleanup(h.stop)
	return h, h.house
}

// A change of a file is checked before it is written; every version is kept, over a restart too.
func TestWorkshop(t *testing.T) {
	h, v := consoled(t, nil)
	old := h.read("extensions.conf")
	was := console.Sum([]byte(old))
	var broken *console.BrokenError
	if err := v.Save("extensions.conf", []byte("[default\nexten => 1,1,NoOp()\n"), was, "boss"); !errors.As(err, &broken) ||
		broken.Finding.Line != 1 || h.read("extensions.conf") != old {
		t.Errorf("broken: %v", err)
	}
	if err := v.Save("extensions.conf", []byte("x"), console.Sum(nil), "boss"); !errors.Is(err, console.ErrChanged) && !errors.As(err,
		&broken) {
		t.Errorf("changed meanwhile: %v", err)
	}
	next := "[default]\nexten => 601,1,Answer()\n"
	if err := v.Save("extensions.conf", []byte(next), console.Sum([]byte("other")), "boss"); !errors.Is(err, console.ErrChanged) {
		t.Errorf("changed meanwhile: %v", err)
	}
	os.Chmod(filepath.Join(h.dir, "extensions.conf"), 0o600)
	if err := v.Save("extensions.conf", []byte(next), was, "boss"); err != nil || h.read("extensions.conf") != next {
		t.Fatal(err)
	}
	if s, _ := os.Stat(filepath.Join(h.dir, "extensions.conf")); s.Mode().Perm() != 0o600 {
		t.Errorf("its mode is %v", s.Mode())
	}
	if h.core.Plan().Contexts["default"].Extensions[0].Name != "600" {
		t.Error("it is in force without a reload")
	}
	if changes, err := v.Reload(); err != nil || len(changes) == 0 {
		t.Errorf("%v %v", changes, err)
	}
	h.write("extensions.conf", next+"; by hand\n")
	if err := v.Save("extensions.conf", []byte(old), console.Sum([]byte(next+"; by hand\n")), "boss"); err != nil {
		t.Fatal(err)
	}
	v.Audit("boss", "127.0.0.1", "did something")
	h.stop()
	h.start(false)
	v = h.house
	list, err := v.Versions("extensions.conf")
	var notes []string
	for _, x := range list {
		notes = append(notes, x.Note)
	}
	if got := strings.Join(notes, " "); err != nil || got != "version.console version.outside version.console version.found" {
		t.Fatalf("%s %v", got, err)
	}
	if x, err := v.Version("extensions.conf", list[3].ID); err != nil || string(x.Text) != old {
		t.Errorf("%q %v", x.Text, err)
	}
	if d := v.Deeds(1); len(d) != 1 || d[0].What != "did something" {
		t.Errorf("%v", d)
	}
	if entries, _ := filepath.Glob(filepath.Join(h.dir, "*.new")); len(entries) > 0 {
		t.Errorf("left behind: %v", entries)
	}
}

// A file that is not there yet is begun: for the owner and the group of the folder, and its versions with it.
func TestWorkshopBegins(t *testing.T) {
	h, v := consoled(t, nil)
	if _, err := v.Text("queues.conf"); !errors.Is(err, console.ErrNew) {
		t.Fatal(err)
	}
	var broken *console.BrokenError
	if err := v.Save("queues.conf", []byte("[support\n"), console.Sum(nil), "boss"); !errors.As(err, &broken) || broken.Finding.Line != 1 {
		t.Errorf("broken: %v", err)
	}
	if err := v.Save("queues.conf", []byte("[support]\n"), console.Sum([]byte("x")), "boss"); !errors.Is(err, console.ErrChanged) {
		t.Errorf("of another text: %v", err)
	}
	if err := v.Save("queues.conf", []byte("[support]\n"), console.Sum(nil), "boss"); err != nil || h.read("queues.conf") != "[support]\n" {
		t.Fatal(err)
	}
	if s, _ := os.Stat(filepath.Join(h.dir, "queues.conf")); s.Mode().Perm() != 0o640 {
		t.Errorf("its mode is %v", s.Mode())
	}
	if list, err := v.Versions("queues.conf"); err != nil || len(list) != 1 || list[0].User != "boss" {
		t.Errorf("%v %v", list, err)
	}
	if err := v.Save("queues.conf", []byte("[sales]\n"), console.Sum(nil), "boss"); !errors.Is(err, console.ErrChanged) {
		t.Errorf("begun twice: %v", err)
	}
	if changes, err := v.Reload(); err != nil {
		t.Errorf("%v %v", changes, err)
	}
	for _, name := range []string{"a b.conf", "-x.conf", "\n.conf", strings.Repeat("x", 70) + ".conf",
		"new.conf/../../x.conf", "extensions.ael"} {
		if err := v.Save(name, []byte("[x]\n"), console.Sum(nil), "boss"); !errors.Is(err, console.ErrNoFile) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// A file with an error can be mended, whatever is wrong in another one.
func TestWorkshopMends(t *testing.T) {
	h, v := consoled(t, nil)
	h.write("sip.conf", "[general\n")
	h.write("extensions.conf", "[default\n")
	if err := v.Save("extensions.conf", []byte("[default]\n"), console.Sum([]byte("[default\n")), "boss"); err != nil {
		t.Error(err)
	}
	list, err := v.Findings()
	if err != nil || len(list) == 0 || list[0].File != "sip.conf" || list[0].Severity != "error" {
		t.Errorf("%v %v", list, err)
	}
}

// Only plain files of the folder are read and written, as by the manager interface.
func TestWorkshopAttacked(t *testing.T) {
	h, v := consoled(t, nil)
	outside := filepath.Join(t.TempDir(), "passwd")
	os.WriteFile(outside, []byte("[root]\n"), 0o644)
	os.Symlink(outside, filepath.Join(h.dir, "link.conf"))
	os.Symlink("extensions.conf", filepath.Join(h.dir, "near.conf"))
	os.Mkdir(filepath.Join(h.dir, "folder.conf"), 0o755)
	os.Mkdir(filepath.Join(h.dir, "sub"), 0o755)
	h.write("sub/x.conf", "[x]\n")
	h.write("key.pem", "a key")
	h.write(".hidden.conf", "[x]\n")
	for _, name := range []string{"link.conf", "folder.conf", "sub/x.conf", "../" + filepath.Base(h.dir) + "/sip.conf", "/etc/passwd",
		"key.pem", ".hidden.conf", "", ".", "..", "sip.conf\x00", "none.conf", `..\sip.conf`} {
		if text, err := v.Text(name); err == nil {
			t.Errorf("%q is read: %q", name, text)
		}
		if err := v.Save(name, []byte("[x]\n"), console.Sum([]byte("[root]\n")), "boss"); err == nil {
			t.Errorf("%q is written", name)
		}
	}
	if text, err := os.ReadFile(outside); string(text) != "[root]\n" || err != nil {
		t.Errorf("what a link leads to is written: %q %v", text, err)
	}
	text, err := v.Text("near.conf")
	if err != nil {
		t.Errorf("a link in the folder: %v", err)
	}
	if err := v.Save("near.conf", []byte("[x]\n"), console.Sum(text), "boss"); err == nil {
		t.Error("a link is written")
	}
}

// The built-in configuration has no files.
func TestWorkshopWithoutFiles(t *testing.T) {
	s, err := Start(Options{Builtin: true, Home: t.TempDir(), NoConsole: true, ListenUDP: newHouse(t, nil).net.Listen,
		SoundHomes: []string{}})
	if err != nil {
		t.Skip(err) // its port is another's
	}
	defer func() { s.Stop("now"); s.Wait() }()
	v := s.house
	if _, err := v.Files(); !errors.Is(err, webshow.ErrBuiltIn) {
		t.Error(err)
	}
	if err := v.Save("sip.conf", nil, "", "admin"); !errors.Is(err, webshow.ErrBuiltIn) {
		t.Error(err)
	}
}

// A phone's page says what is in the way of a call to it.
func TestWhyItDoesNotRing(t *testing.T) {
	_, v := consoled(t, map[string]string{
		"sip.conf": "[general]\nudpbindaddr=10.0.0.1:5060\n[a]\ntype=friend\nhost=dynamic\ncallcounter=yes\n[b]\ntype=friend\n" +
			"host=10.0.0.7\nqualify=no\n[ab]\ntype=user\n",
		"extensions.conf": "[default]\nexten => 1,1,Dial(SIP/a,20)\nexten => 1,hint,SIP/a\nexten => 2,1,Dial(SIP/ab,20)\n",
	})
	keys := func(name string) string {
		p, ok := v.Phone(name)
		if !ok {
			t.Fatal(name)
		}
		var out []string
		for _, c := range p.Checks {
			out = append(out, c.State.String()+" "+c.Key)
		}
		return strings.Join(out, ", ")
	}
	if got := keys("a"); !strings.HasPrefix(got, "good ring.dialled, bad ring.absent") {
		t.Error(got)
	}
	if got := keys("b"); !strings.HasPrefix(got, "doubt ring.undialled, good ring.static, doubt ring.unasked") {
		t.Error(got)
	}
	if got := keys("ab"); got != "bad ring.user" {
		t.Error(got)
	}
	if p, _ := v.Phone("a"); len(p.Lamps) != 1 || p.Lamps[0].Exten != "1" {
		t.Errorf("%+v", p.Lamps)
	}
	if _, ok := v.Phone("c"); ok {
		t.Error("one that is not there")
	}
}
