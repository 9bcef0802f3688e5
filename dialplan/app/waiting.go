package app

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"obelisk/dialplan"
	"obelisk/dialplan/expr"
	"obelisk/pbx"
)

// waiting: applications that wait for a moment, a condition or a word from another call.
func waiting() []pbx.App {
	s := &signals{waiting: map[string][]*waiter{}}
	return []pbx.App{
		{Name: "WaitUntil", Synopsis: "Wait until a moment",
			Usage: "WaitUntil(seconds since 1970)\n  WAITUNTILSTATUS is OK, PAST, FAILURE or HANGUP", Exec: waitUntil},
		{Name: "WaitForRing", Synopsis: "Wait for the next ring of an analog line, which SIP has not",
			Usage: "WaitForRing(seconds)\n  waits until the call ends", Exec: waitForRing},
		{Name: "WaitForCondition", Synopsis: "Wait until an expression is true", Usage: "WaitForCondition(sign,expression[,seconds[,seconds " +
			"between two looks]])\n  the sign stands for $ in the expression: WaitForCondition(#,#[\"#{X}\" = \"1\"],10)\n  " +
			"WAITFORCONDITIONSTATUS is TRUE, TIMEOUT, FAILURE or HANGUP", Exec: waitForCondition},
		{Name: "Signal", Synopsis: "Wake calls that wait for a word",
			Usage: "Signal(name[,payload])\n  SIGNALSTATUS is SUCCESS, or FAILURE where nobody waits", Exec: s.send},
		{Name: "WaitForSignal", Synopsis: "Wait for a word of another call",
			Usage: "WaitForSignal(name[,seconds])\n  WAITFORSIGNALSTATUS is SIGNALED, TIMEOUT or HANGUP; WAITFORSIGNALPAYLOAD", Exec: s.wait},
	}
}

func waitUntil(c *pbx.Channel, args string) dialplan.Result {
	const status = "WAITUNTILSTATUS"
	until, err := dialplan.ParseEpoch(args)
	switch left := time.Until(until); {
	case err != nil:
		c.Warn("WaitUntil: '" + args + "' is no moment")
		c.SetVar(status, "FAILURE")
	case left < 0:
		c.SetVar(status, "PAST")
	case left > 0 && !c.Sleep(left):
		c.SetVar(status, "HANGUP")
		return dialplan.End
	default:
		c.SetVar(status, "OK")
	}
	return dialplan.Continue
}

// waitForRing waits as Asterisk does on a channel that rings but once: until the call ends.
func waitForRing(c *pbx.Channel, args string) dialplan.Result {
	if _, ok := dialplan.Seconds(args); !ok {
		c.Warn("WaitForRing requires an argument (minimum seconds)")
		return dialplan.Continue
	}
	c.WaitHangup()
	return dialplan.End
}

// condition reads "sign,expression[,limit[,pause]]"; the expression ends with the bracket that
// closes its first one.
func condition(args string) (expression string, limit, pause time.Duration, ok bool) {
	pause = 50 * time.Millisecond
	if len(args) < 4 || strings.IndexByte("$[]{}", args[0]) >= 0 || args[1] != ',' || args[2] != args[0] {
		return "", 0, 0, false
	}
	depth, end := 0, -1
	for i := 3; i < len(args) && end < 0; i++ {
		switch args[i] {
		case '[':
			depth++
		case ']':
			depth--
		}
		if depth == 0 {
			end = i + 1
		}
	}
	if end < 0 {
		return "", 0, 0, false
	}
	f := append(dialplan.SplitArgs(strings.TrimPrefix(args[end:], ","), 2), "", "")
	for i, to := range []*time.Duration{&limit, &pause} {
		if f[i] == "" {
			continue
		}
		x, err := strconv.ParseFloat(strings.TrimSpace(f[i]), 64)
		if err != nil || x < 0 || x > 1e9 {
			return "", 0, 0, false
		}
		*to = time.Duration(x * float64(time.Second))
	}
	return strings.ReplaceAll(args[2:end], args[:1], "$"), limit, max(pause, time.Millisecond), true
}

func waitForCondition(c *pbx.Channel, args string) dialplan.Result {
	const status = "WAITFORCONDITIONSTATUS"
	expression, limit, pause, ok := condition(args)
	if !ok {
		c.Warn("WaitForCondition: '" + args + "' is no sign, expression and times")
		c.SetVar(status, "FAILURE")
		return dialplan.Continue
	}
	text, begun := dialplan.CompileText(expression), time.Now()
	for {
		switch {
		case expr.Condition(text.Expand(c)):
			c.SetVar(status, "TRUE")
			return dialplan.Continue
		case limit > 0 && time.Since(begun) >= limit:
			c.SetVar(status, "TIMEOUT")
			return dialplan.Continue
		case !c.Sleep(pause):
			c.SetVar(status, "HANGUP")
			return dialplan.End
		}
	}
}

// signals are the words that calls of one switchboard wait for.
type signals struct {
	mu      sync.Mutex // guards waiting, and the payloads of who waits
	waiting map[string][]*waiter
}

type waiter struct {
	woken   chan struct{}
	payload string // once woken
}

func (s *signals) send(c *pbx.Channel, args string) dialplan.Result {
	f := append(dialplan.SplitArgs(args, 2), "", "")
	if f[0] == "" {
		c.Warn("Signal: it takes the name of a signal")
		return dialplan.End
	}
	s.mu.Lock()
	woken := s.waiting[f[0]]
	delete(s.waiting, f[0])
	for _, w := range woken {
		w.payload = f[1]
		close(w.woken)
	}
	s.mu.Unlock()
	c.SetVar("SIGNALSTATUS", map[bool]string{true: "SUCCESS", false: "FAILURE"}[len(woken) > 0])
	return dialplan.Continue
}

func (s *signals) wait(c *pbx.Channel, args string) dialplan.Result {
	f := append(dialplan.SplitArgs(args, 2), "", "")
	if f[0] == "" {
		c.Warn("WaitForSignal: it takes the name of a signal")
		return dialplan.End
	}
	limit, _ := dialplan.Seconds(f[1])
	w := &waiter{woken: make(chan struct{})}
	s.mu.Lock()
	s.waiting[f[0]] = append(s.waiting[f[0]], w)
	s.mu.Unlock()
	_, why := c.Await(pbx.Wait{For: limit, Also: w.woken})
	s.forget(f[0], w)
	status := map[pbx.Why]string{pbx.Also: "SIGNALED", pbx.TimedOut: "TIMEOUT"}[why]
	if w.payload != "" {
		c.SetVar("WAITFORSIGNALPAYLOAD", w.payload)
	}
	c.SetVar("WAITFORSIGNALSTATUS", cmp.Or(status, "HANGUP"))
	if status == "" {
		return dialplan.End
	}
	return dialplan.Continue
}

// forget is for who does not wait any more.
func (s *signals) forget(name string, w *waiter) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := slices.DeleteFunc(s.waiting[name], func(o *waiter) bool { return o == w })
	if s.waiting[name] = list; len(list) == 0 {
		delete(s.waiting, name)
	}
}
