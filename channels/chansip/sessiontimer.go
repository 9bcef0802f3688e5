package chansip

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/sipstack"
	"obelisk/internal/trace"
	"obelisk/pbx"
)

// Session timers (RFC 4028): one side, the refresher, repeats its INVITE within the
// agreed interval; the other ends the call when it does not.

// sessionTimer is what was agreed for a dialog, owned by its shard.
type sessionTimer struct {
	sessionTerms
	timer sipstack.Timer
	minSE int // seconds; raised by a 422
}

// errSessionExpires is a Session-Expires that cannot be read.
const errSessionExpires = -1

// sessionExpires reads Session-Expires: seconds, 0 without the header, and who
// refreshes.
func sessionExpires(m *sipstack.Message) (seconds int, refresher string) {
	v := m.Header("Session-Expires")
	if v == "" {
		return 0, ""
	}
	number, params, _ := strings.Cut(v, ";")
	n, ok := deltaSeconds(number)
	if !ok || n == 0 {
		return errSessionExpires, ""
	}
	a := sipstack.NameAddr{Params: params}
	refresher, _ = a.Param("refresher")
	return n, strings.ToLower(strings.TrimSpace(refresher))
}

// minSEOf reads Min-SE: seconds, 0 without one, errSessionExpires for one that cannot be
// read.
func minSEOf(m *sipstack.Message) int {
	v := m.Header("Min-SE")
	if v == "" {
		return 0
	}
	number, _, _ := strings.Cut(v, ";")
	n, ok := deltaSeconds(number)
	if !ok {
		return errSessionExpires
	}
	return n
}

// deltaSeconds reads a number of seconds, 32 bits of it (RFC 4028 section 4).
func deltaSeconds(text string) (int, bool) {
	n, err := strconv.ParseUint(strings.TrimSpace(text), 10, 32)
	return int(n), err == nil
}

// knowsTimers says whether the sender supports or requires session timers.
func knowsTimers(m *sipstack.Message) bool {
	return slices.Contains(m.Options("Supported"), "timer") || slices.Contains(m.Options("Require"), "timer")
}

// sessionTerms is what becomes of the session's interval.
type sessionTerms struct {
	interval time.Duration // 0: none
	refresh  bool          // by us
	require  bool          // the far side understands it
}

// offeredTimer judges what an INVITE or UPDATE, the first or a further one, says of the
// session's interval. It changes nothing: the terms count once the request is accepted.
func (l *Leg) offeredTimer(m *sipstack.Message) (t sessionTerms, r *trace.Refusal) {
	e := l.Endpoint()
	if e.SessionTimers == sipconf.SessionTimersRefuse {
		if slices.Contains(m.Options("Require"), "timer") {
			return t, &trace.Refusal{Status: 420, Reason: "Option Disabled", Cause: 127,
				Rule: "it requires session timers and session-timers=refuse"}
		}
		return t, nil
	}
	n, refresher := sessionExpires(m)
	known, least := knowsTimers(m), minSEOf(m)
	switch {
	case !known: // who does not know them: what it says of them is nothing
	case n == errSessionExpires, refresher != "" && refresher != "uac" && refresher != "uas":
		return t, &trace.Refusal{Status: 400, Reason: "Session-Expires Invalid Syntax", Cause: 127,
			Rule: "its Session-Expires '" + m.Header("Session-Expires") + "' cannot be read"}
	case least < 0:
		return t, &trace.Refusal{Status: 400, Reason: "Min-SE Invalid Syntax", Cause: 127, Rule: "its Min-SE '" + m.Header("Min-SE") +
			"' cannot be read"}
	case n > 0 && n < e.MinSE:
		return t, &trace.Refusal{Status: 422, Reason: "Session Interval Too Small", Cause: 127,
			Rule: fmt.Sprintf("its session interval of %d s is below session-minse=%d", n, e.MinSE)}
	}
	if !known && e.SessionTimers != sipconf.SessionTimersOriginate {
		return t, nil
	}
	interval := e.SessionExpires
	switch {
	case !known:
	case n > 0 && (n < interval || least > interval):
		interval = n
	case n == 0: // RFC 4028 section 9
		interval = max(interval, least)
	}
	if refresher != "uac" && refresher != "uas" {
		refresher = e.Refresher
	}
	if !known {
		refresher = "uas" // who does not know them cannot refresh
	}
	return sessionTerms{interval: time.Duration(interval) * time.Second, refresh: refresher == "uas", require: known}, nil
}

// agreeTimer takes the terms of a request that is accepted; the answer carries them
// (timerHeaders).
func (l *Leg) agreeTimer(m *sipstack.Message) {
	if t, r := l.offeredTimer(m); r == nil {
		l.session.sessionTerms = t
	}
}

// minSE tells the shortest interval that we take.
func (l *Leg) minSE() sipstack.Header {
	return sipstack.Header{Name: "Min-SE", Value: fmt.Sprint(l.Endpoint().MinSE)}
}

// timerHeaders are those of a 2xx that we send.
func (l *Leg) timerHeaders() []sipstack.Header {
	t := &l.session
	if t.interval == 0 {
		return nil
	}
	who := "uac"
	if t.refresh {
		who = "uas"
	}
	h := []sipstack.Header{{Name: "Session-Expires", Value: fmt.Sprintf("%d;refresher=%s", t.interval/time.Second, who)}}
	if t.require {
		h = append(h, sipstack.Header{Name: "Require", Value: "timer"})
	}
	return h
}

// offerTimer are the headers of an INVITE that we send: the first, or a refresh.
func (l *Leg) offerTimer(refresh bool) []sipstack.Header {
	e, t := l.Endpoint(), &l.session
	if e.SessionTimers == sipconf.SessionTimersRefuse {
		return nil
	}
	t.minSE = max(t.minSE, e.MinSE)
	var h []sipstack.Header
	const usual = 90
	switch {
	case refresh && t.interval > 0:
		who := "uas" // who refreshes goes on to (RFC 4028 section 7.4)
		if t.refresh {
			who = "uac"
		}
		h = append(h, sipstack.Header{Name: "Session-Expires", Value: fmt.Sprintf("%d;refresher=%s", max(int(t.interval/time.Second), t.minSE),
			who)})
	case e.SessionTimers == sipconf.SessionTimersOriginate:
		h = append(h, sipstack.Header{Name: "Session-Expires", Value: fmt.Sprint(max(e.SessionExpires, t.minSE))})
	case t.minSE == usual:
		return h
	}
	return append(h, sipstack.Header{Name: "Min-SE", Value: fmt.Sprint(t.minSE)})
}

// answeredTimer takes what a 2xx to our INVITE says; false when the call cannot go on with that: an
// interval that is below session-minse, or that cannot be read.
func (l *Leg) answeredTimer(m *sipstack.Message) (ok bool) {
	t, e := &l.session, l.Endpoint()
	if e.SessionTimers == sipconf.SessionTimersRefuse {
		return true
	}
	n, refresher := sessionExpires(m)
	switch {
	case n == errSessionExpires, n > 0 && n < e.MinSE:
		l.d.log.Warn().Ctx(l.trace.Context()).Msg("Got Session-Expires less than local Min-SE in 200 OK, tearing down call")
		l.trace.Note("%s answers with Session-Expires '%s', and session-minse=%d", l.resource, m.Header("Session-Expires"), e.MinSE)
		return false
	case n > 0:
		t.interval, t.refresh = time.Duration(n)*time.Second, refresher != "uas"
	case t.interval > 0: // it was agreed before; who says nothing of it may not go on
		t.refresh = true
	case e.SessionTimers == sipconf.SessionTimersOriginate: // nobody else will
		t.interval, t.refresh = time.Duration(e.SessionExpires)*time.Second, true
	}
	l.runTimer()
	return true
}

// tearDown ends a call that has been answered and cannot go on.
func (l *Leg) tearDown() {
	l.tell(pbx.Event{Kind: pbx.EventHungUp, Cause: pbx.CauseNormal})
	l.end(pbx.CauseNormal)
}

// tooBrief repeats an INVITE whose interval was refused with 422; false when the
// answer names none.
func (l *Leg) tooBrief(m *sipstack.Message) bool {
	const most = 3
	n := minSEOf(m)
	if n <= l.session.minSE || l.tooBriefs >= most {
		return false
	}
	l.tooBriefs++
	l.session.minSE = n
	l.trace.Note("%s wants a session interval of %d s or more", l.resource, n)
	return true
}

// runTimer starts the agreed interval anew.
func (l *Leg) runTimer() {
	t := &l.session
	l.sh.Disarm(&t.timer)
	switch {
	case t.interval == 0:
	case t.refresh:
		l.sh.After(&t.timer, t.interval/2, l.refreshSession)
	default:
		l.sh.After(&t.timer, t.interval-t.margin(), l.sessionExpired)
	}
}

// margin is how long before its end a session that is not refreshed is ended (RFC 4028
// section 10).
func (t *sessionTerms) margin() time.Duration { return min(t.interval/3, 32*time.Second) }

// refreshSession repeats our INVITE; the session ends where that brings no final answer.
func (l *Leg) refreshSession() {
	l.sh.After(&l.session.timer, l.session.interval/2-l.session.margin(), l.sessionExpired)
	l.renew()
}

func (l *Leg) sessionExpired() {
	if l.state != legUp {
		return
	}
	l.d.log.Warn().Ctx(l.trace.Context()).Msgf("Session-Timer expired - %s", l.CallID)
	l.trace.Note("the session with %s was not refreshed within %s", l.resource, l.session.interval)
	l.timedOut("SIPSessionTimer")
	l.tearDown()
}

// timedOut tells programs why the call ends.
func (l *Leg) timedOut(source string) {
	if l.ch != nil {
		l.ch.TellTimeout(source)
	}
}

// capabilities are the headers of an INVITE that say what we can do: the first, or a
// refresh.
func (l *Leg) capabilities(refresh bool) []sipstack.Header {
	return append(append(l.offerTimer(refresh), sipstack.Header{Name: "Allow", Value: sipconf.Allow}), l.SupportedHeader()...)
}
