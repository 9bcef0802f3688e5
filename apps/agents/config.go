package agents

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/internal/config"
	"obelisk/pbx"
)

// settings are a section of agents.conf. They are never changed, only replaced by a reload.
type settings struct {
	id, name   string
	music      string
	beep       string // prompt by which he is told of a call
	record     bool
	taking     taking
	pos        config.Pos
	musicPos   config.Pos
	musicNamed bool
}

// taking is how an agent takes calls; variables of his channel change it at the login.
type taking struct {
	ack    bool
	accept string        // keys by which he takes a call, with ack
	logoff time.Duration // so long he may leave one waiting for them; 0: for ever
	wrapup time.Duration // he is left alone after a call
}

// same says whether two are alike but for where they stand.
func (s *settings) same(o *settings) bool {
	return s.id == o.id && s.name == o.name && s.music == o.music && s.beep == o.beep && s.record == o.record && s.taking == o.taking
}

// Limits of what times may be.
const (
	mostSeconds = 24 * 3600
	mostMillis  = mostSeconds * 1000
)

var table = config.Table[settings]{File: "agents.conf", Section: "an agent", Options: []config.Option[settings]{
	{Name: "fullname", Takes: "a name", Help: "shown in lists", Set: config.SetText(func(s *settings) *string { return &s.name })},
	{Name: "ackcall", Takes: "yes|no", Default: "no", Help: "he has to take a call by keys; AGENTACKCALL at the login goes before it",
		Set: config.SetBool(func(s *settings) *bool { return &s.taking.ack })},
	{Name: "acceptdtmf", Takes: "keys", Default: "#", Help: "those keys; AGENTACCEPTDTMF",
		Set: func(s *settings, v string) error { return setKeys(&s.taking, v) }},
	{Name: "autologoff", Takes: "0 to 86400 s", Default: "0",
		Help: "who leaves a call waiting for the keys for so long is logged off; 0: never; AGENTAUTOLOGOFF",
		Set:  config.SetTime(time.Second, 0, mostSeconds, func(s *settings) *time.Duration { return &s.taking.logoff })},
	{Name: "wrapuptime", Takes: "0 to 86400000 ms", Default: "0", Help: "so long after a call he gets none; AGENTWRAPUPTIME",
		Set: config.SetTime(time.Millisecond, 0, mostMillis, func(s *settings) *time.Duration { return &s.taking.wrapup })},
	{Name: "musiconhold", Takes: "a class", Default: "default", Help: "music that he hears while he waits",
		Set: config.SetText(func(s *settings) *string { return &s.music })},
	{Name: "recordagentcalls", Takes: "yes|no", Default: "no", Help: "his calls are recorded, as by automixmon of features.conf",
		Set: config.SetBool(func(s *settings) *bool { return &s.record })},
	{Name: "custom_beep", Takes: "a prompt", Default: "beep", Help: "heard when there is a call; empty: nothing",
		Set: config.SetText(func(s *settings) *string { return &s.beep })},
}}

func setKeys(t *taking, keys string) error {
	if keys == "" || strings.Trim(keys, "0123456789*#ABCD") != "" || len(keys) > mostKeys {
		return fmt.Errorf("it takes 1 to %d of 0 to 9, *, # and A to D", mostKeys)
	}
	t.accept = keys
	return nil
}

// mostKeys is the longest acceptdtmf.
const mostKeys = 16

// readConfig reads agents.conf; f may be nil.
func readConfig(f *config.File) (list []*settings, diags []config.Diagnostic) {
	if f == nil {
		return nil, nil
	}
	seen := map[string]config.Pos{}
	for _, x := range f.Visible() {
		if strings.EqualFold(x.Name, "general") {
			for _, v := range x.Vars {
				diags = append(diags, config.Diagnostic{Pos: v.Pos, Text: "agents.conf has no options in [general]: '" + v.Name + "' has no effect" +
					oldAgents(v.Name)})
			}
			continue
		}
		if at, twice := seen[x.Name]; twice {
			diags = append(diags, config.Diagnostic{Pos: x.Pos, Text: fmt.Sprintf("agent '%s' is at %s already: this section has no effect", x.Name,
				at)})
			continue
		}
		seen[x.Name] = x.Pos
		s := &settings{id: x.Name, music: "default", beep: "beep", taking: taking{accept: "#"}, pos: x.Pos}
		diags = append(diags, table.Read(x, s, func(v config.Var) bool { return oldLine(v, &diags) })...)
		for _, v := range x.Vars {
			if strings.EqualFold(v.Name, "musiconhold") {
				s.musicPos, s.musicNamed = v.Pos, true
			}
		}
		list = append(list, s)
	}
	return list, diags
}

// oldLine tells of a line of chan_agent, of before Asterisk 12.
func oldLine(v config.Var, diags *[]config.Diagnostic) bool {
	if !strings.EqualFold(v.Name, "agent") {
		return false
	}
	id, _, _ := strings.Cut(v.Value, ",")
	*diags = append(*diags, config.Diagnostic{Pos: v.Pos, Text: "'agent => " + v.Value + "' is of Asterisk 11 and older: write a section [" +
		strings.TrimSpace(id) + "] with fullname"})
	return true
}

func oldAgents(name string) string {
	if strings.EqualFold(name, "multiplelogin") || strings.EqualFold(name, "persistentagents") {
		return " (it is of Asterisk 11 and older)"
	}
	return ""
}

// Check implements pbx.Checked: whether the agents that the dialplan names are there.
func (n *next) Check(w pbx.Whole) (out []config.Diagnostic) {
	p := w.Plan()
	if p == nil {
		return nil
	}
	return n.steps(p)
}

// Names implements pbx.Naming.
func (n *next) Names(kind string) (out []pbx.Reference) {
	if kind != pbx.NamedMusic {
		return nil
	}
	for _, s := range n.list {
		if s.musicNamed && s.music != "" {
			out = append(out, pbx.Reference{Name: s.music, Pos: s.musicPos, By: "agent '" + s.id + "'"})
		}
	}
	return out
}

// steps looks at what applications of the dialplan name.
func (n *next) steps(p *dialplan.Plan) (out []config.Diagnostic) {
	var known []string
	for _, s := range n.list {
		known = append(known, s.id)
	}
	p.EachStep(func(at dialplan.Place) {
		app := at.Step.App
		if !strings.EqualFold(app, "AgentLogin") && !strings.EqualFold(app, "AgentRequest") {
			return
		}
		id := strings.TrimSpace(append(dialplan.SplitArgs(at.Step.Args.Raw(), 2), "")[0])
		if id != "" && !strings.Contains(id, "$") && !slices.Contains(known, id) {
			out = append(out, config.Diagnostic{Pos: at.Step.Pos, Text: fmt.Sprintf("%s: there is no agent '%s' in agents.conf%s", app, id,
				config.DidYouMean(id, known))})
		}
	})
	return out
}
