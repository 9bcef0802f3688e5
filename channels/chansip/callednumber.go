package chansip

import (
	"strings"
	"time"

	"obelisk/channels/chansip/sipconf"
	"obelisk/dialplan"
	"obelisk/internal/sipstack"
)

// Names from outside: who is called, who calls, where a call is to go on to. They are
// data; what the dialplan puts into a dial string must dial one thing.

// called is the user of a URI as it is looked up in the dialplan, still encoded; "s"
// where there is none.
func called(u sipstack.URI) string {
	switch {
	case u.User == "":
		return "s"
	case u.Scheme == "tel":
		return sipstack.UserOf(u)
	}
	return u.User
}

// findExten finds the extension of a called user: decoded, then as written; with pedantic=no the
// other way round. It returns the form that exists. With safenames a wildcard does not match
// characters that mean something in a dial string: ${EXTEN} would dial something else. An
// extension that has them itself, as _X.@., and the name of an endpoint do match.
//
// Differs: with chan_sip wildcards take anything; FILTER() is for the dialplan to use.
func (d *Driver) findExten(context, user, callerID string) (string, bool) {
	plan, dir := d.core.Plan(), d.Directory()
	q := query(callerID)
	plain := sipstack.Unescape(user)
	forms := [2]string{plain, user}
	if !dir.Pedantic {
		forms = [2]string{user, plain}
	}
	for _, e := range forms {
		if dir.DialsMore(e) {
			if hit, ok := plan.Find(context, e, 1, q); ok && (means(hit.Extension, e) || dir.Lookup(e) != nil) {
				return e, true
			}
		} else if plan.Exists(context, e, q) {
			return e, true
		}
	}
	return plain, false
}

// means says whether an extension, nil for one that is not in a file, has the characters
// of a name that a dial string gives meaning to.
func means(x *dialplan.Extension, name string) bool {
	if x == nil {
		return false
	}
	for _, c := range sipconf.DialMeaning {
		n := strings.Count(name, string(c))
		if n > strings.Count(x.Name, string(c)) || n > 0 && c == '!' && x.Pattern() {
			return false
		}
	}
	return true
}

func query(callerID string) dialplan.Query {
	return dialplan.Query{CallerID: callerID, Now: time.Now()}
}
