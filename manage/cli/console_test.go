package cli

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"obelisk/internal/trace"
	"obelisk/pbx"

	"github.com/rs/zerolog"
)

// tower is a log that tests write.
type tower struct {
	mu   sync.Mutex
	show func(string)
	n    int
}

func (f *tower) Greeting() string { return "Connected" }
func (f *tower) Listen(verbose int, _ bool, show func(string)) Listening {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.show, f.n = show, verbose
	return f
}
func (f *tower) say(s string) {
	f.mu.Lock()
	show := f.show
	f.mu.Unlock()
	if show != nil {
		show(s)
	}
}
func (f *tower) Verbose() int         { return f.n }
func (f *tower) SetVerbose(n int) int { was := f.n; f.n = n; return was }
func (f *tower) Mute() bool           { return true }
func (f *tower) Close()               {}
func (f *tower) SetLevel(level string, on bool) {
	f.say(fmt.Sprintf("log %s %v", level, on))
}

// screen is where a client shows the log.
type screen struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}
func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func served(t *testing.T) (*Console, *Client, *tower) {
	t.Helper()
	c, f := New(make(chan struct{})), &tower{}
	c.SetFeed(f)
	c.Add(Command{Name: "long answer", Run: func(w io.Writer, args []string) bool {
		for i := range 2000 {
			fmt.Fprintln(w, "answer", i, strings.Repeat("x", 100))
		}
		return true
	}})
	dir, err := os.MkdirTemp("", "ctl")
	if err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	if err := c.Serve(dir, stop); err != nil {
		t.Fatal(err)
	}
	cl, err := Dial(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cl.Close(); close(stop); os.RemoveAll(dir) })
	return c, cl, f
}

// The log and the answers do not mix, however fast both come.
func TestLogBetweenAnswers(t *testing.T) {
	_, cl, f := served(t)
	var log screen
	if err := cl.Listen(&log, 3, false); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if ok, err := cl.Run("core set verbose 4", &out); !ok || err != nil || out.String() != "Console verbose was 3 and is now 4.\n" {
		t.Fatalf("%v %v %q", ok, err, out.String())
	}
	out.Reset()
	if ok, _ := cl.Run("logger set level debug on", &out); !ok || out.String() != "Logger status for 'DEBUG' has been set to 'on'.\n" {
		t.Errorf("%v %q", ok, out.String())
	}
	if ok, _ := cl.Run("logger set level foo on", io.Discard); ok {
		t.Error("a level that there is not")
	}
	over := make(chan bool)
	go func() {
		for i := range 500 {
			f.say(fmt.Sprint("log ", i))
			if i%50 == 0 {
				time.Sleep(time.Millisecond)
			}
		}
		close(over)
	}()
	for range 5 {
		out.Reset()
		if ok, err := cl.Run("long answer", &out); !ok || err != nil {
			t.Fatal(err)
		}
		if strings.Contains(out.String(), "log") || strings.Count(out.String(), "\n") != 2000 {
			t.Fatalf("an answer of %d lines", strings.Count(out.String(), "\n"))
		}
	}
	<-over
	for range 200 {
		if strings.Contains(log.String(), "log 499\n") {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if got := log.String(); !strings.HasPrefix(got, "Connected\nlog DEBUG true\nlog 0\nlog 1\n") || strings.Count(got, "\n") != 502 ||
		strings.Contains(got, "answer") {
		t.Errorf("%d lines of the log; %.100s", strings.Count(got, "\n"), got)
	}
	if ok, _ := cl.Run("no such", io.Discard); ok {
		t.Error("a command that is not there")
	}
}

// A client of one command is told while the answer comes, and hears no log.
func TestOneCommand(t *testing.T) {
	_, cl, f := served(t)
	f.say("nobody hears this")
	var out bytes.Buffer
	if ok, err := cl.Run("core set verbose off", &out); !ok || err != nil || out.String() != "Console verbose is still OFF.\n" {
		t.Errorf("%v %v %q", ok, err, out.String())
	}
	if ok, _ := cl.Run("no such", &out); ok {
		t.Error("a command that is not there")
	}
}

func TestComplete(t *testing.T) {
	c := New(nil)
	nothing := func(io.Writer, []string) bool { return true }
	c.Add(Command{"sip show peer", "", nothing}, Command{"sip show peers", "", nothing}, Command{"sip set debug", "", nothing})
	c.Completes("sip show peer", func(args []string) []string {
		if len(args) > 0 {
			return nil
		}
		return []string{"alice", "bob", "Bert"}
	})
	for _, row := range [][2]string{
		{"", "cli core help logger sip"}, {"si", "sip"}, {"sip ", "set show"}, {"sip sh", "show"}, {"sip show peer", "peer peers"},
		{"sip show peer ", "Bert alice bob"}, {"sip show peer b", "Bert bob"}, {"sip show peer alice ", ""}, {"sip x ", ""},
		{"sip show peer z", ""}, {"_", ""}, {"s sh", "show"},
	} {
		if got := strings.Join(c.complete(row[0]), " "); got != row[1] {
			t.Errorf("%q: %q, want %q", row[0], got, row[1])
		}
	}
}

// Rows of the sample cli_permissions.conf.
func TestPermissions(t *testing.T) {
	c := New(nil)
	c.SetAliases([][2]string{{"peers", "sip show peers"}})
	c.SetPermissions(Permissions{Users: map[string][]PermitOne{
		"eliel": {{false, "all"}, {true, "sip show peer"}, {false, "sip show peers"}, {true, "core set"}},
		"@adm":  {{false, "all"}, {true, "sip"}, {true, "core show application D*"}},
		"mark":  {{false, "all"}, {true, "all"}},
		"zoe":   {{false, "all"}, {true, "channel originate SIP/[0-9]* extension *"}},
	}})
	for _, row := range []struct {
		user, groups, line string
		want               bool
	}{
		{"eliel", "", "sip show peer x", true}, {"eliel", "", "sip show peers", false}, {"eliel", "", "peers", false},
		{"eliel", "", "core set verbose 3", true}, {"eliel", "", "core show channels", false}, {"eliel", "", "_complete sip show peer ", true},
		{"eliel", "", "_complete database ", false}, {"ann", "adm", "sip  reload", true}, {"ann", "adm", "dialplan reload", false},
		{"ann", "adm", "core show application Dial", true}, {"ann", "adm", "core show application NoOp", false},
		{"mark", "adm", "core stop now", true}, {"other", "", "core stop now", true}, {"zoe", "", "channel originate SIP/100 extension 1@a",
			true}, {"zoe", "", "channel originate SIP/x extension 1@a", false}, {"zoe", "", "channel originate SIP/100 application System", false},
	} {
		if got := c.Allows(row.user, strings.Fields(row.groups), row.line); got != row.want {
			t.Errorf("%s (%s): %s: %v", row.user, row.groups, row.line, got)
		}
	}
	c.SetPermissions(Permissions{Deny: true})
	if c.Allows("other", nil, "core stop now") {
		t.Error("default_perm=deny")
	}
}

// The peer of a socket is who runs this test, and what he may not run is refused.
func TestPeerOfASocket(t *testing.T) {
	c, cl, _ := served(t)
	c.SetPermissions(Permissions{Deny: true})
	var out bytes.Buffer
	if ok, err := cl.Run("long answer", &out); ok || err != nil ||
		out.String() != "You don't have permissions to run 'long answer' command\n" {
		t.Errorf("%v %v %q", ok, err, out.String())
	}
}

// The history is Asterisk's file, and outlives the console.
func TestHistory(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	os.WriteFile(home+"/.asterisk_history", []byte("_HiStOrY_V2_\nsip\\040show\\040peers\n"), 0o600)
	h := openHistory()
	h.Add("core show channels")
	h.Add("core show channels")
	h.Add(" ")
	again := openHistory()
	var got []string
	for i := range again.Len() {
		got = append(got, again.At(i))
	}
	if !slices.Equal(got, []string{"core show channels", "sip show peers"}) {
		t.Errorf("%q", got)
	}
	b, _ := os.ReadFile(home + "/.asterisk_history")
	if string(b) != "_HiStOrY_V2_\nsip\\040show\\040peers\ncore\\040show\\040channels\n" {
		t.Errorf("%q", b)
	}
}

// Each command is in the table of rights, and nothing else is.
func TestEveryCommandHasARight(t *testing.T) {
	c := New(nil)
	c.AddCore(pbx.NewCore(pbx.Config{Log: zerolog.Nop(), Book: trace.NewBook(1)}), nil)
	c.AddHints(nil, nil, nil)
	c.AddDatabase(nil)
	c.AddManager(nil)
	c.AddSystem(nil)
	c.AddRealtime(nil)
	c.AddInside(nil, nil)
	c.AddSIP(nil)
	c.RereadsPermissions(nil)
	if list := c.unruled(); len(list) > 0 {
		t.Errorf("without a right: %q", list)
	}
	for name := range rights {
		if !slices.ContainsFunc(c.commands, func(k *Command) bool { return k.Name == name }) {
			t.Errorf("there is no command '%s'", name)
		}
	}
}

// A blank at the end of a line begins a new word, on the socket too.
func TestCompleteKeepsTheLastBlank(t *testing.T) {
	c := New(nil)
	c.Add(Command{Name: "sip show peer", Run: nil}, Command{Name: "sip showcase", Run: nil})
	for line, want := range map[string]string{"_complete sip show ": "peer\n", "_complete sip show": "show\nshowcase\n",
		"_complete": "cli\ncore\nhelp\nlogger\nsip\n", "_complete ": "cli\ncore\nhelp\nlogger\nsip\n"} {
		var b strings.Builder
		if !c.Run(&b, line) || b.String() != want {
			t.Errorf("%q: %q", line, b.String())
		}
	}
}
