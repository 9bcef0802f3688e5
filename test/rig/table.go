package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// row is one line of the table: what, and for each switchboard the values of
// all rounds. Less is better unless more is set.
type row struct {
	what, unit string
	more       bool
	value      map[string][]float64
	starved    bool // of some of it the load came late, however often it was tried
}

// table is what was measured. late and fresh are of the step that goes on.
type table struct {
	rows  []*row
	late  time.Duration // how late the load of the step came, 99 of 100
	fresh []sample
}

type sample struct {
	of         string
	what, unit string
	more       bool
	v          float64
}

const (
	// lateBy is when a load counts as starved: what it offers then comes in bursts, which are
	// cheaper.
	lateBy = 5 * time.Millisecond
	// mostTries of a step whose load is starved.
	mostTries = 3
)

// steady does a step, again while its load is starved, and keeps what it added at last.
func (t *table) steady(step func() error) error {
	for try := 1; ; try++ {
		t.late, t.fresh = 0, nil
		err := step()
		if starved := t.late > lateBy; err != nil || !starved || try == mostTries {
			t.keep()
			return err
		}
		fmt.Fprintf(os.Stderr, "the load came %v late: once more\n", t.late.Round(time.Millisecond))
	}
}

// add notes a value; it is reported at once, for those who wait.
func (t *table) add(p *pbx, what, unit string, more bool, v float64) {
	fmt.Fprintf(os.Stderr, "%-9s %-58s %10.2f %s\n", p.kind, what, v, unit)
	t.fresh = append(t.fresh, sample{p.kind, what, unit, more, v})
}

// keep takes what was added into the table.
func (t *table) keep() {
	for _, f := range t.fresh {
		r := t.row(f)
		r.value[f.of] = append(r.value[f.of], f.v)
		r.starved = r.starved || t.late > lateBy
	}
	t.late, t.fresh = 0, nil
}

func (t *table) row(f sample) *row {
	for _, r := range t.rows {
		if r.what == f.what {
			return r
		}
	}
	r := &row{what: f.what, unit: f.unit, more: f.more, value: map[string][]float64{}}
	t.rows = append(t.rows, r)
	return r
}

// percentile is the value that so many of 100 do not exceed; 0 of none.
func percentile(v []time.Duration, of int) time.Duration {
	if len(v) == 0 {
		return 0
	}
	s := slices.Clone(v)
	slices.Sort(s)
	return s[(len(s)-1)*of/100]
}

func median(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	s := slices.Clone(v)
	slices.Sort(s)
	return s[len(s)/2]
}

func (t *table) print() { t.write(os.Stdout) }

// write prints both figures of each row, their ratio, the goal and whether it is reached.
func (t *table) write(to io.Writer) {
	w := tabwriter.NewWriter(to, 0, 0, 1, ' ', 0)
	fmt.Fprintln(w, "| work\t| Obelisk\t| Asterisk\t| ratio\t| goal\t| reached\t|")
	fmt.Fprintln(w, "|---\t|---\t|---\t|---\t|---\t|---\t|")
	for _, r := range t.rows {
		o, a, ratio := "-", "-", "-"
		if v := r.value["obelisk"]; v != nil {
			o = fmt.Sprintf("%.2f %s", median(v), r.unit)
		}
		if v := r.value["asterisk"]; v != nil {
			a = fmt.Sprintf("%.2f %s", median(v), r.unit)
		}
		if q, known := r.ratio(); known {
			ratio = fmt.Sprintf("%.2f", q)
		}
		goal, mark := r.judged()
		fmt.Fprintf(w, "| %s\t| %s\t| %s\t| %s\t| %s\t| %s\t|\n", r.what, o, a, ratio, goal, mark)
	}
	w.Flush()
}

// ratio is what Obelisk takes of what Asterisk takes, in one run.
func (r *row) ratio() (q float64, known bool) {
	a := median(r.value["asterisk"])
	if r.value["obelisk"] == nil || a == 0 {
		return 0, false
	}
	return median(r.value["obelisk"]) / a, true
}

// goal of a row: a ratio to Asterisk, or a figure of our own.
type goal struct {
	what  string // how the row begins
	ratio float64
	own   float64
}

var goals = []goal{
	{what: "CPU for a call", ratio: 0.20},
	{what: "calls completed", own: 100},
	{what: "CPU for a registration", ratio: 0.25},
	{what: "CPU for a packet, 200 calls, feature keys on", ratio: 0.20},
	{what: "CPU for a packet, 50 calls, ulaw to alaw", ratio: 0.20},
	{what: "CPU for a packet, 50 calls, ulaw to g722", ratio: 0.33},
	{what: "CPU for a packet", ratio: 0.25},
	{what: "packets lost", own: 0},
	{what: "packets changed", own: 0},
	{what: "memory for a call", own: 20},
	{what: "memory for a phone", own: 3},
	{what: "CPU to load", ratio: 0.25},
	{what: "500 streams of agents: CPU", ratio: 0.35},
	{what: "500 streams of agents: echo p99", own: 85},
	{what: "2000 calls/s for 10 s: completed", own: 100},
	{what: "2000 calls/s for 10 s: new calls work again after", own: 1},
	{what: "2000 calls/s for 10 s: memory 45 s later", own: 1.3},
	{what: "four times what it carries: completed, of what it carries", own: 95},
	{what: "four times what it carries: new calls work again after", own: 1},
}

// judged is the goal as a text, and whether it is reached; "" where there is none, or nothing was
// measured that says.
func (r *row) judged() (text, mark string) {
	at := slices.IndexFunc(goals, func(g goal) bool { return strings.HasPrefix(r.what, g.what) })
	if at < 0 {
		return "", ""
	}
	g := goals[at]
	q, known := r.ratio()
	text, reached := fmt.Sprintf("%.2f", g.ratio), q <= g.ratio
	if g.ratio == 0 {
		q, known = median(r.value["obelisk"]), r.value["obelisk"] != nil
		text, reached = strings.TrimSpace(fmt.Sprintf("%g %s", g.own, r.unit)), q <= g.own
		if r.more {
			reached = q >= g.own
		}
	}
	switch {
	case !known:
		return text, ""
	case reached:
		mark = "yes"
	default:
		mark = "no"
	}
	if r.starved {
		mark += ", the load came late"
	}
	return text, mark
}
