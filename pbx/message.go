package pbx

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Message is a text outside calls.
type Message struct {
	To, From string // URIs
	Body     string
	Data     []MessageDatum // MESSAGE_DATA, each name once
	// Guest: of nobody that is known; half of the places are not for him.
	Guest bool
}

// MessageDatum is a fact about a message: a header that came with it, or one that is to be
// sent.
type MessageDatum struct {
	Name, Value string
	Send        bool
}

// maxMessageData bounds the facts of one message.
const maxMessageData = 200

// Know sets a fact, any case of its name; an empty value takes away what is to be sent.
func (m *Message) Know(name, value string, send bool) {
	i := slices.IndexFunc(m.Data, func(d MessageDatum) bool { return strings.EqualFold(d.Name, name) })
	switch {
	case i >= 0 && value == "" && send:
		m.Data = slices.Delete(m.Data, i, i+1)
	case i >= 0:
		m.Data[i].Value, m.Data[i].Send = value, send
	case len(m.Data) < maxMessageData && value != "":
		m.Data = append(m.Data, MessageDatum{name, value, send})
	}
}

// Fact is the value of a fact.
func (m *Message) Fact(name string) string {
	for _, d := range m.Data {
		if strings.EqualFold(d.Name, name) {
			return d.Value
		}
	}
	return ""
}

// SendAll says of every fact whether it is to be sent.
func (m *Message) SendAll(send bool) {
	for i := range m.Data {
		m.Data[i].Send = send
	}
}

// ErrBusyWithMessages is given when too many are being worked on.
var ErrBusyWithMessages = errors.New("too many messages are being worked on")

// maxMessages are worked on at a time.
const maxMessages = 100

// Deliver runs the dialplan for a message that came in, on a channel without a phone.
func (c *Core) Deliver(m Message, context, exten string) error {
	if n := c.messages.Add(1); n > maxMessages || m.Guest && n > maxMessages/2 {
		c.messages.Add(-1)
		return ErrBusyWithMessages
	}
	leg := &phantomLeg{name: fmt.Sprintf("Message/ast_msg_queue-%08x", c.nextName.Add(1)-1), resource: "ast_msg_queue",
		done: func() { c.messages.Add(-1) }}
	_, err := c.Incoming(NewCall{Tech: "Message", Leg: leg, Context: context, Exten: exten, Trace: c.cfg.Book.Open(leg.name), Message: &m})
	if err != nil {
		leg.done()
	}
	return err
}

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

// Message is the text that the channel carries, nil where there is none. It belongs to the
// channel's goroutine.
func (c *Channel) Message() *Message { return c.message }

// Compose is Message, with a new one where there is none.
func (c *Channel) Compose() *Message {
	if c.message == nil {
		c.message = &Message{}
	}
	return c.message
}

// TextSender is a leg whose far side takes text during a call.
type TextSender interface{ SendText(text string) }
