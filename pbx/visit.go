package pbx

import (
	"crypto/rand"
	"errors"
	"sync"
	"time"

	"obelisk/dialplan"
)

// Where several nodes are one switchboard some things can only be done where a call is: to fetch who is
// parked there, to pick up what rings there, to be in a conference that is there. A channel of another
// node goes there by a call of its own, a visit. The node where it is to go gives a ticket for it, over the bus; whoever
// comes with the ticket, from a node, does what it says.

// Visit is what a visitor does.
type Visit struct {
	App, Data string         // the application that he runs; "": he takes the place of
	Into      *Channel       // this channel's leg
	Begins    func(*Channel) // told of his channel before it runs; nil: nobody is
}

// NodeTech is the technology of visits: Node/NODE/TICKET.
const NodeTech = "Node"

// ConferenceOwner is the kind of what a node owns (Elsewhere.Owner) whose key is the name of a conference, in lower case.
const ConferenceOwner = "conference"

// Tickets are good once, for so long, and there are no more than that.
const (
	ticketLife = 10 * time.Second
	maxTickets = 1000
)

// tickets are those that were given and not used.
type tickets struct {
	mu   sync.Mutex // guards list
	list map[string]ticket
}

type ticket struct {
	Visit
	until time.Time
}

var errTickets = errors.New("too many visits are on their way")

// Ticket lets a visitor of another node in, once. The error says that too many are on their way.
func (c *Core) Ticket(v Visit) (string, error) {
	t := &c.tickets
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	for name, x := range t.list {
		if now.After(x.until) {
			delete(t.list, name)
		}
	}
	if len(t.list) >= maxTickets {
		return "", errTickets
	}
	if t.list == nil {
		t.list = map[string]ticket{}
	}
	name := rand.Text()
	t.list[name] = ticket{v, now.Add(ticketLife)}
	return name, nil
}

// Visitor takes a ticket; false: it is none, or no more.
func (c *Core) Visitor(name string) (Visit, bool) {
	t := &c.tickets
	t.mu.Lock()
	defer t.mu.Unlock()
	x, ok := t.list[name]
	delete(t.list, name)
	return x.Visit, ok && time.Now().Before(x.until)
}

// NodePatience is how long a node may take to say whether it has what is looked for.
const NodePatience = 500 * time.Millisecond

// AskNodes asks all other nodes at once for a ticket, and has the way of the first one that gives one,
// "NODE/TICKET"; "": none does, or there are none. It waits, for half a second at most.
func (c *Core) AskNodes(topic, text string) (way string) {
	e := c.Elsewhere()
	if e == nil {
		return ""
	}
	list := e.Nodes()
	said := make(chan string, len(list))
	for _, node := range list {
		go func() { said <- c.AskNode(node, topic, text) }()
	}
	for range list {
		if way = <-said; way != "" {
			return way
		}
	}
	return ""
}

// AskNode is AskNodes for one.
func (c *Core) AskNode(node, topic, text string) (way string) {
	if e := c.Elsewhere(); e != nil {
		if name, err := e.Ask(node, topic, text, NodePatience); err == nil && name != "" {
			return node + "/" + name
		}
	}
	return ""
}

// AnswerNodes has f give visits to the nodes that ask for one; false: there is nothing for them here. f must not wait for
// other nodes. It does nothing where there are none.
func (c *Core) AnswerNodes(topic string, f func(node, text string) (Visit, bool)) {
	e := c.Elsewhere()
	if e == nil {
		return
	}
	e.Answer(topic, func(node, text string) string {
		v, ok := f(node, text)
		if !ok {
			return ""
		}
		name, err := c.Ticket(v)
		if err != nil {
			c.Log().Warn().Msgf("node '%s' asks for %s: %v", node, topic, err)
		}
		return name
	})
}

// VisitArgs are those of Dial for a way. The far end is rung for at once, and answers by itself.
func VisitArgs(way string) string { return NodeTech + "/" + way + ",30" }

// GoVisiting has a channel go another node's way. It is the end of an application, as Into is.
func (c *Channel) GoVisiting(way string) dialplan.Result {
	dial := c.core.App("Dial")
	if dial == nil {
		return dialplan.Continue
	}
	c.trace.Note("goes by the way of node %s", way)
	return dial.Exec(c, VisitArgs(way))
}
