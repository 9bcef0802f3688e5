package queue

import (
	"errors"
	"net"
	"net/netip"
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
	"obelisk/media"
	"obelisk/pbx"
	"obelisk/pbx/prompt"
	"obelisk/sounds"

	"github.com/rs/zerolog"
)

// house is a switchboard with queues, and agents who do as their numbers say.
type house struct {
	t     *testing.T
	core  *pbx.Core
	m     *Module
	media *media.Engine
	db    *store.DB
	desks *desks
	told  func(line string) // is told of lines as well; nil: nobody is

	mu  sync.Mutex // guards log
	log []string   // queue_log, without the times
}

// inHouse runs f in a bubble. Nothing of a call may be left.
func inHouse(t *testing.T, queues, plan string, f func(h *house)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, queues, "", plan)
		defer h.media.Close()
		f(h)
		time.Sleep(3 * time.Minute)
		for _, c := range h.core.Channels() {
			t.Errorf("%s is left", c.Name())
		}
	})
}

func newHouse(t *testing.T, queues, rules, plan string) *house {
	t.Helper()
	h := bareHouse(t, plan, nil)
	h.core.SetReload(func(string) error { h.read(queues, rules); return nil })
	h.read(queues, rules)
	return h
}

// bareHouse has no queues yet.
func bareHouse(t *testing.T, plan string, shared store.Shared) *house {
	t.Helper()
	h := &house{t: t, db: store.Memory(), desks: &desks{states: map[string]pbx.DeviceState{}, acts: map[string]agent{}}}
	var err error
	if h.media, err = media.New(
		media.Config{Listen: func(netip.AddrPort) (net.PacketConn, error) { return nil, errors.New("no network") }}); err != nil {
		t.Fatal(err)
	}
	h.core = pbx.NewCore(pbx.Config{Log: zerolog.Nop(), Book: trace.NewBook(10), QueueLog: h.line, Shared: shared})
	lib := &sounds.Library{}
	app.Register(h.core, lib)
	fn.Register(h.core)
	h.m = New(&prompt.Player{Lib: lib}, h.db, nil)
	h.m.Furnish(h.core)
	h.desks.h = h
	h.core.RegisterTech(h.desks)
	compiled, _ := dialplan.Compile(h.file(plan), nil)
	h.core.SetPlan(compiled)
	return h
}

func (h *house) line(text string) {
	_, text, _ = strings.Cut(text, "|")
	if h.told != nil {
		h.told(text)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.log = append(h.log, text)
}

// logged are the lines of queue_log, without the unique id.
func (h *house) logged() (out []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, l := range h.log {
		_, l, _ = strings.Cut(l, "|")
		out = append(out, l)
	}
	return out
}

func (h *house) file(text string) *config.File {
	h.t.Helper()
	f, err := config.Load(config.FS{FS: fstest.MapFS{"x": {Data: []byte(text)}}}, "x", config.Options{})
	if err != nil {
		h.t.Fatal(err)
	}
	return f
}

type files struct{ queues, rules *config.File }

func (f files) File(name string) *config.File {
	if name == "queues.conf" {
		return f.queues
	}
	return f.rules
}

func (h *house) read(queues, rules string) {
	next, _ := h.m.Prepare(files{h.file(queues), h.file(rules)})
	next.Commit()
	h.m.Start()
}

// caller is a phone that waits.
type phone struct{ *handset.Handset }

func (p phone) Call(pbx.CallInfo) {}

// calls has somebody call an extension.
func (h *house) calls(exten string) phone {
	h.t.Helper()
	p := phone{handset.New(h.media, "caller")}
	if _, err := h.core.Incoming(pbx.NewCall{Tech: "Phone", Leg: p, Context: "in", Exten: exten, CallerID: pbx.CallerID{Num: exten},
		Trace: h.core.Book().Open()}); err != nil {
		h.t.Fatal(err)
	}
	return p
}

func (p phone) hangsUp() { p.Channel().Post(pbx.Event{Kind: pbx.EventHungUp, Cause: pbx.CauseNormal}) }

// agent is what somebody does who is called.
type agent struct {
	rings, talks time.Duration // until he answers, 0: he never does; until he hangs up
	busy         bool
}

// desks are the technology of the agents: "Desk/name".
type desks struct {
	h *house

	mu     sync.Mutex // guards all below
	states map[string]pbx.DeviceState
	acts   map[string]agent
	rung   []string
}

func (*desks) Name() string { return "Desk" }

func (d *desks) DeviceState(name string) pbx.DeviceState {
	d.mu.Lock()
	defer d.mu.Unlock()
	if s, known := d.states[name]; known {
		return s
	}
	return pbx.DeviceNotInUse
}

func (d *desks) set(name string, s pbx.DeviceState) {
	d.mu.Lock()
	d.states[name] = s
	d.mu.Unlock()
	d.h.core.DeviceChanged("Desk/" + name)
}

func (d *desks) Request(r pbx.Request) (pbx.Leg, error) {
	if r.Resource == "nobody" {
		return nil, errors.New("there is nobody")
	}
	return &desk{handset.New(d.h.media, r.Resource), d}, nil
}

// desk is one agent's phone.
type desk struct {
	*handset.Handset
	d *desks
}

func (k *desk) Call(pbx.CallInfo) {
	k.d.mu.Lock()
	k.d.rung = append(k.d.rung, k.Name)
	act := k.d.acts[k.Name]
	k.d.mu.Unlock()
	post := func(e pbx.Event) { k.Channel().Post(e) }
	if act.busy {
		post(pbx.Event{Kind: pbx.EventBusy, Cause: pbx.CauseBusy})
		return
	}
	k.d.set(k.Name, pbx.DeviceRinging)
	post(pbx.Event{Kind: pbx.EventRinging})
	if act.rings == 0 {
		return
	}
	time.AfterFunc(act.rings, func() {
		if k.Ended() {
			return
		}
		k.d.set(k.Name, pbx.DeviceInUse)
		post(pbx.Event{Kind: pbx.EventAnswered})
		time.AfterFunc(act.talks, func() { post(pbx.Event{Kind: pbx.EventHungUp, Cause: pbx.CauseNormal}) })
	})
}

func (k *desk) Hangup(cause pbx.Cause) {
	k.Handset.Hangup(cause)
	k.d.set(k.Name, pbx.DeviceNotInUse)
}
