package confbridge

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/internal/config"
	"obelisk/media"
)

// menu is a menu profile: what keys do. It does not change once it is used.
type menu struct {
	name    string
	entries []entry // in the order of the file
	table   *media.KeyTable
}

// entry is what one sequence of keys does.
type entry struct {
	keys    string
	text    string // as it is written
	actions []action
}

// action is one thing that is done; arg is what is in parentheses.
type action struct{ word, arg string }

// what there is, and whether it takes something in parentheses.
var words = map[string]bool{
	"no_op": false, "toggle_mute": false, "leave_conference": false, "participant_count": false,
	"playback": true, "playback_and_continue": true, "dialplan_exec": true,
	"increase_listening_volume": false, "decrease_listening_volume": false, "reset_listening_volume": false,
	"increase_talking_volume": false, "decrease_talking_volume": false, "reset_talking_volume": false,
	"admin_kick_last": false, "admin_toggle_conference_lock": false, "admin_toggle_mute_participants": false,
	"set_as_single_video_src": false, "release_as_single_video_src": false, "toggle_binaural": false,
}

var keySequence = regexp.MustCompile(`^[0-9A-D*#]+$`)

// Bounds of what a dialplan can make a channel keep.
const (
	mostEntries = 200
	mostActions = 50
)

// readActions reads "word(argument),word".
func readActions(text string) (out []action, err error) {
	known := make([]string, 0, len(words))
	for w := range words {
		known = append(known, w)
	}
	for _, part := range splitActions(text) {
		word, arg := strings.TrimSpace(part), ""
		open := strings.IndexByte(word, '(')
		if open >= 0 {
			if !strings.HasSuffix(word, ")") {
				return nil, fmt.Errorf("')' is missing in '%s'", part)
			}
			word, arg = strings.TrimSpace(word[:open]), strings.TrimSpace(word[open+1:len(word)-1])
		}
		word = strings.ToLower(word)
		takes, there := words[word]
		switch {
		case !there:
			return nil, fmt.Errorf("there is no action '%s'%s", word, config.DidYouMean(word, known))
		case takes && arg == "":
			return nil, fmt.Errorf("%s takes something in parentheses", word)
		case len(out) == mostActions:
			return nil, fmt.Errorf("there are more than %d actions", mostActions)
		}
		if word == "dialplan_exec" {
			if _, err := place(arg); err != nil {
				return nil, err
			}
		}
		out = append(out, action{word, arg})
	}
	return out, nil
}

// splitActions cuts at the commas that are in no parentheses.
func splitActions(text string) (out []string) {
	depth, from := 0, 0
	for i := range len(text) {
		switch text[i] {
		case '(':
			depth++
		case ')':
			depth--
		case ',':
			if depth <= 0 {
				out, from = append(out, text[from:i]), i+1
			}
		}
	}
	return append(out, text[from:])
}

// place reads "context,extension,priority" of dialplan_exec.
func place(text string) (at dialplan.Location, err error) {
	f := strings.Split(text, ",")
	if len(f) != 3 {
		return at, fmt.Errorf("dialplan_exec takes a context, an extension and a priority")
	}
	n, err := strconv.Atoi(strings.TrimSpace(f[2]))
	if err != nil || n < 1 {
		return at, fmt.Errorf("dialplan_exec takes a number as priority, not '%s'", f[2])
	}
	return dialplan.Location{Context: strings.TrimSpace(f[0]), Exten: strings.TrimSpace(f[1]), Priority: n}, nil
}

// with is the menu with an entry more, or in place of one.
func (m *menu) with(keys, text string) (*menu, error) {
	if !keySequence.MatchString(keys) || len(keys) > 32 {
		return nil, fmt.Errorf("'%s' is no sequence of up to 32 keys of 0123456789ABCD*#", keys)
	}
	actions, err := readActions(text)
	if err != nil {
		return nil, err
	}
	parts := splitActions(text)
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	next := &menu{name: m.name}
	for _, e := range m.entries {
		if e.keys != keys {
			next.entries = append(next.entries, e)
		}
	}
	if len(next.entries) == mostEntries {
		return nil, fmt.Errorf("it has %d entries already", mostEntries)
	}
	next.entries = append(next.entries, entry{keys, strings.Join(parts, ", "), actions})
	return next, nil
}

// compiled makes the table of its keys. wait is how long the next key may take.
func (m *menu) compiled(wait time.Duration) *menu {
	codes := map[string]int{}
	for i, e := range m.entries {
		codes[e.keys] = i
	}
	if len(codes) > 0 {
		m.table, _ = media.NewKeyTable(codes, wait)
	}
	return m
}

// entry is the one of a sequence, nil for none; more says whether a longer one begins so.
func (m *menu) entry(keys string) (found *entry, more bool) {
	for i := range m.entries {
		e := &m.entries[i]
		if e.keys == keys {
			found = e
		} else if strings.HasPrefix(e.keys, keys) {
			more = true
		}
	}
	return found, more
}
