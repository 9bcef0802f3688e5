package pbx

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Call completion: who has called a phone that was busy (CCBS) or did not answer (CCNR) may
// ask to be called back once it is free. Here is what Dial and the channels tell of it; the
// service itself is apps/cc.

// Completion is the service.
type Completion interface {
	// Dials is told by the caller's worker that he begins a Dial; nil when nothing of it
	// is to be completed later.
	Dials(caller *Channel) CompletionDial
}

// CompletionService is why a call can be completed later.
type CompletionService string

// CCBS: the callee was busy. CCNR: he did not reply.
const (
	CCBS CompletionService = "CCBS"
	CCNR CompletionService = "CCNR"
)

// CompletionDial is one Dial. The caller's worker calls its methods, which do not wait.
type CompletionDial interface {
	// Calls is told of each destination; callee is nil where there was no channel to it.
	Calls(callee *Channel, dialString string)
	// Offers is told of a callee that may be watched from now on.
	Offers(callee *Channel, s CompletionService)
	// Over is told that nobody is waited for any more; failed when nobody was left of
	// whom an answer could come.
	Over(failed bool)
}

// Completing is what the service keeps at a channel.
type Completing interface {
	// Inherited is what a channel gets that this one has dialled, or the half ;2 of a Local
	// channel of its half ;1. It is called before the channel runs.
	Inherited(to *Channel) Completing
	// Over is told that the channel has ended.
	Over(c *Channel)
}

// Completable is a leg whose endpoint has options of call completion; nil for the defaults.
type Completable interface{ Completion() *CompletionOptions }

// SetCompletion gives the core its service; it is not safe once the core is used.
func (c *Core) SetCompletion(s Completion) { c.completion = s }

// Completion is the service; nil when there is none.
func (c *Core) Completion() Completion { return c.completion }

// BeginCompletion tells the service of a Dial. The result is nil when nothing of it is to be
// completed later.
func (c *Channel) BeginCompletion() CompletionDial {
	if c.core.completion == nil {
		return nil
	}
	return c.core.completion.Dials(c)
}

// Completing is what the service has put there; nil while there is nothing.
func (c *Channel) Completing() (kept Completing) {
	c.locked(func() { kept = c.completing })
	return kept
}

// SetCompleting puts it there.
func (c *Channel) SetCompleting(kept Completing) { c.locked(func() { c.completing = kept }) }

// inheritCompleting gives a new channel what it gets from the one that it comes from.
func (c *Channel) inheritCompleting(from *Channel) {
	if kept := from.Completing(); kept != nil {
		c.SetCompleting(kept.Inherited(c))
	}
}

// endCompleting tells the service that the channel has ended.
func (c *Channel) endCompleting() {
	if kept := c.Completing(); kept != nil {
		kept.Over(c)
	}
}

// Device is the name of the device that the channel is at: the channel's without its number.
func (c *Channel) Device() string {
	name := c.Name()
	if i := strings.LastIndexByte(name, '-'); i >= 0 {
		name = name[:i]
	}
	return name
}

// CompletionOptions are the options cc_... of an endpoint, and of a channel
// (CALLCOMPLETION). They are never changed, only replaced.
type CompletionOptions struct {
	Agent   string // never, generic or native: how a caller from there is served
	Monitor string // never, generic, native or always: how a callee there is watched
	// Offer is how long a caller may ask after his call; NoReply and Busy how long a callee
	// is waited for; Recall how long the caller's phone rings then.
	Offer, NoReply, Busy, Recall time.Duration
	MaxAgents                    uint   // requests of one caller at a time
	MaxMonitors                  uint   // of one callee
	Macro, Sub                   string // run at the caller when he has answered
	DialString                   string // by which he is called back; "": his device
}

// DefaultCompletion are those of who has set none.
var DefaultCompletion = CompletionOptions{Agent: "never", Monitor: "never", Offer: 20 * time.Second, NoReply: 2 * time.Hour,
	Busy: 80 * time.Minute, Recall: 20 * time.Second, MaxAgents: 5, MaxMonitors: 5}

// CompletionNames are the options by name.
var CompletionNames = []string{"cc_agent_policy", "cc_monitor_policy", "cc_offer_timer", "ccnr_available_timer", "ccbs_available_timer",
	"cc_recall_timer", "cc_max_agents", "cc_max_monitors", "cc_callback_macro", "cc_callback_sub", "cc_agent_dialstring"}

// timer and count are the fields of options that are numbers; nil for the others.
func (o *CompletionOptions) timer(name string) *time.Duration {
	switch name {
	case "cc_offer_timer":
		return &o.Offer
	case "ccnr_available_timer":
		return &o.NoReply
	case "ccbs_available_timer":
		return &o.Busy
	case "cc_recall_timer":
		return &o.Recall
	}
	return nil
}

func (o *CompletionOptions) count(name string) *uint {
	switch name {
	case "cc_max_agents":
		return &o.MaxAgents
	case "cc_max_monitors":
		return &o.MaxMonitors
	}
	return nil
}

// text is likewise; words are what it may be, nil for anything.
func (o *CompletionOptions) text(name string) (field *string, words []string) {
	switch name {
	case "cc_agent_policy":
		return &o.Agent, []string{"never", "native", "generic"}
	case "cc_monitor_policy":
		return &o.Monitor, []string{"never", "native", "generic", "always"}
	case "cc_callback_macro":
		return &o.Macro, nil
	case "cc_callback_sub":
		return &o.Sub, nil
	case "cc_agent_dialstring":
		return &o.DialString, nil
	}
	return nil, nil
}

// Set changes one, whose name is in any case. A wrong policy reads as never; a wrong number
// changes nothing.
func (o *CompletionOptions) Set(name, value string) error {
	name = strings.ToLower(name)
	if field, words := o.text(name); field != nil {
		return setWord(field, words, name, value)
	}
	timer, count := o.timer(name), o.count(name)
	if timer == nil && count == nil {
		return fmt.Errorf("%s is not a valid CC parameter", name)
	}
	n, err := strconv.ParseUint(strings.TrimSpace(value), 10, 31)
	switch {
	case err != nil:
		return fmt.Errorf("'%s' is no number for %s", value, name)
	case count != nil:
		*count = uint(n)
	case n == 0:
		return fmt.Errorf("0 is an invalid value for %s. Retaining value as %d", name, int(timer.Seconds()))
	default:
		*timer = time.Duration(n) * time.Second
	}
	return nil
}

func setWord(field *string, words []string, name, value string) error {
	if words == nil {
		*field = value
		return nil
	}
	for _, w := range words {
		if strings.EqualFold(w, value) {
			*field = w
			return nil
		}
	}
	*field = "never"
	return fmt.Errorf("%s is an invalid value for %s. Switching to 'never'", value, name)
}

// Get reads one as a text.
func (o *CompletionOptions) Get(name string) (string, error) {
	name = strings.ToLower(name)
	if field, _ := o.text(name); field != nil {
		return *field, nil
	}
	if t := o.timer(name); t != nil {
		return strconv.Itoa(int(t.Seconds())), nil
	}
	if n := o.count(name); n != nil {
		return strconv.Itoa(int(*n)), nil
	}
	return "", fmt.Errorf("%s is not a valid CC parameter", name)
}
