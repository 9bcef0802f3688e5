package dialplan

import (
	"strconv"
	"strings"
	"time"
)

// Seconds reads a time as applications take it: seconds, fractional perhaps, or with the
// suffix s, m, h or ms.
func Seconds(s string) (time.Duration, bool) {
	s = strings.ToLower(strings.TrimSpace(s))
	unit := time.Second
	for suffix, u := range map[string]time.Duration{"ms": time.Millisecond, "s": time.Second, "m": time.Minute, "h": time.Hour} {
		if num, ok := strings.CutSuffix(s, suffix); ok && num != "" && num[len(num)-1] >= '0' && num[len(num)-1] <= '9' {
			s, unit = num, u
			break
		}
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f < 0 || f > 1e9 {
		return 0, false
	}
	return time.Duration(f * float64(unit)), true
}
