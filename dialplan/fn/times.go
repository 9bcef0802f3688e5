package fn

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/pbx"

	"github.com/itchyny/timefmt-go"
)

var times = []pbx.Func{
	{Name: "STRFTIME", Synopsis: "A moment as text", Usage: "STRFTIME([epoch][,zone[,format]]); %3q are milliseconds", Read: strftime},
	{Name: "STRPTIME", Synopsis: "A text as seconds since 1970", Usage: "STRPTIME(text,zone,format)", Read: strptime},
	{Name: "IFTIME", Synopsis: "One of two texts, by the time", Usage: "IFTIME(times,weekdays,days,months[,zone]?true[:false])", Read: ifTime},
	{Name: "TESTTIME", Synopsis: "The time that GotoIfTime takes it for", Usage: "TESTTIME()=2026/11/20 10:30:15[ zone]", Write: testTime},
}

// subsecond is %q: digits of a second, three without a number.
var subsecond = regexp.MustCompile(`%([1-9]?)q`)

var (
	alternative = regexp.MustCompile(`%[EO]([A-Za-z])`) // other forms of dates, which nobody has
	asWritten   = regexp.MustCompile(`%[+vf]`)
)

func strftime(_ *pbx.Channel, args string) (string, error) {
	f := append(raw(args, 3), "", "", "")
	t, err := dialplan.ParseEpoch(f[0])
	if err != nil {
		t = time.Now()
	}
	format := f[2]
	if format == "" {
		format = "%c"
	}
	format = alternative.ReplaceAllString(format, "%$1")
	format = asWritten.ReplaceAllString(format, "%$0")
	format = subsecond.ReplaceAllStringFunc(format, func(m string) string {
		n, _ := strconv.Atoi(strings.Trim(m, "%q"))
		if n == 0 {
			n = 3
		}
		return fmt.Sprintf("%09d", t.Nanosecond())[:n]
	})
	return timefmt.Format(t.In(dialplan.Zone(f[1])), format), nil
}

func strptime(_ *pbx.Channel, args string) (string, error) {
	f := raw(args, 3)
	if len(f) < 3 {
		return "", errArguments
	}
	t, err := timefmt.ParseInLocation(f[0], f[2], dialplan.Zone(f[1]))
	if err != nil {
		return "", err
	}
	return strconv.FormatInt(t.Unix(), 10), nil
}

func ifTime(_ *pbx.Channel, args string) (string, error) {
	when, rest, _ := strings.Cut(args, "?")
	yes, no, _ := strings.Cut(rest, ":")
	spec, _ := dialplan.ParseTimeSpec(when)
	if !spec.Matches(time.Now()) {
		yes = no
	}
	if yes = strings.TrimSpace(yes); len(yes) >= 2 && yes[0] == '"' && yes[len(yes)-1] == '"' {
		yes = yes[1 : len(yes)-1]
	}
	return yes, nil
}

func testTime(c *pbx.Channel, _, value string) error {
	text, name := strings.TrimSpace(value), ""
	if f := strings.Fields(text); len(f) == 3 {
		text, name = f[0]+" "+f[1], f[2]
	}
	t, err := time.ParseInLocation("2006/01/02 15:04:05", text, dialplan.Zone(name))
	if err != nil {
		return fmt.Errorf("'%s' is not YYYY/MM/DD hh:mm:ss", value)
	}
	c.SetVar("__TESTTIME", strconv.FormatInt(t.Unix(), 10))
	return nil
}
