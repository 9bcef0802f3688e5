package pbx

import (
	"errors"
	"fmt"
	"strings"

	"obelisk/dialplan"
	"obelisk/media"
)

// Message is a text outside calls.
type Message struct {
	To, From string // URIs
	Body     string
	Vars     [][2]string // MESSAGE_DATA
}

// ErrBusyWithMessages is given when too many are being worked on.
var ErrBusyWithMessages = errors.New("too many messages are being worked on")

// maxMessages are worked on at a time.
const maxMessages = 100

// Deliver runs the dialplan for a message that came in, on a channel without a phone.
func (c *Core) Deliver(m Message, context, exten string) error {
	if c.messages.Add(1) > maxMessages {
		c.messages.Add(-1)
		return ErrBusyWithMessages
	}
	leg := &messageLeg{name: fmt.Sprintf("Message/ast_msg_queue-%08x", c.nextName.Add(1)-1), done: func() { c.messages.Add(-1) }}
	_, err := c.Incoming(NewCall{Tech: "Message", Leg: leg, Context: context, Exten: exten, CallerID: ParseCallerID(m.From), Trace: c.cfg.Book.Open(leg.name), Message: &m})
	if err != nil {
		leg.done()
	}
	return err
}

// messageLeg is the phone that a message channel does not have.
type messageLeg struct {
	name string
	done func()
}

func (l *messageLeg) ChannelName() string  { return l.name }
func (*messageLeg) Resource() string       { return "ast_msg_queue" }
func (*messageLeg) Bind(*Channel)          {}
func (*messageLeg) Rebind(*Channel)        {}
func (*messageLeg) Call(CallInfo)          {}
func (*messageLeg) Indicate(Indication)    {}
func (*messageLeg) Answer()                {}
func (l *messageLeg) Hangup(Cause)         { l.done() }
func (*messageLeg) Stream() *media.Stream  { return nil }
func (*messageLeg) Codecs() []media.Codec  { return nil }
func (*messageLeg) Restrict([]media.Codec) {}

// Messenger sends texts for a scheme, such as "sip".
type Messenger interface {
	// SendMessage starts sending; to is what follows the scheme. The error says why
	// it cannot be sent.
	SendMessage(to string, m Message) error
}

// RegisterMessenger adds one; it is not safe once the core is used.
func (c *Core) RegisterMessenger(scheme string, m Messenger) { c.messengers[scheme] = m }

// SendMessage sends a text to "scheme:address". known is false when nobody serves the
// scheme.
func (c *Core) SendMessage(m Message) (known bool, err error) {
	scheme, rest, ok := strings.Cut(m.To, ":")
	s := c.messengers[strings.ToLower(scheme)]
	if !ok || s == nil {
		return false, fmt.Errorf("nobody sends messages to '%s'", m.To)
	}
	return true, s.SendMessage(rest, m)
}

// Message is the text that the channel carries, nil for calls. It belongs to the
// channel's goroutine.
func (c *Channel) Message() *Message { return c.message }

// TextSender is a leg whose far side takes text during a call.
type TextSender interface{ SendText(text string) }

// one runs a single application instead of the dialplan; what it leaves is refused.
func (c *Channel) one(app string) {
	if a := c.core.App(app); a != nil {
		c.locked(func() { c.app = a.Name })
		if a.Exec(c, "") == dialplan.Continue && !c.Gone() {
			c.leg.Indicate(IndicateCongestion)
			c.Sleep(c.lingering())
		}
	}
}
