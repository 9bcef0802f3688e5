package sipconf

import (
	"slices"
	"strings"
)

func setBusyLevel(r *optionReader, v string) {
	n, err := r.integer(v)
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
		w = strings.TrimSpace(w)
		box, s := mailboxName(w), r.rare()
		if w == "" || slices.Contains(s.MailboxTexts, w) {
			continue
		}
		s.MailboxTexts = append(s.MailboxTexts, w)
		if !slices.Contains(s.Mailboxes, box) {
			s.Mailboxes = append(s.Mailboxes, box)
		}
	}
}

// setHasVoicemail gives an endpoint without a mailbox so far the one of its name.
func setHasVoicemail(r *optionReader, v string) {
	if r.truth(v) && len(r.p.Mailboxes) == 0 {
		setMailbox(r, mailboxName(r.p.Name))
	}
}
