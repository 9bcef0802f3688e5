package chansip

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"

	"obelisk/channels/chansip/dialog"
	"obelisk/channels/chansip/dnsmgr"
	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/sdp"
	"obelisk/internal/sipstack"
	"obelisk/internal/trace"
	"obelisk/media"
	"obelisk/pbx"
)

// legState is how far a leg has come.
//
//	inbound   setup -Progress-> early -Answer-> up -BYE-> ended
//	outbound  setup -18x-> early -2xx-> up -BYE-> ended
//
// ended is reached from every state.
type legState uint8

const (
	legSetup legState = iota
	legEarly
	legUp
	legEnded
)

func (s legState) String() string {
	return [...]string{"setup", "early", "up", "ended"}[s]
}

// Leg is one dialog with media, one party of a call. The fields below the line
// belong to its shard, as those of the dialog do; the methods of pbx.Leg post there.
type Leg struct {
	dialog.Dialog
	d        *Driver
	outbound bool
	resource string
	through  *through // another node; nil: none
	stream   *media.Stream
	trace    *trace.Call
	created  time.Time
	invite   *sipstack.Message // incoming, where the dialplan asks for its headers

	mu     sync.Mutex // guards codecs, limit, identity, diverted, dialler, packets, direct.far
	codecs []media.Codec
	limit  []media.Codec
	// identity is who the far side is, as far as is known.
	identity  *pbx.CallerID    // never changed, only replaced; nil: unknown
	diverted  *pbx.Redirecting // by the callee (181)
	dialler   *pbx.Channel     // of an outgoing call; nil: nobody
	srtpAsked *bool            // whether the caller asks for SRTP; nil: he has not said
	packets   packets

	// ---- owned by the shard; the small ones first, which saves room in each call ----
	state       legState
	exchange    exchange // of offer and answer
	symmetric   bool
	proxied     bool // signalling is not the far side's own, but a proxy's
	waitAck     bool
	withheld    bool      // media, until the ACK
	byeAfterAck pbx.Cause // of the BYE that waits for the ACK, or for the answer to an INVITE of ours; CauseNone: none does
	cancelled   bool
	restate     bool // said is not what we have to say any more
	faxLed      bool // to the extension fax (faxdetect)
	referred    bool // its far side has transferred the call away
	referring   bool // the call that it wants to transfer into is looked for
	counted     bool // in the peer's account of calls
	unit        bool // of a limit that is hard over nodes, not yet in that account
	ringing     bool // in the account as well
	heldCounted bool // in the account as one that is held
	held        bool
	rang        bool
	renewal     bool   // an INVITE of ours in the call waits (retry)
	updates     bool   // the far side takes UPDATE
	infoKey     byte   // of an INFO that said no end, 0: none
	serverCSeq  uint32 // of server: its ACK, and the PRACKs of its answers, name it
	clientCSeq  uint32 // of client
	ackedCSeq   uint32 // of our last INVITE that got a 2xx
	descID      uint32 // of our descriptions
	descVersion uint32

	sh          *sipstack.Shard
	last        lastMessage
	ch          *pbx.Channel
	user        string             // in the From of an incoming call
	at          *dnsmgr.Entry      // looked up before the INVITE is sent, outbound; nil: that is not needed
	moreTargets []dnsmgr.Target    // further ways to the destination, outbound
	server      *sipstack.ServerTx // the far side's last INVITE; nil: there was none
	client      *sipstack.ClientTx // our last INVITE, or UPDATE in the call; nil: there was none
	why         string             // Reason of the BYE where a cause is not all, "" otherwise
	said        []byte             // our last description
	saidFormats []media.Format     // its audio
	far         *sdp.Media         // the section of the far side that the stream goes by: audio, or the image of a fax
	mediaHost   mediaHost          // the host name in the far side's, once it is looked up
	crypto      *crypto            // nil for plain RTP
	video       *picture           // nil without video
	rtt         *conversation      // nil without real-time text
	fax         *fax               // nil without
	rel         reliable
	direct      *direct           // nil without directmedia
	overrides   *dialOverrides    // by the dial string; nil: not
	keys        *sipconf.DTMFMode // SIPDtmfMode; nil: as the endpoint has it
	ice         media.ICE         // our credentials, while the leg takes part in ICE
	remoteSDP   *sdp.Session
	offer       []media.Format // what our INVITE is to offer, outbound
	formats     []media.Format // what is in use, or was offered to us
	parting     func()         // what its BYE meanwhile asks for; nil: none came
	guest       netip.Addr     // whose account of calls it is in, of a guest
	call        pbx.CallInfo   // outbound; CallerID is the party at the other end of either leg
	repeats     int            // of our INVITE, for challenges
	tooBriefs   int            // likewise, for 422
	session     sessionTimer
	retry       sipstack.Timer // of our INVITE in the call
}

// Resource implements pbx.Leg.
func (l *Leg) Resource() string { return l.resource }

// Bind implements pbx.Leg.
func (l *Leg) Bind(c *pbx.Channel) { l.ch = c }

// Rebind implements pbx.Leg.
func (l *Leg) Rebind(c *pbx.Channel) {
	l.do(func() {
		if l.state == legEnded {
			c.SoftHangup(pbx.CauseNormal)
			return
		}
		l.ch = c
	})
}

// Stream implements pbx.Leg.
func (l *Leg) Stream() *media.Stream { return l.stream }

// PrematureMedia implements pbx.EarlyTalker.
func (l *Leg) PrematureMedia() bool { return !l.outbound && !l.Dir.PrematureFilter }

// MusicClasses implements pbx.MusicTaste.
func (l *Leg) MusicClasses() (interpret, suggest string) {
	return l.Endpoint().MOHInterpret, l.Endpoint().MOHSuggest
}

// Codecs implements pbx.Leg.
func (l *Leg) Codecs() []media.Codec {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.codecs
}

// Restrict implements pbx.Leg.
func (l *Leg) Restrict(to []media.Codec) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.limit = to
}

func (l *Leg) setCodecs(f []media.Format) {
	var room [8]media.Codec
	c := room[:0]
	for _, x := range f {
		if x.Codec != media.TelephoneEvent && x.Codec != media.ComfortNoise {
			c = append(c, x.Codec)
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if !slices.Equal(c, l.codecs) {
		l.codecs = slices.Clone(c)
	}
}

// agreed restricts formats to what the other leg of the call can take.
func (l *Leg) agreed(f []media.Format) []media.Format {
	l.mu.Lock()
	defer l.mu.Unlock()
	return limited(f, l.limit)
}

// do runs f on the leg's shard.
func (l *Leg) do(f func()) {
	l.d.stack.Post(l.CallID, func(sh *sipstack.Shard) {
		l.sh = sh
		f()
	})
}

// doNow is do that returns once f has run: what the channel plays next must find
// the stream negotiated, or its first frame is lost.
func (l *Leg) doNow(f func()) {
	l.d.stack.Call(l.CallID, func(sh *sipstack.Shard) {
		l.sh = sh
		f()
	})
}

// tell gives the channel an event; a channel that does not keep up loses the
// leg.
func (l *Leg) tell(e pbx.Event) {
	if l.ch != nil {
		l.ch.Post(e)
	}
}

// addToShard makes the leg known on its shard.
func (l *Leg) addToShard(sh *sipstack.Shard) {
	l.sh = sh
	s := data(sh)
	s.legs[l.CallID] = append(s.legs[l.CallID], l)
}

// retire ends the dialog and releases its media. An answered INVITE of ours
// keeps the leg until its transaction has ended, so that a repeated 2xx is
// acknowledged; everything else finds no dialog any more.
func (l *Leg) retire() {
	if l.state == legEnded {
		return
	}
	l.state = legEnded
	if st := l.stream.Stats(); st.RxPackets+st.TxPackets+st.BadSource > 0 {
		from := "nobody"
		if st.Source.IsValid() {
			from = st.Source.String()
		}
		l.trace.Note("media of %s: %d packets received from %s (%d forwarded by the kernel), %d sent, %d lost, %d dropped for their source",
			l.resource, st.RxPackets, from, st.Kernel, st.TxPackets, st.Lost, st.BadSource)
	}
	l.releaseMedia()
	l.sh.Disarm(&l.session.timer)
	l.sh.Disarm(&l.retry)
	if l.through != nil {
		l.sh.Disarm(&l.through.watch)
	}
	if l.rtt != nil {
		l.sh.Disarm(&l.rtt.pause)
	}
	if l.fax != nil {
		l.sh.Disarm(&l.fax.wait)
	}
	switch {
	case l.server == nil:
	case l.server.Final():
		l.server.Acked() // nobody waits for the ACK
	default: // no INVITE stays without its answer
		l.d.respond(l.server, 487, "Request Terminated")
	}
	l.release()
	s := data(l.sh)
	rest := slices.DeleteFunc(s.legs[l.CallID], func(o *Leg) bool { return o == l })
	if s.legs[l.CallID] = rest; len(rest) == 0 {
		delete(s.legs, l.CallID)
	}
}

// release drops what a dialog that only lingers does not need.
func (l *Leg) release() {
	l.ch, l.trace, l.server, l.client, l.remoteSDP, l.formats, l.offer = nil, nil, nil, nil, nil, nil, nil
	l.call, l.fax, l.rel.next, l.said, l.saidFormats, l.far = pbx.CallInfo{}, nil, nil, nil, nil, nil
	if l.direct != nil {
		l.direct.partner = nil
	}
	l.mu.Lock()
	l.dialler = nil
	l.mu.Unlock()
}

// findLeg finds the dialog of a request, by its Call-ID and tags; where none has those,
// with pedantic=no, by its Call-ID.
func (d *Driver) findLeg(sh *sipstack.Shard, m *sipstack.Message) *Leg {
	tag, lenient := m.To.Tag(), !d.Directory().Pedantic
	if tag == "" {
		if l := untaggedFor(data(sh).legs[m.CallID], m); l != nil || !lenient || !ofDialogs[m.Method] {
			return l
		}
	}
	for _, l := range data(sh).legs[m.CallID] {
		if l.LocalTag == tag && (l.RemoteTag == "" || l.RemoteTag == m.From.Tag() || l.rel.forks[m.From.Tag()] != nil) {
			return l
		}
	}
	if lenient {
		for _, l := range data(sh).legs[m.CallID] {
			if l.state != legEnded {
				return l
			}
		}
	}
	return nil
}

// untaggedFor finds the call of a request whose To has no tag, as some devices write it in the
// midst of a call and chan_sip takes it: Call-ID and From are those of a call that is up, and
// it comes from the far side's host with a new CSeq. A guest's request needs the tag, which shows
// that the guest receives our messages.
func untaggedFor(legs []*Leg, m *sipstack.Message) *Leg {
	for _, l := range legs {
		later := m.CSeq > l.RemoteCSeq || m.Method == "ACK" && l.waitAck
		if l.state == legUp && l.Peer != nil && l.RemoteTag != "" && l.RemoteTag == m.From.Tag() && later && l.FromPeer(m.Flow) {
			return l
		}
	}
	return nil
}

// ofDialogs are methods that exist in a call only: with pedantic=no they need no tag of ours.
var ofDialogs = map[string]bool{"ACK": true, "BYE": true, "REFER": true, "INFO": true, "UPDATE": true, "PRACK": true}

// lastMessage is what the console shows of a dialog: its last request, as chan_sip does.
type lastMessage struct{ way, method string }

// Ways of a lastMessage.
const (
	wayBegun = "Init" // ours, with which the call began
	wayOut   = "Tx"
	wayIn    = "Rx"
)

func (m lastMessage) String() string {
	if m.method == "" {
		return ""
	}
	return m.way + ": " + m.method
}

func (l *Leg) note(way, method string) { l.last = lastMessage{way, method} }

// request builds an in-dialog request.
func (l *Leg) request(method string) *sipstack.Outgoing {
	l.note(wayOut, method)
	return l.Dialog.Request(method)
}

// bye ends an established dialog.
func (l *Leg) bye(cause pbx.Cause) {
	why := l.causeHeaders(cause)
	l.Dialog.Send(l.sh, func() *sipstack.Outgoing {
		o := l.request("BYE")
		o.Headers = append(o.Headers, why...)
		return o
	}, nil)
}

// askWith sends a request that has a body.
func (l *Leg) askWith(method, kind string, body []byte) {
	l.ask(func() *sipstack.Outgoing {
		o := l.request(method)
		o.ContentType, o.Body = kind, body
		return o
	}, nil)
}

// ask is that of the dialog, until the call ends.
func (l *Leg) ask(build func() *sipstack.Outgoing, on func(*sipstack.Message, error)) {
	l.Dialog.Send(l.sh, func() *sipstack.Outgoing {
		if l.state == legEnded {
			return nil
		}
		return build()
	}, on)
}

// causeHeaders tell why the call ends.
func (l *Leg) causeHeaders(c pbx.Cause) []sipstack.Header {
	if c == pbx.CauseNone {
		c = pbx.CauseNormal
	}
	h := []sipstack.Header{{Name: "X-Asterisk-HangupCause", Value: c.Text()}, {Name: "X-Asterisk-HangupCauseCode", Value: fmt.Sprint(int(c))}}
	if l.why != "" {
		h = append(h, sipstack.Header{Name: "Reason", Value: l.why})
	}
	return append(h, reasonHeaders(l.Endpoint(), c)...)
}

// Hangup implements pbx.Leg.
func (l *Leg) Hangup(cause pbx.Cause) { l.do(func() { l.end(cause) }) }

// end ends the leg in whatever state it is.
func (l *Leg) end(cause pbx.Cause) {
	switch {
	case l.state == legEnded:
	case l.sh == nil: // never started
		l.releaseMedia()
		l.state = legEnded
	case l.state == legUp && l.waitAck:
		l.byeAfterAck = cmp.Or(cause, pbx.CauseNormal) // RFC 3261 15: no BYE before the ACK
		l.stream.Unbridge()
	case l.state == legUp && l.asking():
		l.byeAfterAck = cmp.Or(cause, pbx.CauseNormal) // the answer and its ACK first, as with chan_sip
		l.stream.Unbridge()
		l.sh.After(&l.retry, byePatience, l.byeNow)
	case l.state == legUp && l.referred:
		l.stream.Unbridge() // who transferred the call sends the BYE
		l.sh.After(&l.session.timer, 64*sipstack.DefaultT1, func() {
			l.referred = false
			l.end(cause)
		})
	case l.state == legUp:
		l.bye(cause)
		l.retire()
	case l.outbound:
		l.cancel(cause)
	default:
		status, reason := statusOf(cause)
		l.refuse(status, reason, reasonHeaders(l.Endpoint(), cmp.Or(cause, causeOf(status))))
	}
}

// byePatience is how long a BYE waits for the answer to an INVITE of ours in the call.
const byePatience = 2 * time.Second

// asking says whether an INVITE of ours in the call waits for its answer, and no BYE for that.
func (l *Leg) asking() bool {
	return l.byeAfterAck == pbx.CauseNone && l.client != nil && l.client.Invites() && !l.client.Done()
}

// byeNow sends a BYE that has waited.
func (l *Leg) byeNow() {
	if l.state != legEnded {
		l.bye(l.byeAfterAck)
		l.retire()
	}
}

// refuse gives an unanswered INVITE its final answer, and says why.
func (l *Leg) refuse(status int, reason string, why []sipstack.Header) {
	if l.server != nil && !l.server.Final() {
		l.server.Respond(sipstack.Answer{Status: status, Reason: reason, Common: l.ResponseHeaders(), Headers: why})
	}
	l.retire()
}

// Completion implements pbx.Completable.
func (l *Leg) Completion() *pbx.CompletionOptions {
	if l.Peer == nil {
		return nil
	}
	return l.Peer.Completion
}

// House implements pbx.Housed.
func (l *Leg) House() pbx.House {
	e := l.Endpoint()
	h := pbx.House{Context: e.Context, Language: e.Language, Vars: [][2]string{{"SIPCALLID", l.CallID}}}
	if l.Peer != nil {
		h.AccountCode, h.AMAFlags = l.Peer.AccountCode, l.Peer.AMAFlags
	}
	return h
}
