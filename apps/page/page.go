// Package page is Page: several phones are called at once, answer by themselves, and hear the
// caller.
package page

import (
	"fmt"
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

// page is one. Its caller's goroutine makes it; each phone has one of its own until it has answered.
type page struct {
	m       *Module
	c       *pbx.Channel
	opt     dialplan.Options
	b       *pbx.Bridge
	name    string
	timeout time.Duration

	mu      sync.Mutex            // guards all below
	over    bool                  // the caller has left
	ringing map[*pbx.Channel]bool // who has not answered yet
}

func (m *Module) exec(c *pbx.Channel, args string) dialplan.Result {
	f := append(dialplan.SplitArgs(args, 3), "", "", "")
	p := &page{m: m, c: c, opt: dialplan.ParseOptions(f[1], options), name: strconv.Itoa(rand.IntN(1 << 31)), timeout: pbx.NoTimeout, ringing: map[*pbx.Channel]bool{}}
	if limit, ok := dialplan.Seconds(f[2]); ok && limit > 0 {
		p.timeout = limit
	}
	if c.Leg().Stream() == nil {
		c.Warn("Page: a message is no call")
		return dialplan.Continue
	}
	if p.opt.Has('B') && !p.sub(c, 'B') {
		return dialplan.End
	}
	m.mu.Lock()
	m.pages++
	m.mu.Unlock()
	p.b = c.Core().NewBridge(pbx.Policy{Kind: pbx.KindBase, Creator: "ConfBridge", Name: p.name, Ends: pbx.Never, Mixes: true})
	for _, dest := range strings.Split(f[0], "&") {
		if dest = strings.TrimSpace(dest); dest != "" {
			p.call(dest)
		}
	}
	return p.enter()
}

// enter has the caller speak.
func (p *page) enter() dialplan.Result {
	c, opt := p.c, p.opt
	if c.Answer(); !opt.Has('q') && !c.Gone() {
		p.m.play.List(c, []string{"beep"}, prompt.How{})
	}
	if opt.Has('A') && !opt.Has('n') && !c.Gone() {
		p.m.play.List(c, prompt.Files(opt.Arg('A')), prompt.How{})
	}
	p.tell("ConfbridgeStart", nil)
	if opt.Has('r') {
		c.RunAppAside("MixMonitor", fmt.Sprintf("confbridge-%s-%d.wav", p.name, time.Now().Unix()))
	}
	p.joined(c, false)
	return c.Into(p.b, pbx.Member{After: p.left})
}

// left is the end of the page: who rings still is not called any more, and who is in leaves.
func (p *page) left(c *pbx.Channel, l pbx.Left) dialplan.Result {
	p.mu.Lock()
	p.over = true
	var list []*pbx.Channel
	for ch := range p.ringing {
		list = append(list, ch)
	}
	p.mu.Unlock()
	for _, ch := range list {
		ch.SoftHangup(pbx.CauseNormal)
	}
	p.tell("ConfbridgeLeave", c, pbx.Field{Name: "Admin", Value: "No"})
	p.b.Close(pbx.CauseNormal)
	p.tell("ConfbridgeEnd", nil)
	return dialplan.Continue
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
	o := pbx.Originate{Tech: tech, Resource: resource, Timeout: p.timeout, CallerID: c.View().CallerID, By: c, Party: true, Firm: p.opt.Has('i'), Quiet: true,
		Bridge: p.b, Member: pbx.Member{Muted: !p.opt.Has('d'), After: p.gone}, Before: p.before, Then: p.answered}
	go func() {
		defer once()
		wait, err := core.BeginOriginate(o)
		if once(); err != nil {
			c.Trace().Note("cannot page %s: %v", dest, err)
			return
		}
		p.settled(wait().Channel)
	}()
	c.Until(begun)
}

// before is done on a channel that is about to be called.
func (p *page) before(ch *pbx.Channel) bool {
	p.mu.Lock()
	over := p.over
	p.ringing[ch] = !over
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
	if _, err := ch.RunSubTextAside(text); err != nil {
		p.c.Warn("Page option " + string(option) + ": " + err.Error())
	}
	return !ch.Gone()
}

// answered is done on one who has answered, before he hears the caller.
func (p *page) answered(ch *pbx.Channel) bool {
	if p.opt.Has('A') {
		p.m.play.List(ch, prompt.Files(p.opt.Arg('A')), prompt.How{})
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
	p.joined(ch, !p.opt.Has('d'))
	return true
}

// settled is told of the end of a call's beginning: ch is nil where nobody has answered.
func (p *page) settled(ch *pbx.Channel) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for other := range p.ringing {
		if other == ch || other.View().Gone {
			delete(p.ringing, other)
		}
	}
}

// gone is one of the phones that has left.
func (p *page) gone(ch *pbx.Channel, _ pbx.Left) dialplan.Result {
	p.tell("ConfbridgeLeave", ch, pbx.Field{Name: "Admin", Value: "No"})
	return dialplan.End
}

// joined makes known who comes.
func (p *page) joined(ch *pbx.Channel, muted bool) {
	word := "No"
	if muted {
		word = "Yes"
	}
	p.tell("ConfbridgeJoin", ch, pbx.Field{Name: "Admin", Value: "No"}, pbx.Field{Name: "Muted", Value: word})
}

// tell makes news of the page known, in the words of a conference, which programs know.
func (p *page) tell(name string, ch *pbx.Channel, fields ...pbx.Field) {
	core := p.c.Core()
	if !core.Heard() {
		return
	}
	parts := []pbx.Part{{Fields: []pbx.Field{{Name: "Conference", Value: p.name}}}, {Bridge: p.b.View()}}
	if ch != nil {
		parts = append(parts, pbx.Part{Chan: ch.Snapshot()}, pbx.Part{Fields: fields})
	}
	core.Tell(pbx.News{Name: name, Class: "call", Parts: parts})
}
