package chansip

import (
	"fmt"
	"net/netip"
	"strings"

	"obelisk/channels/chansip/body"
	"obelisk/internal/sdp"
	"obelisk/internal/sipstack"
	"obelisk/pbx"
)

// T.38 (t38pt_udptl) passes through: a re-INVITE for m=image on one leg becomes one on
// the other, whose answer is answered; the datagrams are relayed as they are.
//
//	none   far side asks (re-INVITE)   -> wanted   EventFax
//	wanted AnswerFax                   -> on, or none with 488
//	none   OfferFax                    -> asked    our re-INVITE
//	asked  its answer                  -> on, or none; EventFaxAnswer
//	on     far side goes back to audio -> none     EventFaxOver
//	on     EndFax                      -> none     our re-INVITE

type faxState uint8

const (
	faxNone faxState = iota
	faxWanted
	faxAsked
	faxOn
)

// fax is a leg's part in T.38, owned by its shard.
type fax struct {
	state      faxState
	attributes string       // of the other leg, which we write
	offer      *sdp.Session // of the far side, while its INVITE waits
	wait       sipstack.Timer
}

// faxPatience is how long an INVITE for T.38 waits for the other side: as long as ours
// there may take, its cancelling included. No answer comes if
// the dialplan has gone on meanwhile.
const faxPatience = 2 * 64 * sipstack.DefaultT1

func (l *Leg) faxState() faxState {
	if l.fax == nil {
		return faxNone
	}
	return l.fax.state
}

// imageOf returns the first T.38 section and its place.
func imageOf(s *sdp.Session) (*sdp.Media, int) {
	for i := range s.Media {
		if m := &s.Media[i]; m.Kind == "image" && m.Port != 0 && strings.EqualFold(m.Proto, "udptl") {
			return m, i
		}
	}
	return nil, 0
}

// faxSection is our section in place of audio; nil while there is no fax.
func (l *Leg) faxSection() *sdp.Media {
	if s := l.faxState(); s != faxAsked && s != faxOn {
		return nil
	}
	return &sdp.Media{Kind: "image", Port: int(l.stream.Local().Port()), Proto: "udptl", RawFmt: "t38",
		Attributes: strings.Split(l.fax.attributes, "\n")}
}

// attributesOf are those that the other leg is told; maxdatagram of the endpoint goes
// before what it says.
func (l *Leg) attributesOf(m *sdp.Media) string {
	var out []string
	for _, a := range m.Attributes {
		name, _, _ := strings.Cut(a, ":")
		switch n := l.Endpoint().T38.MaxDatagram; {
		case isDirection(name):
		case strings.EqualFold(name, "T38FaxMaxDatagram") && n > 0:
			out = append(out, fmt.Sprintf("%s:%d", name, n))
		default:
			out = append(out, a)
		}
	}
	return strings.Join(out, "\n")
}

// isDirection says whether an attribute is one of direction, which is each leg's own.
func isDirection(name string) bool {
	switch sdp.Direction(name) {
	case sdp.SendRecv, sdp.SendOnly, sdp.RecvOnly, sdp.Inactive:
		return true
	}
	return false
}

// wantsFax takes a re-INVITE for T.38, whose answer waits for the other leg's; false
// when it is none.
func (l *Leg) wantsFax(tx *sipstack.ServerTx, m *sipstack.Message, text []byte) bool {
	s, err := sdp.Parse(text)
	if err != nil {
		return false
	}
	image, _ := imageOf(s)
	if audio, _ := audioOf(s); image == nil || audio != nil || !l.Endpoint().T38.Enabled {
		return false
	}
	l.begin(tx, m)
	if l.faxState() == faxOn { // it repeats or moves it
		l.remoteSDP = s
		l.carryFax(image)
		l.accept(l.describeAgain())
		return true
	}
	l.fax = &fax{state: faxWanted, offer: s}
	l.sh.After(&l.fax.wait, faxPatience, func() { l.answerFax("") })
	tx.OnCancel = func(*sipstack.Message) {
		l.d.respond(tx, 487, "Request Terminated")
		l.sh.Disarm(&l.fax.wait)
		l.fax = nil
	}
	if l.Endpoint().FaxDetect.T38 && !l.outbound {
		l.leadFax("peer T.38 re-INVITE", "T.38 re-INVITE detected but no fax extension")
	}
	l.tell(pbx.Event{Kind: pbx.EventFax, Text: l.attributesOf(image)})
	return true
}

// AnswerFax implements pbx.FaxCarrier.
func (l *Leg) AnswerFax(attributes string) {
	l.do(func() { l.answerFax(attributes) })
}

func (l *Leg) answerFax(attributes string) {
	if l.state != legUp || l.faxState() != faxWanted || l.server.Final() {
		return
	}
	l.sh.Disarm(&l.fax.wait)
	if attributes == "" {
		again := l.fax.offer.OriginVersion == l.versionInForce()
		l.fax = nil
		l.trace.Note("%s does not get T.38", l.resource)
		if again {
			l.accept(l.describeAgain())
			return
		}
		l.d.respond(l.server, 488, "Not acceptable here")
		l.renewLater()
		return
	}
	l.remoteSDP = l.fax.offer
	image, _ := imageOf(l.remoteSDP)
	l.fax = &fax{state: faxOn, attributes: attributes}
	l.carryFax(image)
	l.accept(l.describeAgain())
}

// OfferFax implements pbx.FaxCarrier.
func (l *Leg) OfferFax(attributes string) {
	l.do(func() {
		switch {
		case l.state == legEnded:
		case l.state != legUp || !l.Endpoint().T38.Enabled || l.fax != nil:
			l.tell(pbx.Event{Kind: pbx.EventFaxAnswer})
		default:
			l.fax, l.restate = &fax{state: faxAsked, attributes: attributes}, true
			l.renew()
		}
	})
}

// EndFax implements pbx.FaxCarrier.
func (l *Leg) EndFax() {
	l.do(func() {
		if l.state == legUp && l.faxState() == faxOn {
			l.fax, l.restate = nil, true
			l.renew()
		}
	})
}

// faxAnswered takes the answer to our re-INVITE for T.38; nil: it was refused.
func (l *Leg) faxAnswered(m *sipstack.Message) {
	if m != nil {
		if s := body.ParsedSDP(m); s != nil {
			if image, _ := imageOf(s); image != nil {
				l.fax.state, l.remoteSDP = faxOn, s
				l.carryFax(image)
				l.tell(pbx.Event{Kind: pbx.EventFaxAnswer, Text: l.attributesOf(image)})
				return
			}
		}
		l.renewal = true // it took the INVITE and not the fax: back to audio
	}
	l.fax, l.restate = nil, true
	l.tell(pbx.Event{Kind: pbx.EventFaxAnswer})
}

// faxOver is told when the far side offers audio again.
func (l *Leg) faxOver() {
	if l.faxState() == faxOn {
		l.fax = nil
		l.tell(pbx.Event{Kind: pbx.EventFaxOver})
	}
}

// carryFax makes the leg's stream one of UDPTL.
func (l *Leg) carryFax(image *sdp.Media) {
	l.trace.Note("%s has switched to T.38", l.resource)
	l.far = image
	if image.Named() != "" {
		l.resolveMediaHost(image, func() { l.aimFax(image) })
	}
	l.aimFax(image)
}

func (l *Leg) aimFax(image *sdp.Media) {
	remote := image.Remote()
	if from := l.stream.Stats().Source; l.Endpoint().T38RTPSource && l.symmetric && from.IsValid() {
		remote = netip.AddrPortFrom(from.Addr(), remote.Port())
	}
	p := l.expectation(remote)
	p.Raw = true
	l.stream.Negotiate(p)
}
