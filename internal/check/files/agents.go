package files

import (
	"strings"

	"obelisk/dialplan"
	"obelisk/internal/check/look"
	"obelisk/internal/config"
)

// agents judges agents.conf.
func agents(l *look.Look) {
	f := l.File("agents.conf")
	if f == nil {
		return
	}
	for _, s := range f.Sections {
		for _, v := range s.Vars {
			if strings.EqualFold(v.Name, "agent") {
				id, _, _ := strings.Cut(v.Value, ",")
				l.Say("agents-old", v.Pos, "["+strings.TrimSpace(id)+"] with fullname=...", "'agent => ...' is the form of Asterisk 11 and before: "+
					"there is no such agent, each has a section of its own today, and Asterisk does not load agents.conf at all")
			}
		}
	}
}

// followMe judges followme.conf.
func followMe(l *look.Look) {
	f := l.File("followme.conf")
	if f == nil {
		return
	}
	g := f.Section("general")
	for _, s := range f.Visible() {
		if strings.EqualFold(s.Name, "general") {
			continue
		}
		take, no := keyOf(s, g, "takecall", "1"), keyOf(s, g, "declinecall", "2")
		if take == no {
			v, ok := s.Lookup("declinecall")
			if !ok {
				v, _ = s.Lookup("takecall")
			}
			pos := v.Pos
			if pos.IsZero() {
				v, ok = g.Lookup("declinecall")
				if !ok {
					v, _ = g.Lookup("takecall")
				}
				pos = v.Pos
			}
			if pos.IsZero() {
				pos = s.Pos
			}
			l.Say("followme-keys", pos, "another key", "takecall and declinecall of [%s] are the same key %s: a call can only be taken, or only "+
				"be refused", s.Name, take)
		}
		numbers := 0
		for _, v := range s.Vars {
			if strings.EqualFold(v.Name, "number") {
				numbers++
				followNumber(l, s, v)
			}
		}
		if numbers == 0 && !s.Template {
			l.Say("followme-no-number", s.Pos, "number=2001,20", "[%s] has no number: nobody is looked for, and the call goes on", s.Name)
		}
		if c, ok := s.Lookup("context"); !ok && numbers > 0 {
			l.SayAs(config.Note, "followme-context", s.Pos, "context=...", "[%s] has no context: its numbers are dialled in default", s.Name)
		} else if ok {
			_ = c
		}
	}
}

func keyOf(s, g *config.Section, name, without string) string {
	for _, x := range []*config.Section{s, g} {
		if v, ok := x.Lookup(name); ok {
			return v.Value
		}
	}
	return without
}

// followNumber judges number=A&B,TIMEOUT,ORDER.
func followNumber(l *look.Look, s *config.Section, v config.Var) {
	f := strings.Split(v.Value, ",")
	if strings.TrimSpace(f[0]) == "" {
		l.Say("followme-number", v.Pos, "number=2001,20", "number of [%s] names nobody", s.Name)
		return
	}
	if len(f) > 1 {
		if t := strings.TrimSpace(f[1]); t != "" {
			if n, ok := atoi(t); !ok {
				l.Say("followme-number", v.Pos, "number="+f[0]+",20", "'%s' of [%s] is no number of seconds: several numbers at a time are parted "+
					"by &, and the second field is how long it rings", t, s.Name)
			} else if n > 300 || len(t) > 2 && look.Has(l.Plan(), s.Get("context")) && l.Plan().Exists(s.Get("context"), t, dialplan.Query{}) {
				l.Say("followme-number", v.Pos, "number="+f[0]+",20",
					"'%s' of [%s] stands where the seconds are: it rings so long; several numbers are parted by &", t, s.Name)
			}
		}
	}
	context := s.Get("context")
	plan := l.Plan()
	if plan == nil || !look.Has(plan, context) {
		return
	}
	for _, n := range strings.Split(f[0], "&") {
		n = strings.TrimSpace(n)
		if strings.ContainsAny(n, "/") {
			l.Say("followme-number", v.Pos, "the number alone",
				"'%s' of [%s] is a device: a number of context '%s' is taken here, and there is no such extension", n, s.Name, context)
		} else if n != "" && !plan.Exists(context, n, dialplan.Query{}) {
			l.SayAs(followed(l, s.Name), "followme-number", v.Pos, "",
				"number %s of [%s] does not exist in context '%s': there is no such extension, and nobody is called", n, s.Name, context)
		}
	}
}

// followed is how bad it is what a profile says: it is good to know where no step of the dialplan
// asks for it, as for the one of the samples.
func followed(l *look.Look, profile string) config.Severity {
	if l.Plan() == nil {
		return config.Warning
	}
	severity := config.Note
	l.Plan().EachStep(func(at dialplan.Place) {
		named, _, _ := strings.Cut(at.Step.Args.Raw(), ",")
		if strings.EqualFold(at.Step.App, "FollowMe") && (named == profile || strings.Contains(named, "$")) {
			severity = config.Warning
		}
	})
	return severity
}
