package parking

import (
	"fmt"
	"io"
	"strings"
	"time"

	"obelisk/pbx"
)

const (
	showUsage  = "parking show [lot]: the lots, or one and who waits there"
	callsUsage = "parking show calls: who waits where, for how long, and what becomes of him"
)

// Commands implements pbx.Commander.
func (m *Module) Commands() []pbx.Command {
	return []pbx.Command{
		{Name: "parking show", Usage: showUsage, Run: m.show},
		{Name: "parking show calls", Usage: callsUsage, Run: m.showCalls},
	}
}

func (m *Module) show(w io.Writer, args []string) bool {
	switch {
	case len(args) > 1:
		return pbx.Misused(w, "parking show [name]\n\tShows a list of parking lots or details of a specific parking lot.")
	case len(args) == 0:
		m.mu.Lock()
		dynamic := m.set.dynamic
		m.mu.Unlock()
		fmt.Fprintf(w, "\nParking General Options\n-----------------------\n%-20s:  %s\n\n", "Dynamic Parking", yes(dynamic))
		for _, l := range m.all() {
			l.write(w)
		}
		fmt.Fprintln(w)
		return true
	}
	for _, l := range m.all() {
		if l.rules.name == args[0] {
			fmt.Fprintln(w)
			l.write(w)
			m.writeCalls(w, l.of)
			fmt.Fprintln(w)
			return true
		}
	}
	fmt.Fprintf(w, "\nCould not find parking lot '%s'\n", args[0])
	return true
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// write is a lot as Asterisk shows it.
func (l shownLot) write(w io.Writer) {
	r := l.rules
	fmt.Fprintf(w, "Parking Lot: %s\n%s\n", r.name, strings.Repeat("-", 74))
	comeback := r.comeback
	if r.toOrigin {
		comeback += " (comebacktoorigin=yes, not used)"
	}
	for _, row := range [][2]string{{"Parking Extension", r.ext}, {"Parking Context", r.context},
		{"Parking Spaces", fmt.Sprintf("%d-%d", r.first, r.last)}, {"Parking Time", seconds(r.time) + " sec"},
		{"Comeback to Origin", yes(r.toOrigin)}, {"Comeback Context", comeback}, {"Comeback Dial Time", itoa(r.dialTime) + " sec"},
		{"MusicOnHold Class", r.music}, {"Enabled", yes(!l.gone)}, {"Dynamic", yes(l.dynamic)}} {
		fmt.Fprintf(w, "%-20s:  %s\n", row[0], row[1])
	}
	fmt.Fprintln(w)
}

func (m *Module) writeCalls(w io.Writer, of *lot) {
	fmt.Fprintln(w, "Parked Calls\n------------")
	list := m.calls(of)
	for _, p := range list {
		for _, row := range [][2]string{{"Space", itoa(p.space)}, {"Channel", m.who(p).Name()}, {"Parker Dial String", p.parker}} {
			fmt.Fprintf(w, "  %-20s:  %s\n", row[0], row[1])
		}
		fmt.Fprintln(w)
	}
	if len(list) == 0 {
		fmt.Fprint(w, "  (none)\n\n")
	}
}

// showCalls says who waits.
func (m *Module) showCalls(w io.Writer, args []string) bool {
	if len(args) > 0 {
		return pbx.Misused(w, callsUsage)
	}
	rows := m.rows()
	if len(rows) == 0 {
		fmt.Fprintln(w, "Nobody is parked.")
		return true
	}
	fmt.Fprintf(w, "%-12s %6s  %-28s %-24s %8s  %s\n", "Lot", "Space", "Who", "Parked by", "Waits", "Comes back")
	for _, r := range rows {
		fmt.Fprintf(w, "%-12s %6s  %-28s %-24s %8s  %s\n", r[0], r[1], r[2], r[3], r[4], r[5])
	}
	return true
}

// Boards implements pbx.Boarded.
func (m *Module) Boards() []pbx.Board {
	b := pbx.Board{Name: "parking", Columns: []string{"lot", "space", "channel", "parker", "waits", "comesback"}}
	b.Rows = m.rows()
	return []pbx.Board{b}
}

// rows are who waits, here and then at other nodes.
func (m *Module) rows() (out [][]string) {
	for _, p := range m.calls(nil) {
		out = append(out, []string{p.rules.name, itoa(p.space), shownCaller(m.who(p)), p.parker, passed(p.since), p.comesIn()})
	}
	return append(out, m.rowsAbroad()...)
}

// comesIn says when it comes back.
func (p *parked) comesIn() string {
	if p.limit == 0 {
		return "never"
	}
	return "in " + max(time.Until(p.since.Add(p.limit)), 0).Round(time.Second).String()
}

func passed(since time.Time) string { return time.Since(since).Round(time.Second).String() }

// shownCaller is who waits, as people are told.
func shownCaller(c *pbx.Channel) string {
	id := c.View().CallerID
	if id.Num == "" && id.Name == "" {
		return c.Name()
	}
	return strings.TrimSpace(id.Name + " <" + id.Num + ">")
}

// Measure implements pbx.Meter.
func (m *Module) Measure(out *pbx.Measures) {
	for _, l := range m.all() {
		out.Gauge("obelisk_parked_calls", "Calls that are parked.", float64(len(m.calls(l.of))), "lot", l.rules.name)
		out.Gauge("obelisk_parking_spaces", "Spaces of a parking lot.", float64(l.rules.last-l.rules.first+1), "lot", l.rules.name)
	}
}

// Words implements pbx.Rehearsed.
func (m *Module) Words() []pbx.Word {
	return []pbx.Word{{Name: "parked", Usage: "parked SPACE@LOT = NUMBER, or nobody", Look: func(what string) string {
		space, name, _ := strings.Cut(what, "@")
		if name == "" {
			name = defaultLot
		}
		for _, p := range m.calls(m.lotNamed(name)) {
			if itoa(p.space) == strings.TrimSpace(space) && p.rules.name == name {
				return m.who(p).View().CallerID.Num
			}
		}
		return "nobody"
	}}}
}
