package files

import (
	"slices"
	"strconv"
	"strings"

	"obelisk/dialplan"
	"obelisk/internal/check/look"
	"obelisk/internal/config"
)

// queues judges queues.conf; what members and contexts are is the module's.
func queues(l *look.Look) {
	f := l.File("queues.conf")
	if f == nil {
		return
	}
	used := map[string]bool{}
	filled := false
	if p := l.Plan(); p != nil {
		p.EachStep(func(at dialplan.Place) {
			app := strings.ToLower(at.Step.App)
			name, _, _ := strings.Cut(at.Step.Args.Raw(), ",")
			if app == "queue" || app == "addqueuemember" {
				used[strings.ToLower(name)] = true
			}
			filled = filled || app == "addqueuemember"
			if strings.Contains(name, "$") {
				used[""] = true
			}
		})
	}
	for _, s := range f.Visible() {
		if strings.EqualFold(s.Name, "general") {
			continue
		}
		queue(l, s, filled)
		if !used[""] && !used[strings.ToLower(s.Name)] && l.Plan() != nil {
			l.SayAs(config.Note, "queue-unused", s.Pos, "Queue("+s.Name+")", "no step of the dialplan calls queue '%s'", s.Name)
		}
	}
}

func queue(l *look.Look, s *config.Section, filled bool) {
	members := map[string]config.Var{}
	for _, v := range s.Vars {
		switch strings.ToLower(v.Name) {
		case "member":
			member(l, s, v, members)
		case "strategy":
			if strings.EqualFold(v.Value, "roundrobin") {
				l.Say("queue-strategy-old", v.Pos, "strategy=rrmemory",
					"strategy roundrobin is a word of old versions, which works: rrmemory is its successor")
			}
		case "joinempty", "leavewhenempty":
			for _, w := range strings.Split(v.Value, ",") {
				if strings.EqualFold(strings.TrimSpace(w), "strict") || strings.EqualFold(strings.TrimSpace(w), "loose") {
					l.SayAs(config.Note, "queue-empty-old", v.Pos, "paused,inuse,invalid,...",
						"%s=%s is a word of old versions, which works; the states themselves can be named", v.Name, w)
				}
			}
		case "announce-frequency":
			thousandths(l, v)
			if n, ok := atoi(v.Value); ok && n > 0 && n < 15 {
				l.Say("queue-announce-often", v.Pos, "announce-frequency=60",
					"announce-frequency=%d: the caller hears his position every %d seconds, and hardly any music", n, n)
			}
		case "ringinuse":
			if is, yes := config.Bool(v.Value); yes && !is {
				uncounted(l, s, v)
			}
		case "autopause":
			if on, yes := config.Bool(v.Value); yes && on || strings.EqualFold(v.Value, "all") {
				pausedForGood(l, s, v)
			}
		case "timeout":
			thousandths(l, v)
			if n, ok := atoi(v.Value); ok && n > 0 && n < 4 {
				l.Say("queue-timeout-short", v.Pos, "timeout=15",
					"timeout=%d: a member's phone rings for %d seconds, which is hardly once, before the next one is tried", n, n)
			}
		case "periodic-announce-frequency", "min-announce-frequency":
			thousandths(l, v)
		case "wrapuptime", "retry", "weight", "maxlen", "servicelevel", "memberdelay":
			if !strings.EqualFold(v.Name, "weight") && !strings.EqualFold(v.Name, "maxlen") {
				thousandths(l, v)
			}
			if n, ok := atoi(v.Value); ok && n < 0 {
				l.Say("queue-value", v.Pos, "", "%s=%d is negative", v.Name, n)
			}
		case "persistentmembers", "autofill":
			if strings.EqualFold(v.Name, "persistentmembers") {
				l.SayAs(config.Note, "file-option-place", v.Pos, "into [general]",
					"persistentmembers belongs into [general] of queues.conf: here it is ignored")
			}
		}
	}
	empty := s.Get("joinempty")
	if b, ok := config.Bool(empty); len(members) == 0 && !filled && ok && !b {
		l.Say("queue-no-members", s.Pos, "member => SIP/name",
			"queue '%s' has no member and nothing adds one: with joinempty=%s no caller gets in", s.Name, empty)
	} else if len(members) == 0 && !filled {
		l.Say("queue-no-members", s.Pos, "member => SIP/name",
			"queue '%s' has no member, and nothing in the dialplan adds one: callers wait and nobody is called", s.Name)
	}
}

// thousandths finds seconds that are written as milliseconds.
func thousandths(l *look.Look, v config.Var) {
	if n, ok := atoi(v.Value); ok && n >= 5000 && n%1000 == 0 {
		l.Say("queue-value", v.Pos, v.Name+"="+strconv.Itoa(n/1000), "%s=%d is in seconds, not milliseconds: that is %s", v.Name, n,
			look.Long(n))
	}
}

func member(l *look.Look, s *config.Section, v config.Var, seen map[string]config.Var) {
	f := strings.Split(v.Value, ",")
	device := strings.TrimSpace(f[0])
	switch {
	case device == "":
		l.Say("queue-member-form", v.Pos, "member => SIP/name", "a member of queue '%s' has no device: it is never called", s.Name)
		return
	case !strings.Contains(device, "/") && !strings.Contains(device, "$"):
		l.Say("queue-member-form", v.Pos, "member => SIP/"+device,
			"member '%s' of queue '%s' names no technology: SIP/%s is meant; as it stands it is invalid and never called", device, s.Name, device)
	}
	if old, twice := seen[strings.ToLower(device)]; twice {
		l.Say("queue-member-twice", v.Pos, "one of them", "member '%s' of queue '%s' stands twice (%s): the last line counts", device, s.Name,
			old.Pos)
	}
	seen[strings.ToLower(device)] = v
	if len(f) > 1 {
		if p := strings.TrimSpace(f[1]); p != "" {
			if n, ok := atoi(p); !ok {
				l.Say("queue-member-form", v.Pos, "member => "+device+",0,"+p,
					"the penalty '%s' of member '%s' is no number: the order is device, penalty, name, state device; it counts as 0", p, device)
			} else if n < 0 {
				l.Say("queue-member-form", v.Pos, "", "the penalty %d of member '%s' is negative: it counts as 0", n, device)
			}
		}
	}
	if strings.Contains(device, "&") {
		l.Say("queue-member-form", v.Pos, "a line for each", "'%s' is one member of that name: each member has a line of its own", device)
	}
	stateOfOther(l, s, v, f)
	callsOnly(l, s, v, device)
	tech, name, _ := strings.Cut(device, "/")
	switch strings.ToLower(tech) {
	case "agent":
		if agents := sections(l.File("agents.conf")); l.File("agents.conf") != nil && !slices.Contains(agents, name) {
			l.Say("queue-member-agent", v.Pos, look.Like(name, agents),
				"there is no agent '%s' in agents.conf, it is not defined: this member of queue '%s' is never called", name, s.Name)
		}
	case "pjsip":
		if on, _ := config.Bool(l.File("extensions.conf").Section("general").Get("pjsipnames")); !on {
			l.SayAs(config.Missing, "plan-technology-missing", v.Pos, "SIP/name, or pjsipnames=yes in extensions.conf",
				"member '%s' of queue '%s': there is no channel technology '%s' here, and it is never called", device, s.Name, tech)
		}
	case "iax2", "dahdi", "zap", "skinny", "sccp":
		l.SayAs(config.Missing, "plan-technology-missing", v.Pos, "SIP/name",
			"member '%s' of queue '%s': there is no channel technology '%s' here, and it is never called", device, s.Name, tech)
	}
}

// callsOnly tells of a member that is type=user in sip.conf.
func callsOnly(l *look.Look, s *config.Section, v config.Var, device string) {
	name, ok := strings.CutPrefix(device, "SIP/")
	if !ok || l.SIP() == nil {
		return
	}
	if p := l.SIP().InFile(name); p != nil && p.IsUser && !p.IsPeer {
		l.Say("queue-member-missing", v.Pos, "type=friend in ["+p.Name+"] of sip.conf", "member '%s' of queue '%s' is type=user in sip.conf "+
			"(%s): it calls and cannot be called, and the queue never rings it", device, s.Name, p.Pos)
	}
}

// stateOfOther tells of a member whose state is that of another phone.
func stateOfOther(l *look.Look, s *config.Section, v config.Var, f []string) {
	if len(f) < 4 || l.SIP() == nil {
		return
	}
	device, ok := strings.CutPrefix(strings.TrimSpace(f[0]), "SIP/")
	state, ok2 := strings.CutPrefix(strings.TrimSpace(f[3]), "SIP/")
	if ok && ok2 && device != state && l.SIP().InFile(device) != nil {
		l.Say("queue-member-state", v.Pos, "SIP/"+device, "member SIP/%s of queue '%s' has the state of another phone, SIP/%s: it is "+
			"called while it "+
			"speaks, and not called while that one does", device, s.Name, state)
	}
}

// uncounted tells of ringinuse=no for members whose calls nobody counts.
func uncounted(l *look.Look, s *config.Section, v config.Var) {
	d := l.SIP()
	if d == nil {
		return
	}
	for _, m := range s.Vars {
		device, _, _ := strings.Cut(m.Value, ",")
		name, ok := strings.CutPrefix(strings.TrimSpace(device), "SIP/")
		if !strings.EqualFold(m.Name, "member") || !ok {
			continue
		}
		if p := d.InFile(name); p != nil && !p.CountsCalls() {
			l.Say("queue-ringinuse", v.Pos, "callcounter=yes in [general] of sip.conf",
				"ringinuse=no of [%s] has no effect: the calls of member SIP/%s are not counted, and it never shows that it is in "+
					"use", s.Name, name)
			return
		}
	}
}
