package dialplan

import (
	"strconv"
	"strings"
)

// Location is a place in the dialplan.
type Location struct {
	Context, Exten string
	Priority       int
}

// StepKind says what the channel must do next.
type StepKind uint8

const (
	// StepRun: run Step.Priority's application, then call Done.
	StepRun StepKind = iota
	// StepFallthrough: the extension ran off its end with autofallthrough=yes.
	StepFallthrough
	// StepCollect: wait for digits of a new extension, then call Collected.
	StepCollect
	// StepEnd: the call ends here.
	StepEnd
)

// Step is the machine's answer to Next.
type Step struct {
	Kind   StepKind
	Hit    Hit    // StepRun
	Reason string // StepEnd and StepFallthrough: one sentence for the trace
	First  string // StepCollect: digits typed already
}

// Result is how an application ended.
type Result struct {
	kind  byte
	digit byte
}

var (
	// Continue with the next priority.
	Continue = Result{kind: 'c'}
	// End the call (the application returned -1).
	End = Result{kind: 'e'}
	// Away is the result of an application that goes on later: the machine stands still until
	// it is told Done.
	Away = Result{kind: 'a'}
	// NeedDigits keeps the extension and collects more (Incomplete).
	NeedDigits = Result{kind: 'i'}
)

// Pressed is the result of an application that was interrupted by a digit.
func Pressed(digit byte) Result { return Result{kind: 'd', digit: digit} }

// Ended says whether the result ends the call.
func (r Result) Ended() bool { return r.kind == 'e' }

// Number is what an application of Asterisk returns in its place: 0, -1, a key, 12 for
// NeedDigits.
func (r Result) Number() int {
	switch r.kind {
	case 'e':
		return -1
	case 'd':
		return int(r.digit)
	case 'i':
		return 12
	}
	return 0
}

// Machine walks one channel through a plan. It decides where to go and leaves
// doing to the channel, which calls Next, runs the step and reports with Done.
//
//	Next -> StepRun         -> Done(result)        -> Next ...
//	Next -> StepCollect     -> Collected(digits)   -> Next ...
//	Next -> StepFallthrough, StepEnd               -> stop
type Machine struct {
	plan    *Plan
	at      Location
	jumped  bool // Goto ran: do not advance
	collect bool
	first   string
	wanted  bool // more digits of the extension at hand (Incomplete)
	ended   string
	invalid string // INVALID_EXTEN to set, read by TakeInvalid
}

// NewMachine starts at a location; an empty extension is "s", priority 0 is 1.
func NewMachine(p *Plan, at Location) *Machine {
	m := &Machine{plan: p}
	m.Goto(at)
	m.jumped = false
	return m
}

// Plan returns the plan the machine walks; it never changes for a call.
func (m *Machine) Plan() *Plan { return m.plan }

// At returns the current location.
func (m *Machine) At() Location { return m.at }

// Goto moves to a location; the next step runs there.
func (m *Machine) Goto(at Location) {
	if at.Exten == "" {
		at.Exten = "s"
	}
	if at.Priority < 1 {
		at.Priority = 1
	}
	m.at, m.jumped, m.collect, m.wanted, m.ended = at, true, false, false, ""
}

// Jumped says whether the step that runs has sent the call elsewhere: At is there then.
func (m *Machine) Jumped() bool { return m.jumped }

// Begin says that a step which the caller found himself is about to run.
func (m *Machine) Begin() { m.jumped = false }

// TakeInvalid returns and clears the extension that sent the call to "i".
func (m *Machine) TakeInvalid() string {
	s := m.invalid
	m.invalid = ""
	return s
}

// Next finds the step at the current location.
func (m *Machine) Next(q Query) Step {
	m.jumped = false
	if m.ended != "" {
		return Step{Kind: StepEnd, Reason: m.ended}
	}
	if m.wanted && !m.plan.MatchMore(m.at.Context, m.first, q) {
		return m.unknown(m.first, q) // there is none that is longer
	}
	if m.collect {
		m.collect = false
		return Step{Kind: StepCollect, First: m.first}
	}
	if h, ok := m.plan.Find(m.at.Context, m.at.Exten, m.at.Priority, q); ok {
		if h.Moved.Context != "" {
			m.at = h.Moved
		}
		return Step{Kind: StepRun, Hit: h}
	}
	if m.plan.Exists(m.at.Context, m.at.Exten, q) {
		if m.plan.AutoFallthrough {
			return Step{Kind: StepFallthrough, Reason: "extension '" + m.at.Exten + "' of '" + m.at.Context + "' has no priority " +
				strconv.Itoa(m.at.Priority)}
		}
		return Step{Kind: StepCollect}
	}
	return m.unknown(m.at.Exten, q)
}

// unknown goes to "i", else "e", else ends.
func (m *Machine) unknown(exten string, q Query) Step {
	m.wanted = false
	for _, special := range []string{"i", "e"} {
		if exten != special && m.plan.Exists(m.at.Context, special, q) {
			m.invalid = exten
			m.Goto(Location{m.at.Context, special, 1})
			return m.Next(q)
		}
	}
	m.ended = "extension '" + exten + "' does not exist in context '" + m.at.Context + "' and there is no invalid handler"
	if m.plan.Contexts[m.at.Context] == nil {
		m.ended = "context '" + m.at.Context + "' does not exist"
	}
	return Step{Kind: StepEnd, Reason: m.ended}
}

// Done takes the result of the step that ran.
func (m *Machine) Done(r Result) {
	switch r.kind {
	case 'e':
		m.ended = "the application ended the call"
	case 'd':
		m.collect, m.first = true, string(r.digit)
	case 'i':
		m.collect, m.wanted, m.first = true, true, m.at.Exten
	default:
		if !m.jumped {
			m.at.Priority++
		}
	}
}

// Collected takes the digits that were entered, "" for none: an exact match
// runs, otherwise "i" or "t" do. No more than there were is none after Incomplete.
func (m *Machine) Collected(digits string, q Query) {
	more := !m.wanted || digits != m.first
	m.wanted = false
	if digits != "" && more {
		m.Goto(Location{m.at.Context, digits, 1})
		return
	}
	for _, special := range []string{"t", "e"} {
		if m.plan.Exists(m.at.Context, special, q) {
			m.Goto(Location{m.at.Context, special, 1})
			return
		}
	}
	m.ended = "nothing was dialled and context '" + m.at.Context + "' has no 't' extension"
}

// Target resolves "[[context,]extension,]priority" as Goto takes it: a number,
// a label, or +N/-N relative to the current priority.
func (m *Machine) Target(text string, q Query) (Location, error) {
	return m.plan.TargetFrom(m.at, text, q)
}

// TargetFrom is Target for whoever is at a place.
func (p *Plan) TargetFrom(at Location, text string, q Query) (Location, error) {
	to := at
	f := strings.Split(text, ",")
	for i := range f {
		f[i] = strings.TrimSpace(f[i])
	}
	switch len(f) {
	case 1:
	case 2:
		to.Exten = f[0]
	default:
		to.Context, to.Exten = f[0], f[1]
		f = f[:3]
	}
	prio := f[len(f)-1]
	if n, err := strconv.Atoi(prio); err == nil {
		if prio[0] == '+' || prio[0] == '-' {
			n += at.Priority
		}
		if n > 0 {
			to.Priority = n
			return to, nil
		}
	} else if h, ok := p.FindLabel(to.Context, to.Exten, prio, q); ok {
		to.Priority = h.Priority.N
		return to, nil
	}
	return to, &TargetError{Text: prio}
}

// TargetError is a Goto whose priority is neither a number nor a known label.
type TargetError struct{ Text string }

func (e *TargetError) Error() string {
	return "Priority '" + e.Text + "' must be a number > 0, or valid label"
}
