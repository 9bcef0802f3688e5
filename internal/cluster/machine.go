package cluster

import (
	"fmt"
	"time"

	"obelisk/internal/store"
)

// pageWords is how many words a message brings, about.
const pageWords = 500

// askAgain is how long an answer may take before a node is asked anew.
const askAgain = time.Second

// Machine is the logic of a node: what it does with a message, and with time. It has no clock,
// no lock and no socket; all it says goes out as a Result.
type Machine struct {
	Members
	epoch  uint64
	beats  uint64
	beat   Beat // what ours says
	warned map[string]string

	settled bool // it has been heard who is there
	limits  *limits
	talks   []Message // to be sent
}

// Result of a step.
type Result struct {
	Send    []Message
	Changed []store.Word // what Get has changed of
	News    []string     // for the log
}

// NewMachine makes that of a run of a node.
func NewMachine(node string, epoch uint64, beat Beat) *Machine {
	m := &Machine{Members: Members{self: node, list: map[string]*Member{}}, epoch: epoch, beat: beat, warned: map[string]string{}}
	m.limits = &limits{touch: &touch{self: node, known: map[string]*touched{}}, epoch: epoch, list: map[string]*limit{}, alive: m.there,
		owner: m.lender, out: m.talk}
	return m
}

// Harden says how long what a node holds of a hard limit is its own without most others (0: for ever), and how many other
// nodes there are; 0: as many as are heard of.
func (m *Machine) Harden(lease time.Duration, others int) {
	m.limits.lease, m.limits.expected = lease, others
}

// talk sends a word about a limit to a node.
func (m *Machine) talk(to string, t *Talk) {
	who := m.list[to]
	if who == nil {
		return
	}
	t.Run = who.Epoch
	x := m.message()
	x.To, x.Talk = to, t
	m.talks = append(m.talks, x)
}

// said gives what is to be sent about limits.
func (m *Machine) said() (out []Message) {
	out, m.talks = m.talks, nil
	return out
}

// there are the other nodes that are there, by name.
func (m *Machine) there() (out []string) {
	for _, who := range m.Sorted() {
		if who.Status == Alive || who.Status == Suspect {
			out = append(out, who.Name)
		}
	}
	return out
}

// lender is the node that lends a limit; "" before it has been heard who is there.
func (m *Machine) lender(name string) string {
	if !m.settled {
		return ""
	}
	return owner(m.able(), "limit", name)
}

// Take takes a unit of a hard limit; false: this node has none now, and has asked for one.
func (m *Machine) Take(now time.Time, name string, most int) (bool, []Message) {
	ok := m.limits.take(now, name, most)
	return ok, m.said()
}

// Give gives it back.
func (m *Machine) Give(name string) { m.limits.give(name) }

func (m *Machine) message() Message { return Message{From: m.self, Epoch: m.epoch, Proto: Proto} }

// Tick is called every Heartbeat, and oftener without harm: beat says whether one is due.
func (m *Machine) Tick(now time.Time, t *store.Table, beat bool) (r Result) {
	if m.limits.began.IsZero() {
		m.limits.began = now
	}
	m.settled = now.Sub(m.limits.began) >= SuspectAfter
	news, gone := m.Members.tick(now)
	r.News = news
	for _, node := range gone {
		lost := t.Forget(node)
		r.Changed = append(r.Changed, lost...)
		r.News = append(r.News, fmt.Sprintf("node '%s' is gone, and %d things that it said", node, len(lost)))
	}
	r.Changed = append(r.Changed, t.Expire(now)...)
	if beat {
		m.beats++
		b := m.beat
		sums := t.Sums(m.self)
		b.Seq, b.Sum = m.beats, sums.Total()
		m.limits.stamp(now, &b)
		out := m.message()
		out.Beat = &b
		r.Send = append(r.Send, out)
		m.limits.tick(now)
	}
	r.Send = append(r.Send, m.said()...)
	return r
}

// Say makes messages of words of this node.
func (m *Machine) Say(words []store.Word) (out []Message) {
	for len(words) > 0 {
		n := min(len(words), pageWords)
		x := m.message()
		x.Words, words = words[:n:n], words[n:]
		out = append(out, x)
	}
	return out
}

// Leave says that this node stops.
func (m *Machine) Leave() Message {
	out := m.message()
	out.Leaving = true
	return out
}

// Receive takes a message in.
func (m *Machine) Receive(now time.Time, t *store.Table, x *Message) (r Result) {
	switch {
	case x.From == m.self:
		if x.Epoch != m.epoch {
			m.warn(&r, "name", "another node calls itself '"+m.self+"' as well: what the two say is mixed up")
		}
		return r
	case x.From == "" || x.To != "" && x.To != m.self:
		return r
	case x.Beat != nil:
		m.heard(now, t, x, &r)
		return r
	}
	who := m.list[x.From]
	if who == nil || who.Epoch != x.Epoch || who.Status == Foreign {
		return r // it has not said yet that it is there: what it says now is asked for then
	}
	switch {
	case x.Talk != nil:
		if x.Talk.Run == m.epoch {
			m.limits.receive(now, x.From, x.Talk)
		}
		r.Send = m.said()
	case x.Leaving:
		m.limits.leave(x.From)
		delete(m.list, x.From)
		r.Changed = t.Forget(x.From)
		r.News = append(r.News, fmt.Sprintf("node '%s' has left", x.From))
	case x.Ask != nil:
		r.Send = m.pages(now, t, x)
	case x.Page != nil:
		in := map[int]bool{}
		for _, b := range x.Page.Buckets {
			in[b] = true
		}
		words := x.Page.Words
		own(words, x)
		r.Changed = t.Reconcile(now, x.From, x.Epoch, x.Page.AsOf, func(b int) bool { return in[b] }, words)
	default:
		own(x.Words, x)
		for _, w := range x.Words {
			if fresh, lost := t.Apply(now, w); fresh {
				r.Changed = append(append(r.Changed, lost...), w)
			}
		}
	}
	return r
}

// own makes words those of their sender: a node speaks for itself alone.
func own(words []store.Word, x *Message) {
	for i := range words {
		words[i].Node, words[i].Epoch = x.From, x.Epoch
	}
}

// heard takes a heartbeat in, and asks for what differs.
func (m *Machine) heard(now time.Time, t *store.Table, x *Message, r *Result) {
	who, news, ok := m.Members.beat(now, x)
	r.News = append(r.News, news...)
	if !ok {
		return
	}
	if who.Status == Foreign {
		r.Changed = t.Forget(x.From)
		m.warn(r, "proto "+x.From, fmt.Sprintf("node '%s' speaks version %d between nodes, this one %d: nothing of it is taken", x.From, x.Proto,
			Proto))
		return
	}
	if x.Beat.Config != m.beat.Config {
		m.warn(r, "config "+x.From, fmt.Sprintf("node '%s' has other files than this one (%s, not %s)", x.From, x.Beat.Config, m.beat.Config))
	}
	m.limits.heard(now, x.From, x.Epoch, x.Beat)
	r.Send = append(r.Send, m.said()...)
	r.Changed = append(r.Changed, t.Run(x.From, x.Epoch)...)
	sums := t.Sums(x.From)
	if sums.Total() == x.Beat.Sum || now.Sub(who.asked) < askAgain && !who.asked.IsZero() {
		return
	}
	who.asked = now
	out := m.message()
	out.To, out.Ask = x.From, &Ask{Sums: sums}
	r.Send = append(r.Send, out)
}

// warn says something once, until it is another thing.
func (m *Machine) warn(r *Result, about, text string) {
	if m.warned[about] != text && len(m.warned) < 4*MaxNodes {
		m.warned[about] = text
		r.News = append(r.News, text)
	}
}

// pages are this node's words in the buckets that differ.
func (m *Machine) pages(now time.Time, t *store.Table, x *Message) (out []Message) {
	ours := t.Sums(m.self)
	words := t.Of(now, m.self, func(b int) bool { return ours[b] != x.Ask.Sums[b] })
	by := map[int][]store.Word{}
	for _, w := range words {
		by[w.Bucket()] = append(by[w.Bucket()], w)
	}
	page := &Page{AsOf: t.Seq()}
	flush := func() {
		msg := m.message()
		msg.To, msg.Page = x.From, page
		out, page = append(out, msg), &Page{AsOf: page.AsOf}
	}
	for b := range store.Buckets {
		if ours[b] == x.Ask.Sums[b] {
			continue
		}
		page.Buckets, page.Words = append(page.Buckets, b), append(page.Words, by[b]...)
		if len(page.Words) >= pageWords {
			flush()
		}
	}
	if len(page.Buckets) > 0 {
		flush()
	}
	return out
}
