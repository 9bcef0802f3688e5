package cli

import (
	"fmt"
	"io"
	"path"
	"regexp"
	"strings"

	"obelisk/dialplan"
	"obelisk/pbx"
)

// channelCommands begin calls, send them elsewhere and end them.
type channelCommands struct{ core *pbx.Core }

func (c *Console) addChannel(k channelCommands) {
	c.Add([]Command{
		{"channel originate", "<tech/data> application <app> [data] | extension [exten@][context]: call somebody", k.originate},
		{"channel redirect", "<channel> <[[context,]exten,]priority>: send a channel elsewhere", k.redirect},
		{"channel request hangup", "<channel>|all|/regular expression/|<pattern>: hang up", k.hangup},
	}...)
}

const originateUsage = `  There are two ways to use this command. A call can be originated between a
channel and a specific application, or between a channel and an extension in
the dialplan. This is similar to call files or the manager originate action.
Calls originated with this command are given a timeout of 30 seconds.

Usage1: channel originate <tech/data> application <appname> [appdata]
  This will originate a call between the specified channel tech/data and the
given application. Arguments to the application are optional. If the given
arguments to the application include spaces, all of the arguments to the
application need to be placed in quotation marks.

Usage2: channel originate <tech/data> extension [exten@][context]
  This will originate a call between the specified channel tech/data and the
given extension. If no context is specified, the 'default' context will be
used. If no extension is given, the 's' extension will be used.
`

func (k channelCommands) originate(w io.Writer, args []string) bool {
	if len(args) < 2 {
		fmt.Fprint(w, originateUsage)
		return true
	}
	tech, resource, ok := strings.Cut(args[0], "/")
	if !ok || resource == "" {
		fmt.Fprint(w, "*** No data provided after channel type! ***\n"+originateUsage)
		return true
	}
	o := pbx.Originate{Tech: tech, Resource: resource}
	switch {
	case args[1] == "application" && len(args) > 2:
		o.App, o.Data = args[2], strings.Trim(strings.Join(args[3:], " "), `"`)
	case args[1] == "extension":
		o.At = placeOf(strings.Join(args[2:], " "))
	default:
		fmt.Fprint(w, originateUsage)
		return true
	}
	wait, err := k.core.BeginOriginate(o)
	if err != nil {
		printf(w, "%s cannot be called: %v\n", args[0], err)
		return false
	}
	go wait()
	return true
}

// placeOf reads "[exten@][context]".
func placeOf(text string) dialplan.Location {
	at := dialplan.Location{Context: "default", Exten: "s", Priority: 1}
	exten, context, both := strings.Cut(text, "@")
	if exten != "" {
		at.Exten = exten
	}
	if both && context != "" {
		at.Context = context
	}
	return at
}

func (k channelCommands) redirect(w io.Writer, args []string) bool {
	if len(args) != 2 {
		return usage(w)
	}
	ch := k.core.Channel(args[0])
	if ch == nil {
		printf(w, "Channel '%s' not found\n", args[0])
		return false
	}
	to, err := k.core.Plan().TargetFrom(ch.View().At, args[1], ch.Query())
	if err == nil {
		err = ch.Redirect(to)
	}
	if err != nil {
		printf(w, "Channel '%s' could not be redirected to '%s': %v\n", args[0], args[1], err)
		return false
	}
	printf(w, "Channel '%s' successfully redirected to %s\n", args[0], args[1])
	return true
}

// hangup of "all", one channel, those that match "/re/", or a pattern with "*".
func (k channelCommands) hangup(w io.Writer, args []string) bool {
	if len(args) != 1 {
		return usage(w)
	}
	text := args[0]
	several := true
	fits := func(name string) bool { return name == text }
	switch {
	case text == "all":
		fits = func(string) bool { return true }
	case len(text) > 2 && text[0] == '/' && strings.HasSuffix(text, "/"):
		re, err := regexp.CompilePOSIX(text[1 : len(text)-1])
		if err != nil {
			printf(w, "'%s' is no regular expression: %v\n", text, err)
			return false
		}
		fits = re.MatchString
	case strings.ContainsAny(text, "*?"):
		pattern := strings.ReplaceAll(text, "/", "\x00")
		fits = func(name string) bool {
			ok, _ := path.Match(pattern, strings.ReplaceAll(name, "/", "\x00"))
			return ok
		}
	default:
		several = false
	}
	n := 0
	for _, ch := range k.core.Channels() {
		if fits(ch.Name()) {
			printf(w, "Requested Hangup on channel '%s'\n", ch.Name())
			ch.TellSoftHangup(32) // explicit
			ch.SoftHangup(pbx.CauseNone)
			n++
		}
	}
	switch {
	case n == 0 && several && text != "all":
		printf(w, "%s did not match a known channel\n", text)
	case n == 0 && text != "all":
		printf(w, "%s is not a known channel\n", text)
	}
	return true
}
