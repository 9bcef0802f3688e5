package event

import (
	"net/netip"
	"strconv"
	"time"
)

// MessageWaiting is a mailbox with other counts.
type MessageWaiting struct {
	Mailbox  string // box@context
	New, Old int    // messages
}

// DeviceState is a device with another state, in the words of DEVICE_STATE.
type DeviceState struct{ Device, State string }

// HintState is a hint with another state.
type HintState struct {
	Hint   Hint
	Status int // of Asterisk's extension states
	Text   string
}

// Hint is an extension whose state is that of devices.
type Hint struct{ Exten, Context, Text string }

// PresenceState is somebody who is present in another way.
type PresenceState struct {
	Presentity string
	Presence   Presence
}

// HintPresence is a hint whose presence is another.
type HintPresence struct {
	Hint     Hint
	Presence Presence
}

// Presence is how somebody is present.
type Presence struct{ State, Subtype, Message string }

// PeerStatus is a peer that is Registered, Unregistered, Reachable, Lagged, Unreachable or Rejected.
type PeerStatus struct {
	Peer, Status string         // Peer with its technology
	Cause        string         // "": not told
	Address      netip.AddrPort // not valid: not told
	Asked        bool           // by OPTIONS (qualify), of which the next is told
	RTT          time.Duration  // until it answered; below 0: it did not
}

// Milliseconds are RTT as it is told: whole ones, -1 without an answer, "" when it was not asked.
func (e PeerStatus) Milliseconds() string {
	switch {
	case !e.Asked:
		return ""
	case e.RTT < 0:
		return "-1"
	}
	return strconv.FormatInt(e.RTT.Milliseconds(), 10)
}

func (MessageWaiting) event() {}
func (DeviceState) event()    {}
func (HintState) event()      {}
func (PresenceState) event()  {}
func (HintPresence) event()   {}
func (PeerStatus) event()     {}
