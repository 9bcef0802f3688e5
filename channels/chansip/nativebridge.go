package chansip

import (
	"obelisk/channels/chansip/sipconf"
	"obelisk/media"
	"obelisk/pbx"
)

// packets is what the packets of a leg's far side are like: those of two legs with the same ones pass as
// they are.
type packets struct {
	codec media.Codec // NoCodec: they pass to nobody as they are
	ptime uint8       // ms, as configured; 0: whatever comes
	keys  sipconf.DTMFMode
}

// packetsNow is what they are like as agreed.
func (l *Leg) packetsNow(p *media.Params) packets {
	if len(p.Formats) == 0 || p.SRTP != nil || p.DTLS != nil || l.Dir.JitterEnable {
		return packets{}
	}
	keys := l.dtmf()
	switch {
	case keys == sipconf.DTMFShortInfo:
		keys = sipconf.DTMFInfo
	case p.Inband:
		keys = sipconf.DTMFInband
	case keys == sipconf.DTMFAuto:
		keys = sipconf.DTMFRFC2833
	}
	return packets{p.Formats[0].Codec, uint8(p.Ptime), keys}
}

// Alike implements pbx.Native.
func (l *Leg) Alike(other pbx.Leg) bool {
	o, ok := other.(*Leg)
	if !ok || l.stream.Touched() || o.stream.Touched() {
		return false
	}
	a, b := l.packetsAre(), o.packetsAre()
	return a == b && a.codec != media.NoCodec
}

func (l *Leg) packetsAre() packets {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.packets
}
