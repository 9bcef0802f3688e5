package app

import (
	"cmp"
	"errors"
	"strconv"
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/media"
	"obelisk/pbx"
	"obelisk/pbx/event"
)

// channelApps begin, move and end other channels, and tell programs.
var channelApps = []pbx.App{
	{Name: "Originate", Dangerous: true, Synopsis: "Call somebody beside this call",
		Usage: "Originate(technology/resource,app|exten,application|context[,data|extension[,|priority[,timeout[,options]]]])\n  a  do not " +
			"wait for the answer\n  b  run a subroutine on the new channel before it is called: b(context^extension^priority(argument^...))\n  " +
			"B  run one on this channel before\n  C  codecs: C(ulaw,alaw)\n  c  number of the caller, this channel's own without one\n  n  name " +
			"of the caller, likewise\n  v  variables: v(name=value^name=value)\n  ORIGINATE_STATUS is FAILED, SUCCESS, BUSY, CONGESTION, " +
			"HANGUP, RINGING or UNKNOWN", Exec: originate},
	{Name: "ChannelRedirect", Synopsis: "Send another channel elsewhere",
		Usage: "ChannelRedirect(channel,[[context,]extension,]priority): CHANNELREDIRECT_STATUS is SUCCESS or NOCHANNEL", Exec: channelRedirect},
	{Name: "SoftHangup", Synopsis: "Hang other channels up",
		Usage: "SoftHangup(technology/resource[,a]): the channel of that name, with a all of the resource", Exec: softHangup},
	{Name: "QueueLog", Synopsis: "Write a line of the log of queues",
		Usage: "QueueLog(queue,uniqueid,agent,event[,additional information])\n  the line goes into queue_log", Exec: queueLog},
	{Name: "UserEvent", Synopsis: "Tell programs at the manager interface", Usage: "UserEvent(name[,Header: value...])", Exec: userEvent},
}

func originate(c *pbx.Channel, args string) dialplan.Result {
	f := dialplan.SplitArgs(args, 0)
	o, opt, err := originated(c, f)
	if err != nil {
		c.Warn("Originate: " + err.Error())
		c.SetVar("ORIGINATE_STATUS", "FAILED")
		return dialplan.End
	}
	if opt.Has('B') {
		aside(c, c, opt, 'B')
	}
	if opt.Has('a') {
		go c.Core().Originate(o)
		c.SetVar("ORIGINATE_STATUS", "SUCCESS")
		return dialplan.Continue
	}
	var r pbx.Originated
	done := make(chan struct{})
	go func() {
		defer close(done)
		r = c.Core().Originate(o)
	}()
	if _, why := c.Await(pbx.Wait{Also: done}); why != pbx.Also {
		return dialplan.End
	}
	c.SetVar("ORIGINATE_STATUS", originateStatus(r))
	return dialplan.Continue
}

// originated reads the arguments. As in Asterisk a priority counts only where nothing follows it.
func originated(c *pbx.Channel, f []string) (o pbx.Originate, opt dialplan.Options, err error) {
	tech, resource, ok := strings.Cut(word(f, 0), "/")
	if !ok || tech == "" || resource == "" || len(f) < 3 {
		return o, opt, errors.New("it takes technology/resource, app or exten, and where to")
	}
	o = pbx.Originate{Tech: tech, Resource: resource, Timeout: 30 * time.Second, By: c}
	if text := word(f, 5); text != "" {
		if n, err := strconv.Atoi(strings.SplitN(text, ".", 2)[0]); err != nil {
			c.Warn("Originate: '" + text + "' is no timeout")
		} else if o.Timeout = time.Duration(n) * time.Second; n <= 0 {
			o.Timeout = pbx.NoTimeout
		}
	}
	if opt = dialplan.ParseOptions(word(f, 6), "abBCcnv"); len(opt.Problems) > 0 && strings.HasPrefix(opt.Problems[0], "Missing") {
		return o, opt, errors.New(opt.Problems[0])
	}
	switch strings.ToLower(word(f, 1)) {
	case "app":
		o.App, o.Data = word(f, 2), word(f, 3)
	case "exten":
		o.At = dialplan.Location{Context: word(f, 2), Exten: cmp.Or(word(f, 3), "s"), Priority: 1}
		if len(f) == 5 {
			if o.At.Priority, err = strconv.Atoi(word(f, 4)); err != nil {
				return o, opt, errors.New("'" + word(f, 4) + "' is no priority")
			}
		}
	default:
		return o, opt, errors.New("'" + word(f, 1) + "' is neither app nor exten")
	}
	mine := c.View().CallerID
	if opt.Has('c') {
		o.CallerID.Num = cmp.Or(opt.Arg('c'), mine.Num)
	}
	if opt.Has('n') {
		o.CallerID.Name = cmp.Or(opt.Arg('n'), mine.Name)
	}
	o.Codecs = media.CodecsNamed(opt.Arg('C'))
	for _, pair := range strings.Split(opt.Arg('v'), "^") {
		if name, value, _ := strings.Cut(pair, "="); name != "" {
			o.Vars = append(o.Vars, [2]string{name, value})
		}
	}
	if opt.Has('b') {
		target, list := subCall(opt, 'b')
		if to, err := subPlace(c, target); err != nil {
			c.Warn("Originate option b: '" + target + "': " + err.Error())
		} else {
			o.Before = func(ch *pbx.Channel) bool { return ch.RunSubAside(to, list) }
		}
	}
	return o, opt, nil
}

func originateStatus(r pbx.Originated) string {
	switch r.Reason {
	case pbx.OriginateAnswered:
		return "SUCCESS"
	case pbx.OriginateBusy:
		return "BUSY"
	case pbx.OriginateCongestion:
		return "CONGESTION"
	case pbx.OriginateHungUp:
		return "HANGUP"
	case pbx.OriginateNoAnswer:
		return "RINGING"
	}
	return "FAILED"
}

func channelRedirect(c *pbx.Channel, args string) dialplan.Result {
	name, target, ok := strings.Cut(args, ",")
	if !ok {
		c.Warn("ChannelRedirect requires an argument (channel,[[context,]exten,]priority)")
		return dialplan.End
	}
	status := "NOCHANNEL"
	if o := c.Core().Channel(strings.TrimSpace(name)); o != nil {
		to, err := c.Machine().Plan().TargetFrom(o.View().At, target, c.Query())
		if err == nil {
			err = o.Redirect(to)
		}
		if err != nil {
			c.Warn("ChannelRedirect: " + err.Error())
		} else {
			status = "SUCCESS"
		}
	}
	c.SetVar("CHANNELREDIRECT_STATUS", status)
	return dialplan.Continue
}

// explicit is what Asterisk's event calls the cause of SoftHangup.
const explicit = 32

func softHangup(c *pbx.Channel, args string) dialplan.Result {
	f := dialplan.SplitArgs(args, 2)
	name := c.Core().MeantChannel(word(f, 0))
	for _, o := range c.Core().Channels() {
		resource := o.Name()
		if at := strings.LastIndexByte(resource, '-'); at > 0 && strings.Contains(word(f, 1), "a") {
			resource = resource[:at]
		}
		if strings.EqualFold(resource, name) {
			o.TellSoftHangup(explicit)
			o.SoftHangup(pbx.CauseNone)
		}
	}
	return dialplan.Continue
}

func queueLog(c *pbx.Channel, args string) dialplan.Result {
	f := dialplan.SplitArgs(args, 5)
	for i := range 4 {
		if word(f, i) == "" {
			c.Warn("QueueLog requires arguments (queuename,uniqueid,membername,event[,additionalinfo])")
			return dialplan.End
		}
	}
	c.Core().QueueLog(word(f, 1), word(f, 0), word(f, 2), word(f, 3), word(f, 4))
	return dialplan.Continue
}

func userEvent(c *pbx.Channel, args string) dialplan.Result {
	if args == "" {
		c.Warn("UserEvent requires an argument (eventname,optional event body)")
		return dialplan.End
	}
	f := dialplan.SplitArgs(args, 0)
	e := event.User{Channel: c.Snapshot(), Name: word(f, 0)}
	for _, text := range f[min(1, len(f)):] {
		if name, value, ok := strings.Cut(text, ":"); ok {
			e.Fields = append(e.Fields, event.Field{Name: strings.TrimSpace(name), Value: strings.TrimSpace(value)})
		}
	}
	c.Core().Tell(e)
	return dialplan.Continue
}
