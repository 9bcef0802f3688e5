package voicemail

import (
	"path/filepath"
	"slices"

	"obelisk/apps/voicemail/spool"
	"obelisk/pbx"
)

// message plays the current message: which it is, its envelope, its sound.
func (v *visit) message() key {
	v.starting = false
	if v.current < 0 || v.current > v.last() {
		return none
	}
	m := v.fresh()
	k := all(v, v.announced(m)...)
	if c := m.Get("category"); k == none && c != "" {
		all(v, c) // what interrupts a category interrupts nothing else
	}
	if k == none && v.box.Envelope {
		k = all(v, v.received(m)...)
	}
	if k == none && v.box.SayCID {
		k = v.sayCaller(m, false)
	}
	if k == none && v.box.SayDuration {
		k = all(v, v.lasting(m)...)
	}
	if k != none && k != '1' { // 1 goes on to the message
		return k
	}
	v.heard[v.current] = true
	return v.listen(m.Path, v.settings.Keys, v.settings.Skip)
}

// fresh is the current message with its text as it is now: programs write to it.
func (v *visit) fresh() *spool.Message {
	m := v.list[v.current]
	if t, err := spool.ReadText(m.Path + ".txt"); err == nil {
		m.Text = t
	}
	return m
}

// announced says which message comes.
func (v *visit) announced(m *spool.Message) (out []string) {
	middle := v.current > 0 && v.current < v.last()
	word := "vm-message"
	if speaks(v, "se") {
		word = "vm-meddelandet"
	}
	switch {
	case v.current == 0:
		out = append(out, "vm-first")
	case v.current == v.last():
		out = append(out, "vm-last")
	}
	if m.Flag() == flagUrgent {
		out = append(out, "vm-Urgent")
	}
	switch {
	case middle && speaks(v, "pl"):
		return append(append(out, polishOrdinal(v.current+1)...), word)
	case middle && (speaks(v, "he") || speaks(v, "vi")):
		return append(append(out, word), append([]string{"vm-number"}, v.voice().Number(v.current+1, "f")...)...)
	case middle:
		return append(append(out, word), v.voice().Number(v.current+1, "")...)
	}
	return append(out, word)
}

// lasting says how long a message is, from so many minutes on.
func (v *visit) lasting(m *spool.Message) []string {
	minutes := m.Seconds / 60
	if minutes < v.box.SayDurationMinutes || m.Get("duration") == "" {
		return nil
	}
	out := []string{"vm-duration"}
	if speaks(v, "pl") {
		return append(out, v.polishMinutes(minutes)...)
	}
	return append(append(out, v.voice().Number(minutes, "")...), "vm-minutes")
}

// sayCaller says who has left a message. asked: somebody wants to hear the number, and no
// recorded name takes its place outside the house.
func (v *visit) sayCaller(m *spool.Message, asked bool) key {
	number := pbx.ParseCallerID(m.CallerID()).Num
	if number == "" || number == "Unknown" {
		return all(v, "vm-unknown-caller")
	}
	if slices.Contains(v.settings.InternalContexts, m.Context()) {
		name := v.desk.store.Greeting(spool.Ref{Context: m.Context(), Box: number}, spool.Name)
		if (spool.Ref{Context: m.Context(), Box: number}).Valid() && spool.HasSound(name) {
			return all(v, "vm-from", name)
		}
		return all(v, append([]string{"vm-from-extension"}, v.voice().Digits(number)...)...)
	}
	name := filepath.Join(filepath.Dir(v.desk.store.Root()), "recordings", "callerids", filepath.Base(number))
	if !asked && spool.HasSound(name) {
		return all(v, "vm-from", name)
	}
	return all(v, append([]string{"vm-from-phonenumber"}, v.voice().Digits(number)...)...)
}
