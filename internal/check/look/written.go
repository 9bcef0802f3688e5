package look

import (
	"slices"
	"strings"
)

// LeftOut are the names of sections of sip.conf that are no endpoint, though they are there to be one:
// their own line says why. Whoever names one of them is not told that it is not there.
func (l *Look) LeftOut() []string {
	d, f := l.SIP(), l.File("sip.conf")
	if l.read.leftOut || d == nil || f == nil {
		return l.leftOut
	}
	l.read.leftOut = true
	for _, s := range f.Visible() {
		switch strings.ToLower(s.Name) {
		case "general", "authentication":
			continue
		}
		if d.InFile(s.Name) == nil {
			l.leftOut = append(l.leftOut, s.Name)
		}
	}
	return l.leftOut
}

// IsLeftOut says whether a name is one of LeftOut.
func (l *Look) IsLeftOut(name string) bool { return slices.Contains(l.LeftOut(), name) }
