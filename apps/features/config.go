package features

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/internal/config"
	"obelisk/media"
)

// settings are a features.conf. They are never changed, only replaced by a reload.
type settings struct {
	digitWait    time.Duration // featuredigittimeout
	transferWait time.Duration // transferdigittimeout
	noAnswer     time.Duration // atxfernoanswertimeout
	loopDelay    time.Duration // atxferloopdelay
	callbacks    int           // atxfercallbackretries
	dropCall     bool
	attempts     int // transferdialattempts

	abort, complete, threeWay, swap string

	xferSound, xferFail, announce, retry, invalid string // prompts
	pickupExten, pickupSound, pickupFail          string
	courtesy, recordFail                          string

	builtin map[string]string // codes by names of the featuremap; "": switched off
	apps    map[string]item   // the applicationmap
	groups  map[string][]member
}

// item is a line of the applicationmap.
type item struct {
	code, app, args string
	music           string // class that the other side hears
	self            bool   // runs on who has pressed it, else on the other
}

// member is a line of a group; code is in place of the item's own unless it is empty.
type member struct{ name, code string }

// builtins are the names of the featuremap, and the codes that they have without one.
var builtins = map[string]string{"blindxfer": "#", "atxfer": "", "disconnect": "*", "automon": "", "automixmon": "", "parkcall": ""}

func defaults() *settings {
	s := &settings{digitWait: time.Second, transferWait: 3 * time.Second, noAnswer: 15 * time.Second, loopDelay: 10 * time.Second,
		callbacks: 2, attempts: 3, abort: "*1", complete: "*2", threeWay: "*3", swap: "*4", xferSound: "beep", xferFail: "beeperr",
		announce: "pbx-transfer", retry: "pbx-invalid", invalid: "privacy-incorrect", pickupExten: "*8", builtin: map[string]string{},
		apps: map[string]item{}, groups: map[string][]member{}}
	for name, code := range builtins {
		s.builtin[name] = code
	}
	return s
}

type table = config.Table[settings]

// general is its first section.
var general = table{File: "features.conf", Section: "general", Options: []config.Option[settings]{
	timed("featuredigittimeout", time.Millisecond, "1000", "how long after a key of a code the next may come",
		func(s *settings) *time.Duration { return &s.digitWait }),
	timed("transferdigittimeout", time.Second, "3", "how long after a digit of a transfer's extension the next may come",
		func(s *settings) *time.Duration { return &s.transferWait }),
	timed("atxfernoanswertimeout", time.Second, "15", "how long the target of an attended transfer rings after who transfers has hung up",
		func(s *settings) *time.Duration { return &s.noAnswer }),
	timed("atxferloopdelay", time.Second, "10", "pause between two attempts to call back",
		func(s *settings) *time.Duration { return &s.loopDelay }),
	{Name: "atxfercallbackretries", Takes: "0 to 1000", Default: "2", Help: "how often who has transferred is called back",
		Set: config.SetInt(0, 1000, func(s *settings) *int { return &s.callbacks })},
	{Name: "atxferdropcall", Takes: "yes|no", Default: "no", Help: "who transfers is not called back when he hangs up while the target rings",
		Set: config.SetBool(func(s *settings) *bool { return &s.dropCall })},
	{Name: "transferdialattempts", Takes: "1 to 1000", Default: "3", Help: "how often an extension may be dialled that is not there",
		Set: config.SetInt(1, 1000, func(s *settings) *int { return &s.attempts })},
	code("atxferabort", "*1", "ends the talk with the target of an attended transfer", func(s *settings) *string { return &s.abort }),
	code("atxfercomplete", "*2", "connects the two others", func(s *settings) *string { return &s.complete }),
	code("atxferthreeway", "*3", "has all three talk", func(s *settings) *string { return &s.threeWay }),
	code("atxferswap", "*4", "goes from one of the two others to the other", func(s *settings) *string { return &s.swap }),
	sound("xfersound", "beep", "heard at the end of an attended transfer", func(s *settings) *string { return &s.xferSound }),
	sound("xferfailsound", "beeperr", "heard when it fails", func(s *settings) *string { return &s.xferFail }),
	sound("transferannouncesound", "pbx-transfer", "asks for the extension", func(s *settings) *string { return &s.announce }),
	sound("transferretrysound", "pbx-invalid", "the extension is not there: once more", func(s *settings) *string { return &s.retry }),
	sound("transferinvalidsound", "privacy-incorrect", "the extension is not there: the last time",
		func(s *settings) *string { return &s.invalid }),
	code("pickupexten", "*8", "picks a call up that rings", func(s *settings) *string { return &s.pickupExten }),
	sound("pickupsound", "", "heard after that", func(s *settings) *string { return &s.pickupSound }),
	sound("pickupfailsound", "", "heard when there is no call to pick up", func(s *settings) *string { return &s.pickupFail }),
	sound("courtesytone", "", "heard when a recording begins or ends", func(s *settings) *string { return &s.courtesy }),
	sound("recordingfailsound", "", "heard when none can be made", func(s *settings) *string { return &s.recordFail }),
}}

func timed(name string, unit time.Duration, otherwise, help string, field func(*settings) *time.Duration) config.Option[settings] {
	takes := "0 to 1000000 s"
	high := 1_000_000
	if unit == time.Millisecond {
		takes, high = "0 to 3600000 ms", 3_600_000
	}
	return config.Option[settings]{Name: name, Takes: takes, Default: otherwise, Help: help, Set: config.SetTime(unit, 0, high, field)}
}

func code(name, otherwise, help string, field func(*settings) *string) config.Option[settings] {
	return config.Option[settings]{Name: name, Takes: "keys", Default: otherwise, Help: help, Set: config.SetText(field)}
}

func sound(name, otherwise, help string, field func(*settings) *string) config.Option[settings] {
	return config.Option[settings]{Name: name, Takes: "a prompt", Default: otherwise, Help: help, Set: config.SetText(field)}
}

// ofParking are options that features.conf had before there was a res_parking.conf.
var ofParking = []string{"parkext", "parkext_exclusive", "parkpos", "context", "parkinghints", "parkingtime", "comebacktoorigin",
	"comebackdialtime", "comebackcontext", "parkedplay", "parkedcalltransfers", "parkedcallreparking", "parkedcallhangup",
	"parkedcallrecording", "parkeddynamic", "adsipark", "findslot", "parkedmusicclass"}

// read reads features.conf; f may be nil.
func read(f *config.File) (s *settings, diags []config.Diagnostic) {
	s = defaults()
	if f == nil {
		return s, nil
	}
	var moved []config.Diagnostic
	diags = general.Read(f.Section("general"), s, func(v config.Var) bool {
		if !slices.Contains(ofParking, strings.ToLower(v.Name)) {
			return false
		}
		moved = append(moved,
			config.Diagnostic{Pos: v.Pos, Text: v.Name + " is an option of res_parking.conf, as since Asterisk 12; here it does nothing"})
		return true
	})
	diags = append(diags, moved...)
	say := func(v config.Var, format string, args ...any) {
		diags = append(diags, config.Diagnostic{Pos: v.Pos, Text: fmt.Sprintf(format, args...)})
	}
	if x := f.Section("featuremap"); x != nil {
		for _, v := range x.Vars {
			name := strings.ToLower(v.Name)
			if _, known := builtins[name]; !known {
				say(v, "there is no feature '%s'%s", v.Name, config.DidYouMean(v.Name, builtinNames))
			} else if !keys(v.Value) {
				say(v, "'%s' is no code of keys for '%s'", v.Value, v.Name)
			} else {
				s.builtin[name] = v.Value
			}
		}
	}
	if x := f.Section("applicationmap"); x != nil {
		for _, v := range x.Vars {
			if it, text := readItem(v.Value); text != "" {
				say(v, "%s: %s", v.Name, text)
			} else {
				s.apps[v.Name] = it
			}
		}
	}
	for _, x := range f.Sections {
		switch strings.ToLower(x.Name) {
		case "general", "featuremap", "applicationmap", "parkinglots":
			continue
		}
		for _, v := range x.Vars {
			if _, there := s.apps[v.Name]; !there {
				say(v, "there is no '%s' in [applicationmap]", v.Name)
			} else if !keys(v.Value) {
				say(v, "'%s' is no code of keys for '%s'", v.Value, v.Name)
			} else {
				s.groups[x.Name] = append(s.groups[x.Name], member{v.Name, v.Value})
			}
		}
	}
	return s, diags
}

// helps say what the features of the featuremap are.
var helps = map[string]string{"blindxfer": "sends the other party to an extension", "atxfer": "talks with an extension first",
	"disconnect": "ends the call", "automon": "records the call", "automixmon": "records the call", "parkcall": "parks the other party"}

// mapRows are the lines of [featuremap], [applicationmap] and of groups, for documentation.
func mapRows() (out []config.OptionRow) {
	for _, name := range builtinNames {
		out = append(out, config.OptionRow{File: "features.conf", Section: "featuremap", Name: name, Takes: "keys", Default: builtins[name],
			Help: helps[name], Status: "in effect"})
	}
	return append(out, config.OptionRow{File: "features.conf", Section: "applicationmap", Name: "NAME",
		Takes: "keys,self|peer,application[,arguments[,music]]", Help: "an application that runs in the midst of a call, where " +
			"DYNAMIC_FEATURES has its name; application(arguments) as well", Status: "in effect"},
		config.OptionRow{File: "features.conf", Section: "a group", Name: "NAME", Takes: "keys",
			Help: "a line of the applicationmap, with a code of its own; DYNAMIC_FEATURES may have the group's name", Status: "in effect"})
}

var builtinNames = []string{"blindxfer", "atxfer", "disconnect", "automon", "automixmon", "parkcall"}

// mostKeys is the longest code.
const mostKeys = 10

// keys says whether a text is a code, or none.
func keys(text string) bool {
	return len(text) <= mostKeys && strings.Trim(text, media.EventDigits) == ""
}

// readItem reads "keys,self|peer,App[,args[,music]]", or "App(args)".
func readItem(text string) (it item, wrong string) {
	f := strings.SplitN(text, ",", 3)
	if len(f) < 3 || f[0] == "" || strings.TrimSpace(f[2]) == "" {
		return it, "it takes keys,self|peer,application"
	}
	if it.code = strings.TrimSpace(f[0]); !keys(it.code) {
		return it, "'" + it.code + "' is no code of keys"
	}
	on, _, _ := strings.Cut(strings.TrimSpace(f[1]), "/")
	switch strings.ToLower(on) {
	case "self", "caller":
		it.self = true
	case "peer", "callee":
	default:
		return it, "it runs on self or on peer, not on '" + on + "'"
	}
	rest := strings.TrimSpace(f[2])
	if open := strings.IndexByte(rest, '('); open > 0 && !strings.Contains(rest[:open], ",") {
		end := strings.LastIndexByte(rest, ')')
		if end < open {
			return it, "a parenthesis is not closed"
		}
		it.app, it.args = strings.TrimSpace(rest[:open]), rest[open+1:end]
		it.music = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(rest[end+1:]), ","))
		return it, ""
	}
	a := append(dialplan.SplitArgs(rest, 3), "", "", "")
	it.app, it.args, it.music = strings.TrimSpace(a[0]), a[1], strings.TrimSpace(a[2])
	if n := len(it.args); n > 1 && it.args[0] == '"' && it.args[n-1] == '"' {
		it.args = it.args[1 : n-1]
	}
	return it, ""
}
