package stasis

import (
	"context"
	"time"

	"obelisk/media"
	"obelisk/pbx"
)

// control is a channel that is in an application. What the program wants of it waits in a queue, and is
// done one after the other on the channel's worker, wherever that is: in Stasis() or in a bridge. Who
// asks does not wait. What takes its time, a prompt or a recording, holds up what was asked for after
// it.
type control struct {
	m      *Module
	c      *pbx.Channel
	id     string
	wake   chan struct{}
	nested bool // Stasis() runs below another application

	// ---- the channel's worker ----
	place place // where it goes on

	// ---- under m.mu ----
	app       *application
	queue     []command
	busy      bool // a goroutine works on the queue
	over      bool // it has left the application
	leaves    bool // it is about to
	seat      *seating
	target    *Bridge // where it is, or is about to be
	in        string  // the bridge to which its application has subscribed for it
	silence   *media.Voice
	recording *recording // that runs or waits; nil: none
	after     []func()   // what is told once its end was
}

// command is something that the program wants. It is run on the channel's worker; what it returns, where
// that is not nil, is closed when the next one may run.
type command func(c *pbx.Channel) <-chan struct{}

// seating is how a channel is to sit in a bridge.
type seating struct {
	bridge *Bridge
	role   pbx.Role
	mute   bool
	absorb bool
}

// member is that seat.
func (s *seating) member() pbx.Member {
	m := pbx.Member{Role: s.role, Idle: pbx.IdleNone, Muted: s.mute}
	if s.absorb {
		m.Keys = absorbing
	}
	return m
}

// mostCommands of one channel may wait.
const mostCommands = 1000

// commandPatience is how long a command waits for the channel's worker.
const commandPatience = time.Minute

// control is that of a channel by its id: 404 or 409.
func (m *Module) control(id string) (*control, error) {
	c := m.Find(id)
	if c == nil {
		return nil, errNoChannel
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if k := m.controls[c]; k != nil && !k.over {
		return k, nil
	}
	return nil, errNotInStasis
}

// able is control, of a channel whose state allows to do something with it: 412.
func (m *Module) able(id string) (*control, error) {
	k, err := m.control(id)
	if err != nil {
		return nil, err
	}
	switch k.c.View().State {
	case pbx.StateDown, pbx.StateRinging: // its far end is called, or will be
		return nil, errInvalidState
	}
	return k, nil
}

// controlOf is that of a unique id; nil: the channel is in no application.
func (m *Module) controlOf(id string) *control {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.byID[id]
}

// do queues a command; 409 where the channel has left, or too many wait.
func (k *control) do(f command) error {
	k.m.mu.Lock()
	defer k.m.mu.Unlock()
	if k.over {
		return errNotInStasis
	}
	if len(k.queue) >= mostCommands {
		return Refuse(409, "Too many commands wait for the channel")
	}
	k.queue = append(k.queue, f)
	if !k.busy {
		k.busy = true
		go k.work()
	}
	return nil
}

// soon queues a command that takes no time.
func (k *control) soon(f func(c *pbx.Channel)) error {
	return k.do(func(c *pbx.Channel) <-chan struct{} { f(c); return nil })
}

// work carries the queue out, and ends with it.
func (k *control) work() {
	for {
		k.m.mu.Lock()
		if k.busy = len(k.queue) > 0 && !k.over; !k.busy {
			k.m.mu.Unlock()
			return
		}
		f := k.queue[0]
		k.queue = k.queue[1:]
		k.m.mu.Unlock()
		var done <-chan struct{}
		ctx, cancel := context.WithTimeout(context.Background(), commandPatience)
		err := k.c.Do(ctx, func(c *pbx.Channel) { done = f(c) })
		if cancel(); err != nil || done == nil {
			continue
		}
		select {
		case <-done:
		case <-k.c.Ended():
		}
	}
}

// pending is what the loop has to do next: to go into a bridge, or to leave.
func (k *control) pending() (to *seating, leaves bool) {
	k.m.mu.Lock()
	defer k.m.mu.Unlock()
	to, k.seat = k.seat, nil
	return to, k.leaves
}

func (k *control) rouse() {
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

// leave has the channel go on in the dialplan. It is run on the channel's worker.
func (k *control) leave(to place) {
	k.place = to
	k.m.mu.Lock()
	k.leaves = true
	k.m.mu.Unlock()
	if k.c.Bridge() != nil {
		k.c.Kick()
	}
	k.rouse()
}

// move gives the channel to another application without a way through the dialplan.
func (k *control) move(name string, args []string) {
	if args == nil {
		args = []string{}
	}
	m := k.m
	m.mu.Lock()
	to := m.apps[name]
	if to == nil || to.sink == nil {
		m.mu.Unlock()
		s := k.c.Snapshot()
		m.mu.Lock()
		m.tellApp(k.app, message{kind: "ApplicationMoveFailed", fields: Object{"channel", Channel(s), "destination", name, "args", args}})
		m.mu.Unlock()
		return
	}
	m.mu.Unlock()
	k.tellEnd()
	m.mu.Lock()
	in := k.in
	m.mu.Unlock()
	k.leaveApp()
	m.mu.Lock()
	k.app = to
	to.holds++
	to.subscribe(kindChannel, k.id)
	if in != "" {
		to.subscribe(kindBridge, in)
		k.in = in
	}
	m.mu.Unlock()
	k.tellStart(args)
}

// sits is told when the channel has come into a bridge of a program, before anybody else is.
func (k *control) sits(bridge string) {
	k.m.mu.Lock()
	defer k.m.mu.Unlock()
	if k.in == "" && !k.over {
		k.app.subscribe(kindBridge, bridge)
		if k.in = bridge; k.m.bridges[bridge] != nil {
			k.m.bridges[bridge].knew[k.app.name] = true
		}
	}
}

// stands is told when it has left one, after everybody else.
func (k *control) stands(bridge string) {
	k.m.mu.Lock()
	defer k.m.mu.Unlock()
	if k.in == bridge && !k.over {
		if b := k.m.bridges[bridge]; b == nil || !b.gone { // else it hears of the end, which ends that
			k.app.unsubscribe(kindBridge, bridge, false)
		}
		k.in = ""
	}
}

// follows has f told once the end of the channel was; false: it was already.
func (k *control) follows(f func()) bool {
	k.m.mu.Lock()
	defer k.m.mu.Unlock()
	if k.m.controls[k.c] != k {
		return false
	}
	k.after = append(k.after, f)
	return true
}

func (k *control) isOver() bool {
	k.m.mu.Lock()
	defer k.m.mu.Unlock()
	return k.over
}

// strayed is for a channel that somebody else has sent into a bridge: the application has it no more.
func (k *control) strayed() { k.finish() }

// key is one that the far end has pressed, in no bridge.
func (k *control) key(digit byte) {
	k.m.mu.Lock()
	r := k.recording
	k.m.mu.Unlock()
	if r != nil {
		r.key(digit)
	}
}

// quiet ends the silence that is sent.
func (k *control) quiet() {
	k.m.mu.Lock()
	v := k.silence
	k.silence = nil
	k.m.mu.Unlock()
	if v != nil {
		v.Stop()
	}
}
