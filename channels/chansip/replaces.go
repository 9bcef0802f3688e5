package chansip

import (
	"net/netip"
	"strings"

	"obelisk/channels/chansip/pubsub"
	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/sipstack"
	"obelisk/internal/trace"
	"obelisk/pbx"
)

// replaces is a Replaces header (RFC 3891): a dialog as its far side sees it.
type replaces struct {
	callID, toTag, fromTag string // to is us
	earlyOnly              bool
}

// parseReplaces reads "callid;to-tag=x;from-tag=y[;early-only]". What names more than
// one dialog names none (RFC 3891 section 3).
func parseReplaces(v string) (r replaces, ok bool) {
	id, params, _ := strings.Cut(v, ";")
	r.callID = strings.TrimSpace(id)
	twice := false
	for _, p := range strings.Split(params, ";") {
		name, value, _ := strings.Cut(p, "=")
		value = strings.TrimSpace(value)
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "to-tag":
			twice = twice || r.toTag != ""
			r.toTag = value
		case "from-tag":
			twice = twice || r.fromTag != ""
			r.fromTag = value
		case "early-only":
			r.earlyOnly = true
		}
	}
	return r, r.callID != "" && r.toTag != "" && r.fromTag != "" && !twice && !strings.Contains(v, ",")
}

func (r replaces) String() string {
	s := r.callID + ";to-tag=" + r.toTag + ";from-tag=" + r.fromTag
	if r.earlyOnly {
		s += ";early-only"
	}
	return s
}

// replacesOf finds the header that a URI carries (RFC 3261 19.1.1), as in Refer-To.
// n is how many it carries; r is the zero value when it cannot be read.
func replacesOf(u sipstack.URI) (r replaces, n int) {
	for _, h := range strings.Split(u.Header, "&") {
		name, value, ok := strings.Cut(h, "=")
		if !ok || !strings.EqualFold(sipstack.Unescape(name), "Replaces") {
			continue
		}
		n++
		if r, ok = parseReplaces(sipstack.Unescape(value)); !ok {
			r = replaces{}
		}
	}
	return r, n
}

// dialogOf is what another shard tells of a dialog.
type dialogOf struct {
	ch     *pbx.Channel // nil when the dialog is over
	state  legState
	secure bool // securedialog: no guest takes its place
}

// findDialog asks the dialog's shard. It must not be called on a shard.
func (d *Driver) findDialog(r replaces) (out dialogOf, found bool) {
	d.stack.Call(r.callID, func(sh *sipstack.Shard) {
		for _, l := range data(sh).legs[r.callID] {
			if l.LocalTag == r.toTag && l.RemoteTag == r.fromTag {
				out, found = dialogOf{l.ch, l.state, l.Endpoint().SecureDialog != sipconf.SecureDialogNo}, true
			}
		}
	})
	return out, found
}

// readReplaces reads the header that replace obeys.
func (in *incoming) readReplaces() *trace.Refusal {
	var ok bool
	if in.replaces, ok = parseReplaces(in.m.Header("Replaces")); !ok {
		return &trace.Refusal{Status: 481, Reason: "Call Leg Does Not Exist (Replaces)", Cause: 127, Rule: "the Replaces header cannot be read"}
	}
	if len(in.m.Headers("Replaces")) > 1 {
		return &trace.Refusal{Status: 400, Reason: "Bad Request (Replaces)", Cause: 127, Rule: "there are several Replaces headers"}
	}
	return nil
}

// findRinging finds the call that a phone was told of by a subscription with
// notifycid, and wants to pick up.
func (d *Driver) findRinging(r replaces) (out dialogOf, found bool) {
	context, exten, found := d.subscribedTo(r)
	if !found {
		return out, false
	}
	out.ch = d.core.RingingAt(context, exten)
	return out, out.ch != nil
}

// subscribedTo is the hint of that subscription.
func (d *Driver) subscribedTo(r replaces) (context, exten string, found bool) {
	id := strings.TrimPrefix(r.callID, pubsub.PickupPrefix)
	d.stack.Call(id, func(sh *sipstack.Shard) {
		for _, s := range data(sh).subs[id] {
			if s.LocalTag == r.toTag && s.RemoteTag == r.fromTag && s.Dir.NotifyCID != "no" {
				context, exten, found = s.Context, s.Exten, true
			}
		}
	})
	return context, exten, found
}

// replace lets an INVITE with Replaces take the place of the leg that it names:
// of one that is up, or of one that we ring.
func (in *incoming) replace() *trace.Refusal {
	l, r := in.leg, in.replaces
	l.Contact = sipstack.FormatContact(in.facts.CalledUser, l.SentBy, l.Flow.Proto)
	in.trace.Note("takes the place of a leg of dialog %s", r.callID)
	caller := in.callerID()
	go func() {
		find := in.d.findDialog
		if strings.HasPrefix(r.callID, pubsub.PickupPrefix) {
			find = in.d.findRinging
		}
		other, found := find(r)
		way := ""
		if !found {
			way = in.d.findAbroad(r)
		}
		l.do(func() {
			if l.state == legEnded {
				return
			}
			refusal := (*trace.Refusal)(nil)
			if way != "" {
				refusal = in.replaceAbroad(way, caller)
			} else {
				refusal = in.takeOver(r, other, found, caller)
			}
			if refusal != nil {
				in.trace.Verdict("The call was %s.", refusal.Sentence())
				l.refuse(refusal.Status, refusal.Reason, reasonHeaders(l.Endpoint(), causeOf(refusal.Status)))
			}
		})
	}()
	return nil
}

func (in *incoming) takeOver(r replaces, other dialogOf, found bool, caller pbx.CallerID) *trace.Refusal {
	switch {
	case !found:
		return &trace.Refusal{Status: 481, Reason: "Call Leg Does Not Exist (Replaces)", Cause: 127,
			Rule: "the dialog to be replaced is not here"}
	case other.secure && in.id.Peer == nil:
		return &trace.Refusal{Status: 403, Reason: "Forbidden", Cause: 21, Rule: "no guest may take the place of a leg with securedialog"}
	case r.earlyOnly && other.state == legUp:
		return &trace.Refusal{Status: 486, Reason: "Busy Here", Cause: 17,
			Rule: "the dialog to be replaced is answered, and only an early one was meant"}
	case other.ch == nil || other.ch.Adopt(in.leg, caller) != nil:
		return &trace.Refusal{Status: 603, Reason: "Declined (Replaces)", Cause: 21, Rule: "the dialog to be replaced is over"}
	}
	in.d.access.TrustFlow(in.id.Peer, in.m.Flow)
	return nil
}

// ours says whether a host is this switchboard as the far side knows it: our
// address towards it, or a domain of ours.
func (l *Leg) ours(host string) bool {
	if _, ok := l.Dir.LocalDomain(host); ok {
		return true
	}
	a, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && (a == l.Flow.Local.Addr() || a == l.Dir.Advertised(l.Flow).Addr())
}
