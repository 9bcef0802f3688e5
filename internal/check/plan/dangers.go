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
var reaching = regexp.MustCompile(`\$\{(SHELL|FILE|CURL|EVAL|REALTIME|ENV|STAT)\(`)

// harmless are functions whose value has none of what is dangerous in a text.
var harmless = regexp.MustCompile(`\$\{(FILTER|URIENCODE|BASE64_ENCODE|MD5|SHA1|LEN|QUOTE|REGEX|ISNULL|EXISTS|STRFTIME|DB_EXISTS)\(`)

// reachedBy is the first of the reaching functions that has a text within its brackets; "" for none.
func reachedBy(args, text string) string {
	for _, at := range reaching.FindAllStringSubmatchIndex(args, -1) {
		end := closing(args, at[0]+1)
		if end < 0 {
			end = len(args)
		}
		if strings.Contains(args[at[1]:end], text) {
			return args[at[2]:at[3]]
		}
	}
	return ""
}

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
	c := s.chosen(args)
	if c.text == "" {
		return
	}
	chosen, start := c.told, chosenStart(c.text)
	filter := "${FILTER(0-9a-zA-Z ,...)} around it"
	switch {
	case s.app == "system" || s.app == "trysystem":
		s.say("plan-shell-injection", filter, "%s comes from the caller and goes into a shell: whoever calls with `;command` or `$(command)` "+
			"in it has it run on this machine, with our rights", chosen)
	case reachedBy(args, start) == "SHELL":
		s.say("plan-shell-injection", filter, "SHELL: %s comes from the caller and goes into a shell: whoever calls with `;command` in it "+
			"has it run on this machine, with our rights", chosen)
	case s.app == "mixmonitor" && strings.Contains(s.arg(2), start):
		s.say("plan-shell-injection", filter, "%s comes from the caller and goes into the command that runs after the recording: he has what "+
			"he likes run on this machine", chosen)
	case inQuery(args, start):
		s.say("plan-caller-text", "${URIENCODE(...)} around it", "CURL: %s comes from the caller and stands in the query: with & and = in it "+
			"he gives the server parameters of his own", chosen)
	case reachedBy(args, start) != "":
		name := reachedBy(args, start)
		s.say("plan-caller-text", filter, "%s: %s comes from the caller: he chooses what file, address or dialplan text it is about", name,
			chosen)
	case (s.app == "mixmonitor" || s.app == "record" || s.app == "monitor") && strings.Contains(s.arg(0), start) &&
		!c.digits():
		s.note("plan-caller-path", filter, "%s comes from the caller and is a part of a file name: with ../ in it the file lies elsewhere",
			chosen)
	case s.app == "set" && writing.MatchString(args) && strings.Contains(leftOf(args), start):
		s.say("plan-caller-text", filter, "%s comes from the caller: he chooses what is written over", chosen)
	case s.app == "exec" || s.app == "tryexec":
		s.say("plan-caller-text", filter, "%s comes from the caller and is run as dialplan", chosen)
	case s.app == "dial" && strings.Contains(s.arg(0), start) && c.source == "${EXTEN}":
		if c.text != c.source {
			s.unfilteredNumber(c.told)
		}
	case s.app == "dial" && strings.Contains(s.arg(0), start):
		s.say("plan-dial-unfiltered", "${FILTER(0-9,...)}",
			"%s comes from the caller and says who is dialled: with & and / in it he dials what he likes", chosen)
	case s.app == "agi" && strings.HasPrefix(strings.TrimSpace(s.arg(0)), start):
		s.say("plan-caller-text", filter, "%s comes from the caller and says which script is run", chosen)
	}
}

// callerText is what a step reads of the caller's texts.
type callerText struct {
	text   string // as the step has it
	told   string // with where it comes from
	source string // what the caller chooses
}

// digits says whether it is a number, as a rule.
func (c callerText) digits() bool {
	return strings.HasPrefix(c.source, "${EXTEN") || strings.HasPrefix(c.source, "${CALLERID(num")
}

// chosen finds the first text in arguments that the caller chooses: itself, or in a variable that holds it.
func (s *step) chosen(args string) callerText {
	held := s.j.held[s.Step]
	for _, m := range fromCaller.FindAllString(args, -1) {
		if key := variableKey(strings.TrimPrefix(m, "${")); key == "" || has(held, key) {
			return callerText{closed(m), closed(m), closed(m)}
		}
	}
	if open(s.Extension) && extenText.MatchString(args) {
		return callerText{"${EXTEN}", "${EXTEN}", "${EXTEN}"}
	}
	for _, r := range reads(args) {
		if o, ok := held[r.name]; ok && o.text != "" {
			return callerText{r.text, closed(r.text) + ", which holds " + o.text + " (" + o.pos.String() + "),", o.text}
		}
	}
	return callerText{}
}

func chosenStart(chosen string) string { return strings.TrimSuffix(chosen, "}") }

// writing is a step that writes to what is named before its equals sign.
var writing = regexp.MustCompile(`^\s*(FILE|ENV|REALTIME|CURLOPT)\(`)

func leftOf(args string) string {
	left, _, _ := strings.Cut(args, "=")
	return left
}

// inQuery says whether a text stands behind the ? of an address that CURL asks.
func inQuery(args, text string) bool {
	_, behind, ok := strings.Cut(args, "${CURL(")
	_, query, asked := strings.Cut(behind, "?")
	return ok && asked && strings.Contains(query, text)
}
