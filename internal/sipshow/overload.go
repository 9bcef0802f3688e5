package sipshow

import (
	"fmt"
	"strings"
)

// Overload lists the counters beside the options that they belong to.
func (v Console) Overload() [][2]string {
	o := v.Driver.Overload()
	limit := func(n int, unit, option string) string {
		if n == 0 {
			return option + ": no limit"
		}
		return fmt.Sprintf("%s=%d%s", option, n, unit)
	}
	row := func(label string, n uint64, limit string) [2]string {
		return [2]string{label, fmt.Sprintf("%-12d %s", n, limit)}
	}
	l := o.Limits
	rows := [][2]string{
		{"New INVITEs let in", fmt.Sprint(o.Calls)},
		row("Refused, waited too long", o.TooOld, limit(int(l.MaxAge.Milliseconds()), " ms", "overload_maxage")),
		row("Refused, too many unanswered", o.TooMany, limit(l.MaxPending, fmt.Sprintf(", now %d", o.Pending), "overload_maxpending")),
		row("Refused, too many a second", o.TooFast, limit(l.CallRate, "", "callrate")),
		row("Refused, over an endpoint's rate", o.Endpoint, "callrate in its section"),
		row("Dropped, from strangers", o.Strangers, limit(l.StrangerRate, "", "stranger_rate")+", "+limit(l.StrangersRate, "",
			"strangers_rate")),
		row("Not sent, to strangers", o.Echoed, limit(l.StrangerEcho, "", "stranger_echo")),
		row("Dropped, queue full", o.Full, ""),
	}
	for _, s := range o.Shares {
		var limits []string
		for _, option := range s.Options {
			limits = append(limits, limit(option.Value, "", option.Name))
		}
		if s.Now >= 0 {
			limits = append(limits, fmt.Sprintf("now %d", s.Now))
		}
		rows = append(rows, row(s.What, s.Refused, strings.Join(limits, ", ")))
	}
	return rows
}
