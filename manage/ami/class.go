package ami

import (
	"slices"
	"strconv"
	"strings"
)

// Class is what an event or an action is about; users may read and write some classes.
type Class uint32

// In the order in which Asterisk lists them.
const (
	ClassSystem Class = 1 << iota
	ClassCall
	ClassLog
	ClassVerbose
	ClassCommand
	ClassAgent
	ClassUser
	ClassConfig
	ClassDTMF
	ClassReporting
	ClassCDR
	ClassDialplan
	ClassOriginate
	ClassAGI
	ClassCC
	ClassAOC
	ClassTest
	ClassSecurity
	ClassMessage

	classAll = ClassMessage<<1 - 1
)

var classNames = []string{"system", "call", "log", "verbose", "command", "agent", "user", "config", "dtmf", "reporting", "cdr", "dialplan",
	"originate", "agi", "cc", "aoc", "test", "security", "message"}

// parseClasses reads a list such as "system,call" or "all"; unknown lists what it does not
// know.
func parseClasses(text string) (c Class, unknown []string) {
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' || r == '|' }) {
		switch word = strings.ToLower(word); word {
		case "all", "yes", "true", "on":
			c |= classAll
			continue
		case "none", "no", "off", "false", "0":
			continue
		}
		known := false
		for i, name := range classNames {
			if name == word {
				c |= 1 << i
				known = true
			}
		}
		if !known {
			unknown = append(unknown, word)
		}
	}
	return c, unknown
}

// parseMask reads the EventMask of an action: on and off, a number of bits, or a list of
// classes parted by commas, of which unknown ones are passed over.
func parseMask(text string) (c Class) {
	if n, err := strconv.ParseUint(text, 10, 32); err == nil {
		return Class(n) & classAll
	}
	for _, word := range strings.Split(strings.ToLower(text), ",") {
		switch word {
		case "all", "yes", "true", "on", "y", "t":
			return classAll
		}
		if i := slices.Index(classNames, word); i >= 0 {
			c |= 1 << i
		}
	}
	return c
}

// All says whether it is every class.
func (c Class) All() bool { return c&classAll == classAll }

// String is the list of the names, with "all" at its end, as Privilege lines have it.
func (c Class) String() string {
	if c == 0 {
		return "<none>"
	}
	var out []string
	for i, name := range classNames {
		if c&(1<<i) != 0 {
			out = append(out, name)
		}
	}
	return strings.Join(append(out, "all"), ",")
}
