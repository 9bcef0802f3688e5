package stasis

import (
	"strconv"
	"time"

	"obelisk/pbx"
)

// What programs may ask for besides: numbers of events, those that were missed, and time to come back.
// None of it is there for a program that asks for none.

// Resume is what a program asks for when it connects.
type Resume struct {
	Numbered bool          // its events have a member "seq"
	Since    int64         // it has had those up to here; negative: it is new
	Grace    time.Duration // for how long its application stays active without it
	Fallback string        // context for its channels when it does not come back; "": they stay
}

// mostKept events of an application are kept, and of so many bytes; fewer than may wait for a socket.
const (
	mostKept  = 4000
	mostBytes = 8 << 20
)

// past is the events of an application. All is guarded by the module's lock.
type past struct {
	how   Resume
	last  int64 // number of the newest
	kept  [][]byte
	bytes int
}

// number adds the number of the next event.
func (p *past) number(b []byte) []byte {
	if !p.how.Numbered {
		return b
	}
	p.last++
	return strconv.AppendInt(append(b, `,"seq":`...), p.last, 10)
}

// keep keeps an event.
func (p *past) keep(event []byte) {
	if !p.how.Numbered {
		return
	}
	p.kept, p.bytes = append(p.kept, event), p.bytes+len(event)
	for len(p.kept) > mostKept || p.bytes > mostBytes {
		p.bytes -= len(p.kept[0])
		p.kept = p.kept[1:]
	}
}

// since are the events after a number; false: not all of them are kept.
func (p *past) since(n int64) ([][]byte, bool) {
	first := p.last - int64(len(p.kept)) // before the oldest
	if n < first || n > p.last {
		return nil, false
	}
	return p.kept[n-first:], true
}

// away stands in for a program that is expected back.
type away struct{ timer *time.Timer }

// Event implements Sink.
func (*away) Event([]byte) {}

// errPast is for who asks for events that are gone.
var errPast = Refuse(410, "The events since then are not kept any more")

// CanResume says whether a program may go on as it asks: 410.
func (m *Module) CanResume(name string, r Resume) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if a := m.apps[name]; r.Since >= 0 {
		if a == nil {
			return errPast
		}
		if _, ok := a.past.since(r.Since); !ok {
			return errPast
		}
	}
	return nil
}

// Return is Register for a program that asks for more: it gets what it has missed first.
func (m *Module) Return(name string, to Sink, all bool, r Resume) {
	m.mu.Lock()
	a := m.apps[name]
	if a == nil {
		a = newApplication(name)
		m.apps[name] = a
	}
	if w, ok := a.sink.(*away); ok {
		w.timer.Stop() // it is the one that was expected: nobody is replaced
	} else if a.sink != nil {
		m.tellApp(a, message{kind: "ApplicationReplaced"})
	}
	if missed, ok := a.past.since(r.Since); ok && r.Since >= 0 {
		for _, e := range missed {
			to.Event(e)
		}
	}
	a.sink, a.past.how = to, r
	m.mu.Unlock()
	m.Register(name, to, all)
}

// Leave is Unregister for a program that may come back: until then its application goes on without it.
func (m *Module) Leave(name string, of Sink) {
	m.mu.Lock()
	a := m.apps[name]
	if a == nil || a.sink != of || a.past.how.Grace <= 0 {
		m.mu.Unlock()
		m.Unregister(name, of)
		return
	}
	w := &away{}
	w.timer = time.AfterFunc(a.past.how.Grace, func() { m.giveUp(name, w) })
	a.sink = w
	m.mu.Unlock()
}

// giveUp is for an application whose program has not come back.
func (m *Module) giveUp(name string, w *away) {
	m.mu.Lock()
	a := m.apps[name]
	if a == nil || a.sink != w {
		m.mu.Unlock()
		return
	}
	fallback := a.past.how.Fallback
	a.past = past{}
	var list []*control
	for _, k := range m.controls {
		if k.app == a && !k.over {
			list = append(list, k)
		}
	}
	m.mu.Unlock()
	m.Unregister(name, w)
	if fallback == "" {
		return
	}
	for _, k := range list {
		exten := k.c.View().At.Exten
		if !m.core.Plan().Exists(fallback, exten, pbx.QueryFor(k.c)) {
			exten = "s"
		}
		if err := m.Continue(k.id, fallback, exten, "", 1); err != nil {
			m.core.Log().Warn().Msgf("the channel %s of application '%s' cannot go to its fall-back context '%s': %v", k.id, name, fallback, err)
		}
	}
}

// Standing is where a channel is, for a program whose request was refused; nil: there is none.
func (m *Module) Standing(id string) Object {
	c := m.Find(id)
	if c == nil {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	o := Object{"state", c.View().State.String(), "app", Absent, "bridge", Absent}
	if k := m.controls[c]; k != nil && !k.over {
		o[3] = k.app.name
		if k.target != nil {
			o[5] = k.target.b.ID()
		}
	}
	return o
}
