package confbridge

import (
	"fmt"
	"io"
	"strings"

	"obelisk/internal/printable"
)

// How the console shows profiles: line by line as Asterisk does.

// row is a line of a profile.
type row struct{ label, value string }

func print(w io.Writer, rows []row) {
	fmt.Fprintln(w, "--------------------------------------------")
	for _, r := range rows {
		printable.Fprintf(w, "%s%s\n", r.label, r.value)
	}
	fmt.Fprintln(w)
}

// pick is one of two words.
func pick(on bool, yes, no string) string {
	if on {
		return yes
	}
	return no
}

func enabled(on bool) string { return pick(on, "enabled", "disabled") }
func whether(on bool) string { return pick(on, "true", "false") }

func (m *Module) cmdUser(w io.Writer, a []string) bool {
	if len(a) != 1 {
		return misused(w, "confbridge show profile user")
	}
	u := m.config.Load().user(a[0])
	if u == nil {
		printable.Fprintf(w, "No conference user profile named '%s' found!\n", a[0])
		return true
	}
	class, pin, names := u.musicClass, u.pin, enabled(u.names)
	if class == "" {
		class = "default"
	}
	if pin == "" {
		pin = "None"
	}
	if u.review {
		names = "enabled (with review)"
	}
	print(w, []row{
		{"Name:                    ", u.name},
		{"Admin:                   ", whether(u.admin)},
		{"Send Events:             ", whether(u.sendEvents)},
		{"Echo Events:             ", whether(u.echoEvents)},
		{"Marked User:             ", whether(u.marked)},
		{"Start Muted:             ", whether(u.startMuted)},
		{"MOH When Empty:          ", enabled(u.musicWhenEmpty)},
		{"MOH Class:               ", class},
		{"Announcement:            ", u.announcement},
		{"Quiet:                   ", enabled(u.quiet)},
		{"Hear Join:               ", enabled(u.hearOwnJoin)},
		{"Wait Marked:             ", enabled(u.waitMarked)},
		{"END Marked (All):        ", enabled(u.endMarked)},
		{"END Marked (Any):        ", enabled(u.endAny)},
		{"Drop_silence:            ", enabled(u.dropSilence)},
		{"Silence Threshold:       ", fmt.Sprintf("%dms", u.silence.Milliseconds())},
		{"Talking Threshold:       ", fmt.Sprint(u.talking)},
		{"Denoise:                 ", enabled(u.denoise)},
		{"Jitterbuffer:            ", enabled(u.jitterBuffer)},
		{"Talk Detect Events:      ", enabled(u.talkEvents)},
		{"DTMF Pass Through:       ", enabled(u.passDigits)},
		{"PIN:                     ", pin},
		{"Announce User Count:     ", enabled(u.count)},
		{"Announce join/leave:     ", names},
		{"Announce User Count all: ", enabled(u.countAll >= 0)},
		{"Text Messaging:          ", enabled(u.texts)},
		{"Answer Channel:          ", whether(u.answer)},
	})
	return true
}

func (m *Module) cmdBridge(w io.Writer, a []string) bool {
	if len(a) != 1 {
		return misused(w, "confbridge show profile bridge")
	}
	b := m.config.Load().bridge(a[0])
	if b == nil {
		printable.Fprintf(w, "No conference bridge profile named '%s' found!\n", a[0])
		return true
	}
	number := func(n int, none string) string {
		if n == 0 {
			return none
		}
		return fmt.Sprint(n)
	}
	file, video := b.recordFile, b.video
	if file == "" {
		file = "Auto Generated"
	}
	if video == "none" {
		video = "no video"
	}
	rows := []row{
		{"Name:                 ", b.name},
		{"Language:             ", b.language},
		{"Internal Sample Rate: ", number(b.rate, "auto")},
		{"Maximum Sample Rate: ", number(b.maximumRate, "none")},
		{"Mixing Interval:      ", fmt.Sprint(b.interval)},
		{"Record Conference:    ", strings.ToLower(yesNo(b.record))},
		{"Record File Append:    ", strings.ToLower(yesNo(b.append))},
		{"Record File Timestamp: ", strings.ToLower(yesNo(b.timestamp))},
		{"Record File:          ", file},
		{"Record Options:       ", b.recordOptions},
		{"Record Command:       ", b.recordCommand},
		{"Max Members:          ", number(b.maxMembers, "No Limit")},
		{"Registration context: ", b.regContext},
		{"Video Mode:           ", video},
		{"Video Update Discard: ", fmt.Sprint(b.videoDiscard)},
		{"REMB Send Interval: ", fmt.Sprint(b.rembInterval)},
		{"REMB Behavior:           ", b.rembBehavior},
		{"Enable Events:             ", strings.ToLower(yesNo(b.events))},
	}
	for _, s := range soundRows {
		rows = append(rows, row{s.shown, b.sound(s.option)})
	}
	print(w, rows)
	return true
}

func (m *Module) cmdMenu(w io.Writer, a []string) bool {
	if len(a) != 1 {
		return misused(w, "confbridge show menu")
	}
	x := m.config.Load().menu(a[0])
	if x == nil {
		printable.Fprintf(w, "No conference menu named '%s' found!\n", a[0])
		return true
	}
	printable.Fprintf(w, "Name: %s\n", x.name)
	for _, e := range x.entries {
		printable.Fprintf(w, "%s=%s\n", e.keys, e.text)
	}
	return true
}
