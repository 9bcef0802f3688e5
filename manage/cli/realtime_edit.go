package cli

import (
	"fmt"
	"io"
	"slices"
)

// Commands that change rows of a family of extconfig.conf.

// mostPairs is how many columns a line may name.
const mostPairs = 5

// pairs are columns with their values; ok is false where a value is missing, none is there or
// there are more than a line may have.
func pairs(words []string) (out [][2]string, ok bool) {
	if len(words) == 0 || len(words)%2 != 0 || len(words) > 2*mostPairs {
		return nil, false
	}
	for p := range slices.Chunk(words, 2) {
		out = append(out, [2]string{p[0], p[1]})
	}
	return out, true
}

// failed tells why a table was not changed; the first words are Asterisk's.
func (k realtimeCommands) failed(w io.Writer, what string, err error) bool {
	printf(w, "%s: %v\n", what, err)
	return false
}

func (k realtimeCommands) store(w io.Writer, args []string) bool {
	if len(args) < 1 {
		return usage(w)
	}
	row, ok := pairs(args[1:])
	if !ok {
		return usage(w)
	}
	if err := k.r.Store(args[0], row); err != nil {
		return k.failed(w, "Failed to store record", err)
	}
	fmt.Fprintln(w, "Stored RealTime record.")
	return true
}

func (k realtimeCommands) update(w io.Writer, args []string) bool {
	if len(args) != 5 {
		return usage(w)
	}
	return k.change(w, args[0], [][2]string{{args[1], args[2]}}, [2]string{args[3], args[4]})
}

func (k realtimeCommands) update2(w io.Writer, args []string) bool {
	at := slices.Index(args, "NULL")
	if at < 1 || len(args) != at+3 {
		return usage(w)
	}
	where, ok := pairs(args[1:at])
	if !ok {
		return usage(w)
	}
	return k.change(w, args[0], where, [2]string{args[at+1], args[at+2]})
}

func (k realtimeCommands) change(w io.Writer, family string, where [][2]string, set [2]string) bool {
	n, err := k.r.Change(family, where, set)
	if err != nil {
		return k.failed(w, "Failed to update", err)
	}
	printf(w, "Updated %d RealTime record%s.\n", n, more(n))
	return true
}

// Differs: Asterisk says "Removed 1 RealTime record." however many there were.
func (k realtimeCommands) destroy(w io.Writer, args []string) bool {
	if len(args) < 1 {
		return usage(w)
	}
	where, ok := pairs(args[1:])
	if !ok {
		return usage(w)
	}
	n, err := k.r.Destroy(args[0], where)
	if err != nil {
		return k.failed(w, "Failed to remove record", err)
	}
	printf(w, "Removed %d RealTime record%s.\n", n, more(n))
	return true
}

// more is the end of a word of which there are n.
func more(n int64) string {
	if n == 1 {
		return ""
	}
	return "s"
}
