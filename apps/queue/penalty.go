package queue

import (
	"math"
	"strconv"
	"strings"

	"obelisk/internal/config"
)

// unset is a limit of penalties that nobody has set.
const unset = math.MaxInt32

// limits are between which penalties a caller is served, and up to which lower ones are lifted.
type limits struct {
	max, min, raise int
	raiseWithin     bool // only members of min and more are
}

// raised is a penalty as the caller sees it.
func (l *limits) raised(penalty int) int {
	if l.raise != unset && penalty < l.raise && !(l.raiseWithin && l.min != unset && penalty < l.min) {
		return l.raise
	}
	return penalty
}

// within says whether a penalty is between the limits.
func (l *limits) within(penalty int) bool {
	return (l.max == unset || penalty <= l.max) && (l.min == unset || penalty >= l.min)
}

// rule is one step of a section of queuerules.conf: after some seconds the limits change.
type rule struct {
	after           int64
	max, min, raise change
	raiseWithin     bool
}

// change is to a value, or by one.
type change struct {
	by    bool
	value int
}

// readChange reads one; "" is none.
func readChange(text string) change {
	return change{by: text == "" || text[0] == '+' || text[0] == '-', value: atoi(text)}
}

// from is what a limit becomes.
func (c change) from(limit int) int {
	if c.by {
		return max(limit+c.value, 0)
	}
	return max(c.value, 0)
}

// word is for the console.
func (c change) word() string {
	if c.by {
		return "by"
	}
	return "to"
}

// readRule reads "seconds,max[,min[,raise]]"; wrong says what is not as it should be.
func readRule(text string) (r rule, wrong string) {
	f := strings.Split(text, ",")
	if len(f) < 2 {
		return r, "Improperly formatted penaltychange rule. Ignoring."
	}
	if r.after = int64(atoi(f[0])); r.after < 0 {
		return r, "Improper time parameter specified for penaltychange rule. Ignoring."
	}
	least, raise := "", ""
	if len(f) > 2 {
		least, raise = f[2], strings.Join(f[3:], ",")
	}
	raise, r.raiseWithin = strings.CutPrefix(raise, "r")
	r.max, r.min, r.raise = readChange(f[1]), readChange(least), readChange(raise)
	return r, ""
}

// apply changes the limits that were set, and returns the variables that show it.
func (r rule) apply(l *limits) (vars [][2]string) {
	top := unset
	if l.max != unset {
		top = r.max.from(l.max)
		l.max = top
		vars = append(vars, [2]string{"QUEUE_MAX_PENALTY", strconv.Itoa(l.max)})
	}
	if l.min != unset {
		l.min = min(r.min.from(l.min), top)
		vars = append(vars, [2]string{"QUEUE_MIN_PENALTY", strconv.Itoa(l.min)})
	}
	if l.raise != unset {
		l.raise, l.raiseWithin = min(r.raise.from(l.raise), top), r.raiseWithin
		text := strconv.Itoa(l.raise)
		if l.raiseWithin {
			text = "r" + text
		}
		vars = append(vars, [2]string{"QUEUE_RAISE_PENALTY", text})
	}
	return vars
}

// ruleList is a section of queuerules.conf, the earliest step first.
type ruleList struct {
	name  string
	rules []rule
}

// add puts a step behind those that are not later.
func (l *ruleList) add(r rule) {
	at := len(l.rules)
	for at > 0 && l.rules[at-1].after > r.after {
		at--
	}
	l.rules = append(l.rules[:at], append([]rule{r}, l.rules[at:]...)...)
}

// readRules reads queuerules.conf, which may be nil. stored says that there are rules in a table, too.
func readRules(f *config.File) (lists []*ruleList, stored bool, diags []config.Diagnostic) {
	if f == nil {
		return nil, false, nil
	}
	for _, s := range f.Visible() {
		if strings.EqualFold(s.Name, "general") {
			for _, v := range s.Vars {
				if !strings.EqualFold(v.Name, "realtime_rules") {
					diags = append(diags, config.Unsupported(v, s.Name))
					continue
				}
				stored, _ = config.Bool(v.Value)
			}
			continue
		}
		l := &ruleList{name: s.Name}
		lists = append(lists, l)
		for _, v := range s.Vars {
			if !strings.EqualFold(v.Name, "penaltychange") {
				diags = append(diags, config.Diagnostic{Pos: v.Pos, Text: "Don't know how to handle rule type '" + v.Name + "'"})
			} else if r, wrong := readRule(v.Value); wrong != "" {
				diags = append(diags, config.Diagnostic{Pos: v.Pos, Text: wrong})
			} else {
				l.add(r)
			}
		}
	}
	return lists, stored, diags
}
