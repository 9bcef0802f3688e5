package queue

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"obelisk/internal/printable"
	"obelisk/pbx"
)

const simulateUsage = "queue simulate QUEUE FILE [strategy WORD] [agents NUMBER] [wrapup SECONDS] [within SECONDS]: replay the calls " +
	"of a queue_log with another strategy or staff"

// cmdSimulate prints what the log tells and what would have been.
func (m *Module) cmdSimulate(w io.Writer, a []string) bool {
	if len(a) < 2 || len(a)%2 != 0 {
		return pbx.Misused(w, simulateUsage)
	}
	strategy, wrapup, within, count := RRMemory, int64(0), int64(20), 0
	m.mu.Lock()
	if q := m.find(a[0]); q != nil {
		strategy, wrapup = q.s.strategy, q.s.wrapup
		if q.s.serviceLevel > 0 {
			within = q.s.serviceLevel
		}
	}
	m.mu.Unlock()
	for i := 2; i < len(a); i += 2 {
		n, err := strconv.Atoi(a[i+1])
		known := err == nil && n >= 0
		switch strings.ToLower(a[i]) {
		case "strategy":
			strategy, known = ParseStrategy(a[i+1])
		case "agents":
			count, known = n, known && n > 0 && n <= 10_000
		case "wrapup":
			wrapup = int64(n)
		case "within":
			within = int64(n)
		default:
			return pbx.Misused(w, simulateUsage)
		}
		if !known {
			printable.Fprintf(w, "'%s' is nothing that %s can be\n", a[i+1], a[i])
			return false
		}
	}
	f, err := os.Open(a[1])
	if err != nil {
		printable.Fprintf(w, "%v\n", err)
		return false
	}
	defer f.Close()
	p, err := readPast(f, a[0])
	if err == nil && len(p.calls) == 0 {
		err = fmt.Errorf("there is no call of queue '%s'", a[0])
	}
	if err != nil {
		printable.Fprintf(w, "%s: %v\n", a[1], err)
		return false
	}
	p.print(w, a[0], strategy, count, wrapup, within)
	return true
}

// print writes the table; count is how many agents there are, 0: those of the log.
func (p *past) print(w io.Writer, queue string, s Strategy, count int, wrapup, within int64) {
	agents := p.agents
	if count > 0 {
		agents = nil
		for i := range count {
			name := "agent " + strconv.Itoa(i+1)
			if i < len(p.agents) {
				name = p.agents[i]
			}
			agents = append(agents, name)
		}
	}
	clock := func(at int64) string { return time.Unix(at, 0).Format("2006-01-02 15:04:05") }
	printable.Fprintf(w, "Queue %s: %d calls from %s to %s, %d agents.\nTimes are in seconds; the last column is of all calls.\n\n", queue,
		len(p.calls), clock(p.began), clock(p.ended), len(p.agents))
	fmt.Fprintf(w, "%-28s %8s %6s %6s %6s %6s %6s %8s\n", "", "answered", "lost", "mean", "half", "90%", "most",
		"in "+strconv.FormatInt(within, 10)+" s")
	p.asItWas().row(w, "as it was", within)
	o := p.replay(s, agents, wrapup, 1)
	o.row(w, fmt.Sprintf("%s, %d agents", s, len(agents)), within)
	fmt.Fprintf(w, "\n%-28s %8s %6s\n", "agent", "calls", "busy")
	long := max(p.ended-p.began, 1)
	for _, a := range o.agents {
		printable.Fprintf(w, "%-28.28s %8d %5d%%\n", a.name, a.calls, min(a.busy*100/long, 100))
	}
}
