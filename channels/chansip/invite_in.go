package chansip

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"obelisk/channels/chansip/access"
	"obelisk/channels/chansip/body"
	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/config"
	"obelisk/internal/sdp"
	"obelisk/internal/sipstack"
	"obelisk/internal/trace"
	"obelisk/pbx"
)

// incoming is one initial INVITE on its way through the checks, in chan_sip's
// order.
type incoming struct {
	d     *Driver
	dir   *sipconf.Directory
	sh    *sipstack.Shard
	tx    *sipstack.ServerTx
	m     *sipstack.Message
	trace *trace.Call
	facts access.Facts
	id    access.Identity
	leg   *Leg
	// await is the name of a host that has to be found before the call goes on
	await string
	short bool // of a unit of a hard limit, which other nodes may have
	replaces
}

// invite handles an INVITE outside a dialog.
func (d *Driver) invite(sh *sipstack.Shard, tx *sipstack.ServerTx, m *sipstack.Message) {
	in := &incoming{d: d, dir: d.Directory(), sh: sh, tx: tx, m: m, facts: access.FactsOf(m, d.Directory())}
	if in.trace = d.book.Find(m.CallID); in.trace != nil {
		in.trace.Resume()
	} else {
		in.trace = d.book.Open(m.CallID)
		in.trace.Message(true, m.CallID, m.Flow.Remote, []byte(m.Method+" "+m.RequestURI+" SIP/2.0"))
	}
	if in.visits() {
		return
	}
	if d.core.Draining() { // before it is asked for credentials, so that the caller tries another node at once
		in.refuse(&trace.Refusal{Status: 503, Reason: "Unavailable", Cause: 34, Rule: "this node is being emptied (cluster drain)"})
		return
	}
	for _, check := range checks {
		if r := check(in); r != nil {
			in.refuse(r)
			return
		}
		if tx.Final() { // challenged
			in.trace.Asked()
			return
		}
	}
	if in.m.Header("Replaces") != "" {
		in.take(replacing)
		return
	}
	in.take(calling)
}

// inviteStep is one of an INVITE's; what it returns ends it.
type inviteStep = func(*incoming) *trace.Refusal

// The steps of an INVITE: of all, then of one that calls, and of one that takes a call's place.
var (
	checks = []inviteStep{(*incoming).loops, (*incoming).required, (*incoming).identify, (*incoming).authenticate,
		(*incoming).checkCallRate, (*incoming).checkShares}
	calling   = []inviteStep{(*incoming).offer, (*incoming).reserve, (*incoming).limit, (*incoming).destination, (*incoming).start}
	replacing = []inviteStep{(*incoming).readReplaces, (*incoming).offer, (*incoming).reserve, (*incoming).limit, (*incoming).media,
		(*incoming).start, (*incoming).replace}
)

// take goes through steps, and stops where a name has to be found, or other nodes have to be asked.
func (in *incoming) take(steps []inviteStep) {
	for i, check := range steps {
		if r := check(in); r != nil {
			in.refuse(r)
			return
		}
		if in.await != "" {
			in.findMediaHost(steps[i+1:])
			return
		}
		if in.short {
			in.awaitUnit(steps[i+1:])
			return
		}
	}
}

// refuse answers, and tells the trace.
func (in *incoming) refuse(r *trace.Refusal) {
	in.trace.Note("%s", r.Sentence())
	in.trace.Verdict("The call was %s.", r.Sentence())
	var extra []sipstack.Header
	switch r.Status {
	case 503:
		extra = append(extra, sipstack.Header{Name: "Retry-After", Value: sipstack.RetryAfter()})
	case 420:
		list := in.d.access.Unsupported(in.m)
		switch {
		case list != "":
		case in.leg != nil && in.leg.Endpoint().Rel == sipconf.Rel100No && slices.Contains(in.m.Options("Require"), "100rel"):
			list = "100rel"
		default:
			list = "timer" // session-timers=refuse
		}
		extra = append(extra, sipstack.Header{Name: "Unsupported", Value: list})
	case 415:
		extra = append(extra, body.AcceptHeaders(in.m, body.SessionTypes)...)
	case 422:
		extra = append(extra, in.leg.minSE())
	}
	extra = append(extra, reasonHeaders(in.endpoint(), causeOf(r.Status))...)
	if in.leg != nil {
		in.leg.releaseMedia()
	}
	in.d.respond(in.tx, r.Status, r.Reason, extra...)
}

// endpoint is the settings that the call goes by.
func (in *incoming) endpoint() *sipconf.Endpoint {
	if in.id.Peer != nil {
		return &in.id.Peer.Endpoint
	}
	return &in.dir.Endpoint
}

// loops refuses merged requests, and those that have gone through too many hands. A call of
// our own that comes back is a call as others are (chan_sip): its Max-Forwards ends a loop.
func (in *incoming) loops() *trace.Refusal {
	if strings.TrimSpace(in.m.Header("Max-Forwards")) == "0" {
		return &trace.Refusal{Status: 483, Reason: "Too many hops", Cause: 25, Rule: "its Max-Forwards is 0"}
	}
	for _, l := range data(in.sh).legs[in.m.CallID] {
		if l.state == legEnded {
			continue
		}
		if !l.outbound && l.RemoteTag == in.m.From.Tag() && l.serverCSeq == in.m.CSeq {
			return &trace.Refusal{Status: 482, Reason: "(Loop Detected)", Cause: 127, Rule: "the same request came in by another way"}
		}
	}
	return nil
}

// required refuses extensions we do not have.
func (in *incoming) required() *trace.Refusal {
	if list := in.d.access.Unsupported(in.m); list != "" {
		return &trace.Refusal{Status: 420, Reason: "Bad extension (unsupported)", Cause: 3, Rule: "it requires " + list}
	}
	return nil
}

func (in *incoming) identify() *trace.Refusal {
	if r := access.FromURI(in.m); r != nil {
		return r
	}
	id, r := access.Identify(in.dir, in.d.bindings, in.facts, func(s string) { in.trace.Note("%s", s) })
	if r != nil || id.Denied != nil {
		in.d.access.ReportDenied(in.trace.Context(), in.m, &in.facts)
	}
	if r != nil {
		return r
	}
	in.id = id
	if id.Peer != nil {
		in.trace.Words("identified as '", id.Peer.Name, "' ", id.Rule, at(id.Pos))
	} else {
		in.trace.Words("identified as guest ", id.Rule, at(id.Pos))
	}
	return nil
}

// authenticate challenges where it must. It leaves a challenged transaction final.
func (in *incoming) authenticate() *trace.Refusal {
	return in.d.access.Verify(in.sh, in.tx, in.m, in.id, in.trace.Note)
}

// offer makes the leg, as yet without media, and checks the offer.
func (in *incoming) offer() *trace.Refusal {
	m := in.m
	l := &Leg{d: in.d, Dialog: in.d.ua.DialogOf(in.dir, in.id.Peer, in.tx, m), trace: in.trace, created: time.Now(), sh: in.sh, server: in.tx,
		serverCSeq: m.CSeq}
	in.leg = l
	l.direct = newDirect(l.Endpoint())
	l.symmetric = l.NAT.Comedia || l.NAT.AutoComedia && access.NATDetected(m)
	l.proxied = relayed(m)
	if l.resource = guestName(in.dir, m); l.Peer != nil {
		l.resource = l.Peer.Name
	}
	l.user = strings.Clone(in.facts.FromUser)
	if r := l.wantsReliable(m); r != nil {
		return r
	}
	var r *trace.Refusal
	if l.session.sessionTerms, r = l.offeredTimer(m); r != nil {
		return r
	}
	text, r := body.SDP(m)
	if r != nil {
		return r
	}
	if len(text) == 0 {
		l.formats = offeredFormats(l.Endpoint(), nil, false)
		l.setCodecs(l.formats)
		return nil
	}
	if r := l.readOffer(text); r != nil {
		return r
	}
	if audio := l.farAudio(); audio != nil {
		in.await = audio.Named()
	}
	return nil
}

// media opens the ports of a call that is let in.
func (in *incoming) media() *trace.Refusal {
	l := in.leg
	stream, err := in.d.cfg.Media.Open(in.dir.RTPAddr(in.m.Flow), nil)
	if err != nil {
		in.d.log.Error().Ctx(in.trace.Context()).Msgf("no RTP ports for a call: %v", err)
		return &trace.Refusal{Status: 503, Reason: "Service Unavailable", Cause: 34, Rule: err.Error()}
	}
	l.stream = stream
	if l.remoteSDP != nil {
		l.seeVideo(l.remoteSDP)
		l.seeText(l.remoteSDP)
		l.publishEarly()
	}
	return nil
}

// limit refuses a call more than call-limit.
func (in *incoming) limit() *trace.Refusal {
	if r := in.addGuest(); r != nil {
		return r
	}
	return in.leg.addCall("from", false)
}

// decoration is what shrinkcallerid strips from numbers.
var decoration = strings.NewReplacer("(", "", ")", "", "-", "", ".", "", " ", "")

// readOffer takes the SDP of an INVITE.
func (l *Leg) readOffer(text []byte) *trace.Refusal {
	bad := func(format string, args ...any) *trace.Refusal {
		return &trace.Refusal{Status: 488, Reason: "Not acceptable here", Cause: 58, Rule: fmt.Sprintf(format, args...), Pos: l.codecLine()}
	}
	s, err := sdp.Parse(text)
	if err != nil {
		return bad("the SDP cannot be used: %v", err)
	}
	a, why := l.judge(s)
	if why != "" {
		return bad("%s", why)
	}
	l.exchangeTo(exchangeTheirs)
	l.remoteSDP, l.formats, l.crypto = s, a.formats, a.crypto
	l.setCodecs(a.formats)
	return nil
}

func (l *Leg) codecLine() config.Pos {
	if l.Peer != nil {
		if l.Peer.Given("allow") {
			return l.Peer.Line("allow")
		}
	}
	return l.Dir.Line("allow")
}

// destination checks domain, scheme and extension.
func (in *incoming) destination() *trace.Refusal {
	u, r := access.RequestURI(in.m)
	if r != nil {
		return r
	}
	context, r := in.context(u)
	if r != nil {
		return r
	}
	caller := in.callerID()
	exten, found := in.d.findExten(context, called(u), caller.Num)
	if found || exten != "" && exten == in.d.core.PickupExten() {
		return in.accept(context, exten, u, caller, found)
	}
	name := ""
	if in.id.Peer != nil {
		name = in.id.Peer.Name
	}
	pos := in.dir.Line("context")
	if in.id.Peer != nil && in.id.Peer.OwnContext {
		pos = in.id.Peer.Line("context")
	}
	rule := fmt.Sprintf("extension '%s' is not in context '%s'", exten, context)
	if in.leg.Endpoint().AllowOverlap == "yes" && !in.dir.DialsMore(exten) && in.d.core.Plan().CanMatch(context, exten, query(caller.Num)) {
		return &trace.Refusal{Status: 484, Reason: "Address Incomplete", Cause: 28, Rule: rule + ", but longer numbers are", Pos: pos}
	}
	in.d.log.Warn().Ctx(in.trace.Context()).Msgf(
		"Call from '%s' (%s) to extension '%s' rejected because extension not found in context '%s'.",
		name, in.m.Flow.Remote, access.Unquoted(exten), context)
	in.d.access.NoExtension(exten, in.m)
	return &trace.Refusal{Status: 404, Reason: "Not Found", Cause: 1, Rule: rule, Pos: pos}
}

// context chooses the dialplan context; foreign domains may be refused.
func (in *incoming) context(u sipstack.URI) (string, *trace.Refusal) {
	context := in.dir.Context
	if in.id.Peer != nil {
		context = in.id.Peer.Context
	}
	if len(in.dir.Domains) == 0 || u.Scheme == "tel" { // a number is of no domain
		return context, nil
	}
	l, local := in.dir.LocalDomain(u.Host)
	if !local && !in.dir.AllowExternal {
		return "", &trace.Refusal{Status: 403, Reason: "Forbidden", Cause: 21,
			Rule: "the domain '" + u.Host + "' is not ours and allowexternaldomains=no", Pos: in.dir.Line("allowexternaldomains")}
	}
	if local && l.Context != "" && (in.id.Peer == nil || !in.id.Peer.OwnContext) {
		context = l.Context
	}
	return context, nil
}

// callerID: the peer's callerid, else the From header.
func (in *incoming) callerID() (id pbx.CallerID) {
	id = pbx.CallerID{Num: in.dir.NumberOf(in.m.From.ParsedURI()), Name: in.m.From.Display}
	if in.dir.ShrinkCallerID && strings.Trim(id.Num, "0123456789+*#()-. ") == "" {
		id.Num = decoration.Replace(id.Num)
	}
	if p := in.id.Peer; p != nil {
		if p.CallerID.Num != "" {
			id.Num = p.CallerID.Num
		}
		if p.CallerID.Name != "" {
			id.Name = p.CallerID.Name
		}
	}
	defer func() { // callingpres has the last word, and cid_tag
		if p := in.id.Peer; p != nil {
			id.Tag = p.CallerID.Tag
		}
		if p := in.id.Peer; p != nil && p.Presentation != "" {
			id.Pres, id.NamePres = p.Presentation, p.Presentation
			id.Private = id.Presented().Prohibited()
		}
	}()
	if in.leg.Endpoint().TrustRPID {
		if a, ok := assertedIdentity(&in.dir.General, in.m); ok {
			in.trace.Note("the caller is %s, as the endpoint asserts (trustrpid)", a)
			id = a
		}
	}
	return id
}

// accept prepares the call; start begins it. What the dialplan does not know is the
// number that picks calls up.
func (in *incoming) accept(context, exten string, u sipstack.URI, caller pbx.CallerID, planned bool) *trace.Refusal {
	l := in.leg
	if r := in.media(); r != nil {
		return r
	}
	uri := l.Target
	if c, _ := in.m.Contact(); c.URI != uri {
		uri = strings.Clone(c.URI)
	}
	// What the call keeps is no part of the message, which need not stay for it.
	exten, caller.Num, caller.Name = strings.Clone(exten), strings.Clone(caller.Num), strings.Clone(caller.Name)
	n := pbx.NewCall{Tech: "SIP", Leg: l, Context: context, Exten: exten, DNID: dnid(exten), ANI: caller.Num, CallerID: caller,
		Trace: in.trace, Language: l.Endpoint().Language, ToneZone: l.Endpoint().ToneZone,
		Vars: [][2]string{{"SIPURI", uri}, {"SIPDOMAIN", strings.Clone(u.Host)}, {"SIPCALLID", l.CallID}}}
	if n.MaxForwards, _ = strconv.Atoi(strings.TrimSpace(in.m.Header("Max-Forwards"))); n.MaxForwards < 0 || n.MaxForwards > 255 {
		n.MaxForwards = 0
	}
	if u.Scheme == "tel" {
		phone, _ := u.Param("phone-context")
		n.Vars = append(n.Vars, [2]string{"SIPURIPHONECONTEXT", phone})
	}
	if p := in.id.Peer; p != nil {
		n.AccountCode, n.AMAFlags = p.AccountCode, p.AMAFlags
		n.Vars = append(n.Vars, p.SetVars...)
	}
	if !planned {
		n.App = "Pickup"
	}
	n.Redirecting, n.Vars = in.diversion(n.Vars)
	if in.d.invitation.wanted(in.d.core.Plan()) {
		l.invite = in.m
	}
	l.Contact = sipstack.FormatContact(exten, l.SentBy, l.Flow.Proto)
	in.trace.Words("goes to extension '", exten, "' in context '", context, "'")
	l.trying(in.tx)
	if _, err := in.d.core.Incoming(n); err != nil {
		in.d.log.Warn().Ctx(in.trace.Context()).Msgf("call refused: %v", err)
		return &trace.Refusal{Status: 503, Reason: "Unavailable", Cause: 34, Rule: err.Error()}
	}
	in.d.access.TrustFlow(in.id.Peer, in.m.Flow)
	return nil
}

// dnid is CALLERID(dnid): nothing where nobody was named.
func dnid(exten string) string {
	if exten == "s" {
		return ""
	}
	return sipstack.Unescape(exten)
}

// start makes the dialog known.
func (in *incoming) start() *trace.Refusal {
	l := in.leg
	l.addToShard(in.sh)
	l.note(wayIn, "INVITE")
	in.tx.OnCancel = func(*sipstack.Message) {
		l.note(wayIn, "CANCEL")
		in.d.respond(in.tx, 487, "Request Terminated")
		l.tell(pbx.Event{Kind: pbx.EventHungUp})
		l.retire()
	}
	if l.Endpoint().SecureDialog != sipconf.SecureDialogNo { // nobody can be asked for credentials in a CANCEL
		in.tx.MayCancel = func(m *sipstack.Message) bool {
			if !l.FromPeer(m.Flow) {
				l.ReportForeign(m)
				return false
			}
			return true
		}
	}
	in.tx.OnNoAck = func() {
		l.trace.Note("the 200 was never acknowledged; the call is ended")
		in.d.log.Warn().Ctx(in.trace.Context()).Msgf("Retransmission timeout reached on transmission %s for seqno %d (Critical Response)",
			l.CallID, l.serverCSeq)
		l.waitAck = false
		l.tell(pbx.Event{Kind: pbx.EventHungUp, Cause: pbx.CauseNoResponse})
		l.end(pbx.CauseNoResponse)
	}
	return nil
}
