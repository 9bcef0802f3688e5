package ami

import (
	"regexp"
	"strings"
)

// Users without the class system reach no files and no shell: neither by a function that
// they read or write, nor by an application that they originate, nor by one that another
// application runs for them. What the dialplan does is its author's affair.

var called = regexp.MustCompile(`([A-Za-z_][A-Za-z_0-9]*)\s*\(`)

// forbidden says whether a text calls a function or an application that is dangerous, and
// the user may not.
func (a *act) forbidden(text string) bool {
	if a.o.account().Write&ClassSystem != 0 {
		return false
	}
	for _, m := range called.FindAllStringSubmatch(text, -1) {
		if f := a.core().Func(strings.ToUpper(m[1])); f != nil && f.Dangerous {
			return true
		}
		if a.dangerousApp(m[1]) {
			return true
		}
	}
	return false
}

func (a *act) dangerousApp(name string) bool {
	app := a.core().App(strings.TrimSpace(name))
	return app != nil && app.Dangerous
}
