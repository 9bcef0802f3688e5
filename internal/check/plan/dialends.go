package plan

import "strings"

// ringsForGood tells of a phone that is called without a timeout, with a mailbox as the next step.
func (s *step) ringsForGood() {
	phone, ok := strings.CutPrefix(s.arg(0), "SIP/")
	next := s.Extension.Priority(s.Step.N + 1)
	if !ok || s.arg(1) != "" || s.arg(2) != "" || next == nil || next.Label != "" || s.j.sip == nil ||
		!strings.EqualFold(next.App, "VoiceMail") {
		return
	}
	if p := s.j.sip.InFile(literal(s.Extension, phone)); p == nil || !p.Dynamic {
		return
	}
	_, options, _ := strings.Cut(next.Args.Raw(), ",")
	if strings.Contains(options, "b") || strings.Contains(options, "$") {
		return
	}
	s.note("plan-dial-endless", "Dial("+s.arg(0)+",25)", "no timeout, the second argument: it rings until the caller gives up, and VoiceMail "+
		"behind it (%s) is reached only when the phone is off, engaged or refuses", next.Pos)
}
