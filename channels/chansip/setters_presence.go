package chansip

import (
	"strconv"
	"strings"
)

func setBusyLevel(r *optionReader, v string) {
	n, err := strconv.Atoi(v)
	if err != nil || n < 0 {
		r.bad(v, "a number")
		return
	}
	r.rare().BusyLevel = n
}

// mailboxName is "box@context"; the context is "default" where none is written.
func mailboxName(v string) string {
	v = strings.TrimSpace(v)
	if v != "" && !strings.Contains(v, "@") {
		v += "@default"
	}
	return v
}

// setMailbox adds to the list; several lines add up.
func setMailbox(r *optionReader, v string) {
	for _, w := range strings.Split(v, ",") {
		if w = mailboxName(w); w != "" {
			r.rare().Mailboxes = append(r.rare().Mailboxes, w)
		}
	}
}
