package queue

import (
	"fmt"
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/internal/config"
	"obelisk/pbx"
)

// Check implements pbx.Checked: whether those who are members can be called, whether what queues
// name is in the dialplan and in queuerules.conf, and whether the dialplan names queues that are
// there.
func (n *next) Check(w pbx.Whole) []config.Diagnostic {
	f := w.File("queues.conf")
	if f == nil {
		return nil
	}
	k := &checker{Whole: w, c: n.c}
	for _, s := range f.Visible() {
		if strings.EqualFold(s.Name, "general") {
			continue
		}
		for _, v := range s.Vars {
			k.option(s.Name, v)
		}
	}
	if p := w.Plan(); p != nil {
		p.EachStep(k.step)
	}
	return k.out
}

type checker struct {
	pbx.Whole
	c   *Config
	out []config.Diagnostic
}

func (k *checker) say(pos config.Pos, format string, args ...any) {
	k.out = append(k.out, config.Diagnostic{Pos: pos, Text: fmt.Sprintf(format, args...)})
}

// option looks at what an option of a queue names.
func (k *checker) option(queue string, v config.Var) {
	switch strings.ToLower(v.Name) {
	case "member":
		m, _ := readMember(v.Value)
		k.device(queue, v.Pos, m.face, "this member of queue '%s' is never called")
		if m.state != "" {
			k.device(queue, v.Pos, m.state, "this member of queue '%s' is never free")
		}
	case "context":
		k.context(v.Pos, v.Value, "queue '"+queue+"'", "callers cannot leave by keys")
	case "membergosub":
		name, _, _ := strings.Cut(v.Value, ",")
		k.context(v.Pos, name, "queue '"+queue+"': membergosub", "nothing is run")
	case "defaultrule":
		k.rule(v.Pos, v.Value, "queue '"+queue+"'")
	}
}

// device looks whether somebody who is named is there.
func (k *checker) device(queue string, pos config.Pos, device, consequence string) {
	tech, resource, _ := strings.Cut(device, "/")
	exten, context, in := strings.Cut(resource, "@")
	hint := false
	if c, x, ok := hinted(device); ok {
		hint, context, exten, in = true, c, x, true
	}
	consequence = fmt.Sprintf(consequence, queue)
	context, _, _ = strings.Cut(context, "/")
	query := dialplan.Query{Now: time.Now()}
	switch {
	case strings.Contains(device, "$"):
	case (strings.EqualFold(tech, "SIP") || strings.EqualFold(tech, "PJSIP")) && !k.HasDevice(device):
		var known []string
		for _, d := range k.Devices() {
			known = append(known, strings.TrimPrefix(d, "SIP/"))
		}
		k.say(pos, "there is no '%s' in sip.conf: %s%s", device, consequence, config.DidYouMean(resource, known))
	case k.Plan() == nil || !in:
	case hint:
		if _, ok := k.Plan().Hint(context, exten, query); !ok {
			k.say(pos, "there is no hint of extension '%s' in context '%s': %s", exten, context, consequence)
		}
	case strings.EqualFold(tech, "Local") && !k.Plan().Exists(context, exten, query):
		k.say(pos, "there is no extension '%s' in context '%s': %s", exten, context, consequence)
	}
}

// context looks whether one is in the dialplan.
func (k *checker) context(pos config.Pos, name, by, consequence string) {
	p := k.Plan()
	if p == nil || name == "" || strings.Contains(name, "$") || p.Contexts[name] != nil {
		return
	}
	var known []string
	for _, x := range p.Order {
		known = append(known, x.Name)
	}
	k.say(pos, "%s: there is no context '%s' in extensions.conf: %s%s", by, name, consequence, config.DidYouMean(name, known))
}

// rule looks whether one is in queuerules.conf.
func (k *checker) rule(pos config.Pos, name, by string) {
	var known []string
	for _, l := range k.c.Rules {
		if strings.EqualFold(l.name, name) {
			return
		}
		known = append(known, l.name)
	}
	k.say(pos, "%s: there is no rule '%s' in queuerules.conf: penalties stay as they are%s", by, name, config.DidYouMean(name, known))
}

// Where the queue stands in the arguments of applications.
var queueFirst = map[string]bool{"queue": true, "addqueuemember": true, "removequeuemember": true, "pausequeuemember": true,
	"unpausequeuemember": true, "queueupdate": true}

// step looks at one of the dialplan.
func (k *checker) step(at dialplan.Place) {
	if !queueFirst[strings.ToLower(at.Step.App)] {
		return
	}
	f := append(dialplan.SplitArgs(at.Step.Args.Raw(), 10), make([]string, 10)...)
	if name := f[0]; name != "" && !strings.Contains(name, "$") && !k.has(name) {
		k.say(at.Step.Pos, "%s: there is no queue '%s' in queues.conf%s", at.Step.App, name, config.DidYouMean(name, k.names()))
	}
	if name := f[8]; strings.EqualFold(at.Step.App, "Queue") && name != "" && !strings.Contains(name, "$") {
		k.rule(at.Step.Pos, name, "Queue")
	}
}

func (k *checker) names() (out []string) {
	for _, q := range k.c.Queues {
		out = append(out, q.name)
	}
	return out
}

func (k *checker) has(name string) bool {
	for _, q := range k.c.Queues {
		if strings.EqualFold(q.name, name) {
			return true
		}
	}
	return false
}

// Options implements pbx.Optioned.
func (m *Module) Options() (out []config.OptionRow) {
	row := func(section, name, help string, aliases ...string) {
		out = append(out, config.OptionRow{File: "queues.conf", Section: section, Name: name, Aliases: aliases, Status: "in effect", Help: help})
	}
	for _, o := range generalOptions {
		row("general", o.name, o.help)
	}
	for _, o := range options {
		names := strings.Fields(o.names)
		row("queue", names[0], o.help, names[1:]...)
	}
	row("queue", "member", "interface[,penalty[,name[,state interface[,ringinuse[,wrapuptime[,paused]]]]]]")
	for _, name := range soundOrder {
		row("queue", name, "prompt; without it "+soundNames[name])
	}
	out = append(out, config.OptionRow{File: "queuerules.conf", Section: "general", Name: "realtime_rules", Status: "in effect",
		Help: "yes: more rules are read from the table of family queue_rules, with the file"})
	out = append(out, config.OptionRow{File: "queuerules.conf", Section: "rule", Name: "penaltychange", Status: "in effect",
		Help: "seconds,max[,min[,raise]]: from then on, +n and -n are relative"})
	return out
}
