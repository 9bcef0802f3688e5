package cluster

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// What membership goes by.
const (
	Heartbeat    = 500 * time.Millisecond
	SuspectAfter = 3 * Heartbeat // without a beat: it gets no new work
	DeadAfter    = 6 * Heartbeat // it is not there
	Grace        = 2 * time.Second
	MaxNodes     = 64
)

// Status of a node, as another sees it.
type Status uint8

const (
	Alive Status = iota
	Suspect
	Dead    // what it has said is kept for Grace
	Foreign // its Proto is too far from ours: nothing of it is taken
)

// String is the word that people are shown.
func (s Status) String() string {
	return [...]string{Alive: "alive", Suspect: "suspect", Dead: "dead", Foreign: "incompatible"}[s]
}

// Member is another node.
type Member struct {
	Name   string
	Epoch  uint64
	Proto  int
	Status Status
	Heard  time.Time // when its last beat came
	Beat
	asked time.Time // when it was last asked for what differs
}

// Members are the other nodes, as one sees them: no clock and no lock of its own.
//
//	status   stimulus               next
//	(none)   beat                   Alive, or Foreign
//	Alive    SuspectAfter of silence  Suspect
//	Suspect  beat                   Alive
//	Suspect  DeadAfter of silence    Dead
//	Dead     beat                   Alive
//	Dead     Grace                  (none): its words are forgotten
//	any      leaving                (none), likewise
//	any      beat of a later run     Alive; the words of the earlier run are forgotten
type Members struct {
	self string
	list map[string]*Member
}

// beat takes a heartbeat in; ok is false for one that is old, repeated or one too many.
func (ms *Members) beat(now time.Time, m *Message) (who *Member, news []string, ok bool) {
	who = ms.list[m.From]
	switch {
	case who == nil && len(ms.list) >= MaxNodes:
		return nil, nil, false
	case who == nil:
		who = &Member{Name: m.From, Epoch: m.Epoch, Beat: Beat{Config: m.Beat.Config}}
		ms.list[m.From] = who
		news = append(news, fmt.Sprintf("node '%s' is there", m.From))
	case m.Epoch < who.Epoch:
		return who, nil, false
	case m.Epoch > who.Epoch:
		who.Epoch, who.Beat.Seq = m.Epoch, 0
		news = append(news, fmt.Sprintf("node '%s' has begun anew", m.From))
	case m.Beat.Seq <= who.Beat.Seq:
		return who, nil, false
	}
	was := who.Status
	who.Proto, who.Beat, who.Heard, who.Status = m.Proto, *m.Beat, now, Alive
	if skew := m.Proto - Proto; skew < -1 || skew > 1 {
		who.Status = Foreign
	}
	if was != who.Status {
		news = append(news, fmt.Sprintf("node '%s' is %s", who.Name, who.Status))
	}
	return who, news, true
}

// tick lets time pass: gone are the nodes whose entries are to be dropped.
func (ms *Members) tick(now time.Time) (news, gone []string) {
	for _, who := range ms.Sorted() {
		silent, was := now.Sub(who.Heard), who.Status
		switch {
		case silent >= DeadAfter+Grace:
			delete(ms.list, who.Name)
			gone = append(gone, who.Name)
			continue
		case silent >= DeadAfter:
			who.Status = Dead
		case silent >= SuspectAfter && who.Status == Alive:
			who.Status = Suspect
		}
		if was != who.Status {
			news = append(news, fmt.Sprintf("node '%s' is %s: nothing was heard of it for %.1f s", who.Name, who.Status, silent.Seconds()))
		}
	}
	return news, gone
}

// Sorted lists them by name.
func (ms *Members) Sorted() (out []*Member) {
	for _, who := range ms.list {
		out = append(out, who)
	}
	slices.SortFunc(out, func(a, b *Member) int { return strings.Compare(a.Name, b.Name) })
	return out
}
