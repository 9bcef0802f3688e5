package boot

import "strings"

// notLoaded says whether modules.conf forbids a module of Asterisk's, which then does nothing here either:
// noload goes over load.
func (r *reading) notLoaded(module string) bool {
	f, err := r.optional("modules.conf")
	if err != nil || f == nil {
		return false
	}
	s := f.Section("modules")
	if s == nil {
		return false
	}
	for _, v := range s.Vars {
		if strings.EqualFold(v.Name, "noload") && strings.EqualFold(strings.TrimSuffix(strings.TrimSpace(v.Value), ".so"), module) {
			return true
		}
	}
	return false
}
