package queue

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"obelisk/internal/config"
	"obelisk/internal/printable"
	"obelisk/pbx"
)

// Commands implements pbx.Commander.
func (m *Module) Commands() []pbx.Command {
	list := []pbx.Command{
		{Name: "queue show", Usage: "[queue]: show queues, their members and who waits", Complete: m.completes("{queue}"), Run: m.cmdShow},
		{Name: "queue show rules", Usage: "[rule]: show queuerules.conf", Complete: m.completes("{rule}"), Run: m.cmdRules},
		{Name: "queue explain", Usage: "<queue> [<place of a caller>|<member>]: tell whom it rings now, and why not the others",
			Complete: m.completes("{queue} {member}"), Run: m.cmdExplain},
		{Name: "queue simulate", Usage: strings.TrimPrefix(simulateUsage, "queue simulate "), System: true, Run: m.cmdSimulate},
		{Name: "queue add member", Usage: addUsage, Complete: m.completes("- to {queue} penalty - as - state_interface - paused -"),
			Run: m.cmdAdd},
		{Name: "queue remove member", Usage: "<channel> from <queue>: take a dynamic member away",
			Complete: m.completes("{member} from {queue}"), Run: m.cmdRemove},
		{Name: "queue set penalty", Usage: "<penalty> on <interface> [in <queue>]: change a member's penalty",
			Complete: m.completes("- on {member} in {queue}"), Run: m.cmdPenalty},
		{Name: "queue set ringinuse", Usage: "<yes/no> on <interface> [in <queue>]: whether he rings while his device is in use",
			Complete: m.completes("yes|no on {member} in {queue}"), Run: m.cmdRingInUse},
		{Name: "queue reset stats", Usage: "[<queuenames>]: forget the statistics", Complete: m.completes("{queue} ..."), Run: m.cmdReset},
		{Name: "queue priority caller", Usage: "<channel> on <queue> to <priority> [immediate]: change that of who waits",
			Complete: m.completes("{caller} on {queue} to - immediate"), Run: m.cmdPriority},
	}
	for _, on := range []bool{true, false} {
		name, what := "queue pause member", "have his phone not ring for a time"
		if !on {
			name, what = "queue unpause member", "have it ring again"
		}
		list = append(list, pbx.Command{Name: name, Usage: pauseUsage + ": " + what, Complete: m.completes("{member} queue {queue} reason -"),
			Run: func(w io.Writer, a []string) bool { return m.cmdPause(w, name, a, on) }})
	}
	for _, r := range reloads {
		list = append(list, pbx.Command{Name: "queue reload " + r.word, Usage: "[<queuenames>]: " + r.help, Complete: m.completes("{queue} ..."),
			Run: func(w io.Writer, a []string) bool { return m.cmdReload(w, r.what, a) }})
	}
	return pbx.Helped(list, usages)
}

const (
	addUsage = "<dial string> to <queue> [penalty <penalty> [as <membername> [state_interface <interface> [paused <reason>]]]]: make " +
		"somebody a member"
	pauseUsage = "<member> [queue <queue> [reason <reason>]]"
)

// words says whether every second argument from the given one on is the word that it has to be,
// and whether all of them have their values.
func words(a []string, from int, names ...string) bool {
	if len(a) < from || (len(a)-from)%2 != 0 || (len(a)-from)/2 > len(names) {
		return false
	}
	for i, name := range names {
		if at := from + 2*i; at < len(a) && a[at] != name {
			return false
		}
	}
	return true
}

// at is an argument, "" where there are less.
func at(a []string, i int) string {
	if i < len(a) {
		return a[i]
	}
	return ""
}

func (m *Module) cmdShow(w io.Writer, a []string) bool {
	if len(a) > 1 {
		return misused(w, "queue show")
	}
	if len(a) == 0 {
		m.refreshAll()
	} else {
		m.refresh(a[0])
	}
	m.mu.Lock()
	list := m.sorted()
	if len(a) == 1 {
		if list = list[:0]; m.find(a[0]) != nil {
			list = append(list, m.find(a[0]))
		}
	}
	var text strings.Builder
	for _, q := range list {
		q.show(&text)
	}
	m.mu.Unlock()
	switch {
	case text.Len() > 0:
		io.WriteString(w, text.String())
	case len(a) == 1:
		printable.Fprintf(w, "No such queue: %s.\n", a[0])
	default:
		fmt.Fprintln(w, "No queues.")
	}
	return true
}

// Boards implements pbx.Boarded: the queues, their members and who waits.
func (m *Module) Boards() []pbx.Board {
	queues := pbx.Board{Name: "queues", Columns: []string{"queue", "callers", "strategy", "holdtime", "completed", "abandoned",
		"servicelevel"}}
	members := pbx.Board{Name: "members", Columns: []string{"queue", "name", "state", "paused", "calls"}}
	waiting := pbx.Board{Name: "callers", Columns: []string{"queue", "position", "channel", "waits"}}
	m.refresh("")
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, q := range m.sorted() {
		level, _ := q.levels()
		queues.Rows = append(queues.Rows, []string{q.name, strconv.Itoa(len(q.callers)), q.s.strategy.String(), clock(q.holdTime),
			strconv.Itoa(q.completed), strconv.Itoa(q.abandoned), fmt.Sprintf("%.1f %%", level)})
		for _, x := range q.members {
			members.Rows = append(members.Rows, []string{q.name, x.name, statusTexts[statusNumbers[x.status]],
				map[bool]string{true: "yes", false: "no"}[x.paused], strconv.Itoa(x.calls)})
		}
		for i, c := range q.callers {
			waiting.Rows = append(waiting.Rows, []string{q.name, strconv.Itoa(i + 1), c.ch.Name(), clock(int(c.waited()))})
		}
	}
	return slices.DeleteFunc([]pbx.Board{queues, members, waiting}, func(b pbx.Board) bool { return len(b.Rows) == 0 })
}

// clock is a time of seconds as 1:05.
func clock(seconds int) string { return fmt.Sprintf("%d:%02d", seconds/60, seconds%60) }

func (m *Module) cmdRules(w io.Writer, a []string) bool {
	if len(a) > 1 {
		return misused(w, "queue show rules")
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, l := range m.config.Rules {
		if len(a) == 1 && !strings.EqualFold(a[0], l.name) {
			continue
		}
		printable.Fprintf(w, "Rule: %s\n", l.name)
		for _, r := range l.rules {
			fmt.Fprintf(w, "\tAfter %d seconds, adjust QUEUE_MAX_PENALTY %s %d, adjust QUEUE_MIN_PENALTY %s %d and adjust QUEUE_RAISE_PENALTY "+
				"%s %d\n",
				r.after, r.max.word(), r.max.value, r.min.word(), r.min.value, r.raise.word(), r.raise.value)
		}
	}
	return true
}

func (m *Module) cmdAdd(w io.Writer, a []string) bool {
	if !words(a, 1, "to", "penalty", "as", "state_interface", "paused") || len(a) < 3 {
		return misused(w, "queue add member")
	}
	x := addition{face: a[0], penalty: atoi(at(a, 4)), name: at(a, 6), state: at(a, 8), reason: at(a, 10), paused: len(a) > 10}
	if _, ok := number(at(a, 4)); len(a) > 4 && !ok {
		fmt.Fprintln(w, "Penalty must be an integer >= 0")
	} else if x.penalty < 0 {
		fmt.Fprintln(w, "Penalty must be >= 0")
		x.penalty = 0
	}
	switch m.add(a[2], x, "CLI") {
	case done:
		printable.Fprintf(w, "Added interface '%s' to queue '%s'\n", a[0], a[2])
		return true
	case exists:
		printable.Fprintf(w, "Unable to add interface '%s' to queue '%s': Already there\n", a[0], a[2])
	default:
		printable.Fprintf(w, "Unable to add interface to queue '%s': No such queue\n", a[2])
	}
	return false
}

func (m *Module) cmdRemove(w io.Writer, a []string) bool {
	if len(a) != 3 || a[1] != "from" {
		return misused(w, "queue remove member")
	}
	switch m.remove(a[2], a[0], "CLI") {
	case done:
		printable.Fprintf(w, "Removed interface %s from queue '%s'\n", a[0], a[2])
		return true
	case exists:
		printable.Fprintf(w, "Unable to remove interface '%s' from queue '%s': Not there\n", a[0], a[2])
	case notDynamic:
		printable.Fprintf(w, "Unable to remove interface '%s' from queue '%s': Member is not dynamic\n", a[0], a[2])
	default:
		printable.Fprintf(w, "Unable to remove interface from queue '%s': No such queue\n", a[2])
	}
	return false
}

func (m *Module) cmdPause(w io.Writer, name string, a []string, on bool) bool {
	if !words(a, 1, "queue", "reason") {
		return misused(w, name)
	}
	queue, reason := at(a, 2), at(a, 4)
	did, do := "paused", "pause"
	if !on {
		did, do = "unpaused", "unpause"
	}
	where, why := "", ""
	if queue != "" {
		where = " in queue '" + queue + "'"
	}
	if reason != "" {
		why = " for reason '" + reason + "'"
	}
	if m.paused(queue, a[0], reason, on) {
		printable.Fprintf(w, "%s interface '%s'%s%s\n", did, a[0], where, why)
		return true
	}
	printable.Fprintf(w, "Unable to %s interface '%s'%s%s\n", do, a[0], where, why)
	return false
}

// inQueue is a queue's name as Asterisk writes it where there is none.
func inQueue(name string) string {
	if name == "" {
		return "(null)"
	}
	return name
}

func (m *Module) cmdPenalty(w io.Writer, a []string) bool {
	if !words(a, 1, "on", "in") || len(a) < 3 {
		return misused(w, "queue set penalty")
	}
	if m.setPenalty(at(a, 4), a[2], atoi(a[0])) {
		printable.Fprintf(w, "Set penalty on interface '%s' from queue '%s'\n", a[2], inQueue(at(a, 4)))
		return true
	}
	printable.Fprintf(w, "Failed to set penalty on interface '%s' from queue '%s'\n", a[2], inQueue(at(a, 4)))
	return false
}

func (m *Module) cmdRingInUse(w io.Writer, a []string) bool {
	on, truth := config.Bool(at(a, 0))
	if !words(a, 1, "on", "in") || len(a) < 3 || !truth {
		return misused(w, "queue set ringinuse")
	}
	if m.setRingInUse(at(a, 4), a[2], on) {
		printable.Fprintf(w, "Set ringinuse on interface '%s' from queue '%s'\n", a[2], inQueue(at(a, 4)))
		return true
	}
	printable.Fprintf(w, "Failed to set ringinuse on interface '%s' from queue '%s'\n", a[2], inQueue(at(a, 4)))
	return false
}

// reloads are the commands that read files anew, and what each reads.
var reloads = []struct {
	word, help string
	what       parts
}{
	{"parameters", "read the options of queues anew", partParameters},
	{"members", "read their static members anew", partMembers},
	{"rules", "read queuerules.conf anew", partRules},
	{"all", "read all of it anew", everything},
}

func (m *Module) cmdReload(w io.Writer, what parts, queues []string) bool {
	list := []scope{{what, ""}}
	if len(queues) > 0 {
		list = list[:0]
	}
	for _, name := range queues {
		list = append(list, scope{what, name})
	}
	if err := m.reread(list...); err != nil {
		printable.Fprintf(w, "%v\n", err)
		return false
	}
	return true
}

func (m *Module) cmdReset(_ io.Writer, a []string) bool {
	if len(a) == 0 {
		m.resetStats("")
	}
	for _, name := range a {
		m.resetStats(name)
	}
	return true
}

func (m *Module) cmdPriority(w io.Writer, a []string) bool {
	n, ok := number(at(a, 4))
	if len(a) < 5 || a[1] != "on" || a[3] != "to" || !ok || len(a) > 5 && a[5] != "immediate" {
		return misused(w, "queue priority caller")
	}
	switch m.reprioritize(a[2], a[0], n, len(a) > 5) {
	case done:
		return true
	case exists:
		printable.Fprintf(w, "Unable to change priority caller '%s' on queue '%s': Not there\n", a[0], a[2])
	default:
		printable.Fprintf(w, "Unable change priority caller %s on queue '%s': No such queue\n", a[0], a[2])
	}
	return false
}

// statusTexts are those of Asterisk.
var statusTexts = [...]string{"Unknown", "Not in use", "In use", "Busy", "Invalid", "Unavailable", "Ringing", "Ring+Inuse", "On Hold"}

// show writes a queue as "queue show" does.
func (q *queue) show(w *strings.Builder) {
	most := "unlimited"
	if q.s.maxLen > 0 {
		most = written(q.s.maxLen)
	}
	perf, perf2 := q.levels()
	printable.Fprintf(w, "%s has %d calls (max %s) in '%s' strategy (%ds holdtime, %ds talktime), W:%d, C:%d, A:%d, SL:%2.1f%%, "+
		"SL2:%2.1f%% within %ds\n", q.name,
		q.waiting(), most, q.s.strategy, q.holdTime, q.talkTime, q.s.weight, q.completed, q.abandoned, perf, perf2, q.s.serviceLevel)
	if len(q.members) == 0 {
		w.WriteString("   No Members\n")
	} else {
		w.WriteString("   Members: \n")
	}
	for _, x := range q.members {
		x.show(w)
	}
	if q.waiting() == 0 {
		w.WriteString("   No Callers\n")
	} else {
		w.WriteString("   Callers: \n")
	}
	if len(q.away) > 0 {
		for i, text := range q.line() {
			printable.Fprintf(w, "      %d. %s\n", i+1, text)
		}
	} else {
		for i, c := range q.callers {
			printable.Fprintf(w, "      %d. %s%s\n", i+1, c.ch.Name(), waits(c.waited(), c.prio))
		}
	}
	w.WriteString("\n")
}

// waits is how long one waits already, in seconds, and his priority.
func waits(seconds int64, prio int) string {
	return fmt.Sprintf(" (wait: %d:%02d, prio: %d)", seconds/60, seconds%60, prio)
}

// show writes a member's line.
func (x *member) show(w *strings.Builder) {
	printable.Fprintf(w, "      %s", x.name)
	if !strings.EqualFold(x.name, x.face) {
		printable.Fprintf(w, " (%s", x.face)
		if x.state != x.face {
			printable.Fprintf(w, " from %s", x.state)
		}
		w.WriteString(")")
	}
	if x.penalty != 0 {
		fmt.Fprintf(w, " with penalty %d", x.penalty)
	}
	fmt.Fprintf(w, " (ringinuse %s)", map[bool]string{true: "enabled", false: "disabled"}[x.ringInUse])
	if x.dynamic {
		w.WriteString(" (dynamic)")
	}
	if x.stored {
		w.WriteString(" (realtime)")
	}
	if x.start > 0 {
		w.WriteString(" (in call)")
	}
	if x.paused {
		reason := x.reason
		if reason != "" {
			reason = ":" + reason
		}
		printable.Fprintf(w, " (paused%s was %d secs ago)", reason, now()-x.lastPause)
	}
	fmt.Fprintf(w, " (%s)", statusTexts[statusNumbers[x.status]])
	if x.calls > 0 {
		fmt.Fprintf(w, " has taken %d calls (last was %d secs ago)", x.calls, now()-x.lastCall)
	} else {
		w.WriteString(" has taken no calls yet")
	}
	fmt.Fprintf(w, " (login was %d secs ago)\n", now()-x.login)
}
