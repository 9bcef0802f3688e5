package chansip

import (
	"net/netip"
	"slices"
	"time"

	"obelisk/channels/chansip/sipconf"
	"obelisk/media"
	"obelisk/pbx"
)

// directmedia: where both endpoints of a call allow it and nothing needs their media
// here, each is given the other's address in a re-INVITE. Hold, transfer, T.38 and the
// end of the bridge bring the media back, and so does a refusal by either.

// farMedia is where a leg's far side takes media, for the other leg.
type farMedia struct {
	addr    netip.AddrPort
	formats []media.Format
	mode    sipconf.DTMFMode
	open    bool // it may be told to others
}

// directTo is what our description says in place of our own address.
type directTo struct {
	addr    netip.AddrPort
	formats []media.Format // with the numbers that the other far side takes
}

// direct is a leg's part in it, owned by its shard but for far; nil where directmedia
// is off.
type direct struct {
	partner *Leg
	addr    netip.AddrPort // of the far side's audio
	to      *directTo      // nil while the media runs here
	refused bool           // by the far side
	dialler *Leg           // to whose far side the first offer points (directrtpsetup); nil: to us
	far     farMedia       // guarded by Leg.mu
	next    *Leg           // partner that was told last; likewise
}

// newDirect is a leg's part in it.
func newDirect(e *sipconf.Endpoint) *direct {
	if !e.Direct.On {
		return nil
	}
	return &direct{}
}

// elsewhereTo is what our description says in place of our address; nil: nothing.
func (l *Leg) elsewhereTo() *directTo {
	if l.direct == nil {
		return nil
	}
	return l.direct.to
}

// Partner implements pbx.Partnered.
func (l *Leg) Partner(other pbx.Leg) {
	if l.direct == nil {
		return
	}
	o, _ := other.(*Leg)
	if o != nil && o.direct == nil {
		o = nil
	}
	l.mu.Lock()
	l.direct.next = o
	l.mu.Unlock()
	if o == nil || !l.stream.Needed() {
		l.do(l.partnered)
		return
	}
	l.stream.Then(func() { go l.do(l.partnered) }) // what the bridge has asked of the media is done then
}

// partnered takes the partner up that the leg was told last.
func (l *Leg) partnered() {
	l.mu.Lock()
	o := l.direct.next
	l.mu.Unlock()
	l.direct.partner, l.direct.refused = o, false
	if l.state == legEnded {
		return
	}
	l.publishFar()
	if o != nil {
		l.redirect()
		o.do(func() { // it may have asked before we had published
			if o.direct.partner == l {
				o.redirect()
			}
		})
		return
	}
	// Who hangs up now need not be told first.
	const pause = 100 * time.Millisecond
	if l.direct.to != nil {
		l.sh.After(&l.retry, pause, l.redirect)
	}
}

// watchNeed has the media come here as long as somebody here needs it, and only so long.
func (l *Leg) watchNeed() {
	if l.direct != nil {
		l.stream.OnNeeded(func() {
			go l.do(func() {
				if l.state != legEnded {
					l.publishFar()
					l.redirect()
				}
			})
		})
	}
}

// PartnerSoon implements pbx.EarlyPartnered: with directrtpsetup our answer names the other far
// side at once.
func (l *Leg) PartnerSoon(other pbx.Leg) {
	if l.direct == nil || !l.Dir.DirectSetup || l.Endpoint().Direct.Outgoing {
		return
	}
	o, _ := other.(*Leg)
	if o != nil && o.direct == nil {
		o = nil
	}
	l.do(func() {
		if l.state < legUp {
			l.direct.partner = o
		}
	})
}

// publishEarly writes down what a callee may use before the call is answered.
func (l *Leg) publishEarly() {
	if audio := l.farAudio(); audio != nil && l.direct != nil && l.Dir.DirectSetup {
		l.direct.addr = l.scoped(audio.Remote())
		l.publishFar()
	}
}

// dialledBy is told who calls, where he is the only one for whom the leg is.
func (l *Leg) dialledBy(r pbx.Request) {
	if !r.Sole || r.Caller == nil || l.direct == nil || !l.Dir.DirectSetup {
		return
	}
	if o, _ := r.Caller.Leg().(*Leg); o != nil && o.direct != nil {
		l.direct.dialler = o
	}
}

// offerDirect has our first offer name the caller's far side, with its numbers of formats.
func (l *Leg) offerDirect() {
	if l.direct == nil || l.direct.dialler == nil || l.at != nil || l.video != nil || l.rtt != nil || l.Endpoint().ICE ||
		jitterBuffer(&l.Dir.General) != nil ||
		l.wantsSRTP() || l.wantsDTLS() {
		return
	}
	far := l.direct.dialler.farDirect()
	if !far.open || far.addr.Addr().Is4() != l.Flow.Remote.Addr().Is4() {
		return
	}
	if l.direct.to = l.leads(far, l.offer); l.direct.to != nil {
		l.trace.Note("media of %s goes directly to %s (directrtpsetup)", l.resource, far.addr)
		l.offer = l.direct.to.formats
	}
}

// farDirect is what others may know of the far side.
func (l *Leg) farDirect() farMedia {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.direct.far
}

// Stay implements pbx.Staying.
func (l *Leg) Stay() {
	if l.direct == nil {
		return
	}
	l.do(func() {
		if l.state != legEnded && l.direct.partner == nil && l.direct.to != nil {
			l.sh.Disarm(&l.retry)
			l.redirect()
		}
	})
}

// publishFar writes down what the other leg may use, and tells it of changes.
func (l *Leg) publishFar() {
	if l.direct == nil {
		return
	}
	far := farMedia{addr: l.direct.addr, formats: l.formats, mode: l.dtmf(), open: l.mayGoDirect()}
	l.mu.Lock()
	old := l.direct.far
	l.direct.far = far
	l.mu.Unlock()
	if p := l.direct.partner; p != nil && (old.open != far.open || old.addr != far.addr || !slices.Equal(old.formats, far.formats)) {
		p.do(p.redirect)
	}
}

// mayGoDirect says whether this leg's side allows direct media now.
func (l *Leg) mayGoDirect() bool {
	e := l.Endpoint()
	switch {
	case l.stream.Needed():
		return false
	case l.direct.refused || !l.direct.addr.IsValid() || l.referred:
		return false
	case !l.Dir.DirectSetup && (l.state != legUp || !l.exchange.agreed()):
		return false
	case l.state == legEnded, !l.exchange.agreed() && l.outbound:
		return false
	case l.held || l.fax != nil || l.crypto != nil || l.video != nil || l.rtt != nil || l.ice.Pwd != "" ||
		jitterBuffer(&l.Dir.General) != nil:
		return false
	case e.Direct.NAT:
		return true
	}
	source := l.stream.Stats().Source
	return l.direct.addr.Addr() == l.Flow.Remote.Addr() && (!source.IsValid() || source == l.direct.addr)
}

// wantedDirect is where the media of this leg should go; nil: here.
func (l *Leg) wantedDirect() *directTo {
	o := l.direct.partner
	if o == nil || !l.mayGoDirect() {
		return nil
	}
	far := o.farDirect()
	if !far.open || o.stream.Needed() || far.addr.Addr().Is4() != l.direct.addr.Addr().Is4() {
		return nil
	}
	return l.leads(far, l.formats)
}

// leads is the way to another far side, by formats of ours; nil where there is none.
func (l *Leg) leads(far farMedia, formats []media.Format) *directTo {
	if far.mode != l.dtmf() {
		return nil
	}
	if l.Peer != nil && !l.Peer.DirectACL.Allows(far.addr.Addr()) {
		return nil
	}
	to := &directTo{addr: far.addr}
	audio := false
	for _, f := range far.formats {
		if slices.ContainsFunc(formats, func(m media.Format) bool { return m.Codec == f.Codec }) {
			to.formats = append(to.formats, media.Format{Codec: f.Codec, Recv: f.Send, Send: f.Send})
			audio = audio || f.Codec != media.TelephoneEvent
		}
	}
	if !audio {
		return nil
	}
	return to
}

// turn puts the wanted way into our description, and says whether it has changed.
func (l *Leg) turn() bool {
	if l.direct == nil {
		return false
	}
	to, now := l.wantedDirect(), l.direct.to
	if to == nil && now == nil || to != nil && now != nil && to.addr == now.addr && slices.Equal(to.formats, now.formats) {
		return false
	}
	l.direct.to, l.restate = to, true
	return true
}

// redirect tells the far side where its media is to go now, if that has changed.
func (l *Leg) redirect() {
	if l.state != legUp || l.direct == nil {
		return
	}
	first := l.direct.to == nil
	if !l.turn() {
		return
	}
	if l.direct.to != nil {
		if first && l.Endpoint().Direct.Outgoing && !l.outbound {
			l.direct.to = nil // glare is likely: this side sends through us
			return
		}
		l.trace.Note("media of %s goes directly to %s (%s)", l.resource, l.direct.to.addr, l.optionLine("directmedia"))
	} else {
		l.trace.Note("media of %s comes back here", l.resource)
	}
	l.renew()
}

// refuseDirect is told that the far side does not want it.
func (l *Leg) refuseDirect() {
	if l.elsewhereTo() != nil {
		l.direct.to, l.direct.refused, l.restate = nil, true, true
		l.publishFar()
	}
}
