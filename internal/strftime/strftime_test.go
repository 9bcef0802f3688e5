package strftime

import (
	"strings"
	"testing"
	"time"
)

// What stands in logger.conf, cel.conf and voicemail.conf, and what is no conversion.
func TestFormat(t *testing.T) {
	at := time.Date(2026, time.March, 5, 7, 8, 9, 12345678, time.UTC)
	for format, want := range map[string]string{
		"%F %T.%3q":                       "2026-03-05 07:08:09.012",
		"%F %T.%q":                        "2026-03-05 07:08:09.012",
		"%H:%M:%S.%6q":                    "07:08:09.012345",
		"%A, %B %d, %Y at %r":             "Thursday, March 05, 2026 at 07:08:09 AM",
		"%b %e %H:%M:%S":                  "Mar  5 07:08:09",
		"%e. %-d. %_H %k %l %I %p, 100%%": " 5. 5.  7  7  7 07 AM, 100%",
		"%":                               "%",
		"%!":                              "%!",
		"":                                "",
	} {
		if got := Format(at, format); got != want {
			t.Errorf("%q: %q, want %q", format, got, want)
		}
	}
}

func FuzzFormat(f *testing.F) {
	f.Add("%F %T.%3q", int64(0))
	f.Add("%99999Y%EOz%-_0^#", int64(-1))
	f.Fuzz(func(t *testing.T, format string, at int64) {
		got := Format(time.Unix(at%1e12, 0).UTC(), format)
		if !strings.Contains(format, "%") && got != format {
			t.Errorf("%q became %q", format, got)
		}
	})
}
