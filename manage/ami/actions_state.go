package ami

import (
	"strconv"
	"strings"

	"obelisk/manage/ami/wording"
	"obelisk/pbx"
)

// stateActions are about hints, devices and mailboxes.
var stateActions = []action{
	{"ExtensionState", "Check Extension Status.", ClassCall | ClassReporting, false, extensionState},
	{"ExtensionStateList", "List the current known extension states.", ClassCall | ClassReporting, false, extensionStateList},
	{"PresenceState", "Check Presence State", ClassCall | ClassReporting, false, presenceState},
	{"PresenceStateList", "List the current known presence states.", ClassCall | ClassReporting, false, presenceStateList},
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
	state, text := "-1", "Unknown"
	hint, ok := a.core().HintText(context, exten)
	if ok {
		s, _ := a.core().Hint(context, exten)
		state, text = strconv.Itoa(int(s.State)), s.State.String()
	}
	a.respond("Success", header{"Message", "Extension Status"}, header{"Exten", exten}, header{"Context", context}, header{"Hint", hint},
		header{"Status", state}, header{"StatusText", text})
}

func presenceState(a *act) {
	provider := a.m.get("Provider")
	if provider == "" {
		a.fail("No provider specified")
		return
	}
	p, ok := a.core().Presence(provider)
	if !ok {
		a.fail("Invalid provider " + provider + " or provider in invalid state")
		return
	}
	fields := []header{{"Message", "Presence State"}, {"State", p.State}}
	// the second Message is an old name of the PresenceMessage that some clients know
	for _, more := range []header{{"Subtype", p.Subtype}, {"Message", p.Message}, {"PresenceMessage", p.Message}} {
		if more.value != "" {
			fields = append(fields, more)
		}
	}
	a.respond("Success", fields...)
}

func extensionStateList(a *act) {
	var rows [][]header
	for _, h := range a.core().Hints() {
		if !h.Pattern {
			rows = append(rows, []header{{"Event", "ExtensionStatus"}, {"Exten", h.Exten}, {"Context", h.Context}, {"Hint", h.Devices},
				{"Status", strconv.Itoa(int(h.State))}, {"StatusText", h.State.String()}})
		}
	}
	a.list("Extension Statuses will follow", "ExtensionStateListComplete", rows)
}

// deviceStateList lists the devices whose state has been told since the start.
func deviceStateList(a *act) {
	var rows [][]header
	for _, d := range a.core().SeenDevices() {
		rows = append(rows, []header{{"Event", "DeviceStateChange"}, {"Device", d.Name}, {"State", d.State.String()}})
	}
	a.list("Device State Changes will follow", "DeviceStateListComplete", rows)
}

// presenceStateList lists those whose presence has been told since the start.
func presenceStateList(a *act) {
	var rows [][]header
	for _, e := range a.core().Entities() {
		p := wording.Escaped(e.Presence)
		rows = append(rows, []header{{"Event", "PresenceStateChange"}, {"Presentity", e.Name}, {"Status", p.State}, {"Subtype", p.Subtype},
			{"Message", p.Message}})
	}
	a.list("Presence State Changes will follow", "PresenceStateListComplete", rows)
}

// mailbox is the one that a request names, with its context; "" after an error.
func (a *act) mailbox() string {
	box := a.m.get("Mailbox")
	if box == "" {
		a.fail("Mailbox not specified")
	}
	return box
}

// messages are those of a mailbox, or of several with commas between.
func (a *act) messages(boxes string) (sum pbx.Mailbox) {
	for _, box := range strings.Split(boxes, ",") {
		m := a.core().LookInto(strings.TrimSpace(box))
		sum.New, sum.Urgent, sum.Old = sum.New+m.New, sum.Urgent+m.Urgent, sum.Old+m.Old
	}
	return sum
}

func mailboxStatus(a *act) {
	if box := a.mailbox(); box != "" {
		waiting := "0"
		if a.messages(box).New > 0 {
			waiting = "1"
		}
		a.respond("Success", header{"Message", "Mailbox Status"}, header{"Mailbox", box}, header{"Waiting", waiting})
	}
}

func mailboxCount(a *act) {
	if box := a.mailbox(); box != "" {
		n := a.messages(box)
		a.respond("Success", header{"Message", "Mailbox Message Count"}, header{"Mailbox", box}, header{"UrgMessages", strconv.Itoa(n.Urgent)},
			header{"NewMessages", strconv.Itoa(n.New - n.Urgent)}, header{"OldMessages", strconv.Itoa(n.Old)})
	}
}
