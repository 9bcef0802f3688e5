package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

// dump renders sections with positions, the form of testdata/good.golden.
func dump(f *File) string {
	var b strings.Builder
	for _, s := range f.Sections {
		fmt.Fprintf(&b, "[%s] %s template=%v\n", s.Name, s.Pos, s.Template)
		for _, v := range s.Vars {
			fmt.Fprintf(&b, "  %s %q = %q object=%v\n", v.Pos, v.Name, v.Value, v.Object)
		}
	}
	for _, d := range f.Diags {
		fmt.Fprintln(&b, strings.ReplaceAll(d.String(), "testdata/", ""))
	}
	return b.String()
}

func TestGoodFile(t *testing.T) {
	f, err := Load(Dir("testdata"), "good.conf", Options{})
	if err != nil {
		t.Fatal(err)
	}
	got, golden := dump(f), filepath.Join("testdata", "good.golden")
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, _ := os.ReadFile(golden)
	if got != string(want) {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestBadFiles(t *testing.T) {
	files, _ := filepath.Glob("testdata/bad/*.conf")
	if len(files) < 7 {
		t.Fatalf("only %d bad files found", len(files))
	}
	for _, p := range files {
		t.Run(filepath.Base(p), func(t *testing.T) {
			want, err := os.ReadFile(strings.TrimSuffix(p, ".conf") + ".txt")
			if err != nil {
				t.Fatal(err)
			}
			_, err = Load(Dir("testdata/bad"), filepath.Base(p), Options{})
			if err == nil || err.Error() != strings.TrimSpace(string(want)) {
				t.Errorf("got  %v\nwant %s", err, want)
			}
		})
	}
}

func load(t *testing.T, files map[string]string) (*File, error) {
	t.Helper()
	m := fstest.MapFS{}
	for name, text := range files {
		m[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return Load(FS{m}, "x.conf", Options{})
}

func TestMissingFileIsKnownAsSuch(t *testing.T) {
	_, err := load(t, nil)
	if !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("got %v", err)
	}
}

func TestErrorInIncludedFileEndsThatFileOnly(t *testing.T) {
	f, err := load(t, map[string]string{
		"x.conf": "[a]\n#include part.conf\nlast=1\n", "part.conf": "one=1\n[broken\ntwo=2\n",
	})
	if err != nil {
		t.Fatal(err)
	}
	s := f.Section("a")
	if s.Get("one") != "1" || s.Get("two") != "" || s.Get("last") != "1" {
		t.Errorf("vars: %+v", s.Vars)
	}
	if len(f.Diags) != 1 || f.Diags[0].Severity != Error || f.Diags[0].Pos.String() != "part.conf:2" {
		t.Errorf("diags: %v", f.Diags)
	}
}

func TestIncludeWildcardAndOrderAcrossKeys(t *testing.T) {
	f, err := load(t, map[string]string{
		"x.conf": "[a]\ndeny=1\n#include d/*.conf\ndeny=2\n", "d/2.conf": "permit=y\n", "d/1.conf": "permit=x\n",
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, v := range f.Section("a").Vars {
		got = append(got, v.Name+v.Value)
	}
	if s := strings.Join(got, " "); s != "deny1 permitx permity deny2" {
		t.Errorf("order: %s", s)
	}
}

func TestSecondGeneralIsIgnoredAndTemplateCopiesByValue(t *testing.T) {
	f, err := load(t, map[string]string{"x.conf": "[general]\na=1\n[general]\na=2\n[t](!)\nx=1\n[p](t)\n[t](+,!)\nx=2\n"})
	if err != nil {
		t.Fatal(err)
	}
	if f.Section("GENERAL").Get("A") != "1" || f.Section("p").Get("x") != "1" {
		t.Errorf("got %s", dump(f))
	}
}

func TestExecWhenAllowed(t *testing.T) {
	m := fstest.MapFS{"x.conf": {Data: []byte("[a]\n#exec make it\n")}}
	f, err := Load(FS{m}, "x.conf", Options{Exec: func(c string) ([]byte, error) { return []byte("k=" + c), nil }})
	if err != nil || f.Section("a").Get("k") != "make it" {
		t.Errorf("%v %v", f, err)
	}
}

func TestLongLineIsSkippedWithAWarning(t *testing.T) {
	f, err := load(t, map[string]string{"x.conf": "[a]\nk=" + strings.Repeat("x", maxLine) + "\nl=1\n"})
	if err != nil || len(f.Section("a").Vars) != 1 || len(f.Diags) != 1 {
		t.Errorf("%v %v", err, f)
	}
}

func TestAsteriskConf(t *testing.T) {
	_, err := load(t, map[string]string{"x.conf": "[directories](!)\nastrundir => /r\nfoo => 1\n[directories](+)\n[options]\nexecincludes=yes\nsystemname=pbx1\nmaxcalls = 7\n"})
	if err == nil {
		t.Fatal("a template is not visible to (+)")
	}
	f, err := load(t, map[string]string{"x.conf": "[directories](!)\nastrundir => /r\n[directories](directories)\nfoo => 1\n[options]\nexecincludes=yes\nsystemname=pbx1\nmaxcalls = 7\n"})
	if err != nil {
		t.Fatal(err)
	}
	a := ReadAsterisk(f)
	if a.Dirs.Run != "/r" || !a.ExecIncludes || a.SystemName != "pbx1" || a.MaxCalls != 7 || a.Dirs.Log != "/var/log/asterisk" || len(f.Diags) != 1 {
		t.Errorf("%+v %v", a, f.Diags)
	}
}

func TestNearest(t *testing.T) {
	known := []string{"qualify", "insecure", "secret", "host", "Dial"}
	for in, want := range map[string]string{"qualfy": "qualify", "sceret": "secret", "hots": "host", "xyz": "", "Dail": "Dial", "insecur": "insecure"} {
		if got := Nearest(in, known); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", in, got, want)
		}
	}
}

// FuzzLoad: no input crashes, and what was read keeps its lines in order.
func FuzzLoad(f *testing.F) {
	good, _ := os.ReadFile("testdata/good.conf")
	f.Add(good)
	f.Add([]byte("[a](!)\n;-- x\n--; b=`\"\"\"\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Load(FS{fstest.MapFS{"x.conf": {Data: data}}}, "x.conf", Options{})
		if err != nil {
			return
		}
		for _, s := range file.Sections {
			for _, v := range s.Vars {
				if v.Name == "" || v.Name != strings.TrimSpace(v.Name) || v.Pos.Line < 1 {
					t.Errorf("bad variable %+v", v)
				}
			}
		}
	})
}

func BenchmarkLoad50000Lines(b *testing.B) {
	var text strings.Builder
	text.WriteString("[perf]\n")
	for i := range 50000 {
		fmt.Fprintf(&text, "exten => 7%06d,1,NoOp(line %d)\n", i, i)
	}
	src := FS{fstest.MapFS{"x.conf": {Data: []byte(text.String())}}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Load(src, "x.conf", Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
