package parking

import (
	"math/rand/v2"
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/pbx"
	"obelisk/pbx/event"
	"obelisk/pbx/prompt"
)

const (
	parkUsage = "Park([lot[,options]])\n  without a lot: PARKINGLOT, CHANNEL(parkinglot), default; PARKINGEXTEN asks for a space\n" +
		"  r  ringing in place of music\n  R  any free space\n  s  the space is not said\n  c  come back to " +
		"c([[context,]extension,]priority)\n  t  come back after t(seconds)\n" +
		"  where the call comes back: PARKING_SPACE, PARKEDLOT, PARKER, PARKER_FLAT"
	parkedUsage   = "ParkedCall([lot[,space]])\n  without a space: the lowest one where a call waits"
	announceUsage = "ParkAndAnnounce([lot],[options],announce:template,technology/resource)\n  options are those of Park; PARKED in the " +
		"template is the space"
)

func (m *Module) apps() []pbx.App {
	return []pbx.App{
		{Name: "Park", Synopsis: "Park yourself", Usage: parkUsage, Check: checkPark, Targets: parkTargets, Exec: m.parkApp},
		{Name: "ParkedCall", Synopsis: "Retrieve a parked call", Usage: parkedUsage, Exec: m.fetchApp},
		{Name: "ParkAndAnnounce", Synopsis: "Park and announce", Usage: announceUsage, Check: checkPark, Targets: parkTargets,
			Exec: m.announceApp},
	}
}

const parkOptions = "rRsct"

func random(n int) int { return rand.IntN(n) }

// checkPark finds what is wrong with the options.
func checkPark(args string) (out []string) {
	f := append(dialplan.SplitArgs(args, 3), "", "")
	if strings.Contains(f[1], "$") {
		return nil
	}
	opt := dialplan.ParseOptions(f[1], parkOptions)
	out = append(out, opt.Problems...)
	if t, ok := dialplan.Seconds(opt.Arg('t')); opt.Has('t') && (!ok || t <= 0) {
		out = append(out, "t takes seconds, not '"+opt.Arg('t')+"'")
	}
	return out
}

// parkTargets is where c leads.
func parkTargets(args string) []string {
	f := append(dialplan.SplitArgs(args, 3), "", "")
	if opt := dialplan.ParseOptions(f[1], parkOptions); opt.Arg('c') != "" {
		return []string{opt.Arg('c')}
	}
	return nil
}

// asked reads the lot and options of Park.
func (m *Module) asked(c *pbx.Channel, lotName, options string) (name string, r request) {
	opt := dialplan.ParseOptions(options, parkOptions)
	if name = strings.TrimSpace(lotName); name == "" {
		name = lotOf(c)
	}
	r = request{space: c.Variable("PARKINGEXTEN"), random: opt.Has('R'), says: !opt.Has('s'), place: opt.Arg('c')}
	if opt.Has('r') {
		r.idle = pbx.IdleRinging
	}
	if t, ok := dialplan.Seconds(opt.Arg('t')); opt.Has('t') && ok && t > 0 {
		r.limit = t
	}
	return name, r
}

// parkApp is Park: who runs it waits himself.
func (m *Module) parkApp(c *pbx.Channel, args string) dialplan.Result {
	f := append(dialplan.SplitArgs(args, 2), "", "")
	p, says := m.parkSelf(c, f[0], f[1])
	if p == nil {
		if says {
			m.say(c, failed)
		}
		return dialplan.Continue
	}
	return m.waitsThere(c, p)
}

// failed is heard where a call cannot be parked.
const failed = "pbx-parkingfailed"

// parkSelf gives the channel a space; nil: there is none, which it hears if says.
func (m *Module) parkSelf(c *pbx.Channel, lotName, options string) (p *parked, says bool) {
	c.Answer()
	name, r := m.asked(c, lotName, options)
	r.says = r.says && c.Variable("BLINDTRANSFER") == ""
	r.parker = parkerOf(c)
	if m.there(c, name) {
		p = m.park(name, c, r)
	}
	return p, r.says
}

// waitsThere has the channel wait in its lot. The result is that of Park.
func (m *Module) waitsThere(c *pbx.Channel, p *parked) dialplan.Result {
	b, release := m.bridge(p)
	r := c.Into(b, m.member(p))
	release()
	return r
}

// bridge is that of a lot, which does not end until release.
func (m *Module) bridge(p *parked) (b *pbx.Bridge, release func()) {
	for {
		b = m.core.NamedBridge(pbx.Policy{Kind: pbx.KindParking, Creator: "Parking", Name: p.rules.name, Ends: pbx.LastLeaves, Apart: true})
		if release, ok := b.Keep(); ok {
			return b, release
		}
	}
}

// member is how a call waits.
func (m *Module) member(p *parked) pbx.Member {
	f := &pbx.Features{}
	if p.limit > 0 {
		f.Timed = append(f.Timed, pbx.Timed{After: p.limit, Do: func(c *pbx.Channel) { m.timeOver(p, c) }})
	}
	idle := p.idle
	if p.says {
		idle = pbx.IdleNone // until it has heard its space
		f.Timed = append(f.Timed, pbx.Timed{Do: func(c *pbx.Channel) { m.saySpace(p, c) }})
	}
	return pbx.Member{Idle: idle, Music: p.rules.music, Features: f, Lot: p.rules.name + ":" + itoa(p.space), After: m.left(p)}
}

// saySpace tells a call where it is parked, and then has it hear what who waits there hears.
func (m *Module) saySpace(p *parked, c *pbx.Channel) {
	m.play.List(c, digits(p.space), prompt.How{})
	if c.Gone() {
		return
	}
	if p.idle == pbx.IdleRinging {
		c.PlayTone(c.Tone("ring"))
		return
	}
	c.StartMusic(p.rules.music)
}

// left is the end of the wait.
func (m *Module) left(p *parked) pbx.After {
	return func(c *pbx.Channel, l pbx.Left) dialplan.Result {
		switch {
		case l.Why == pbx.Replaced && l.By != nil && l.By != c:
			m.swapped(p, l)
		case m.stateOf(p) == timedOut && l.Why != pbx.HungUp:
			m.comesBack(p, c)
			return dialplan.Continue
		default:
			m.gaveUp(p)
		}
		return dialplan.End
	}
}

func (m *Module) stateOf(p *parked) state {
	m.mu.Lock()
	defer m.mu.Unlock()
	return p.state
}

// gaveUp is when a call hangs up, or is sent elsewhere by somebody who has not fetched it.
func (m *Module) gaveUp(p *parked) {
	if m.settle(p, abandoned) {
		m.tell(event.ParkingGivenUp, p, nil)
		m.lamp(p)
	}
}

// swapped is when another channel has got the seat: who was put through to a call that was parked.
func (m *Module) swapped(p *parked, l pbx.Left) {
	m.mu.Lock()
	waiting := p.state == waits
	if waiting {
		p.ch = l.By
	}
	m.mu.Unlock()
	if !waiting {
		return
	}
	m.tell(event.ParkingSwapped, p, nil)
	how := m.member(p)
	if how.Features.Timed = how.Features.Timed[:min(1, int(p.limit))]; p.limit > 0 {
		how.Features.Timed[0].After = max(p.limit-time.Since(p.since), time.Millisecond)
	}
	l.From.Set(l.By, func(s *pbx.Member) { s.Features, s.Lot = how.Features, how.Lot })
	if l.By.Move(l.From, pbx.Member{After: how.After}) != nil { // it has gone meanwhile
		m.gaveUp(p)
	}
}

// say plays a prompt to its end.
func (m *Module) say(c *pbx.Channel, name string) {
	if _, err := m.play.Play(c, name, prompt.How{}); err != nil {
		c.Warn(err.Error())
	}
}
