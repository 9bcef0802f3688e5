package plan

import (
	"regexp"
	"slices"
	"strings"

	"obelisk/dialplan"
	"obelisk/internal/check/look"
	"obelisk/internal/config"
)

// variables are the names that the dialplan sets, as written.
type variables struct {
	set   map[string]string // by their names in lower case
	exact map[string]bool
}

var setName = regexp.MustCompile(`^\s*_{0,2}([A-Za-z][A-Za-z_0-9-]*)\s*=`)
var argumentOne = regexp.MustCompile(`^\s*([A-Za-z_][A-Za-z_0-9]*)\s*,`)

// readVariables finds what is set by whom.
func (j *judge) readVariables() variables {
	v := variables{set: map[string]string{}, exact: map[string]bool{}}
	add := func(name string) {
		if name != "" {
			v.set[strings.ToLower(name)], v.exact[name] = name, true
		}
	}
	for name := range j.globals {
		add(name)
	}
	if j.sip != nil {
		for _, p := range j.sip.Peers {
			for _, x := range p.SetVars {
				add(strings.TrimLeft(x[0], "_"))
			}
		}
	}
	j.plan.EachStep(func(at dialplan.Place) {
		args := at.Step.Args.Raw()
		switch app := at.Step.App; {
		case strings.EqualFold(app, "set"):
			if m := setName.FindStringSubmatch(args); m != nil {
				add(m[1])
			}
		case strings.EqualFold(app, "read"):
			if m := argumentOne.FindStringSubmatch(args + ","); m != nil {
				add(m[1])
			}
		}
		if strings.Contains(args, "(") && setsAny(args) {
			for _, m := range anySet.FindAllStringSubmatch(args, -1) {
				add(m[1])
			}
		}
	})
	return v
}

var anySet = regexp.MustCompile(`(?:Set\(|GLOBAL\(|ARRAY\(|LOCAL\(|SHARED\(|HASH\()_{0,2}([A-Za-z][A-Za-z_0-9]*)`)

// setsAny says whether a text has what anySet begins with, which is found sooner.
func setsAny(text string) bool {
	for _, word := range []string{"Set(", "GLOBAL(", "ARRAY(", "LOCAL(", "SHARED(", "HASH("} {
		if strings.Contains(text, word) {
			return true
		}
	}
	return false
}

// otherCase finds variables that are set with other capitals than they are read with.
func (j *judge) otherCase() {
	told := map[string]bool{}
	j.unreadGlobals()
	j.plan.EachStep(func(at dialplan.Place) {
		args := at.Step.Args.Raw()
		if !strings.Contains(args, "${") {
			return
		}
		for name := range dialplan.Reads(args) {
			other := j.vars.set[strings.ToLower(name)]
			if near := statusLike(name); near != "" && !j.vars.exact[name] && !told[name] {
				told[name] = true
				j.Say("plan-variable-misspelt", at.Step.Pos, "did you mean ${"+near+"}?", "${%s} is never set: it is empty, and reads as nothing",
					name)
				continue
			}
			if other == "" || j.vars.exact[name] || told[name] || systemName.MatchString(name) {
				continue
			}
			told[name] = true
			j.Say("plan-variable-case", at.Step.Pos, "${"+other+"}", "%s: ${%s} is never set: the variable that is set is '%s', names are "+
				"compared with their case, and this reads as nothing", at.Step.App, name, other)
		}
	})
}

var systemName = regexp.MustCompile(`^(EXTEN|CONTEXT|PRIORITY|CHANNEL|UNIQUEID|ARG[0-9]+|[A-Z]+STATUS)$`)

// ofChannels are variables that calls have by themselves.
const ofChannels = "EXTEN CONTEXT PRIORITY CHANNEL UNIQUEID EPOCH DIALSTATUS DIALEDTIME ANSWEREDTIME HANGUPCAUSE QUEUESTATUS " +
	"VMSTATUS " +
	"SYSTEMSTATUS PLAYBACKSTATUS READSTATUS INVALID_EXTEN TRANSFERSTATUS BLINDTRANSFER ATTENDEDTRANSFER"

// statusLike is the variable of calls that a name is but for one letter or for underscores between; "" for
// none. dialplan takes all names of that form for such variables.
func statusLike(name string) string {
	if !strings.HasSuffix(name, "STATUS") || slices.Contains(statuses, name) {
		return ""
	}
	plain := strings.ReplaceAll(name, "_", "")
	for _, known := range statuses {
		if plain == known || config.Distance(plain, known) == 1 {
			return known
		}
	}
	return ""
}

var statuses = slices.DeleteFunc(strings.Fields(ofChannels), func(name string) bool { return !strings.HasSuffix(name, "STATUS") })

// nearMisses finds variables that are never set and nearly named as one that is.
func (j *judge) nearMisses(unset []config.Diagnostic) []config.Diagnostic {
	names := strings.Fields(ofChannels)
	for name := range j.vars.exact {
		names = append(names, name)
	}
	for i, d := range unset {
		m := unsetName.FindStringSubmatch(d.Text)
		if m == nil {
			continue
		}
		unset[i].Code = "plan-variable-unset"
		if strings.Contains(d.Text, "since Asterisk 1.4") {
			unset[i].Code = "plan-variable-gone"
			continue
		}
		if j.vars.set[strings.ToLower(m[1])] != "" {
			unset[i].Code = "" // said with its capitals
			continue
		}
		if near := config.Nearest(m[1], names); near != "" && len(m[1]) > 3 && look.Slip(near, m[1]) {
			unset[i].Severity, unset[i].Code, unset[i].Hint = config.Warning, "plan-variable-misspelt", "did you mean ${"+near+"}?"
			unset[i].Text = "${" + m[1] + "} is never set: it is empty, and reads as nothing"
		}
	}
	out := unset[:0]
	for _, d := range unset {
		if d.Code != "" {
			out = append(out, d)
		}
	}
	return out
}

// unreadGlobals finds global variables that nothing reads, while one is read that differs by a letter and that only the
// switchboard sets: what unset variables do not tell of.
func (j *judge) unreadGlobals() {
	if len(j.plan.Globals) == 0 || len(j.plan.Globals) > 500 {
		return
	}
	read, text := map[string]bool{}, map[string]bool{}
	j.plan.EachStep(func(at dialplan.Place) {
		args := at.Step.Args.Raw()
		for name := range dialplan.Reads(args) {
			read[name] = true
		}
		for _, g := range j.plan.Globals {
			text[g.Name] = text[g.Name] || strings.Contains(args, g.Name)
		}
	})
	for _, g := range j.plan.Globals {
		for name := range read {
			if !text[g.Name] && !j.vars.exact[name] && !strings.Contains(g.Value, "$") && len(name) > 4 && config.Distance(name, g.Name) == 1 &&
				lettersDiffer(name, g.Name) && !slices.Contains(strings.Fields(ofChannels), name) {
				j.Say("plan-variable-misspelt", g.Pos, name, "the global variable %s is read nowhere, and ${%s} is, which nothing sets "+
					"before: it reads "+
					"as nothing", g.Name, name)
			}
		}
	}
}

var unsetName = regexp.MustCompile(`^\$\{([A-Za-z_][A-Za-z_0-9]*)\}`)
