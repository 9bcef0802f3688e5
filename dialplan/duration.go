package dialplan

import (
	"strconv"
	"strings"
	"time"
)

var timeUnits = [...]struct {
	suffix string
	unit   time.Duration
}{{"ms", time.Millisecond}, {"s", time.Second}, {"m", time.Minute}, {"h", time.Hour}}

// Seconds reads a time as applications take it: seconds, fractional perhaps, or with the
// suffix s, m, h or ms.
func Seconds(s string) (time.Duration, bool) {
	if s = strings.ToLower(strings.TrimSpace(s)); s == "" {
		return 0, false
	}
	unit := time.Second
	for i := range timeUnits {
		if num, ok := strings.CutSuffix(s, timeUnits[i].suffix); ok && num != "" && num[len(num)-1] >= '0' && num[len(num)-1] <= '9' {
			s, unit = num, timeUnits[i].unit
			break
		}
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f < 0 || f > 1e9 {
		return 0, false
	}
	return time.Duration(f * float64(unit)), true
}
