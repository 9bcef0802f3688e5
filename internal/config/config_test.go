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
	if len(files) < 6 {
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
	f, err := load(t, map[string]string{"x.conf": "[general]\na=1\n[general]\na=2\n[t](!)\nx=1\n[p](t)\n[q](t)\n[q](+,!)\nx=2\n"})
	if err != nil {
		t.Fatal(err)
	}
	if f.Section("GENERAL").Get("A") != "1" || f.Section("p").Get("x") != "1" {
		t.Errorf("got %s", dump(f))
	}
}

// Lines behind an include go on in the section of their own file; an included file begins
// in the section that was opened last, in whatever file.
func TestLinesBehindAnInclude(t *testing.T) {
	f, err := load(t, map[string]string{
		"x.conf": "[a]\none=1\n#include b.conf\ntwo=2\n#include c.conf\nthree=3\n", "b.conf": "in=a\n[b]\nx=1\n", "c.conf": "y=2\n",
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range f.Sections {
		for _, v := range s.Vars {
			got = append(got, s.Name+"."+v.Name)
		}
	}
	if s := strings.Join(got, " "); s != "a.one a.in a.two a.three b.x b.y" {
		t.Errorf("%s", s)
	}
}

// A file that includes itself is read ten times, as by Asterisk, and ends there; one that
// does so twice is not read a thousand times over.
func TestIncludeLoop(t *testing.T) {
	f, err := load(t, map[string]string{"x.conf": "[a]\none=1\n#include x.conf\n[b]\ntwo=2\n"})
	if err != nil || f.Section("b").Get("two") != "2" || len(f.Read) != maxDepth || len(f.Diags) != 1 || f.Diags[0].Severity != Error {
		t.Errorf("%v %s", err, dump(f))
	}
	if _, err = load(t, map[string]string{"x.conf": "[a]\n" + strings.Repeat("#include y.conf\n", 3),
		"y.conf": strings.Repeat("#include y.conf\n", 9)}); err == nil {
		t.Errorf("%v", err)
	}
}

// A no-break space is no blank: a line that begins with one is about another key.
func TestNoBreakSpace(t *testing.T) {
	f, err := load(t, map[string]string{"x.conf": "[a]\n\u00a0k=1\n \tl\t=\t2\u00a0\r\n"})
	if s := f.Section("a"); err != nil || s.Vars[0].Name != "\u00a0k" || s.Get("l") != "2\u00a0" {
		t.Errorf("%s", dump(f))
	}
}

// Modifiers belong to a header only right behind its name.
func TestBlankBeforeModifiers(t *testing.T) {
	f, err := load(t, map[string]string{"x.conf": "[t] (!)\na=1\n[p](t)\n[q] (t)\n"})
	if err != nil {
		t.Fatal(err)
	}
	if f.Section("t") == nil || f.Section("p").Get("a") != "1" || len(f.Section("q").Vars) != 0 || len(f.Diags) != 2 {
		t.Errorf("%s", dump(f))
	}
}

func TestAppendedText(t *testing.T) {
	f, err := load(t, map[string]string{"x.conf": "[a]\nk = one\nk += two\nk+=three  \nk +=   four\nl += new\n"})
	if err != nil {
		t.Fatal(err)
	}
	if s := f.Section("a"); s.Get("k") != "one twothree   four" || s.Get("l") != "new" {
		t.Errorf("%s", dump(f))
	}
}

// Nothing can be added to a template, and a wildcard that nothing fits is told of.
func TestIncludeOfNothingAndTemplateReopened(t *testing.T) {
	if _, err := load(t, map[string]string{"x.conf": "[t](!)\na=1\n[t](+)\nb=2\n"}); err == nil {
		t.Error("a template was reopened")
	}
	f, err := load(t, map[string]string{"x.conf": "[a]\n#include none/*.conf\n#tryinclude none/*.conf\nb=1\n"})
	if err != nil || f.Section("a").Get("b") != "1" || len(f.Diags) != 1 || f.Diags[0].Pos.Line != 2 {
		t.Errorf("%v %s", err, dump(f))
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
	_, err := load(t, map[string]string{"x.conf": "[directories](!)\nastrundir => /r\nfoo => 1\n[directories](+)\n[options]\n" +
		"execincludes=yes\nsystemname=pbx1\nmaxcalls = 7\n"})
	if err == nil {
		t.Fatal("a template is not visible to (+)")
	}
	f, err := load(t, map[string]string{"x.conf": "[directories](!)\nastrundir => /r\n[directories](directories)\nfoo => 1\n[options]\n" +
		"execincludes=yes\nsystemname=pbx1\nmaxcalls = 7\n"})
	if err != nil {
		t.Fatal(err)
	}
	a := ReadAsterisk(f)
	if a.Dirs.Run != "/r" || !a.ExecIncludes || a.SystemName != "pbx1" || a.MaxCalls != 7 || a.Dirs.Log != "/var/log/asterisk" ||
		len(f.Diags) != 1 {
		t.Errorf("%+v %v", a, f.Diags)
	}
}

func TestNearest(t *testing.T) {
	known := []string{"port", "qualify", "insecure", "secret", "host", "Dial"}
	for in, want := range map[string]string{"qualfy": "qualify", "sceret": "secret", "hots": "host", "xyz": "", "Dail": "Dial",
		"insecur": "insecure", "format": ""} {
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
