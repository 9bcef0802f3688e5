package voicemail

import (
	"strings"
	"time"

	"obelisk/apps/voicemail/spool"
)

// speaks says whether the language of the call is one that begins so.
func speaks(c call, language string) bool {
	l := c.voice().Language
	return len(l) >= len(language) && strings.EqualFold(l[:len(language)], language)
}

// folderPhrase names a folder: its name and "messages", the other way round in some languages.
func (v *visit) folderPhrase(f spool.Folder) []string {
	name := "vm-" + f.String()
	switch {
	case speaks(v, "it"), speaks(v, "es"), speaks(v, "pt"):
		return []string{"vm-messages", name}
	case speaks(v, "he"), speaks(v, "vi"):
		return []string{name}
	}
	return []string{name, "vm-messages"}
}

// intro tells how many messages there are.
func (v *visit) intro() key {
	if v.box.TempGreetWarn && v.desk.store.HasGreeting(v.box.Ref, spool.Temporary) {
		all(v, "vm-tempgreetactive")
	}
	return all(v, v.introWords()...)
}

// introEnglish tells them in the order urgent, new, old.
func (v *visit) introEnglish() []string {
	type part struct {
		n    int
		name string
	}
	var parts []part
	for _, p := range []part{{v.counts.Urgent, "vm-Urgent"}, {v.counts.New, "vm-INBOX"}, {v.counts.Old, "vm-Old"}} {
		if p.n > 0 {
			parts = append(parts, p)
		}
	}
	out := []string{"vm-youhave"}
	if len(parts) == 0 {
		return append(out, "vm-no", "vm-messages")
	}
	for i, p := range parts {
		out = append(append(out, v.voice().Number(p.n, "")...), p.name)
		switch {
		case i < len(parts)-1:
			out = append(out, "vm-and")
		case p.n == 1:
			out = append(out, "vm-message")
		default:
			out = append(out, "vm-messages")
		}
	}
	return out
}

// browse plays the message, or says that there is none.
func (v *visit) browse() key {
	if v.last() >= 0 {
		return v.message()
	}
	return all(v, "vm-youhave", "vm-no", "vm-"+v.folder.String(), "vm-messages")
}

// help is the whole text of the menu.
func (v *visit) help() key {
	if v.starting {
		return none
	}
	if k := all(v, append(append([]string{"vm-onefor"}, v.folderPhrase(v.folder)...), "vm-opts")...); k != none {
		return k
	}
	return v.instructions(true)
}

// instructions tells the keys and waits for one, three times.
func (v *visit) instructions(full bool) key {
	for {
		k := all(v, v.instructionWords(full)...)
		if k == none {
			k = v.wait(6 * time.Second)
		}
		if k != none {
			return k
		}
		if v.repeats++; v.repeats > 2 {
			return timedOut
		}
	}
}

func (v *visit) instructionWords(full bool) (out []string) {
	suffix := ""
	if full {
		suffix = "-full"
	}
	if v.starting {
		if v.last() >= 0 {
			out = append(append(out, "vm-onefor"+suffix), v.folderPhrase(v.folder)...)
		}
		return append(out, "vm-opts"+suffix, "vm-helpexit")
	}
	if full {
		out = append(append(append(out, "vm-onefor-full"), v.folderPhrase(v.folder)...), "vm-opts-full")
	}
	wrap := v.box.MessageWrap && v.last() > 0
	if v.current != 0 || !v.urgent && v.counts.Urgent > 0 || wrap {
		out = append(out, "vm-prev")
	}
	if !full {
		out = append(out, "vm-advopts")
	}
	out = append(out, "vm-repeat")
	if v.current != v.last() || v.urgent && v.counts.New > 0 || wrap {
		out = append(out, "vm-next")
	}
	if !v.readOnly {
		if v.current >= 0 && v.current <= v.last() && v.deleted[v.current] {
			out = append(out, "vm-undelete")
		} else {
			out = append(out, "vm-delete")
		}
	}
	return append(out, "vm-toforward", "vm-savemessage", "vm-helpexit")
}

// dateFormats of the envelope, by language.
var dateFormats = []struct{ language, format string }{
	{"de", "'vm-received' Q 'digits/at' HM"}, {"gr", "'vm-received' q  H 'digits/kai' M "}, {"is", "'vm-received' Q 'digits/at' HM"},
	{"it", "'vm-received' q 'digits/at' 'digits/hours' k 'digits/e' M 'digits/minutes'"}, {"ja", "PHM q 'jp-ni' 'vm-received'"},
	{"nl", "'vm-received' q 'digits/nl-om' HM"}, {"no", "'vm-received' Q 'digits/at' HM"}, {"pl", "'vm-received' Q HM"},
	{"pt_BR", "'vm-received' Ad 'digits/pt-de' B 'digits/pt-de' Y 'digits/pt-as' HM "}, {"se", "'vm-received' dB 'digits/at' k 'and' M"},
	{"zh", "qR 'vm-received'"}, {"vi", "'vm-received' A 'digits/day' dB 'digits/year' Y 'digits/at' k 'hours' M 'minutes'"},
}

// received says when a message was left.
func (v *visit) received(m *spool.Message) []string {
	if m.Origin.IsZero() {
		return nil
	}
	format, at := "'vm-received' q 'digits/at' IMp", time.Local
	if z := v.settings.zone(v.box); z != nil {
		format, at = z.Format, v.settings.location(v.box)
	} else {
		for _, f := range dateFormats {
			if speaks(v, f.language) {
				format = f.format
				break
			}
		}
	}
	names, err := v.voice().Date(m.Origin.In(at), v.desk.now().In(at), format)
	if err != nil {
		v.warn("voicemail: the date of a message cannot be said: " + err.Error())
	}
	return names
}
