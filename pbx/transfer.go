package pbx

import (
	"strings"

	"obelisk/dialplan"
)

// Transferred is what became of a bridge: a party hung up, or one sends the other
// to an extension.
type Transferred struct {
	By *Channel
	To dialplan.Location
}

// Transfer asks the bridge of this channel to send the other party to an extension
// (a blind transfer); false when the channel is in no bridge.
func (c *Channel) Transfer(context, exten string) bool {
	peer := c.View().Bridged
	if peer == nil {
		return false
	}
	peer.SetVar("BLINDTRANSFER", c.Name())
	return c.Post(Event{Kind: EventTransfer, Text: exten + "@" + context})
}

// transferOf reads the event.
func transferOf(e Event) *Transferred {
	at := strings.LastIndexByte(e.Text, '@')
	return &Transferred{By: e.From, To: dialplan.Location{Exten: e.Text[:at], Context: e.Text[at+1:], Priority: 1}}
}

// Enter gives an outgoing channel that is up a dialplan of its own: it is worked by
// the goroutine that dialled it no longer.
func (c *Channel) Enter(at dialplan.Location) {
	c.machine = dialplan.NewMachine(c.core.Plan(), at)
	c.locked(func() { c.driven = true })
	c.SetLocation(at)
	c.trace.Note("%s goes on by itself at %s@%s", c.Name(), at.Exten, at.Context)
	c.entrust()
	go c.run()
}
