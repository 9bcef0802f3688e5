package plan

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"obelisk/dialplan"
)

// given looks at what each function of a text is given: a name where it takes a value, a value where
// it takes a name, arguments in another order.
func (s *step) given() {
	for rest := s.args; ; {
		i := strings.Index(rest, "${")
		if i < 0 {
			return
		}
		rest = rest[i+2:]
		name, after, ok := strings.Cut(rest, "(")
		if !ok || !functionName.MatchString(name) {
			continue
		}
		if args, closed := untilClosed(after); closed {
			s.function(name, args)
		}
	}
}

var functionName = regexp.MustCompile(`^[A-Z][A-Z_0-9]*$`)

// untilClosed is what stands before the bracket that closes; false without it.
func untilClosed(text string) (string, bool) {
	depth := 1
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return text[:i], true
			}
		}
	}
	return "", false
}

// function looks at one function that is read.
func (s *step) function(name, args string) {
	f := dialplan.SplitOutside(args, ',', 0)
	first := strings.TrimSpace(f[0])
	s.item(name, f)
	switch {
	case slices.Contains(takeName, name):
		if m := wholeValue.FindStringSubmatch(first); m != nil && !strings.HasPrefix(m[1], "ARG") {
			s.say("plan-function-name", "${"+name+"("+strings.Replace(args, first, m[1], 1)+")}", "%s takes the name of a variable, and is "+
				"given "+
				"the value of %s: a variable of that name is looked for, and it reads as nothing", name, first)
		}
	case slices.Contains(takeValue, name):
		s.bareName(name, first)
	case name == "IF" || name == "IFTIME":
		s.branches(name, args)
	case name == "FILTER" && len(f) == 2 && strings.Contains(first, "${") && !strings.Contains(f[1], "$"):
		s.say("plan-function-order", "${FILTER("+f[1]+","+first+")}", "FILTER takes the signs that may stay first, and the text behind them: "+
			"they are swapped, and nearly nothing is left")
	case name == "REGEX" && len(f) == 2 && strings.HasPrefix(first, `"`) && strings.HasSuffix(first, `"`):
		s.say("plan-function-order", "${REGEX("+first+" "+strings.TrimSpace(f[1])+")}",
			"REGEX has a blank between the expression and the text: the comma is a part of the text, and ^ never matches")
	case name == "REGEX" && !strings.Contains(first, `"`) && !strings.HasPrefix(first, "$"):
		s.say("plan-function-order", `${REGEX("`+first+`" ${EXTEN})}`, "the expression of REGEX stands in quotation marks: without them it is "+
			"not read, and nothing matches")
	case name == "STRFTIME" && len(f) == 2 && strings.Contains(f[1], "%"):
		s.say("plan-function-order", "${STRFTIME("+first+",,"+f[1]+")}", "STRFTIME takes the time, the time zone and the form: '%s' stands "+
			"where "+
			"the zone is, and the time is written in the form of the system", f[1])
	case name == "STRFTIME" && len(f) == 1 && strings.Contains(first, "%"):
		s.say("plan-function-order", "${STRFTIME(${EPOCH},,"+first+")}", "STRFTIME takes the time, the time zone and the form: '%s' stands "+
			"where "+
			"the time is", first)
	}
}

// takeName are functions whose first argument is the name of a variable.
var takeName = strings.Fields("CUT FIELDQTY FIELDNUM REPLACE STRREPLACE LISTFILTER POP SHIFT PUSH UNSHIFT INC DEC")

// takeValue are functions whose first argument is a text.
var takeValue = strings.Fields("LEN ISNULL EXISTS TOUPPER TOLOWER MD5 SHA1 URIENCODE URIDECODE QUOTE BASE64_ENCODE BASE64_DECODE " +
	"CSV_QUOTE " +
	"KEYPADHASH")

// wholeValue is a value of a variable, and nothing else.
var wholeValue = regexp.MustCompile(`^\$\{([A-Za-z_][A-Za-z_0-9]*)\}$`)

// bareWord is a name, or a function with what it is asked for.
var bareWord = regexp.MustCompile(`^([A-Za-z_][A-Za-z_0-9]*)(\([^$]*\))?$`)

// bareName tells of the name of a variable, or a function, where a text is taken.
func (s *step) bareName(name, text string) {
	m := bareWord.FindStringSubmatch(text)
	if m == nil {
		return
	}
	known := s.j.vars.exact[m[1]] || slices.Contains(strings.Fields(ofChannels), m[1])
	if m[2] != "" {
		known = s.j.Core().Func(m[1]) != nil
	}
	if known {
		s.say("plan-variable-brackets", "${"+name+"(${"+text+"})}", "%s is given the letters '%s' themselves: the value of that is ${%s}", name,
			text, text)
	}
}

// branches looks at IF(condition?yes:no).
func (s *step) branches(name, args string) {
	f := dialplan.SplitOutside(args, '?', 2)
	switch outer := quotedText.ReplaceAllString(withoutFunctions(f[0]), "q"); {
	case len(f) < 2:
		s.say("plan-function-order", "${"+name+"(condition?yes:no)}", "%s has a ? between the condition and what it gives, and a colon "+
			"between the two: '%s' has no ?, and it reads as nothing", name, args)
	case name == "IFTIME":
		s.times(f[0])
	case !strings.Contains(f[0], "$[") && compares.MatchString(outer):
		s.say("plan-expression-missing", "${"+name+"($["+f[0]+"]?"+f[1]+")}",
			"the comparison '%s' stands without $[ ]: it is text, which is always true, and never compared", f[0])
	}
}

// wordMarks tells of signs of a word processor, or of a book, where an expression has an operator.
func (s *step) wordMarks() {
	if !strings.ContainsAny(s.args, "–—−×÷") {
		return
	}
	for _, m := range expression.FindAllStringSubmatch(s.args, -1) {
		if i := strings.IndexAny(quotedText.ReplaceAllString(m[1], ""), "–—−×÷"); i >= 0 {
			s.say("plan-expression-marks", "- * or /", "a sign of a word processor stands in '%s' where an operator is meant: it is a letter as "+
				"others, "+
				"and the expression is a syntax error", m[1])
			return
		}
	}
}

// inherited finds variables that are read with the underscores that they are set with.
var inherited = regexp.MustCompile(`\$\{(_{1,2})([A-Za-z][A-Za-z_0-9]*)\}`)

func (s *step) underscores() {
	for _, m := range inherited.FindAllStringSubmatch(s.args, -1) {
		if !s.j.vars.exact[m[1]+m[2]] {
			s.say("plan-variable-underscore", "${"+m[2]+"}", "the %s of '%s' stands where it is set, and says who inherits it: it is no part of "+
				"the name, and this reads as nothing", m[1], m[0])
		}
	}
}

// counting finds a sum that is set as a text: N=${N}+1.
var counting = regexp.MustCompile(
	`^\s*_{0,2}([A-Za-z][A-Za-z_0-9]*(?:\([^()]*\))?)=\$\{([A-Za-z][A-Za-z_0-9]*(?:\([^()]*\))?)\}\s*[-+*/]\s*[0-9]+\s*$`)

// bareName is a variable without what says that it is a global one.
func bareName(name string) string {
	if inside, ok := strings.CutPrefix(name, "GLOBAL("); ok {
		return strings.TrimSuffix(inside, ")")
	}
	return name
}

// sum tells of a counter that is written without $[ ].
func (s *step) sum() {
	if m := counting.FindStringSubmatch(s.args); m != nil && bareName(m[1]) == bareName(m[2]) {
		_, value, _ := strings.Cut(s.args, "=")
		s.say("plan-set-sum", "Set("+m[1]+"=$["+value+"])", "'%s' is a text and no sum without $[ ]: %s grows by these signs with each time",
			value, m[1])
	}
}

// numberAsPhone tells of a number that is dialled as the name of an endpoint, of a pattern that takes the
// name of none.
func (s *step) numberAsPhone() {
	if s.j.sip == nil || s.j.Tabled() || !s.Extension.Pattern() || strings.HasPrefix(s.Context.Name, "macro-") {
		return
	}
	names := slices.Concat(s.j.sip.PeerNames(), s.j.LeftOut())
	if len(names) == 0 || s.j.sip.AutoCreate.String() != "Off" { // phones are still to come
		return
	}
	for _, dest := range strings.Split(s.arg(0), "&") {
		m := wholeNumber.FindStringSubmatch(strings.TrimSpace(dest))
		if m == nil {
			continue
		}
		n, _ := strconv.Atoi(m[1])
		lead := sample(s.Extension.Name)
		lead = lead[:min(n, len(lead))]
		if !slices.ContainsFunc(names, func(name string) bool { return s.Extension.Matches(lead + name) }) {
			s.say("plan-number-as-phone", "SIP/provider/"+strings.TrimPrefix(strings.TrimSpace(dest), "SIP/"), "what is dialled at extension "+
				"'%s' is taken as the name of an endpoint of sip.conf, and none has a name that fits: no trunk is "+
				"named, and the call ends", s.Extension.Name)
		}
	}
}

var wholeNumber = regexp.MustCompile(`^SIP/\$\{EXTEN(?::([0-9]+))?\}$`)
