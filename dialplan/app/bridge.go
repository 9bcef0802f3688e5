package app

import (
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/pbx"
)

const bridgeUsage = `Bridge(channel[,options])
  F  at the end the other one goes on here, or at F(context^extension^priority)
  H h T t W w X x K k  what the two may do by keys, as in Dial: capitals are for this one
  L  end it after L(milliseconds:warning:again), with warnings so long before it, as in Dial
  n  do not answer
  p  the other one hears a beep first
  S  hang up who runs this after S(seconds)
  x  hang the other one up at the end; else it goes on where it was
  BRIDGERESULT is SUCCESS, FAILURE, LOOP or NONEXISTENT`

const bridgeWaitUsage = `BridgeWait([name[,role[,options]]])
  role: participant or announcer, whom the others hear
  e  hear e(m): music, e(r): ringing, e(s): silence, e(h): hold, e(n): nothing
  m  class of the music: m(class)
  S  leave after S(seconds)
  n  do not answer`

const bridgeOptions = "pFhHkKLnStTwWxX"

// bridgeApps put the channel into a bridge.
func (p player) bridgeApps() []pbx.App {
	return []pbx.App{
		{Name: "Bridge", Synopsis: "Join this channel with another one", Usage: bridgeUsage, Check: checkBridge, Exec: p.bridge},
		{Name: "BridgeAdd", Synopsis: "Join the bridge in which another channel is",
			Usage: "BridgeAdd(channel)\n  BRIDGERESULT is SUCCESS, FAILURE, LOOP or NONEXISTENT", Exec: bridgeAdd},
		{Name: "BridgeWait", Synopsis: "Wait in a bridge whose members do not hear each other", Usage: bridgeWaitUsage, Check: checkBridgeWait,
			Exec: bridgeWait},
	}
}

// checkBridge is told of when the file is read.
func checkBridge(args string) []string { return checkOptions(args, 1, bridgeOptions) }

func checkBridgeWait(args string) (out []string) {
	f := dialplan.SplitArgs(args, 4)
	if role := strings.ToLower(word(f, 1)); role != "" && role != "participant" && role != "announcer" && !strings.Contains(role, "$") {
		out = append(out, "there is no role '"+role+"': it is participant or announcer")
	}
	return append(out, checkOptions(args, 2, "emnS")...)
}

// checkOptions finds what is wrong in the options at a place of the arguments.
func checkOptions(args string, at int, known string) []string {
	options := word(dialplan.SplitArgs(args, 4), at)
	if strings.Contains(options, "$") {
		return nil
	}
	return dialplan.ParseOptions(options, known).Problems
}

// bridge is Bridge: the other channel comes from wherever it is.
func (p player) bridge(c *pbx.Channel, args string) dialplan.Result {
	f := dialplan.SplitArgs(args, 2)
	opt := dialplan.ParseOptions(word(f, 1), bridgeOptions)
	other, result := partnerOf(c, word(f, 0))
	if other == nil {
		c.SetVar("BRIDGERESULT", result)
		return dialplan.Continue
	}
	d := &dialing{player: p, c: c, opt: opt}
	if !d.measured() {
		c.SetVar("BRIDGERESULT", "FAILURE")
		return dialplan.Continue
	}
	limit, its := d.limits()
	if limit != nil && opt.Arg('L') == "" { // S is the time of who has asked for it
		limit, its = hangsUp(its.Limit), nil
	}
	if opt.Has('p') {
		its = d.beeps(its)
	}
	mayMine, mayIts := pbx.MayOf(opt.Has)
	r, err := c.Fetch(other, pbx.Member{Answer: !opt.Has('n'), May: mayMine, Features: limit, After: bridgeResult},
		pbx.Member{Answer: true, May: mayIts, Features: its, After: besideBridge(c, opt)})
	if err != nil {
		c.Trace().Note("Bridge: %v", err)
		c.SetVar("BRIDGERESULT", "FAILURE")
	}
	return r
}

// hangsUp has a member's call end after a time.
func hangsUp(after time.Duration) *pbx.Features {
	return &pbx.Features{Timed: []pbx.Timed{{After: after, Do: func(ch *pbx.Channel) { ch.SoftHangup(pbx.CauseNormal) }}}}
}

// beeps has a member hear a beep first.
func (d *dialing) beeps(f *pbx.Features) *pbx.Features {
	out := &pbx.Features{Timed: []pbx.Timed{{After: soon, Do: d.says("beep")}}}
	if f != nil {
		out.Timed = append(out.Timed, f.Timed...)
		out.Limit, out.Keys, out.Do = f.Limit, f.Keys, f.Do
	}
	return out
}

// stays is how long S lets a member stay; nil: as long as it likes.
func stays(opt dialplan.Options) *pbx.Features {
	if limit, _ := dialplan.Seconds(opt.Arg('S')); limit > 0 {
		return &pbx.Features{Limit: limit}
	}
	return nil
}

// partnerOf is the channel that an argument names, or else what BRIDGERESULT says of it.
func partnerOf(c *pbx.Channel, name string) (other *pbx.Channel, result string) {
	switch other = c.Core().ChannelLike(name); other {
	case nil:
		return nil, "NONEXISTENT"
	case c:
		return nil, "LOOP"
	}
	return other, ""
}

// bridgeResult sets BRIDGERESULT at the end; the dialplan goes on.
func bridgeResult(c *pbx.Channel, left pbx.Left) dialplan.Result {
	result := "SUCCESS"
	if left.Why == pbx.Refused || left.Why == pbx.Failed {
		result = "FAILURE"
	}
	c.SetVar("BRIDGERESULT", result)
	return dialplan.Continue
}

// besideBridge is what follows for the other channel.
func besideBridge(c *pbx.Channel, opt dialplan.Options) pbx.After {
	to := c.Machine().At()
	to.Priority++
	switch {
	case opt.Has('F') && opt.Arg('F') != "":
		var err error
		if to, err = c.Machine().Target(strings.ReplaceAll(opt.Arg('F'), "^", ","), c.Query()); err != nil {
			c.Warn("Bridge option F: " + err.Error())
			return pbx.Lasting(nil)
		}
	case opt.Has('F'):
	case opt.Has('x'):
		return func(*pbx.Channel, pbx.Left) dialplan.Result { return dialplan.End }
	default:
		return pbx.Lasting(nil)
	}
	return pbx.Lasting(func(other *pbx.Channel, left pbx.Left) dialplan.Result {
		if left.Why == pbx.PeerLeft {
			other.Redirect(to)
		}
		return dialplan.Continue
	})
}

// bridgeAdd joins a bridge as one more member.
func bridgeAdd(c *pbx.Channel, args string) dialplan.Result {
	c.Answer()
	other, result := partnerOf(c, strings.TrimSpace(args))
	var b *pbx.Bridge
	if other != nil {
		if b = other.Bridge(); b == nil {
			result = "FAILURE"
		}
	}
	if b == nil {
		c.SetVar("BRIDGERESULT", result)
		return dialplan.Continue
	}
	return c.Into(b, pbx.Member{After: bridgeResult})
}

// idles are the words of BridgeWait's e.
var idles = map[string]pbx.Idle{"": pbx.IdleMusic, "m": pbx.IdleMusic, "h": pbx.IdleMusic, "r": pbx.IdleRinging, "s": pbx.IdleSilence,
	"n": pbx.IdleNone}

// bridgeWait waits in the bridge of a name.
func bridgeWait(c *pbx.Channel, args string) dialplan.Result {
	f := dialplan.SplitArgs(args, 4)
	opt := dialplan.ParseOptions(word(f, 2), "emnS")
	m := pbx.Member{Music: opt.Arg('m'), Answer: !opt.Has('n')}
	switch role := strings.ToLower(word(f, 1)); role {
	case "", "participant":
	case "announcer":
		m.Role = pbx.Announcer
	default:
		c.Warn("Requested waiting bridge role '" + word(f, 1) + "' is invalid.")
		return dialplan.End
	}
	idle, known := idles[strings.ToLower(opt.Arg('e'))]
	if m.Idle = idle; !known {
		c.Warn("Invalid argument for BridgeWait entertainment '" + opt.Arg('e') + "'")
		return dialplan.End
	}
	if m.Features = stays(opt); m.Features == nil && opt.Has('S') {
		c.Warn("Invalid timeout provided for bridgewait: '" + opt.Arg('S') + "'")
		return dialplan.End
	}
	if m.Answer {
		c.Answer()
	}
	return waitIn(c, pbx.Policy{Kind: pbx.KindBase, Creator: "BridgeWait", Name: orDefault(word(f, 0)), Ends: pbx.LastLeaves, Apart: true}, m)
}

func orDefault(name string) string {
	if name == "" {
		return "default"
	}
	return name
}

// waitIn has the channel wait; where the last one has just left it comes to a new bridge.
func waitIn(c *pbx.Channel, p pbx.Policy, m pbx.Member) dialplan.Result {
	m.After = func(c *pbx.Channel, left pbx.Left) dialplan.Result {
		if left.Why == pbx.Refused && !c.Gone() {
			return waitIn(c, p, m)
		}
		return dialplan.Continue
	}
	b := c.Core().NamedBridge(p)
	c.Show(3, "app_bridgewait.c", "%s is entering waiting bridge %s:%s", c.Name(), p.Name, b.ID())
	return c.Into(b, m)
}
