// Package plan judges extensions.conf: steps that will not do what whoever wrote them meant, and
// what strangers reach by them. It runs nothing.
package plan

import (
	"regexp"
	"strings"

	"obelisk/channels/chansip/sipconf"
	"obelisk/dialplan"
	"obelisk/internal/check/look"
	"obelisk/internal/config"
)

// judge is one look at the dialplan.
type judge struct {
	*look.Look
	f       *config.File
	sip     *sipconf.Directory // nil without one that can be used
	plan    *dialplan.Plan
	outside map[string]string // contexts that are called from outside, by whom
	globals map[string]string
	vars    variables
	held    map[*dialplan.Priority]taint
	peers   []string        // names of endpoints, once asked for
	quiet   map[string]bool // texts of which there is nothing to say, however often they stand there
}

// Judge says what is to be said of each step of extensions.conf, and where callers get by them.
func Judge(l *look.Look) {
	j := begin(l)
	if j == nil {
		return
	}
	j.vars = j.readVariables()
	j.lines()
	j.held = j.follow()
	j.plan.EachStep(j.step)
	j.trunkToTrunk()
}

// Doubts says what is to be said of extensions, contexts and variables as a whole.
func Doubts(l *look.Look) {
	j := begin(l)
	if j == nil {
		return
	}
	j.doubts()
	j.plan.EachHint(j.hint)
	j.customs()
	j.extensions()
	j.withoutReturn()
	j.strayReturns()
	j.loops()
	j.groups()
	j.macros()
	j.database()
	j.databaseTurned()
	j.decideNothing()
	j.misplaced()
	j.falls()
	j.customRead()
	j.memberForms()
	j.unseenHints()
	j.argumentsPassed()
	if !j.Tabled() && j.sip != nil { // one that is not in sip.conf may be in the table
		j.unknownEndpoints()
	}
}

// begin is a judge; nil without a dialplan that can be used.
func begin(l *look.Look) *judge {
	j := &judge{Look: l, f: l.File("extensions.conf"), sip: l.SIP(), plan: l.Plan(), globals: map[string]string{}, quiet: map[string]bool{}}
	if j.f == nil || j.plan == nil {
		return nil
	}
	j.outside = l.CalledFromOutside()
	for _, g := range j.plan.Globals {
		j.globals[g.Name] = g.Value
	}
	return j
}

// step looks at one step for itself.
func (j *judge) step(at dialplan.Place) {
	s := step{Place: at, j: j, app: strings.ToLower(strings.TrimSpace(at.Step.App)), args: at.Step.Args.Raw()}
	s.f = dialplan.SplitOutside(s.args, ',', 0)
	if s.args == "" {
		s.f = nil
	}
	s.name()
	if s.two() {
		return
	}
	j.unlessQuiet(s.app+"("+s.args, s.texts)
	s.dangers()
	if what := needs[s.app]; what != "" && strings.TrimSpace(s.args) == "" && j.Core().App(s.app) != nil {
		s.say("plan-arguments-missing", s.Step.App+"("+what+")", "it needs an argument: nothing is done without, or the call ends")
		return
	}
	if f := rules[s.app]; f != nil {
		f(&s)
	}
}

// unlessQuiet runs what judges a text, but for one of which it has said nothing before.
func (j *judge) unlessQuiet(text string, run func()) {
	if j.quiet[text] {
		return
	}
	said := j.Said()
	run()
	j.quiet[text] = j.Said() == said
}

// needs are applications that do nothing without an argument, with what it is.
var needs = map[string]string{"queue": "name", "voicemail": "box@context", "page": "SIP/name", "followme": "name",
	"addqueuemember": "queue,SIP/name", "removequeuemember": "queue,SIP/name", "macro": "name", "confbridge": "number",
	"gotoif": "condition?where", "gosubif": "condition?where", "execif": "condition?application()", "gotoiftime": "times?where",
	"while": "condition", "read": "NAME,prompt", "record": "file.wav", "sendtext": "text", "system": "command", "trysystem": "command",
	"exec": "application()", "chanisavail": "SIP/name", "originate": "SIP/name,exten,context,number,1"}

// step is one step with its arguments.
type step struct {
	dialplan.Place
	j    *judge
	app  string   // lower case
	args string   // as written
	f    []string // arguments, as written
}

// arg is an argument, "" where there is none.
func (s *step) arg(n int) string {
	if n >= len(s.f) {
		return ""
	}
	return strings.TrimSpace(s.f[n])
}

// known says whether an argument is written, and not left to the call.
func known(text string) bool { return text != "" && !strings.Contains(text, "$") }

// say adds a finding about the step.
func (s *step) say(code, hint, format string, args ...any) {
	s.j.Say(code, s.Step.Pos, hint, s.Step.App+": "+format, args...)
}

func (s *step) note(code, hint, format string, args ...any) {
	s.j.SayAs(config.Note, code, s.Step.Pos, hint, s.Step.App+": "+format, args...)
}

// two tells of a second application in the line of one.
func (s *step) two() bool {
	m := secondApp.FindStringSubmatch(s.args)
	if m == nil || s.j.Core().App(m[2]) == nil {
		return false
	}
	s.say("plan-app-several", "same => n,"+m[2]+"(...) as a line of its own", "a second application, %s, stands in the line: a "+
		"step has one, and what "+
		"follows it is a part of its arguments", m[2])
	return true
}

// secondApp is what stands behind the bracket of an application that has another one behind it.
var secondApp = regexp.MustCompile(`^([^()]*)\)\s*[,;&]?\s*(?:n\s*,\s*)?([A-Z][A-Za-z]+)\(`)

// number says whether a text is a whole number.
func number(text string) bool { return text != "" && strings.Trim(text, "0123456789") == "" }

// rules are those of single applications.
var rules map[string]func(*step)

func init() {
	rules = map[string]func(*step){
		"set": (*step).set, "mset": (*step).set, "setvar": nil,
		"gotoif": (*step).condition, "gosubif": (*step).condition, "gotoiftime": (*step).condition, "execif": (*step).condition,
		"execiftime": (*step).condition, "while": (*step).while, "if": (*step).while, "dial": (*step).dial, "queue": (*step).queue,
		"voicemail": (*step).voicemail, "vmauthenticate": nil, "voicemailmain": (*step).voicemail, "macro": (*step).macro, "goto": (*step).jump,
		"playback": (*step).prompts, "background": (*step).prompts, "controlplayback": (*step).prompts, "read": (*step).read,
		"record": (*step).record, "wait": (*step).seconds, "waitexten": (*step).seconds, "ringing": (*step).nothing, "answer": (*step).seconds,
		"busy": (*step).seconds, "congestion": (*step).seconds, "hangup": (*step).cause, "disa": (*step).disa,
		"authenticate": (*step).authenticate, "mixmonitor": (*step).mixmonitor, "monitor": (*step).mixmonitor, "chanspy": (*step).chanspy,
		"extenspy": (*step).chanspy, "confbridge": (*step).confbridge, "page": (*step).page, "followme": (*step).followme,
		"park": (*step).park, "parkedcall": (*step).park,
		"directory": (*step).directory, "musiconhold": (*step).music, "startmusiconhold": (*step).music, "agi": (*step).agi,
		"gosub": (*step).gosub, "return": nil, "pickup": (*step).pickup, "sayunixtime": nil, "transfer": (*step).transfer,
		"agentlogin": (*step).agent, "originate": (*step).originate, "saydigits": (*step).digits, "saynumber": (*step).digits,
		"addqueuemember": (*step).member, "removequeuemember": (*step).member, "pausequeuemember": (*step).member,
		"unpausequeuemember": (*step).member, "noop": nil, "senddtmf": (*step).keys, "sipaddheader": (*step).header, "system": nil,
		"log": (*step).level, "playtones": (*step).tone, "retrydial": (*step).retry, "sipremoveheader": (*step).headerLate,
		"chanisavail": (*step).available, "devstate": nil, "amd": nil,
	}
}
