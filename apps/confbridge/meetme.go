package confbridge

import (
	"fmt"
	"slices"
	"strings"

	"obelisk/dialplan"
	"obelisk/internal/config"
	"obelisk/pbx"
	"obelisk/pbx/prompt"
)

// MeetMe is what conferences were called before, with DAHDI. Its words are those of ConfBridge
// here; obelisk check says which.

// meetRooms is meetme.conf: conf => number[,pin[,admin's pin]].
type meetRooms struct{ pins map[string][2]string }

// readMeetMe reads meetme.conf, nil for one that is not there.
func readMeetMe(f *config.File) (m *meetRooms, diags []config.Diagnostic) {
	m = &meetRooms{pins: map[string][2]string{}}
	if f == nil {
		return m, nil
	}
	for _, s := range f.Visible() {
		for _, v := range s.Vars {
			if !strings.EqualFold(s.Name, "rooms") || !strings.EqualFold(v.Name, "conf") {
				if !strings.EqualFold(s.Name, "general") {
					diags = append(diags, config.Unsupported(v, s.Name))
				}
				continue
			}
			a := append(strings.Split(v.Value, ","), "", "")
			m.pins[strings.TrimSpace(a[0])] = [2]string{strings.TrimSpace(a[1]), strings.TrimSpace(a[2])}
		}
	}
	return m, diags
}

// meetWord is an option of MeetMe, and what it is in confbridge.conf.
type meetWord struct {
	letter byte
	as     string      // a line of a user; "" where it is nothing here
	set    func(*user) // nil: nothing
}

var meetWords = []meetWord{
	{'a', "admin = yes", func(u *user) { u.admin = true }},
	{'A', "marked = yes", func(u *user) { u.marked = true }},
	{'c', "announce_user_count = yes", func(u *user) { u.count = true }},
	{'i', "announce_join_leave_review = yes", func(u *user) { u.names, u.review = true, true }},
	{'I', "announce_join_leave = yes", func(u *user) { u.names = true }},
	{'l', "startmuted = yes", func(u *user) { u.startMuted = true }},
	{'m', "startmuted = yes", func(u *user) { u.startMuted = true }},
	{'M', "music_on_hold_when_empty = yes", func(u *user) { u.musicWhenEmpty = true }},
	{'o', "dsp_drop_silence = yes", func(u *user) { u.dropSilence = true }},
	{'q', "quiet = yes", func(u *user) { u.quiet = true }},
	{'T', "talk_detection_events = yes", func(u *user) { u.talkEvents = true }},
	{'w', "wait_marked = yes", func(u *user) { u.waitMarked = true }},
	{'x', "end_marked = yes", func(u *user) { u.endMarked = true }},
	{'1', "announce_only_user = no", func(u *user) { u.onlyUser = false }},
	{'F', "dtmf_passthrough = yes", func(u *user) { u.passDigits = true }},
	{'r', "record_conference = yes (of the bridge)", nil},
	{'s', "a menu", nil}, {'p', "a menu with leave_conference", nil}, {'X', "a menu with dialplan_exec", nil},
}

const meetLetters = "aAbcCdDeEFGiIkKlLmMnopPqrsSTtuvwxX1"

// meetMenu is that of MeetMe's option s and of #, as far as there is something of its kind.
var meetMenu = func() *menu {
	m := &menu{name: "meetme"}
	for _, e := range [][2]string{{"*1", "toggle_mute"}, {"*4", "decrease_listening_volume"}, {"*5", "leave_conference"},
		{"*6", "increase_listening_volume"}, {"*7", "decrease_talking_volume"}, {"*9", "increase_talking_volume"},
		{"*2", "admin_toggle_conference_lock"}, {"*3", "admin_kick_last"}} {
		m, _ = m.with(e[0], e[1])
	}
	return m.compiled(0)
}()

var leaveMenu = func() *menu {
	m, _ := (&menu{name: "meetme"}).with("#", "leave_conference")
	return m.compiled(0)
}()

func (m *Module) meetApps() []pbx.App {
	return []pbx.App{
		{Name: "MeetMe", Synopsis: "ConfBridge by its old name", Usage: "MeetMe(conference[,options[,pin]])\n  it is ConfBridge here; its " +
			"options are those of a user of confbridge.conf: a A c i I l m M o q T w x 1 F, r records,\n  s has the menu of its keys, p leaves " +
			"by #. The PINs are those of meetme.conf", Check: checkMeet, Exec: m.meetMe},
		{Name: "MeetMeCount", Synopsis: "How many there are in a conference", Usage: "MeetMeCount(conference[,variable]): says it, or sets " +
			"the variable; CONFBRIDGE_INFO(parties,conference) reads it too", Exec: m.meetCount},
		{Name: "MeetMeAdmin", Synopsis: "Commands for a conference", Usage: "MeetMeAdmin(conference,command)\n  L and l lock and unlock it; " +
			"K puts all out, e who came last; N and n mute all who are no admins, and end that", Exec: m.meetAdmin},
	}
}

// meetOptions reads MeetMe's options into a user.
func meetOptions(text string, u *user) (o dialplan.Options, notes []string) {
	o = dialplan.ParseOptions(text, meetLetters)
	for _, w := range meetWords {
		if !o.Has(w.letter) {
			continue
		}
		if w.set != nil {
			w.set(u)
		}
		notes = append(notes, fmt.Sprintf("%c is '%s'", w.letter, w.as))
	}
	return o, notes
}

// checkMeet says what MeetMe's words are in ConfBridge's.
func checkMeet(args string) (out []string) {
	f := append(dialplan.SplitArgs(args, 3), "", "", "")
	if strings.Contains(f[1], "$") { // a call says which
		f[1] = ""
	}
	o, notes := meetOptions(f[1], newUser(""))
	text := "it is ConfBridge(" + f[0] + ") here"
	if len(notes) > 0 {
		text += ", with a user of confbridge.conf of which " + strings.Join(notes, ", ")
	}
	out = append(out, text)
	for i := range len(meetLetters) {
		l := meetLetters[i]
		if o.Has(l) && !slices.ContainsFunc(meetWords, func(w meetWord) bool { return w.letter == l }) {
			out = append(out, fmt.Sprintf("option %c has no effect", l))
		}
	}
	return append(out, o.Problems...)
}

func (m *Module) meetMe(c *pbx.Channel, args string) dialplan.Result {
	f := append(dialplan.SplitArgs(args, 3), "", "", "")
	k := m.config.Load()
	if f[0] == "" {
		a := m.play.Digits(c, meetAsk)
		if f[0] = a.Digits; f[0] == "" {
			return dialplan.End
		}
	}
	if r, away := m.visits(c, f[0], "MeetMe", strings.Join(f[:3], ",")); away {
		return r
	}
	b, u := *k.bridge(defaultBridge), *k.user(defaultUser)
	o, _ := meetOptions(f[1], &u)
	b.record = b.record || o.Has('r')
	pins := m.meetme.Load().pins[f[0]]
	if u.pin = pins[0]; f[2] != "" {
		u.pin = f[2]
	}
	if u.admin && pins[1] != "" {
		u.pin = pins[1]
	}
	own := m.ownOf(c)
	switch {
	case o.Has('s'):
		own.menu = meetMenu
	case o.Has('p'):
		own.menu = leaveMenu
	}
	m.keep(c, own)
	return m.come(c, f[0], &b, &u, "")
}

func (m *Module) meetCount(c *pbx.Channel, args string) dialplan.Result {
	f := append(dialplan.SplitArgs(args, 2), "", "")
	n := 0
	if r := m.find(f[0]); r != nil {
		r.mu.Lock()
		n = r.count(anybody)
		r.mu.Unlock()
	}
	if f[1] != "" {
		c.SetVar(f[1], fmt.Sprint(n))
		return dialplan.Continue
	}
	c.Answer()
	m.play.List(c, m.play.Voice(c, "").Number(n, ""), plain)
	return dialplan.Continue
}

func (m *Module) meetAdmin(c *pbx.Channel, args string) dialplan.Result {
	f := append(dialplan.SplitArgs(args, 3), "", "", "")
	r := m.find(f[0])
	status := "OK"
	switch {
	case r == nil:
		c.SetVar("MEETMEADMINSTATUS", "FAILURE")
		return dialplan.Continue
	case f[1] == "L", f[1] == "l":
		r.lock(f[1] == "L")
	case f[1] == "K":
		r.kick("all")
	case f[1] == "N", f[1] == "n":
		r.mute("participants", f[1] == "N")
	case f[1] == "e":
		r.with(func(t *told) {
			for _, x := range slices.Backward(r.active) {
				if !x.u.admin {
					r.putOut(t, x, resultKicked)
					return
				}
			}
		})
	default:
		c.Warn("MeetMeAdmin: command '" + f[1] + "' is not here")
		status = "FAILURE"
	}
	c.SetVar("MEETMEADMINSTATUS", status)
	return dialplan.Continue
}

// meetAsk asks for the number of a conference; plain is how it is said.
var (
	meetAsk = prompt.Ask{Prompts: []string{"conf-getconfno"}, Ends: "#", Most: longestName}
	plain   = prompt.How{}
)
