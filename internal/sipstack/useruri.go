package sipstack

import (
	"strings"
)

// UserOf is the user of a URI, decoded once; of tel: the number without its visual
// separators (RFC 3966 section 3).
func UserOf(u URI) string {
	user := Unescape(u.User)
	if u.Scheme == "tel" {
		return separators.Replace(user)
	}
	return user
}

// NumberOf is the user of a URI without its own parameters, as ;npdi.
func NumberOf(u URI) string {
	n, _, _ := strings.Cut(UserOf(u), ";")
	return n
}

var separators = strings.NewReplacer("-", "", ".", "", "(", "", ")", "")
