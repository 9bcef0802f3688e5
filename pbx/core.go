package pbx

import (
	"cmp"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"obelisk/dialplan"
	"obelisk/internal/store"
	"obelisk/internal/trace"
	"obelisk/pbx/cdr"
	"obelisk/pbx/event"

	"github.com/rs/zerolog"
)

// Config of a core.
type Config struct {
	Log        zerolog.Logger
	Book       *trace.Book
	CDR        *cdr.Writer // nil: no records
	SystemName string
	Language   string                  // of channels for which nobody says it; "": en
	Audience   Audience                // nil: nobody is shown what calls do
	QueueLog   func(line string)       // nil: there is none; must not wait
	Keys       func(call, text string) // is told of keys that come in, for the log's level DTMF; nil: nobody is; must not wait
	// OwnLevel writes a line of a level that logger.conf has beside the usual; false: there is none of that
	// name. nil: there are none.
	OwnLevel func(level, call, source, text string) bool
	MaxCalls int               // 0: no limit
	Refuses  func() error      // why no call is taken now, nil for no reason; nil: there never is one
	BuiltIns map[string]string // ASTETCDIR and so on
	Shared   store.Shared      // what nodes have in common; nil: there are no others
	Outside  Outside           // stands in for programs and servers; nil: calls are real
	Resting  int               // goroutines that may rest between calls, until Close; 0: none
}

// Core is the switchboard: it owns the list of channels and the plan in force.
type Core struct {
	cfg        Config
	plan       atomic.Pointer[dialplan.Plan]
	techs      atomic.Pointer[map[string]Tech] // replaced whole
	alias      *Alias                          // nil: none
	apps       map[string]*App
	funcs      map[string]*Func
	tellers    map[string]DeviceTeller // of devices that are no channels
	presences  map[string]PresenceTeller
	hints      hints
	shared     store.Shared
	elsewhere  atomic.Pointer[Elsewhere] // nil: there are no other nodes
	node       atomic.Pointer[string]    // likewise
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

	suspended   suspensions
	tickets     tickets
	tally       tally
	crew        crew
	ledger      *cdr.Ledger
	copies      atomic.Pointer[[]RecordCopy]
	news        atomic.Pointer[[]*func(event.Event)] // who listens
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
	c := &Core{cfg: cfg, apps: map[string]*App{}, funcs: map[string]*Func{}, tellers: map[string]DeviceTeller{},
		presences: map[string]PresenceTeller{}, messengers: map[string]Messenger{}, channels: map[string]*Channel{}, begun: time.Now()}
	c.crew.most = cfg.Resting
	if c.shared = cfg.Shared; c.shared == nil {
		c.shared = store.NewSoft("")
	}
	c.followMailboxes()
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

// SetGlobal writes one, and makes it known.
func (c *Core) SetGlobal(name, value string) {
	value = dialplan.Bound(nil, value, dialplan.MostText)
	if !c.setGlobal(name, value) {
		if c.tally.globals.again() {
			c.cfg.Log.Warn().Msgf("there is no room for the global variable %q: they have %d bytes", name, dialplan.MostVars)
		}
	} else if c.Heard() {
		c.Tell(event.VariableSet{Name: name, Value: value})
	}
}

func (c *Core) setGlobal(name, value string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.globals.Set(name, value)
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
