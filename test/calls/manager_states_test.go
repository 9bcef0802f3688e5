package calls

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const statesPlan = `[default]
exten => eggs,hint,Custom:eggs,CustomPresence:eggs
exten => ham,hint,Custom:ham&Custom:two,CustomPresence:ham
exten => both,hint,Custom:ham&CustomPresence:eggs
exten => _XNNN,hint,Custom:${EXTEN}
exten => 1,1,Set(GLOBAL(E)=${PRESENCE_STATE(CustomPresence:eggs,value,e)} ${PRESENCE_STATE(CustomPresence:eggs,subtype,e)} ${PRESENCE_STATE(CustomPresence:eggs,message,e)}|${HINT(eggs@default)}|${HINT(eggs,n)})
[hints]
autohints=yes
exten => eggs,hint,Custom:eggs
`

// short is a text of the manager interface with a block on each line: the values alone, but
// for a response, whose fields are named.
func short(text string) (out []string) {
	for _, block := range strings.Split(strings.TrimSuffix(text, "\r\n\r\n"), "\r\n\r\n") {
		var values []string
		for _, l := range strings.Split(block, "\r\n") {
			name, value, _ := strings.Cut(l, ": ")
			if name != "Privilege" && name != "ActionID" && l != "Response: Success" && l != "Message: Variable Set" {
				values = append(values, value)
			}
		}
		if strings.Join(values, "") != "" {
			out = append(out, strings.Join(values, "|"))
		}
	}
	return out
}

// What programs are told of devices, presence and hints: each change once, in Asterisk's
// words, those of hints only where the hint shows something else than before.
func TestManagerStates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorldWith(t, map[string]string{"sip.conf": baseSIP, "extensions.conf": statesPlan, "manager.conf": managerConf})
		c := w.client("admin", "secret")
		c.read(time.Second)
		set := func(what, value string) string {
			return fmt.Sprintf("Setvar\r\nVariable: %s\r\nValue: %s", what, value)
		}
		device := func(name, value string) string { return set("DEVICE_STATE(Custom:"+name+")", value) }
		person := func(name, value string) string { return set("PRESENCE_STATE(CustomPresence:"+name+")", value) }
		for _, row := range []struct {
			action string
			want   []string
		}{
			{"DeviceStateList", []string{"start|Device State Changes will follow", "DeviceStateListComplete|Complete|0"}},
			{"PresenceStateList", []string{"start|Presence State Changes will follow", "PresenceStateListComplete|Complete|0"}},
			{device("eggs", "INUSE"), []string{"DeviceStateChange|Custom:eggs|INUSE",
				"ExtensionStatus|eggs|default|Custom:eggs,CustomPresence:eggs|1|InUse", "ExtensionStatus|eggs|hints|Custom:eggs|1|InUse"}},
			{device("eggs", "INUSE"), nil},
			{device("ham", "RINGING"), []string{"DeviceStateChange|Custom:ham|RINGING",
				"ExtensionStatus|both|default|Custom:ham&CustomPresence:eggs|8|Ringing",
				"ExtensionStatus|ham|default|Custom:ham&Custom:two,CustomPresence:ham|8|Ringing", "ExtensionStatus|ham|hints|Custom:ham|8|Ringing"}},
			{device("two", "BUSY"), []string{"DeviceStateChange|Custom:two|BUSY",
				"ExtensionStatus|ham|default|Custom:ham&Custom:two,CustomPresence:ham|9|InUse&Ringing",
				"ExtensionStatus|two|hints|Custom:two|2|Busy"}},
			{device("two", "ONHOLD"), []string{"DeviceStateChange|Custom:two|ONHOLD", "ExtensionStatus|two|hints|Custom:two|16|Hold"}},
			{device("two", "BOO"), []string{"Error|Variable not set"}},
			{set("DEVICE_STATE(SIP/1001)", "INUSE"), []string{"Error|Variable not set"}},
			{person("eggs", "AWAY,green,breakfast"), []string{"PresenceStateChange|CustomPresence:eggs|away|green|breakfast",
				"PresenceStatus|both|default|Custom:ham&CustomPresence:eggs|away|green|breakfast",
				"PresenceStatus|eggs|default|Custom:eggs,CustomPresence:eggs|away|green|breakfast"}},
			{person("eggs", "away,green,breakfast"), []string{"PresenceStateChange|CustomPresence:eggs|away|green|breakfast"}},
			{person("ham", "dnd,eA==,eQ==,e"), []string{"PresenceStateChange|CustomPresence:ham|dnd|x|y",
				"PresenceStatus|ham|default|Custom:ham&Custom:two,CustomPresence:ham|dnd|x|y"}},
			{person("eggs", `xa,q"?,a\r\b`), []string{`PresenceStateChange|CustomPresence:eggs|xa|q\"\?|a\\r\\b`,
				`PresenceStatus|both|default|Custom:ham&CustomPresence:eggs|xa|q"?|a\r\b`,
				`PresenceStatus|eggs|default|Custom:eggs,CustomPresence:eggs|xa|q"?|a\r\b`}},
			{person("eggs", "away,green,breakfast"), []string{"PresenceStateChange|CustomPresence:eggs|away|green|breakfast",
				"PresenceStatus|both|default|Custom:ham&CustomPresence:eggs|away|green|breakfast",
				"PresenceStatus|eggs|default|Custom:eggs,CustomPresence:eggs|away|green|breakfast"}},
			{person("ham", "dnd,x,y,z"), []string{"Error|Variable not set"}},
			{person("ham", "boo"), []string{"Error|Variable not set"}},
			{person("", "away"), []string{"Error|Variable not set"}},
			{"PresenceState\r\nProvider: CustomPresence:ham", []string{"Presence State|dnd|x|y|y"}},
			{"PresenceState\r\nProvider: CustomPresence:nobody", []string{"Presence State|not_set"}},
			{"PresenceState\r\nProvider: SIP/1001", []string{"Error|Invalid provider SIP/1001 or provider in invalid state"}},
			{"ExtensionState\r\nExten: eggs\r\nContext: default",
				[]string{"Extension Status|eggs|default|Custom:eggs,CustomPresence:eggs|1|InUse"}},
			{"ExtensionState\r\nExten: 4222", []string{"Extension Status|4222|default|Custom:4222|0|Idle"}},
			{"ExtensionState\r\nExten: two\r\nContext: hints", []string{"Extension Status|two|hints|Custom:two|16|Hold"}},
			{"ExtensionState\r\nExten: nope", []string{"Extension Status|nope|default||-1|Unknown"}},
			{"ExtensionStateList", []string{"start|Extension Statuses will follow",
				"ExtensionStatus|both|default|Custom:ham&CustomPresence:eggs|8|Ringing",
				"ExtensionStatus|eggs|default|Custom:eggs,CustomPresence:eggs|1|InUse",
				"ExtensionStatus|ham|default|Custom:ham&Custom:two,CustomPresence:ham|9|InUse&Ringing",
				"ExtensionStatus|eggs|hints|Custom:eggs|1|InUse", "ExtensionStatus|ham|hints|Custom:ham|8|Ringing",
				"ExtensionStatus|two|hints|Custom:two|16|Hold", "ExtensionStateListComplete|Complete|6"}},
			{"DeviceStateList", []string{"start|Device State Changes will follow", "DeviceStateChange|Custom:eggs|INUSE",
				"DeviceStateChange|Custom:ham|RINGING", "DeviceStateChange|Custom:two|ONHOLD", "DeviceStateListComplete|Complete|3"}},
			{"PresenceStateList", []string{"start|Presence State Changes will follow",
				"PresenceStateChange|CustomPresence:eggs|away|green|breakfast", "PresenceStateChange|CustomPresence:ham|dnd|x|y",
				"PresenceStateListComplete|Complete|2"}},
		} {
			if got := short(c.ask("Action: %s", row.action)); strings.Join(got, "\n") != strings.Join(row.want, "\n") {
				t.Errorf("%s:\n%s", row.action, strings.Join(got, "\n"))
			}
		}
		// Of changes that follow each other at once, each is told.
		c.send("Action: %s\r\n\r\nAction: %s", device("eggs", "NOT_INUSE"), device("eggs", "RINGINUSE"))
		if got := strings.Join(short(c.read(time.Second)), "\n"); strings.Count(got, "DeviceStateChange") != 2 ||
			strings.Count(got, "ExtensionStatus") != 4 {
			t.Errorf("two changes at once:\n%s", got)
		}
		c.send("Action: %s\r\n\r\nAction: %s", person("eggs", "dnd"), device("eggs", "INUSE"))
		if got := strings.Join(short(c.read(time.Second)), "\n"); strings.Count(got, "PresenceStatus") != 2 ||
			strings.Count(got, "ExtensionStatus") != 2 {
			t.Errorf("presence and device at once:\n%s", got)
		}
		c.ask("Action: Setvar\r\nVariable: PRESENCE_STATE(CustomPresence:eggs)\r\nValue: away,green,breakfast")
		c.ask("Action: Originate\r\nChannel: Local/1@default/n\r\nApplication: Wait\r\nData: 1")
		time.Sleep(2 * time.Second)
		if got := w.global("E"); got != "away Z3JlZW4= YnJlYWtmYXN0|Custom:eggs,CustomPresence:eggs|" {
			t.Errorf("functions: %q", got)
		}
		w.stop()
	})
}

// What happens while nobody listens is no news for who comes then, but listed.
func TestManagerStatesUnheard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorldWith(t, map[string]string{"sip.conf": baseSIP, "extensions.conf": statesPlan, "manager.conf": managerConf})
		time.Sleep(time.Second)
		for _, line := range []string{"devstate change Custom:eggs INUSE", "devstate change Custom:more BUSY",
			"presencestate change CustomPresence:eggs xa,a,b"} {
			w.console(line)
		}
		time.Sleep(time.Second)
		c := w.client("admin", "secret")
		c.read(time.Second)
		w.console("devstate change Custom:eggs INUSE")
		if got := short(c.read(time.Second)); len(got) != 0 {
			t.Errorf("the same again: %s", got)
		}
		for action, want := range map[string]string{"DeviceStateList": "DeviceStateChange|Custom:more|BUSY",
			"PresenceStateList":  "PresenceStateChange|CustomPresence:eggs|xa|a|b",
			"ExtensionStateList": "ExtensionStatus|more|hints|Custom:more|2|Busy"} {
			if got := strings.Join(short(c.ask("Action: %s", action)), "\n"); !strings.Contains(got, want) {
				t.Errorf("%s: %s", action, got)
			}
		}
		w.stop()
	})
}
