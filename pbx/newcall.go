package pbx

import (
	"cmp"
	"fmt"
	"strconv"
	"time"

	"obelisk/dialplan"
	"obelisk/internal/trace"
	"obelisk/pbx/event"
)

// How a channel begins: a call that arrives, one that is made, one of no call.

// NewCall describes an incoming call.
type NewCall struct {
	Tech        string
	Leg         Leg
	Context     string
	Exten       string
	CallerID    CallerID
	Redirecting *Redirecting // nil when nobody sent the call here
	AccountCode string
	AMAFlags    string // of its call records, "" for DOCUMENTATION
	ToneZone    string // country of its tones, "" for the default
	Language    string
	Vars        [][2]string
	Trace       *trace.Call
	DNID, ANI   string   // the number that the far end has dialled, and its own; "": unknown
	App         string   // instead of the dialplan; "" for none
	AppData     string   // its arguments
	ID          string   // its unique id; "": any
	Up          bool     // it is answered from the beginning: nobody outside calls
	Visitor     bool     // of another node, in a call that is let in there: it is taken while calls are refused
	Message     *Message // that the channel carries; nil for calls
	MaxForwards int      // how far the request may still go; 0: unknown, NoneLeft: no further
	Parent      *Channel // whose call it belongs to, nil for none
}

// Incoming starts a channel in the dialplan on its own goroutine.
func (c *Core) Incoming(n NewCall) (*Channel, error) {
	ch, err := c.Arrive(n)
	if err == nil {
		ch.SetOut()
	}
	return ch, err
}

// Arrive makes the channel and makes it known; it waits until it is called (Called), or ended.
func (c *Core) Arrive(n NewCall) (*Channel, error) {
	ch := c.newChannel(n.Tech, n.Leg, n.Trace)
	ch.assume(n.ID)
	ch.idle = true
	ch.entrust()
	if ch.state = StateRing; n.Parent == nil {
		if _, none := n.Leg.(*phantomLeg); none {
			ch.state = StateDown
		}
	}
	if n.Up {
		ch.state, ch.answered = StateUp, ch.created
	}
	ch.callerID, ch.redirecting, ch.accountCode, ch.language = n.CallerID, n.Redirecting, n.AccountCode, cmp.Or(n.Language, c.Language())
	ch.machine = dialplan.NewMachine(c.Plan(), dialplan.Location{Context: n.Context, Exten: n.Exten, Priority: 1})
	ch.at, ch.dnid, ch.ani = ch.machine.At(), n.DNID, n.ANI
	ch.hops.wire = n.MaxForwards
	if n.Parent != nil {
		ch.first, ch.linkedID = n.Parent.origin(), n.Parent.View().LinkedID
	}
	for _, v := range n.Vars {
		ch.vars.Set(v[0], v[1])
	}
	ch.visitor = n.Visitor
	if err := c.admit(ch); err != nil {
		return nil, err
	}
	if n.Redirecting != nil {
		ch.noteDestination(*n.Redirecting)
	}
	ch.announce(n.Vars)
	if n.Parent != nil {
		ch.inheritCompleting(n.Parent)
	}
	n.Leg.Bind(ch)
	ch.listenDigits()
	if ch.message = n.Message; n.App != "" {
		ch.only = &single{n.App, n.AppData}
	}
	ch.SetAMAFlags(n.AMAFlags)
	ch.SetToneZone(n.ToneZone)
	if n.Message == nil {
		ch.beginRecords()
		c.processed.Add(1)
	}
	return ch, nil
}

// SetOut starts the goroutine of a channel that has arrived.
func (c *Channel) SetOut() {
	c.locked(func() { c.idle = false })
	c.core.crew.begin(c.run)
}

// Request asks a technology for an outgoing leg.
func (c *Core) Request(tech string, r Request) (Leg, error) {
	tech, r.Resource = c.Meant(tech, r.Resource)
	t := c.tech(tech)
	if t == nil {
		return nil, &RequestError{Cause: CauseNotImplemented, Why: "there is no channel technology '" + tech + "'"}
	}
	if !secures(t, r) {
		return nil, &RequestError{Cause: CauseBearer, Why: "calls of " + tech + " cannot be secured, as the caller asks (secure_bridge)"}
	}
	return t.Request(r)
}

// Bare is a channel of no call, at a place of the dialplan: functions may be evaluated
// on it. Drop takes it away.
func (c *Core) Bare(at dialplan.Location) *Channel {
	n := c.nextName.Add(1) - 1
	ch := &Channel{core: c, tech: "Bogus",
		created: time.Now(), trace: trace.NewBook(1).Open("evaluation"), digit: 5 * time.Second, response: 10 * time.Second,
		machine: dialplan.NewMachine(c.Plan(), at)}
	ch.ident.Store(&identity{fmt.Sprintf("Bogus/manager-%08x", n), fmt.Sprintf("%d.%d", time.Now().Unix(), c.nextID.Add(1)-1)})
	ch.hops = hops{begun: mostHops, left: mostHops}
	ch.bare, ch.leg = true, &phantomLeg{name: ch.Name(), resource: "manager", done: func() {}}
	ch.entrust()
	ch.SetLocation(at)
	ch.beginRecords()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.channels[ch.Name()] = ch
	return ch
}

// Drop takes a bare channel away.
func (c *Core) Drop(ch *Channel) {
	ch.shut()
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.channels, ch.Name())
	c.tellIdle()
}

// Branches are the places that all ring when a resource is dialled: one, "", for most.
func (c *Core) Branches(tech, resource string) []string {
	tech, resource = c.Meant(tech, resource)
	if f, ok := c.tech(tech).(Forker); ok {
		if list := f.Branches(resource); len(list) > 1 {
			return list
		}
	}
	return []string{""}
}

// Outgoing makes a channel for a leg that is about to be dialled. The caller's goroutine
// works it, until that ends it or gives it away.
func (c *Core) Outgoing(tech string, leg Leg, caller *Channel) (*Channel, error) {
	return c.OutgoingAs("AppDial", tech, leg, caller)
}

// OutgoingAs is Outgoing by another application than Dial: app is what the channel shows while it
// has no dialplan of its own.
func (c *Core) OutgoingAs(app, tech string, leg Leg, caller *Channel) (*Channel, error) {
	ch, err := c.outgoing(tech, leg, caller.trace, app, func(ch *Channel) {
		at := caller.View() // another channel may exchange names with this one
		ch.linkedID, ch.language = at.LinkedID, at.Language
		ch.holder, ch.plan = caller.worker(), caller.machine.Plan()
		ch.hopsAfter(caller)
		ch.SetMusicClass(at.MusicClass)
		ch.inheritCompleting(caller)
		if v, _ := caller.Fact(inheritsFeatures); v == "yes" {
			ch.copyFacts(caller, "features:")
		}
		caller.mu.Lock()
		caller.vars.InheritTo(&ch.vars)
		caller.mu.Unlock()
	})
	if err == nil && c.Heard() {
		var vars dialplan.Vars
		caller.InheritTo(&vars)
		ch.tellVars(&vars)
	}
	return ch, err
}

// outgoing makes the channel; prepare completes it before others see it.
func (c *Core) outgoing(tech string, leg Leg, t *trace.Call, app string, prepare func(*Channel)) (*Channel, error) {
	tech, _ = c.Meant(tech, "")
	ch := c.newChannel(tech, leg, t)
	ch.outgoing = true
	if ch.outApp, ch.app, ch.appData = app, app, event.OutgoingLine; app == "" {
		ch.appData = ""
	}
	house := houseOf(leg)
	ch.at = dialplan.Location{Context: house.Context, Exten: cmp.Or(house.Exten, "s"), Priority: 1}
	for _, v := range house.Vars {
		ch.vars.Set(v[0], v[1])
	}
	ch.SetAMAFlags(house.AMAFlags)
	ch.accountCode, ch.language = house.AccountCode, cmp.Or(house.Language, c.Language())
	if i, ok := leg.(Identified); ok {
		ch.callerID = i.Identity()
	}
	prepare(ch)
	if err := c.admit(ch); err != nil {
		return nil, err
	}
	ch.beginRecords()
	ch.announce(house.Vars)
	ch.locked(func() { ch.ani, ch.at.Exten = ch.callerID.Num, house.Exten })
	leg.Bind(ch)
	ch.listenDigits()
	return ch, nil
}

func (c *Core) newChannel(tech string, leg Leg, t *trace.Call) *Channel {
	now := time.Now()
	var room [64]byte
	id := string(strconv.AppendUint(append(strconv.AppendInt(room[:0], now.Unix(), 10), '.'), c.nextID.Add(1)-1, 10))
	if c.cfg.SystemName != "" {
		id = c.cfg.SystemName + "-" + id
	}
	if n, ok := leg.(interface{ WantedID() string }); ok && n.WantedID() != "" {
		id = n.WantedID()
	}
	name := ""
	if n, ok := leg.(interface{ ChannelName() string }); ok {
		name = n.ChannelName()
	} else {
		name = channelName(room[:0], tech, leg.Resource(), uint64(c.nextName.Add(1)-1))
	}
	ch := &Channel{core: c, leg: leg, tech: tech, linkedID: id, trace: t, created: now, digit: 5 * time.Second, response: 10 * time.Second,
		hops: hops{begun: mostHops, left: mostHops}}
	ch.ident.Store(&identity{name, id})
	c.cfg.Book.Also(t, name)
	return ch
}

// channelName is "tech/resource-0000002a", written behind b.
func channelName(b []byte, tech, resource string, number uint64) string {
	b = append(append(append(append(b, tech...), '/'), resource...), '-')
	for digits := 8; digits > 1 && number>>(4*(digits-1)) == 0; digits-- {
		b = append(b, '0')
	}
	return string(strconv.AppendUint(b, number, 16))
}
