package queue

import (
	"fmt"
	"strconv"
	"time"

	"obelisk/pbx"
)

// Exhibits implements pbx.Exhibitor: queues with their members and who waits.
func (m *Module) Exhibits() (out []pbx.Exhibit) {
	m.refresh("")
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, q := range m.sorted() {
		out = append(out, q.exhibit())
	}
	return out
}

func (q *queue) exhibit() pbx.Exhibit {
	at, open := now(), 0
	for _, x := range q.members {
		if x.available(at) {
			open++
		}
	}
	answered, _ := q.levels()
	number := func(n int) pbx.Cell { return pbx.TextCell(strconv.Itoa(n)) }
	return pbx.Exhibit{Kind: "queues", Name: q.name, Facts: []pbx.ExhibitFact{
		{Label: "waiting", Value: number(len(q.callers))}, {Label: "open", Value: pbx.TextCell(fmt.Sprintf("%d / %d", open, len(q.members)))},
		{Label: "strategy", Value: pbx.TextCell(q.s.strategy.String())},
		{Label: "answered", Value: number(q.completed)}, {Label: "abandoned", Value: number(q.abandoned)},
		{Label: "level", Value: pbx.TextCell(fmt.Sprintf("%.1f %% (%d s)", answered, q.s.serviceLevel))},
		{Label: "holdtime", Value: pbx.TextCell(fmt.Sprintf("%d s", q.holdTime))}, {Label: "talktime", Value: pbx.TextCell(fmt.Sprintf("%d s", q.talkTime))},
	}, Tables: []pbx.ExhibitTable{q.exhibitCallers(), q.exhibitMembers()}}
}

func (q *queue) exhibitCallers() pbx.ExhibitTable {
	t := pbx.ExhibitTable{Name: "callers", Columns: []string{"place", "who", "waits", "priority"}}
	for i, c := range q.callers {
		t.Add(pbx.TextCell(strconv.Itoa(i+1)), pbx.ChannelCell(c.ch), pbx.SinceCell(time.Unix(c.start, 0)), pbx.TextCell(strconv.Itoa(c.prio)))
	}
	return t
}

func (q *queue) exhibitMembers() pbx.ExhibitTable {
	t := pbx.ExhibitTable{Name: "members", Columns: []string{"member", "state", "pause", "calls", "last", "penalty"}}
	for _, x := range q.members {
		pause, last := pbx.YesCell(x.paused), pbx.Cell{}
		if x.paused && x.reason != "" {
			pause = pbx.TextCell(x.reason)
		}
		if x.lastCall > 0 {
			last.At = time.Unix(x.lastCall, 0)
		}
		t.Add(pbx.Cell{Text: x.name, Device: x.state}, pbx.StateCell(x.status), pause, pbx.TextCell(strconv.Itoa(x.calls)), last, pbx.TextCell(strconv.Itoa(x.penalty)))
	}
	return t
}
