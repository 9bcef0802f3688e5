package app

import (
	"strings"

	"obelisk/dialplan"
)

// What the applications that jump name as targets, as it is written (see pbx.App.Targets).

func wholeTarget(args string) []string { return []string{args} }

// branches are the targets that either side of "condition?yes:no" names.
func branches(target func(string) []string) func(string) []string {
	return func(args string) (out []string) {
		f := dialplan.SplitOutside(args, '?', 2)
		if len(f) < 2 {
			return nil
		}
		for _, side := range dialplan.SplitOutside(f[1], ':', 2) {
			if side = strings.TrimSpace(side); side != "" {
				out = append(out, target(side)...)
			}
		}
		return out
	}
}

// subTarget is the target before the arguments of a subroutine.
func subTarget(args string) []string {
	target, _, _ := strings.Cut(args, "(")
	if strings.Contains(target, "$") {
		return nil
	}
	return []string{target}
}

func macroTarget(args string) []string {
	name, _, _ := strings.Cut(args, ",")
	if name = strings.TrimSpace(name); name == "" || strings.Contains(name, "$") {
		return nil
	}
	return []string{"macro-" + name + ",s,1"}
}

// dialTargets are the subroutines of Dial's options.
func dialTargets(args string) (out []string) {
	options := word(dialplan.SplitArgs(args, 4), 2)
	if strings.Contains(options, "$") {
		return nil
	}
	o := dialplan.ParseOptions(options, dialKnown)
	for _, letter := range []byte("bB") {
		if o.Has(letter) {
			target, _ := subCall(o, letter)
			out = append(out, target)
		}
	}
	if context, _, _ := strings.Cut(o.Arg('U'), "^"); context != "" {
		out = append(out, context+",s,1")
	}
	return out
}
