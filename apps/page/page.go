// Package page is Page: several phones are called at once, answer by themselves, and hear the
// caller.
package page

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"time"

	"obelisk/dialplan"
	"obelisk/pbx"
	"obelisk/pbx/prompt"
	"obelisk/sounds"
)

// Module implements pbx.Furnisher, pbx.Described and pbx.Meter.
type Module struct {
	play *prompt.Player

	mu             sync.Mutex // guards all below
	pages, callees uint64
}

var (
	_ pbx.Furnisher = (*Module)(nil)
	_ pbx.Described = (*Module)(nil)
	_ pbx.Meter     = (*Module)(nil)
)

// New makes the module.
func New(lib *sounds.Library) *Module { return &Module{play: &prompt.Player{Lib: lib}} }

// Name implements pbx.Module.
func (m *Module) Name() string { return "app_page" }

// Synopsis implements pbx.Described.
func (m *Module) Synopsis() string { return "Page Multiple Phones" }

const usage = `Page(Tech/resource[&Tech2/resource2...][,options[,timeout]])
  The phones are called at once; who answers hears the caller, until he hangs up.
  A  all hear a prompt before the caller: A(prompt)
  a  ask the phones to answer by themselves: a, or for one kind of phone a(snom), a(polycom), a(cisco), a(rfc)
  B  run a subroutine before anybody is called: B(context^extension^priority(argument^...))
  b  run one on each channel that is about to be called
  d  the phones are heard too
  i  forwards are not followed
  n  with A: the caller does not hear the prompt
  q  no beep for the caller
  r  record it among the recordings: confbridge-NUMBER-TIME.wav
  s  only phones that are not in use
  timeout in seconds; without one they ring for as long as the caller stays`

const options = "aAbBdinqrs"

// Furnish implements pbx.Furnisher.
func (m *Module) Furnish(core *pbx.Core) {
	core.RegisterApp(pbx.App{Name: "Page", Synopsis: "Have several phones hear the caller", Usage: usage, Check: check, Exec: m.exec})
}

// Measure implements pbx.Meter.
func (m *Module) Measure(out *pbx.Measures) {
	m.mu.Lock()
	defer m.mu.Unlock()
	out.Count("obelisk_pages_total", "pages", float64(m.pages))
	out.Count("obelisk_page_answers_total", "phones that answered a page", float64(m.callees))
}

// check is told of when the file is read.
func check(args string) (out []string) {
	f := append(dialplan.SplitArgs(args, 3), "", "", "")
	for _, dest := range strings.Split(f[0], "&") {
		if dest = strings.TrimSpace(dest); dest != "" && !strings.Contains(dest, "$") && !strings.Contains(dest, "/") {
			out = append(out, "'"+dest+"' is no destination: it takes technology/resource")
		}
	}
	if strings.Contains(f[1], "$") {
		return out
	}
	o := dialplan.ParseOptions(f[1], options)
	out = append(out, o.Problems...)
	if kind := o.Arg('a'); kind != "" && answers[strings.ToLower(kind)] == nil {
		out = append(out, "option a: there is no kind of phone '"+kind+"'")
	}
	return out
}

// page is one: a conference of its own, in which the caller is the leader with whom it ends. Its
// caller's goroutine makes it; each phone has one of its own until it has answered.
type page struct {
	m       *Module
	c       *pbx.Channel
	opt     dialplan.Options
	room    *pbx.App // ConfBridge
	name    string   // of the conference
	timeout time.Duration

	mu     sync.Mutex     // guards all below
	over   bool           // the caller has left
	phones []*pbx.Channel // that were called
}

// roomName is that of a conference which is at this node, where there are others.
func roomName(core *pbx.Core) (name string) {
	for range 50 * 64 {
		name = strconv.Itoa(rand.IntN(1 << 31))
		others := core.Elsewhere()
		if others == nil {
			break
		}
		if node, here := others.Owner(pbx.ConferenceOwner, name); here || node == "" || core.Draining() {
			break
		}
	}
	return name
}

func (m *Module) exec(c *pbx.Channel, args string) dialplan.Result {
	f := append(dialplan.SplitArgs(args, 3), "", "", "")
	p := &page{m: m, c: c, opt: dialplan.ParseOptions(f[1], options), name: roomName(c.Core()), timeout: pbx.NoTimeout,
		room: c.Core().App("ConfBridge")}
	if limit, ok := dialplan.Seconds(f[2]); ok && limit > 0 {
		p.timeout = limit
	}
	switch {
	case c.Leg().Stream() == nil:
		c.Warn("Page: a message is no call")
		return dialplan.Continue
	case p.room == nil:
		c.Warn("Page: there is no ConfBridge() (module app_confbridge)")
		return dialplan.Continue
	}
	if p.opt.Has('B') && !p.sub(c, 'B') {
		return dialplan.End
	}
	m.mu.Lock()
	m.pages++
	m.mu.Unlock()
	for _, dest := range strings.Split(f[0], "&") {
		if dest = strings.TrimSpace(dest); dest != "" {
			p.call(dest)
		}
	}
	return p.enter()
}

// enter has the caller speak, until he leaves; then the page is over.
func (p *page) enter() dialplan.Result {
	c, opt := p.c, p.opt
	if !opt.Has('q') && c.View().State == pbx.StateUp { // who is not answered yet hears none, as in Asterisk
		p.m.play.List(c, []string{"beep"}, prompt.How{})
	}
	c.Answer()
	p.sits(c, "marked", !opt.Has('n'))
	if opt.Has('r') {
		c.Assign("CONFBRIDGE(bridge,record_conference)", "yes")
	}
	r := dialplan.End
	if !c.Gone() {
		r = c.RunApp(p.room, p.name)
	}
	p.mu.Lock()
	p.over = true
	list := p.phones
	p.mu.Unlock()
	for _, ch := range list {
		if !ch.View().Gone { // it rings, or is on the way
			ch.SoftHangup(pbx.CauseNormal)
		}
	}
	return r
}

// sits says how somebody sits in the conference: of default_user it has what does not disturb here.
func (p *page) sits(ch *pbx.Channel, as string, hears bool) {
	set := func(option, value string) { ch.Assign("CONFBRIDGE(user,"+option+")", value) }
	for _, option := range []string{"quiet", as} {
		set(option, "yes")
	}
	set("music_on_hold_when_empty", "no")
	set("pin", "")
	if p.opt.Has('A') && hears {
		set("announcement", p.opt.Arg('A'))
	}
}

// call calls one of the phones; it returns once that has begun.
func (p *page) call(dest string) {
	c, core := p.c, p.c.Core()
	tech, resource, ok := strings.Cut(dest, "/")
	if !ok || resource == "" {
		c.Warn("Incomplete destination: " + dest + " supplied.")
		return
	}
	if p.opt.Has('s') {
		switch state := core.DeviceState(dest); state {
		case pbx.DeviceNotInUse:
		case pbx.DeviceUnknown:
			c.Warn("Destination '" + dest + "' has device state 'Unknown'.  Paging anyway.")
		default:
			c.Trace().Note("'%s' is not paged: it is %s", dest, state)
			return
		}
	}
	begun := make(chan struct{})
	once := sync.OnceFunc(func() { close(begun) })
	o := pbx.Originate{Tech: tech, Resource: resource, Timeout: p.timeout, CallerID: c.View().CallerID, By: c, Party: true,
		Firm: p.opt.Has('i'), Quiet: true, App: p.room.Name, Data: p.name, Before: p.before, Then: p.answered}
	go func() {
		defer once()
		wait, err := core.BeginOriginate(o)
		if once(); err != nil {
			c.Trace().Note("cannot page %s: %v", dest, err)
			return
		}
		wait()
	}()
	c.Until(begun)
}

// before is done on a channel that is about to be called.
func (p *page) before(ch *pbx.Channel) bool {
	p.mu.Lock()
	over := p.over
	p.phones = append(p.phones, ch)
	p.mu.Unlock()
	if over {
		return false
	}
	if p.opt.Has('a') {
		p.asks(ch)
	}
	return !p.opt.Has('b') || p.sub(ch, 'b')
}

// sub runs the subroutine of an option on a channel; false when it ended the call.
func (p *page) sub(ch *pbx.Channel, option byte) bool {
	text := strings.ReplaceAll(p.opt.Arg(option), "^", ",")
	if _, err := ch.RunSubTextFor(p.c, text); err != nil {
		p.c.Warn("Page option " + string(option) + ": " + err.Error())
	}
	return !ch.Gone()
}

// answered is done on one who has answered, before he comes to the conference.
func (p *page) answered(ch *pbx.Channel) bool {
	if p.sits(ch, "end_marked", true); !p.opt.Has('d') {
		ch.Assign("CONFBRIDGE(user,startmuted)", "yes")
	}
	p.mu.Lock()
	over := p.over
	p.mu.Unlock()
	if over || ch.Gone() {
		return false
	}
	p.m.mu.Lock()
	p.m.callees++
	p.m.mu.Unlock()
	return true
}
