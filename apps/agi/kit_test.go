package agi

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"obelisk/dialplan"
	"obelisk/dialplan/app"
	"obelisk/dialplan/fn"
	"obelisk/internal/config"
	"obelisk/internal/store"
	"obelisk/internal/testkit/handset"
	"obelisk/internal/trace"
	"obelisk/manage/ami/wording"
	"obelisk/media"
	"obelisk/pbx"
	"obelisk/pbx/event"
	"obelisk/pbx/prompt"
	"obelisk/sounds"

	"github.com/rs/zerolog"
)

// phone is a leg on which a test presses keys.
type phone struct{ *handset.Handset }

func (phone) Call(pbx.CallInfo)      {}
func (p phone) SendText(text string) { p.Note("text:" + text) }

func (p phone) press(keys string) {
	for _, k := range []byte(keys) {
		p.Channel().Post(pbx.Event{Kind: pbx.EventDigit, Digit: k})
	}
}

// world is a switchboard with programs.
type world struct {
	t    *testing.T
	m    *Module
	core *pbx.Core
	eng  *media.Engine
	dir  string // of programs

	mu     sync.Mutex // guards all below
	log    strings.Builder
	news   []string // of the class agi: name and fields
	dialed []string
}

// Write is the log.
func (w *world) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.log.Write(b)
}

func (w *world) logged() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.log.String()
}

// told is what programs were told, and forgets it.
func (w *world) told() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := w.news
	w.news = nil
	return out
}

// calls are the addresses of servers that were called.
func (w *world) calls() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.dialed)
}

// newWorld is one whose extensions are those of the context in. There is no network: servers are
// serve's.
func newWorld(t *testing.T, plan string) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir()}
	engine, err := media.New(
		media.Config{Listen: func(netip.AddrPort) (net.PacketConn, error) { return nil, errors.New("there is no network") }})
	if err != nil {
		t.Fatal(err)
	}
	w.eng = engine
	w.core = pbx.NewCore(pbx.Config{Log: zerolog.New(w), Book: trace.NewBook(10)})
	lib := &sounds.Library{Dirs: []string{w.dir}, Extensions: prompts(t, w.dir)}
	db := store.Memory()
	app.Register(w.core, lib)
	fn.Register(w.core)
	fn.Database(w.core, db)
	w.m = New(House{Dirs: config.Directories{AGI: w.dir, Etc: "/etc/obelisk"}, DB: db, Prompts: &prompt.Player{Lib: lib}, Version: "20.1.2"})
	w.m.net = network{lookup: func(_ context.Context, host string) ([]string, error) {
		if host == "nowhere" {
			return nil, errors.New("no such host")
		}
		return []string{host}, nil
	}}
	w.m.Furnish(w.core)
	file, err := config.Load(config.FS{FS: fstest.MapFS{"x": {Data: []byte("[in]\n" + plan)}}}, "x", config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	compiled, problems := dialplan.Compile(file, nil)
	for _, p := range problems {
		t.Fatal(p)
	}
	w.core.SetPlan(compiled)
	w.core.Listen(func(e event.Event) {
		n := wording.Event(e)
		if n.Class != "agi" {
			return
		}
		text := n.Name
		for _, f := range n.Fields {
			if f.Name != "CommandId" || n.Name == "AsyncAGIExec" {
				text += "|" + f.Name + "=" + f.Value
			}
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		w.news = append(w.news, text)
	})
	return w
}

// prompts makes second, a file of one second, and says what files end with.
func prompts(t *testing.T, dir string) []string {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, "second.sln"), make([]byte, 16000), 0o644); err != nil {
		t.Fatal(err)
	}
	return []string{".sln"}
}

// inBubble runs f in virtual time; no channel is left afterwards.
func inBubble(t *testing.T, plan string, f func(*world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, plan)
		defer w.eng.Close()
		f(w)
		w.core.HangupAll(pbx.CauseNormal)
		time.Sleep(time.Hour)
		for _, c := range w.core.Channels() {
			t.Errorf("%s is left", c.Name())
		}
		if n := len(w.m.running()); n > 0 {
			t.Errorf("%d sessions are left", n)
		}
	})
}

// call is a call to an extension.
func (w *world) call(exten string) (phone, *pbx.Channel) {
	w.t.Helper()
	p := phone{handset.New(w.eng, "desk")}
	c, err := w.core.Incoming(pbx.NewCall{Tech: "Phone", Leg: p, Context: "in", Exten: exten, CallerID: pbx.CallerID{Num: "101", Name: "Ann"},
		DNID: exten, Trace: w.core.Book().Open()})
	if err != nil {
		w.t.Fatal(err)
	}
	return p, c
}

// server is a FastAGI server that a test plays.
type server struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
	env  string
}

// serve has servers for all addresses, one after the other.
func (w *world) serve() (next func() *server) {
	conns := make(chan net.Conn, 100)
	w.m.net.dial = func(_ context.Context, _, address string) (net.Conn, error) {
		near, far := net.Pipe()
		w.mu.Lock()
		w.dialed = append(w.dialed, address)
		w.mu.Unlock()
		conns <- far
		return near, nil
	}
	return func() *server {
		s := &server{t: w.t, conn: <-conns}
		s.in = bufio.NewReader(s.conn)
		for {
			line, err := s.in.ReadString('\n')
			if err != nil {
				w.t.Fatal(err)
			}
			if line == "\n" {
				return s
			}
			s.env += line
		}
	}
}

// line is what the server is told next, "(end)" at the end.
func (s *server) line() string {
	line, err := s.in.ReadString('\n')
	if err != nil {
		return line + "(end)"
	}
	return strings.TrimSuffix(line, "\n")
}

func (s *server) say(text string) { io.WriteString(s.conn, text) }

// ask says a command and returns the first line of the answer; behind it, with blanks between,
// the others of an answer of several.
func (s *server) ask(command string) string {
	s.say(command + "\n")
	out := s.line()
	for last := out; strings.HasPrefix(last, "100") || strings.HasPrefix(out, "520-") && !strings.HasPrefix(last, "520 ") &&
		!strings.HasSuffix(last, "(end)"); {
		last = s.line()
		if strings.HasPrefix(out, "100") {
			out += " " + last
		}
	}
	return out
}

// rows are commands and their answers; a star at the end of one is whatever follows.
func (s *server) rows(rows ...[2]string) {
	s.t.Helper()
	for _, r := range rows {
		begin, any := strings.CutSuffix(r[1], "*")
		if got := s.ask(r[0]); got != r[1] && !(any && strings.HasPrefix(got, begin)) {
			s.t.Errorf("%s is answered %q, want %q", r[0], got, r[1])
		}
	}
}

// statusOf is AGISTATUS once the program has ended.
func statusOf(c *pbx.Channel) string {
	time.Sleep(time.Second)
	v, _ := c.Var("AGISTATUS")
	return v
}
