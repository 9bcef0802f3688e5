package boot

import (
	"testing"
	"time"
)

// A line of the log of queues as a row, with columns for its data or with one.
func TestQueueRow(t *testing.T) {
	at := time.Date(2026, 11, 30, 17, 0, 1, 250000, time.UTC)
	for _, c := range []struct {
		line  string
		apart bool
		want  map[string]string
	}{
		{"1796057857|1796057857.3|sales|Ann|COMPLETECALLER|3|17|1", true, map[string]string{"time": "2026-11-30 17:00:01.000250",
			"callid": "1796057857.3", "queuename": "sales", "agent": "Ann", "event": "COMPLETECALLER", "data1": "3", "data2": "17", "data3": "1",
			"data4": "", "data5": ""}},
		{"1796057857|c|sales|NONE|ENTERQUEUE||100|1|a|b|c", true, map[string]string{"data1": "", "data2": "100", "data5": "b|c"}},
		{"1796057857|c|sales|NONE|ENTERQUEUE||100|1", false, map[string]string{"data": "|100|1", "event": "ENTERQUEUE"}},
		{"1796057857|NONE|NONE|NONE|QUEUESTART|", false, map[string]string{"data": "", "event": "QUEUESTART"}},
	} {
		row := queueRow(c.line, at, c.apart)
		for name, want := range c.want {
			if got := row.Get(name); got != want {
				t.Errorf("%s: %s is %q, not %q", c.line, name, got, want)
			}
		}
	}
}
