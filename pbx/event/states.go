package event

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
	Peer, Status         string // Peer with its technology
	Cause, Address, Port string // "": not told
	Time                 string // of its answer, in milliseconds; -1: there was none; "": not told
}

func (MessageWaiting) event() {}
func (DeviceState) event()    {}
func (HintState) event()      {}
func (PresenceState) event()  {}
func (HintPresence) event()   {}
func (PeerStatus) event()     {}
