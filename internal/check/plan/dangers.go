package plan

import (
	"regexp"
	"strings"
)

// fromCaller are texts that the caller chooses.
var fromCaller = regexp.MustCompile(
	`\$\{(CALLERID\((all|name|num|number|dnid|ani|rdnis|tag)[^)]*\)|CALLERIDNAME|CALLERIDNUM|SIP_HEADER\([^)]*\)|SIPDOMAIN|SIPURI|SIPUSERAGENT|CHANNEL\((useragent|from|uri|ruri)\)|REDIRECTING\([^)]*\)|MESSAGE\([^)]*\)|SIPREFER[A-Z]*)`)

var extenText = regexp.MustCompile(`\$\{EXTEN[:}]`)

// reaching are functions that reach a shell, files or the network, or read what they are given as dialplan.
var reaching = regexp.MustCompile(`\$\{(SHELL|FILE|CURL|EVAL|EVAL_EXTEN|REALTIME|ENV|STAT)\(`)

// harmless are functions whose value has none of what is dangerous in a text.
var harmless = regexp.MustCompile(`\$\{(FILTER|URIENCODE|BASE64_ENCODE|MD5|SHA1|LEN|QUOTE|REGEX|ISNULL|EXISTS|STRFTIME|DB_EXISTS)\(`)

// unfiltered is a text without what harmless functions give; QUOTE is none for a shell.
func unfiltered(text string, shell bool) string {
	for from := 0; ; {
		at := harmless.FindStringSubmatchIndex(text[from:])
		if at == nil {
			return text
		}
		begin, name := from+at[0], text[from+at[2]:from+at[3]]
		end := closing(text, begin+1)
		if end < 0 {
			return text
		}
		if from = begin + 2; !(shell && name == "QUOTE") {
			text = text[:begin] + text[end+1:]
			from = begin
		}
	}
}

// closing is where the brace at a place ends; -1 nowhere.
func closing(text string, at int) int {
	depth := 0
	for i := at; i < len(text); i++ {
		switch text[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

// dangers looks at what a caller may bring into a shell, a file or the dialplan itself.
func (s *step) dangers() {
	if !strings.Contains(s.args, "$") {
		return
	}
	args := unfiltered(s.args, s.app == "system" || s.app == "trysystem" || strings.Contains(s.args, "${SHELL("))
	chosen := fromCaller.FindString(args)
	if chosen != "" && !strings.HasSuffix(chosen, "}") {
		chosen += "}"
	}
	open := s.Extension.Pattern() && strings.ContainsAny(s.Extension.Name, ".!")
	if chosen == "" && open && extenText.MatchString(args) {
		chosen = "${EXTEN}"
	}
	if chosen == "" {
		return
	}
	filter := "${FILTER(0-9a-zA-Z ,...)} around it"
	switch {
	case s.app == "system" || s.app == "trysystem":
		s.say("plan-shell-injection", filter, "%s comes from the caller and goes into a shell: whoever calls with `;command` or `$(command)` "+
			"in it has it run on this machine, with our rights", chosen)
	case strings.Contains(args, "${SHELL(") && strings.Index(args, "${SHELL(") < strings.Index(args, chosenStart(chosen)):
		s.say("plan-shell-injection", filter, "SHELL: %s comes from the caller and goes into a shell: whoever calls with `;command` in it "+
			"has it run on this machine, with our rights", chosen)
	case s.app == "mixmonitor" && strings.Contains(s.arg(2), chosenStart(chosen)):
		s.say("plan-shell-injection", filter, "%s comes from the caller and goes into the command that runs after the recording: he has what "+
			"he likes run on this machine", chosen)
	case inQuery(args, chosenStart(chosen)):
		s.say("plan-caller-text", "${URIENCODE(...)} around it", "CURL: %s comes from the caller and stands in the query: with & and = in it "+
			"he gives the server parameters of his own", chosen)
	case reaching.MatchString(args) && strings.Index(args, reaching.FindString(args)) < strings.Index(args, chosenStart(chosen)):
		name := strings.TrimSuffix(strings.TrimPrefix(reaching.FindString(args), "${"), "(")
		s.say("plan-caller-text", filter, "%s: %s comes from the caller: he chooses what file, address or dialplan text it is about", name,
			chosen)
	case (s.app == "mixmonitor" || s.app == "record" || s.app == "monitor") && strings.Contains(s.arg(0), chosenStart(chosen)) &&
		!strings.HasPrefix(chosen, "${EXTEN") && !strings.HasPrefix(chosen, "${CALLERID(num"):
		s.note("plan-caller-path", filter, "%s comes from the caller and is a part of a file name: with ../ in it the file lies elsewhere",
			chosen)
	case s.app == "exec" || s.app == "tryexec":
		s.say("plan-caller-text", filter, "%s comes from the caller and is run as dialplan", chosen)
	case s.app == "dial" && strings.Contains(s.arg(0), chosenStart(chosen)) && !strings.HasPrefix(chosen, "${EXTEN"):
		s.say("plan-dial-unfiltered", "${FILTER(0-9,...)}",
			"%s comes from the caller and says who is dialled: with & and / in it he dials what he likes", chosen)
	case s.app == "agi" && strings.HasPrefix(strings.TrimSpace(s.arg(0)), chosenStart(chosen)):
		s.say("plan-caller-text", filter, "%s comes from the caller and says which script is run", chosen)
	}
}

func chosenStart(chosen string) string { return strings.TrimSuffix(chosen, "}") }

// inQuery says whether a text stands behind the ? of an address that CURL asks.
func inQuery(args, text string) bool {
	_, behind, ok := strings.Cut(args, "${CURL(")
	_, query, asked := strings.Cut(behind, "?")
	return ok && asked && strings.Contains(query, text)
}
