package cli

import (
	"fmt"
	"io"
	"strings"
)

// Switches for who looks for a fault.

// control logs the reports that go with RTP.
func (k systemCommands) control(w io.Writer, args []string) bool {
	on, address, ok := debugArgs(args)
	if !ok {
		return usage(w)
	}
	only, err := k.o.DebugControl(on, address)
	switch {
	case err != nil:
		printf(w, "Lookup failed for '%s'\n", address)
		return false
	case address != "":
		printf(w, "RTCP Packet Debugging Enabled for address: %s\n", only)
	default:
		printf(w, "RTCP Packet Debugging %s\n", enabled(on))
	}
	return true
}

// debugArgs reads on, off, or ip with an address.
func debugArgs(args []string) (on bool, address string, ok bool) {
	switch {
	case len(args) == 2 && strings.EqualFold(args[0], "ip"):
		return true, args[1], true
	case len(args) == 1 && (args[0] == "on" || args[0] == "off"):
		return args[0] == "on", "", true
	}
	return false, "", false
}

func enabled(on bool) string {
	if on {
		return "Enabled"
	}
	return "Disabled"
}

// debugRecords logs each call record as it is written.
func (k systemCommands) debugRecords(w io.Writer, args []string) bool {
	on, address, ok := debugArgs(args)
	if !ok || address != "" {
		return usage(w)
	}
	if k.o.DebugRecords(on) != on {
		printf(w, "CDR debugging %s\n", strings.ToLower(enabled(on)))
	}
	return true
}

// refuses answers a switch that has nothing to switch here, and says where to look.
func refuses(why string) func(io.Writer, []string) bool {
	return func(w io.Writer, args []string) bool {
		on, address, ok := debugArgs(args)
		switch {
		case !ok:
			return usage(w)
		case !on && address == "":
			return true // it is off
		}
		fmt.Fprintln(w, why)
		return false
	}
}

// sayMode is Asterisk's choice between say.conf and its own rules.
//
// Differs: say.conf is not read; numbers and dates are said by the rules of the language.
func sayMode(w io.Writer, args []string) bool {
	switch {
	case len(args) == 0:
		fmt.Fprintln(w, "say mode is [old]")
	case len(args) == 1 && args[0] == "old":
		fmt.Fprintln(w, "say mode is old already")
	case len(args) == 1 && args[0] == "new":
		fmt.Fprintln(w, "say.conf is not read here: numbers and dates are said by the rules of the channel's language.")
		return false
	default:
		return usage(w)
	}
	return true
}
