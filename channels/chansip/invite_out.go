package chansip

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"obelisk/channels/chansip/body"
	"obelisk/channels/chansip/dialog"
	"obelisk/channels/chansip/dnsmgr"
	"obelisk/channels/chansip/location"
	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/sdp"
	"obelisk/internal/sipstack"
	"obelisk/pbx"
)

// Request implements pbx.Tech: it finds the destination and opens the media.
func (d *Driver) Request(r pbx.Request) (pbx.Leg, error) {
	dir := d.Directory()
	d.readDialled(r.Resource)
	t, err := d.resolveDial(dir, r.Resource, r.Branch)
	if err != nil {
		return nil, err
	}
	return d.legTo(dir, t, r)
}

// legTo makes the leg of a call to a destination.
func (d *Driver) legTo(dir *sipconf.Directory, t *destination, r pbx.Request) (pbx.Leg, error) {
	flow, sentBy := d.ua.UnknownFlow(t.proto), ""
	if !t.later {
		flow = d.ua.Reach(t.hops[0], t.flow)
		sentBy = dir.Advertised(flow).String()
	}
	media := flow
	if flow.Proto == sipstack.Node {
		media = d.stack.Route(sipstack.UDP, t.through.Addr)
	}
	stream, err := d.cfg.Media.Open(dir.RTPAddr(media), r.Near())
	if err != nil {
		return nil, refused(pbx.CauseCongestion, err.Error())
	}
	l := &Leg{d: d, Dialog: dialog.Dialog{Agent: d.ua, Dir: dir, Peer: t.peer, Flow: flow, Target: t.uri, To: t.to, RouteSet: t.path,
		LocalTag: sipstack.Tag(), LocalCSeq: 101},
		outbound: true, dialler: r.Caller, resource: t.name, overrides: t.overrides, stream: stream, trace: r.Trace, created: time.Now()}
	if t.through != nil {
		l.through = &through{Contact: t.through, visit: t.visit}
	}
	if l.SentBy = sentBy; t.later {
		l.at = t.at
	} else {
		l.moreTargets = t.hops[1:]
	}
	l.NAT = l.Endpoint().NAT
	l.proxied = l.Endpoint().OutboundProxy != ""
	l.ByContact = t.proxied && !(t.source.IsValid() && behindNAT(t))
	l.symmetric = l.NAT.Comedia || l.NAT.AutoComedia && l.NAT.AutoForceRport && (t.source.IsValid() || t.through != nil) && behindNAT(t)
	if t.creds.User != "" {
		l.Digest.Named = &t.creds
	}
	if l.offer = offeredFormats(l.Endpoint(), r.Codecs, t.peer != nil && t.peer.OwnOrder); len(l.offer) == 0 {
		stream.Close()
		return nil, refused(pbx.CauseBearer, fmt.Sprintf("no codec of '%s' can be carried to the caller (allowed %s)", l.resource,
			codecList(l.Endpoint())))
	}
	if signaling, media, asked := r.SecureAsked(); asked {
		if l.srtpAsked = &media; signaling && !flow.Proto.Secure() {
			stream.Close()
			return nil, refused(pbx.CauseBearer, "the caller asks for encrypted signaling (secure_bridge_signaling), and '"+l.resource+
				"' is reached over "+flow.Proto.String())
		}
	}
	if dir.NoSRTP && (l.wantsSRTP() || l.wantsDTLS()) {
		stream.Close()
		return nil, refused(pbx.CauseNone, "a call to '"+l.resource+"': "+noSRTP)
	}
	l.direct = newDirect(l.Endpoint())
	l.dialledBy(r)
	l.proposeVideo(r)
	l.proposeText()
	if r := l.countOut(r.Further); r != nil {
		l.closeMedia()
		return nil, &pbx.RequestError{Cause: pbx.CauseBusy, Why: r.Rule, Uncounted: true}
	}
	l.setCodecs(l.offer)
	if t.peer != nil {
		l.identity = &t.peer.CallerID
	}
	domain := cmp.Or(l.Endpoint().FromDomain, l.SentBy, flow.Local.String())
	l.CallID = sipstack.Hex32() + "@" + domain
	if r.Trace != nil {
		d.book.Also(r.Trace, l.CallID)
	}
	return l, nil
}

// behindNAT: the registered Contact names another address than the source.
func behindNAT(t *destination) bool {
	at := t.source.Addr()
	if t.through != nil {
		at = t.through.Addr.Addr()
	}
	u, _ := sipstack.ParseURI(t.uri)
	a, ok := u.Addr()
	return !ok || !sipstack.SameHost(a, at)
}

// Call implements pbx.Leg.
func (l *Leg) Call(info pbx.CallInfo) {
	l.do(func() {
		if l.state != legSetup || l.client != nil {
			return
		}
		l.call = info
		l.offer = l.suggested(l.offer, "SIP_CODEC_OUTBOUND", "SIP_CODEC")
		l.offerDirect()
		l.setCodecs(l.offer)
		l.addToShard(l.sh)
		if l.counted {
			l.d.callsChanged(l.Peer)
		}
		if l.at != nil {
			go l.find(l.at) // off the shard
			return
		}
		l.identifyOurselves()
		l.sendInvite()
	})
}

// find looks up where the call goes, and sends it there.
func (l *Leg) find(at *dnsmgr.Entry) {
	hops, err := at.Await()
	l.do(func() {
		switch {
		case l.state != legSetup:
		case err != nil:
			l.trace.Note("'%s' cannot be resolved: %v", at.Query.Host, err)
			l.tell(pbx.Event{Kind: pbx.EventHungUp, Cause: pbx.CauseAbsent})
			l.retire()
		default:
			l.moreTargets = hops
			l.tryNextTarget()
		}
	})
}

// identifyOurselves writes From and Contact: fromuser, else the caller's
// number, else the general callerid; fromdomain or our address. A caller id that is withheld or
// empty is written as anonymous.
func (l *Leg) identifyOurselves() {
	id, fromUser := l.call.CallerID, ""
	user, name := id.Num, id.Name
	if user == "" {
		user = l.Dir.CallerID
		if name == "" {
			name = "asterisk"
		}
	}
	if l.Peer != nil {
		fromUser = l.Peer.FromUser
	}
	if id.Withheld() || id == (pbx.CallerID{}) && nobody(l.Dialler()) {
		user = cmp.Or(fromUser, "anonymous")
		l.From = sipstack.FormatNameAddr("Anonymous", sipstack.FormatURI(user, cmp.Or(l.Endpoint().FromDomain, "anonymous.invalid")))
		l.Contact = sipstack.FormatContact(user, l.SentBy, l.Flow.Proto)
		return
	}
	user, host := l.applyOverrides(cmp.Or(fromUser, user))
	l.From = sipstack.FormatNameAddr(name, sipstack.FormatURI(user, host))
	l.Contact = sipstack.FormatContact(user, l.SentBy, l.Flow.Proto)
}

// nobody says of who dials with an empty caller id that it was never given one: the
// switchboard itself, or what it has begun on a Local channel. A phone has one that the
// dialplan has emptied.
func nobody(dialler *pbx.Channel) bool {
	if dialler == nil {
		return true
	}
	_, half := dialler.Leg().(pbx.Paired)
	return half
}

// fromHost is the host part of our addresses: fromdomain, else our address.
func (l *Leg) fromHost() string {
	if e := l.Endpoint(); e.FromDomain != "" {
		return sipstack.HostPort(e.FromDomain, e.FromPort)
	}
	return l.Dir.FromHost(l.Flow)
}

// sendInvite starts the INVITE transaction, with credentials once challenged.
func (l *Leg) sendInvite() {
	l.note(wayBegun, "INVITE")
	o := l.RequestTo("INVITE", l.invited())
	o.Contact = l.Contact
	l.applyVariables(o)
	o.Headers = append(append(o.Headers, sipstack.DateHeader()), l.capabilities(false)...)
	o.Headers = append(append(append(append(o.Headers, l.transferHeaders()...), l.addedHeaders()...), l.identityHeaders()...),
		l.diversionHeaders()...)
	l.exchangeTo(exchangeOurs)
	l.remoteSDP, l.rel = nil, reliable{}
	l.offerCrypto()
	o.ContentType, o.Body = "application/sdp", l.describe(l.offer, sdp.SendRecv)
	l.clientCSeq = o.CSeq
	opt := l.SendOptions()
	if l.Flow.Proto == sipstack.WS || l.Flow.Proto == sipstack.WSS {
		opt.Back = l.back
	}
	l.client = l.sh.Send(l.Flow, o, opt, l.response)
	l.watchNode()
}

// back says whether a page whose WebSocket has closed while it was called has registered again: the host of
// its Contact is a name of that page alone.
func (l *Leg) back() bool {
	asked, ok := sipstack.ParseURI(l.Target)
	if !ok || l.Peer == nil {
		return false
	}
	return slices.ContainsFunc(l.d.bindings.All(l.Peer.Name), func(b *location.Binding) bool {
		u, ok := sipstack.ParseURI(b.Contact)
		return ok && u.Host == asked.Host && b.Flow != l.Flow
	})
}

// response takes what comes back to our INVITE.
func (l *Leg) response(m *sipstack.Message, err error) {
	if err != nil {
		l.noAnswer(err)
		return
	}
	l.tellAnswer(m)
	l.causedBy(m)
	switch {
	case m.Status/100 == 2: // a repeated one too, whatever came after
		l.success(m)
	case m.CSeq != l.clientCSeq:
	case m.Status < 200:
		l.provisional(m)
	case l.state == legEnded:
	case l.cancelled:
		l.retire()
	case m.Status == 401 || m.Status == 407:
		l.challenged(m)
	case m.Status < 400:
		l.redirected(m)
	case m.Status == 422 && l.tooBrief(m):
		l.RemoteTag = ""
		l.sendInvite()
	default:
		l.failed(m)
	}
}

// causedBy notes what an answer to our INVITE would mean as the cause of an end: as in chan_sip the
// channel has it whether it ends then or not.
func (l *Leg) causedBy(m *sipstack.Message) {
	if l.ch != nil && !l.cancelled && (l.state == legSetup || l.state == legEarly) {
		l.ch.SetCause(causeIn(&l.Dialog, m, causeOf(m.Status)))
	}
}

// Dialler implements pbx.Dialler.
func (l *Leg) Dialler() *pbx.Channel {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.dialler
}

// tellAnswer lets HANGUPCAUSE know what the far side has answered, and with storesipcause
// the table SIP_CAUSE.
func (l *Leg) tellAnswer(m *sipstack.Message) {
	if l.ch != nil {
		l.ch.Heard(pbx.LegCause{Channel: l.ch.Name(), Tech: strings.TrimSpace("SIP " + strconv.Itoa(m.Status) + " " + m.Reason),
			Cause: causeOf(m.Status)}, l.Dir.StoreSIPCause)
	}
}

func (l *Leg) noAnswer(err error) {
	if l.state == legEnded {
		return
	}
	if errors.Is(err, sipstack.ErrTimeout) && !l.cancelled {
		l.d.log.Warn().Ctx(l.trace.Context()).Msgf("Retransmission timeout reached on transmission %s for seqno %d (Critical Request)", l.CallID,
			l.clientCSeq)
	}
	l.trace.Note("%s: %v", l.resource, err)
	if l.tryNextTarget() {
		return
	}
	if !l.cancelled {
		l.tell(pbx.Event{Kind: pbx.EventCongestion, Cause: pbx.CauseNoResponse})
	}
	l.retire()
}

// provisional: 180 and 182 ring, 181 says that the call is sent on, 183 with SDP is
// early media; without it the phone is at work.
func (l *Leg) provisional(m *sipstack.Message) {
	if l.state == legEnded || l.cancelled {
		return
	}
	if m.Status == 100 { // as in chan_sip, nobody is told
		return
	}
	if l.RemoteTag == "" {
		l.RemoteTag = strings.Clone(m.To.Tag())
	}
	if !l.confirm(m) {
		return
	}
	l.heardParty(m)
	early := l.readAnswer(m, l.saidFormats)
	if early {
		l.state = legEarly
		l.rel.noteAnswer(m)
	}
	switch {
	case m.Status == 181:
		l.divertedAway(m)
	case m.Status == 180 || m.Status == 182 || !early:
		l.rang = true
		l.tell(pbx.Event{Kind: pbx.EventRinging, Works: m.Status != 180 && m.Status != 182})
	}
	if early {
		l.tell(pbx.Event{Kind: pbx.EventProgress})
	}
}

// natDetectedIn: the Contact of a response names another address than its source.
func (l *Leg) natDetectedIn(m *sipstack.Message) bool {
	c, ok := m.Contact()
	u := c.ParsedURI()
	a, isAddr := u.Addr()
	return ok && (!isAddr || !sipstack.SameHost(a, l.hostOf(m.Flow.Remote.Addr())))
}

// success: the first 2xx answers the call. A repeated one is acknowledged
// again; one of another fork, or one that crossed our CANCEL, is acknowledged
// and ended.
func (l *Leg) success(m *sipstack.Message) {
	tag := m.To.Tag()
	switch {
	case m.CSeq <= l.ackedCSeq && tag == l.RemoteTag:
		l.sendAck(m.CSeq)
		return
	case m.CSeq <= l.ackedCSeq:
		l.dropFork(m)
		return
	}
	l.ackedCSeq = m.CSeq
	if l.RemoteTag != tag {
		l.RemoteTag, l.RemoteCSeq = strings.Clone(tag), 0
		if f := l.rel.forks[tag]; f != nil {
			l.RemoteCSeq = f.cseq
		}
	}
	l.Establish(m)
	l.sendAck(m.CSeq)
	switch {
	case l.cancelled || l.state == legEnded:
		l.trace.Note("%s answered while it was being cancelled; the answer is acknowledged and ended", l.resource)
		l.bye(pbx.CauseNormal)
		l.retire()
	case l.agreedEarly(m):
		l.connected(m)
	case !l.readAnswer(m, l.saidFormats) && (body.ParsedSDP(m) != nil || !l.exchange.agreed()):
		l.trace.Note("%s answered without usable SDP", l.resource)
		l.bye(pbx.CauseBearer)
		l.tell(pbx.Event{Kind: pbx.EventHungUp, Cause: pbx.CauseBearer})
		l.retire()
	default:
		l.connected(m)
	}
}

// connected begins the call that a 2xx has answered.
func (l *Leg) connected(m *sipstack.Message) {
	l.stopRinging()
	l.state, l.repeats, l.tooBriefs = legUp, 0, 0
	timed := l.answeredTimer(m)
	l.heardParty(m)
	if l.tell(pbx.Event{Kind: pbx.EventAnswered}); !timed {
		l.tearDown()
	}
}

// sendAck acknowledges a 2xx of our INVITE with a CSeq. The INVITE's transaction, where it is
// still there, keeps the ACK for repetitions of that 2xx.
func (l *Leg) sendAck(cseq uint32) {
	l.note(wayOut, "ACK")
	o := l.Dialog.Ack(cseq)
	o.Contact = l.Contact
	if l.client != nil && l.clientCSeq == cseq {
		l.client.Ack(l.Flow, o, l.SentBy, l.RemoteTag)
		return
	}
	l.sh.SendAck(l.Flow, o, l.SentBy)
}

// dropFork ends the dialog of a further fork, which we do not want.
func (l *Leg) dropFork(m *sipstack.Message) {
	tag, routes, target, flow := l.RemoteTag, l.RouteSet, l.Target, l.Flow
	l.RemoteTag = strings.Clone(m.To.Tag())
	l.Establish(m)
	l.sendAck(m.CSeq)
	l.bye(pbx.CauseNormal)
	l.RemoteTag, l.RouteSet, l.Target, l.Flow = tag, routes, target, flow
	l.trace.Note("a second fork answered; it is acknowledged and ended")
}

// challenged answers 401 and 407 with the right credentials.
func (l *Leg) challenged(m *sipstack.Message) {
	if !l.Retry(m, &l.repeats) {
		l.d.log.Warn().Ctx(l.trace.Context()).Msgf("Failed to authenticate on INVITE to '%s'", l.To)
		l.failed(m)
		return
	}
	realm, user := l.Digest.Latest()
	l.trace.Note("%s wants credentials for realm '%s'; answering as '%s'", l.resource, realm, user)
	l.RemoteTag = ""
	l.sendInvite()
}

// tryNextTarget tries the next way to the destination where there is one and nobody
// has answered yet (RFC 3263 4.3).
func (l *Leg) tryNextTarget() bool {
	if len(l.moreTargets) == 0 || l.cancelled || l.rang || l.state != legSetup {
		return false
	}
	l.Flow, l.moreTargets = l.d.ua.FlowTo(l.moreTargets[0]), l.moreTargets[1:]
	l.SentBy = l.Dir.Advertised(l.Flow).String()
	l.trace.Note("trying %s at %s", l.resource, l.Flow.Remote)
	l.RemoteTag, l.repeats = "", 0
	l.identifyOurselves()
	l.sendInvite()
	return true
}

func (l *Leg) failed(m *sipstack.Message) {
	if l.through != nil && m.Status == 430 {
		l.nodeFailed("has no such flow any more (430)")
		return
	}
	l.trace.Note("%s answered %d %s", l.resource, m.Status, m.Reason)
	if m.Status == 503 && l.tryNextTarget() {
		return
	}
	if m.Status == 480 {
		l.unavailable(m)
	}
	l.tell(pbx.Event{Kind: outcome(m.Status), Cause: causeIn(&l.Dialog, m, endedBy(m.Status))})
	l.retire()
}

// cancel gives our unanswered INVITE up.
func (l *Leg) cancel(cause pbx.Cause) {
	if l.client == nil {
		l.retire()
		return
	}
	if l.cancelled {
		return
	}
	l.cancelled = true
	l.stream.Unbridge()
	var h []sipstack.Header
	if cause == pbx.CauseAnsweredElsewhere {
		h = []sipstack.Header{{Name: "Reason", Value: `SIP;cause=200;text="Call completed elsewhere"`}}
	}
	l.client.Cancel(h)
	l.note(wayOut, "CANCEL")
}
