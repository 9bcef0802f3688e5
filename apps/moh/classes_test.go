package moh

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"obelisk/internal/store/realtime"
	"obelisk/media/soundfile"
	"obelisk/sounds"
)

// folder is one with files of a level each, of 100 samples at 8 kHz.
func folder(t *testing.T, files map[string]int16) string {
	t.Helper()
	dir := t.TempDir()
	for name, level := range files {
		var b []byte
		for range 100 {
			b = binary.LittleEndian.AppendUint16(b, uint16(level))
		}
		if err := os.WriteFile(filepath.Join(dir, name+".sln"), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func moduleOf(t *testing.T, conf string, tables Tables) *Module {
	t.Helper()
	m := New(Config{Lib: &sounds.Library{Extensions: soundfile.Extensions}, Tables: tables})
	next, _ := m.Prepare(texts{"musiconhold.conf": conf})
	next.Commit()
	t.Cleanup(m.Close)
	return m
}

// levels are what a class plays, one for each half of a file.
func levels(t *testing.T, m *Module, class string, n int, resume ...int) (out []int16) {
	t.Helper()
	src, _, err := m.box.Open(class)
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		if r, ok := src.(interface{ Resumes() }); ok && (i == 0 || slices.Contains(resume, i)) {
			r.Resumes()
		}
		frame := make([]int16, 50)
		for range 100 { // the next file may still be read
			if src.Frame(frame); frame[49] != 0 {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		out = append(out, frame[49])
	}
	return out
}

// Files in their order, the last one again and again, a playlist, and an announcement before each.
func TestOrder(t *testing.T) {
	dir := folder(t, map[string]int16{"a": 1, "b": 2, "c": 3, "said": 9})
	os.Mkdir(filepath.Join(dir, "abc"), 0o755)
	for _, name := range []string{"a", "b", "c"} {
		os.Rename(filepath.Join(dir, name+".sln"), filepath.Join(dir, "abc", name+".sln"))
	}
	conf := "[files]\nmode=files\ndirectory=" + dir + "/abc\nsort=alpha\n[last]\nmode=files\ndirectory=" + dir + "/abc\nloop_last=yes\n" +
		"[list]\nmode=playlist\nentry=" + dir + "/abc/c.sln\nentry=" + dir + "/abc/a\n" +
		"[said]\nmode=playlist\nentry=" + dir + "/abc/b\nannouncement=" + dir + "/said\n"
	m := moduleOf(t, conf, nil)
	for class, want := range map[string][]int16{"files": {1, 1, 2, 2, 3, 3, 1, 1}, "last": {1, 1, 2, 2, 3, 3, 3, 3}, "list": {3, 3, 1, 1, 3},
		"said": {9, 9, 2, 2, 9, 9, 2}} {
		if got := levels(t, m, class, len(want)); !slices.Equal(got, want) {
			t.Errorf("%s: %v, not %v", class, got, want)
		}
	}
	if got := levels(t, m, "said", 6, 3); !slices.Equal(got, []int16{9, 9, 2, 9, 9, 2}) {
		t.Errorf("heard again: %v", got)
	}
}

// A file that cannot be read is left out, wherever it is; a class without any other is the default one.
func TestFilesThatCannotBeRead(t *testing.T) {
	dir := folder(t, map[string]int16{"a": 1, "b": 2, "z": 7})
	conf := "[default]\nmode=playlist\nentry=" + dir + "/z\n[first]\nmode=playlist\nentry=" + dir + "/none\nentry=" + dir + "/a\nentry=" +
		dir + "/b\n[later]\nmode=playlist\nentry=" + dir + "/a\nentry=" + dir + "/none\nentry=" + dir + "/nor\nentry=" + dir + "/b\n" +
		"[all]\nmode=playlist\nentry=" + dir + "/none\nentry=" + dir + "/nor\n"
	m := moduleOf(t, conf, nil)
	for class, want := range map[string][]int16{"first": {1, 1, 2, 2, 1, 1}, "later": {1, 1, 2, 2, 1, 1, 2}, "all": {7, 7, 7}} {
		if got := levels(t, m, class, len(want)); !slices.Equal(got, want) {
			t.Errorf("%s: %v, not %v", class, got, want)
		}
	}
	m = moduleOf(t, "[default]\nmode=playlist\nentry="+dir+"/none\n", nil)
	if _, played, err := m.box.Open("default"); err != nil || played != "default" {
		t.Errorf("a default class that cannot be read: %q, %v", played, err)
	}
}

// What is wrong in the file is said with its line, and a class that has nothing is not there.
func TestFindings(t *testing.T) {
	m := New(Config{Lib: &sounds.Library{Extensions: soundfile.Extensions}})
	_, diags := m.Prepare(texts{"musiconhold.conf": "[general]\npreferchannelclas=no\n[a]\nmode=radio\n[b]\nmode=custom\n[c]\n" +
		"mode=playlist\nentry=http://x/y\n[d]\nmode=files\ndirectory=/nowhere\ndigit=12\n[e]\nmode=custom\napplication=/nowhere/player\n" +
		"format=flac\n"})
	var got []string
	for _, d := range diags {
		got = append(got, d.Text)
	}
	all := strings.Join(got, "\n")
	for _, want := range []string{"unknown option 'preferchannelclas'", "'radio' is not a valid value of 'mode'",
		"mode 'custom' needs an application", "'http://x/y' is not a valid value of 'entry'", "the playlist has no entry",
		"the class default is played: open /nowhere", "'12' is not a valid value of 'digit'", "stat /nowhere/player",
		"'flac' is not a valid value of 'format'"} {
		if !strings.Contains(all, want) {
			t.Errorf("not said: %s\n%s", want, all)
		}
	}
}

// Which class is heard of a channel's own and a suggested one, and which key leads to which.
func TestChoice(t *testing.T) {
	dir := folder(t, map[string]int16{"a": 1})
	files := "mode=files\ndirectory=" + dir + "\n"
	m := moduleOf(t, "[x]\n"+files+"digit=5\nansweredonly=yes\n", nil)
	if m.box.Choose("own", "said") != "own" || m.box.Choose("", "said") != "said" || m.box.keyed('5') != "x" || m.box.keyed('6') != "" ||
		!m.box.Answered("x") || m.box.Answered("default") {
		t.Error("without preferchannelclass")
	}
	m = moduleOf(t, "[general]\npreferchannelclass=no\n", nil)
	if m.box.Choose("own", "said") != "said" || m.box.Choose("own", "") != "own" {
		t.Error("with preferchannelclass=no")
	}
}

// A program's output is heard by all who listen, and the program ends when its class does.
func TestProgram(t *testing.T) {
	if _, err := os.Stat("/usr/bin/yes"); err != nil {
		t.Skip("there is no /usr/bin/yes")
	}
	m := moduleOf(t, "[radio]\nmode=custom\napplication=/usr/bin/yes x\n", nil)
	c := m.box.find("radio")
	if c.program == nil {
		t.Fatal("it is no program")
	}
	a, b := c.program.listen(), c.program.listen()
	const level = 0x0a78 // of "x\n"
	for _, l := range []*listener{a, b} {
		frame := make([]int16, 160)
		for range 500 {
			if l.Frame(frame); frame[159] != 0 {
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
		if frame[159] != level {
			t.Errorf("heard: %d", frame[159])
		}
	}
	next, _ := m.Prepare(texts{"musiconhold.conf": "[radio]\nmode=custom\napplication=/usr/bin/yes x\n"})
	if got := next.Changes(); len(got) > 0 {
		t.Errorf("changes: %v", got)
	}
	next.Commit()
	if m.box.find("radio").program != c.program {
		t.Error("a reload begins it anew")
	}
	next, _ = m.Prepare(texts{})
	next.Commit()
	for range 500 {
		c.program.mu.Lock()
		running := c.program.running
		c.program.mu.Unlock()
		if !running {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Error("it runs still")
}

// memoryTables are tables in memory.
type memoryTables struct {
	rows    map[string][]realtime.Row
	asked   int
	failing bool
}

func (m *memoryTables) Has(family string) bool { return m.rows[family] != nil }

func (m *memoryTables) LoadAll(family string, where ...realtime.Condition) (out []realtime.Row, err error) {
	for _, r := range m.rows[family] {
		if r.Get(where[0].Field) == where[0].Value {
			out = append(out, r)
		}
	}
	return out, nil
}

func (m *memoryTables) Load(family string, where ...realtime.Condition) (realtime.Row, bool, error) {
	if m.asked++; m.failing {
		return nil, false, errors.New("away")
	}
	list, _ := m.LoadAll(family, where...)
	if len(list) == 0 {
		return nil, false, nil
	}
	return list[0], true, nil
}

// Classes of a table: of files and of entries in their order; a name is asked for once in a while only.
func TestTable(t *testing.T) {
	dir := folder(t, map[string]int16{"a": 1, "b": 2})
	row := func(pairs ...string) (r realtime.Row) {
		for i := 0; i < len(pairs); i += 2 {
			r = append(r, realtime.Field{Name: pairs[i], Value: pairs[i+1]})
		}
		return r
	}
	tables := &memoryTables{rows: map[string][]realtime.Row{
		classTable: {row("name", "stored", "mode", "files", "directory", dir, "sort", "alpha", "format", ""),
			row("name", "listed", "mode", "playlist")},
		entryTable: {row("name", "listed", "position", "2", "entry", dir+"/a"), row("name", "listed", "position", "1", "entry", dir+"/b")}}}
	m := moduleOf(t, "", tables)
	if got := levels(t, m, "stored", 4); !slices.Equal(got, []int16{1, 1, 2, 2}) {
		t.Errorf("files: %v", got)
	}
	if got := levels(t, m, "listed", 4); !slices.Equal(got, []int16{2, 2, 1, 1}) {
		t.Errorf("entries: %v", got)
	}
	asked := tables.asked
	for range 10 {
		m.box.find("stored")
		m.box.find("nobody")
	}
	if tables.asked != asked+1 {
		t.Errorf("asked %d times", tables.asked-asked)
	}
	m.box.rows.memo["stored"] = remembered{m.box.find("stored"), time.Time{}}
	if was := m.box.rows.memo["stored"].class; m.box.find("stored") != was {
		t.Error("a class that is as it was is made anew")
	}
	kept := tables.rows[classTable]
	for name := range m.box.rows.memo { // a second later
		m.box.rows.memo[name] = remembered{m.box.rows.memo[name].class, time.Time{}}
	}
	tables.rows[classTable] = []realtime.Row{row("name", "stored", "mode", "files", "directory", folder(t, map[string]int16{"c": 3}))}
	if got := levels(t, m, "stored", 2); !slices.Equal(got, []int16{3, 3}) {
		t.Errorf("a row that was changed: %v", got)
	}
	tables.rows[classTable] = kept[1:]
	m.box.rows.memo["stored"] = remembered{m.box.rows.memo["stored"].class, time.Time{}}
	if c := m.box.rows.find("stored", true); c == nil {
		t.Error("cachertclasses does not keep a class")
	}
	if c := m.box.rows.find("stored", false); c != nil {
		t.Errorf("a row that is gone: %v", c.Name)
	}
	tables.rows[classTable] = kept
	delete(m.box.rows.memo, "stored")
	m.box.find("stored")
	tables.failing = true
	m.box.rows.memo["stored"] = remembered{m.box.rows.memo["stored"].class, time.Time{}}
	if m.box.find("stored").Name != "stored" {
		t.Error("a database that is away takes its classes along")
	}
}
