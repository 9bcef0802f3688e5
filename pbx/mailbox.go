package pbx

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"obelisk/dialplan"
	"obelisk/pbx/event"
)

// Mailbox is how many messages a mailbox holds. Urgent ones are new ones.
type Mailbox struct{ New, Old, Urgent int }

// Event is a mailbox with other counts.
func (m Mailbox) Event(box string) event.Event {
	return event.MessageWaiting{Mailbox: box, New: m.New, Old: m.Old}
}

// Mail is a recording that goes into a mailbox as a message.
type Mail struct {
	Box          string // box@context
	Folder       string // "": that of new messages
	File, Format string // a file of sound, which is copied
	From         CallerID
	Channel      string            // its name
	At           dialplan.Location // where the call was
	Length       time.Duration
}

// Mailroom takes recordings into mailboxes. Take may wait for a disk.
type Mailroom interface{ Take(Mail) error }

// SetMailroom gives the core its mailboxes, before it is used.
func (c *Core) SetMailroom(m Mailroom) { c.mailroom = m }

// Mailroom are the mailboxes; nil without any.
func (c *Core) Mailroom() Mailroom { return c.mailroom }

// mailboxes is who wants to know the counts of mailboxes. The counts themselves, by
// "box@context", are among what nodes share.
type mailboxes struct {
	noting  sync.Mutex // one change at a time
	mu      sync.Mutex // guards all below
	watches []*MailboxWatch
	look    func(box string) (Mailbox, bool)
}

// MailboxWatch is somebody's interest in some mailboxes.
type MailboxWatch struct {
	core  *Core
	boxes []string
	tell  func()
}

// SetMailbox notes the messages of a mailbox and tells those who watch it, unless that is what
// they know.
func (c *Core) SetMailbox(box string, m Mailbox) { c.noteMailbox(box, m, false) }

// TellMailbox does that, and tells them again what they know: somebody has been at the mailbox.
func (c *Core) TellMailbox(box string, m Mailbox) { c.noteMailbox(box, m, true) }

func (c *Core) noteMailbox(box string, m Mailbox, always bool) {
	b := &c.mailboxes
	b.noting.Lock()
	was, known := c.mailboxCount(box)
	news := always || !known || was != m
	if news {
		if err := c.shared.Put(sharedMailboxes, box, fmt.Sprintf("%d/%d/%d", m.New, m.Old, m.Urgent), 0); err != nil {
			c.cfg.Log.Warn().Msgf("mailbox %s: %v", box, err)
		}
	}
	b.noting.Unlock()
	if news {
		c.tellMailbox(box, m)
	}
}

// sharedMailboxes is the kind of the counts: "new/old/urgent".
const sharedMailboxes = "mwi"

// mailboxCount is what was said last of a mailbox, by whichever node.
func (c *Core) mailboxCount(box string) (m Mailbox, known bool) {
	words := c.shared.Get(sharedMailboxes, box)
	if len(words) == 0 {
		return m, false
	}
	_, err := fmt.Sscanf(words[0].Value, "%d/%d/%d", &m.New, &m.Old, &m.Urgent)
	return m, err == nil
}

// followMailboxes has those told who watch a mailbox that another node has changed.
func (c *Core) followMailboxes() {
	c.shared.Watch(sharedMailboxes, func(box string) {
		if words := c.shared.Get(sharedMailboxes, box); len(words) > 0 && words[0].Node != c.shared.Node() {
			m, _ := c.mailboxCount(box)
			c.tellMailbox(box, m)
		}
	})
}

// tellMailbox tells who watches a mailbox, and who listens.
func (c *Core) tellMailbox(box string, m Mailbox) {
	b := &c.mailboxes
	var told []*MailboxWatch
	b.mu.Lock()
	for _, w := range b.watches {
		if slices.Contains(w.boxes, box) {
			told = append(told, w)
		}
	}
	b.mu.Unlock()
	if c.Heard() {
		c.Tell(m.Event(box))
	}
	for _, w := range told {
		w.tell()
	}
}

// KnowsMailboxes says whether anything is known of one of them.
func (c *Core) KnowsMailboxes(boxes []string) bool {
	return slices.ContainsFunc(boxes, func(box string) bool {
		_, ok := c.mailboxCount(box)
		return ok
	})
}

// SetMailboxes gives the core the way to look into mailboxes that are kept here; ok is false for
// one that is not.
func (c *Core) SetMailboxes(look func(box string) (m Mailbox, ok bool)) {
	c.mailboxes.mu.Lock()
	defer c.mailboxes.mu.Unlock()
	c.mailboxes.look = look
}

// LookInto reads a mailbox as it is now; of one that is kept elsewhere it is what was told.
// Without a context it is that of "default".
func (c *Core) LookInto(box string) Mailbox {
	if !strings.Contains(box, "@") {
		box += "@default"
	}
	c.mailboxes.mu.Lock()
	look := c.mailboxes.look
	c.mailboxes.mu.Unlock()
	if look != nil {
		if m, ok := look(box); ok {
			return m
		}
	}
	m, _ := c.mailboxCount(box)
	return m
}

// MailboxesOf adds the messages of several mailboxes up.
func (c *Core) MailboxesOf(boxes []string) (sum Mailbox) {
	c.mailboxes.mu.Lock()
	look := c.mailboxes.look
	c.mailboxes.mu.Unlock()
	for _, box := range boxes {
		m, known := c.mailboxCount(box)
		if !known && look != nil {
			m, _ = look(box) // nobody was there since the start
		}
		sum.New, sum.Old, sum.Urgent = sum.New+m.New, sum.Old+m.Old, sum.Urgent+m.Urgent
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

// MailboxWatchers is how many want to know of a mailbox.
func (c *Core) MailboxWatchers(box string) (n int) {
	c.mailboxes.mu.Lock()
	defer c.mailboxes.mu.Unlock()
	for _, w := range c.mailboxes.watches {
		if slices.Contains(w.boxes, box) {
			n++
		}
	}
	return n
}
