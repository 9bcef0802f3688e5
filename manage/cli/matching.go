package cli

import (
	"io"
	"sync/atomic"
)

// Commands about what Asterisk chooses from or counts, and what is one thing here, so that scripts that give them
// go on.

// addMatching adds them.
func (c *Console) addMatching() {
	c.Add([]Command{
		{"dialplan set extenpatternmatchnew true", "there is one way to find extensions here, and it is fast", matcher(true)},
		{"dialplan set extenpatternmatchnew false", "there is one way to find extensions here, and it is fast", matcher(false)},
		{"core show profile", "Asterisk's counters for its developers: there are none here", noProfile},
		{"core clear profile", "Asterisk's counters for its developers: there are none here", nothing},
		{"keys show", "RSA keys for IAX and DUNDi, which are not here", noKeys},
		{"keys init", "RSA keys for IAX and DUNDi, which are not here", nothing},
	}...)
}

// newMatcher is what was asked for last; consoles are made anew for each command.
var newMatcher atomic.Bool

// matcher answers as Asterisk; extensions are found as before.
func matcher(newer bool) func(io.Writer, []string) bool {
	return func(w io.Writer, _ []string) bool {
		done, name := "Switched to", "OLD"
		if newMatcher.Swap(newer) == newer {
			done = "Still"
		}
		if newer {
			name = "NEW"
		}
		printf(w, "\n    -- %s using the %s pattern match algorithm for extension names in the dialplan.\n", done, name)
		return true
	}
}

func noProfile(w io.Writer, _ []string) bool {
	printf(w, "profile values (0, allocated 0)\n-------------------\n%6s%11s%12s%13s%13s  %s\n", "ID", "Scale", "Events", "Value", "Average",
		"Name")
	return true
}

func noKeys(w io.Writer, _ []string) bool {
	const format = "%-18s %-8s %-16s %-33s\n"
	printf(w, format, "Key Name", "Type", "Status", "Sum")
	printf(w, format, "------------------", "--------", "----------------", "--------------------------------")
	printf(w, "\n0 known RSA keys.\n")
	return true
}

func nothing(io.Writer, []string) bool { return true }
