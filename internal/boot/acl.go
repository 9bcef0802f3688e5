package boot

import (
	"fmt"
	"strings"

	"obelisk/internal/auth"
	"obelisk/internal/config"
	"obelisk/pbx"
)

// aclModule is acl.conf. The lists come into force with those who name them.
func (s *System) aclModule() pbx.Module {
	return own{name: "acl", synopsis: "Named ACL system", read: func(r *reading) step {
		lists := r.accessLists()
		return step{commit: func() { s.lists.Store(&lists) }}
	}}
}

// accessLists reads acl.conf, once. Of a file that cannot be read no list is there, and
// who names one lets nobody in.
func (r *reading) accessLists() map[string]auth.ACL {
	if r.lists != nil {
		return r.lists
	}
	r.lists = map[string]auth.ACL{}
	f := r.file("acl.conf")
	if f == nil {
		return r.lists
	}
	for _, s := range f.Visible() {
		if strings.EqualFold(s.Name, "general") {
			continue
		}
		var list auth.ACL
		for _, v := range s.Vars {
			var err error
			switch strings.ToLower(v.Name) {
			case "permit", "deny":
				err = list.Add(strings.EqualFold(v.Name, "permit"), v.Value)
			default:
				err = fmt.Errorf("there is no option '%s'", v.Name)
			}
			if err != nil { // a list with a hole in it must not let anybody in
				text := fmt.Sprintf("acl.conf [%s]: %v; the list denies everything", s.Name, err)
				r.note([]config.Diagnostic{{Pos: v.Pos, Severity: config.Error, Text: text}})
				list = auth.Nobody
				break
			}
		}
		r.lists[s.Name] = list
	}
	return r.lists
}
