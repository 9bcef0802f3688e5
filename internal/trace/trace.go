// Package trace keeps, for each call, what was decided and why: every rule
// that was tried, every message, and one sentence at the end. A bounded number
// of calls is remembered.
package trace

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"net/netip"
	"strings"
	"sync"
	"time"

	"obelisk/internal/config"
)

// Refusal says why something was not done. It is a value: it flows to the SIP
// answer, the log, the call's trace and the call record.
type Refusal struct {
	Status int    // SIP status, 0 when the refusal is not SIP's
	Reason string // reason phrase
	Cause  int    // Q.850
	Rule   string // the rule that refused, one clause
	Pos    config.Pos
}

func (r *Refusal) Error() string { return r.Sentence() }

// Sentence is the refusal for people.
func (r *Refusal) Sentence() string {
	s := "refused"
	if r.Status != 0 {
		s += fmt.Sprintf(" with %d %s", r.Status, strings.TrimSpace(r.Reason))
	}
	s += ": " + r.Rule
	if !r.Pos.IsZero() {
		s += " (" + r.Pos.String() + ")"
	}
	return s
}

// Kind of an entry.
type Kind uint8

const (
	Fact    Kind = iota // a decision or an event
	Receive             // a message came in
	Send                // a message went out
)

// Entry is one line of a call's story.
type Entry struct {
	At   time.Time
	Kind Kind
	Leg  string // Call-ID of messages
	Peer netip.AddrPort
	Text string
}

// Bounds of one call's record; what comes later is counted only.
const (
	maxEntries = 400
	maxLog     = 64 << 10 // bytes
	usualLog   = 1152     // of a plain call between two phones, as the allocator has it
)

// Call is the record of one call, all legs together. It is safe for use by
// several goroutines. Entries are kept as bytes without a pointer: a thousand
// calls are remembered, and the collector should not have to walk them.
type Call struct {
	ID      string // "C-00000001"
	Started time.Time

	mu      sync.Mutex // guards all below
	log     []byte     // see entryHead
	count   int
	lost    int
	verdict string
	asked   bool // the verdict is that of a caller who was asked for credentials
	names   []string
	legs    []string         // Call-IDs of messages, by number
	peers   []netip.AddrPort // likewise
}

// callContext is a context that knows a call.
type callContext struct {
	context.Context
	call   *Call
	source string
}

// Context is one for log events, so that their lines have the call's ID.
func (c *Call) Context() context.Context {
	if c == nil {
		return context.Background()
	}
	return callContext{Context: context.Background(), call: c}
}

// ContextFrom is Context for events of another source than the logger's.
func (c *Call) ContextFrom(source string) context.Context {
	return callContext{context.Background(), c, source}
}

// IDOf is the ID of the call of a context, "" without one.
func IDOf(ctx context.Context) string {
	if c, ok := ctx.(callContext); ok && c.call != nil {
		return c.call.ID
	}
	return ""
}

// SourceOf is the source that a context names, "" for none.
func SourceOf(ctx context.Context) string {
	c, _ := ctx.(callContext)
	return c.source
}

// entryHead is the fixed part of an entry in the log, before its text:
// microseconds since the start (8), kind, leg, peer, length of the text (2).
const entryHead = 8 + 1 + 1 + 1 + 2

// Note adds a fact. A nil call notes nothing.
func (c *Call) Note(format string, args ...any) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if at, ok := c.begin(Fact, 0, 0); ok {
		c.log = fmt.Appendf(c.log, format, args...)
		c.end(at)
	}
}

// Words is Note for pieces of text one after the other: nothing has to be formatted.
func (c *Call) Words(pieces ...string) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if at, ok := c.begin(Fact, 0, 0); ok {
		for _, p := range pieces {
			c.log = append(c.log, p...)
		}
		c.end(at)
	}
}

// Message adds a message, by its start line.
func (c *Call) Message(in bool, leg string, peer netip.AddrPort, start []byte) {
	if c == nil {
		return
	}
	k := Send
	if in {
		k = Receive
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if at, ok := c.begin(k, number(&c.legs, leg), number(&c.peers, peer)); ok {
		c.log = append(c.log, start...)
		c.end(at)
	}
}

// number is the place of v in a list, added when it is new. Past 255 values the
// last ones share a place.
func number[T comparable](list *[]T, v T) uint8 {
	for i, x := range *list {
		if x == v {
			return uint8(i)
		}
	}
	if len(*list) == 255 {
		return 254
	}
	if s, ok := any(v).(string); ok {
		v = any(strings.Clone(s)).(T) // a part of a message, which need not stay
	}
	*list = append(*list, v)
	return uint8(len(*list) - 1)
}

// begin writes the head of an entry and returns where it is.
func (c *Call) begin(k Kind, leg, peer uint8) (at int, ok bool) {
	if c.count >= maxEntries || len(c.log) > maxLog {
		c.lost++
		return 0, false
	}
	if c.log == nil {
		c.log = make([]byte, 0, usualLog)
	}
	at = len(c.log)
	c.log = binary.BigEndian.AppendUint64(c.log, uint64(time.Since(c.Started).Microseconds()))
	c.log = append(c.log, byte(k), leg, peer, 0, 0)
	return at, true
}

// end notes the length of the text that was appended.
func (c *Call) end(at int) {
	c.count++
	text := len(c.log) - at - entryHead
	if text > math.MaxUint16 {
		text = math.MaxUint16
		c.log = c.log[:at+entryHead+text]
	}
	binary.BigEndian.PutUint16(c.log[at+entryHead-2:], uint16(text))
}

// entries reads the log; mu is held.
func (c *Call) entries() []Entry {
	out := make([]Entry, 0, c.count)
	for b := c.log; len(b) >= entryHead; {
		e := Entry{At: c.Started.Add(time.Duration(binary.BigEndian.Uint64(b)) * time.Microsecond), Kind: Kind(b[8])}
		if e.Kind != Fact {
			e.Leg, e.Peer = c.legs[b[9]], c.peers[b[10]]
		}
		n := entryHead + int(binary.BigEndian.Uint16(b[11:]))
		e.Text = string(b[entryHead:n])
		out = append(out, e)
		b = b[n:]
	}
	return out
}

// Verdict sets the sentence that sums the call up; the first one stays.
func (c *Call) Verdict(format string, args ...any) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.verdict == "" || c.asked {
		c.verdict, c.asked = fmt.Sprintf(format, args...), false
	}
}

// Asked closes the story of a caller who was asked for credentials: he may never come back.
// It holds until he does (Resume), or until another verdict.
func (c *Call) Asked() {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.verdict == "" {
		c.verdict, c.asked = "The caller was asked for credentials and did not come back.", true
	}
}

// Resume is for a caller who comes back.
func (c *Call) Resume() {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.asked {
		c.verdict, c.asked = "", false
	}
}

// Story returns the verdict and the entries so far.
func (c *Call) Story() (verdict string, entries []Entry, lost int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.verdict, c.entries(), c.lost
}

// Names lists what the call can be found by beside its ID.
func (c *Call) Names() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string(nil), c.names...)
}

// Book remembers calls.
type Book struct {
	Wire  *Wire // nil: messages are not kept whole
	Media *Wire // packets of audio that was asked for; nil: none are kept
	keep  int

	mu     sync.RWMutex // guards all below
	next   uint32
	calls  []*Call // oldest first
	byName map[string]*Call
}

// NewBook remembers the last keep calls.
func NewBook(keep int) *Book { return &Book{keep: keep, byName: map[string]*Call{}} }

// Open begins the record of a call that is known by the given names: its
// Call-ID first.
func (b *Book) Open(names ...string) *Call {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.next++
	for i := range names {
		names[i] = strings.Clone(names[i])
	}
	c := &Call{ID: callID(b.next), Started: time.Now(), names: names}
	b.calls = append(b.calls, c)
	b.byName[c.ID] = c
	for _, n := range names {
		b.byName[n] = c
	}
	if len(b.calls) > b.keep {
		b.forget(b.calls[0])
		b.calls = b.calls[1:]
	}
	return c
}

// callID is the ID of the n-th call.
func callID(n uint32) string {
	id := [10]byte{'C', '-'}
	for i := range 8 {
		id[2+i] = "0123456789abcdef"[n>>(28-4*i)&15]
	}
	return string(id[:])
}

func (b *Book) forget(c *Call) {
	c.mu.Lock()
	names := c.names
	c.mu.Unlock()
	for _, n := range names {
		b.drop(n, c)
	}
	b.drop(c.ID, c)
}

func (b *Book) drop(name string, c *Call) {
	if b.byName[name] == c {
		delete(b.byName, name)
	}
}

// Also gives a call another name: the Call-ID of a further leg, a channel.
func (b *Book) Also(c *Call, name string) {
	if c == nil {
		return
	}
	name = strings.Clone(name)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.byName[name] = c
	c.mu.Lock()
	c.names = append(c.names, name)
	c.mu.Unlock()
}

// Find returns the call of that name, or nil.
func (b *Book) Find(name string) *Call {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.byName[name]
}

// Search returns the newest call whose ID or any name begins with text.
func (b *Book) Search(text string) *Call {
	if c := b.Find(text); c != nil {
		return c
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	for i := len(b.calls) - 1; i >= 0; i-- {
		for _, n := range append(b.calls[i].Names(), b.calls[i].ID) {
			if strings.HasPrefix(n, text) {
				return b.calls[i]
			}
		}
	}
	return nil
}

// Last returns the newest n calls, newest first.
func (b *Book) Last(n int) []*Call {
	b.mu.RLock()
	defer b.mu.RUnlock()
	var out []*Call
	for i := len(b.calls) - 1; i >= 0 && len(out) < n; i-- {
		out = append(out, b.calls[i])
	}
	return out
}
