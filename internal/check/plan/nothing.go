package plan

import (
	"regexp"
	"slices"
	"strings"

	"obelisk/dialplan"
	"obelisk/internal/check/look"
	"obelisk/internal/config"
)

// decideNothing looks for what is written to decide, and never does: a condition both of whose ways are one, an
// extension for a status that there is none of, and a value of the database that no step writes.
func (j *judge) decideNothing() {
	j.plan.EachStep(j.oneWay)
	for _, x := range j.plan.Order {
		j.statusExtensions(x)
	}
	j.valuesOfDatabase()
}

// actsItself finds functions that do something when a condition is worked out.
var actsItself = regexp.MustCompile(`\b(SET|INC|DEC|DB_DELETE|SHELL|CURL|PUSH|POP|SHIFT|UNSHIFT|ODBC_\w+|VERSION|RAND)\(`)

// oneWay tells of a condition that jumps to where the step behind it goes anyway.
func (j *judge) oneWay(at dialplan.Place) {
	app := strings.ToLower(at.Step.App)
	if app != "gotoif" && app != "gotoiftime" || actsItself.MatchString(at.Step.Args.Raw()) {
		return
	}
	ways := j.Jumps(at.Step)
	if len(ways) == 1 {
		next := at.Extension.Priority(at.Step.N + 1)
		if next == nil || !strings.EqualFold(next.App, "Goto") {
			return
		}
		ways = append(ways, j.Jumps(next)...)
	}
	if len(ways) != 2 {
		return
	}
	e, one := j.targetStep(at, ways[0])
	other, two := j.targetStep(at, ways[1])
	if e == nil || one == nil || e != other || one != two {
		return
	}
	severity := config.Note
	if app == "gotoiftime" {
		severity = config.Warning
	}
	j.SayAs(severity, "plan-one-way", at.Step.Pos, "before the step that leads elsewhere", "%s decides nothing: with it and without it "+
		"the call goes to step %d of extension '%s' in context '%s' (%s)", at.Step.App, one.N, e.Name, j.contextOf(e), one.Pos)
}

// contextOf is the name of the context that an extension is in.
func (j *judge) contextOf(e *dialplan.Extension) string {
	for _, x := range j.plan.Order {
		if slices.Contains(x.Extensions, e) {
			return x.Name
		}
	}
	return ""
}

// statusWord is an extension of the status of a Dial: s-BUSY.
var statusWord = regexp.MustCompile(`^s-([A-Z_]{3,})$`)

// statusExtensions finds extensions named as a status beside those of DIALSTATUS, of which there is none.
func (j *judge) statusExtensions(x *dialplan.Context) {
	var odd []*dialplan.Extension
	dials := false
	for _, e := range x.Extensions {
		m := statusWord.FindStringSubmatch(e.Name)
		switch {
		case m == nil || len(e.Priorities()) == 0:
		case slices.Contains(outcome["DIALSTATUS"], m[1]):
			dials = true
		case !ofAny(m[1]):
			odd = append(odd, e)
		}
	}
	if !dials || len(odd) == 0 {
		return
	}
	named := map[string]bool{}
	j.plan.EachStep(func(at dialplan.Place) {
		for _, e := range odd {
			named[e.Name] = named[e.Name] || strings.Contains(at.Step.Args.Raw(), strings.TrimPrefix(e.Name, "s-"))
		}
	})
	for _, e := range odd {
		if word := strings.TrimPrefix(e.Name, "s-"); !named[e.Name] {
			j.Say("plan-status-word", e.Priorities()[0].Pos, look.Like(word, outcome["DIALSTATUS"]), "extension '%s' of context '%s' never runs: "+
				"DIALSTATUS is never '%s', it is one of %s", e.Name, x.Name, word, strings.Join(outcome["DIALSTATUS"], ", "))
		}
	}
}

// ofAny says whether some application leaves a word behind.
func ofAny(word string) bool {
	for _, words := range outcome {
		if slices.Contains(words, word) {
			return true
		}
	}
	return false
}

var (
	dbWritten  = regexp.MustCompile(`^\s*DB\(([^()${},]+/[^()${},]+)\)=(.*)$`)
	dbCompared = regexp.MustCompile(`"?\$\{DB\(([^()${},]+/[^()${},]+)\)\}"?\s*(?:==|=|!=)\s*"?([^"${}\]&|()=]*[^"${}\]&|()= ])"?\s*[\]&|)]`)
	dbMention  = regexp.MustCompile(`\bDB\(([^()${},]*)(\$?)`)
)

// valuesOfDatabase finds an entry that is compared, and never with a value that a step writes into it.
func (j *judge) valuesOfDatabase() {
	written, open, other := map[string][]string{}, map[string]bool{}, false
	type place struct {
		at   config.Pos
		word string
	}
	asked := map[string][]place{}
	var order []string
	j.plan.EachStep(func(at dialplan.Place) {
		text, app := at.Step.Args.Raw(), strings.ToLower(at.Step.App)
		other = other || strings.Contains(app, "agi") || strings.Contains(app, "system") || strings.HasPrefix(app, "dbput") ||
			strings.Contains(text, "SHELL(") || app == "stasis" || app == "userevent"
		m := dbWritten.FindStringSubmatch(text)
		switch {
		case m != nil && app == "set" && known(m[2]):
			written[m[1]] = append(written[m[1]], m[2])
		case m != nil:
			open[m[1]] = true
		case strings.Contains(text, ")=") && strings.Contains(text, "DB("):
			for _, f := range dbMention.FindAllStringSubmatch(text, -1) {
				family, _, _ := strings.Cut(f[1], "/")
				open[family] = true
			}
		}
		for _, c := range dbCompared.FindAllStringSubmatch(text, -1) {
			if asked[c[1]] == nil {
				order = append(order, c[1])
			}
			asked[c[1]] = append(asked[c[1]], place{at.Step.Pos, c[2]})
		}
	})
	for _, key := range order {
		family, _, _ := strings.Cut(key, "/")
		values := written[key]
		if other || len(values) == 0 || open[key] || open[family] || open[""] ||
			slices.ContainsFunc(asked[key], func(p place) bool { return slices.Contains(values, p.word) }) {
			continue
		}
		slices.Sort(values)
		values = slices.Compact(values)
		j.Say("plan-db-value", asked[key][0].at, "'"+values[len(values)-1]+"' in place of '"+asked[key][0].word+"'", "DB(%s) is compared with "+
			"'%s', and the steps write '%s' into it: unless the console or a program does otherwise, the two are never equal", key,
			asked[key][0].word, strings.Join(values, "', '"))
	}
}
