package chanspy

import (
	"fmt"
	"strconv"
	"strings"

	"obelisk/dialplan"
)

const letters = "bBcdDeEgilnNoqrsSuvwWxX"

// mode is how the spy takes part.
type mode byte

const (
	listens mode = iota
	whispers
	barges
)

// wish is what ChanSpy or ExtenSpy was asked for.
type wish struct {
	prefix, unique, exten, context string // whom to listen to; one of them, or none
	bridged, once, quiet, noAnswer bool
	byID                           bool // u
	only                           bool // o
	private                        bool // W
	untilNobody                    bool // S
	noKind                         bool // s
	switches                       bool // d
	exitExten                      bool // X
	groups, enforced               []string
	named                          bool
	box                            string // of n
	record                         string // "": it is not
	cycle, exit                    byte
	volume                         int
	mode                           mode
}

// readWish reads the options; problems are told and cost the option.
func readWish(text string) (w wish, problems []string) {
	o := dialplan.ParseOptions(text, letters)
	problems = o.Problems
	note := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	w.bridged, w.once, w.quiet, w.noAnswer = o.Has('b'), o.Has('E'), o.Has('q'), o.Has('N')
	w.only, w.private, w.untilNobody, w.noKind = o.Has('o'), o.Has('W'), o.Has('S'), o.Has('s')
	w.byID = o.Has('u')
	w.switches, w.exitExten = o.Has('d'), o.Has('X')
	w.named, w.box = o.Has('n'), o.Arg('n')
	if o.Has('g') {
		w.groups = strings.Split(o.Arg('g'), ":")
	}
	if o.Has('e') {
		w.enforced = strings.Split(o.Arg('e'), ":")
	}
	if o.Has('r') {
		if w.record = o.Arg('r'); w.record == "" {
			w.record = "chanspy"
		}
	}
	w.cycle = '*'
	for letter, to := range map[byte]*byte{'c': &w.cycle, 'x': &w.exit} {
		if !o.Has(letter) {
			continue
		}
		if key := o.Arg(letter); key != "" && strings.Contains("0123456789*#", key[:1]) {
			*to = key[0]
		} else {
			note("option %c takes a key", letter)
		}
	}
	if o.Has('v') {
		if n, err := strconv.Atoi(strings.TrimSpace(o.Arg('v'))); err == nil && n >= -4 && n <= 4 {
			w.volume = n
		} else {
			note("option v takes a volume of -4 to 4, not '%s'", o.Arg('v'))
		}
	}
	if o.Has('D') {
		note("option D, both sides in turn, is not here")
	}
	switch {
	case o.Has('B'):
		w.mode = barges
	case o.Has('w'), w.private:
		w.mode = whispers
	}
	return w, problems
}

// check finds problems in arguments as they are written.
func check(args string) []string {
	f := dialplan.SplitArgs(args, 2)
	if len(f) < 2 || strings.Contains(args, "$") {
		return nil
	}
	_, problems := readWish(f[1])
	return problems
}
