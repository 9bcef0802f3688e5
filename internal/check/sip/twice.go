package sip

import (
	"strings"

	"obelisk/internal/config"
)

// several are options of which each line counts, or adds to the others. Of all else the last line
// of a section counts alone.
var several = map[string]bool{"allow": true, "disallow": true, "permit": true, "deny": true, "acl": true, "contactpermit": true,
	"contactdeny": true, "contactacl": true, "directmediapermit": true, "directmediadeny": true, "directmediaacl": true, "setvar": true,
	"register": true, "mwi": true, "localnet": true, "mailbox": true, "auth": true, "domain": true, "header": true,
	"p_associated_uri": true, "service_route": true, "regexten": true, "insecure": true, "username": true, "namedcallgroup": true}

// twice finds options that a section has two times, with two values: one of the two does nothing.
// seen are the lines of sections before it, which come to it from its templates.
func (j *judge) twice(s *config.Section, seen map[config.Pos]bool) {
	first := map[string]config.Var{}
	for _, v := range s.Vars {
		name := strings.ToLower(v.Name)
		if now := old[name]; now != "" {
			name = now
		}
		if seen[v.Pos] || several[name] {
			continue
		}
		before, again := first[name]
		first[name] = v
		if again && before.Value != v.Value && before.Pos.File == v.Pos.File {
			j.Say("sip-option-twice", v.Pos, "one of the two lines", "%s stands twice in [%s]: this line overrides %s=%s (%s), which has no effect",
				v.Name, s.Name, before.Name, before.Value, before.Pos)
		}
	}
}
