package test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"obelisk/internal/boot"
	"obelisk/internal/check"
	"obelisk/internal/check/codes"
)

// TestCompatPageIsCurrent holds docs/compat.md against the tables in the code.
func TestCompatPageIsCurrent(t *testing.T) {
	want := boot.Compat()
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile("../docs/compat.md", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, _ := os.ReadFile("../docs/compat.md")
	if string(got) != want {
		t.Error("docs/compat.md is not what the code says; run make golden")
	}
}

// TestCheckPageIsCurrent holds docs/check-codes.md against the list in the code.
func TestCheckPageIsCurrent(t *testing.T) {
	want := codes.Page()
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile("../docs/check-codes.md", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, _ := os.ReadFile("../docs/check-codes.md"); string(got) != want {
		t.Error("docs/check-codes.md is not what the code says; run make golden")
	}
}

// TestSampleFilesPassCheck: the built-in configuration has nothing to report.
func TestSampleFilesPassCheck(t *testing.T) {
	dir := t.TempDir()
	files, _ := filepath.Glob("../etc/*.conf")
	if len(files) < 4 {
		t.Fatalf("only %d sample files", len(files))
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		os.WriteFile(filepath.Join(dir, filepath.Base(f)), b, 0o644)
	}
	os.WriteFile(filepath.Join(dir, "asterisk.conf"), nil, 0o644)
	list, err := check.Run(dir, dir)
	if err != nil || check.Status(list, true) != 0 {
		t.Errorf("%v %v", err, list)
	}
}

// TestMakeTargetsOfTheDocsExist: every "make x" that a page names is a target.
func TestMakeTargetsOfTheDocsExist(t *testing.T) {
	makefile, err := os.ReadFile("../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range []string{"../README.md", "../CONTRIBUTING.md", "../docs/performance.md"} {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile("(?m)(?:^|`)make ([a-z-]+)(?: ([a-z-]+))?").FindAllStringSubmatch(string(text), -1) {
			for _, target := range m[1:] {
				if target != "" && !strings.Contains(string(makefile), "\n"+target+":") {
					t.Errorf("%s: make %s is no target", page, target)
				}
			}
		}
	}
}

// TestPagesAreFound: docs/README.md has a link to every page, and what the pages link to is there.
func TestPagesAreFound(t *testing.T) {
	index, err := os.ReadFile("../docs/README.md")
	if err != nil {
		t.Fatal(err)
	}
	pages, _ := filepath.Glob("../docs/*")
	for _, p := range pages {
		if name := filepath.Base(p); name != "README.md" && !strings.Contains(string(index), "("+name+")") {
			t.Errorf("docs/README.md has no link to %s", name)
		}
	}
	link, quoted := regexp.MustCompile(`\]\(([^)#:]+)(?:#[^)]*)?\)`), regexp.MustCompile("(?s)\n```.*?\n```|\n    [^\n]*")
	for _, pattern := range []string{"../*.md", "../docs/*.md", "../docs/guide/*.md", "../docs/decisions/*.md", "../apps/*/README.md"} {
		files, _ := filepath.Glob(pattern)
		for _, f := range files {
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range link.FindAllStringSubmatch(quoted.ReplaceAllString(string(text), ""), -1) {
				if _, err := os.Stat(filepath.Join(filepath.Dir(f), m[1])); err != nil {
					t.Errorf("%s: a link to %s, which is not there", f, m[1])
				}
			}
		}
	}
}

// TestEveryFeatureHasAReadme: a feature tells its readers what it is, in a screen.
func TestEveryFeatureHasAReadme(t *testing.T) {
	dirs, _ := filepath.Glob("../apps/*/")
	for _, dir := range dirs {
		text, err := os.ReadFile(filepath.Join(dir, "README.md"))
		if err != nil {
			t.Error(err)
		} else if n := strings.Count(string(text), "\n"); n > 45 {
			t.Errorf("%s: README.md has %d lines", dir, n)
		}
	}
}
