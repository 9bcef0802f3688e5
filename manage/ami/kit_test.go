package ami

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
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
	"obelisk/internal/auth"
	"obelisk/internal/config"
	"obelisk/internal/store"
	"obelisk/internal/testkit/handset"
	"obelisk/internal/trace"
	"obelisk/media"
	"obelisk/pbx"
	"obelisk/sounds"

	"github.com/rs/zerolog"
)

const users = `[general]
enabled=no
channelvars=MARK
[admin]
secret=secret
read=all
write=all
setvar=FROM=admin
[low]
secret=low
read=call,user
write=originate,call,reporting,config
eventfilter=!Event: Newexten
[deaf]
secret=deaf
write=system
[once]
secret=once
read=system
allowmultiplelogin=no
[far]
secret=far
deny=0.0.0.0/0
[none]
`

const plan = `[in]
exten => wait,1,Answer()
same => n,Wait(300)
exten => ring,1,Ringing()
same => n,Wait(300)
exten => both,1,Dial(Phone/busy&Phone/desk,20)
exten => sent,1(here),Wait(300)
exten => told,1,UserEvent(Told,A: 1)
exten => 10,hint,Custom:door
exten => failed,1,NoOp(${REASON})
include => more
ignorepat => 9
[more]
exten => _X.,1,NoOp(x)
`

// world is a manager interface with all that it is about.
type world struct {
	t      *testing.T
	core   *pbx.Core
	srv    *Server
	sys    *system
	sip    *sip
	db     *store.DB
	media  *media.Engine
	safety []string // security events
	mu     sync.Mutex
}

// inWorld runs f in a bubble of virtual time; no channel may be left afterwards.
func inWorld(t *testing.T, f func(*world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		nowhere := func(netip.AddrPort) (net.PacketConn, error) { return nil, errors.New("there is no network") }
		engine, err := media.New(media.Config{Listen: nowhere})
		if err != nil {
			t.Fatal(err)
		}
		defer engine.Close()
		w := &world{t: t, sys: &system{}, sip: &sip{}, db: store.Memory(), media: engine}
		w.core = pbx.NewCore(pbx.Config{Log: zerolog.Nop(), Book: trace.NewBook(100), SystemName: "box", MaxCalls: 100})
		app.Register(w.core, &sounds.Library{})
		fn.Register(w.core)
		fn.Database(w.core, w.db)
		fn.Devices(w.core, w.db)
		fn.Presences(w.core, w.db)
		w.core.RegisterTech(phones{w})
		w.core.SetPlan(compiled(t, plan))
		conf, problems := ReadConfig(parsed(t, users), map[string]auth.ACL{})
		if len(problems) != 1 { // none has no secret
			t.Fatal(problems)
		}
		w.srv = New(Rooms{Core: w.core, System: w.sys, DB: base{w.db}, SIP: w.sip, Log: zerolog.Nop(), Modules: []pbx.Module{lamps{}},
			Security: func(text string) {
				w.mu.Lock()
				defer w.mu.Unlock()
				w.safety = append(w.safety, text)
			}}, conf)
		f(w)
		w.srv.Close()
		w.core.HangupAll(pbx.CauseNormal)
		time.Sleep(time.Minute)
		for _, c := range w.core.Channels() {
			t.Errorf("%s is left", c.Name())
		}
	})
}

// parsed reads a configuration.
func parsed(t *testing.T, text string) *config.File {
	t.Helper()
	f, err := config.Load(config.FS{FS: fstest.MapFS{"x.conf": {Data: []byte(text)}}}, "x.conf", config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func compiled(t *testing.T, text string) *dialplan.Plan {
	t.Helper()
	p, problems := dialplan.Compile(parsed(t, text), nil)
	for _, problem := range problems {
		t.Fatal(problem)
	}
	return p
}

// program is a client: what it is sent comes as text.
type program struct {
	t    *testing.T
	conn net.Conn
	text chan string
}

// connected is one that has connected, and has been greeted.
func (w *world) connected() *program {
	near, far := net.Pipe()
	go w.srv.Serve(from{near})
	p := &program{w.t, far, make(chan string, 1000)}
	go func() {
		defer close(p.text)
		b := make([]byte, 64<<10)
		for {
			n, err := far.Read(b)
			if err != nil {
				return
			}
			p.text <- string(b[:n])
		}
	}()
	if got := p.read(time.Millisecond); got != "Asterisk Call Manager/9.0.0\r\n" {
		w.t.Fatalf("greeted with %q", got)
	}
	return p
}

// from is a connection of one address.
type from struct{ net.Conn }

func (from) RemoteAddr() net.Addr {
	return net.TCPAddrFromAddrPort(netip.MustParseAddrPort("192.0.2.7:999"))
}

// loggedIn is one that hears of events, and has read what it is told at first.
func (w *world) loggedIn(user string) *program {
	p := w.connected()
	got := p.ask("Action: Login\nUsername: " + user + "\nSecret: " + w.srv.Config().Users[user].Secret)
	if !strings.Contains(got, "Authentication accepted") {
		w.t.Fatalf("login of %s: %q", user, got)
	}
	return p
}

// quiet is one that does not hear of events.
func (w *world) quiet(user string) *program {
	p := w.loggedIn(user)
	p.ask("Action: Events\nEventMask: off")
	return p
}

// read is all that comes within a time.
func (p *program) read(d time.Duration) string {
	var b strings.Builder
	for end := time.After(d); ; {
		select {
		case s, ok := <-p.text:
			if !ok {
				return b.String() + "(closed)"
			}
			b.WriteString(s)
		case <-end:
			return b.String()
		}
	}
}

// ask sends a request, whose lines end with "\n" here, and returns what comes at once.
func (p *program) ask(request string) string {
	io.WriteString(p.conn, strings.ReplaceAll(request, "\n", "\r\n")+"\r\n\r\n") // it may be closed already
	return p.read(50 * time.Millisecond)
}

// rows are requests without the word Action, and what is answered, both with "\n" at the ends of
// lines. An answer that ends with "..." is only the beginning of one.
func (p *program) rows(rows [][2]string) {
	p.t.Helper()
	for _, r := range rows {
		got := strings.ReplaceAll(p.ask("Action: "+r[0]), "\r\n", "\n")
		want, begins := strings.CutSuffix(r[1], "...")
		if begins && strings.HasPrefix(got, want) || !begins && got == want+"\n\n" {
			continue
		}
		p.t.Errorf("%s\n\nis answered\n\n%s\nwant\n\n%s", r[0], got, r[1])
	}
}

// refused are requests that are answered with an error.
func (p *program) refused(rows [][2]string) {
	p.t.Helper()
	for _, r := range rows {
		p.rows([][2]string{{r[0], "Response: Error\nMessage: " + r[1]}})
	}
}

// fields are the values of some headers of a text, in their order.
func fields(text string, names ...string) string {
	var out []string
	for _, l := range strings.Split(text, "\r\n") {
		if name, value, _ := strings.Cut(l, ": "); slices.Contains(names, name) {
			out = append(out, value)
		}
	}
	return strings.Join(out, " ")
}

// phone is a leg of no protocol.
type phone struct{ *handset.Handset }

// phones is their technology: "busy" is, others ring and answer after a second.
type phones struct{ w *world }

func (phones) Name() string { return "Phone" }

func (t phones) Request(r pbx.Request) (pbx.Leg, error) {
	if r.Resource == "none" {
		return nil, &pbx.RequestError{Cause: pbx.CauseAbsent, Why: "it is not there"}
	}
	return t.w.phone(r.Resource), nil
}

func (w *world) phone(name string) *phone {
	return &phone{handset.New(w.media, name)}
}

// calls has a phone call an extension.
func (w *world) calls(name, exten string) *pbx.Channel {
	n := pbx.NewCall{Tech: "Phone", Leg: w.phone(name), Context: "in", Exten: exten, CallerID: pbx.CallerID{Num: "7", Name: "Ann"},
		Trace: w.core.Book().Open()}
	ch, err := w.core.Incoming(n)
	if err != nil {
		w.t.Fatal(err)
	}
	time.Sleep(100 * time.Millisecond)
	return ch
}

func (p *phone) post(e pbx.Event) { p.Channel().Post(e) }

func (p *phone) Call(pbx.CallInfo) {
	switch p.Name {
	case "busy":
		p.post(pbx.Event{Kind: pbx.EventBusy, Cause: pbx.CauseBusy})
	case "dead":
		p.post(pbx.Event{Kind: pbx.EventHungUp, Cause: pbx.CauseNoResponse})
	default:
		p.post(pbx.Event{Kind: pbx.EventRinging})
		time.AfterFunc(time.Second, func() { p.post(pbx.Event{Kind: pbx.EventAnswered}) })
	}
}

func (p *phone) SendText(text string)  { p.Note(text) }
func (p *phone) Answer()               {}
func (p *phone) Codecs() []media.Codec { return []media.Codec{media.ULaw, media.ALaw} }

// base is the astdb as the interface sees it.
type base struct{ *store.DB }

func (b base) Rows(family string) (out [][2]string) {
	for _, e := range b.List(family) {
		out = append(out, [2]string{e.Key, e.Value})
	}
	return out
}

// system remembers what it was asked for.
type system struct{ asked []string }

func (s *system) note(format string, args ...any) {
	s.asked = append(s.asked, fmt.Sprintf(format, args...))
}

// said is what it was asked for since it was looked at last.
func (s *system) said() string {
	defer func() { s.asked = nil }()
	return strings.Join(s.asked, "; ")
}

func (s *system) Version() string          { return "20.20.1" }
func (s *system) LastReload() time.Time    { return time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) }
func (s *system) Records() bool            { return true }
func (s *system) Web() bool                { return false }
func (s *system) Realtime() bool           { return false }
func (s *system) Options() (float64, bool) { return 2.5, true }

func (s *system) ReloadPart(part string) (known bool, err error) {
	s.note("reload %s", part)
	if part == "broken" {
		err = errors.New("x.conf:1: no")
	}
	return part != "nope", err
}

func (s *system) Command(w io.Writer, line string) bool {
	fmt.Fprintf(w, "did %s\nand more\n", line)
	return line != "fail"
}

func (s *system) CommandNeeds(line string) (lists []string, possible bool) {
	if line == "core stop now" {
		return []string{"system"}, true
	}
	return nil, line != "!sh"
}

func (s *system) RotateLogs() error {
	s.note("rotate")
	return nil
}

func (s *system) ConfigFile(name string) ([]ConfigSection, error) {
	if name != "x.conf" && name != "sip.conf" {
		return nil, errors.New("not there")
	}
	return []ConfigSection{{Name: "general", Lines: [][2]string{
		{"a", "1"}, {"b", "2"}}}, {Name: "tpl", Template: true},
		{Name: "peer", Bases: []string{"tpl", "other"}, Lines: [][2]string{{"a", "3"}}},
	}, nil
}

func (s *system) CreateConfig(name string) error {
	s.note("create %s", name)
	if name == "bad.conf" {
		return errors.New("it cannot be written")
	}
	return nil
}

func (s *system) UpdateConfig(from, to string, edits []config.Edit, keep bool) error {
	s.note("update %s %s %+v", from, to, edits)
	if keep {
		s.note("keep")
	}
	if to == "bad.conf" {
		return errors.New("it cannot be written")
	}
	return nil
}

// sip is a driver with two peers.
type sip struct{ asked []string }

func (s *sip) Users() []string { return []string{"dora"} }

func (s *sip) Peers() []SIPPeer {
	return []SIPPeer{{Name: "ann", Address: "192.0.2.1", Port: 5060, Status: "OK (7 ms)", State: "Reachable", Millis: 7, Dynamic: true,
		Force: true, Video: true, Description: "d", AccountCode: "a"},
		{Name: "bob", Status: "UNKNOWN", State: "Unknown", ACL: true, Realtime: true, AutoForce: true, AutoComedia: true, Comedia: true}}
}

func (s *sip) Details(name string) ([][2]string, bool) {
	return [][2]string{{"Channeltype", "SIP"}, {"ObjectName", name}}, name == "ann"
}

func (s *sip) Registrations() []SIPRegistration {
	return []SIPRegistration{{Host: "h", Port: 5060, User: "u", Domain: "d", DomainPort: 5061, Refresh: 105, State: "Registered",
		At: time.Unix(1000000000, 0)},
		{Host: "i", State: "Unregistered"}}
}

func (s *sip) Qualify(name string) bool {
	s.asked = append(s.asked, "qualify "+name)
	return name == "ann"
}

func (s *sip) NotifyWith(peer string, headers [][2]string) error {
	s.asked = append(s.asked, fmt.Sprint("notify ", peer, headers))
	if peer != "ann" {
		return errors.New("there is none")
	}
	return nil
}

func (s *sip) NotifyIn(callID string, headers [][2]string) bool {
	s.asked = append(s.asked, fmt.Sprint("notify in ", callID, headers))
	return callID == "known"
}
