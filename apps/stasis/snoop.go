package stasis

import (
	"cmp"
	"fmt"
	"sync"

	"obelisk/media"
	"obelisk/pbx"
)

// Snoop says what a channel that snoops hears of another one, and to whom it speaks.
type Snoop struct {
	ID           string // "": any
	Spy, Whisper string // none, both, out, in
	App          string
	Args         []string
}

var snoopWays = map[string]media.Direction{"none": 0, "in": media.In, "out": media.Out, "both": media.In | media.Out}

// Snoop makes a channel that is in an application and hears another one, or speaks to it.
func (m *Module) Snoop(id string, how Snoop) (Object, error) {
	spy, spies := snoopWays[how.Spy]
	whisper, whispers := snoopWays[how.Whisper]
	switch {
	case !spies:
		return nil, Refuse(400, "Invalid direction specified for spy")
	case !whispers:
		return nil, Refuse(400, "Invalid direction specified for whisper")
	case spy == 0 && whisper == 0:
		return nil, Refuse(400, "Direction must be specified for at least spy or whisper")
	case how.App == "":
		return nil, Refuse(400, "Application name is required")
	}
	c := m.Find(id)
	if c == nil {
		return nil, Refuse(404, "Provided channel was not found")
	}
	if how.ID != "" && m.core.ChannelByID(how.ID) != nil {
		return nil, Refuse(409, "Channel with given unique ID already exists")
	}
	target, near, far, ok := c.Leg().Stream(), (*media.Stream)(nil), (*media.Stream)(nil), false
	if near, far, ok = m.pipe(); !ok || target == nil {
		return nil, errSnoop
	}
	m.mu.Lock()
	n := m.snoops
	m.snoops++
	m.mu.Unlock()
	leg := &snoopLeg{name: fmt.Sprintf("Snoop/%s-%08x", c.UniqueID(), n), resource: c.UniqueID(), near: near, far: far}
	leg.hear(target, spy)
	leg.speak(target, whisper)
	v := c.View()
	ch, err := m.core.Arrive(pbx.NewCall{Tech: "Snoop", Leg: leg, Context: cmp.Or(v.At.Context, "default"), Exten: "s", ID: how.ID, Up: true,
		Language: v.Language, AccountCode: v.AccountCode, Trace: m.core.Book().Open(leg.name), App: "Stasis",
		AppData: Stasis(how.App, how.Args)})
	if err != nil {
		leg.Hangup(pbx.CauseNormal)
		return nil, errSnoop
	}
	first := ch.Snapshot()
	tellSpy("ChanSpyStart", ch, c)
	leg.over = func() { tellSpy("ChanSpyStop", ch, c) }
	ch.SetOut()
	go func() { // it ends with the channel that it hears
		select {
		case <-c.Ended():
			ch.SoftHangup(pbx.CauseNormal)
		case <-ch.Ended():
		}
	}()
	return Channel(first), nil
}

var errSnoop = Refuse(500, "Snoop channel could not be created")

// Stasis are the arguments of Stasis() for an application and its own.
func Stasis(app string, args []string) string {
	for _, a := range args {
		app += "," + a
	}
	return app
}

// snoopLeg is the far end of a channel that snoops: another channel's audio.
type snoopLeg struct {
	name, resource string
	near, far      *media.Stream

	over func() // is told of its end; set before the channel runs. nil: no callback

	mu    sync.Mutex // guards the next two
	undo  []func()
	ended bool
}

// tellSpy makes it known that a channel begins to hear another one, or ends it.
func tellSpy(name string, spy, of *pbx.Channel) {
	if core := spy.Core(); core.Heard() {
		core.Tell(pbx.News{Name: name, Class: "call", Parts: []pbx.Part{{Prefix: "Spyer", Chan: spy.Snapshot()},
			{Prefix: "Spyee", Chan: of.Snapshot()}}})
	}
}

// rate of what is heard and said, in Hz: as wide as a telephone can.
const snoopRate = 16000

// hear has the channel hear a direction of another one's, or both.
func (l *snoopLeg) hear(target *media.Stream, d media.Direction) {
	for _, way := range []media.Direction{media.In, media.Out} {
		if d&way == 0 {
			continue
		}
		q := media.NewQueue(snoopRate)
		tap := target.Tap(way, q)
		v := l.far.Start(q, media.Play{Mix: true})
		l.undo = append(l.undo, tap.Stop, v.Stop)
	}
}

// speak has the channel be heard by the other one's far end (out), or by whom that is bridged with (in).
func (l *snoopLeg) speak(target *media.Stream, d media.Direction) {
	for _, way := range []media.Direction{media.In, media.Out} {
		if d&way == 0 {
			continue
		}
		q := media.NewQueue(snoopRate)
		tap := l.far.Tap(media.In, q)
		v := target.Start(q, media.Play{In: way == media.In, Mix: true})
		l.undo = append(l.undo, tap.Stop, v.Stop)
	}
}

func (l *snoopLeg) ChannelName() string     { return l.name }
func (l *snoopLeg) Resource() string        { return l.resource }
func (l *snoopLeg) Bind(*pbx.Channel)       {}
func (l *snoopLeg) Rebind(*pbx.Channel)     {}
func (l *snoopLeg) Call(pbx.CallInfo)       {}
func (l *snoopLeg) Indicate(pbx.Indication) {}
func (l *snoopLeg) Answer()                 {}
func (l *snoopLeg) Stream() *media.Stream   { return l.near }
func (l *snoopLeg) Codecs() []media.Codec   { return nil }
func (l *snoopLeg) Restrict([]media.Codec)  {}

// Hangup implements pbx.Leg.
func (l *snoopLeg) Hangup(pbx.Cause) {
	l.mu.Lock()
	again, undo := l.ended, l.undo
	l.ended, l.undo = true, nil
	l.mu.Unlock()
	if again {
		return
	}
	for _, f := range undo {
		f()
	}
	if l.over != nil {
		l.over()
	}
	l.near.Close()
	l.far.Close()
}
