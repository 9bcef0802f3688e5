package queue

import (
	"fmt"
	"strings"

	"obelisk/internal/config"
	"obelisk/pbx"
)

// Actions implements pbx.Actor.
func (m *Module) Actions() []pbx.Action {
	return []pbx.Action{
		{Name: "QueueStatus", Synopsis: "Show queue status.", Run: m.actStatus},
		{Name: "QueueSummary", Synopsis: "Show queue summary.", Run: m.actSummary},
		{Name: "QueueAdd", Synopsis: "Add interface to queue.", Classes: "agent", Run: m.actAdd},
		{Name: "QueueRemove", Synopsis: "Remove interface from queue.", Classes: "agent", Run: m.actRemove},
		{Name: "QueuePause", Synopsis: "Makes a queue member temporarily unavailable.", Classes: "agent", Run: m.actPause},
		{Name: "QueueLog", Synopsis: "Adds custom entry in queue_log.", Classes: "agent", Run: m.actLog},
		{Name: "QueuePenalty", Synopsis: "Set the penalty for a queue member.", Classes: "agent", Run: m.actPenalty},
		{Name: "QueueMemberRingInUse", Synopsis: "Set the ringinuse value for a queue member.", Classes: "agent", Run: m.actRingInUse},
		{Name: "QueueRule", Synopsis: "Queue Rules.", Run: m.actRule},
		{Name: "QueueReload", Synopsis: "Reload a queue, queues, or any sub-section of a queue or queues.", Run: m.actReload},
		{Name: "QueueReset", Synopsis: "Reset queue statistics.", Run: m.actReset},
		{Name: "QueueChangePriorityCaller", Synopsis: "Change priority of a caller on queue.", Run: m.actPriority},
		{Name: "QueueWithdrawCaller", Synopsis: "Request to withdraw a caller from the queue back to the dialplan.", Run: m.actWithdraw},
	}
}

// entry is a caller of a list, as his channel is when mu is free again.
type entry struct {
	at int // of the row
	ch *pbx.Channel
}

func (m *Module) actStatus(a pbx.Asked) {
	only, member := a.Get("Queue"), a.Get("Member")
	m.refresh(only)
	var rows [][]pbx.Field
	var entries []entry
	m.mu.Lock()
	m.each(only, func(q *queue) {
		rows = append(rows, q.params())
		for _, x := range q.members {
			if member == "" || x.face == member || x.name == member {
				rows = append(rows, x.row())
			}
		}
		for i, c := range q.callers {
			entries = append(entries, entry{len(rows), c.ch})
			rows = append(rows, []pbx.Field{{Name: "Event", Value: "QueueEntry"}, f("Queue", q.name), f("Position", i+1), f("Channel", ""),
				f("Uniqueid", ""), f("CallerIDNum", ""), f("CallerIDName", ""), f("ConnectedLineNum", ""), f("ConnectedLineName", ""),
				f("Wait", c.waited()), f("Priority", c.prio)})
		}
	})
	m.mu.Unlock()
	for _, e := range entries {
		e.fill(rows[e.at])
	}
	a.IDLast()
	a.List("Queue status will follow", "QueueStatusComplete", rows)
}

// fill writes who it is.
func (e entry) fill(row []pbx.Field) {
	v := e.ch.View()
	or := func(s string) string {
		if s == "" {
			return "unknown"
		}
		return s
	}
	for i, value := range []string{e.ch.Name(), e.ch.UniqueID(), or(v.CallerID.Num), or(v.CallerID.Name), or(v.Connected.Num),
		or(v.Connected.Name)} {
		row[3+i].Value = value
	}
}

// params is a queue as the manager interface shows it.
func (q *queue) params() []pbx.Field {
	perf, perf2 := q.levels()
	return []pbx.Field{{Name: "Event", Value: "QueueParams"}, f("Queue", q.name), f("Max", q.s.maxLen), f("Strategy", q.s.strategy),
		f("Calls", q.waiting()), f("Holdtime", q.holdTime), f("TalkTime", q.talkTime), f("Completed", q.completed),
		f("Abandoned", q.abandoned), f("ServiceLevel", q.s.serviceLevel), f("ServicelevelPerf", fmt.Sprintf("%2.1f", perf)),
		f("ServicelevelPerf2", fmt.Sprintf("%2.1f", perf2)), f("Weight", q.s.weight)}
}

// row is a member likewise. Of a member of the table the list says static, as Asterisk's does; events
// say realtime.
func (x *member) row() []pbx.Field {
	membership := "static"
	if x.dynamic {
		membership = "dynamic"
	}
	return []pbx.Field{{Name: "Event", Value: "QueueMember"}, f("Queue", x.q.name), f("Name", x.name), f("Location", x.face),
		f("StateInterface", x.state), f("Membership", membership), f("Penalty", x.penalty), f("CallsTaken", x.calls),
		f("LastCall", x.lastCall), f("LastPause", x.lastPause), f("LoginTime", x.login), f("InCall", bit(x.start > 0)),
		f("Status", statusNumbers[x.status]), f("Paused", bit(x.paused)), f("PausedReason", x.reason),
		f("Wrapuptime", x.wrapup)}
}

func (m *Module) actSummary(a pbx.Asked) {
	var rows [][]pbx.Field
	m.refresh(a.Get("Queue"))
	m.mu.Lock()
	m.each(a.Get("Queue"), func(q *queue) {
		available, longest := 0, int64(0)
		for _, x := range q.members {
			if free(x.status) && !x.paused {
				available++
			}
		}
		for _, c := range q.callers {
			longest = max(longest, c.waited())
		}
		rows = append(rows, []pbx.Field{{Name: "Event", Value: "QueueSummary"}, f("Queue", q.name), f("LoggedIn", q.count("logged")),
			f("Available", available), f("Callers", q.waiting()), f("HoldTime", q.holdTime), f("TalkTime", q.talkTime),
			f("LongestHoldTime", longest)})
	})
	m.mu.Unlock()
	a.IDLast()
	a.List("Queue summary will follow", "QueueSummaryComplete", rows)
}

// needs says that a header is missing, if one is.
func needs(a pbx.Asked, names ...string) bool {
	for _, n := range names {
		if a.Get(n) == "" {
			a.Fail("'" + n + "' not specified.")
			return true
		}
	}
	return false
}

func (m *Module) actAdd(a pbx.Asked) {
	if needs(a, "Queue", "Interface") {
		return
	}
	paused, _ := config.Bool(a.Get("Paused"))
	switch m.add(a.Get("Queue"), addition{face: a.Get("Interface"), name: a.Get("MemberName"), state: a.Get("StateInterface"),
		reason: a.Get("Reason"), penalty: max(atoi(a.Get("Penalty")), 0), paused: paused, wrapup: int64(max(atoi(a.Get("Wrapuptime")), 0))},
		"MANAGER") {
	case done:
		a.OK("Added interface to queue")
	case exists:
		a.Fail("Unable to add interface: Already there")
	default:
		a.Fail("Unable to add interface to queue: No such queue")
	}
}

func (m *Module) actRemove(a pbx.Asked) {
	if a.Get("Queue") == "" || a.Get("Interface") == "" {
		a.Fail("Need 'Queue' and 'Interface' parameters.")
		return
	}
	switch m.remove(a.Get("Queue"), a.Get("Interface"), "MANAGER") {
	case done:
		a.OK("Removed interface from queue")
	case exists:
		a.Fail("Unable to remove interface: Not there")
	case notDynamic:
		a.Fail("Member not dynamic")
	default:
		a.Fail("Unable to remove interface from queue: No such queue")
	}
}

func (m *Module) actPause(a pbx.Asked) {
	if a.Get("Interface") == "" || a.Get("Paused") == "" {
		a.Fail("Need 'Interface' and 'Paused' parameters.")
		return
	}
	on, _ := config.Bool(a.Get("Paused"))
	switch found := m.paused(a.Get("Queue"), a.Get("Interface"), a.Get("Reason"), on); {
	case !found:
		a.Fail("Interface not found")
	case on:
		a.OK("Interface paused successfully")
	default:
		a.OK("Interface unpaused successfully")
	}
}

func (m *Module) actLog(a pbx.Asked) {
	if a.Get("Queue") == "" || a.Get("Event") == "" {
		a.Fail("Need 'Queue' and 'Event' parameters.")
		return
	}
	id := a.Get("UniqueId")
	if id == "" {
		id = none
	}
	m.core.QueueLog(id, a.Get("Queue"), a.Get("Interface"), a.Get("Event"), a.Get("Message"))
	a.OK("Event added successfully")
}

func (m *Module) actPenalty(a pbx.Asked) {
	switch {
	case a.Get("Interface") == "" || a.Get("Penalty") == "":
		a.Fail("Need 'Interface' and 'Penalty' parameters.")
	case m.setPenalty(a.Get("Queue"), a.Get("Interface"), atoi(a.Get("Penalty"))):
		a.OK("Interface penalty set successfully")
	default:
		a.Fail("Invalid interface, queuename or penalty")
	}
}

func (m *Module) actRingInUse(a pbx.Asked) {
	on, truth := config.Bool(a.Get("RingInUse"))
	switch {
	case a.Get("Interface") == "" || a.Get("RingInUse") == "":
		a.Fail("Need 'Interface' and 'RingInUse' parameters.")
	case !truth:
		a.Fail("'RingInUse' parameter must be a truth value (yes/no, on/off, 0/1, etc)")
	case m.setRingInUse(a.Get("Queue"), a.Get("Interface"), on):
		a.OK("Interface ringinuse set successfully")
	default:
		a.Fail("Invalid interface, queuename, or ringinuse value")
	}
}

func (m *Module) actRule(a pbx.Asked) {
	var rows []pbx.Field
	m.mu.Lock()
	for _, l := range m.config.Rules {
		if only := a.Get("Rule"); only != "" && !strings.EqualFold(only, l.name) {
			continue
		}
		rows = append(rows, f("RuleList", l.name))
		for _, r := range l.rules {
			rows = append(rows, f("Rule", fmt.Sprintf("%d,%s,%s", r.after, r.max.signed(), r.min.signed())))
		}
	}
	m.mu.Unlock()
	a.Respond("Success", rows...)
}

// signed is a change as the file has it.
func (c change) signed() string {
	if c.by && c.value >= 0 {
		return "+" + written(c.value)
	}
	return written(c.value)
}

func (m *Module) actReload(a pbx.Asked) {
	what := parts(0)
	for header, part := range map[string]parts{"Members": partMembers, "Rules": partRules, "Parameters": partParameters} {
		if strings.EqualFold(a.Get(header), "yes") {
			what |= part
		}
	}
	if what == 0 {
		what = everything
	}
	if err := m.reread(scope{what, a.Get("Queue")}); err != nil {
		a.Fail("Error encountered while reloading queue")
		return
	}
	a.OK("Queue reloaded successfully")
}

func (m *Module) actReset(a pbx.Asked) {
	m.resetStats(a.Get("Queue"))
	a.OK("Queue stats reset successfully")
}

// resetStats forgets the statistics of a queue, of all with "".
func (m *Module) resetStats(name string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.each(name, (*queue).reset)
}

func (m *Module) actPriority(a pbx.Asked) {
	if needs(a, "Queue", "Caller", "Priority") {
		return
	}
	n, ok := number(a.Get("Priority"))
	if !ok {
		a.Fail("'Priority' need integer.")
		return
	}
	at, _ := config.Bool(a.Get("Immediate"))
	switch m.reprioritize(a.Get("Queue"), a.Get("Caller"), n, at) {
	case done:
		a.OK("Priority change for caller on queue")
	case exists:
		a.Fail("Unable to change priority caller on queue: No such caller")
	default:
		a.Fail("Unable to change priority caller on queue: No such queue")
	}
}

func (m *Module) actWithdraw(a pbx.Asked) {
	if needs(a, "Queue", "Caller") {
		return
	}
	switch m.request(a.Get("Queue"), a.Get("Caller"), a.Get("WithdrawInfo")) {
	case done:
		a.OK("Withdraw requested successfully")
	case exists:
		a.Fail("Unable to request withdraw from queue: No such caller")
	case notDynamic:
		a.Fail("Unable to request withdraw from queue: Already requested")
	default:
		a.Fail("Unable to request withdraw from queue: No such queue")
	}
}
