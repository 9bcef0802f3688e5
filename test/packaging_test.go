package test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestUnitIsSound: systemd has nothing to say about the unit. test/install runs it.
func TestUnitIsSound(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("systemd is not installed")
	}
	text, err := os.ReadFile("../docs/packaging/obelisk.service")
	if err != nil {
		t.Fatal(err)
	}
	unit := filepath.Join(t.TempDir(), "obelisk.service")
	os.WriteFile(unit, []byte(strings.ReplaceAll(string(text), "/usr/sbin/obelisk", "/bin/true")), 0o644)
	if out, err := exec.Command(analyze, "verify", "--man=no", unit).CombinedOutput(); err != nil ||
		strings.Contains(string(out), "obelisk.service") {
		t.Errorf("%v %s", err, out)
	}
}

// TestScriptsOfPackages: a shell reads them all.
func TestScriptsOfPackages(t *testing.T) {
	for _, pattern := range []string{"../docs/packaging/*.sh", "../docs/packaging/deb/p*", "../docs/packaging/rpm/*", "install/*.sh",
		"newcomer/*.sh"} {
		files, _ := filepath.Glob(pattern)
		if len(files) == 0 {
			t.Errorf("nothing at %s", pattern)
		}
		for _, f := range files {
			shell := "sh"
			if text, _ := os.ReadFile(f); strings.HasPrefix(string(text), "#!/bin/bash") {
				shell = "bash"
			}
			if out, err := exec.Command(shell, "-n", f).CombinedOutput(); err != nil {
				t.Errorf("%v %s", err, out)
			}
		}
	}
}

// TestPackagesHaveWhatThePagesName: what the guide runs from the folder of the package's documents is put there.
func TestPackagesHaveWhatThePagesName(t *testing.T) {
	recipe, err := os.ReadFile("../docs/packaging/build.sh")
	if err != nil {
		t.Fatal(err)
	}
	pages, _ := filepath.Glob("../docs/guide/*.md")
	for _, page := range pages {
		text, _ := os.ReadFile(page)
		for _, m := range regexp.MustCompile(`/usr/share/doc/obelisk/([a-z.-]+)`).FindAllStringSubmatch(string(text), -1) {
			if !strings.Contains(string(recipe), "cp docs/packaging/"+m[1]+" ") {
				t.Errorf("%s names %s, which the packages do not have", filepath.Base(page), m[0])
			}
		}
	}
}
