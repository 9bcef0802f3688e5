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

// AddHints adds the commands about hints and device states.
func (c *Console) AddHints(core *pbx.Core, custom CustomDevices) {
	k := hintCommands{core, custom}
	c.Add([]Command{
		{"core show hints", "list the hints with their state and watchers", k.hints},
		{"core show hint", "<exten>[@context]: one hint", k.hint},
		{"devstate list", "list the custom device states", k.list},
		{"devstate change", "<device> <state>: set the state of a Custom: device", k.change},
	}...)
}

type hintCommands struct {
	core   *pbx.Core
	custom CustomDevices
}

const hintFormat = "%-30.30s: %-60.60s  State:%-15.15s Presence:%-15.15s Watchers %2d\n"

func printHint(w io.Writer, h pbx.HintRow) {
	presence := "not_set"
	if strings.HasPrefix(h.Exten, "_") { // a pattern is nobody's
		presence = ""
	}
	printf(w, hintFormat, h.Exten+"@"+h.Context, h.Devices, h.State, presence, h.Watchers)
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
		return usage(w, "core show hint <exten>[@context]")
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

func (k hintCommands) list(w io.Writer, _ []string) bool {
	printf(w, "\n---------------------------------------------------------------------\n--- Custom Device States --------------------------------------------\n---------------------------------------------------------------------\n---\n")
	k.custom.List(func(name string, s pbx.DeviceState) {
		printf(w, "--- Name: 'Custom:%s'  State: '%s'\n---\n", name, s)
	})
	printf(w, "---------------------------------------------------------------------\n---------------------------------------------------------------------\n\n")
	return true
}

func (k hintCommands) change(w io.Writer, args []string) bool {
	const custom = "Custom:"
	if len(args) != 2 || len(args[0]) <= len(custom) || args[0][:len(custom)] != custom {
		return usage(w, "devstate change <Custom:device> <state>")
	}
	s := pbx.ParseDeviceState(args[1])
	if s == pbx.DeviceUnknown && args[1] != s.String() {
		printf(w, "'%s' is no state of a device\n", args[1])
		return false
	}
	printf(w, "Changing %s to %s\n", args[0], args[1])
	k.custom.Set(args[0][len(custom):], s)
	return true
}
