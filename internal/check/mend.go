package check

import (
	"regexp"
	"strings"
)

// mends are the kinds of findings that a machine can mend, each with how: the line without its
// comment becomes another; "" leaves it as it is.
// A word of insecure that is ignored is none of them: the one that is meant takes a password away.
var mends = map[string]func(line string, f Finding) string{
	"plan-pipe":               func(line string, _ Finding) string { return commas(line) },
	"plan-pattern-underscore": func(line string, _ Finding) string { return extenName.ReplaceAllString(line, "${1}_${2}") },
	"plan-set-blanks":         func(line string, _ Finding) string { return setBlanks.ReplaceAllString(line, "${1}${2}=") },
	"plan-app-blank":          func(line string, _ Finding) string { return appBlank.ReplaceAllString(line, "${1}(") },
	"plan-expression-empty":   quotes,
	"plan-expression-quotes":  quotes,
	"sip-option-old":          renamed,
	"sip-nat-yes":             func(line string, _ Finding) string { return value(line, "force_rport,comedia") },
	"sip-nat-old":             func(line string, f Finding) string { return value(line, strings.TrimPrefix(f.Hint, "nat=")) },
	"sip-value-quoted":        unquoted,
	"file-value-quoted":       func(line string, _ Finding) string { return value(line, strings.Trim(valueOf(line), `"'`)) },
	"sip-option-unknown":      renamed,
	"plan-special-case":       func(line string, _ Finding) string { return special.ReplaceAllStringFunc(line, strings.ToLower) },
}

var (
	extenName = regexp.MustCompile(`^(\s*exten\s*=>?\s*)([^_\s,])`)
	setBlanks = regexp.MustCompile(`(\bM?Set\()\s*([^=()\s]+(?:\([^()]*\))?)\s*=\s*`)
	appBlank  = regexp.MustCompile(`(,[A-Za-z]+)\s+\(`)
	special   = regexp.MustCompile(`^\s*exten\s*=>?\s*[SIHO],`)
	meant     = regexp.MustCompile(`^did you mean '([^']+)'\?$`)
	sides     = regexp.MustCompile(`"[^"]*"|\$\{[A-Za-z_][A-Za-z_0-9]*(?:\([^(){}]*\))?(?::[^{}]*)?\}|[A-Za-z0-9_.+-]+`)
	compared  = regexp.MustCompile(`\$\[([^\[\]"&|()]*|\s*(?:"[^"]*"|[^"&|\[\]]+)\s*(?:=|!=)\s*(?:"[^"]*"|[^"&|\[\]]*)\s*)\]`)
	operator  = regexp.MustCompile(`^\s*(.+?)\s*(!=|=)\s*(.*?)\s*$`)
)

// unquoted takes the quotation marks off a value. Those of a secret stay: they are a part of it, and phones
// that log in have them too.
func unquoted(line string, _ Finding) string {
	if name, _, _ := strings.Cut(line, "="); strings.Contains(strings.ToLower(name), "secret") {
		return ""
	}
	return value(line, strings.Trim(valueOf(line), `"'`))
}

// commas has the arguments of a line parted by commas. Within $[ ] and quotation marks | means
// something else.
func commas(line string) string {
	var b strings.Builder
	expression, quoted := 0, false
	for i := range len(line) {
		c := line[i]
		switch {
		case c == '"':
			quoted = !quoted
		case c == '[' && i > 0 && line[i-1] == '$':
			expression++
		case c == ']' && expression > 0:
			expression--
		case c == '|' && expression == 0 && !quoted:
			c = ','
		}
		b.WriteByte(c)
	}
	return b.String()
}

// quotes puts both sides of each comparison for equality in quotation marks.
func quotes(line string, _ Finding) string {
	return compared.ReplaceAllStringFunc(line, func(text string) string {
		m := operator.FindStringSubmatch(text[2 : len(text)-1])
		if m == nil || !side(m[1]) || !side(m[3]) {
			return text
		}
		return "$[" + inQuotes(m[1]) + " " + m[2] + " " + inQuotes(m[3]) + "]"
	})
}

// side says whether a text is one operand.
func side(text string) bool { return text == "" || sides.FindString(text) == text }

func inQuotes(text string) string { return `"` + strings.Trim(text, `"`) + `"` }

// valueOf is what stands behind the = of a line.
func valueOf(line string) string {
	_, v, _ := strings.Cut(line, "=")
	return strings.TrimSpace(strings.TrimPrefix(v, ">"))
}

// value puts another value behind the = of a line; blanks at its end stay.
func value(line, to string) string {
	if to == "" || strings.ContainsAny(to, " \n") {
		return ""
	}
	old := valueOf(line)
	at := strings.LastIndex(line, old)
	if old == "" || at < 0 {
		return ""
	}
	return line[:at] + to + line[at+len(old):]
}

// renamed gives a line the name that the finding has.
func renamed(line string, f Finding) string {
	name := ""
	if m := meant.FindStringSubmatch(f.Hint); m != nil {
		name = m[1]
	} else if before, _, ok := strings.Cut(f.Hint, "="); ok && f.Code == "sip-option-old" {
		name = before
	}
	at := strings.IndexByte(line, '=')
	if name == "" || at < 0 || strings.ContainsAny(name, " ()") || name == "secret" {
		return "" // a secret beside another one would take its place
	}
	written := strings.TrimSpace(line[:at])
	return strings.Replace(line, written, name, 1)
}
