// Package pbx is the switchboard: channels, bridges, the core that joins them
// with the dialplan, and the contract that channel technologies fulfil. It
// knows no protocol.
package pbx

import (
	"strings"

	"obelisk/internal/trace"
	"obelisk/media"
	"obelisk/pbx/event"
)

// Tech is a channel technology, such as SIP.
type Tech interface {
	// Name is the part before the slash in dial strings.
	Name() string
	// Request prepares an outgoing leg; nothing is sent before Leg.Call. The
	// error is a *RequestError when the cause is known.
	Request(r Request) (Leg, error)
}

// Forker is a Tech whose resources may be at several places at a time, which all ring
// when the resource is dialled.
type Forker interface {
	// Branches names the places of a resource, for Request.Branch; the first one is
	// that of a Request without.
	Branches(resource string) []string
}

// Request is what Dial asks a Tech for.
type Request struct {
	Resource string        // after "TECH/"
	Branch   string        // which of the resource's places; "" for the first one
	Further  bool          // one of its other places is called already
	Caller   *Channel      // who dials; nil for an originated call
	Codecs   []media.Codec // what the caller's side can take, best first; nil: anything
	Trace    *trace.Call
	OtherID  string // unique id of the other half of a Local channel; "": any
	Sole     bool   // nobody else is called, and nothing here has to do with the media before the answer
}

// Near is the caller's stream, which the new leg's will be bridged to; nil without
// a caller.
func (r Request) Near() *media.Stream {
	if r.Caller == nil {
		return nil
	}
	return r.Caller.Leg().Stream()
}

// RequestError is a leg that could not be made.
type RequestError struct {
	Cause Cause
	Why   string
	// Uncounted: it is nobody's in Dial's DIALSTATUS, though HANGUPCAUSE has Cause: Asterisk has a channel, which cannot be called.
	Uncounted bool
}

func (e *RequestError) Error() string { return e.Why }

// Leg is a technology's half of a channel. The methods may be called from the
// channel's goroutine; they do not block and have no result: what becomes of
// them arrives as events. After Hangup nothing but Hangup may be called.
type Leg interface {
	// Resource names the leg in the channel's name: the peer, or the host.
	Resource() string
	// Bind gives the leg its channel, to which it posts events from then on.
	Bind(c *Channel)
	// Rebind gives a leg that is at work another channel; one that has ended
	// tells the channel so.
	Rebind(c *Channel)
	// Call starts an outgoing leg.
	Call(CallInfo)
	// Indicate tells an incoming, unanswered leg what happens.
	Indicate(i Indication)
	// Answer answers an incoming leg.
	Answer()
	// Hangup ends the leg, with the cause for the far end.
	Hangup(cause Cause)
	// Stream is the leg's media; it exists from the beginning.
	Stream() *media.Stream
	// Codecs lists what the far side takes: offered or answered, best first.
	Codecs() []media.Codec
	// Restrict limits what may still be answered to codecs that can be
	// carried to the given ones.
	Restrict(to []media.Codec)
}

// Unready is a leg that may know beforehand that it cannot be called.
type Unready interface {
	// Unready says why Call for a caller would be of no use; nil when it is.
	Unready(caller CallerID) error
}

// Callable says why a channel that was requested cannot be called for a caller, nil when it can.
func Callable(c *Channel, caller CallerID) error {
	if l, ok := c.Leg().(Unready); ok {
		return l.Unready(caller)
	}
	return nil
}

// ChannelReader is a leg that knows more for CHANNEL() than every channel does.
type ChannelReader interface {
	// ChannelItem is the value of an item, lower case; ok is false for one that it
	// does not know.
	ChannelItem(item string) (value string, ok bool)
}

// CallInfo is what an outgoing leg tells the far end.
type CallInfo struct {
	CallerID    CallerID
	ANI         string // the caller's number as it came, CALLERID(ani)
	Dialled     string
	Redirecting *Redirecting // nil when nobody sent the call elsewhere
	MaxForwards int          // that it may take on its way: what came, less one (RFC 7332); 0: as many as are usual, NoneLeft: none
}

// CallerID is a calling party.
type CallerID struct {
	Num, Name string
	Tag       string // the dialplan's, which nobody outside is told
	Private   bool   // presentation is prohibited
	Screened  bool   // a trusted network has verified it
	// Pres and NamePres are the presentation in the dialplan's words, where it has said
	// so; "" follows from Private.
	Pres, NamePres string
}

// party is what programs are told of it.
func (c CallerID) party() event.Party { return event.Party{Num: c.Num, Name: c.Name} }

// String is the form of CDRs: "Name" <num>.
func (c CallerID) String() string {
	switch {
	case c.Name != "" && c.Num != "":
		return `"` + c.Name + `" <` + c.Num + `>`
	case c.Name != "":
		return `"` + c.Name + `"`
	case c.Num != "":
		return c.Num
	}
	return ""
}

// ParseCallerID reads `"Name" <num>`, `Name <num>`, a bare number or a name. Numbers lose what
// only makes them readable.
func ParseCallerID(s string) CallerID {
	s, quoted := outOfQuotes(s)
	if open := strings.LastIndexByte(s, '<'); open >= 0 {
		num, _, _ := strings.Cut(s[open+1:], ">")
		return CallerID{Name: unquote(s[:open]), Num: readable(strings.TrimSpace(num))}
	}
	if !quoted && s != "" && strings.Trim(s, phoneSigns) == "" {
		return CallerID{Num: readable(s)}
	}
	return CallerID{Name: unquote(s)}
}

const phoneSigns = "0123456789+*#-() ."

var readability = strings.NewReplacer("(", "", ")", "", " ", "", "-", "", ".", "")

func readable(num string) string {
	if strings.Trim(num, phoneSigns) != "" {
		return num
	}
	return readability.Replace(num)
}

// outOfQuotes takes off blanks and then the quotes, if a text begins and ends with one.
func outOfQuotes(s string) (inside string, quoted bool) {
	s = strings.TrimSpace(s)
	if s == "" || s[0] != '"' || s[len(s)-1] != '"' {
		return s, false
	}
	return s[1:max(len(s)-1, 1)], true
}

// unquote takes quotes off a name, and the backslashes in it.
func unquote(name string) string {
	var b strings.Builder
	for name, _ = outOfQuotes(name); name != ""; name = name[1:] {
		if name[0] == '\\' && len(name) > 1 {
			name = name[1:]
		}
		b.WriteByte(name[0])
	}
	return b.String()
}

// Indication of progress to a caller.
type Indication uint8

const (
	IndicateProceeding Indication = iota
	IndicateRinging
	IndicateProgress
	IndicateBusy
	IndicateCongestion
	IndicateIncomplete
)

// EventKind of an Event.
type EventKind uint8

const (
	EventProceeding EventKind = iota
	EventRinging
	EventProgress // early media is there
	EventAnswered
	EventBusy        // the far end is busy; Cause
	EventCongestion  // the call cannot be carried; Cause
	EventHungUp      // the far end ended the call, or never took it; Cause
	EventForward     // the far end names other destinations; Text (ForwardText)
	EventDiverted    // the far end says that the call is sent on from there (Diverted)
	EventUnavailable // it says why it is not there (Diverted); what ends the call follows
	EventDigit
	EventHeld
	EventUnheld
	EventIdentity  // the far end has said who it is (Identified)
	EventFax       // the far end wants to switch to T.38; Text: attributes (FaxCarrier)
	EventFaxAnswer // what it says to our wish; no Text: it does not want to
	EventFaxOver   // it has gone back to audio
	EventPicture   // it wants a whole picture (Visual)
	EventReferred  // what became of our wish that it calls elsewhere (Referrer); Text: its status code
	EventText      // the far side sends Text
	EventPlay      // the manager steers what is played; Text: PlayStop and its like
	EventAdopts    // the channel's own: another leg takes the place of this one (Channel.Replace)
	EventGives     // the channel's own: its leg goes into another channel (Channel.Join)
	EventShorten   // the channel's own: its bridge may give the callee to another one
)

// What the manager may do to a prompt (EventPlay).
const (
	PlayStop    = "stop"
	PlayForward = "forward"
	PlayReverse = "reverse"
	PlayPause   = "pause" // or goes on
	PlayRestart = "restart"
)

// Event is what a leg tells its channel.
type Event struct {
	Kind  EventKind
	Cause Cause
	Own   bool // the switchboard has refused the call itself
	Works bool // EventRinging: the far end is at work, it did not say that it rings
	Digit byte
	Text  string
	From  *Channel // filled in by Post
}
