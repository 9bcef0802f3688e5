package stasis

import (
	"cmp"
	"strings"

	"obelisk/dialplan"
	"obelisk/pbx"
)

// Call is one that a program begins.
type Call struct {
	pbx.Originate
	Application string   // that gets the channel; "": At
	Args        []string // for it
	Shown       []string // variables of the channel that all its events tell of
	Told        []string // those that the answer tells of
	Originator  string   // id of the channel of whose call it is; "": none
	Bridge      string   // id of the bridge into which it goes then, made where there is none; "": none
	Play        Play     // what it hears then; without media: nothing
}

// Originate calls a far end, and gives it to the application, or to a place of the dialplan, once it has
// answered. The channel is told at once, as it is before it is called.
func (m *Module) Originate(o Call) (Object, error) {
	if err := m.prepare(&o); err != nil {
		return nil, err
	}
	opens, err := m.planOpening(&o)
	if err != nil {
		return nil, err
	}
	var first *pbx.Snapshot
	o.Before = func(c *pbx.Channel) bool {
		if opens != nil {
			if err = m.noteOpening(opens, &o, c); err != nil {
				return false
			}
		}
		m.begun(c, &o)
		first = c.Snapshot()
		for _, name := range o.Told {
			first.Shown = append(first.Shown[:len(first.Shown):len(first.Shown)], [2]string{name, c.Variable(name)})
		}
		return true
	}
	wait, failed := m.core.BeginOriginate(o.Originate)
	if failed != nil {
		m.cancel(opens)
		switch {
		case err != nil:
			return nil, err
		case first == nil || opens != nil:
			return nil, ErrAllocation
		}
		return append(Channel(first), opens.told()...), nil // it was there, and its events have told its end
	}
	go wait()
	return append(Channel(first), opens.told()...), nil
}

// Create makes a channel that is in the application before it is called (Dial).
func (m *Module) Create(o Call) (Object, error) {
	if o.Originator != "" && m.Find(o.Originator) == nil {
		o.Originator = "" // which is no mistake here
	}
	if err := m.prepare(&o); err != nil {
		return nil, err
	}
	var first *pbx.Snapshot
	o.Before = func(c *pbx.Channel) bool {
		m.hears(&o, c) // and not of its other half
		for _, name := range o.Shown {
			c.ShowVariable(name)
		}
		first = c.Snapshot()
		return true
	}
	if _, err := m.core.Prepare(o.Originate); err != nil {
		return nil, Refuse(500, "Unable to create channel")
	}
	return Channel(first), nil
}

// prepare completes the call.
func (m *Module) prepare(o *Call) error {
	for _, id := range []string{o.ID, o.OtherID} {
		if id != "" && m.core.ChannelByID(id) != nil {
			return Refuse(409, "Channel with given unique ID already exists")
		}
	}
	if o.Originator != "" {
		by := m.Find(o.Originator)
		if by == nil {
			return Refuse(400, "Provided originator channel was not found")
		}
		o.LinkedID = by.View().LinkedID
	}
	if !m.core.Technology(o.Tech) {
		return ErrAllocation
	}
	if o.Application != "" {
		o.App, o.Data = "Stasis", strings.Join(append([]string{o.Application}, o.Args...), ",")
	}
	o.Quiet = true
	return nil
}

// begun is told of the channel before it is called: the application hears of both of its halves.
func (m *Module) begun(c *pbx.Channel, o *Call) {
	for _, name := range o.Shown {
		c.ShowVariable(name)
	}
	list := []*pbx.Channel{c}
	if half, ok := c.Leg().(pbx.Paired); ok {
		if other := half.Pair(); other != nil {
			list = append(list, other)
		}
	}
	m.hears(o, list...)
}

// hears has the application of a call hear of its channels, also when they have left it.
func (m *Module) hears(o *Call, list ...*pbx.Channel) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if a := m.apps[o.Application]; a != nil && a.sink != nil {
		for _, x := range list {
			a.subscribe(kindChannel, x.UniqueID())
		}
	}
}

// Place completes where a call goes in the dialplan.
func (m *Module) Place(context, exten, label string, priority int) (dialplan.Location, error) {
	at := dialplan.Location{Context: cmp.Or(context, "default"), Exten: exten, Priority: max(priority, 1)}
	if label == "" {
		return at, nil
	}
	return m.Label(at, label)
}
