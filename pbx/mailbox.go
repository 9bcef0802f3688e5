package pbx

import (
	"slices"
	"strconv"
	"sync"
)

// Mailbox is how many messages a mailbox holds.
type Mailbox struct{ New, Old int }

// mailboxes knows the counts of mailboxes, "box@context", and who wants to know.
type mailboxes struct {
	mu      sync.Mutex // guards all below
	counts  map[string]Mailbox
	watches []*MailboxWatch
}

// MailboxWatch is somebody's interest in some mailboxes.
type MailboxWatch struct {
	core  *Core
	boxes []string
	tell  func()
}

// SetMailbox notes the messages of a mailbox and tells those who watch it.
func (c *Core) SetMailbox(box string, m Mailbox) {
	b := &c.mailboxes
	b.mu.Lock()
	if b.counts == nil {
		b.counts = map[string]Mailbox{}
	}
	var told []*MailboxWatch
	changed := b.counts[box] != m
	if changed {
		b.counts[box] = m
		for _, w := range b.watches {
			if slices.Contains(w.boxes, box) {
				told = append(told, w)
			}
		}
	}
	b.mu.Unlock()
	if changed && c.Heard() {
		waiting := "0"
		if m.New > 0 {
			waiting = "1"
		}
		c.Tell(News{Name: "MessageWaiting", Class: "call", Fields: []Field{{"Mailbox", box}, {"Waiting", waiting}, {"New", strconv.Itoa(m.New)}, {"Old", strconv.Itoa(m.Old)}}})
	}
	for _, w := range told {
		w.tell()
	}
}

// MailboxesOf adds the messages of several mailboxes up.
func (c *Core) MailboxesOf(boxes []string) (sum Mailbox) {
	c.mailboxes.mu.Lock()
	defer c.mailboxes.mu.Unlock()
	for _, box := range boxes {
		m := c.mailboxes.counts[box]
		sum.New, sum.Old = sum.New+m.New, sum.Old+m.Old
	}
	return sum
}

// WatchMailboxes calls tell with each change of one of them. tell must not block.
func (c *Core) WatchMailboxes(boxes []string, tell func()) *MailboxWatch {
	w := &MailboxWatch{core: c, boxes: boxes, tell: tell}
	c.mailboxes.mu.Lock()
	defer c.mailboxes.mu.Unlock()
	c.mailboxes.watches = append(c.mailboxes.watches, w)
	return w
}

// Close ends the interest.
func (w *MailboxWatch) Close() {
	b := &w.core.mailboxes
	b.mu.Lock()
	defer b.mu.Unlock()
	b.watches = slices.DeleteFunc(b.watches, func(o *MailboxWatch) bool { return o == w })
}
