package plan

import (
	"regexp"
	"slices"
	"strings"

	"obelisk/dialplan"
	"obelisk/internal/check/look"
	"obelisk/internal/logs"
	"obelisk/pbx"
)

// asked are functions that take one of some words, and which argument it is.
var asked = map[string]struct {
	at    int
	words []string
}{
	"SIPPEER": {1, strings.Fields("ip port mailbox context expire dynamic callerid_name callerid_num callgroup pickupgroup namedcallgroup " +
		"namedpickupgroup codecs status regexten limit busylevel curcalls language accountcode useragent maxforwards")},
	"VM_INFO":         {1, strings.Fields("count email exists fullname language locale pager password tz")},
	"QUEUE_MEMBER":    {1, strings.Fields("logged free ready count penalty paused ringinuse")},
	"CONFBRIDGE_INFO": {0, strings.Fields("parties admins marked locked muted")},
	"REDIRECTING": {0, strings.Fields("orig-all orig-name orig-name-valid orig-name-charset orig-name-pres orig-num orig-num-valid " +
		"orig-num-plan " +
		"orig-num-pres orig-tag orig-reason from-all from-name from-name-valid from-name-charset from-name-pres from-num from-num-valid " +
		"from-num-plan from-num-pres from-tag from-pres to-all to-name to-name-valid to-name-charset to-name-pres to-num to-num-valid " +
		"to-num-plan to-num-pres to-tag to-pres reason count")},
}

// item looks at the word that a function is asked for. A name in brackets, as chanvar[x], is one of many.
func (s *step) item(name string, f []string) {
	a, ok := asked[name]
	if !ok || len(f) <= a.at {
		return
	}
	word := strings.ToLower(strings.TrimSpace(f[a.at]))
	if !known(word) || strings.ContainsAny(word, "[-") && name == "SIPPEER" || slices.Contains(a.words, word) {
		return
	}
	s.say("plan-function-item", look.Like(word, a.words), "%s has no '%s', it is unknown: it reads as nothing; there are %s", name, word,
		strings.Join(a.words[:min(12, len(a.words))], ", "))
}

// presentations are what the caller's number may be shown as.
var presentations = func() (words []string) {
	for _, p := range pbx.Presentations {
		words = append(words, p.Word)
	}
	return words
}()

// settings are what is set of a call as one of some words.
var settings = map[string][]string{
	"callerid(pres)": presentations, "callerid(num-pres)": presentations, "callerid(name-pres)": presentations,
	"channel(amaflags)": strings.Fields("default omit billing documentation 0 1 2 3"),
	"channel(trace)":    strings.Fields("0 1"),
}

// codecNames are those that SIP_CODEC takes.
var codecNames = strings.Fields("ulaw alaw g722 g729 gsm ilbc opus speex speex16 speex32 g723 g726 g726aal2 slin slin16 slin48 adpcm " +
	"lpc10 siren7 " +
	"siren14 g719 h261 h263 h263p h264 vp8 vp9 silk8 silk16 codec2 all none")

// word looks at a value that is one of some words.
func (s *step) word(name, value string) {
	value = strings.TrimSpace(value)
	if list := settings[name]; list != nil && known(value) && !slices.Contains(list, strings.ToLower(value)) {
		s.say("plan-function-item", look.Like(value, list), "'%s' is no value of %s, it is unknown: nothing is set; there are %s", value,
			strings.ToUpper(name), strings.Join(list, ", "))
	}
	if !strings.HasPrefix(strings.TrimLeft(name, "_"), "sip_codec") || !known(value) {
		return
	}
	for _, codec := range strings.Split(value, ",") {
		codec, _, _ = strings.Cut(strings.TrimLeft(strings.TrimSpace(codec), "!"), ":")
		if !slices.Contains(codecNames, strings.ToLower(codec)) {
			s.say("sip-codec-unknown", look.Like(codec, codecNames), "there is no codec '%s': the codecs of the call stay as they are", codec)
			return
		}
	}
}

// levels are those of Log.
var levels = strings.Fields("ERROR WARNING NOTICE DEBUG VERBOSE DTMF")

// level looks at Log(level,text).
func (s *step) level() {
	all := slices.Clone(levels)
	if f := s.j.File("logger.conf"); f != nil {
		all = append(all, logs.OwnLevels(f)...)
	}
	if word := s.arg(0); known(word) && !contains(all, word) {
		s.say("plan-argument", "Log(NOTICE,...)", "'%s' is no level, it is unknown: nothing is written; there are %s, and those of "+
			"custom_levels in logger.conf", word, strings.Join(levels, ", "))
	}
}

// tones are those that every country has.
var tones = strings.Fields("dial busy ring congestion callwaiting dialrecall record info stutter")

// tone looks at Playtones(name or list).
func (s *step) tone() {
	name := s.arg(0)
	if !known(name) || len(s.f) > 1 || strings.ContainsAny(name, "0123456789/+") || contains(tones, name) {
		return
	}
	if f := s.j.File("indications.conf"); f != nil {
		for _, x := range f.Sections {
			if _, ok := x.Lookup(name); ok {
				return
			}
		}
	}
	s.say("plan-argument", look.Like(name, tones), "there is no tone '%s', it is unknown: nothing is heard; there are %s", name,
		strings.Join(tones, ", "))
}

// retry looks at RetryDial(announcement,pause,attempts,destinations...).
func (s *step) retry() {
	if tech, _, slash := strings.Cut(s.arg(0), "/"); slash && tech != "" && s.arg(3) == "" &&
		(strings.EqualFold(tech, "SIP") || s.j.here(tech)) {
		s.say("plan-arguments-swapped", "RetryDial(beep,"+s.arg(1)+","+s.arg(2)+","+s.arg(0)+")", "'%s' stands where the announcement is: "+
			"the order "+
			"is announcement, pause, attempts, destinations, and nobody is called", s.arg(0))
		return
	}
	if s.arg(3) == "" {
		s.say("plan-dial-empty", "RetryDial(beep,5,3,SIP/name)", "no destination: nobody is called")
		return
	}
	s.dialled(s.arg(3))
}

// calling are applications from which another call comes that a header may go with, or that lead on.
var calling = strings.Fields("dial queue page originate goto gotoif gotoiftime gosub gosubif macro macroif followme retrydial return " +
	"execif " +
	"execiftime exec tryexec agi stasis transfer while endwhile")

// headerLate tells of a header that is added behind the only call that it could go with.
func (s *step) headerLate() {
	dialled := false
	for _, o := range s.Extension.Priorities() {
		app := strings.ToLower(o.App)
		if o.N < s.Step.N {
			dialled = dialled || app == "dial"
		} else if slices.Contains(calling, app) {
			return
		}
	}
	if dialled {
		s.say("plan-header-late", s.Step.App+"(...) before the Dial", "a header goes with the calls that are made behind it: here the Dial "+
			"stands "+
			"before it, and it is in no call")
	}
}

var ofMacros = regexp.MustCompile(`\$\{MACRO_(EXTEN|CONTEXT|PRIORITY|OFFSET)[}:]`)

// macros finds what only a Macro has, in a dialplan without any.
func (j *judge) macros() {
	var list []dialplan.Place
	used := false
	j.plan.EachStep(func(at dialplan.Place) {
		app, text := strings.ToLower(at.Step.App), at.Step.Args.Raw()
		used = used || strings.HasPrefix(app, "macro") && app != "macroexit" || strings.Contains(text, "M(") || strings.Contains(text, "Macro(")
		if ofMacros.MatchString(text) || app == "macroexit" {
			list = append(list, at)
		}
	})
	if used {
		return
	}
	for _, at := range list {
		if m := ofMacros.FindString(at.Step.Args.Raw()); m != "" {
			j.Say("plan-variable-unset", at.Step.Pos, "an argument of Gosub: ${ARG1}",
				"%s: %s} is set by Macro, and nothing calls one here: it reads as nothing", at.Step.App, strings.TrimRight(m, "}:"))
		} else if !strings.HasPrefix(at.Context.Name, "macro-") {
			j.Say("plan-return-stray", at.Step.Pos, "Return()", "MacroExit ends a Macro, and nothing calls one here: a Gosub ends with Return")
		}
	}
}
