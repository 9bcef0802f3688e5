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
// reported in problems and match nothing. As in Asterisk blanks count: "*" and "mon" must
// have none around them, and only those before a number are skipped.
func ParseTimeSpec(text string) (spec *TimeSpec, problems []string) {
	t := &TimeSpec{zone: time.Local}
	if text == "" {
		return t, []string{"the time specification is empty and never matches"}
	}
	f := strings.Split(strings.ReplaceAll(text, "|", ","), ",")
	zone := ""
	if len(f) == 5 {
		zone = f[4]
	}
	bad := func(what, s string) { problems = append(problems, fmt.Sprintf("invalid %s '%s'", what, s)) }
	if zone != "" && !knownZone(zone) {
		bad("time zone", zone)
	}
	t.zone = Zone(zone)
	f = append(f, "", "", "")
	fill(t.minutes[:], 0, f[0], clock, func(s string) { bad("time", s) })
	fill(t.weekdays[:], 0, f[1], func(s string, _ bool) (int, bool) { return name(s, weekdays, 7) }, func(s string) { bad("weekday", s) })
	fill(t.days[:], 1, f[2], func(s string, _ bool) (int, bool) {
		n, ok := name(s, nil, 31)
		return n + 1, ok
	}, func(s string) { bad("day of month", s) })
	fill(t.months[:], 1, f[3], func(s string, _ bool) (int, bool) {
		n, ok := name(s, months, 12)
		return n + 1, ok
	}, func(s string) { bad("month", s) })
	return t, problems
}

var (
	weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}
	months   = []string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}
)

// fill marks the slots named by "a&b-c"; "" and "*" mean all. low is the first
// used slot. read is told whether it reads the end of a range.
func fill(slots []bool, low int, text string, read func(s string, end bool) (int, bool), bad func(string)) {
	if text == "" || text == "*" {
		for i := low; i < len(slots); i++ {
			slots[i] = true
		}
		return
	}
	for _, part := range strings.Split(text, "&") {
		from, to, isRange := strings.Cut(part, "-")
		a, ok := read(from, false)
		b := a
		if isRange && ok {
			b, ok = read(to, true)
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

// clock reads "hour:minute", each of two digits at most, whatever follows. What stands before
// the end of a range and is no digit is skipped.
func clock(s string, end bool) (int, bool) {
	if end {
		s = strings.TrimLeftFunc(s, func(c rune) bool { return c < '0' || c > '9' })
	}
	hour, rest, ok1 := twoDigits(s)
	rest, colon := strings.CutPrefix(rest, ":")
	minute, _, ok2 := twoDigits(rest)
	return hour*60 + minute, colon && ok1 && ok2 && hour >= 0 && hour <= 23 && minute >= 0 && minute <= 59
}

// name finds the place of a name, or of a number from 1 to most, from 0 on.
func name(s string, names []string, most int) (int, bool) {
	for i, n := range names {
		if strings.EqualFold(s, n) {
			return i, true
		}
	}
	n, _, ok := twoDigits(s)
	return n - 1, ok && n >= 1 && n <= most
}

// twoDigits reads a number of two characters at most, its sign being one, behind blanks.
func twoDigits(s string) (n int, rest string, ok bool) {
	s = strings.TrimLeft(s, " \t\n\r\v\f")
	n, rest, ok = leadingInt(s[:min(2, len(s))])
	return n, rest + s[min(2, len(s)):], ok
}

// Matches says whether the moment lies inside.
func (t *TimeSpec) Matches(at time.Time) bool {
	at = at.In(t.zone)
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
