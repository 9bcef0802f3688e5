package confbridge

import (
	"fmt"
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/internal/config"
	"obelisk/pbx"
)

// Check implements pbx.Checked: whether what profiles and menus name is there.
func (n *next) Check(w pbx.Whole) []config.Diagnostic {
	k := &checker{Whole: w, c: n.c}
	if f := w.File("confbridge.conf"); f != nil {
		for _, s := range f.Visible() {
			k.section(s)
		}
	}
	return k.out
}

type checker struct {
	pbx.Whole
	c   *Config
	out []config.Diagnostic
}

func (k *checker) say(pos config.Pos, format string, args ...any) {
	k.out = append(k.out, config.Diagnostic{Pos: pos, Text: fmt.Sprintf(format, args...)})
}

// idle are options that are read and have no effect, when they are set to something.
var idle = map[string]string{
	"denoise":         "noise is not taken out",
	"jitterbuffer":    "every member has a jitter buffer anyway",
	"mixing_interval": "it mixes every 20 ms",
	"binaural_active": "there is no stereo",
}

// section looks at what one names.
func (k *checker) section(s *config.Section) {
	kind, _ := kindOf(s)
	for _, v := range s.Vars {
		name, on := strings.ToLower(v.Name), true
		if b, ok := config.Bool(v.Value); ok {
			on = b
		}
		switch {
		case kind == "menu" && keySequence.MatchString(v.Name):
			k.actions(s.Name, v)
		case kind == "bridge" && name == "regcontext":
			k.context(v.Pos, v.Value, "bridge '"+s.Name+"': regcontext")
		case kind == "bridge" && name == "video_mode" && strings.EqualFold(v.Value, "sfu"):
			k.say(v.Pos, "bridge '%s': video_mode = sfu is not here: nobody is seen; follow_talker shows who talks", s.Name)
		case kind != "menu" && idle[name] != "" && on && v.Value != "20":
			k.out = append(k.out, config.Diagnostic{Pos: v.Pos, Severity: config.Note, Text: name + " has no effect: " + idle[name]})
		case kind == "user" && name == "pin" && strings.Trim(v.Value, "0123456789*#") != "":
			k.say(v.Pos, "user '%s': nobody can type the PIN '%s'", s.Name, v.Value)
		case kind == "user" && name == "pin" && strings.Contains(v.Value, "#"):
			k.say(v.Pos, "user '%s': # ends what is typed and cannot be a part of a PIN", s.Name)
		}
	}
	switch kind {
	case "menu":
		k.hidden(s)
	case "user":
		k.user(s)
	}
}

// hidden tells of sequences that never come: a shorter one begins them and is done at once.
func (k *checker) hidden(s *config.Section) {
	m := k.c.menu(s.Name)
	if m == nil {
		return
	}
	for _, v := range s.Vars {
		for _, e := range m.entries {
			if v.Name != e.keys && strings.HasPrefix(v.Name, e.keys) && keySequence.MatchString(v.Name) && !e.goesOn() {
				k.say(v.Pos, "menu '%s': %s never comes: %s is done as soon as it is pressed (playback_and_continue goes on)", s.Name, v.Name, e.keys)
				break
			}
		}
	}
}

// goesOn says whether further keys go on with an entry.
func (e *entry) goesOn() bool {
	for _, a := range e.actions {
		if a.word == "playback_and_continue" {
			return true
		}
	}
	return false
}

// user looks whether options of one go together.
func (k *checker) user(s *config.Section) {
	u := k.c.user(s.Name)
	if u == nil || u.name != s.Name {
		return
	}
	if u.marked && u.waitMarked {
		k.say(s.Pos, "user '%s': one who is marked never waits: wait_marked has no effect", s.Name)
	}
	if u.echoEvents && !u.sendEvents {
		k.say(s.Pos, "user '%s': echo_events without send_events has no effect", s.Name)
	}
}

// actions looks at what a sequence of keys does.
func (k *checker) actions(menu string, v config.Var) {
	list, err := readActions(v.Value)
	if err != nil {
		return // told already
	}
	for _, a := range list {
		if a.word == "toggle_binaural" {
			k.say(v.Pos, "menu '%s': toggle_binaural has no effect: there is no stereo", menu)
		}
		if a.word != "dialplan_exec" || k.Plan() == nil {
			continue
		}
		if at, err := place(a.arg); err == nil {
			if _, ok := k.Plan().Find(at.Context, at.Exten, at.Priority, dialplan.Query{Now: time.Now()}); !ok {
				k.say(v.Pos, "menu '%s': there is no priority %d of extension '%s' in context '%s'", menu, at.Priority, at.Exten, at.Context)
			}
		}
	}
}

// context looks whether one is in the dialplan.
func (k *checker) context(pos config.Pos, name, by string) {
	p := k.Plan()
	if p == nil || name == "" || p.Contexts[name] != nil {
		return
	}
	var known []string
	for _, x := range p.Order {
		known = append(known, x.Name)
	}
	k.say(pos, "%s: there is no context '%s' in extensions.conf%s", by, name, config.DidYouMean(name, known))
}

// Names implements pbx.Naming: classes of music.
func (n *next) Names(kind string) (out []pbx.Reference) {
	if kind != pbx.NamedMusic {
		return nil
	}
	for _, u := range n.c.users {
		if u.musicClass != "" {
			out = append(out, pbx.Reference{Name: u.musicClass, Pos: u.musicAt, By: "user '" + u.name + "' of confbridge.conf"})
		}
	}
	return out
}

// Options implements pbx.Optioned.
func (m *Module) Options() []config.OptionRow {
	out := append(userTable.Rows(), bridgeTable.Rows()...)
	return append(out, config.OptionRow{File: "confbridge.conf", Section: "a menu", Name: "keys", Takes: "actions", Status: "in effect",
		Help: "what a sequence of keys does: playback(f&f), playback_and_continue(f), toggle_mute, participant_count, leave_conference, " +
			"dialplan_exec(context,exten,priority), no_op, increase, decrease and reset of _listening_volume and _talking_volume, " +
			"set_as_single_video_src, release_as_single_video_src, admin_kick_last, admin_toggle_conference_lock, admin_toggle_mute_participants"})
}
