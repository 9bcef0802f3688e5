package boot

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"obelisk/internal/auth"
	"obelisk/internal/config"
	"obelisk/internal/store/realtime"
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
// who names one lets nobody in; those of a file that is gone stay.
func (r *reading) accessLists() map[string]auth.ACL {
	if r.lists != nil {
		return r.lists
	}
	r.lists = map[string]auth.ACL{}
	r.tabledLists()
	f := r.file("acl.conf")
	switch {
	case f == nil && r.gone("acl.conf"):
		r.lists = r.before.lists
		return r.lists
	case f == nil:
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

// aclFamily is the table of lists in extconfig.conf: name, rule_order, sense (permit, deny) and rule.
const aclFamily = "acls"

// listsUnread says whether lists stand in a table that is not asked: a check opens no database.
func (r *reading) listsUnread() bool {
	if !r.opt.Check || r.tables.Has(aclFamily) {
		return false
	}
	f, err := r.optional("extconfig.conf")
	if err != nil || f == nil {
		return false
	}
	_, mapped := f.Section("settings").Lookup(aclFamily)
	return mapped
}

// tabledLists reads the lists that stand in a table; those of acl.conf go before. A list with a rule
// that cannot be read denies everything.
func (r *reading) tabledLists() {
	if !r.tables.Has(aclFamily) {
		return
	}
	var where []realtime.Condition
	if name := systemName(r.ast); name != "" {
		where = append(where, realtime.Condition{Field: "systemname", Value: name})
	}
	rows, err := r.tables.LoadAll(aclFamily, where...)
	if err != nil {
		r.note([]config.Diagnostic{{Severity: config.Error, Text: "the lists of addresses in the table '" + aclFamily + "': " + err.Error()}})
		return
	}
	slices.SortStableFunc(rows, func(a, b realtime.Row) int { return cmp.Compare(ruleOrder(a), ruleOrder(b)) })
	for _, row := range rows {
		name, sense, rule := row.Get("name"), row.Get("sense"), row.Get("rule")
		list, permit := r.lists[name], strings.HasPrefix(strings.ToLower(sense), "p")
		if slices.Equal(list, auth.Nobody) {
			continue
		}
		if err := list.Add(permit, rule); err != nil {
			r.note([]config.Diagnostic{{Severity: config.Error,
				Text: fmt.Sprintf("the list '%s' of the table '%s': %v; the list denies everything", name, aclFamily, err)}})
			list = auth.Nobody
		}
		r.lists[name] = list
	}
}

// ruleOrder is the place of a rule in its list.
func ruleOrder(row realtime.Row) int {
	n, _ := strconv.Atoi(row.Get("rule_order"))
	return n
}
