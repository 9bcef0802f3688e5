package pbx_test

import (
	"errors"
	"net"
	"net/netip"
	"sync"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"obelisk/channels/local"
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
	"obelisk/sounds"

	"github.com/rs/zerolog"
)

// board is a switchboard with applications, Local channels and phones without a protocol.
type board struct {
	t     *testing.T
	core  *pbx.Core
	media *media.Engine
	log   []string // of queues

	mu     sync.Mutex // guards all below
	phones map[string]*phone
	news   []pbx.News
}

// onBoard runs f in a bubble of virtual time with a dialplan; no channel may be left, each that
// was made known has ended once, and nothing has panicked.
func onBoard(t *testing.T, plan string, f func(*board)) {
	t.Helper()
	boardOf(t, plan, 5, f)
}

// boardOf is onBoard with a limit of calls.
func boardOf(t *testing.T, plan string, calls int, f func(*board)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		engine, err := media.New(media.Config{Listen: func(netip.AddrPort) (net.PacketConn, error) { return nil, errors.New("no network") }})
		if err != nil {
			t.Fatal(err)
		}
		defer engine.Close()
		b := &board{t: t, media: engine, phones: map[string]*phone{}}
		b.core = pbx.NewCore(pbx.Config{Log: zerolog.New(t.Output()).Level(zerolog.ErrorLevel), Book: trace.NewBook(100),
			QueueLog: func(line string) { b.log = append(b.log, line) }, MaxCalls: calls})
		app.Register(b.core, &sounds.Library{})
		fn.Register(b.core)
		fn.Devices(b.core, store.Memory())
		b.core.RegisterTech(local.New(b.core, engine))
		b.core.RegisterTech(phones{b})
		b.core.SetPlan(compiled(t, plan))
		defer b.core.Listen(b.hear)()
		f(b)
		b.core.HangupAll(pbx.CauseNormal)
		time.Sleep(2 * time.Minute)
		for _, c := range b.core.Channels() {
			t.Errorf("%s is left", c.Name())
		}
		for _, pair := range [][2]string{
			{"Newchannel", "Hangup"}, {"DialBegin", "DialEnd"}, {"BridgeEnter", "BridgeLeave"}, {"BridgeCreate", "BridgeDestroy"},
		} {
			if x, y := b.times(pair[0]), b.times(pair[1]); x != y {
				t.Errorf("%d %s, %d %s", x, pair[0], y, pair[1])
			}
		}
		if n := b.core.Panics(); n != 0 {
			t.Errorf("%d panics", n)
		}
	})
}

func compiled(t *testing.T, text string) *dialplan.Plan {
	t.Helper()
	file, err := config.Load(config.FS{FS: fstest.MapFS{"x": {Data: []byte(text)}}}, "x", config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	plan, problems := dialplan.Compile(file, nil)
	for _, p := range problems {
		t.Fatal(p)
	}
	return plan
}

func (b *board) hear(e event.Event) {
	n := wording.Event(e)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.news = append(b.news, n)
}

// times is how often something has happened.
func (b *board) times(name string) (n int) { return len(b.happened(name)) }

// happened are the news of a name.
func (b *board) happened(name string) (out []pbx.News) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, n := range b.news {
		if n.Name == name {
			out = append(out, n)
		}
	}
	return out
}

func (b *board) global(name string) string {
	v, _ := b.core.Global(name)
	return v
}

// phone is the one of that name that was made last.
func (b *board) phone(name string) *phone {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.phones[name]
}

func (b *board) leg(name string) *phone {
	p := &phone{handset.New(b.media, name)}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.phones[name] = p
	return p
}

// calls has a phone call an extension, and waits a moment.
func (b *board) calls(name, exten string) *phone {
	b.t.Helper()
	p := b.leg(name)
	n := pbx.NewCall{Tech: "Phone", Leg: p, Context: "in", Exten: exten, CallerID: pbx.CallerID{Num: name}, Language: "de",
		AccountCode: "acc", Trace: b.core.Book().Open()}
	if _, err := b.core.Incoming(n); err != nil {
		b.t.Fatal(err)
	}
	time.Sleep(time.Second)
	return p
}

// phones is the technology: a phone rings, and answers when the test says so.
type phones struct{ b *board }

func (phones) Name() string                             { return "Phone" }
func (t phones) Request(r pbx.Request) (pbx.Leg, error) { return t.b.leg(r.Resource), nil }

func (t phones) DeviceState(device string) pbx.DeviceState {
	if p := t.b.phone(device); p != nil && !p.Ended() {
		return pbx.DeviceInUse
	}
	return pbx.DeviceNotInUse
}

// phone is one of them in a call.
type phone struct{ *handset.Handset }

// heard is what the phone was told since it was asked last.
func (p *phone) heard() string {
	defer p.Forget()
	return p.Heard()
}

// does has the phone do something, and waits a moment.
func (p *phone) does(kind pbx.EventKind, text string) {
	e := pbx.Event{Kind: kind, Text: text}
	switch kind {
	case pbx.EventHungUp:
		e.Cause = pbx.CauseNormal
	case pbx.EventDigit:
		e.Digit = text[0]
	}
	p.Channel().Post(e)
	time.Sleep(time.Second)
}

func (p *phone) Call(i pbx.CallInfo) {
	p.Note("called by " + i.CallerID.Num)
	p.Channel().Post(pbx.Event{Kind: pbx.EventRinging})
}

func (p *phone) Indicate(i pbx.Indication) {
	p.Note([]string{"proceeding", "ringing", "progress", "busy", "congestion", "incomplete"}[i])
}

func (p *phone) SendText(text string)      { p.Note("text " + text) }
func (p *phone) Connected(id pbx.CallerID) { p.Note("with " + id.Num) }
func (p *phone) OfferFax(a string)         { p.Note("fax " + a) }
func (p *phone) AnswerFax(a string)        { p.Note("answers fax " + a) }
func (p *phone) EndFax()                   { p.Note("fax over") }

// with is whom the phone's channel is bridged with.
func (p *phone) with() string {
	if o := p.Channel().View().Bridged; o != nil {
		return o.Leg().Resource()
	}
	return ""
}
