package cc

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"obelisk/pbx"
)

// state of a call that may be completed.
//
//	available    the callee was busy or did not answer        -> offered, requested
//	offered      the caller has hung up; cc_offer_timer runs  -> requested
//	requested    he has asked                                 -> active
//	active       the callees are watched                      -> calleeReady
//	calleeReady  one is free                                  -> recalling, callerBusy
//	callerBusy   but the caller is not; he is watched         -> active
//	recalling    he has answered, and the callee is dialled   -> complete
//
// failed is reached from every state, also where somebody takes the call back.
type state uint8

const (
	available state = iota
	offered
	requested
	active
	calleeReady
	callerBusy
	recalling
	complete
	failed
	states // how many there are
)

// String is the text of the console.
func (s state) String() string {
	return [states]string{"CC is available", "CC offered to caller", "CC requested by caller", "CC accepted by callee",
		"Callee has become available", "Callee was ready, but caller is now unavailable", "Caller is attempting to recall",
		"Recall complete", "CC has failed"}[s]
}

// may says whether one state follows another.
func (s state) may(next state) bool {
	switch next {
	case offered:
		return s == available
	case requested:
		return s == available || s == offered
	case active:
		return s == requested || s == callerBusy
	case calleeReady:
		return s == active
	case callerBusy, recalling:
		return s == calleeReady
	case complete:
		return s == recalling
	case failed:
		return s < complete
	}
	return false // available: how it begins
}

// call is one that may be completed, from the first callee that can be watched to its end.
type call struct {
	d     *Desk
	id    int64
	state state
	agent agent
	tree  *tree
	timer *time.Timer // cc_offer_timer; nil while it does not run
}

// agent is the caller.
type agent struct {
	device         string // SIP/alice
	options        pbx.CompletionOptions
	callerID       pbx.CallerID
	exten, context string         // that he had dialled
	watch          *pbx.HintWatch // of his device, while he is busy; nil otherwise
}

func (c *call) number() string { return strconv.FormatInt(c.id, 10) }

func (c *call) caller() pbx.Field { return pbx.Field{Name: "Caller", Value: c.agent.device} }

// request has a call change its state after all that came before; the call may be over by
// then.
func (d *Desk) request(id int64, to state, why string) { d.do(func() { d.change(id, to, why) }) }

func (d *Desk) change(id int64, to state, why string) {
	c := d.calls[id]
	if c == nil || !c.state.may(to) {
		return
	}
	from := c.state
	c.state = to
	if !c.enter(from, why) {
		return
	}
	if d.show(c.agent.device, to); to == requested { // generic monitors take every request
		d.change(id, active, "")
	}
}

// enter does what a state begins with; false where that ended the call.
func (c *call) enter(from state, why string) bool {
	switch c.state {
	case offered:
		limit := c.agent.options.Offer
		c.timer = time.AfterFunc(limit, func() { c.d.request(c.id, failed, "Generic agent "+c.agent.device+" offer timer expired") })
		c.d.tell("CCOfferTimerStart", c, c.caller(), pbx.Field{Name: "Expires", Value: strconv.Itoa(int(limit.Seconds()))})
	case requested:
		return c.asked()
	case active:
		if from == requested {
			c.d.tell("CCRequestAcknowledged", c, c.caller())
			break
		}
		c.d.tell("CCCallerStopMonitoring", c, c.caller())
		c.resume()
	case calleeReady:
		c.callBack()
	case callerBusy:
		c.suspend()
		c.watchCaller()
		c.d.tell("CCCallerStartMonitoring", c, c.caller())
	case recalling:
		c.tree.stopTimers()
		c.d.tell("CCCallerRecalling", c, c.caller())
	case complete:
		c.d.tell("CCRecallComplete", c, c.caller())
		c.d.forget(c)
	case failed:
		c.d.tell("CCFailure", c, c.caller(), pbx.Field{Name: "Reason", Value: why})
		c.d.forget(c)
	case available, states:
	}
	return true
}

// asked has the callees watched.
func (c *call) asked() bool {
	if c.d.waiting(c) >= c.d.config.Load().MaxRequests {
		c.d.core.Log().Warn().Msg("Cannot request CC since there is no more room for requests")
		c.d.request(c.id, failed, "Too many requests in the system")
		return false
	}
	c.stopOffer()
	for _, m := range c.tree.monitors {
		c.d.watchCallee(c, m)
		c.d.tell("CCRequested", c, c.caller(), pbx.Field{Name: "Callee", Value: m.device})
	}
	return true
}

func (c *call) stopOffer() {
	if c.timer != nil {
		c.timer.Stop()
		c.timer = nil
	}
}

// add begins a call.
func (d *Desk) add(c *call) {
	d.calls[c.id] = c
	d.order = append(d.order, c)
}

// forget ends one, with all that it waits for.
func (d *Desk) forget(c *call) {
	c.stopOffer()
	c.unwatchCaller()
	delete(d.calls, c.id)
	d.order = slices.DeleteFunc(d.order, func(o *call) bool { return o == c })
	c.tree.stopTimers()
	for _, m := range c.tree.monitors {
		d.unwatchCallee(c, m)
	}
}

// waiting counts the requests, but for that of one call.
func (d *Desk) waiting(but *call) (n int) {
	for _, o := range d.order {
		if o != but && o.state >= requested {
			n++
		}
	}
	return n
}

// of finds the call of a caller that he has asked for, or has not.
func (d *Desk) of(device string, asked bool) *call {
	for _, c := range d.order {
		if c.agent.device == device && c.state >= requested == asked {
			return c
		}
	}
	return nil
}

// asks counts the requests of a caller, but for the one that is being completed by his call.
func (d *Desk) asks(device string, but int64) (n uint) {
	for _, c := range d.order {
		if c.id != but && c.state >= requested && c.agent.device == device {
			n++
		}
	}
	return n
}

// Report lists the calls, in the lines of "cc report status".
func (d *Desk) Report() (lines []string) {
	d.ask(func() {
		if len(d.order) == 0 {
			lines = []string{"There are currently no active call completion transactions"}
			return
		}
		lines = []string{fmt.Sprintf("%d Call completion transactions", len(d.order)), "Core ID\t\tCaller\t\t\t\tStatus",
			strings.Repeat("-", 76)}
		for _, c := range d.order {
			lines = append(lines, fmt.Sprintf("%d\t\t%s\t\t%s", c.id, c.agent.device, c.state))
			lines = c.tree.report(lines, c.tree.extensions[0])
		}
	})
	return lines
}

// Cancel ends a call, or all of them.
func (d *Desk) Cancel(id int64, all bool) {
	d.ask(func() {
		for _, c := range slices.Clone(d.order) {
			if all || c.id == id {
				d.change(c.id, failed, "CC transaction canceled administratively")
			}
		}
	})
}
