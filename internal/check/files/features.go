package files

import (
	"strconv"
	"strings"

	"obelisk/dialplan"
	"obelisk/internal/check/look"
	"obelisk/internal/config"
)

// features judges features.conf.
func features(l *look.Look) {
	f := l.File("features.conf")
	if f == nil {
		return
	}
	codes := map[string]config.Var{}
	for _, v := range l.SetIn("features.conf", "featuremap") {
		code(l, v, v.Value, codes)
	}
	apps := map[string]bool{}
	for _, v := range l.SetIn("features.conf", "applicationmap") {
		apps[strings.ToLower(v.Name)] = true
		application(l, v, codes)
	}
	for _, s := range f.Visible() {
		if n := strings.ToLower(s.Name); n == "general" || n == "featuremap" || n == "applicationmap" || strings.HasPrefix(n, "parkinglot_") {
			if strings.HasPrefix(n, "parkinglot_") {
				l.Say("file-option-moved", s.Pos, "into res_parking.conf", "parking lots are in res_parking.conf since Asterisk 12: [%s] is taken "+
					"as a group of features, and no such lot exists", s.Name)
			}
			continue
		}
		for _, v := range s.Vars {
			if !apps[strings.ToLower(v.Name)] {
				l.Say("features-group", v.Pos, look.Like(v.Name, keys(apps)), "feature '%s' of group [%s] is not defined: there is no such line in "+
					"[applicationmap], and Asterisk does not load features.conf at all", v.Name, s.Name)
			}
		}
	}
	if v, ok := f.Section("general").Lookup("featuredigittimeout"); ok {
		if n, is := atoi(v.Value); is && n > 0 && n < 300 {
			l.Say("features-timeout", v.Pos, "featuredigittimeout=1000", "featuredigittimeout=%d is in milliseconds: nobody presses two keys "+
				"within %d ms, and codes of several keys are never found", n, n)
		}
	}
	for name, usual := range map[string]int{"transferdigittimeout": 3, "atxfernoanswertimeout": 15, "atxferloopdelay": 10} {
		v, _ := f.Section("general").Lookup(name)
		if n, is := atoi(v.Value); is && n >= 600 || is && n > 100 && usual < 10 {
			l.Say("features-timeout", v.Pos, name+"="+strconv.Itoa(usual), "%s=%d is in seconds: a transfer waits for %d minutes", name, n, n/60)
		}
	}
	dynamic(l, f, apps)
	unpassed(l)
	pickup(l, f)
}

// featureLetters are the options of Dial and Queue by which the keys of [featuremap] work.
var featureLetters = map[string]string{"automon": "wW", "automixmon": "xX",
	"disconnect": "hH", "parkcall": "kK", "blindxfer": "tT", "atxfer": "tT"}

// unpassed tells of keys whose option no Dial and no Queue has: they work in no call.
func unpassed(l *look.Look) {
	if l.Plan() == nil {
		return
	}
	passed, calls := "", false
	l.Plan().EachStep(func(at dialplan.Place) {
		text := at.Step.Args.Raw()
		switch app := strings.ToLower(at.Step.App); {
		case app == "dial" || app == "queue":
			calls = true
			if f := dialplan.SplitOutside(text, ',', 0); app == "dial" && len(f) > 2 {
				passed += f[2]
			} else if len(f) > 1 {
				passed += f[1]
			}
		case app == "followme" || app == "bridge" || app == "stasis" || strings.Contains(app, "agi") || app == "macro",
			strings.Contains(text, "BRIDGE_FEATURES"), strings.Contains(text, "Dial("), strings.Contains(text, "Queue("):
			passed += "$"
		}
	})
	if strings.Contains(passed, "$") || !calls {
		return
	}
	for _, v := range l.SetIn("features.conf", "featuremap") {
		letters := featureLetters[strings.ToLower(v.Name)]
		if letters != "" && v.Value != "" && !strings.ContainsAny(passed, letters) {
			l.SayAs(config.Note, "features-unpassed", v.Pos, "Dial(SIP/name,20,"+letters[:1]+")", "the keys '%s' of %s work in no call: no "+
				"Dial and no "+
				"Queue has option %s or %s, which lets somebody press them", v.Value, v.Name, letters[:1], letters[1:])
		}
	}
}

func keys(m map[string]bool) (out []string) {
	for k := range m {
		out = append(out, k)
	}
	return out
}

// code looks whether the keys of a feature are free.
func code(l *look.Look, v config.Var, text string, codes map[string]config.Var) {
	if text == "" {
		return
	}
	for other, o := range codes {
		switch {
		case other == text:
			l.Say("features-code-twice", v.Pos, "other keys", "%s has the keys '%s', which %s has already (%s): one of the two is never reached",
				v.Name, text, o.Name, o.Pos)
		case strings.HasPrefix(text, other) || strings.HasPrefix(other, text):
			l.SayAs(config.Note, "features-code-prefix", v.Pos, "other keys",
				"the keys '%s' of %s and '%s' of %s (%s) begin alike: the shorter one waits for featuredigittimeout", text, v.Name, other, o.Name,
				o.Pos)
		}
	}
	codes[text] = v
	if v.Name != "" && len(text) == 1 && strings.Trim(text, "0123456789") == "" {
		l.Say("features-code-digit", v.Pos, "*"+text+" or #"+text,
			"%s is the digit %s alone: whoever presses it in a call, at a menu of a bank for instance, has the feature run", v.Name, text)
	}
}

// application judges NAME => KEYS,BY[/ON],APPLICATION[,ARGUMENTS[,MUSIC]].
func application(l *look.Look, v config.Var, codes map[string]config.Var) {
	f := strings.SplitN(v.Value, ",", 4)
	for i := range f {
		f[i] = strings.TrimSpace(f[i])
	}
	if len(f) < 3 {
		l.Say("features-application", v.Pos, v.Name+" => *9,self,Playback(beep)",
			"'%s' needs keys, who presses them, and an application: Asterisk does not load features.conf at all", v.Name)
		return
	}
	if strings.Trim(f[0], "0123456789*#ABCDabcd") != "" || f[0] == "" {
		l.Say("features-application", v.Pos, "digits, * and #", "the keys '%s' of '%s' cannot be pressed", f[0], v.Name)
	}
	code(l, config.Var{Name: v.Name, Pos: v.Pos}, f[0], codes)
	by, _, _ := strings.Cut(strings.ToLower(f[1]), "/")
	switch by {
	case "self", "peer", "self:caller", "self:callee":
	case "caller", "callee", "both":
		l.SayAs(config.Note, "features-application", v.Pos, "self or peer",
			"'%s' of '%s' is a word of old versions: self and peer say for whom the application runs", f[1], v.Name)
	default:
		l.Say("features-application", v.Pos, "self or peer", "'%s' of '%s' says who it is for: self or peer; such a word is unknown, and "+
			"Asterisk does not load features.conf at all", f[1], v.Name)
	}
	app, _, _ := strings.Cut(f[2], "(")
	if app = strings.Trim(app, `" `); l.Core().App(app) == nil && app != "" {
		l.Say("features-application", v.Pos, look.Like(app, l.Core().AppNames()),
			"there is no application '%s' for '%s': no such application, the keys do nothing", app, v.Name)
	}
}

// dynamic looks whether what DYNAMIC_FEATURES names is there.
func dynamic(l *look.Look, f *config.File, apps map[string]bool) {
	p := l.Plan()
	if p == nil {
		return
	}
	named := false
	check := func(pos config.Pos, value string) {
		named = true
		for _, name := range strings.Split(value, "#") {
			if name = strings.TrimSpace(name); name != "" && !strings.Contains(name, "$") && !apps[strings.ToLower(name)] &&
				f.Section(name) == nil {
				l.Say("features-dynamic", pos, look.Like(name, keys(apps)), "DYNAMIC_FEATURES names '%s', which is not defined: there is no such "+
					"line in [applicationmap] of features.conf, and its keys do nothing", name)
			}
		}
	}
	for _, g := range p.Globals {
		if g.Name == "DYNAMIC_FEATURES" {
			check(g.Pos, g.Value)
		}
	}
	p.EachStep(func(at dialplan.Place) {
		if app := strings.ToLower(at.Step.App); app == "set" {
			name, value, _ := strings.Cut(at.Step.Args.Raw(), "=")
			if strings.Trim(name, "_ ") == "DYNAMIC_FEATURES" {
				check(at.Step.Pos, value)
			}
		}
	})
	if list := l.SetIn("features.conf", "applicationmap"); len(list) > 0 && !named {
		l.SayAs(config.Note, "features-dynamic", list[0].Pos, "DYNAMIC_FEATURES="+list[0].Name,
			"nothing sets DYNAMIC_FEATURES: what is in [applicationmap] works in no call")
	}
}

// pickup looks whether the pickup code is a number of the dialplan.
func pickup(l *look.Look, f *config.File) {
	v, ok := f.Section("general").Lookup("pickupexten")
	p := l.Plan()
	if !ok || p == nil || v.Value == "" {
		return
	}
	for _, x := range p.Order {
		for _, e := range x.Extensions {
			if e.Name == v.Value {
				l.Say("features-pickup", v.Pos, "another code",
					"pickupexten %s is an extension of context '%s' too (%s): which of the two is called depends on the phone", v.Value, x.Name, e.Pos)
				return
			}
		}
	}
}
