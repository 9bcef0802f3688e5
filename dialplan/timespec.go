package dialplan

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// TimeSpec is "times,weekdays,mdays,months[,timezone]" of includes and
// GotoIfTime. Ranges are cyclic and both ends belong to them.
type TimeSpec struct {
	minutes  [24 * 60]bool
	weekdays [7]bool
	days     [32]bool
	months   [13]bool
	zone     *time.Location
}

// ParseTimeSpec reads a time specification. Elements that cannot be read are
// reported in problems and match nothing.
func ParseTimeSpec(text string) (spec *TimeSpec, problems []string) {
	t := &TimeSpec{}
	if strings.TrimSpace(text) == "" {
		return t, []string{"the time specification is empty and never matches"}
	}
	f := strings.Split(strings.ReplaceAll(text, "|", ","), ",")
	field := func(i int) string {
		if i < len(f) {
			return strings.TrimSpace(f[i])
		}
		return ""
	}
	bad := func(what, s string) { problems = append(problems, fmt.Sprintf("invalid %s '%s'", what, s)) }
	fill(t.minutes[:], 0, field(0), func(s string) (int, bool) { return clock(s) }, func(s string) { bad("time", s) })
	fill(t.weekdays[:], 0, field(1), func(s string) (int, bool) { return name(s, weekdays, 1) }, func(s string) { bad("weekday", s) })
	fill(t.days[:], 1, field(2), func(s string) (int, bool) { return number(s, 1, 31) }, func(s string) { bad("day of month", s) })
	fill(t.months[:], 1, field(3), func(s string) (int, bool) {
		n, ok := name(s, months, 1)
		return n + 1, ok
	}, func(s string) { bad("month", s) })
	if z := field(4); z != "" {
		loc, err := time.LoadLocation(z)
		if err != nil {
			bad("time zone", z)
		}
		t.zone = loc
	}
	return t, problems
}

var (
	weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}
	months   = []string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}
)

// fill marks the slots named by "a&b-c"; "" and "*" mean all. low is the first
// used slot.
func fill(slots []bool, low int, text string, read func(string) (int, bool), bad func(string)) {
	if text == "" || text == "*" {
		for i := low; i < len(slots); i++ {
			slots[i] = true
		}
		return
	}
	for _, part := range strings.Split(text, "&") {
		from, to, isRange := strings.Cut(strings.TrimSpace(part), "-")
		a, ok := read(strings.TrimSpace(from))
		b := a
		if isRange && ok {
			b, ok = read(strings.TrimSpace(to))
		}
		if !ok {
			bad(part)
			continue
		}
		for i := a; ; i++ {
			if i >= len(slots) {
				i = low
			}
			slots[i] = true
			if i == b {
				break
			}
		}
	}
}

func clock(s string) (int, bool) {
	h, m, ok := strings.Cut(s, ":")
	hour, ok1 := number(h, 0, 23)
	minute, ok2 := number(m, 0, 59)
	return hour*60 + minute, ok && ok1 && ok2
}

func name(s string, names []string, base int) (int, bool) {
	for i, n := range names {
		if strings.EqualFold(s, n) {
			return i, true
		}
	}
	n, ok := number(s, base, base+len(names)-1)
	return n - base, ok
}

func number(s string, low, high int) (int, bool) {
	n, err := strconv.Atoi(s)
	return n, err == nil && n >= low && n <= high
}

// Matches says whether the moment lies inside.
func (t *TimeSpec) Matches(at time.Time) bool {
	if t.zone != nil {
		at = at.In(t.zone)
	}
	return t.minutes[at.Hour()*60+at.Minute()] && t.weekdays[at.Weekday()] && t.days[at.Day()] && t.months[at.Month()]
}

// ParseEpoch reads seconds since 1970, fractional perhaps.
func ParseEpoch(text string) (time.Time, error) {
	f, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil {
		return time.Time{}, err
	}
	whole := int64(f)
	return time.Unix(whole, int64((f-float64(whole))*1e9)), nil
}
