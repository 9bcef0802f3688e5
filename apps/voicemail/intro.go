package voicemail

import "strings"

// counting is how a language tells how many messages there are. English is apart: it tells urgent
// ones as well.
// Differs: in the other languages urgent messages are told with the new ones; Asterisk is silent
// about them.
type counting struct {
	none   string // in place of all, where there is nothing; "": "you have" no messages
	one    string // the prompt of one; "": that of the number
	gender string // of numbers
	// shared: "message" comes once, behind the last number, and before it the words for new and
	// old, of one and of several; else each number has its own, with "message" where it belongs.
	shared       bool
	fresh, stale [2][]string
}

func several(one, many string) [2][]string {
	return [2][]string{{one}, {many}}
}

func around(word, message [2]string, before bool) [2][]string {
	if before {
		return [2][]string{{word[0], message[0]}, {word[1], message[1]}}
	}
	return [2][]string{{message[0], word[0]}, {message[1], word[1]}}
}

var (
	messageWords = [2]string{"vm-message", "vm-messages"}
	newSuffixed  = around([2]string{"vm-INBOXs", "vm-INBOX"}, messageWords, false)
	oldSuffixed  = around([2]string{"vm-Olds", "vm-Old"}, messageWords, false)
)

// languages that count in another way than English, by the beginning of their names; the longer
// ones first.
var languages = []struct {
	name string
	counting
}{
	{"de", counting{one: "digits/1F", shared: true, fresh: several("vm-INBOX", "vm-INBOX"), stale: several("vm-Old", "vm-Old")}},
	{"fr", counting{shared: true, fresh: several("vm-INBOX", "vm-INBOX"), stale: several("vm-Old", "vm-Old")}},
	{"nl", counting{shared: true, fresh: several("vm-INBOXs", "vm-INBOX"), stale: several("vm-Olds", "vm-Old")}},
	{"es", counting{none: "vm-youhaveno vm-messages", one: "digits/1M", fresh: newSuffixed, stale: oldSuffixed}},
	{"pt_BR", counting{none: "vm-nomessages", gender: "f", fresh: newSuffixed, stale: oldSuffixed}},
	{"pt", counting{gender: "f", fresh: newSuffixed, stale: oldSuffixed}},
	{"it", counting{none: "vm-no vm-message", one: "digits/un", fresh: around([2]string{"vm-nuovo", "vm-nuovi"}, messageWords, true),
		stale: around([2]string{"vm-vecchio", "vm-vecchi"}, messageWords, true)}},
	{"se", counting{one: "digits/ett", fresh: around([2]string{"vm-nytt", "vm-nya"}, messageWords, true),
		stale: around([2]string{"vm-gammalt", "vm-gamla"}, messageWords, true)}},
	{"no", counting{one: "digits/1", fresh: around([2]string{"vm-ny", "vm-nye"}, messageWords, true),
		stale: around([2]string{"vm-gamel", "vm-gamle"}, messageWords, true)}},
	{"da", counting{one: "digits/1", fresh: around([2]string{"vm-INBOX", "vm-INBOXs"}, messageWords, true),
		stale: around([2]string{"vm-Old", "vm-Olds"}, messageWords, true)}},
}

// introWords tells how many messages there are.
func (v *visit) introWords() []string {
	n, old := v.counts.New+v.counts.Urgent, v.counts.Old
	switch {
	case speaks(v, "pl"):
		return v.introPolish(n, old)
	case speaks(v, "ru"), speaks(v, "ua"):
		return v.introSlavic(n, old)
	}
	for _, l := range introsOf {
		if speaks(v, l.language) {
			return l.words(v, kinds(n, old))
		}
	}
	for _, l := range languages {
		if speaks(v, l.name) {
			return v.introIn(l.counting, n, old)
		}
	}
	return v.introEnglish()
}

// introIn is that in a language of the table.
func (v *visit) introIn(w counting, n, old int) []string {
	if n == 0 && old == 0 {
		if w.none != "" {
			return strings.Fields(w.none)
		}
		return []string{"vm-youhave", "vm-no", "vm-messages"}
	}
	out := []string{"vm-youhave"}
	counted := func(n int, forms [2][]string) {
		if n == 1 && w.one != "" {
			out = append(out, w.one)
		} else {
			out = append(out, v.voice().Number(n, w.gender)...)
		}
		out = append(out, forms[min(max(n-1, 0), 1)]...)
	}
	last := 0
	if n > 0 {
		counted(n, w.fresh)
		last = n
	}
	if n > 0 && old > 0 {
		out = append(out, "vm-and")
	}
	if old > 0 {
		counted(old, w.stale)
		last = old
	}
	if w.shared {
		out = append(out, messageWords[min(last-1, 1)])
	}
	return out
}

// introSlavic declines what is counted.
func (v *visit) introSlavic(n, old int) []string {
	out, last := []string{"vm-youhave"}, 0
	for _, p := range []struct {
		n    int
		name string
	}{{n, "vm-new"}, {old, "vm-old"}} {
		if p.n == 0 {
			continue
		}
		if last > 0 {
			out = append(out, "vm-and")
		}
		out = append(append(out, v.voice().Number(p.n, "n")...), v.voice().CountedAdjective(p.n, p.name, "n"))
		last = p.n
	}
	if last == 0 {
		out = append(out, "vm-no")
	}
	return append(out, v.voice().CountedNoun(last, "vm-message"))
}
