package plan

import (
	"regexp"
	"slices"
	"strings"

	"obelisk/internal/check/look"
)

// outcome are the words that an application leaves behind in a variable.
var outcome = map[string][]string{
	"DIALSTATUS":     strings.Fields("CHANUNAVAIL CONGESTION BUSY NOANSWER ANSWER CANCEL DONTCALL TORTURE INVALIDARGS"),
	"QUEUESTATUS":    strings.Fields("TIMEOUT FULL JOINEMPTY LEAVEEMPTY JOINUNAVAIL LEAVEUNAVAIL CONTINUE WITHDRAW"),
	"VMSTATUS":       strings.Fields("SUCCESS USEREXIT FAILED"),
	"PLAYBACKSTATUS": strings.Fields("SUCCESS FAILED"),
	"SYSTEMSTATUS":   strings.Fields("SUCCESS FAILURE APPERROR"),
	"AQMSTATUS":      strings.Fields("ADDED MEMBERALREADY NOSUCHQUEUE"),
	"RQMSTATUS":      strings.Fields("REMOVED NOTINQUEUE NOSUCHQUEUE NOTDYNAMIC"),
	"RECORD_STATUS":  strings.Fields("DTMF SILENCE SKIP TIMEOUT HANGUP ERROR OPERATOR"),
	"READSTATUS":     strings.Fields("OK ERROR HANGUP INTERRUPTED SKIPPED TIMEOUT"),
	"AGISTATUS":      strings.Fields("SUCCESS FAILURE NOTFOUND HANGUP"),
	"PARKSTATUS":     strings.Fields("SUCCESS FAILURE"),
	"TRANSFERSTATUS": strings.Fields("SUCCESS FAILURE UNSUPPORTED"),
}

var comparedOutcome = regexp.MustCompile(`^\s*"?\$\{([A-Z_]+)\}"?\s*(?:==|=|!=)\s*"?([A-Za-z_]+(?: [A-Za-z_]+)*)"?\s*$`)

// outcomes looks at comparisons of what an application has left behind with a word that it never
// leaves.
func (s *step) outcomes(text string) {
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return r == '&' || r == '|' }) {
		m := comparedOutcome.FindStringSubmatch(strings.Trim(part, "() "))
		if m == nil || outcome[m[1]] == nil || slices.Contains(outcome[m[1]], m[2]) || s.j.vars.set[strings.ToLower(m[1])] != "" {
			continue
		}
		hint := look.Like(strings.ToUpper(strings.ReplaceAll(m[2], " ", "")), outcome[m[1]])
		if slices.Contains(outcome[m[1]], strings.ToUpper(m[2])) {
			hint = strings.ToUpper(m[2])
		}
		s.say("plan-status-word", hint, "%s is never '%s': it is one of %s, in capitals, and this comparison is always the same", m[1], m[2],
			strings.Join(outcome[m[1]], ", "))
	}
}
