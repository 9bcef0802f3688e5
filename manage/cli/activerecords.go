package cli

import (
	"fmt"
	"io"
	"strings"
	"time"

	"obelisk/pbx/cdr"
)

const activeRow = "%-25.25s %-25.25s %-15.15s %-8.8s %-8.8s %-8.8s %-8.8s %-8.8s\n"
const activeOfRow = "%-10.10s %-20.20s %-25.25s %-15.15s %-15.15s %-8.8s %-8.8s %-8.8s %-8.8s %-8.8s\n"

// activeRecords lists the call records that are open, of all channels or, with all that it has, of one.
func (k coreCommands) activeRecords(w io.Writer, args []string) bool {
	if len(args) > 1 {
		return false
	}
	rule := strings.Repeat("-", 50)
	if len(args) == 0 {
		printf(w, "\nChannels with Call Detail Record (CDR) Information\n%s\n"+activeRow, rule,
			"Channel", "Dst. Channel", "LastApp", "Start", "Answer", "End", "Billsec", "Duration")
		for _, ch := range k.core.Channels() {
			for _, e := range ch.Records().All() {
				if e.End.IsZero() {
					t := timesOf(e)
					printf(w, activeRow, e.Channel, dialledBy(e), e.LastApp, t[0], t[1], t[2], t[3], t[4])
				}
			}
		}
		return true
	}
	ch := k.core.Channel(args[0])
	if ch == nil {
		printf(w, "Unknown channel: %s\n", args[0])
		return true
	}
	printf(w, "\nCall Detail Record (CDR) Information for %s\n%s\n"+activeOfRow, ch.Name(), rule,
		"AccountCode", "CallerID", "Dst. Channel", "LastApp", "Data", "Start", "Answer", "End", "Billsec", "Duration")
	for _, e := range ch.Records().All() {
		t := timesOf(e)
		printf(w, activeOfRow, e.AccountCode, e.CLID, dialledBy(e), e.LastApp, e.LastData, t[0], t[1], t[2], t[3], t[4])
	}
	return true
}

func dialledBy(e cdr.Entry) string {
	if e.DstChannel == "" {
		return "<none>"
	}
	return e.DstChannel
}

// timesOf are start, answer and end as times of the day, then the seconds that count and all of them; an open
// record ends now.
func timesOf(e cdr.Entry) (out [5]string) {
	if e.End.IsZero() {
		e.End = time.Now()
	}
	for i, t := range []time.Time{e.Start, e.Answer, e.End} {
		if !t.IsZero() {
			out[i] = t.Format(time.TimeOnly)
		}
	}
	out[3], out[4] = fmt.Sprintf("%08d", e.Billsec()), fmt.Sprintf("%08d", e.Duration())
	return out
}
