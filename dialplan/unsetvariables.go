package dialplan

import (
	"fmt"
	"iter"
	"regexp"
	"strings"

	"obelisk/internal/config"
)

var (
	// systemVariable is set by the switchboard, its channels and its applications.
	systemVariable = regexp.MustCompile(
		`^(EXTEN|CONTEXT|PRIORITY|CHANNEL|UNIQUEID|HANGUPCAUSE|HINT|HINTNAME|CALLINGPRES` +
			`|CALLINGANI2|CALLINGTON|CALLINGTNS|EPOCH|SYSTEMNAME|ENTITYID` +
			`|AST[A-Z]+DIR|ARGC|ARG[0-9]+|MACRO_[A-Z]+|SIP(CALLID|DOMAIN|URI|USERAGENT|TRANSFER|REFER[A-Z]*)|RTP[A-Z]+|[A-Z_]*STATUS` +
			`|(ANSWERED|DIALED|RING|PROGRESS|[A-Z]*HOLD|TEST)TIME(_MS)?|DIAL[A-Z]+|BRIDGE[A-Z]+` +
			`|[A-Z]+TRANSFER|FORWARD[A-Z_]+|TRANSFER[A-Z_]+` +
			`|INVALID_EXTEN|GOSUB_RETVAL|GOSUB_RESULT|REASON|DB_RESULT|WHILE_[0-9]+|END_WHILE_[0-9]+|MIXMONITOR_FILENAME` +
			`|VOICEAGENT[A-Z_]*|RECORDED_FILE|TESTTIME|[A-Z]*QUEUE[A-Z_]*|[A-Z]*MEMBER[A-Z_]*|VM_[A-Z]+|WAITDIGITRESULT)$`)
)

// goneVariables read as nothing since Asterisk 1.4; what says the same now.
var goneVariables = map[string]string{"CALLERID": "CALLERID(all)", "CALLERIDNUM": "CALLERID(num)", "CALLERIDNAME": "CALLERID(name)",
	"DNID": "CALLERID(dnid)", "RDNIS": "CALLERID(rdnis)", "TIMESTAMP": "STRFTIME(,,%Y%m%d-%H%M%S)", "DATETIME": "STRFTIME(,,%d%m%Y-%H:%M:%S)",
	"LANGUAGE": "CHANNEL(language)", "ACCOUNTCODE": "CDR(accountcode)"}

// Unset finds variables that steps read and nothing in the dialplan sets; known tells of
// those that are set elsewhere. Each is told of once, where it is read first.
func (p *Plan) Unset(known func(name string) bool) (out []config.Diagnostic) {
	named := map[string]bool{}
	for _, g := range p.Globals {
		named[g.Name] = true
	}
	told, seen := map[string]bool{}, map[string]bool{}
	if !p.readsOthers(named, known) {
		return nil
	}
	p.EachStep(func(at Place) {
		text := at.Step.Args.Raw()
		if seen[text] {
			return
		}
		seen[text] = true
		for start, word := range words(text) {
			if !strings.HasSuffix(text[:start], "${") && !strings.HasPrefix(text[start+len(word):], "(") { // nor a function
				named[word] = true
			}
		}
	})
	p.EachStep(func(at Place) {
		if !seen[at.Step.Args.Raw()] {
			return // told of
		}
		delete(seen, at.Step.Args.Raw())
		for name := range Reads(at.Step.Args.Raw()) {
			if told[name] || named[name] || known(name) {
				continue
			}
			switch now, gone := goneVariables[name]; {
			case gone:
				told[name] = true
				out = append(out, config.Diagnostic{Pos: at.Step.Pos, Text: fmt.Sprintf("${%s} reads as nothing since Asterisk 1.4: it is ${%s} now",
					name, now)})
			case !systemVariable.MatchString(name):
				told[name] = true
				out = append(out, config.Diagnostic{Pos: at.Step.Pos, Severity: config.Note,
					Text: fmt.Sprintf("${%s} is set nowhere in the dialplan: unless a program or the console sets it, it reads as nothing", name)})
			}
		}
	})
	return out
}

// readsOthers says whether a step reads a variable that is neither among some nor one of the system:
// most dialplans do, and large ones that were generated do not.
func (p *Plan) readsOthers(named map[string]bool, known func(string) bool) bool {
	found := false
	seen := map[string]bool{}
	p.EachStep(func(at Place) {
		text := at.Step.Args.Raw()
		if found || seen[text] || !strings.Contains(text, "${") {
			return
		}
		seen[text] = true
		for name := range Reads(text) {
			_, gone := goneVariables[name]
			found = found || !named[name] && !known(name) && (gone || !systemVariable.MatchString(name))
		}
	})
	return found
}

// Reads are the variables that a text reads by their names as written, ${NAME} and ${NAME:1}, in their order.
func Reads(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for {
			i := strings.Index(text, "${")
			if i < 0 {
				return
			}
			text = text[i+2:]
			n := 0
			for n < len(text) && wordByte(text[n]) {
				n++
			}
			if n == 0 || n == len(text) || text[0] >= '0' && text[0] <= '9' || text[n] != '}' && text[n] != ':' {
				continue
			}
			if !yield(text[:n]) {
				return
			}
		}
	}
}

// words are those of a text that begin with a letter, with the places where they begin.
func words(text string) iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		for i := 0; i < len(text); i++ {
			start := i
			for i < len(text) && wordByte(text[i]) {
				i++
			}
			if i > start && text[start] != '_' && (text[start] < '0' || text[start] > '9') && !yield(start, text[start:i]) {
				return
			}
		}
	}
}

// wordByte says whether a byte may stand in the name of a variable.
func wordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_'
}
