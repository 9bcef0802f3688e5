package stasis

import (
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/pbx"
)

const usage = `Stasis(app_name[,arg[,...]])
Gives the call to the program that is connected as an application of ARI, and waits until that gives it
back (continue), or the call ends. STASISSTATUS says what became of it: SUCCESS, or FAILED where no
program is there.`

// stasis is the application.
func (m *Module) stasis(c *pbx.Channel, text string) dialplan.Result {
	args := strings.Split(text, ",")
	name := strings.TrimSpace(args[0])
	c.SetVar("STASISSTATUS", "")
	if name == "" {
		c.Warn("Stasis app_name argument missing")
		return failed(c)
	}
	k := m.enter(c, name, args[1:])
	if k == nil {
		m.core.Log().Error().Ctx(c.Trace().Context()).Msgf("Stasis app '%s' not active", name)
		return failed(c)
	}
	return k.loop()
}

func failed(c *pbx.Channel) dialplan.Result {
	c.SetVar("STASISSTATUS", "FAILED")
	return dialplan.Continue
}

// enter gives a channel to an application; nil where that is not active.
func (m *Module) enter(c *pbx.Channel, name string, args []string) *control {
	k := &control{m: m, c: c, id: c.UniqueID(), wake: make(chan struct{}, 1), nested: c.Nested()}
	m.mu.Lock()
	a := m.apps[name]
	if a == nil || a.sink == nil {
		m.mu.Unlock()
		return nil
	}
	k.app = a
	a.holds++
	a.subscribe(kindChannel, k.id)
	m.controls[c], m.byID[k.id] = k, k
	m.mu.Unlock()
	k.tellStart(args)
	k.begin()
	return k
}

// tellStart tells the application that it has the channel.
func (k *control) tellStart(args []string) {
	if args == nil {
		args = []string{}
	}
	s := k.c.Snapshot()
	k.m.mu.Lock()
	defer k.m.mu.Unlock()
	k.m.tellApp(k.app, message{kind: "StasisStart", fields: Object{"args", args, "channel", Channel(s)}})
}

// tellEnd tells it that it has not any more; it holds nothing of the channel then but, for a moment, its
// subscription.
func (k *control) tellEnd() {
	s := k.c.Snapshot()
	k.m.mu.Lock()
	defer k.m.mu.Unlock()
	k.m.tellApp(k.app, message{kind: "StasisEnd", fields: Object{"channel", Channel(s)}})
}

// leaveApp ends that; m.mu is not held.
func (k *control) leaveApp() {
	k.m.mu.Lock()
	defer k.m.mu.Unlock()
	if k.in != "" {
		k.app.unsubscribe(kindBridge, k.in, false)
		k.in = ""
	}
	k.app.unsubscribe(kindChannel, k.id, false)
	k.app.holds--
	k.m.tidy(k.app)
}

// loop is the channel's time in the application, while it is in no bridge. It is the channel's worker.
func (k *control) loop() dialplan.Result {
	for {
		if k.c.Gone() {
			return k.end()
		}
		to, leaving := k.pending()
		switch {
		case leaving:
			return k.depart()
		case to != nil:
			seat := to.member()
			seat.After = k.back
			r := k.c.Into(to.bridge.b, seat)
			if r == dialplan.Away {
				return r
			}
			if k.isOver() { // somebody else had it, and has let it go
				return r
			}
			continue // it was below another application, and is back
		}
		e, why := k.c.Await(pbx.Wait{Keys: true, Also: k.wake})
		if why == pbx.Came && e.Kind == pbx.EventDigit {
			k.key(e.Digit)
		}
	}
}

// back is what follows a bridge.
func (k *control) back(c *pbx.Channel, l pbx.Left) dialplan.Result {
	k.m.mu.Lock()
	k.target = nil
	over := k.over
	k.m.mu.Unlock()
	switch {
	case over: // it was taken away while it sat there
		return dialplan.Continue
	case k.nested:
		return dialplan.Continue
	}
	return k.loop()
}

// end is for a channel that is hung up, or sent elsewhere by others.
func (k *control) end() dialplan.Result {
	k.finish()
	return dialplan.Continue
}

// finish takes the channel away from the application, once.
func (k *control) finish() {
	k.m.mu.Lock()
	again := k.over
	k.over = true
	k.queue = nil
	k.m.mu.Unlock()
	if again {
		return
	}
	k.c.StopMusic()
	k.quiet()
	k.interrupt()
	k.tellEnd()
	k.leaveApp()
	k.c.SetVar("STASISSTATUS", "SUCCESS")
	k.m.mu.Lock()
	after := k.after
	if k.m.controls[k.c] == k { // else it is in the application again already
		delete(k.m.controls, k.c)
		delete(k.m.byID, k.id)
	}
	k.m.mu.Unlock()
	for _, f := range after {
		f()
	}
}

// storePatience is how long the end of a call waits for the file of a recording to be closed.
const storePatience = 2 * time.Second

// interrupt ends what plays and is recorded, so that the application is told before it is told of the end
// of the channel.
func (k *control) interrupt() {
	for _, p := range k.m.playbacksAt("channel:" + k.id) {
		p.finish("failed")
	}
	for _, r := range k.m.recordingsAt("channel:" + k.id) {
		r.stop("done")
		select {
		case <-r.over:
		case <-time.After(storePatience):
		}
	}
}

// depart goes on in the dialplan: at the next step, or where the program wants.
func (k *control) depart() dialplan.Result {
	k.finish()
	at, there := k.c.View().At, k.place
	switch {
	case k.nested && !there.given():
		k.c.Redirect(at)
	case k.nested:
		k.c.Redirect(there.from(at))
	case there.given():
		k.c.Machine().Goto(there.from(at))
	}
	return dialplan.Continue
}

// place is where a channel goes on: what is empty stays as it is.
type place struct {
	context, exten string
	priority       int
}

func (p place) given() bool { return p != place{} }

// from completes a place with that where the channel is.
func (p place) from(at dialplan.Location) dialplan.Location {
	if p.context != "" {
		at.Context, at.Exten = p.context, "s"
	}
	if p.exten != "" {
		at.Exten = p.exten
	}
	if at.Priority = p.priority; p.priority <= 0 {
		at.Priority = 1
	}
	return at
}
