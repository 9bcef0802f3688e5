package cli

import (
	"fmt"
	"io"
	"strings"

	"obelisk/pbx"
)

// CustomDevices are the devices whose state the console may set.
type CustomDevices interface {
	Set(name string, s pbx.DeviceState)
	List(f func(name string, s pbx.DeviceState))
}

// CustomPresence is the presence that the console may set.
type CustomPresence interface {
	// Set takes "state[,subtype[,message[,options]]]".
	Set(name, text string) error
	List(f func(name string, p pbx.Presence, encoded bool))
}

// AddHints adds the commands about hints, device states and presence.
func (c *Console) AddHints(core *pbx.Core, custom CustomDevices, presence CustomPresence) {
	k := hintCommands{core, custom, presence}
	c.Add([]Command{
		{"core show hints", "list the hints with their state and watchers", k.hints},
		{"core show hint", "<exten>[@context]: one hint", k.hint},
		{"devstate list", "list the custom device states", k.list},
		{"devstate change", "<device> <state>: set the state of a Custom: device", k.change},
		{"presencestate list", "list the custom presence states", k.presences},
		{"presencestate change", "<entity> <state>[,<subtype>[,<message>[,e]]]: set the presence of a CustomPresence:", k.changePresence},
	}...)
}

type hintCommands struct {
	core   *pbx.Core
	custom CustomDevices
	people CustomPresence
}

const hintFormat = "%-30.30s: %-60.60s  State:%-15.15s Presence:%-15.15s Watchers %2d\n"

func printHint(w io.Writer, h pbx.HintRow) {
	printf(w, hintFormat, h.Exten+"@"+h.Context, h.Devices, h.State, h.Presence, h.Watchers)
}

func (k hintCommands) hints(w io.Writer, _ []string) bool {
	rows := k.core.Hints()
	if len(rows) == 0 {
		fmt.Fprintln(w, "There are no registered dialplan hints")
		return true
	}
	printf(w, "\n    -= Registered Asterisk Dial Plan Hints =-\n")
	for _, h := range rows {
		printHint(w, h)
	}
	printf(w, "----------------\n- %d hints registered\n", len(rows))
	return true
}

func (k hintCommands) hint(w io.Writer, args []string) bool {
	if len(args) != 1 {
		return usage(w)
	}
	n := 0
	for _, h := range k.core.Hints() {
		if args[0] == h.Exten || args[0] == h.Exten+"@"+h.Context {
			printHint(w, h)
			n++
		}
	}
	if n == 0 {
		printf(w, "No hints matching extension %s\n", args[0])
		return true
	}
	printf(w, "%s matching extension %s\n", plural(n, "hint", "hints"), args[0])
	return true
}

// frame and banner are the lines around a list of states.
const frame = "---------------------------------------------------------------------\n"

func banner(title string) string {
	title = "--- " + title + " "
	return "\n" + frame + title + strings.Repeat("-", len(frame)-1-len(title)) + "\n" + frame + "---\n"
}

func (k hintCommands) list(w io.Writer, _ []string) bool {
	io.WriteString(w, banner("Custom Device States"))
	k.custom.List(func(name string, s pbx.DeviceState) {
		printf(w, "--- Name: 'Custom:%s'  State: '%s'\n---\n", name, s)
	})
	io.WriteString(w, frame+frame+"\n")
	return true
}

// named cuts what has to stand before a name; that is said of others.
func named(w io.Writer, text, command, kind, what string) (name string, ok bool) {
	if len(text) <= len(kind) || !strings.EqualFold(text[:len(kind)], kind) {
		printf(w, "The %s command can only be used to set '%s' %s state!\n", command, kind, what)
		return "", false
	}
	return text[len(kind):], true
}

func (k hintCommands) change(w io.Writer, args []string) bool {
	if len(args) != 2 {
		return usage(w)
	}
	name, ok := named(w, args[0], "devstate", "Custom:", "device")
	if !ok {
		return false
	}
	s := pbx.ParseDeviceState(args[1])
	if s == pbx.DeviceUnknown { // also by its name
		return usage(w)
	}
	printf(w, "Changing %s to %s\n", name, args[1])
	k.custom.Set(name, s)
	return true
}

func (k hintCommands) presences(w io.Writer, _ []string) bool {
	io.WriteString(w, banner("Custom Presence States"))
	n := 0
	k.people.List(func(name string, p pbx.Presence, encoded bool) {
		n++
		printf(w, "--- Name: 'CustomPresence:%s'\n    --- State: '%s'\n    --- Subtype: '%s'\n    --- Message: '%s'\n    --- Base64 Encoded: "+
			"'%s'\n---\n",
			name, p.State, p.Subtype, p.Message, map[bool]string{true: "Yes", false: "No"}[encoded])
	})
	if n == 0 {
		fmt.Fprintln(w, "No custom presence states defined")
		return true
	}
	io.WriteString(w, frame+frame+"\n")
	return true
}

func (k hintCommands) changePresence(w io.Writer, args []string) bool {
	if len(args) != 2 {
		return usage(w)
	}
	name, ok := named(w, args[0], "presencestate", "CustomPresence:", "presence")
	if !ok {
		return false
	}
	state, _, _ := strings.Cut(args[1], ",")
	if k.people.Set(name, args[1]) != nil {
		return usage(w)
	}
	printf(w, "Changing %s to %s\n", name, state)
	return true
}
