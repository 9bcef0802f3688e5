package app

import (
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/media"
	"obelisk/media/soundfile"
	"obelisk/pbx"
)

// Dial between the answer and the bridge: announcements (A) and keys (D).

// beside plays a prompt on a channel beside what its worker does; done is told of the end. nil
// when it cannot be played.
func (p player) beside(c *pbx.Channel, name string, done func()) *media.Voice {
	file, data, err := p.Lib.Find(name, c.View().Language)
	if err != nil {
		c.Warn(err.Error())
		return nil
	}
	clip, err := soundfile.Decode(file, data)
	stream := c.Leg().Stream()
	if err != nil || stream == nil {
		c.Warn("'" + name + "' cannot be played")
		return nil
	}
	c.Trace().Note("playing %s to %s", file, c.Name())
	c.BeforeMedia()
	return stream.Play(clip.Source(), func(bool) { done() })
}

// announce plays A's prompts to both at the same time; false when one of them goes meanwhile. A
// key of the callee ends his.
func (d *dialing) announce(l *dialLeg) bool {
	called, calling, _ := strings.Cut(d.opt.Arg('A'), ":")
	if called == "" && calling == "" {
		return true
	}
	d.quiet()
	pbx.Unlink(d.c.Leg())
	ends, playing := make(chan struct{}, 2), 0
	var voices [2]*media.Voice
	for i, to := range [2]*pbx.Channel{l.ch, d.c} {
		name := [2]string{called, calling}[i]
		if name == "" {
			continue
		}
		if voices[i] = d.beside(to, name, func() { ends <- struct{}{} }); voices[i] != nil {
			playing++
		}
	}
	defer func() {
		for _, v := range voices {
			if v != nil {
				v.Stop()
			}
		}
	}()
	for playing > 0 {
		e, why := d.c.Await(pbx.Wait{Keys: true, Kinds: pbx.Kinds(pbx.EventDigit), Also: ends})
		switch {
		case why == pbx.Also:
			playing--
		case why != pbx.Came:
			return false
		case e.From == l.ch && voices[0] != nil:
			voices[0].Stop()
		}
	}
	return true
}

// between is what happens after the answer and before anything else of it: false when a party
// has gone meanwhile.
func (d *dialing) between(l *dialLeg) bool {
	if !d.opt.Has('A') || d.announce(l) {
		return true
	}
	d.letGo(l)
	d.quiet()
	return false
}

// keyPause is how long it is quiet between the keys of D.
const keyPause = 250 * time.Millisecond

// parts of D: keys for who is called, for the caller, for who is called at the first progress; then
// digits of MF signalling at that, and of SF. Those that answer a wink have no line here that winks.
const (
	keysCalled = iota
	keysCalling
	keysProgress
	mfProgress
	mfWink
	sfProgress
	sfWink
	partsOfD
)

// keysOf is a part of D.
func (d *dialing) keysOf(part int) string {
	if !d.opt.Has('D') {
		return ""
	}
	return append(strings.Split(d.opt.Arg('D'), ":"), make([]string, partsOfD)...)[part]
}

// presses presses the keys of D.
func (d *dialing) presses(l *dialLeg) {
	called, calling := d.keysOf(keysCalled), d.keysOf(keysCalling)
	if called+calling == "" {
		return
	}
	pbx.Unlink(d.c.Leg())
	if press(d.c, l.ch, called, keyPause); calling != "" {
		if !d.up() { // a phone that is not answered hears nothing else
			d.c.Indicate(pbx.IndicateProgress)
		}
		press(d.c, d.c, calling, keyPause)
	}
}

// pressesOnce presses those that are for the first progress.
func (d *dialing) pressesOnce(l *dialLeg) {
	keys, mf, sf := d.keysOf(keysProgress), d.keysOf(mfProgress), d.keysOf(sfProgress)
	if d.pressed || keys+mf+sf == "" {
		return
	}
	d.pressed = true
	press(d.c, l.ch, keys, keyPause)
	for _, x := range [2][2]string{{"SendMF", mf}, {"SendSF", sf}} {
		if a := d.c.Core().App(x[0]); a != nil && x[1] != "" {
			d.c.Until(l.ch.Lend(func() { a.Exec(l.ch, x[1]) }))
		}
	}
}

// ending runs h on the callee once the call is over (e), in the context that the caller is in.
func (d *dialing) ending() pbx.After {
	context := d.c.View().At.Context
	return func(callee *pbx.Channel, _ pbx.Left) dialplan.Result {
		callee.RunEnd(context)
		return dialplan.Continue
	}
}
