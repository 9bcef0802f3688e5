package cc

import (
	"cmp"

	"obelisk/pbx"
)

// kept is what a channel keeps of call completion. The channel's worker owns it.
type kept struct {
	d       *Desk
	options *pbx.CompletionOptions // CALLCOMPLETION(), or those of a Local channel's caller; nil: the leg's
	dials   *place                 // nil before the first Dial of a call that may be completed
	recall  *recall                // nil outside a call back
}

// place is where a channel is in what a call has dialled.
type place struct {
	call     int64
	tree     *tree
	in       *extension
	original bool // it is the caller's
	ignore   bool // its Dial has ended: a second one is not completed
}

// recall is a call back.
type recall struct {
	call   int64
	tree   *tree
	nested bool // the channel was dialled in it
	ignore bool // its Dial has ended
}

// keptOf is what a channel keeps; a new one is not put there.
func (d *Desk) keptOf(c *pbx.Channel) *kept {
	if k, ok := c.Completing().(*kept); ok {
		return k
	}
	return &kept{d: d}
}

// optionsOf are the options of a channel. They are not to be changed.
func optionsOf(c *pbx.Channel) *pbx.CompletionOptions {
	if k, ok := c.Completing().(*kept); ok && k.options != nil {
		return k.options
	}
	if l, ok := c.Leg().(pbx.Completable); ok {
		if o := l.Completion(); o != nil {
			return o
		}
	}
	return &pbx.DefaultCompletion
}

// Inherited implements pbx.Completing.
func (k *kept) Inherited(to *pbx.Channel) pbx.Completing {
	n := &kept{d: k.d}
	if _, own := to.Leg().(pbx.Completable); !own {
		n.options = k.options
	}
	if k.dials != nil {
		p := *k.dials
		p.original = false
		n.dials = &p
	}
	if k.recall != nil {
		r := *k.recall
		r.nested = true
		n.recall = &r
		r.tell(k.d, to)
	}
	return n
}

// tell sets CC_INTERFACES at a Local channel that a call back comes to.
func (r *recall) tell(d *Desk, to *pbx.Channel) {
	if to.Outgoing() {
		return
	}
	exten, context := calledBy(to)
	found, list := false, ""
	d.ask(func() {
		if e := r.tree.named(exten + "@" + context); e != nil {
			found, list = true, r.tree.interfaces(e)
		}
	})
	if found {
		to.SetVar("CC_INTERFACES", list)
	}
}

// Over implements pbx.Completing: who has hung up may still ask.
func (k *kept) Over(c *pbx.Channel) {
	if k.dials != nil && k.dials.original {
		k.d.request(k.dials.call, offered, "CC offered to caller "+c.Name())
	}
}

// Dials implements pbx.Completion.
func (d *Desk) Dials(c *pbx.Channel) pbx.CompletionDial {
	k, options := d.keptOf(c), optionsOf(c)
	dial := &dial{d: d, k: k}
	if k.recall != nil && !k.recall.nested && !k.recall.ignore {
		dial.recall = k.recall
	}
	if options.Agent == "generic" && d.config.Load().Enabled {
		dial.place = k.enter(c, options)
	}
	if dial.place == nil && dial.recall == nil {
		return nil
	}
	c.SetCompleting(k)
	return dial
}

// enter notes a Dial: of a caller, or of a Local channel that he has dialled. nil where
// nothing of it is to be completed.
func (k *kept) enter(c *pbx.Channel, options *pbx.CompletionOptions) *place {
	exten, context := calledBy(c)
	e := &extension{name: exten + "@" + context}
	switch {
	case k.dials == nil:
		v := c.View()
		a := agent{device: c.Device(), options: *options, callerID: v.CallerID, exten: exten, context: context}
		t := &tree{agent: a, extensions: []*extension{e}}
		k.dials = &place{call: k.d.ids.Add(1) - 1, tree: t, in: e, original: true}
	case k.dials.ignore:
		return nil
	default:
		e.parent = k.dials.in
		t := k.dials.tree
		k.d.do(func() { t.extensions = append(t.extensions, e) })
		k.dials.in = e
	}
	if k.options == nil { // for the Local channels that it dials
		k.options = options
	}
	return k.dials
}

// calledBy is the extension that a channel is in, or that called the macro.
func calledBy(c *pbx.Channel) (exten, context string) {
	at := c.View().At
	exten, _ = c.Var("MACRO_EXTEN")
	context, _ = c.Var("MACRO_CONTEXT")
	return cmp.Or(exten, at.Exten), cmp.Or(context, at.Context)
}

// dial is one Dial; it implements pbx.CompletionDial.
type dial struct {
	d      *Desk
	k      *kept
	place  *place
	recall *recall // which it is; nil: an ordinary one
}

// Calls implements pbx.CompletionDial.
func (l *dial) Calls(callee *pbx.Channel, dialString string) {
	if l.place == nil {
		return
	}
	n := &dialled{dialString: dialString}
	if callee != nil {
		n.device = callee.Device()
	}
	e := l.place.in
	l.d.do(func() { e.dialled = append(e.dialled, n) })
}

// Offers implements pbx.CompletionDial.
func (l *dial) Offers(callee *pbx.Channel, s pbx.CompletionService) {
	options := optionsOf(callee)
	if _, offers := callee.Leg().(pbx.Completable); !offers || l.place == nil || l.place.tree.over.Load() {
		return
	}
	if options.Monitor != "generic" && options.Monitor != "always" {
		return
	}
	m := &monitor{device: callee.Device(), in: l.place.in, service: s, options: *options}
	p, r := *l.place, l.k.recall
	l.d.do(func() { l.d.offer(p, r, m) })
}

// Over implements pbx.CompletionDial.
func (l *dial) Over(everyoneFailed bool) {
	if l.place != nil {
		l.place.ignore = true
		if l.place.original {
			l.place.tree.over.Store(true)
		}
	}
	switch {
	case l.recall == nil:
	case everyoneFailed:
		l.d.request(l.recall.call, failed, "Everyone is busy/congested for the recall. How sad")
	default:
		l.d.request(l.recall.call, complete, "")
	}
	if l.recall != nil {
		l.recall.ignore = true
	}
}

// offer takes a callee in who can be watched. The first one begins the call.
func (d *Desk) offer(p place, r *recall, m *monitor) {
	if p.tree.monitor(m.device) != nil {
		return
	}
	if d.monitors(m.device) >= m.options.MaxMonitors {
		d.core.Log().Info().Msgf("Not queuing a CC frame for device %s since it already has its maximum monitors allocated", m.device)
		return
	}
	c := d.calls[p.call]
	if c == nil {
		if c = d.begin(p, r); c == nil {
			return
		}
	}
	p.tree.monitors = append(p.tree.monitors, m)
	m.in.mark(m.device, true)
	d.tell("CCAvailable", c, pbx.Field{Name: "Callee", Value: m.device}, pbx.Field{Name: "Service", Value: string(m.service)})
}

// begin makes the call; nil where the caller has asked for as much as he may.
func (d *Desk) begin(p place, r *recall) *call {
	a := p.tree.agent
	for c := d.of(a.device, false); c != nil; c = d.of(a.device, false) {
		d.forget(c) // he may ask for his last call only
	}
	but := int64(-1)
	if r != nil && !r.nested {
		but = r.call
	}
	// A generic agent has one request at a time, whatever cc_max_agents says.
	if n := d.asks(a.device, but); n > 0 || n >= a.options.MaxAgents {
		return nil
	}
	c := &call{d: d, id: p.call, agent: a, tree: p.tree}
	d.add(c)
	return c
}

// monitors counts the calls that could watch a device.
func (d *Desk) monitors(device string) (n uint) {
	for _, c := range d.order {
		if c.tree.monitor(device) != nil {
			n++
		}
	}
	return n
}
