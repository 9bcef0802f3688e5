package ami

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"obelisk/internal/config"
	"obelisk/media"
	"obelisk/pbx"
)

// channelActions look at channels and change them.
var channelActions = []action{
	{"CoreShowChannels", "List currently active channels.", ClassSystem | ClassReporting, false, coreShowChannels},
	{"Status", "List channel status.", ClassSystem | ClassCall | ClassReporting, false, status},
	{"Getvar", "Gets a channel variable or function value.", ClassCall | ClassReporting, false, getVar},
	{"Setvar", "Sets a channel variable or function value.", ClassCall, false, setVar},
	{"Hangup", "Hangup channel.", ClassSystem | ClassCall, false, hangup},
	{"AbsoluteTimeout", "Set absolute timeout.", ClassSystem | ClassCall, false, absoluteTimeout},
	{"SendText", "Sends a text message to channel.", ClassCall, false, sendText},
	{"PlayDTMF", "Play DTMF signal on a specific channel.", ClassCall, false, playDTMF},
	{"SendFlash", "Send a hook flash on a specific channel.", ClassCall, false, sendFlash},
	{"ControlPlayback", "Control the playback of a file being played to a channel.", ClassCall, false, controlPlayback},
	{"LocalOptimizeAway", "Optimize away a local channel when possible.", ClassSystem | ClassCall, false, localOptimizeAway},
}

func coreShowChannels(a *act) {
	var rows [][]header
	for _, ch := range a.core().Channels() {
		v := ch.View()
		row := append([]header{{"Event", "CoreShowChannel"}}, fieldsOf(ch.Snapshot())...)
		rows = append(rows, append(row, header{"Application", v.App}, header{"ApplicationData", v.AppData},
			header{"Duration", pbx.Clock(time.Since(ch.Created()))}, header{"BridgeId", v.BridgeID}))
	}
	a.list("Channels will follow", "CoreShowChannelsComplete", rows)
}

func status(a *act) {
	list := a.core().Channels()
	if name := a.m.get("Channel"); name != "" {
		ch := a.core().Channel(name)
		if ch == nil {
			a.fail("No such channel")
			return
		}
		list = []*pbx.Channel{ch}
	}
	names := strings.FieldsFunc(a.m.get("Variables"), func(r rune) bool { return r == ',' })
	if a.forbidden(a.m.get("Variables")) {
		a.fail("Status Access Forbidden: Variables")
		return
	}
	var rows [][]header
	for _, ch := range list {
		rows = append(rows, a.statusOf(ch, names))
	}
	a.lastID = true
	a.list("Channel status will follow", "StatusComplete", rows, header{"Items", strconv.Itoa(len(rows))})
}

func (a *act) statusOf(ch *pbx.Channel, variables []string) []header {
	v := ch.View()
	number, name := v.Connected.Num, v.Connected.Name
	if number == "" {
		number = unknown
	}
	if name == "" {
		name = unknown
	}
	codecs, format := "(slin)", "slin" // any will do
	if ch.IsBare() {
		codecs, format = "(nothing)", "none"
	}
	if list := ch.Leg().Codecs(); len(list) > 0 {
		var names []string
		for _, c := range list {
			names = append(names, c.String())
		}
		codecs, format = "("+strings.Join(names, "|")+")", names[0]
	}
	row := append([]header{{"Event", "Status"}, {"Privilege", "Call"}}, fieldsOf(ch.Snapshot())...)
	row = append(row, header{"Type", ch.TechName()}, header{"DNID", ""}, header{"EffectiveConnectedLineNum", number},
		header{"EffectiveConnectedLineName", name}, header{"TimeToHangup", "0"}, header{"BridgeID", v.BridgeID}, header{"Application", v.App},
		header{"Data", v.AppData}, header{"Nativeformats", codecs}, header{"Readformat", format}, header{"Readtrans", ""},
		header{"Writeformat", format}, header{"Writetrans", ""}, header{"Callgroup", "0"}, header{"Pickupgroup", "0"},
		header{"Seconds", strconv.Itoa(int(time.Since(ch.Created()).Seconds()))})
	for _, n := range variables {
		value, ok := a.value(ch, n)
		if !ok {
			value = "(null)"
		}
		row = append(row, header{"Variable", n + "=" + value})
	}
	if truth(a.m.get("AllVariables")) {
		ch.EachVar(func(name, value string) {
			if !strings.HasPrefix(name, pbx.GroupPrefix) {
				row = append(row, header{"Variable", name + "=" + value})
			}
		})
	}
	return row
}

// value reads a variable, or a function unless it is kept from programs.
func (a *act) value(ch *pbx.Channel, name string) (value string, ok bool) {
	function, args, isFunction := strings.Cut(name, "(")
	if !isFunction {
		return ch.Var(name)
	}
	f := a.core().Func(function)
	if f == nil || a.guarded(name, pbx.GuardRead) {
		return "", true
	}
	var err error
	if busy := ch.Visit(func(ch *pbx.Channel) { value, err = f.Value(ch, strings.TrimSuffix(args, ")")) }); busy != nil {
		return "", false
	}
	return value, err == nil || value == ""
}

// sendFlash takes a hook flash as if the channel's far end had made it.
func sendFlash(a *act) {
	if ch := a.channel("Channel not found", "Channel not found"); ch != nil {
		ch.Flash()
		a.ok("Flash successfully queued")
	}
}

// guarded says that a function is kept from programs, in the log too.
func (a *act) guarded(text string, how pbx.Guard) bool {
	if !a.core().Guarded(text, how) {
		return false
	}
	a.o.srv.rooms.Log.Warn().Msgf("manager user '%s' may not have %s: live_dangerously is off in asterisk.conf", a.o.account().Name, text)
	return true
}

// onChannel runs f with the channel that a request names, or with one of no call.
func (a *act) onChannel(f func(*pbx.Channel)) {
	name := a.m.get("Channel")
	if name == "" {
		ch := a.core().Bare(pbx.Nowhere)
		defer a.core().Drop(ch)
		f(ch)
		return
	}
	if ch := a.core().Channel(name); ch != nil {
		f(ch)
		return
	}
	a.fail("No such channel")
}

func getVar(a *act) {
	name := a.m.get("Variable")
	if name == "" {
		a.fail("No variable specified")
		return
	}
	if a.forbidden(name) {
		a.fail("GetVar Access Forbidden: Variable")
		return
	}
	a.onChannel(func(ch *pbx.Channel) {
		value := ""
		if strings.Contains(name, "(") {
			var there bool
			if value, there = a.value(ch, name); !there && value == "" {
				a.fail(pbx.ErrBusy.Error())
				return
			}
		} else {
			value = ch.Variable(name)
		}
		a.respond("Success", header{"Variable", name}, header{"Value", value})
	})
}

func setVar(a *act) {
	name, value := a.m.get("Variable"), a.m.get("Value")
	switch {
	case name == "":
		a.fail("No variable specified")
		return
	case a.forbidden(name):
		a.fail("Setvar Access Forbidden: Variable")
		return
	case a.guarded(name, pbx.GuardRead|pbx.GuardWrite):
		a.fail("Variable not set")
		return
	}
	function, args, isFunction := strings.Cut(name, "(")
	if a.m.get("Channel") == "" && !isFunction {
		a.core().SetGlobal(name, value)
		a.ok("Variable Set")
		return
	}
	a.onChannel(func(ch *pbx.Channel) {
		var err error
		if !isFunction {
			ch.SetVar(name, value)
		} else if busy := ch.Visit(func(ch *pbx.Channel) {
			err = ch.WriteFunction(function, strings.TrimSuffix(args, ")"), value)
		}); busy != nil {
			a.fail(busy.Error())
			return
		} else if err != nil {
			a.fail("Variable not set")
			return
		}
		a.ok("Variable Set")
	})
}

// hangup ends a channel, or all that match "/expression/". Without a Cause the channel keeps the one that
// it has.
func hangup(a *act) {
	name := a.m.get("Channel")
	cause := pbx.CauseNone
	if c, ok := pbx.ParseCause(a.m.get("Cause")); ok {
		cause = c
	}
	switch {
	case name == "":
		a.fail("No channel specified")
	case len(name) > 2 && name[0] == '/' && strings.HasSuffix(name, "/"):
		a.hangupMatching(name[1:len(name)-1], cause)
	default:
		ch := a.core().Channel(name)
		if ch == nil {
			a.fail("No such channel")
			return
		}
		ch.SoftHangup(cause)
		a.ok("Channel Hungup")
	}
}

func (a *act) hangupMatching(expression string, cause pbx.Cause) {
	re, err := regexp.CompilePOSIX(expression)
	if err != nil {
		a.fail("Regex compile failed on: /" + expression + "/")
		return
	}
	var rows [][]header
	for _, ch := range a.core().Channels() {
		if re.MatchString(ch.Name()) {
			ch.SoftHangup(cause)
			rows = append(rows, []header{{"Event", "ChannelHungup"}, {"Channel", ch.Name()}})
		}
	}
	a.list("Channels hung up will follow", "ChannelsHungupListComplete", rows)
}

func absoluteTimeout(a *act) {
	n, err := strconv.ParseFloat(a.m.get("Timeout"), 64)
	if a.m.has("Channel") && (err != nil || n <= 0) {
		a.fail("No timeout specified")
		return
	}
	ch := a.channel("No channel specified", "No such channel")
	if ch == nil {
		return
	}
	ch.Expire(time.Duration(n * float64(time.Second)))
	a.ok("Timeout Set")
}

func sendText(a *act) {
	if a.m.get("Message") == "" && a.m.has("Channel") {
		a.fail("No Message specified")
		return
	}
	ch := a.channel("No channel specified", "No such channel")
	if ch == nil {
		return
	}
	t, ok := ch.Leg().(pbx.TextSender)
	if !ok {
		a.fail("Failure")
		return
	}
	t.SendText(a.m.get("Message"))
	a.ok("Success")
}

// playDTMF sends a key on a channel, or takes it as received there.
func playDTMF(a *act) {
	ch := a.core().Channel(a.m.get("Channel"))
	digit := a.m.get("Digit")
	received, _ := config.Bool(a.m.get("Receive"))
	switch {
	case ch == nil:
		a.fail("Channel not found")
	case digit == "":
		a.fail("No digit specified")
	case strings.Contains(media.EventDigits, strings.ToUpper(digit[:1])) && !ch.SendDigit(strings.ToUpper(digit)[0], received):
		a.fail("Could not play digit")
	default: // also of what is no digit: nothing is played, as in Asterisk
		a.ok("DTMF successfully queued")
	}
}

// controlPlayback steers what is played to a channel, now or next.
func controlPlayback(a *act) {
	control := lower(a.m.get("Control"))
	ch := a.core().Channel(a.m.get("Channel"))
	switch {
	case a.m.get("Channel") == "":
		a.fail("Channel not specified")
	case control == "":
		a.fail("Control not specified")
	case ch == nil:
		a.fail("No such channel")
	case !slices.Contains([]string{pbx.PlayStop, pbx.PlayForward, pbx.PlayReverse, pbx.PlayPause, pbx.PlayRestart}, control):
		a.fail("Unknown control type")
	default:
		ch.Post(pbx.Event{Kind: pbx.EventPlay, Text: control})
		a.respond("Success")
	}
}

// localOptimizeAway: Local channels are left out by themselves where that is possible.
func localOptimizeAway(a *act) {
	ch := a.channel("'Channel' not specified.", "Channel does not exist.")
	switch {
	case ch == nil:
	case !ch.LeaveOut():
		a.fail("Unable to find channel")
	default:
		a.ok("Queued channel to be optimized away")
	}
}
