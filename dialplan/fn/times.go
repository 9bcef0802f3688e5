package fn

import (
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/internal/strftime"
	"obelisk/pbx"
)

var times = []pbx.Func{
	{Name: "STRFTIME", Synopsis: "A moment as text", Usage: "STRFTIME([epoch][,zone[,format]]); %3q are milliseconds", Read: writeTime},
	{Name: "STRPTIME", Synopsis: "A text as seconds since 1970", Usage: "STRPTIME(text,zone,format)", Read: strptime},
	{Name: "IFTIME", Synopsis: "One of two texts, by the time", Usage: "IFTIME(times,weekdays,days,months[,zone]?true[:false])",
		Read: ifTime},
	{Name: "TESTTIME", Synopsis: "The time that GotoIfTime takes it for", Usage: "TESTTIME()=2026/11/20 10:30:15[ zone]", Write: testTime},
}

// epoch reads seconds since 1970 with a fraction; what is no number is now.
func epoch(text string) strftime.Clock {
	text = strings.TrimLeft(text, blanks)
	for end := len(text); end > 0; end-- {
		f, _, err := big.ParseFloat(text[:end], 0, 64, big.ToNearestEven)
		if err != nil || f.IsInf() || strings.Contains(text[:end], "_") {
			continue
		}
		whole, _ := f.Int64()
		f.Sub(f, new(big.Float).SetInt64(whole))
		micro, _ := f.Mul(f, big.NewFloat(1e6)).Int64()
		return strftime.Clock{Time: time.Unix(whole, 0), Micro: micro}
	}
	now := time.Now()
	return strftime.Clock{Time: now, Micro: int64(now.Nanosecond() / 1000)}
}

func writeTime(_ *pbx.Channel, args string) (string, error) {
	f := raw(args, 3)
	for len(f) < 2 {
		f = append(f, "")
	}
	format := "%c"
	if len(f) > 2 {
		format = f[2]
	}
	c := epoch(f[0])
	c.Time = c.In(dialplan.Zone(f[1]))
	return c.Format(format), nil
}

// strptime gives 32 bits, and 0 for what a clock leaves out in spring.
func strptime(_ *pbx.Channel, args string) (string, error) {
	f := raw(args, 3)
	if len(f) < 3 || f[2] == "" {
		return "", errArguments
	}
	p, ok := parseTime(f[0], f[2])
	if !ok {
		return "", errors.New("'" + f[0] + "' is not of the form '" + f[2] + "'")
	}
	t, ok := p.in(dialplan.Zone(f[1]))
	if !ok {
		return "0", nil
	}
	return strconv.Itoa(int(int32(t.Unix()))), nil
}

var errWhen = errors.New("it takes a time, and what to say then")

func ifTime(_ *pbx.Channel, args string) (string, error) {
	when, rest, ok := strings.Cut(unquoted(args), "?")
	if when == "" || !ok {
		return "", errWhen
	}
	yes, no, _ := strings.Cut(rest, ":")
	if spec, _ := dialplan.ParseTimeSpec(when); !spec.Matches(time.Now()) {
		yes = no
	}
	return unquoted(yes), nil
}

// unquoted takes blanks off both ends, and then quotes.
func unquoted(s string) string {
	if s = strings.Trim(s, blanks); len(s) >= 2 && s[0] == '"' && s[len(s)-1] == '"' {
		return s[1 : len(s)-1]
	}
	return s
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
