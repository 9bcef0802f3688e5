// Package event has one type for each thing that happens in a switchboard. The core tells of them;
// the manager interface, ARI, channel event logging, call records and rehearsals each say them in
// their own words. What only the manager interface tells of is News, with the words of that.
package event

import (
	"time"

	"obelisk/pbx/cdr"
)

// Event is something that happened: one of the types of this package. It is read by several rooms at a
// time, and changed by none.
type Event interface{ event() }

// ChannelBegins is a new channel, down or with the state that it was made with.
type ChannelBegins struct{ Channel *Channel }

// StateChanges is a channel with another state.
type StateChanges struct{ Channel *Channel }

// CallerIDChanges is a channel with another number or name of its own.
type CallerIDChanges struct {
	Channel          *Channel
	Presentation     int    // as ISDN codes it: 0 is allowed, not screened; 32 and above are kept from the other side
	PresentationText string // "Presentation Allowed, Not Screened"
}

// ConnectedLineChanges is a channel that talks with another number or name.
type ConnectedLineChanges struct{ Channel *Channel }

// AccountChanges is a channel with another account code.
type AccountChanges struct {
	Channel *Channel
	Old     string
}

// Step is an application that begins to run.
type Step struct {
	Channel          *Channel
	Exten, App, Data string
}

// OutgoingLine stands in place of the arguments of a channel that runs no dialplan.
const OutgoingLine = "(Outgoing Line)"

// StepMissing is a step whose application is not there.
type StepMissing struct {
	Channel *Channel
	App     string
}

// VariableSet is a variable with another value.
type VariableSet struct {
	Channel     *Channel // nil: it is a global one
	Name, Value string
}

// Key is a key that begins or ends.
type Key struct {
	Channel  *Channel
	Digit    byte
	Ends     bool
	Lasted   time.Duration // of one that ends
	Received bool          // from the far end; else sent to it
}

// Flash is a hook flash from the far end.
type Flash struct{ Channel *Channel }

// Hold is a call that the far end holds, or takes back.
type Hold struct {
	Channel *Channel
	On      bool
}

// Music is music on hold that begins, with its class, or ends.
type Music struct {
	Channel *Channel
	On      bool
	Class   string
}

// Prompt is a file that begins to be played to a channel, or ends.
type Prompt struct {
	Channel                 *Channel
	On                      bool
	Sound, Format, Language string
}

// Talking is a channel on which somebody begins to talk, or has talked so long.
type Talking struct {
	Channel *Channel
	On      bool
	Lasted  time.Duration
}

// HangupAsked is a channel whose end is asked for, by its far end or by the switchboard (Soft).
type HangupAsked struct {
	Channel *Channel
	Soft    bool
	Cause   int // of Q.850; none: NoCause
}

// NoCause is an end that has none.
const NoCause = -1

// SessionTimeout is a call that is ended because its far end is silent.
type SessionTimeout struct {
	Channel *Channel
	Source  string // RTPTimeout, SIPSessionTimer
}

// Hangup is the last that happens to a channel.
type Hangup struct {
	Channel *Channel
	Cause   int // of Q.850
	Text    string
}

// HangupHandler is a handler that is added to a channel, taken off, or runs.
type HangupHandler struct {
	Channel *Channel
	What    HandlerChange
	Handler string // context,exten,priority(args)
}

// HandlerChange is what is done with a handler.
type HandlerChange uint8

const (
	HandlerPushed HandlerChange = iota
	HandlerPopped
	HandlerRuns
)

// Dial is how the dialling of a channel by another goes.
type Dial struct {
	Stage          DialStage
	Caller, Callee *Channel // Caller is nil for a call that the switchboard begins
	DialString     string   // of DialBegins
	Status         string   // RINGING, ANSWER, BUSY, of the other stages
	Forward        string   // where the callee has sent the call, of DialEnds
}

// DialStage is how far a dialling is.
type DialStage uint8

const (
	DialBegins DialStage = iota
	DialGoesOn
	DialEnds
)

// CallRecord is a call record that was written.
type CallRecord struct{ Record *cdr.Record }

// Logged is an event that the dialplan adds to the log of channel events (CELGenUserEvent).
type Logged struct {
	Channel     *Channel
	Type, Extra string
}

// User is an event of the dialplan's own, or of a client.
type User struct {
	Channel *Channel // nil: a client's
	Name    string
	Fields  []Field
}

func (ChannelBegins) event()        {}
func (StateChanges) event()         {}
func (CallerIDChanges) event()      {}
func (ConnectedLineChanges) event() {}
func (AccountChanges) event()       {}
func (Step) event()                 {}
func (StepMissing) event()          {}
func (VariableSet) event()          {}
func (Key) event()                  {}
func (Flash) event()                {}
func (Hold) event()                 {}
func (Music) event()                {}
func (Prompt) event()               {}
func (Talking) event()              {}
func (HangupAsked) event()          {}
func (SessionTimeout) event()       {}
func (Hangup) event()               {}
func (HangupHandler) event()        {}
func (Dial) event()                 {}
func (CallRecord) event()           {}
func (Logged) event()               {}
func (User) event()                 {}
