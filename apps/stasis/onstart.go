package stasis

import "obelisk/pbx"

// opening is what is done with a channel of a program's call as soon as the application has it: it goes
// into a bridge and is played something. All of it was asked for, and judged, with the call: a program
// needs no request for each step and leaves no half of it behind when it goes away meanwhile.
type opening struct {
	app    *application
	bridge *Bridge   // nil: none
	made   bool      // it was made for this call, and goes with it if that comes to nothing
	play   *playback // nil: none
}

// errNotActive is told of a call for an application whose program is not there.
var errNotActive = Refuse(409, "Application is not active")

// planOpening judges what a call is to begin with, and makes its bridge. Nothing of it is left after an error.
func (m *Module) planOpening(o *Call) (*opening, error) {
	if o.Bridge == "" && len(o.Play.Media) == 0 {
		return nil, nil
	}
	if o.Application == "" {
		return nil, Refuse(400, "A bridge and media need an application")
	}
	m.mu.Lock()
	a := m.apps[o.Application]
	active := a != nil && a.sink != nil
	m.mu.Unlock()
	if !active {
		return nil, errNotActive
	}
	w := &opening{app: a}
	if o.Bridge != "" {
		b, err := m.findBridge(o.Bridge)
		if err == errNoBridge {
			if _, err = m.NewBridge(o.Bridge, "", "", nil); err == nil {
				w.made = true
				b, err = m.findBridge(o.Bridge)
			}
		}
		if err != nil {
			return nil, err
		}
		w.bridge = b
	}
	return w, nil
}

// noteOpening notes what is to be done once the application has the channel. What it is played is queued from
// now on, and fails with a call that is not answered.
func (m *Module) noteOpening(w *opening, o *Call, c *pbx.Channel) (err error) {
	if len(o.Play.Media) > 0 {
		if w.play, err = m.newPlayback(o.Play, "channel:"+c.UniqueID(), c); err != nil {
			return err
		}
	}
	m.mu.Lock()
	m.openings[c] = w
	m.mu.Unlock()
	go func() {
		<-c.Ended()
		m.cancel(m.opening(c))
	}()
	return nil
}

// opening takes that of a channel; nil: there is none, or it has begun.
func (m *Module) opening(c *pbx.Channel) *opening {
	m.mu.Lock()
	defer m.mu.Unlock()
	w := m.openings[c]
	delete(m.openings, c)
	return w
}

// cancel takes back what has come to nothing.
func (m *Module) cancel(w *opening) {
	if w == nil {
		return
	}
	if w.play != nil {
		w.fail(m)
	}
	if w.made && len(w.bridge.b.Members()) == 0 {
		m.Destroy(w.bridge.b.ID())
	}
}

// fail ends a prompt that was never begun. The application is told, though it may hear of the channel no
// more.
func (w *opening) fail(m *Module) {
	w.play.finish("failed")
	e := message{kind: "PlaybackFinished", fields: Object{"playback", w.play.model()}}
	m.mu.Lock()
	defer m.mu.Unlock()
	if !w.app.wants([]topic{{kindChannel, w.play.target[len("channel:"):]}}) {
		m.tellApp(w.app, e)
	}
}

// begin does what was asked for with the call, before anything that the program asks for now.
func (k *control) begin() {
	w := k.m.opening(k.c)
	if w == nil {
		return
	}
	if w.bridge != nil {
		k.m.mu.Lock()
		k.target = w.bridge
		k.m.mu.Unlock()
		k.do(func(c *pbx.Channel) <-chan struct{} { return k.join(seating{bridge: w.bridge}) })
	}
	if w.play != nil {
		k.play(w.play)
	}
}

// told are the members that the answer to the request has besides the channel's.
func (w *opening) told() (out Object) {
	if w == nil {
		return nil
	}
	if w.bridge != nil {
		out = append(out, "bridge_id", w.bridge.b.ID())
	}
	if w.play != nil {
		out = append(out, "playback_id", w.play.how.ID)
	}
	return out
}
