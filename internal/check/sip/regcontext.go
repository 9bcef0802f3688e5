package sip

import (
	"strings"

	"obelisk/internal/config"
)

// regContext looks whether extensions.conf has a step 1 where a phone that registers gets its own
// (regcontext and regexten; the name of the phone without one).
func (j *judge) regContext() {
	v, ok := j.general.Lookup("regcontext")
	if !ok || j.plan == nil || len(j.d.RegContexts) == 0 {
		return
	}
	written := map[string]map[string]bool{}
	for _, p := range j.d.Peers {
		if !p.IsPeer || !p.Dynamic {
			continue
		}
		text := p.RegExten
		if text == "" {
			text = p.Name
		}
		for _, w := range strings.Split(text, "&") {
			exten, context, named := strings.Cut(strings.TrimSpace(w), "@")
			if !named {
				context = j.d.RegContexts[0]
			}
			if written[context] == nil {
				written[context] = j.begun(context)
			}
			if written[context][exten] {
				j.SayOnceAs(config.Note, "sip-regcontext", v.Pos, "regcontext=registered, a context of its own",
					"'%s' gets no extension by regcontext: %s@%s has a step 1 in extensions.conf already, which Asterisk takes away "+
						"when the phone goes", p.Name, exten, context)
				return
			}
		}
	}
}

// begun are the extensions of a context, patterns apart, that have a step 1 whoever calls.
func (j *judge) begun(context string) map[string]bool {
	names := map[string]bool{}
	x := j.plan.Contexts[context]
	if x == nil {
		return names
	}
	for _, e := range x.Extensions {
		if !e.Pattern() && !e.HasCID && e.Priority(1) != nil {
			names[e.Name] = true
		}
	}
	return names
}
