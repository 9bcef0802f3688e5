package pbx

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"obelisk/dialplan"
	"obelisk/internal/trace"
	"obelisk/pbx/cdr"

	"github.com/rs/zerolog"
)

// Config of a core.
type Config struct {
	Log        zerolog.Logger
	Book       *trace.Book
	CDR        *cdr.Writer // nil: no records
	SystemName string
	Language   string            // of channels for which nobody says it; "": en
	Audience   Audience          // nil: nobody is shown what calls do
	QueueLog   func(line string) // nil: there is none; must not wait
	MaxCalls   int               // 0: no limit
	BuiltIns   map[string]string // ASTETCDIR and so on
	Resting    int               // goroutines that may rest between calls, until Close; 0: none
}

// Core is the switchboard: it owns the list of channels and the plan in force.
type Core struct {
	cfg        Config
	plan       atomic.Pointer[dialplan.Plan]
	techs      map[string]Tech
	apps       map[string]*App
	funcs      map[string]*Func
	tellers    map[string]DeviceTeller // of devices that are no channels
	presences  map[string]PresenceTeller
	hints      hints
	mailboxes  mailboxes
	mailroom   Mailroom
	messengers map[string]Messenger
	music      Music                     // nil: there is none
	reload     func(module string) error // SetReload
	modules    []Module                  // SetModules
	completion Completion                // nil: there is none
	tones      atomic.Pointer[Tones]
	begun      time.Time
	keys       func(*Channel, May) *Keys // of features.conf; nil: there are none
	features   func(*Channel, string) string
	intercept  func(*Channel) func(*Channel) // SetInterception
	parking    Parking                       // nil: there is none
	own        ownSteps

	tally       tally
	crew        crew
	ledger      *cdr.Ledger
	copies      atomic.Pointer[[]RecordCopy]
	news        atomic.Pointer[[]*func(*News)] // who listens
	channelVars atomic.Pointer[[]string]
	unloaded    atomic.Pointer[map[string]bool] // applications, by their names in small letters
	shownVars   atomic.Pointer[[]string]        // ShowVariables

	nextID   atomic.Uint64 // of unique ids
	nextName atomic.Uint32 // of channel names
	messages atomic.Int32  // being worked on
	pickup   atomic.Pointer[string]
	// dangerously lifts the guards of functions
	dangerously atomic.Bool
	processed   atomic.Uint64

	bridges bridges

	mu       sync.Mutex // guards channels, globals, refusing, idle
	channels map[string]*Channel
	globals  dialplan.Vars
	refusing bool
	idle     chan struct{} // closed when refusing and the last channel is gone
	calls    int
}

// NewCore makes an empty switchboard.
func NewCore(cfg Config) *Core {
	c := &Core{cfg: cfg, techs: map[string]Tech{}, apps: map[string]*App{}, funcs: map[string]*Func{}, tellers: map[string]DeviceTeller{}, presences: map[string]PresenceTeller{}, messengers: map[string]Messenger{}, channels: map[string]*Channel{}, begun: time.Now()}
	c.crew.most = cfg.Resting
	c.ledger = cdr.NewLedger(c.recordConfig)
	c.plan.Store(&dialplan.Plan{Contexts: map[string]*dialplan.Context{}, AutoFallthrough: true})
	return c
}

// Log is the core's logger.
func (c *Core) Log() *zerolog.Logger { return &c.cfg.Log }

// Book is where calls are traced.
func (c *Core) Book() *trace.Book { return c.cfg.Book }

// PickupExten is what is dialled to pick a call up (features.conf), "" for nothing.
func (c *Core) PickupExten() string {
	if p := c.pickup.Load(); p != nil {
		return *p
	}
	return ""
}

// SetPickupExten changes it.
func (c *Core) SetPickupExten(exten string) { c.pickup.Store(&exten) }

// Begun is when the core was made.
func (c *Core) Begun() time.Time { return c.begun }

// Plan is the dialplan in force for new calls.
func (c *Core) Plan() *dialplan.Plan { return c.plan.Load() }

// SetPlan puts a compiled dialplan in force; calls keep the one they have.
func (c *Core) SetPlan(p *dialplan.Plan) {
	c.own.mu.Lock()
	defer c.own.mu.Unlock()
	for module, list := range c.own.list {
		p = p.WithOwn(module, list)
	}
	c.mu.Lock()
	if p.ClearGlobals {
		c.globals = dialplan.Vars{}
	}
	for _, g := range p.Globals {
		c.globals.Set(g.Name, g.Value)
	}
	c.mu.Unlock()
	c.plan.Store(p)
	c.ReviewHints()
}

// EditPlan puts another plan in force that f makes of the present one, unless f says why
// not; the global variables stay as they are.
func (c *Core) EditPlan(f func(*dialplan.Plan) (*dialplan.Plan, error)) error {
	for {
		old := c.plan.Load()
		p, err := f(old)
		if err != nil {
			return err
		}
		if c.plan.CompareAndSwap(old, p) {
			c.ReviewHints()
			return nil
		}
	}
}

// Global reads a global variable.
func (c *Core) Global(name string) (string, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.globals.Get(name)
}

// SetGlobal writes one.
func (c *Core) SetGlobal(name, value string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.globals.Set(name, dialplan.Bound(nil, value, dialplan.MostText)) && c.tally.globals.again() {
		c.cfg.Log.Warn().Msgf("there is no room for the global variable %q: they have %d bytes", name, dialplan.MostVars)
	}
}

// UnsetGlobal removes one.
func (c *Core) UnsetGlobal(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.globals.Unset(name)
}

// Globals visits them, newest first.
func (c *Core) Globals(f func(name, value string)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.globals.Each(f)
}

// ErrStopping refuses calls during a shutdown.
var ErrStopping = errors.New("the switchboard is shutting down")

// ErrMaxCalls refuses calls over asterisk.conf's maxcalls.
var ErrMaxCalls = errors.New("the limit of calls (maxcalls in asterisk.conf) is reached")

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
	t := c.techs[strings.ToLower(tech)]
	if t == nil {
		return nil, &RequestError{Cause: CauseNotImplemented, Why: "there is no channel technology '" + tech + "'"}
	}
	return t.Request(r)
}

// Bare is a channel of no call, at a place of the dialplan: functions may be evaluated
// on it. Drop takes it away.
func (c *Core) Bare(at dialplan.Location) *Channel {
	n := c.nextName.Add(1) - 1
	ch := &Channel{core: c, tech: "Bogus",
		created: time.Now(), trace: trace.NewBook(1).Open("evaluation"), digit: 5 * time.Second, response: 10 * time.Second, machine: dialplan.NewMachine(c.Plan(), at)}
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

// BuiltIn is a variable that is the same for all channels, such as ASTETCDIR.
func (c *Core) BuiltIn(name string) string { return c.cfg.BuiltIns[name] }

// Nowhere is the place of a bare channel that needs none.
var Nowhere = dialplan.Location{Context: "default", Exten: "s", Priority: 1}

// MaxCalls is asterisk.conf's maxcalls, 0 for no limit.
func (c *Core) MaxCalls() int { return c.cfg.MaxCalls }

// Language is asterisk.conf's defaultlanguage.
func (c *Core) Language() string { return cmp.Or(c.cfg.Language, "en") }

// SystemName is asterisk.conf's systemname.
func (c *Core) SystemName() string { return c.cfg.SystemName }

// Branches are the places that all ring when a resource is dialled: one, "", for most.
func (c *Core) Branches(tech, resource string) []string {
	if f, ok := c.techs[strings.ToLower(tech)].(Forker); ok {
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

// outgoingLine is what a channel shows that was called and has no dialplan of its own.
const outgoingLine = "(Outgoing Line)"

// outgoing makes the channel; prepare completes it before others see it.
func (c *Core) outgoing(tech string, leg Leg, t *trace.Call, app string, prepare func(*Channel)) (*Channel, error) {
	ch := c.newChannel(tech, leg, t)
	ch.outgoing = true
	if ch.outApp, ch.app, ch.appData = app, app, outgoingLine; app == "" {
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
	id := fmt.Sprintf("%d.%d", time.Now().Unix(), c.nextID.Add(1)-1)
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
		name = fmt.Sprintf("%s/%s-%08x", tech, leg.Resource(), c.nextName.Add(1)-1)
	}
	ch := &Channel{core: c, leg: leg, tech: tech, linkedID: id, trace: t, created: time.Now(), digit: 5 * time.Second, response: 10 * time.Second,
		hops: hops{begun: mostHops, left: mostHops}}
	ch.ident.Store(&identity{name, id})
	c.cfg.Book.Also(t, name)
	return ch
}

func (c *Core) admit(ch *Channel) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refusing && !ch.outgoing {
		return ErrStopping
	}
	if !ch.outgoing {
		if c.cfg.MaxCalls > 0 && c.calls >= c.cfg.MaxCalls {
			return ErrMaxCalls
		}
		c.calls++
	}
	c.channels[ch.Name()] = ch
	ch.origin().kin.Add(1)
	return nil
}

// remove takes a channel off the list; false when it is not there any more.
func (c *Core) remove(ch *Channel) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.channels[ch.Name()] != ch {
		return false
	}
	delete(c.channels, ch.Name())
	ch.origin().kin.Add(-1)
	if !ch.outgoing {
		c.calls--
	}
	c.tellIdle()
	return true
}

// tellIdle tells who waits for the last channel to go. It is called with mu held.
func (c *Core) tellIdle() {
	if c.idle != nil && len(c.channels) == 0 {
		close(c.idle)
		c.idle = nil
	}
}

// workedBy lists the channels that another one has dialled and works.
func (c *Core) workedBy(by *Channel) []*Channel {
	return slices.DeleteFunc(c.Channels(), func(o *Channel) bool { return o == by || o.worker() != by.own })
}

// Channels lists the channels by age.
func (c *Core) Channels() []*Channel {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make([]*Channel, 0, len(c.channels))
	for _, ch := range c.channels {
		out = append(out, ch)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].created.Before(out[j].created) })
	return out
}

// Channel finds one by name, or by its unique id: as with Asterisk either will do wherever people and
// programs name a channel.
func (c *Core) Channel(name string) *Channel {
	if !strings.Contains(name, "/") { // every name has one
		return c.ChannelByID(name)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.channels[name]
}

// ChannelByID finds one by its unique id.
func (c *Core) ChannelByID(id string) *Channel {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, ch := range c.channels {
		if ch.UniqueID() == id {
			return ch
		}
	}
	return nil
}

// ChannelLike finds one by the beginning of its name, in any case; the whole name goes before.
func (c *Core) ChannelLike(name string) *Channel {
	if ch := c.Channel(name); ch != nil || name == "" {
		return ch
	}
	for _, ch := range c.Channels() {
		if n := ch.Name(); len(n) >= len(name) && strings.EqualFold(n[:len(name)], name) {
			return ch
		}
	}
	return nil
}

// Counts returns active channels, active calls and calls processed.
func (c *Core) Counts() (channels, calls int, processed uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.channels), c.calls, c.processed.Load()
}

// Refuse stops (or again allows) new calls. The returned channel is closed when
// none is left.
func (c *Core) Refuse(on bool) <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refusing = on
	if !on && c.idle != nil { // who waits is told by aborts of his own
		close(c.idle)
		c.idle = nil
	}
	done := make(chan struct{})
	if !on || len(c.channels) == 0 {
		close(done)
		return done
	}
	if c.idle == nil {
		c.idle = done
	}
	return c.idle
}

// Refusing says whether new calls are refused.
func (c *Core) Refusing() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.refusing
}

// HangupAll asks every channel to end.
func (c *Core) HangupAll(cause Cause) {
	for _, ch := range c.Channels() {
		ch.SoftHangup(cause)
	}
}
