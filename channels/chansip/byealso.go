package chansip

import (
	"time"

	"obelisk/dialplan"
	"obelisk/internal/sipstack"
	"obelisk/pbx"
)

// protocolError is the cause of a call that ends with a transfer to nowhere.
const protocolError pbx.Cause = 111

// alsoLinger is how long the channel of the party that has left goes on in the dialplan (Dial's
// option g) before it is hung up.
const alsoLinger = 500 * time.Millisecond

// also does the transfer that a BYE with an Also header asks for, as phones did before there
// was REFER: the other party goes to an extension while this one leaves. It returns the cause
// that this side ends with, normal when there is no such header, and whether the other party
// goes: this side ends with the bridge then.
// Differs: allowtransfer counts; chan_sip transfers always.
func (l *Leg) also(m *sipstack.Message, normal pbx.Cause) (cause pbx.Cause, goes bool) {
	value := topmost(m, "Also")
	if value == "" {
		return normal, false
	}
	l.d.log.Info().Ctx(l.trace.Context()).Msgf("Client '%s' using deprecated BYE/Also transfer method.  Ask vendor to support REFER instead",
		m.Flow.Remote)
	n, ok := sipstack.ParseNameAddr(value)
	u, isURI := sipstack.ParseURI(n.URI)
	if !ok || !isURI || u.Scheme != "sip" && u.Scheme != "sips" || u.User == "" || l.ch == nil || !l.Endpoint().AllowTransfer {
		l.trace.Note("a BYE with 'Also: %s' transfers nobody", value)
		return protocolError, false
	}
	context := l.ch.Variable("TRANSFER_CONTEXT")
	if context == "" {
		context = l.Endpoint().Context
	}
	exten, found := l.d.findExten(context, called(u), l.ch.View().CallerID.Num)
	if !found {
		l.trace.Note("%s wants to transfer the call to '%s', which is not in context '%s'", l.resource, exten, context)
		return protocolError, false
	}
	if peer := l.ch.View().Bridged; peer != nil {
		if err := peer.Redirect(dialplan.Location{Context: context, Exten: exten, Priority: 1}); err != nil {
			l.trace.Note("%s cannot transfer the call: %v", l.resource, err)
			return protocolError, false
		}
		l.trace.Note("%s transfers the call to %s@%s with its BYE", l.resource, exten, context)
		return normal, true
	}
	return normal, false
}

// leave ends this side of a call of which the other party was transferred by also.
func (l *Leg) leave(cause pbx.Cause) {
	ch := l.ch
	l.sh.After(new(sipstack.Timer), alsoLinger, func() { ch.Post(pbx.Event{Kind: pbx.EventHungUp, Cause: cause}) })
	l.retire()
}
