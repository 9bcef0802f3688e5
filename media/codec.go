// Package media is the RTP proxy: ports, streams, source latch, relay loops, RTCP, telephone
// events, codecs and tones; what plays at a stream (Voice), hears it (Tap), and mixes many
// (Mixer).
//
// A Stream is one leg's RTP and RTCP socket pair. Everything that happens to a
// stream happens on its loop, a thread that owns its sockets; the methods of
// Stream post commands there and may be called from anywhere. The package knows
// nothing of the rest of the house.
package media

import "strings"

// Codec is a media format.
type Codec uint8

// The known codecs. Those with a coder (convert.go) are converted into each
// other and can be played or generated; the others pass through between two
// sides that share them.
const (
	NoCodec Codec = iota
	ULaw
	ALaw
	GSM
	G722
	G729
	G723
	G726
	G726AAL2
	ILBC
	Speex
	Speex16
	LPC10
	ADPCM
	Slin
	Slin16
	Opus
	H261
	H263
	H263P
	H264
	VP8
	VP9
	H265
	MPEG4
	T140Red
	T140
	TelephoneEvent
	ComfortNoise
	codecCount
)

// Info describes a codec: Asterisk's name, the rtpmap name, clock rate in Hz,
// the payload type we offer (static, or Asterisk's usual dynamic number).
type Info struct {
	Name    string
	RTPName string
	Rate    int
	Payload uint8
	Static  bool
	Video   bool
	Text    bool   // real-time text (RFC 4103)
	FMTP    string // fmtp text we offer, "" for none
}

var infos = [codecCount]Info{
	ULaw:           {Name: "ulaw", RTPName: "PCMU", Rate: 8000, Payload: 0, Static: true},
	ALaw:           {Name: "alaw", RTPName: "PCMA", Rate: 8000, Payload: 8, Static: true},
	GSM:            {Name: "gsm", RTPName: "GSM", Rate: 8000, Payload: 3, Static: true},
	G722:           {Name: "g722", RTPName: "G722", Rate: 8000, Payload: 9, Static: true},
	G729:           {Name: "g729", RTPName: "G729", Rate: 8000, Payload: 18, Static: true, FMTP: "annexb=no"},
	G723:           {Name: "g723", RTPName: "G723", Rate: 8000, Payload: 4, Static: true, FMTP: "annexa=no"},
	G726:           {Name: "g726", RTPName: "G726-32", Rate: 8000, Payload: 111},
	G726AAL2:       {Name: "g726aal2", RTPName: "AAL2-G726-32", Rate: 8000, Payload: 112},
	ILBC:           {Name: "ilbc", RTPName: "iLBC", Rate: 8000, Payload: 97, FMTP: "mode=30"},
	Speex:          {Name: "speex", RTPName: "speex", Rate: 8000, Payload: 110},
	Speex16:        {Name: "speex16", RTPName: "speex", Rate: 16000, Payload: 117},
	LPC10:          {Name: "lpc10", RTPName: "LPC", Rate: 8000, Payload: 7, Static: true},
	ADPCM:          {Name: "adpcm", RTPName: "DVI4", Rate: 8000, Payload: 5, Static: true},
	Slin:           {Name: "slin", RTPName: "L16", Rate: 8000, Payload: 10},
	Slin16:         {Name: "slin16", RTPName: "L16", Rate: 16000, Payload: 118},
	Opus:           {Name: "opus", RTPName: "opus", Rate: 48000, Payload: 107},
	H261:           {Name: "h261", RTPName: "H261", Rate: 90000, Payload: 31, Static: true, Video: true},
	H263:           {Name: "h263", RTPName: "H263", Rate: 90000, Payload: 34, Static: true, Video: true},
	H263P:          {Name: "h263p", RTPName: "h263-1998", Rate: 90000, Payload: 98, Video: true},
	H264:           {Name: "h264", RTPName: "H264", Rate: 90000, Payload: 99, Video: true},
	VP8:            {Name: "vp8", RTPName: "VP8", Rate: 90000, Payload: 100, Video: true},
	VP9:            {Name: "vp9", RTPName: "VP9", Rate: 90000, Payload: 108, Video: true},
	H265:           {Name: "h265", RTPName: "H265", Rate: 90000, Payload: 109, Video: true},
	MPEG4:          {Name: "mpeg4", RTPName: "MP4V-ES", Rate: 90000, Payload: 104, Video: true},
	T140Red:        {Name: "red", RTPName: "RED", Rate: 1000, Payload: 105, Text: true},
	T140:           {Name: "t140", RTPName: "T140", Rate: 1000, Payload: 106, Text: true},
	TelephoneEvent: {Name: "telephone-event", RTPName: "telephone-event", Rate: 8000, Payload: 101, FMTP: "0-16"},
	ComfortNoise:   {Name: "cn", RTPName: "CN", Rate: 8000, Payload: 13, Static: true},
}

// Audio says whether it is a codec of sound.
func (i *Info) Audio() bool { return !i.Video && !i.Text }

// Info returns the codec's description.
func (c Codec) Info() *Info { return &infos[c] }

// String is Asterisk's name of the codec.
func (c Codec) String() string { return infos[c].Name }

// CodecsNamed are the codecs of a list with commas, in its order; names that are no
// codec's are left out.
func CodecsNamed(list string) []Codec {
	var out []Codec
	for _, name := range strings.Split(list, ",") {
		if c, ok := CodecByName(strings.TrimSpace(name)); ok {
			out = append(out, c)
		}
	}
	return out
}

// CodecByName finds a codec by the name used in allow= lines, any case.
func CodecByName(name string) (Codec, bool) {
	for c := ULaw; c < TelephoneEvent; c++ {
		if strings.EqualFold(infos[c].Name, name) {
			return c, true
		}
	}
	return NoCodec, false
}

// AllCodecs lists what "allow=all" means.
func AllCodecs() []Codec {
	var out []Codec
	for c := ULaw; c < TelephoneEvent; c++ {
		out = append(out, c)
	}
	return out
}

// CodecByRTPMap finds a codec by its rtpmap name and clock rate.
func CodecByRTPMap(name string, rate int) (Codec, bool) {
	for c := ULaw; c < codecCount; c++ {
		if strings.EqualFold(infos[c].RTPName, name) && (infos[c].Rate == rate || rate == 0) {
			return c, true
		}
	}
	return NoCodec, false
}

// CodecByStatic finds the codec of a static payload type (RFC 3551 section 6).
func CodecByStatic(payload uint8) (Codec, bool) {
	for c := ULaw; c < codecCount; c++ {
		if infos[c].Static && infos[c].Payload == payload {
			return c, true
		}
	}
	if payload == 10 || payload == 11 {
		return NoCodec, false // L16 at 44.1 kHz, not ours
	}
	return NoCodec, false
}
