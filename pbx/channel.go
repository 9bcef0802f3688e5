package pbx

import (
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"obelisk/dialplan"
	"obelisk/internal/config"
	"obelisk/internal/trace"
	"obelisk/media"
	"obelisk/pbx/cdr"
	"obelisk/pbx/event"
)

// identity is what a channel is known by. It goes with the party when that takes the place
// of another one (Join).
type identity struct{ name, uniqueID string }

// Channel is one party of a call. A channel that entered the dialplan is run
// by its own goroutine; an outgoing channel is worked by the one that dialled
// it. Everything below mu may be read from anywhere.
type Channel struct {
	core       *Core
	tech       string
	ident      atomic.Pointer[identity]
	records    atomic.Pointer[cdr.Chain] // nil for a message
	trace      *trace.Call
	created    time.Time
	first      *Channel     // that its call began with; nil: itself
	kin        atomic.Int32 // channels of the call that began with it
	loops      atomic.Bool  // that call has come to a bound since this one has last dialled
	outgoing   bool
	counted    bool // among the active calls; under the core's mu
	visitor    bool // NewCall.Visitor
	bare       bool // of no call
	originated bool // outgoing, and the switchboard's own call

	// Owned by the working goroutine.
	ending          bool // h or the hangup handlers run
	within          bool // its seat is what a step of the dialplan has come to
	early           bool // it has early media
	inSub           bool // in a subroutine or macro; StackPop changes nothing
	machine         *dialplan.Machine
	only            *single           // application that runs instead of it; nil for none
	message         *Message          // nil for calls
	shownRecord     *cdr.Entry        // that CDR() reads while it is written; nil: the usual one
	below           int               // applications around the one that runs
	goes            *order            // into a bridge for which it leaves the dialplan; nil: it does not
	after           After             // of its seat; nil: none
	onward          After             // of who has fetched it out of what it did; nil: nobody has
	told            Left              // what it is told
	waits           *waiting          // a goroutine that waits for the end of the bridge, below an application
	digit, response time.Duration     // TIMEOUT(digit), TIMEOUT(response)
	digits          []byte            // typed ahead
	pos             config.Pos        // line of the step that runs
	stepAt          dialplan.Location // where it has last made known that it is
	owes            bool              // it has not told yet that it is elsewhere again
	toldQuality     bool              // how its audio went is told already
	owesQuality     bool              // the first of it is told again as it ends
	toldApp         string            // the application that was made known last
	ran             step              // the application that began last
	outApp          string            // what it shows while it has no dialplan: AppDial, AppDial2; "" for one that came in
	steps           int               // of the dialplan since it has last waited
	toning          *media.Voice      // a tone that is played, nil for none
	absolute        *time.Timer
	own             *Worker        // its goroutine; nil for one that has none
	plan            *dialplan.Plan // with which it was dialled; nil: none
	hears           *music         // nil before the first
	frames          []frame        // subroutines that run, the innermost last
	hidden          int            // characters of the variables that they hide
	later           *later         // it is called while it does something; nil: it is not
	handlers        []string       // hangup handlers; the channel's goroutine writes them with mu held
	exception       *Exception
	atEnd           []func() // before "h"
	deadline        time.Time

	probe   probe
	flags   atomic.Uint32 // flagHangup and so on; set with mu held
	waiting atomic.Int32  // how many events and requests wait

	mu          sync.Mutex // guards all below
	holder      holder     // works it; nil: nobody at the moment
	listed      bool       // the holder has been told of news
	closed      bool       // it has ended
	idle        bool       // it has arrived and is not called yet: nobody works it
	driven      bool       // outgoing, and has a dialplan of its own now
	taken       time.Time  // when it was taken out of what it ran into a bridge; zero: never
	state       State
	cause       Cause
	hanging     hangingUp
	ended       chan struct{} // closed when it has, nil where nobody waits for that
	events      []Event       // that wait
	legCauses   []LegCause    // what channels have heard that it has dialled, and it itself
	todo        []*request    // that Do has brought
	hops        hops
	leg         Leg           // changed by the working goroutine only
	next        *replacement  // the leg to come
	gives       *Channel      // the channel that gets our leg
	with        *media.Stream // of who was last in a bridge with it; nil: nobody, or nobody outside
	order       *order        // where it is sent; nil: nowhere
	linkedID    string
	callerID    CallerID
	connected   CallerID
	redirecting *Redirecting // never changed, only replaced
	dnid, ani   string       // what the far end has dialled, and who it was at first
	accountCode string
	peerAccount string // of whom it is with, or is to be
	language    string
	at          dialplan.Location
	app         string
	appData     string
	vars        dialplan.Vars
	answered    time.Time
	bridged     *Channel          // the other one of two
	in          *Bridge           // of which it is a member; nil outside bridges
	expiry      *time.Timer       // of Expire
	seldom      *seldom           // nil while nothing of it is set
	facts       map[string]string // nil while there is none
	completing  Completing        // nil while there is nothing
}

// Name, UniqueID, Tech and the like never change.
func (c *Channel) Name() string       { return c.ident.Load().name }
func (c *Channel) UniqueID() string   { return c.ident.Load().uniqueID }
func (c *Channel) TechName() string   { return c.tech }
func (c *Channel) Core() *Core        { return c.core }
func (c *Channel) Trace() *trace.Call { return c.trace }

// DNID is the number that the far end of an incoming call has dialled.
func (c *Channel) DNID() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.dnid
}

// ANI is the number that called, whatever the dialplan has made of it.
func (c *Channel) ANI() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ani
}

func (c *Channel) Created() time.Time         { return c.created }
func (c *Channel) Outgoing() bool             { return c.outgoing }
func (c *Channel) Visitor() bool              { return c.visitor } // it comes from another node (Visit)
func (c *Channel) Machine() *dialplan.Machine { return c.machine }

// Leg is the technology's half, of which another may take the place.
func (c *Channel) Leg() Leg {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.leg
}

// View is a reading of what may change.
type View struct {
	State               State
	CallerID, Connected CallerID
	AccountCode         string
	PeerAccount         string
	Language            string
	LinkedID            string
	At                  dialplan.Location
	App, AppData        string
	Cause               Cause
	Answered            time.Time
	Bridged             *Channel
	BridgeID            string
	Gone                bool // hung up, by whichever side
	MusicClass          string
	AMAFlags            string
	ToneZone            string
}

// seldom is what most channels do without. It is never changed, only replaced.
type seldom struct{ musicClass, amaFlags, toneZone string }

func (s *seldom) class() string {
	if s == nil {
		return ""
	}
	return s.musicClass
}

func (s *seldom) flags() string {
	if s == nil || s.amaFlags == "" {
		return "DOCUMENTATION"
	}
	return s.amaFlags
}

func (s *seldom) zone() string {
	if s == nil {
		return ""
	}
	return s.toneZone
}

// SetToneZone is CHANNEL(tonezone): the country of the channel's tones.
func (c *Channel) SetToneZone(zone string) {
	c.rarely(zone, func(s *seldom) { s.toneZone = zone })
}

// SetMusicClass is CHANNEL(musicclass): it goes before what others suggest.
func (c *Channel) SetMusicClass(class string) {
	c.rarely(class, func(s *seldom) { s.musicClass = class })
}

// SetAMAFlags is for call records: "" for DOCUMENTATION.
func (c *Channel) SetAMAFlags(flags string) {
	c.rarely(flags, func(s *seldom) { s.amaFlags = flags })
}

// rarely sets one of the seldom values; an empty one of nothing is nothing.
func (c *Channel) rarely(value string, set func(*seldom)) {
	c.locked(func() {
		var s seldom
		if c.seldom != nil {
			s = *c.seldom
		} else if value == "" {
			return
		}
		set(&s)
		c.seldom = &s
	})
}

// Redirecting is who sent the call here, nil for nobody. It is not to be changed.
func (c *Channel) Redirecting() *Redirecting {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.redirecting
}

// View reads the channel.
func (c *Channel) View() View {
	c.mu.Lock()
	defer c.mu.Unlock()
	return View{c.state, c.callerID, c.connected, c.accountCode, c.peerAccount, c.language, c.linkedID, c.at, c.app, c.appData, c.cause,
		c.answered, c.bridged, c.in.name(), c.hung(), c.seldom.class(), c.seldom.flags(), c.seldom.zone()}
}

func (c *Channel) locked(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f()
}

// SetState, SetCallerID and the like change what View shows.
func (c *Channel) SetRedirecting(r Redirecting)    { c.locked(func() { c.redirecting = &r }) }
func (c *Channel) SetLanguage(l string)            { c.locked(func() { c.language = l }) }
func (c *Channel) SetLocation(l dialplan.Location) { c.locked(func() { c.at = l }) }

// SetState changes the state.
func (c *Channel) SetState(s State) {
	if swap(c, &c.state, s) {
		c.tellState()
	}
}

// SetCallerID changes who the channel's party is.
func (c *Channel) SetCallerID(id CallerID) {
	if swap(c, &c.callerID, id) {
		c.tellCallerID(id)
	}
}

// SetConnected changes whom it is connected with.
func (c *Channel) SetConnected(id CallerID) {
	if swap(c, &c.connected, id) {
		c.tellConnected()
	}
}

// SetAccountCode is for call records.
func (c *Channel) SetAccountCode(a string) {
	old := c.View().AccountCode
	if swap(c, &c.accountCode, a) {
		c.tellAccount(old)
	}
}

// PeerAccount is CHANNEL(peeraccount).
func (c *Channel) PeerAccount() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.peerAccount
}

// SetPeerAccount says what account code whom it calls next has.
func (c *Channel) SetPeerAccount(a string) { c.locked(func() { c.peerAccount = a }) }

// swap changes what mu guards, and says whether it is another value.
func swap[T comparable](c *Channel, at *T, to T) (changed bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	changed = *at != to
	*at = to
	return changed
}

// SetCause notes why the call ends (HANGUPCAUSE).
func (c *Channel) SetCause(k Cause) { c.locked(func() { c.cause = k }) }

// listenDigits turns keys of the leg's stream into channel events.
func (c *Channel) listenDigits() {
	if s := c.leg.Stream(); s != nil {
		s.OnDigit(func(d byte) { c.Post(Event{Kind: EventDigit, Digit: d}) })
		s.OnKey(c.keyCame)
	}
}

// keyCame makes a key known that came.
func (c *Channel) keyCame(k media.Key) {
	ms := strconv.FormatInt(k.Length.Milliseconds(), 10)
	c.keyLog(k, ms)
	if k.Begins {
		c.tellKey(k.Digit, true)
	}
	if k.Ends {
		c.tellKeyEnd(k.Digit, k.Length, true)
	}
}

// LogOwn writes a text of one of custom_levels (logger.conf) to the log, as of the extension that the
// channel is at; false: there is no such level.
func (c *Channel) LogOwn(level, text string) bool {
	if c.core.cfg.OwnLevel == nil {
		return false
	}
	call := ""
	if c.trace != nil {
		call = c.trace.ID
	}
	return c.core.cfg.OwnLevel(level, call, "Ext. "+c.View().At.Exten, text)
}

// keyLog writes of a key that came to the log, in Asterisk's words. Of one that came whole Asterisk
// says when the time that it makes of it is over; nothing is made of it here.
func (c *Channel) keyLog(k media.Key, ms string) {
	if c.core.cfg.Keys == nil {
		return
	}
	call, digit := "", "'"+string(k.Digit)+"'"
	if c.trace != nil {
		call = c.trace.ID
	}
	say := func(text string) { c.core.cfg.Keys(call, "DTMF "+text) }
	switch {
	case k.Begins && k.Ends:
		say("end " + digit + " received on " + c.Name() + ", duration " + ms + " ms")
		say("begin emulation of " + digit + " with duration " + ms + " queued on " + c.Name())
	case k.Begins:
		say("begin " + digit + " received on " + c.Name())
		say("begin passthrough " + digit + " on " + c.Name())
	default:
		say("end " + digit + " received on " + c.Name() + ", duration " + ms + " ms")
		say("end accepted with begin " + digit + " on " + c.Name())
		say("end passthrough " + digit + " on " + c.Name())
	}
}

// tellKey makes it known that a key begins, received from the far end or sent to it.
func (c *Channel) tellKey(d byte, received bool) {
	c.tell(func(s *Snapshot) event.Event { return event.Key{Channel: s, Digit: d, Received: received} })
}

// tellKeyEnd makes it known that a key ends, which has lasted so long.
func (c *Channel) tellKeyEnd(d byte, lasted time.Duration, received bool) {
	c.tell(func(s *Snapshot) event.Event {
		return event.Key{Channel: s, Digit: d, Ends: true, Lasted: lasted, Received: received}
	})
}

// Flash makes a hook flash of the far end known; nothing here goes by it.
func (c *Channel) Flash() { c.tell(func(s *Snapshot) event.Event { return event.Flash{Channel: s} }) }

// SendDigit sends a key to the channel's far end, of which no event tells; received takes it as if
// it had come from there. False without audio.
func (c *Channel) SendDigit(d byte, received bool) bool {
	s := c.Leg().Stream()
	switch {
	case s == nil || c.hung():
		return false
	case received:
		s.Press(d)
	default:
		s.SendDigit(d)
	}
	return true
}

// Handle takes in an event that the current work does not care about, and
// says whether the channel lives on.
func (c *Channel) Handle(e Event) bool {
	switch e.Kind {
	case EventAdopts:
		c.adoptLeg()
	case EventGives:
		c.giveLeg()
	case EventDigit:
		c.typeAhead(e.Digit)
	case EventIdentity:
		c.Identify()
	case EventHeld:
		c.SetFact("onhold", "1")
		c.TellHold(true)
		c.trace.Note("%s put the call on hold", c.Name())
	case EventFax:
		c.refuseFax(e)
	case EventRinging, EventProgress, EventProceeding, EventAnswered, EventBusy, EventCongestion:
		c.dialling(e)
	case EventUnheld:
		c.SetFact("onhold", "0")
		c.TellHold(false)
		c.trace.Note("%s took the call back", c.Name())
	}
	return !c.Gone()
}

// Rings takes in that a far end rings (EventRinging). One that is only at work (SIP 183 without a
// session) is told of as ringing, and the state stays as it was, as in chan_sip.
func (c *Channel) Rings(e Event) {
	if !e.Works {
		c.SetState(StateRinging)
	}
}

// typeAhead keeps a key for who will ask for one.
func (c *Channel) typeAhead(digit byte) {
	if len(c.digits) >= mostKeys {
		c.refused(EventDigit)
		return
	}
	c.digits = append(c.digits, digit)
}

// Expire has the absolute timeout fire after a time, from any goroutine; 0 cancels.
func (c *Channel) Expire(after time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.expiry != nil {
		c.expiry.Stop()
	}
	if c.expiry = nil; after > 0 {
		c.expiry = time.AfterFunc(after, c.expire)
	}
}

// expire has the absolute timeout fire now.
func (c *Channel) expire() { c.change(func() { c.flags.Or(flagExpired) }) }

// TypedAhead takes the first digit that was typed ahead and fits. Those before it are lost.
func (c *Channel) TypedAhead(fits func(byte) bool) byte {
	for len(c.digits) > 0 {
		d := c.digits[0]
		if c.digits = c.digits[1:]; fits(d) {
			return d
		}
	}
	return 0
}
