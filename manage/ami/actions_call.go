package ami

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/internal/config"
	"obelisk/media"
	"obelisk/pbx"
)

// callActions begin calls and send them elsewhere.
var callActions = []action{
	{"Originate", "Originate a call.", ClassOriginate, false, originate},
	{"Redirect", "Redirect (transfer) a call.", ClassCall, false, redirect},
	{"BlindTransfer", "Blind transfer channel(s) to the given destination", ClassCall, false, blindTransfer},
	{"MessageSend", "Send an out of call message to an endpoint.", ClassMessage, false, messageSend},
}

// originate reads the request, and calls now or, with Async, beside this session.
func originate(a *act) {
	o, why := a.readOriginate()
	if why != "" {
		a.fail(why)
		return
	}
	if truth(a.m.get("Async")) {
		core, id, m := a.core(), a.id, a.m
		go func() { tellOriginated(core, m, id, o, core.Originate(o)) }()
		a.ok("Originate successfully queued")
		return
	}
	wait, err := a.core().BeginOriginate(o)
	if err != nil {
		a.fail("Originate failed")
		return
	}
	if r := wait(); r.Reason != pbx.OriginateAnswered {
		a.fail("Originate failed")
		return
	}
	a.ok("Originate successfully queued")
}

// maxID is how long a unique id may be that a client asks for, in bytes.
const maxID = 149

// backwards are variables in the order in which Asterisk sets them: the last one first.
func backwards(list [][2]string) [][2]string {
	slices.Reverse(list)
	return list
}

// leading is the number that a text begins with, as C's scanf reads one; what is beyond its
// range is -1.
func leading(text string) (n int, ok bool) {
	text = strings.TrimSpace(text)
	end := 0
	for end < len(text) && (text[end] >= '0' && text[end] <= '9' || end == 0 && (text[0] == '-' || text[0] == '+')) {
		end++
	}
	n64, err := strconv.ParseInt(text[:end], 10, 32)
	if errors.Is(err, strconv.ErrRange) {
		return -1, true
	}
	return int(n64), err == nil
}

func (a *act) readOriginate() (o pbx.Originate, why string) {
	m := a.m
	dial := m.get("Channel")
	tech, resource, ok := strings.Cut(dial, "/")
	o = pbx.Originate{Tech: tech, Resource: resource, CallerID: pbx.ParseCallerID(m.get("CallerID")), AccountCode: m.get("Account"),
		App: m.get("Application"), Data: m.get("Data"), Vars: slices.Concat(a.o.account().SetVars, backwards(m.variables())),
		Early: truth(m.get("EarlyMedia")), Timeout: 30 * time.Second}
	switch {
	case dial == "":
		return o, "Channel not specified"
	case !ok || resource == "":
		return o, "Invalid channel"
	}
	for _, v := range o.Vars {
		if strings.Contains(v[0], "(") && (a.forbidden(v[0]) || a.guarded(v[0], pbx.GuardRead|pbx.GuardWrite)) {
			return o, "Originate Access Forbidden: app or data blacklisted"
		}
	}
	if text := m.get("Timeout"); text != "" {
		n, ok := leading(text)
		if !ok {
			return o, "Invalid timeout"
		}
		if o.Timeout = time.Duration(n) * time.Millisecond; n <= 0 {
			o.Timeout = pbx.NoTimeout
		}
	}
	if o.ID, o.OtherID = m.get("ChannelId"), m.get("OtherChannelId"); len(o.ID) > maxID || len(o.OtherID) > maxID {
		return o, "Uniqueid length exceeds maximum of " + strconv.Itoa(maxID)
	}
	o.Codecs = media.CodecsNamed(m.get("Codecs"))
	if o.App != "" {
		if !a.may(ClassSystem) && a.core().DangerousApp(o.App, o.Data) {
			return o, "Originate Access Forbidden: app or data blacklisted"
		}
		return o, ""
	}
	o.At, why = a.goal()
	return o, why
}

// goal is where the far end of an Originate without an application goes. With Async it may lack
// anything, and goes on at its own place.
func (a *act) goal() (at dialplan.Location, why string) {
	const none = "Extension does not exist."
	at = dialplan.Location{Context: a.m.get("Context"), Exten: a.m.get("Exten")}
	whole := at.Context != "" && at.Exten != ""
	switch given := a.m.get("Priority") != ""; {
	case given && !whole:
		return at, none
	case !given && truth(a.m.get("Async")):
		return at, ""
	}
	if at, why = a.place(""); why == "" && !a.core().Plan().Exists(at.Context, at.Exten, pbx.QueryFor(nil)) {
		why = none
	}
	return at, why
}

// place reads Context, Exten and Priority, with a word before their names.
func (a *act) place(prefix string) (at dialplan.Location, why string) {
	at = dialplan.Location{Context: a.m.get(prefix + "Context"), Exten: a.m.get(prefix + "Exten")}
	priority := a.m.get(prefix + "Priority")
	if at.Exten == "" || at.Context == "" || priority == "" {
		return at, "Originate with 'Exten' requires 'Context' and 'Priority'"
	}
	to, err := a.core().Plan().TargetFrom(at, at.Context+","+at.Exten+","+priority, pbx.QueryFor(nil))
	if err != nil {
		return at, "Invalid priority"
	}
	return to, ""
}

// tellOriginated is the event of an Originate with Async.
func tellOriginated(core *pbx.Core, m *message, id string, o pbx.Originate, r pbx.Originated) {
	result, channel, unique := "Failure", m.get("Channel"), cmp.Or(o.ID, unknown)
	caller := o.CallerID
	if r.Channel != nil {
		result, channel, unique = "Success", r.Channel.Name(), r.Channel.UniqueID()
		caller = r.Channel.View().CallerID
	}
	var fields []pbx.Field
	add := func(name, value string) { fields = append(fields, pbx.Field{Name: name, Value: value}) }
	if id != "" {
		add("ActionID", id)
	}
	add("Response", result)
	add("Channel", channel)
	if o.App != "" {
		add("Application", o.App)
		add("Data", o.Data)
	} else {
		add("Context", o.At.Context)
		add("Exten", o.At.Exten)
	}
	add("Reason", strconv.Itoa(int(r.Reason)))
	add("Uniqueid", unique)
	add("CallerIDNum", cmp.Or(caller.Num, unknown))
	add("CallerIDName", cmp.Or(caller.Name, unknown))
	core.Tell(pbx.News{Name: "OriginateResponse", Class: "call", Fields: fields})
}

func truth(text string) bool {
	on, _ := config.Bool(strings.TrimSpace(text))
	return on
}

// redirect sends one channel elsewhere, or two. The places are looked at first.
func redirect(a *act) {
	name, extra := a.m.get("Channel"), a.m.get("ExtraChannel")
	if name == "" {
		a.fail("Channel not specified")
		return
	}
	to, ok := a.sentTo("")
	also := to
	if ok && extra != "" && a.m.get("ExtraContext") != "" {
		also, ok = a.sentTo("Extra")
	}
	if !ok {
		return
	}
	ch, other := a.core().Channel(name), a.core().Channel(extra)
	switch {
	case ch == nil:
		a.fail("Channel does not exist: " + name)
	case extra == "":
		a.redirected(ch.Redirect(to), "Redirect successful")
	case other == nil:
		a.fail("ExtraChannel does not exist: " + extra)
	default:
		a.redirected(pbx.RedirectBoth(ch, to, other, also), "Dual Redirect successful")
	}
}

func (a *act) redirected(err error, message string) {
	if err != nil {
		a.fail("Redirect failed: " + err.Error())
		return
	}
	a.ok(message)
}

// sentTo is where a Redirect leads; false after an error.
func (a *act) sentTo(prefix string) (to dialplan.Location, ok bool) {
	for _, needed := range []string{"Context", "Exten", "Priority"} {
		if a.m.get(prefix+needed) == "" {
			a.fail(prefix + needed + " not specified")
			return to, false
		}
	}
	text := a.m.get(prefix+"Context") + "," + a.m.get(prefix+"Exten") + "," + a.m.get(prefix+"Priority")
	to, err := a.core().Plan().TargetFrom(to, text, pbx.QueryFor(nil))
	if err != nil {
		a.fail(prefix + "Priority is invalid")
	}
	return to, err == nil
}

// blindTransfer sends whom a channel is bridged with elsewhere.
func blindTransfer(a *act) {
	exten := a.m.get("Exten")
	if exten == "" && a.m.get("Channel") != "" {
		a.fail("No extension specified")
		return
	}
	ch := a.channel("No channel specified", "Channel specified does not exist")
	if ch == nil {
		return
	}
	if !ch.Transfer(cmp.Or(a.m.get("Context"), ch.View().At.Context), exten) {
		a.fail("Transfer failed")
		return
	}
	a.ok("Transfer succeeded")
}

func messageSend(a *act) {
	to, body := a.m.get("To"), a.m.get("Body")
	if to == "" {
		to = a.m.get("Destination")
	}
	if to == "" {
		a.fail("No 'To' address specified.")
		return
	}
	m := pbx.Message{To: to, From: a.m.get("From"), Body: body}
	for _, v := range a.m.variables() {
		m.Know(v[0], v[1], true)
	}
	switch known, err := a.core().SendMessage(m); {
	case !known:
		a.fail("Message technology not found.")
		return
	case err != nil:
		a.fail("Message failed to send.")
		return
	}
	a.ok("Message successfully sent")
}
