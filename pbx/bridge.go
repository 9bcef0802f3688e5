package pbx

import (
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"obelisk/media"
	"obelisk/pbx/cdr"
)

// ErrNoPlace is a bridge that is over, or a channel that is in none.
var ErrNoPlace = errors.New("there is no such place any more")

// Ends says when a bridge is over.
type Ends uint8

const (
	// FirstLeaves: with the first member that leaves; a pair.
	FirstLeaves Ends = iota
	// LastLeaves: with the last one.
	LastLeaves
	// Never: when it is closed.
	Never
)

// Kinds of bridges, as Asterisk tells programs them (BridgeType).
const (
	KindBasic   = "basic" // a call; the only one of which Local channels are left out
	KindBase    = "base"  // of an application: a conference, BridgeWait
	KindParking = "parking"
	KindStasis  = "stasis" // of a program
)

// Policy of a bridge, fixed when it is made.
type Policy struct {
	Kind    string // KindBasic and so on; "": basic
	Creator string // the application that made it, as programs are shown; "" for none
	Name    string // that application's name for it; "" for none
	ID      string // a UUID of its own when ""
	Ends    Ends
	Apart   bool         // members do not hear each other: they are entertained (Member.Idle)
	Mixes   bool         // media are mixed, also of two
	Mixing  media.Mixing // how, where they are
	Profile any          // of the room that made it; a reload does not change it
}

// Features of a member, which do not change: Set gives it others.
type Features struct {
	// Keys are codes; what begins one is held back on its way to the other side. nil: none.
	Keys *media.KeyTable
	// Do is what a code does, on a goroutine to which the member is lent.
	Do func(c *Channel, code int)
	// Limit is how long it may stay: it is put out then (Kicked); 0: as long as it likes.
	Limit time.Duration
	// Timed are what is done meanwhile.
	Timed []Timed
}

// Timed is something that is done once for a member, on a goroutine to which that is lent.
type Timed struct {
	After time.Duration // since it came; 0: at once, where it comes with these features
	Do    func(c *Channel)
}

// Role of a member in a bridge whose members are apart.
type Role uint8

const (
	// Participant hears music, and announcers.
	Participant Role = iota
	// Announcer is heard by all, and hears no music.
	Announcer
)

// Idle is what a member hears where members are apart.
type Idle uint8

const (
	IdleMusic   Idle = iota // music on hold
	IdleRinging             // the tone of a phone that is called
	IdleSilence             // silence that is sent
	IdleNone                // nothing is sent
)

// Member is how a channel sits in a bridge.
type Member struct {
	Role     Role
	Answer   bool                 // it is answered once it is linked, if it is not up
	Idle     Idle                 // what it hears where members are apart
	Music    string               // class of that music; "": its own
	Muted    bool                 // nobody hears it
	Deaf     bool                 // it hears nobody
	Talk     media.Talk           // when it is told to talk, where media are mixed
	Alone    bool                 // where media are mixed: it hears music (Music), and not the others
	Passes   bool                 // where media are mixed: its keys go to the others
	NoTexts  bool                 // it gets no texts of the others
	May      May                  // what it may do by keys of features.conf
	Keys     *Keys                // in place of those, as long as it sits here; nil: none
	Features *Features            // keys and limits; nil: none
	Lot      string               // lot:slot, where it is parked: its call record says so
	Entered  func(*Channel)       // is told, on the strand, that it is here and BridgeEnter was told; nil: nobody is
	Leaves   func(*Channel, Left) // is told, on the strand, that it is about to leave; nil: nobody is
	After    After                // nil: a dialled channel is hung up, one with a dialplan goes on with the next priority
}

// MemberView is a member at a moment.
type MemberView struct {
	Channel *Channel
	Role    Role
	Since   time.Time
	May     May
}

// Bridge owns its members: it works them, and nobody else does. It has no goroutine: whoever
// brings news to one that rests begins one, the strand, which ends with the last of the news.
type Bridge struct {
	core    *Core
	id      string
	policy  *Policy // does not change
	made    time.Time
	records cdr.Bridge // the ledger's

	mu       sync.Mutex // a leaf: guards all below, and changes of seats
	news     []*Channel
	todo     []func()
	sending  chan struct{} // closed when members have been sent away; nil: nobody waits for that
	reserved int32         // seats that are kept for who is on the way
	absent   int32         // members who are elsewhere for a while (Retain)
	running  bool          // there is a strand
	patient  bool          // it would end, and waits for those with a seat
	awaited  bool          // a seat was kept once: from now on it ends by itself
	told     bool          // BridgeCreate was; the strand's
	native   native        // whether packets pass as they are
	whole    atomic.Bool   // KeepWhole
	passed   atomic.Bool   // Uncounted
	over     atomic.Bool   // nobody comes in any more; read without mu

	// Owned by the strand.
	seats []seat
	first struct { // room for a pair
		seats       [2]seat
		news, spare [2]*Channel
	}
	leaving  []leaver
	replaced []leaver    // whose seat another one has, which is not known yet
	joint    [2]*Channel // who hear each other, two of them
	linked   Joint
	mixer    *media.Mixer // of several; nil: there are not
	last     Left         // who has left it while it waited for others
	guests   []*guest     // streams that are no members
	tail     *Channel     // that goes on with the strand's goroutine
	spare    []*Channel   // room of news
	watcher  func()       // is told of who comes and leaves; nil: nobody
	hidden   int          // channels that programs count with the members (Count)
	video    *videoSource // that programs are told of; nil: none
}

// seat of a member.
type seat struct {
	c         *Channel
	m         *Member // of the order by which it came
	since     time.Time
	begun     time.Time        // of its features, in whatever bridge
	entered   bool             // BridgeEnter was told
	fresh     bool             // it comes from who has dialled it
	lent      bool             // a goroutine works it
	aside     bool             // nobody hears it meanwhile
	comforted bool             // it hears music in place of the others
	longs     bool             // it hears music while the other one is elsewhere (Music)
	out       *Left            // it leaves when that gives it back; nil: it does not
	swapped   string           // unique id of whose seat it got
	at        *media.Seat      // in the mixer; nil: none
	stream    *media.Stream    // that has it, or is linked, and has the gate
	keys      *Keys            // that are at the gate; nil: none
	timers    []*time.Timer    // of its features
	later     []func(*Channel) // of its features, for when it is given back
	sent      *order           // what it came by, where others are to be told of that
}

// bridges are all that are there.
type bridges struct {
	mu   sync.Mutex
	byID map[string]*Bridge
}

// NewBridge makes a bridge. Who makes one sends somebody in (Into, Move, Seat) or closes it.
func (k *Core) NewBridge(p Policy) *Bridge {
	if p.Kind == "" {
		p.Kind = KindBasic
	}
	if p.ID == "" {
		p.ID = newUUID()
	}
	k.bridges.mu.Lock()
	defer k.bridges.mu.Unlock()
	return k.newBridge(&p, p.ID)
}

// newBridge is called with the lock of the list held.
func (k *Core) newBridge(p *Policy, id string) *Bridge {
	b := &Bridge{core: k, id: id, policy: p, made: time.Now(), records: cdr.Bridge{Apart: p.Apart}}
	b.last = Left{Why: PeerLeft, From: b}
	b.seats, b.news, b.spare = b.first.seats[:0], b.first.news[:0], b.first.spare[:0]
	if k.bridges.byID == nil {
		k.bridges.byID = map[string]*Bridge{}
	}
	k.bridges.byID[b.id] = b
	return b
}

// callPolicy is that of a call.
var callPolicy = Policy{Kind: KindBasic}

// bridgeFor makes one for so many who are about to come; nobody sees it before their seats are kept.
func (k *Core) bridgeFor(members int) *Bridge {
	id := newUUID()
	k.bridges.mu.Lock()
	defer k.bridges.mu.Unlock()
	b := k.newBridge(&callPolicy, id)
	b.reserved, b.awaited = int32(members), true
	return b
}

// NamedBridge is the bridge of a creator and name that is there, or else a new one. It may be over
// before somebody comes to it (Refused).
func (k *Core) NamedBridge(p Policy) *Bridge {
	if p.ID == "" {
		p.ID = newUUID()
	}
	k.bridges.mu.Lock()
	defer k.bridges.mu.Unlock()
	for _, b := range k.bridges.byID {
		if b.policy.Creator == p.Creator && b.policy.Name == p.Name && !b.Over() {
			return b
		}
	}
	return k.newBridge(&p, p.ID)
}

// NewUUID is one of version 4.
func NewUUID() string { return newUUID() }

func newUUID() string {
	const digits = "0123456789abcdef"
	x, y := rand.Uint64()&^0xf000|0x4000, rand.Uint64()&^(3<<62)|1<<63
	var room [36]byte
	out := room[:0]
	for i := range 32 {
		if i == 8 || i == 12 || i == 16 || i == 20 {
			out = append(out, '-')
		}
		v := x
		if i >= 16 {
			v = y
		}
		out = append(out, digits[v>>(60-4*(i&15))&15])
	}
	return string(out)
}

// Bridge finds one by its id, nil when there is none.
func (k *Core) Bridge(id string) *Bridge {
	k.bridges.mu.Lock()
	defer k.bridges.mu.Unlock()
	return k.bridges.byID[id]
}

// Bridges lists them, the oldest first. It is for those who watch, never on a call's way.
func (k *Core) Bridges() []*Bridge {
	k.bridges.mu.Lock()
	out := make([]*Bridge, 0, len(k.bridges.byID))
	for _, b := range k.bridges.byID {
		out = append(out, b)
	}
	k.bridges.mu.Unlock()
	slices.SortFunc(out, func(a, b *Bridge) int { return a.made.Compare(b.made) })
	return out
}

// name is its id; "" of none.
func (b *Bridge) name() string {
	if b == nil {
		return ""
	}
	return b.id
}

// forget takes the bridge off the list.
func (b *Bridge) forget() {
	b.core.bridges.mu.Lock()
	defer b.core.bridges.mu.Unlock()
	delete(b.core.bridges.byID, b.id)
}

// ID, Policy and Made never change.
func (b *Bridge) ID() string { return b.id }
func (b *Bridge) Policy() (p Policy) {
	p = *b.policy
	p.ID = b.id
	return p
}
func (b *Bridge) Made() time.Time { return b.made }
func (b *Bridge) Core() *Core     { return b.core }

// Members is a copy, by time of entry.
func (b *Bridge) Members() []MemberView {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := make([]MemberView, len(b.seats))
	for i := range b.seats {
		out[i] = MemberView{b.seats[i].c, b.seats[i].m.Role, b.seats[i].since, b.seats[i].m.May}
	}
	return out
}

// Set changes how a member sits: on the strand, in order. Its After and what it is answered for
// are not changed any more.
func (b *Bridge) Set(c *Channel, f func(*Member)) {
	b.do(func() {
		i := b.find(c)
		if i < 0 {
			return
		}
		s := &b.seats[i]
		m := *s.m
		if f(&m); m.Features != s.m.Features || m.Keys != s.m.Keys || m.May != s.m.May {
			b.unarm(s)
			s.disarm()
			s.m, s.begun = &m, time.Now()
			b.arm(s)
		}
		b.mu.Lock()
		s.m = &m
		b.mu.Unlock()
		if s.at != nil && !s.aside {
			s.at.Mute(b.muted(s))
			s.at.Deafen(s.m.Deaf)
		}
		b.comfort(s)
	})
}

// Seat is a member's place in the mixer, nil where media are not mixed.
func (b *Bridge) Seat(c *Channel) *media.Seat {
	b.mu.Lock()
	defer b.mu.Unlock()
	if i := b.find(c); i >= 0 {
		return b.seats[i].at
	}
	return nil
}

// Mixer is the bridge's, nil where media are not mixed.
func (b *Bridge) Mixer() *media.Mixer {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.mixer
}

// Over says whether it has ended: nobody comes in any more.
func (b *Bridge) Over() bool { return b.over.Load() }

// keepPatience is how long a bridge that would end waits for those for whom a seat is kept.
const keepPatience = 2 * time.Second

// Keep has the bridge stay when it would end, until release, or for two seconds: for who moves
// several. False when it is over.
func (b *Bridge) Keep() (release func(), ok bool) {
	if !b.reserve() {
		return func() {}, false
	}
	return sync.OnceFunc(b.release), true
}

// Retain counts as a member who is elsewhere until release: the bridge ends as if that one sat
// here. For who works somebody that comes back, and has to release it. False when it is over.
func (b *Bridge) Retain() (release func(), ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.over.Load() {
		return func() {}, false
	}
	b.absent++
	return sync.OnceFunc(func() {
		b.do(func() { // it may be over now
			b.mu.Lock()
			b.absent--
			b.mu.Unlock()
		})
	}), true
}

// Watch has f told, on the strand, when somebody has come or left, in place of who was told before;
// f must not block. nil: nobody is.
func (b *Bridge) Watch(f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.watcher = f
}

// reserve keeps a seat; a bridge with one that is kept does not end by itself.
func (b *Bridge) reserve() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.over.Load() {
		return false
	}
	b.reserved++
	b.awaited = true
	return true
}

// release gives it back.
func (b *Bridge) release() {
	b.unreserve()
	b.do(func() {}) // it may be over now
}

func (b *Bridge) unreserve() {
	b.mu.Lock()
	b.reserved--
	b.mu.Unlock()
}

// Close ends the bridge: its members go on with After, which is told Closed.
func (b *Bridge) Close(cause Cause) {
	b.do(func() { b.shut(Left{Why: Closed, Cause: cause, From: b}) })
}

// Merge moves all members of another bridge here. ErrNoPlace when one of the two is over.
func (b *Bridge) Merge(from *Bridge) error {
	release, ok := b.Keep()
	if !ok || b == from || from.Over() {
		release()
		return ErrNoPlace
	}
	from.do(func() {
		defer release()
		for _, c := range from.present() {
			c.Move(b, Member{})
		}
	})
	return nil
}
