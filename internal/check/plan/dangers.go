package plan

import (
	"regexp"
	"strings"
)

// fromCaller are texts that the caller chooses.
var fromCaller = regexp.MustCompile(`\$\{(CALLERID\((all|name|num|number|dnid|ani|rdnis|tag)[^)]*\)|CALLERIDNAME|CALLERIDNUM|SIP_HEADER\([^)]*\)|SIPDOMAIN|SIPURI|SIPUSERAGENT|CHANNEL\((useragent|from|uri|ruri)\)|REDIRECTING\([^)]*\)|MESSAGE\([^)]*\)|SIPREFER[A-Z]*)`)

var extenText = regexp.MustCompile(`\$\{EXTEN[:}]`)

// reaching are functions that reach a shell, files or the network, or read what they are given as dialplan.
var reaching = regexp.MustCompile(`\$\{(SHELL|FILE|CURL|EVAL|EVAL_EXTEN|REALTIME|ODBC_[A-Z_]+|ENV|STAT|AGENT_SHELL)\(`)

// dangers looks at what a caller may bring into a shell, a file or the dialplan itself.
func (s *step) dangers() {
	if !strings.Contains(s.args, "$") {
		return
	}
	chosen := fromCaller.FindString(s.args)
	if chosen != "" && !strings.HasSuffix(chosen, "}") {
		chosen += "}"
	}
	open := s.Extension.Pattern() && strings.ContainsAny(s.Extension.Name, ".!")
	if chosen == "" && open && extenText.MatchString(s.args) {
		chosen = "${EXTEN}"
	}
	if chosen == "" {
		return
	}
	if strings.Contains(s.args, "FILTER(") || strings.Contains(s.args, "QUOTE(") && s.app != "system" {
		return
	}
	filter := "${FILTER(0-9a-zA-Z ,...)} around it"
	switch {
	case s.app == "system" || s.app == "trysystem":
		s.say("plan-shell-injection", filter, "%s comes from the caller and goes into a shell: whoever calls with `;command` or `$(command)` in it has it run on this machine, with our rights", chosen)
	case strings.Contains(s.args, "${SHELL(") && strings.Index(s.args, "${SHELL(") < strings.Index(s.args, chosenStart(chosen)):
		s.say("plan-shell-injection", filter, "SHELL: %s comes from the caller and goes into a shell: whoever calls with `;command` in it has it run on this machine, with our rights", chosen)
	case s.app == "mixmonitor" && strings.Contains(s.arg(2), chosenStart(chosen)):
		s.say("plan-shell-injection", filter, "%s comes from the caller and goes into the command that runs after the recording: he has what he likes run on this machine", chosen)
	case reaching.MatchString(s.args) && strings.Index(s.args, reaching.FindString(s.args)) < strings.Index(s.args, chosenStart(chosen)):
		name := strings.TrimSuffix(strings.TrimPrefix(reaching.FindString(s.args), "${"), "(")
		s.say("plan-caller-text", filter, "%s: %s comes from the caller: he chooses what file, address or dialplan text it is about", name, chosen)
	case (s.app == "mixmonitor" || s.app == "record" || s.app == "monitor") && strings.Contains(s.arg(0), chosenStart(chosen)) && !strings.HasPrefix(chosen, "${EXTEN") && !strings.HasPrefix(chosen, "${CALLERID(num"):
		s.note("plan-caller-path", filter, "%s comes from the caller and is a part of a file name: with ../ in it the file lies elsewhere", chosen)
	case s.app == "exec" || s.app == "tryexec":
		s.say("plan-caller-text", filter, "%s comes from the caller and is run as dialplan", chosen)
	case s.app == "dial" && strings.Contains(s.arg(0), chosenStart(chosen)) && !strings.HasPrefix(chosen, "${EXTEN"):
		s.say("plan-dial-unfiltered", "${FILTER(0-9,...)}", "%s comes from the caller and says who is dialled: with & and / in it he dials what he likes", chosen)
	case s.app == "agi" && strings.HasPrefix(strings.TrimSpace(s.arg(0)), chosenStart(chosen)):
		s.say("plan-caller-text", filter, "%s comes from the caller and says which script is run", chosen)
	}
}

func chosenStart(chosen string) string { return strings.TrimSuffix(chosen, "}") }
