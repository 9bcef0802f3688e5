package pbx

import (
	"strings"
)

// Presentation is whether a number may be shown, and who has verified it.
type Presentation struct {
	Word   string // the dialplan's, and that of sip.conf's callingpres
	Number int    // that of Q.931, octet 3a
	Text   string
}

// Presentations are all there are, in the order of their numbers.
var Presentations = [...]Presentation{
	{"allowed_not_screened", 0x00, "Presentation Allowed, Not Screened"},
	{"allowed_passed_screen", 0x01, "Presentation Allowed, Passed Screen"},
	{"allowed_failed_screen", 0x02, "Presentation Allowed, Failed Screen"},
	{"allowed", 0x03, "Presentation Allowed, Network Number"},
	{"prohib_not_screened", 0x20, "Presentation Prohibited, Not Screened"},
	{"prohib_passed_screen", 0x21, "Presentation Prohibited, Passed Screen"},
	{"prohib_failed_screen", 0x22, "Presentation Prohibited, Failed Screen"},
	{"prohib", 0x23, "Presentation Prohibited, Network Number"},
	{"unavailable", 0x43, "Number Unavailable"},
}

// PresentationOf finds one by its word; the first of all for an unknown one.
func PresentationOf(word string) Presentation {
	for _, p := range Presentations {
		if p.Word == word {
			return p
		}
	}
	return Presentations[0]
}

// Presented is how the number may be shown: what was said, else what follows from Private
// and Screened.
func (c CallerID) Presented() Presentation {
	switch {
	case c.Pres != "":
		return PresentationOf(c.Pres)
	case c.Private && c.Screened:
		return PresentationOf("prohib_passed_screen")
	case c.Private:
		return PresentationOf("prohib_not_screened")
	case c.Screened:
		return PresentationOf("allowed_passed_screen")
	}
	return Presentations[0]
}

// Verified says whether the far side or its network stands for the number.
func (p Presentation) Verified() bool {
	return p.Number&0x1f == 1 || p.Number&0x1f == 3 && p.Word != "unavailable"
}

// Prohibited says whether the number may not be shown.
func (p Presentation) Prohibited() bool { return !strings.HasPrefix(p.Word, "allowed") }

// Withheld says whether the name or the number of a caller may not be shown.
func (c CallerID) Withheld() bool {
	return c.Presented().Prohibited() || c.NamePres != "" && PresentationOf(c.NamePres).Prohibited() && c.Name != ""
}
