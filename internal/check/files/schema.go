// Package files judges the files beside sip.conf and extensions.conf: what lines they may have
// is data (schema/*.txt), what lines mean together is a function for each file. A module that
// checks its own file takes the rules of it over.
package files

import (
	"embed"
	"fmt"
	"strings"
	"sync"

	"obelisk/internal/check/look"
	"obelisk/internal/config"
)

//go:embed schema/*.txt
var texts embed.FS

// option is a kind of line.
type option struct {
	name  string
	kind  string // bool, int, enum, ...; see kinds
	extra string // what stands behind the colon: 1-100, yes|no
}

// section is a kind of section.
type section struct {
	name    string // "*": all that have no kind of their own; "*user": of that type
	open    bool   // any line may stand there
	loose   bool   // what it does not know costs that line only, whatever the file does
	gone    bool
	options map[string]option
	order   []string
}

// schema is what lines a file may have.
type schema struct {
	file     string
	rejects  bool // one line that it does not know has Asterisk refuse the file
	sections []*section
}

var schemas = sync.OnceValue(func() (out []*schema) {
	names, _ := texts.ReadDir("schema")
	for _, n := range names {
		data, err := texts.ReadFile("schema/" + n.Name())
		if err != nil {
			panic(err) // embedded: it is there
		}
		out = append(out, readSchemas(string(data))...)
	}
	return out
})

// readSchemas reads "file NAME ignores|rejects", "[section] open|loose|gone", "option kind:extra".
func readSchemas(text string) (out []*schema) {
	var in *section
	for _, line := range strings.Split(text, "\n") {
		f := strings.Fields(line)
		switch {
		case len(f) == 0:
		case f[0] == "file":
			out = append(out, &schema{file: f[1], rejects: f[2] == "rejects"})
		case strings.HasPrefix(f[0], "["):
			in = &section{name: strings.Trim(f[0], "[]"), options: map[string]option{}}
			word := strings.Join(f[1:], " ")
			in.open, in.loose, in.gone = word == "open", word == "loose", word == "gone"
			s := out[len(out)-1]
			s.sections = append(s.sections, in)
		default:
			kind, extra, _ := strings.Cut(f[1], ":")
			in.options[strings.ToLower(f[0])] = option{f[0], kind, extra}
			in.order = append(in.order, f[0])
		}
	}
	return out
}

// of is the kind of section that a section is; nil for one that has no place in the file.
func (s *schema) of(x *config.Section) *section {
	var rest *section
	for _, k := range s.sections {
		switch kind, typed := strings.CutPrefix(k.name, "*"); {
		case !typed && strings.EqualFold(k.name, x.Name):
			return k
		case typed && kind == "":
			rest = k
		case typed && strings.EqualFold(x.Get("type"), kind):
			return k
		}
	}
	return rest
}

// Lines judges the lines of every file that has a schema, but of those that a module reads.
func lines(l *look.Look) {
	for _, s := range schemas() {
		f := l.File(s.file)
		if f == nil {
			continue
		}
		seen := map[config.Pos]bool{}
		for _, x := range f.Sections {
			k := s.of(x)
			if k == nil || k.open || x.Template && k.name == "*" && s.file != "queues.conf" {
				continue
			}
			if k.gone {
				l.Say("file-section-old", x.Pos, "", "section [%s] of %s is of old versions: nothing is read of it, and what it says is ignored",
					x.Name, s.file)
				continue
			}
			for _, v := range x.Vars {
				if !seen[v.Pos] {
					seen[v.Pos] = true
					(&liner{l, s, k, x}).line(v)
				}
			}
		}
	}
}

// liner looks at the lines of one section.
type liner struct {
	*look.Look
	s *schema
	k *section
	x *config.Section
}

// spoken are files whose modules tell of unknown lines and bad values by themselves.
var spoken = map[string]bool{"queues.conf": true, "voicemail.conf": true, "musiconhold.conf": true, "amd.conf": true, "ccss.conf": true,
	"rtp.conf": false}

func (i *liner) line(v config.Var) {
	name := strings.ToLower(v.Name)
	if strings.HasPrefix(name, "eventfilter(") { // its criteria stand there, since Asterisk 20.12
		name = "eventfilter"
	}
	o, ok := i.k.options[name]
	switch {
	case !ok && i.other(v):
	case !ok:
		i.unknown(v)
	case o.kind == "gone":
		hint := ""
		if o.extra != "" {
			hint = o.extra
		}
		i.Say("file-option-old", v.Pos, hint, "option '%s' of %s is of old versions, and has no effect: it is ignored", v.Name, i.s.file)
	case o.kind == "moved":
		i.Say("file-option-moved", v.Pos, "into "+o.extra,
			"option '%s' is in %s since Asterisk 12: here it is ignored, with a warning, and has no effect", v.Name, o.extra)
	default:
		i.value(o, v)
	}
}

// refused is what becomes of a file with a line that it does not know.
func (i *liner) refused() string {
	switch {
	case i.s.file == "modules.conf":
		return ", and Asterisk ends at once: it does not start"
	case i.rejects():
		return ", and Asterisk does not load " + i.s.file + " at all"
	}
	return ""
}

// rejects says whether a line that it does not know has Asterisk refuse the file.
func (i *liner) rejects() bool { return i.s.rejects && !i.k.loose }

// other says whether an option that is in no list is none all the same.
func (i *liner) other(v config.Var) bool {
	name := strings.ToLower(v.Name)
	switch i.s.file {
	case "confbridge.conf":
		if strings.HasPrefix(name, "sound_") {
			i.prompt(v, v.Value)
			return true
		}
	case "voicemail.conf":
		return strings.HasPrefix(name, "vm-") || strings.HasPrefix(name, "imap")
	}
	return false
}

func (i *liner) unknown(v config.Var) {
	// Where it belongs, if anywhere.
	for _, k := range i.s.sections {
		if _, ok := k.options[strings.ToLower(v.Name)]; ok && k != i.k && !k.open {
			where := "[" + k.name + "]"
			if strings.HasPrefix(k.name, "*") {
				where = "a section of its own"
			}
			i.Say("file-option-place", v.Pos, "into "+where,
				"option '%s' belongs into %s of %s, and has no effect in [%s]: it is unknown here and ignored%s", v.Name, where, i.s.file, i.x.Name,
				i.refused())
			return
		}
	}
	hint := ""
	if meant := byHeart[i.s.file+" "+strings.ToLower(v.Name)]; meant != "" {
		hint = "did you mean '" + meant + "'?"
	} else {
		hint = look.Like(v.Name, i.k.order)
	}
	if i.rejects() {
		i.SayAs(config.Error, "file-option-unknown", v.Pos, hint, "unknown option '%s' in [%s]: there is no such option%s", v.Name, i.x.Name,
			i.refused())
		return
	}
	i.Say("file-option-unknown", v.Pos, hint, "unknown option '%s' in [%s]: there is no such option in %s, it is ignored without a word",
		v.Name, i.x.Name, i.s.file)
}

// byHeart are names that people write from memory, and what they mean.
var byHeart = map[string]string{
	"voicemail.conf maxmessage": "maxsecs", "voicemail.conf minmessage": "minsecs", "voicemail.conf maxmessages": "maxmsg",
	"voicemail.conf email": "serveremail", "voicemail.conf fromemail": "serveremail", "voicemail.conf from": "fromstring",
	"queues.conf ringtimeout": "timeout", "queues.conf moh": "musicclass", "queues.conf music": "musicclass", "queues.conf ring": "strategy",
	"queues.conf agent": "member", "queues.conf queuemember": "member", "queues.conf announce-hold-time": "announce-holdtime",
	"manager.conf password": "secret", "manager.conf bindport": "port", "manager.conf bind": "bindaddr", "manager.conf enable": "enabled",
	"manager.conf permissions": "read", "manager.conf allow": "permit", "http.conf port": "bindport", "http.conf enable": "enabled",
	"http.conf bind": "bindaddr", "rtp.conf start": "rtpstart", "rtp.conf end": "rtpend", "rtp.conf portstart": "rtpstart",
	"rtp.conf portend": "rtpend", "rtp.conf stun": "stunaddr", "confbridge.conf music": "music_on_hold_class",
	"confbridge.conf maxmembers": "max_members", "confbridge.conf record": "record_conference", "confbridge.conf moderator": "admin",
	"confbridge.conf password": "pin", "confbridge.conf mute": "startmuted", "features.conf transfer": "blindxfer",
	"features.conf attendedtransfer": "atxfer", "features.conf park": "parkcall", "features.conf pickup": "pickupexten",
	"features.conf record": "automixmon", "features.conf hangup": "disconnect", "res_parking.conf parkingspace": "parkpos",
	"res_parking.conf slots": "parkpos", "res_parking.conf timeout": "parkingtime", "res_parking.conf parkingcontext": "context",
	"res_parking.conf exten": "parkext", "res_parking.conf music": "parkedmusicclass", "musiconhold.conf dir": "directory",
	"musiconhold.conf path": "directory", "cdr.conf enabled": "enable", "cel.conf enabled": "enable", "cel.conf event": "events",
	"followme.conf moh": "musicclass", "agents.conf musicclass": "musiconhold", "agents.conf password": "the dialplan (Authenticate)",
}

func (i *liner) bad(v config.Var, hint, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if kind := i.k.options[strings.ToLower(v.Name)].kind; i.rejects() && kind != "bool" && kind != "digits" && kind != "code" {
		i.SayAs(config.Error, "file-value", v.Pos, hint, "'%s' is not a valid value of '%s': %s; Asterisk does not load %s at all", v.Value,
			v.Name, text, i.s.file)
		return
	}
	i.Say("file-value", v.Pos, hint, "'%s' is not a valid value of '%s': %s", v.Value, v.Name, text)
}
