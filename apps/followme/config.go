package followme

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/internal/config"
	"obelisk/pbx"
)

// profile is a section of followme.conf. It is never changed, only replaced by a reload.
type profile struct {
	name       string
	pos        config.Pos
	music      string
	musicPos   config.Pos
	context    string
	contextPos config.Pos
	steps      []step

	ask           bool // enable_callee_prompt
	take, decline string
	digits        time.Duration // featuredigittimeout
	callFrom      string        // prompts
	noRecording   string
	options       string
	hold          string
	status        string
	sorry         string
	connecting    string
}

// step is numbers that are called at a time.
type step struct {
	numbers []string
	timeout time.Duration
	order   int
}

// The defaults of Asterisk.
const (
	defaultTimeout = 25 * time.Second
	mostNumber     = 80  // characters of a number
	mostSteps      = 100 // of a profile
	mostKeys       = 20  // of takecall and declinecall
)

func defaults() profile {
	return profile{ask: true, take: "1", decline: "2", digits: 5 * time.Second, callFrom: "followme/call-from",
		noRecording: "followme/no-recording", options: "followme/options", hold: "followme/pls-hold-while-try", status: "followme/status",
		sorry: "followme/sorry", music: "default", context: "default"}
}

type table = config.Table[profile]

// common are the options of [general] and of each profile.
var common = []config.Option[profile]{
	{Name: "featuredigittimeout", Takes: "0 to 60000 ms", Default: "5000",
		Help: "how long after the prompts, and between two keys, who is called may take", Set: config.SetTime(time.Millisecond, 0, 60_000,
			func(p *profile) *time.Duration { return &p.digits })},
	{Name: "enable_callee_prompt", Takes: "yes|no", Default: "yes", Help: "who is called is asked whether he takes the call",
		Set: config.SetBool(func(p *profile) *bool { return &p.ask })},
	{Name: "takecall", Takes: "keys", Default: "1", Help: "he takes it", Set: keys(func(p *profile) *string { return &p.take })},
	{Name: "declinecall", Takes: "keys", Default: "2", Help: "he does not", Set: keys(func(p *profile) *string { return &p.decline })},
	sound("call_from_prompt", "followme/call-from", "heard by who is called before the caller's name", "call-from-prompt",
		func(p *profile) *string { return &p.callFrom }),
	sound("norecording_prompt", "followme/no-recording", "in place of it where there is no name", "followme-norecording-prompt",
		func(p *profile) *string { return &p.noRecording }),
	sound("options_prompt", "followme/options", "asks him for the keys", "followme-options-prompt",
		func(p *profile) *string { return &p.options }),
	sound("pls_hold_prompt", "followme/pls-hold-while-try", "heard by the caller before the first number", "followme-pls-hold-prompt",
		func(p *profile) *string { return &p.hold }),
	sound("status_prompt", "followme/status", "heard by the caller with option s", "followme-status-prompt",
		func(p *profile) *string { return &p.status }),
	sound("sorry_prompt", "followme/sorry", "heard by the caller with option n", "followme-sorry-prompt",
		func(p *profile) *string { return &p.sorry }),
	sound("connecting_prompt", "", "heard by who has taken the call", "followme-connecting-prompt",
		func(p *profile) *string { return &p.connecting }),
}

var (
	general = table{File: "followme.conf", Section: "general", Options: common}
	one     = table{File: "followme.conf", Section: "a profile", Options: append([]config.Option[profile]{
		{Name: "number", Takes: "number[&number...][,seconds[,order]]",
			Help: "who is called in a step, for how long (25 s), and which step that is", Set: addStep},
		{Name: "context", Takes: "a context", Default: "default", Help: "where numbers are dialled",
			Set: config.SetText(func(p *profile) *string { return &p.context })},
		{Name: "musicclass", Aliases: []string{"musiconhold", "music"}, Takes: "a class", Default: "default",
			Help: "music that the caller hears", Set: config.SetText(func(p *profile) *string { return &p.music })},
	}, common...)}
)

func sound(name, otherwise, help, old string, field func(*profile) *string) config.Option[profile] {
	return config.Option[profile]{Name: name, Aliases: []string{old}, Takes: "a prompt", Default: otherwise, Help: help,
		Set: config.SetText(field)}
}

func keys(field func(*profile) *string) func(*profile, string) error {
	return func(p *profile, v string) error {
		if v == "" || len(v) > mostKeys || strings.Trim(v, "0123456789*#ABCD") != "" {
			return fmt.Errorf("it takes 1 to %d keys", mostKeys)
		}
		*field(p) = v
		return nil
	}
}

// addStep reads "number[&number...][,seconds[,order]]".
func addStep(p *profile, v string) error {
	f := append(strings.SplitN(v, ",", 3), "", "")
	s := step{timeout: defaultTimeout, order: len(p.steps) + 1}
	for _, n := range strings.Split(f[0], "&") {
		if n = strings.TrimSpace(n); n != "" && len(n) <= mostNumber {
			s.numbers = append(s.numbers, n)
		}
	}
	if len(s.numbers) == 0 {
		return fmt.Errorf("it takes a number of up to %d characters", mostNumber)
	}
	if len(p.steps) == mostSteps {
		return fmt.Errorf("a profile takes up to %d steps", mostSteps)
	}
	if t := strings.TrimSpace(f[1]); t != "" {
		n, err := strconv.Atoi(t)
		if err != nil || n < 1 || n > 24*3600 {
			return fmt.Errorf("'%s' is no number of seconds", t)
		}
		s.timeout = time.Duration(n) * time.Second
	}
	if t := strings.TrimSpace(f[2]); t != "" {
		n, err := strconv.Atoi(t)
		if err != nil || n < 1 {
			return fmt.Errorf("'%s' is no place in the order", t)
		}
		s.order = n
	}
	p.steps = append(p.steps, s)
	return nil
}

// readConfig reads followme.conf; f may be nil.
func readConfig(f *config.File) (list []*profile, diags []config.Diagnostic) {
	if f == nil {
		return nil, nil
	}
	base := defaults()
	diags = general.Read(f.Section("general"), &base, nil)
	for _, x := range f.Visible() {
		if strings.EqualFold(x.Name, "general") {
			continue
		}
		if slices.ContainsFunc(list, func(o *profile) bool { return strings.EqualFold(o.name, x.Name) }) {
			diags = append(diags, config.Diagnostic{Pos: x.Pos, Text: "profile '" + x.Name + "' is there already: this section has no effect"})
			continue
		}
		p := base
		p.name, p.pos, p.steps = x.Name, x.Pos, nil
		diags = append(diags, one.Read(x, &p, nil)...)
		for _, v := range x.Vars {
			switch strings.ToLower(v.Name) {
			case "context":
				p.contextPos = v.Pos
			case "musicclass", "musiconhold", "music":
				p.musicPos = v.Pos
			}
		}
		slices.SortStableFunc(p.steps, func(a, b step) int { return a.order - b.order })
		if strings.HasPrefix(p.take, p.decline) || strings.HasPrefix(p.decline, p.take) {
			diags = append(diags,
				config.Diagnostic{Pos: x.Pos,
					Text: fmt.Sprintf("profile '%s': takecall '%s' and declinecall '%s' begin alike: one of them cannot be pressed", x.Name, p.take,
						p.decline)})
		}
		if len(p.steps) == 0 {
			diags = append(diags, config.Diagnostic{Pos: x.Pos, Severity: config.Note, Text: "profile '" + x.Name + "' has no number"})
		}
		list = append(list, &p)
	}
	return list, diags
}

// Check implements pbx.Checked: whether the contexts and numbers are in the dialplan, and the profiles
// that it names are there.
func (n *next) Check(w pbx.Whole) (out []config.Diagnostic) {
	plan := w.Plan()
	if plan == nil {
		return nil
	}
	say := func(pos config.Pos, format string, args ...any) {
		out = append(out, config.Diagnostic{Pos: pos, Text: fmt.Sprintf(format, args...)})
	}
	var known []string
	query := dialplan.Query{Now: time.Now()}
	for _, p := range n.list {
		known = append(known, p.name)
		if plan.Contexts[p.context] == nil {
			pos := p.contextPos
			if pos == (config.Pos{}) {
				pos = p.pos
			}
			say(pos, "profile '%s': there is no context '%s' in extensions.conf: nobody can be called", p.name, p.context)
			continue
		}
		for _, s := range p.steps {
			for _, number := range s.numbers {
				if !plan.Exists(p.context, number, query) {
					say(p.pos, "profile '%s': there is no extension '%s' in context '%s'", p.name, number, p.context)
				}
			}
		}
	}
	plan.EachStep(func(at dialplan.Place) {
		if !strings.EqualFold(at.Step.App, "FollowMe") {
			return
		}
		name := append(dialplan.SplitArgs(at.Step.Args.Raw(), 2), "")[0]
		if name != "" && !strings.Contains(name, "$") && !slices.ContainsFunc(known, func(k string) bool { return strings.EqualFold(k, name) }) {
			say(at.Step.Pos, "FollowMe: there is no profile '%s' in followme.conf%s", name, config.DidYouMean(name, known))
		}
	})
	return out
}

// Names implements pbx.Naming.
func (n *next) Names(kind string) (out []pbx.Reference) {
	if kind != pbx.NamedMusic {
		return nil
	}
	for _, p := range n.list {
		if p.musicPos != (config.Pos{}) && p.music != "" {
			out = append(out, pbx.Reference{Name: p.music, Pos: p.musicPos, By: "profile '" + p.name + "'"})
		}
	}
	return out
}
