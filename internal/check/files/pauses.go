package files

import (
	"slices"
	"strings"

	"obelisk/dialplan"
	"obelisk/internal/check/look"
	"obelisk/internal/config"
)

// pausedForGood tells of a queue that pauses the members of its file, where neither a step nor a program lets them in
// again.
func pausedForGood(l *look.Look, s *config.Section, v config.Var) {
	written := slices.ContainsFunc(s.Vars, func(m config.Var) bool { return strings.EqualFold(m.Name, "member") })
	if !written || l.Plan() == nil || managed(l) {
		return
	}
	ends := false
	l.Plan().EachStep(func(at dialplan.Place) {
		app, text := strings.ToLower(at.Step.App), at.Step.Args.Raw()
		ends = ends || app == "unpausequeuemember" || strings.Contains(text, "QUEUE_MEMBER(") || strings.Contains(text, "UnpauseQueueMember") ||
			strings.Contains(app, "agi") || strings.Contains(app, "system") || strings.Contains(text, "SHELL(") || app == "stasis"
	})
	if !ends {
		l.Say("queue-autopause", v.Pos, "exten => *46,1,UnpauseQueueMember(,SIP/${CALLERID(num)})", "autopause=%s pauses a member of queue '%s' "+
			"who has not answered once, and no step has UnpauseQueueMember: one after the other is called no more, until somebody types 'queue "+
			"unpause member' at the console", v.Value, s.Name)
	}
}

// managed says whether a program may pause members by way of the manager.
func managed(l *look.Look) bool {
	f := l.File("manager.conf")
	if f == nil {
		return false
	}
	return slices.ContainsFunc(f.Visible(), func(s *config.Section) bool {
		return slices.ContainsFunc(strings.Split(strings.ToLower(s.Get("write")), ","), func(class string) bool {
			return slices.Contains([]string{"agent", "all", "command"}, strings.TrimSpace(class))
		})
	})
}
