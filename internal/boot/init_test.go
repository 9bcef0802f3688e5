package boot

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The built-in configuration in a folder: it runs from there, its phones have the secrets that
// were told, and files that are there are never written over.
func TestInit(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "pbx")
	var told []string
	if err := Init(dir, "127.0.0.1:0", func(s string) { told = append(told, s) }); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(told[0], "  phone 6001   secret ") {
		t.Errorf("%q", told)
	}
	if b, _ := os.ReadFile(filepath.Join(dir, "http.conf")); len(b) == 0 {
		t.Error("no http.conf")
	}
	os.WriteFile(filepath.Join(dir, "http.conf"), []byte("[general]\nenabled=no\n"), 0o644)
	sys, err := Start(Options{ConfFile: filepath.Join(dir, "asterisk.conf"), Home: t.TempDir(), NoConsole: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { sys.Stop("now"); sys.Wait() }()
	if p := sys.Driver().Peers(); len(p) < 3 {
		t.Errorf("%d phones", len(p))
	}
	secret := strings.TrimSpace(told[0][strings.LastIndex(told[0], " "):])
	if b, _ := os.ReadFile(filepath.Join(dir, "demo-secrets.conf")); !strings.Contains(string(b), "[6001](+)\nsecret="+secret+"\n") {
		t.Errorf("%s, %q", b, secret)
	}
	if err := Init(dir, "", func(string) {}); err == nil || !strings.Contains(err.Error(), "is there already") {
		t.Errorf("%v", err)
	}
	if err := Init(filepath.Join(t.TempDir(), "x"), "everywhere", func(string) {}); err == nil {
		t.Error("an address that is none")
	}
}

// A folder in which no file of a configuration lies is none.
func TestBareFolder(t *testing.T) {
	dir := t.TempDir()
	if !bare(filepath.Join(dir, "not there")) || !bare(dir) {
		t.Error("a folder that is not there, or empty, is taken for a configuration")
	}
	if err := os.Mkdir(filepath.Join(dir, "keys"), 0o755); err != nil || !bare(dir) {
		t.Error("a folder of keys is taken for a configuration", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "sip.conf"), nil, 0o600); err != nil || bare(dir) {
		t.Error("a folder with a sip.conf is passed over", err)
	}
}
