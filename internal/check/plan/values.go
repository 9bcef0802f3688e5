package plan

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"obelisk/dialplan"
	"obelisk/internal/check/look"
	"obelisk/internal/config"
	"obelisk/pbx"
)

// set looks at Set(NAME=value).
func (s *step) set() {
	f := dialplan.SplitOutside(s.args, '=', 2)
	name := f[0]
	switch bare := strings.TrimSpace(name); {
	case s.args == "":
		s.say("plan-arguments-missing", "Set(NAME=value)", "nothing is set")
	case len(f) < 2 && strings.Contains(s.args, ",") && !strings.Contains(s.args, "="):
		s.say("plan-set-no-equals", "Set("+strings.Replace(s.args, ",", "=", 1)+")",
			"there is no = in '%s': nothing is set; a name and its value are parted by =", s.args)
	case len(f) < 2 && !strings.Contains(s.args, "="):
		s.say("plan-set-no-equals", "Set(NAME=value)", "there is no = in '%s': nothing is set", s.args)
	case bare == "":
		s.say("plan-set-no-equals", "Set(NAME=value)", "there is no name before the = in '%s'", s.args)
	case strings.TrimRight(name, " \t") != name || strings.TrimLeft(name, " \t") != name:
		s.say("plan-set-blanks", "no blanks around =", "the blank before = belongs to the name of the variable '%s': ${%s} stays empty", bare,
			bare)
	case (strings.HasPrefix(bare, "${") && strings.HasSuffix(bare, "}")) && !strings.Contains(bare[2:], "${"):
		s.say("plan-set-dollar", "Set("+bare[2:len(bare)-1]+"="+f[1]+")",
			"'%s' on the left is replaced by its value before the step runs: a variable is set by its bare name", bare)
	}
	if len(f) == 2 && f[1] != "" && strings.TrimLeft(f[1], " \t") != f[1] && strings.TrimRight(name, " ") == name {
		s.note("plan-set-blanks", "no blanks around =", "the blank behind = is a part of the value")
	}
	if len(f) == 2 && s.app == "set" && severalSet.MatchString(f[1]) && !strings.Contains(f[1], "(") {
		s.say("plan-set-several", "MSet("+s.args+"), or one Set for each",
			"only one variable is set since Asterisk 1.6: the comma and what follows it, '%s', are a part of the value of '%s'",
			severalSet.FindString(f[1]), strings.TrimSpace(name))
	}
	if len(f) == 2 && strings.HasPrefix(f[1], "=") {
		s.note("plan-set-equals", "Set("+name+"="+strings.TrimLeft(f[1], "=")+")", "the second = is a part of the value: %s is '%s'",
			strings.TrimSpace(name), f[1])
	}
	if s.app == "set" {
		s.sum()
	}
	if m := heldEquals.FindStringSubmatch(s.args); m != nil && s.app == "set" {
		s.say("plan-set-brackets", "Set("+m[1]+"("+m[2]+")="+m[3]+")",
			"the = stands within the brackets of %s: nothing is set; the value stands behind them", m[1])
		return
	}
	if len(f) == 2 {
		s.writable(strings.TrimSpace(name))
		s.setFunction(strings.TrimSpace(name), f[1])
	}
}

// heldEquals finds NAME(argument=value), with nothing behind it.
var heldEquals = regexp.MustCompile(`^\s*([A-Z][A-Z_0-9]+)\(([^()=]+)=([^()]*)\)\s*$`)

// writable tells of a function that can only be read.
func (s *step) writable(name string) {
	name, _, ok := strings.Cut(name, "(")
	fn := s.j.Core().Func(name)
	if !ok || fn == nil || fn.Write != nil {
		return
	}
	s.say("plan-function-readonly", onlyRead[name], "%s is read, it cannot be written to: nothing is set", name)
}

// onlyRead are functions that people write to, with what does it.
var onlyRead = map[string]string{"SIP_HEADER": "SIPAddHeader(Name: value)", "SIPPEER": "a line of " +
	"sip.conf", "CHANNELS": "", "VMCOUNT": "",
	"MAILBOX_EXISTS": ""}

// deviceStates are what DEVICE_STATE takes.
var deviceStates = strings.Fields("UNKNOWN NOT_INUSE INUSE BUSY INVALID UNAVAILABLE RINGING RINGINUSE ONHOLD")

// deviceState looks at a state that is set.
func (s *step) deviceState(name, value string) {
	device, ok := strings.CutPrefix(name, "DEVICE_STATE(")
	switch value = strings.TrimSpace(value); {
	case !ok:
	case !strings.Contains(device, "$") && !strings.HasPrefix(strings.ToLower(device), "custom:"):
		s.say("plan-function-readonly", "DEVICE_STATE(Custom:"+device+"="+value,
			"the state of '%s' cannot be set: only that of a device Custom:... can", strings.TrimSuffix(device, ")"))
	case known(value) && !contains(deviceStates, strings.ToUpper(value)):
		s.say("plan-function-item", look.Like(value, deviceStates), "'%s' is no state of a device, it is unknown: the lamp shows none", value)
	}
}

var severalSet = regexp.MustCompile(`,\s*[A-Z_a-z][A-Z_a-z0-9]*=[^=].*$`)

// setFunction looks at what is set by way of functions.
func (s *step) setFunction(name, value string) {
	lower := strings.ToLower(name)
	s.deviceState(name, value)
	s.word(lower, value)
	s.namesContext(name, value)
	switch {
	case (lower == "callerid(num)" || lower == "callerid(number)") && known(value) && strings.Contains(strings.TrimSpace(value), " ") &&
		!strings.ContainsAny(value, "<\""):
		s.say("plan-callerid-number", "Set(CALLERID(name)="+value+")",
			"CALLERID(num) is a number alone: '%s' is a name, with a blank in it, and providers refuse it as a number", value)
	case lower == "callerid(all)" && known(value) && !strings.Contains(value, "<") && strings.Contains(strings.TrimSpace(value), " "):
		s.say("plan-callerid-number", `Set(CALLERID(all)="Name" <number>)`,
			"'%s' has no angle brackets: all of it is the name, and there is no number", value)
	case lower == "callerid(all)" && !strings.Contains(value, "<") && nameAndNumber.MatchString(value):
		s.say("plan-callerid-number", `Set(CALLERID(all)="Name" <number>)`,
			"'%s' has no angle brackets around the number: all of it is the name, and there is no number", value)
	case (lower == "callerid(num)" || lower == "callerid(number)") && quoted(value) && !strings.Contains(value, "<"):
		s.say("plan-callerid-number", "Set("+name+"="+unquote(value)+")",
			"the quotation marks of %s are a part of the number: providers refuse it, or show it with them", value)
	case (lower == "callerid(num)" || lower == "callerid(number)") && strings.ContainsAny(value, "<\"") && !strings.Contains(value, "$"):
		s.say("plan-callerid-number", "Set(CALLERID(all)="+value+")",
			"CALLERID(num) is a number alone: name and angle brackets become a part of it")
	case strings.HasPrefix(lower, "callerid") && !strings.Contains(lower, "("):
		s.callerIDOfOld(name)
	case timeoutKind.MatchString(lower) && !strings.Contains("dra", timeoutKind.FindStringSubmatch(lower)[1][:1]):
		s.say("plan-timeout", "Set(TIMEOUT(digit)=...), response or absolute",
			"there is no timeout '%s': there are digit, response and absolute, and nothing is set", timeoutKind.FindStringSubmatch(lower)[1])
	case timeoutKind.MatchString(lower) && !slices.Contains([]string{"digit", "response", "absolute"},
		timeoutKind.FindStringSubmatch(lower)[1]):
		s.note("plan-timeout", "Set(TIMEOUT(digit)=...), response or absolute",
			"the timeout '%s' counts by its first letter: there are digit, response and absolute", timeoutKind.FindStringSubmatch(lower)[1])
	case strings.HasPrefix(lower, "timeout(") && known(value) && strings.Contains(value, ",") && strings.Contains(value, "="):
		s.say("plan-set-several", "MSet("+s.args+"), or one Set for each", "only one value is set since Asterisk 1.6: the comma and what "+
			"follows it are a part of the value '%s', of which the number that it begins with counts", value)
	case strings.HasPrefix(lower, "timeout(") && known(value) && !isSeconds(value):
		s.say("plan-timeout", "a number of seconds", "the timeout '%s' is no number of seconds", value)
	case strings.HasPrefix(lower, "jitterbuffer("):
		s.jitterBuffer(lower, value)
	case lower == "channel(musicclass)":
		s.musicClass(value)
	case lower == "channel(language)" && look.Languages[strings.ToLower(value)] != "":
		s.say("sip-language", "Set(CHANNEL(language)="+look.Languages[strings.ToLower(value)]+")",
			"language %s: prompts are looked for in a folder of that name, which no set of sounds has; those of en are played", value)
	case lower == "channel(hangup_handler_push)" && known(value):
		target := parenthesised.ReplaceAllString(value, "")
		if text := s.j.plan.CheckTarget(s.Place, target); text != "" && strings.Count(target, ",") == 2 {
			s.say("plan-target", "context,s,1", "%s: nothing runs when the call ends", text)
		}
	case lower == "channel(language)" && strings.ContainsAny(value, " /"):
		s.note("plan-language", "", "'%s' is no language", value)
	case nearCDR(lower) != "":
		s.say("plan-function-item", "CDR("+nearCDR(lower)+")", "%s is a field of its own name, which no record has: '%s' is one letter away",
			name, nearCDR(lower))
	case strings.HasPrefix(lower, "cdr(") && readOnlyCDR.MatchString(lower):
		s.say("plan-cdr-readonly", "Set(CDR(userfield)=...)", "%s cannot be written: Asterisk sets it by itself", name)
	}
}

// nameAndNumber is a name with a variable behind it.
var nameAndNumber = regexp.MustCompile(`^\s*"?[A-Za-z][^${}]*\s\$\{[^{}]*\}\s*$`)

// nearCDR is the field of call records that a misspelt CDR(field) means; "" for none.
func nearCDR(name string) string {
	field, ok := strings.CutPrefix(strings.TrimSuffix(name, ")"), "cdr(")
	for _, f := range []string{"accountcode", "amaflags", "userfield", "peeraccount"} {
		if ok && config.Distance(field, f) == 1 {
			return f
		}
	}
	return ""
}

// jitterBuffer looks at JITTERBUFFER(kind)=max,resync,extra.
func (s *step) jitterBuffer(name, value string) {
	kind, _, _ := strings.Cut(strings.TrimPrefix(name, "jitterbuffer("), ")")
	switch {
	case !known(name):
	case !slices.Contains([]string{"fixed", "adaptive", "disabled", ""}, strings.TrimSpace(kind)):
		s.say("plan-jitterbuffer", "JITTERBUFFER(fixed), (adaptive) or (disabled)", "there is no jitter buffer '%s': nothing is set", kind)
		return
	case kind == "disabled" || !known(value) || strings.EqualFold(value, "default"):
		return
	}
	for _, v := range strings.SplitN(value, ",", 4)[:min(3, strings.Count(value, ",")+1)] {
		if n, err := strconv.Atoi(strings.TrimSpace(v)); strings.TrimSpace(v) != "" && (err != nil || n < 0) {
			s.say("plan-jitterbuffer", "default, or milliseconds: 200,1000,40", "'%s' is no number of milliseconds: that part stays as usual", v)
		}
	}
}

var timeoutKind = regexp.MustCompile(`^timeout\(([a-z]+)\)`)

var readOnlyCDR = regexp.MustCompile(
	`^cdr\((clid|src|dst|dcontext|channel|dstchannel|lastapp|lastdata|start|answer|end|duration|billsec|disposition|uniqueid|sequence)[,)]`)

// condition looks at CONDITION?YES:NO.
func (s *step) condition() {
	if s.oddQuotes() {
		return
	}
	args := s.args
	f := dialplan.SplitOutside(args, '?', 2)
	if len(f) < 2 {
		if s.questionInside(args) {
			return
		}
		if s.app == "execif" && len(s.f) > 1 {
			s.say("plan-execif-form", "ExecIf("+s.arg(0)+"?"+s.arg(1)+"("+strings.Join(s.f[2:], ",")+"))",
				"the form of Asterisk 1.4, deprecated: application and arguments stand behind a ?, in parentheses")
			return
		}
		if !strings.Contains(args, "?") {
			s.say("plan-no-branch", s.Step.App+"(condition?where)",
				"there is no ? and no target behind it in '%s': it does nothing, and there is no jump", args)
		}
		return
	}
	if strings.TrimSpace(f[1]) == "" || strings.Trim(f[1], ": ") == "" {
		s.say("plan-no-branch", "", "no target stands behind the ? in '%s': it does nothing", args)
	}
	timed := strings.HasSuffix(s.app, "time")
	if timed {
		s.times(f[0])
	} else {
		s.j.unlessQuiet(f[0], func() { s.expression(f[0]) })
	}
	if strings.HasPrefix(s.app, "exec") {
		s.executes(f[1])
	}
}

// times looks at TIMES,WEEKDAYS,DAYS,MONTHS.
func (s *step) times(spec string) {
	if strings.Contains(spec, "$") {
		return
	}
	if _, problems := dialplan.ParseTimeSpec(spec); len(problems) > 0 {
		if m := otherDays.FindString(spec); m != "" && len(problems) == 1 {
			s.say("plan-time", "mon, tue, wed, thu, fri, sat, sun", "%s: the names of days and months are English, and '%s' makes the "+
				"condition "+
				"never match", problems[0], m)
			return
		}
		s.say("plan-time", "09:00-17:00,mon-fri,*,*", "%s: the order is times, weekdays, days of the month, months; a word that is invalid "+
			"there makes the condition never match", strings.Join(problems, ", "))
		return
	}
	f := strings.FieldsFunc(strings.ReplaceAll(spec, "|", ","), func(r rune) bool { return r == ',' })
	if len(f) < 4 {
		s.note("plan-time", "09:00-17:00,mon-fri,*,*", "there are four fields: times, weekdays, days of the month, months; what is missing "+
			"is *")
	}
	if from, to, ok := strings.Cut(f[0], "-"); ok && len(from) == len(to) && from > to && from != "*" {
		s.note("plan-time", "", "from %s to %s passes midnight: the days count at the time of the call", from, to)
	}
}

// otherDays finds days of the week in German, French and Spanish.
var otherDays = regexp.MustCompile(`(?i)\b(mo|di|mi|do|fr|sa|so|` +
	`lun|mar|mer|mie|jeu|jue|ven|vie|sam|sab|dim|dom|mont?ag|freitag|lundi|lunes)\b`)

// written is what ExecIf runs: an application with its arguments in parentheses.
var written = regexp.MustCompile(`^\s*\w+\s*(\(.*)?$`)

// commaBranch is a second application behind a comma.
var commaBranch = regexp.MustCompile(`^\s*,\s*[A-Za-z]+\s*\(`)

// afterCall is what stands behind NAME(...).
func afterCall(text string) string {
	_, rest, ok := strings.Cut(text, "(")
	inner, closed := untilClosed(rest)
	if !ok || !closed {
		return ""
	}
	return rest[len(inner)+1:]
}

// executes looks at the branches of ExecIf.
func (s *step) executes(text string) {
	yes, no := dialplan.CutBranches(text)
	for _, branch := range []string{yes, no} {
		name := branch[:strings.IndexAny(branch+",", "(,")]
		switch {
		case branch == "" || strings.Contains(name, "$"):
		case commaBranch.MatchString(afterCall(branch)):
			s.say("plan-execif-form", "ExecIf(condition?One(...):Other(...))", "the two applications of '%s' are parted by a comma, not by a "+
				"colon: the second one is a part of the arguments of the first, and is never run", strings.TrimSpace(branch))
		case rules[strings.ToLower(strings.TrimSpace(name))] != nil && written.MatchString(branch) && strings.HasSuffix(branch, ")"):
			s.nested(strings.TrimSpace(name), branch)
		case !written.MatchString(branch):
			s.say("plan-execif-form", s.Step.App+"(condition?Application(arguments))", "'%s' is no application with its arguments in "+
				"parentheses: an "+
				"application of that whole name is looked for, not found, and the call ends", strings.TrimSpace(branch))
		case s.j.Core().App(strings.TrimSpace(name)) == nil && s.j.Core().Func(strings.TrimSpace(name)) != nil:
			s.say("plan-function-as-app", "ExecIf(condition?Set("+strings.TrimSpace(branch)+"=...))",
				"'%s' is a function, not an application: no such application", strings.TrimSpace(name))
		case gone[strings.ToLower(strings.TrimSpace(name))] != "" && s.j.Core().App(strings.TrimSpace(name)) == nil:
			s.say("plan-app-removed", gone[strings.ToLower(strings.TrimSpace(name))], "'%s' is no application of Asterisk any more",
				strings.TrimSpace(name))
		}
	}
}

// nested looks at an application that another one runs.
func (s *step) nested(app, branch string) {
	_, args, _ := strings.Cut(strings.TrimSuffix(branch, ")"), "(")
	inner := step{Place: s.Place, j: s.j, app: strings.ToLower(app), args: args}
	if args != "" {
		inner.f = dialplan.SplitOutside(args, ',', 0)
	}
	rules[inner.app](&inner)
}

func (s *step) while() {
	if !s.oddQuotes() {
		s.expression(s.args)
	}
}

var (
	compares   = regexp.MustCompile(`(^|[^=!<>])(=|!=|<|>|<=|>=)([^=]|$)`)
	bareOp     = regexp.MustCompile(`\$\{[A-Za-z_][A-Za-z_0-9]*(\([^()]*\))?\}`)
	expression = regexp.MustCompile(`\$\[([^\[\]]*)\]`)
	quotedText = regexp.MustCompile(`"[^"]*"`)
)

// expression looks at a condition.
func (s *step) expression(text string) {
	text = strings.TrimSpace(text)
	if !strings.Contains(text, "$[") {
		if outer := quotedText.ReplaceAllString(bareOp.ReplaceAllString(text, "x"), "q"); compares.MatchString(outer) && !strings.Contains(text,
			"${EXPR") && !strings.HasPrefix(text, "${") || compares.MatchString(withoutFunctions(text)) {
			s.say("plan-expression-missing", "$["+text+"]",
				"the comparison '%s' stands without $[ ]: it is text, which is always true, and never compared", text)
		}
		return
	}
	if i := strings.IndexAny(text, "\u201c\u201d\u201e\u2019\u2018"); i >= 0 {
		s.say("plan-expression-marks", `the plain "`, "the quotation marks of a word processor stand in '%s': they are letters as others, "+
			"and the two sides are hardly ever equal", text)
		return
	}
	s.states(text)
	for _, m := range expression.FindAllStringSubmatch(text, -1) {
		s.operands(m[1])
		s.outcomes(m[1])
		s.bareFunctions(m[1])
	}
}

// oddQuotes finds an expression with a quotation mark that has no other.
func (s *step) oddQuotes() bool {
	for _, m := range expression.FindAllStringSubmatch(s.args, -1) {
		if strings.Count(m[1], `"`)%2 == 1 && !strings.Contains(m[1], `\"`) {
			s.say("plan-expression-quotes", `"one" = "other"`, "a quotation mark of '%s' has no other: what is compared ends elsewhere "+
				"than meant, "+
				"and the condition is a syntax error or false", m[1])
			return true
		}
	}
	return false
}

// withoutFunctions is a text without ${...}, which may hold comparisons of their own.
func withoutFunctions(text string) string {
	var b strings.Builder
	depth := 0
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '$' && i+1 < len(text) && text[i+1] == '{':
			depth++
			i++
		case text[i] == '{' && depth > 0:
			depth++
		case text[i] == '}' && depth > 0:
			if depth--; depth == 0 {
				b.WriteByte('x')
			}
		case depth == 0:
			b.WriteByte(text[i])
		}
	}
	return quotedText.ReplaceAllString(b.String(), "q")
}

var (
	sides      = regexp.MustCompile(`^\s*(.+?)\s*(==|=|!=|<=|>=|<|>)\s*(.*?)\s*$`)
	oneVar     = regexp.MustCompile(`^\$\{([A-Za-z_][A-Za-z_0-9]*)(:[^}]*)?\}$`)
	oneFunc    = regexp.MustCompile(`^\$\{[A-Z_0-9]+\(.*\)\}$`)
	plainWords = regexp.MustCompile(`^[A-Za-z_][A-Za-z_0-9 -]*$`)
)

// never empty are variables that a call always has.
var neverEmpty = map[string]bool{"EXTEN": true, "CONTEXT": true, "PRIORITY": true, "CHANNEL": true, "UNIQUEID": true, "EPOCH": true,
	"ARGC": true, "HANGUPCAUSE": true, "PBX": true, "AUTH": true}

// operands looks at the two sides of each comparison of an expression.
func (s *step) operands(text string) {
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return r == '&' || r == '|' }) {
		part = strings.TrimSpace(strings.Trim(part, "() "))
		m := sides.FindStringSubmatch(part)
		if m == nil {
			continue
		}
		left, op, right := m[1], m[2], m[3]
		if op == "<" && strings.HasPrefix(right, ">") {
			right = strings.TrimSpace(right[1:])
			s.say("plan-expression-side", left+" != "+right, "<> is no operator here: '%s' is a syntax error, and the condition is never "+
				"as meant",
				part)
			continue
		}
		lq, rq := quoted(left), quoted(right)
		switch {
		case right == "" || left == "":
			s.say("plan-expression-side", `"`+left+`" = ""`, "one side of '%s' is empty: a syntax error, and the condition is false", part)
		case lq != rq && (plainWords.MatchString(unquote(right)) || plainWords.MatchString(unquote(left)) || number(unquote(right)) ||
			number(unquote(left)) || oneVar.MatchString(left) || oneVar.MatchString(right)):
			s.say("plan-expression-quotes", both(left, op, right), "one side of '%s' has quotation marks and the other has none: they are a "+
				"part of what is compared, so the two sides are never equal", part)
		case lq && rq && strings.ContainsAny(op, "<>") && (number(unquote(left)) || number(unquote(right))):
			s.say("plan-expression-text", both(left, op, right),
				"'%s' compares texts, not numbers, because of the quotation marks: \"9\" is greater than \"10\" then", part)
		case !lq && !rq:
			for _, side := range []string{left, right} {
				s.mayBeEmpty(part, side, both(left, op, right))
			}
		}
	}
}

// both is a comparison as it should be written. What is greater is found among numbers alone: a
// quotation mark makes a text of them, of which "9" comes behind "10".
func both(left, op, right string) string {
	if strings.ContainsAny(op, "<>") {
		return counted(left) + " " + op + " " + counted(right)
	}
	return `"` + unquote(left) + `" ` + op + ` "` + unquote(right) + `"`
}

// counted is an operand that is a number even when it is empty.
func counted(side string) string {
	if side = unquote(side); strings.HasPrefix(side, "${") {
		return "0" + side
	}
	return side
}

func quoted(s string) bool {
	return strings.HasPrefix(s, `"`) && strings.HasSuffix(s, `"`) && len(s) > 1 ||
		strings.HasPrefix(s, "${QUOTE(") && strings.HasSuffix(s, ")}")
}

func unquote(s string) string { return strings.Trim(s, `"`) }

// mayBeEmpty tells of an operand without quotation marks that a call may have nothing for.
func (s *step) mayBeEmpty(part, side, better string) {
	if m := oneVar.FindStringSubmatch(side); m != nil && s.setBefore(m[1]) {
		return
	} else if m != nil && !neverEmpty[m[1]] && s.j.globals[m[1]] == "" && !strings.HasPrefix(m[1], "ARG") {
		s.note("plan-expression-empty", better, "'%s' has nothing on one side when ${%s} is empty: that is a syntax error, and the "+
			"condition "+
			"is false", part, m[1])
	} else if oneFunc.MatchString(side) && emptyable.MatchString(side) {
		s.note("plan-expression-empty", better, "'%s' has nothing on one side when %s is empty: that is a syntax error, and the "+
			"condition is "+
			"false", part, side)
	}
}

// setBefore says whether an earlier step of the extension sets a variable to something that is written there.
func (s *step) setBefore(name string) bool {
	return slices.ContainsFunc(s.Extension.Priorities(), func(o *dialplan.Priority) bool {
		value, ok := strings.CutPrefix(strings.TrimSpace(o.Args.Raw()), name+"=")
		return ok && o.N < s.Step.N && strings.EqualFold(o.App, "Set") && known(value)
	})
}

var emptyable = regexp.MustCompile(
	`^\$\{(CALLERID|DB|CHANNEL|SIP_HEADER|CDR|CURL|FILE|SHELL|HASH|ODBC_[A-Z]+|ENV|GLOBAL|SIPPEER|CUT|FIELD)\(`)

// seconds looks at an argument that is a time.
func (s *step) seconds() {
	t := s.arg(0)
	switch {
	case s.app == "answer" || s.app == "busy" || s.app == "congestion":
		if known(t) && !isSeconds(t) {
			s.say("plan-timeout", "", "'%s' is no time: it takes a number", t)
		}
		if n, err := strconv.Atoi(t); err == nil && s.app == "answer" && n > 0 && n < 100 {
			s.say("plan-timeout", "Answer("+strconv.Itoa(n*1000)+")", "the pause behind the answer is in milliseconds: %d are none that "+
				"anybody "+
				"hears", n)
		}
	case s.app == "wait" && t == "":
		s.say("plan-arguments-missing", "Wait(1)", "without a number of seconds it does not wait")
	case known(t) && !isSeconds(t):
		s.say("plan-timeout", "a number of seconds", "'%s' is no number of seconds: it does not wait", t)
	}
	if n, err := strconv.Atoi(t); err == nil && s.app != "answer" && n >= 500 {
		hint := s.Step.App + "(" + strconv.FormatFloat(float64(n)/1000, 'f', -1, 64) + ")"
		s.note("plan-timeout", hint, "the time is in seconds: %d are %d minutes", n, n/60)
	}
}

func (s *step) nothing() {}

// causes are words that Hangup takes.
func (s *step) cause() {
	c := s.arg(0)
	if _, ok := pbx.ParseCause(c); ok || !known(c) || number(c) {
		return
	}
	hint := map[string]string{"BUSY": "USER_BUSY", "CONGESTION": "NORMAL_CIRCUIT_CONGESTION", "NOANSWER": "NO_ANSWER",
		"CHANUNAVAIL": "NO_ROUTE_DESTINATION"}
	text := cmp.Or(hint[strings.ToUpper(c)], "17")
	s.say("plan-hangup-cause", "Hangup("+text+")", "'%s' is no cause, it is invalid and passed over: the call ends as any other does", c)
}

// digits looks at SayDigits and SayNumber.
func (s *step) digits() {
	if n := s.arg(0); known(n) && strings.Trim(n, "0123456789*#-+.") != "" {
		s.say("plan-say", "SayAlpha", "'%s' is no number: nothing is said", n)
	}
	if s.args == "" {
		s.say("plan-arguments-missing", s.Step.App+"(${EXTEN})", "no number: nothing is said")
	}
}

// keys looks at SendDTMF.
func (s *step) keys() {
	if k := s.arg(0); known(k) && strings.Trim(k, "0123456789*#ABCDabcdwWfF") != "" {
		s.say("plan-dtmf", "0-9 * # A-D w", "'%s' has characters that are no keys", k)
	}
}
