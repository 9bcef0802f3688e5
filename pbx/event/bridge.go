package event

import "obelisk/dialplan"

// BridgeBegins is a bridge that is new.
type BridgeBegins struct{ Bridge *Bridge }

// BridgeEnds is one that is no more.
type BridgeEnds struct{ Bridge *Bridge }

// BridgeEntered is a channel that has come into a bridge.
type BridgeEntered struct {
	Bridge  *Bridge
	Channel *Channel
	Swapped string // unique id of who sat there before; "": nobody
}

// BridgeLeft is a channel that has left one.
type BridgeLeft struct {
	Bridge  *Bridge
	Channel *Channel
}

// BridgesMerge is those in a bridge who are about to come into another.
type BridgesMerge struct{ To, From *Bridge }

// VideoSource is a bridge in which somebody else is seen.
type VideoSource struct {
	Bridge *Bridge
	Before string // unique id; "": nobody was
}

// BlindTransfer is a party of a bridge that sends the other to an extension.
type BlindTransfer struct {
	By, Other *Channel
	Bridge    *Bridge
	To        dialplan.Location
	External  bool // the far end has asked for it, not a key here
}

// AttendedTransfer is two calls of one party that are joined without it.
type AttendedTransfer struct {
	First, Second      *Channel // the two channels of who transfers
	Transferee, Target *Channel // Target is nil where it is an application
	From, To           *Bridge  // of the first and of the second channel; To is nil where that is in an application
	Into               Destination
}

// Destination is where the parties of an attended transfer are then: in a bridge, or with an application.
type Destination struct {
	App      string // "": in a bridge
	BridgeID string
	Third    string // name of the channel of who transfers, where that stays: a call of three; "": it leaves
}

// Pickup is a ringing call that another channel takes. Both are as they were before.
type Pickup struct{ By, Target *Channel }

// LocalBridged is the two halves of a Local channel, at its begin.
type LocalBridged struct {
	One, Two       *Channel
	Context, Exten string
	Optimizes      bool
}

// LocalOptimized is a Local channel that begins to be left out, or has been.
type LocalOptimized struct {
	One, Two *Channel
	Begins   bool
	Source   *Channel // the party behind it, when it begins
	ID       int64
}

// Parked is what becomes of a parked call.
type Parked struct {
	What      ParkedChange
	Parkee    *Channel
	Retriever *Channel // of one that is fetched
	Call      ParkedCall
}

// ParkedChange is what becomes of a parked call.
type ParkedChange uint8

const (
	ParkingBegins ParkedChange = iota
	ParkingFetched
	ParkingTimeOut
	ParkingGivenUp
	ParkingSwapped
)

func (BridgeBegins) event()     {}
func (BridgeEnds) event()       {}
func (BridgeEntered) event()    {}
func (BridgeLeft) event()       {}
func (BridgesMerge) event()     {}
func (VideoSource) event()      {}
func (BlindTransfer) event()    {}
func (AttendedTransfer) event() {}
func (Pickup) event()           {}
func (LocalBridged) event()     {}
func (LocalOptimized) event()   {}
func (Parked) event()           {}
