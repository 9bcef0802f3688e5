package logs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"obelisk/internal/config"
	"obelisk/internal/trace"

	"github.com/rs/zerolog"
)

func read(t *testing.T, text string) Config {
	t.Helper()
	f, err := config.Load(config.FS{FS: fstest.MapFS{"logger.conf": {Data: []byte(text)}}}, "logger.conf", config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	c, diags := ReadConfig(f)
	if len(diags) > 0 {
		t.Error(diags)
	}
	return c
}

// A console is shown other levels than logger.conf says, and others are not.
func TestLevelsOfAConsole(t *testing.T) {
	l, err := Open(t.TempDir(), read(t, "[logfiles]\nconsole => notice,verbose\n"), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	log := zerolog.New(io.Discard).Hook(l.Hook("x"))
	var one, other string
	c := l.Listen(0, func(line *Line) { one += line.Text + " " })
	l.Listen(0, func(line *Line) { other += line.Text + " " })
	say := func() {
		log.Info().Msg("notice")
		log.Debug().Msg("debug")
		l.Security("security")
	}
	say()
	if c.SetLevel("NOTICE", false); l.Informed() {
		t.Error("nobody listens to security events")
	}
	c.SetLevel("DEBUG", true)
	if c.SetLevel("SECURITY", true); !l.Informed() {
		t.Error("somebody listens to security events")
	}
	say()
	if one != "notice debug security " || other != "notice notice " {
		t.Errorf("%q %q", one, other)
	}
}

// Lines of files and consoles are those of a running Asterisk 16.28, but for its time.
func TestLines(t *testing.T) {
	dir := t.TempDir()
	l, err := Open(dir, read(t, "[general]\ndateformat=%F\n[logfiles]\nfull => notice,warning,error,verbose(3),security\nroot => verbose\n"+
		"json => [json]notice\nconsole => notice,verbose\n"), 1)
	if err != nil {
		t.Fatal(err)
	}
	call := trace.NewBook(1).Open("x")
	log := zerolog.New(&bytes.Buffer{}).Hook(l.Hook("chan_sip.c"))
	var shown, own []string
	c := l.Listen(2, func(line *Line) { shown = append(shown, line.Console(false)) })
	l.ListenVerbose(1, func(line *Line) { own = append(own, line.Prefix()+line.Text) })
	log.Info().Ctx(call.Context()).Msg("hello")
	log.Warn().Ctx(call.ContextFrom("Ext. 600")).Msg("from the dialplan")
	log.Error().Msg("no call")
	for level := range 5 {
		l.Say(level, call.ID, "pbx.c", fmt.Sprint("at ", level))
	}
	l.Security("SecurityEvent=\"X\"")
	if l.Wants(4) || !l.Wants(3) {
		t.Error("levels that are wanted")
	}
	if was := c.SetVerbose(4); was != 2 || !l.Wants(4) {
		t.Error("a console that wants more")
	}
	l.Say(4, call.ID, "pbx.c", "after")
	c.Mute()
	l.Say(1, call.ID, "pbx.c", "muted")
	c.Close()
	if l.Wants(4) {
		t.Error("nobody listens to level 4 any more")
	}
	l.Close()
	file := func(name string) string {
		b, _ := os.ReadFile(filepath.Join(dir, name))
		s := strings.ReplaceAll(string(b), fmt.Sprintf("[%d]", os.Getpid()), "[1]")
		if i := strings.IndexByte(s, ']'); i > 0 {
			s = strings.ReplaceAll(s, s[:i+1], "[D]")
		}
		return s
	}
	want := `[D] NOTICE[1][C-00000001] chan_sip.c: hello
[D] WARNING[1][C-00000001] Ext. 600: from the dialplan
[D] ERROR[1] chan_sip.c: no call
[D] VERBOSE[1][C-00000001] pbx.c: at 0
[D] VERBOSE[1][C-00000001] pbx.c: at 1
[D] VERBOSE[1][C-00000001] pbx.c: at 2
[D] VERBOSE[1][C-00000001] pbx.c: at 3
[D] SECURITY[1] res_security_log.c: SecurityEvent="X"
[D] VERBOSE[1][C-00000001] pbx.c: muted
`
	if got := file("full"); got != want {
		t.Errorf("full:\n%s", got)
	}
	if got := file("root"); strings.Count(got, "\n") != 3 || strings.Contains(got, "at 2") {
		t.Errorf("verbose without a number is as the process was started with:\n%s", got)
	}
	var j struct{ Identifiers struct{ Callid string } }
	if b, _ := os.ReadFile(filepath.Join(dir, "json")); json.Unmarshal(b, &j) != nil || j.Identifiers.Callid != "[C-00000001]" {
		t.Errorf("json: %s", b)
	}
	shown[0] = shown[0][strings.Index(shown[0], "]")+2:]
	if got := strings.Join(shown, "|"); got != fmt.Sprintf("NOTICE[%d][C-00000001]: chan_sip.c: hello|at 0| at 1|  == at 2|       > after",
		os.Getpid()) {
		t.Errorf("console: %s", got)
	}
	if got := strings.Join(own, "|"); got != "at 0| at 1| muted" {
		t.Errorf("what goes to standard error: %s", got)
	}
}

// When a line was told stands in it by dateformat, in files, in JSON and on consoles; without one, and with
// several, as a running Asterisk 20.20.1 does it.
func TestDates(t *testing.T) {
	at := time.Date(2026, 12, 2, 6, 33, 36, 938_000_000, time.Local)
	for general, want := range map[string]string{
		"":                                "Dec  2 06:33:36",
		"dateformat=\n":                   "",
		"dateformat = %F %T.%3q\n":        "2026-12-02 06:33:36.938",
		"dateformat=%T.%q %6q %1q\n":      "06:33:36.938 938000 9",
		"dateformat=%F\ndateformat=%T\n":  "2026-12-02",
		"dateformat=hello\ndateformat=\n": "hello",
	} {
		dir := t.TempDir()
		l, err := Open(dir, read(t, "[general]\n"+general+"[logfiles]\nfull => notice\njson => [json]notice\nconsole => notice\n"), 0)
		if err != nil {
			t.Fatal(err)
		}
		var shown string
		l.Listen(0, func(line *Line) { shown = line.Console(false) })
		l.tell(&Line{When: at, Level: "NOTICE", Source: "x", Text: "y"})
		l.Close()
		full, _ := os.ReadFile(filepath.Join(dir, "full"))
		b, _ := os.ReadFile(filepath.Join(dir, "json"))
		var j struct{ Timestamp string }
		if err := json.Unmarshal(b, &j); err != nil || j.Timestamp != want {
			t.Errorf("%q: JSON: %v %q, want %q", general, err, j.Timestamp, want)
		}
		if begin := "[" + want + "] NOTICE["; !strings.HasPrefix(string(full), begin) || !strings.HasPrefix(shown, begin) {
			t.Errorf("%q: %s, console %s, want %s", general, full, shown, begin)
		}
	}
}

// The channels are listed as in Asterisk: the last of the file first, consoles among them.
func TestChannelsAreListed(t *testing.T) {
	dir := t.TempDir()
	for text, want := range map[string]string{
		"full => notice\nconsole => error,verbose\nbad => [json]error": "bad File json ERROR| Console default ERROR VERBOSE|full File default NOTICE",
		"console => notice\na => debug":                                "a File default DEBUG| Console default NOTICE",
		"a => debug\nconsole => warning":                               " Console default WARNING|a File default DEBUG",
		"a => debug":                                                   "a File default DEBUG",
	} {
		l, err := Open(dir, read(t, "[logfiles]\n"+text+"\n"), 0)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, c := range l.Channels() {
			got = append(got, strings.TrimRight(strings.Join([]string{strings.TrimPrefix(c.Name, dir+"/"), c.Type, c.Format, c.Levels}, " "), " "))
		}
		if s := strings.Join(got, "|"); s != want {
			t.Errorf("%q: %s, want %s", text, s, want)
		}
		l.Close()
	}
}

func TestColours(t *testing.T) {
	l := Line{Level: "VERBOSE", Verbose: 3, Text: `Executing [600@q:1] Answer("SIP/x", "a, (b) in new stack") in new stack`}
	want := "\x1b[1;30m    -- \x1b[0mExecuting [600@q:1] \x1b[1;36mAnswer\x1b[0m(\x1b[1;35m\"SIP/x\"\x1b[0m, \x1b[1;35m\"a, (b) in new " +
		"stack\"\x1b[0m) in new stack"
	if got := l.Console(true); got != want {
		t.Errorf("%q", got)
	}
}

// A logger.conf that is read anew goes over the one before; what cannot be opened changes
// nothing.
func TestApply(t *testing.T) {
	dir := t.TempDir()
	l, err := Open(dir, read(t, "[logfiles]\na => warning\nb => error\n"), 0)
	if err != nil {
		t.Fatal(err)
	}
	log := zerolog.New(&bytes.Buffer{}).Hook(l.Hook("x"))
	log.Warn().Msg("one")
	if err := l.Apply(read(t, "[logfiles]\n/nope/x => warning\n")); err == nil {
		t.Error("a folder that is not there")
	}
	log.Warn().Msg("two")
	if err := l.Apply(read(t, "[general]\nuse_callids=no\n[logfiles]\nc => warning\n")); err != nil {
		t.Error(err)
	}
	log.Warn().Ctx(trace.NewBook(1).Open("x").Context()).Msg("three")
	l.Close()
	a, _ := os.ReadFile(filepath.Join(dir, "a"))
	c, _ := os.ReadFile(filepath.Join(dir, "c"))
	if strings.Count(string(a), "\n") != 2 || strings.Count(string(c), "\n") != 1 || strings.Contains(string(c), "C-") {
		t.Errorf("a:\n%sc:\n%s", a, c)
	}
}

func BenchmarkSayNobodyListens(b *testing.B) {
	l, err := Open(b.TempDir(), Default(), 0)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if l.Wants(3) {
			b.Fatal("somebody does")
		}
	}
}

// Whatever a text holds, every line of the log is an entry or the rest of one.
func FuzzLine(f *testing.F) {
	f.Add("x\n[2026-01-01 08:00:00] NOTICE[1] chan_sip.c: Registration from 'a' failed")
	f.Add("Executing [1@a:1] Log(\"\x1b\", \"\r\n\") in new stack")
	f.Fuzz(func(t *testing.T, text string) {
		for _, level := range []string{"NOTICE", "VERBOSE"} {
			l := Line{Level: level, Source: "app_verbose.c", Text: text}
			for _, out := range []string{strings.TrimSuffix(string(l.plain()), "\n"), l.Console(false)} {
				for i, line := range strings.Split(out, "\n") {
					if i > 0 && !strings.HasPrefix(line, "      ") || strings.ContainsAny(line, "\r\x00\x1b\x7f") {
						t.Fatalf("%q", out)
					}
				}
			}
			if b := l.json(&Config{}); strings.Count(string(b), "\n") != 1 {
				t.Fatalf("%q", b)
			}
		}
	})
}

// What was added in operation goes again; what logger.conf names stays.
func TestAddedChannel(t *testing.T) {
	l, err := Open(t.TempDir(), read(t, "[logfiles]\nmessages => notice\n"), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if err := l.AddChannel("more", "warning"); err != nil {
		t.Fatal(err)
	}
	if err := l.AddChannel("../more", "warning"); err != ErrChannelName {
		t.Errorf("outside the folder: %v", err)
	}
	if l.DeleteAdded("messages") || !l.DeleteAdded("more") || l.DeleteAdded("more") || len(l.Channels()) != 1 {
		t.Errorf("left: %v", l.Channels())
	}
}
