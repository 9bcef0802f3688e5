package ami

import (
	"strconv"
	"strings"

	"obelisk/dialplan"
	"obelisk/pbx"
)

// stateActions are about hints, devices and mailboxes.
var stateActions = []action{
	{"ExtensionState", "Check Extension Status.", ClassCall | ClassReporting, false, extensionState},
	{"ExtensionStateList", "List the current known extension states.", ClassCall | ClassReporting, false, extensionStateList},
	{"PresenceState", "Check Presence State", ClassCall | ClassReporting, false, presenceState},
	{"DeviceStateList", "List the current known device states.", ClassCall | ClassReporting, false, deviceStateList},
	{"MailboxStatus", "Check mailbox.", ClassCall | ClassReporting, false, mailboxStatus},
	{"MailboxCount", "Check Mailbox Message Count.", ClassCall | ClassReporting, false, mailboxCount},
}

func extensionState(a *act) {
	exten, context := a.m.get("Exten"), a.m.get("Context")
	if exten == "" {
		a.fail("Extension not specified")
		return
	}
	if context == "" {
		context = "default"
	}
	state, text, hint := "-1", "Unknown", ""
	if devices, ok := a.core().HintDevices(context, exten); ok {
		s, _ := a.core().Hint(context, exten)
		state, text, hint = strconv.Itoa(int(s.State)), s.State.String(), strings.Join(devices, "&")
	}
	a.respond("Success", header{"Message", "Extension Status"}, header{"Exten", exten}, header{"Context", context}, header{"Hint", hint}, header{"Status", state}, header{"StatusText", text})
}

func presenceState(a *act) {
	provider := a.m.get("Provider")
	if provider == "" {
		a.fail("No provider specified")
		return
	}
	ch := a.core().Bare(pbx.Nowhere)
	defer a.core().Drop(ch)
	f := a.core().Func("PRESENCE_STATE")
	state, err := f.Value(ch, provider+",value")
	if err != nil || strings.Contains(provider, ",") {
		a.fail("Invalid provider")
		return
	}
	fields := []header{{"Message", "Presence State"}, {"State", state}}
	for _, more := range []string{"subtype", "message"} {
		if v, _ := f.Value(ch, provider+","+more); v != "" {
			fields = append(fields, header{strings.ToUpper(more[:1]) + more[1:], v})
		}
	}
	a.respond("Success", fields...)
}

func extensionStateList(a *act) {
	var rows [][]header
	a.core().Plan().EachHint(func(context string, e *dialplan.Extension) {
		if s, ok := a.core().Hint(context, e.Name); ok && !e.Pattern() {
			rows = append(rows, []header{{"Event", "ExtensionStatus"}, {"Exten", e.Name}, {"Context", context}, {"Hint", e.Hint.Devices},
				{"Status", strconv.Itoa(int(s.State))}, {"StatusText", s.State.String()}})
		}
	})
	a.list("Extension Statuses will follow", "ExtensionStateListComplete", rows)
}

// deviceStateList lists the endpoints, and the devices of hints.
func deviceStateList(a *act) {
	var rows [][]header
	seen := map[string]bool{}
	add := func(device string) {
		if device = strings.TrimSpace(device); device == "" || seen[device] {
			return
		}
		seen[device] = true
		rows = append(rows, []header{{"Event", "DeviceStateChange"}, {"Device", device}, {"State", a.core().DeviceState(device).String()}})
	}
	if sip := a.o.srv.rooms.SIP; sip != nil {
		for _, p := range sip.Peers() {
			add("SIP/" + p.Name)
		}
	}
	a.core().Plan().EachHint(func(_ string, e *dialplan.Extension) {
		if !e.Pattern() {
			for _, d := range strings.Split(e.Hint.Devices, "&") {
				add(d)
			}
		}
	})
	a.list("Device State Changes will follow", "DeviceStateListComplete", rows)
}

// mailbox is the one that a request names, with its context; "" after an error.
func (a *act) mailbox() string {
	box := a.m.get("Mailbox")
	if box == "" {
		a.fail("Mailbox not specified")
	}
	return box
}

func mailboxStatus(a *act) {
	if box := a.mailbox(); box != "" {
		waiting := "0"
		if a.core().MailboxesOf([]string{box}).New > 0 {
			waiting = "1"
		}
		a.respond("Success", header{"Message", "Mailbox Status"}, header{"Mailbox", box}, header{"Waiting", waiting})
	}
}

func mailboxCount(a *act) {
	if box := a.mailbox(); box != "" {
		n := a.core().MailboxesOf([]string{box})
		a.respond("Success", header{"Message", "Mailbox Message Count"}, header{"Mailbox", box}, header{"UrgMessages", "0"}, header{"NewMessages", strconv.Itoa(n.New)}, header{"OldMessages", strconv.Itoa(n.Old)})
	}
}
