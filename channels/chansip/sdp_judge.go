package chansip

import (
	"fmt"
	"strings"

	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/sdp"
)

// judge judges an offer of the far side and changes nothing of the call; why says what is wrong
// with it. As in chan_sip each kind of media stands for itself, by its first section that is not
// refused: an offer is good when any of them can be used, audio, video, text, or the image of a
// fax. Audio of no common codec is refused with port 0 where something else can be used; keys that are
// missing or cannot be used refuse the whole.
func (l *Leg) judge(s *sdp.Session) (a agreement, why string) {
	a = agreement{session: s}
	if a.audio, _ = audioOf(s); a.audio == nil {
		why = "the SDP offers no RTP audio"
	} else if a.crypto, why = l.agree(a.audio, l.crypto, false); why != "" {
		return a, why
	} else if a.formats = jointFormats(l.Endpoint(), a.audio); a.formats != nil {
		return a, ""
	} else {
		why = fmt.Sprintf("no common codec: offered %s, allowed %s", names(a.audio), codecList(l.Endpoint()))
	}
	if !l.takesOthers(s) {
		return a, why
	}
	for i := range s.Media {
		if m := &s.Media[i]; m.Kind == "audio" {
			m.Port = 0
		}
	}
	a.audio, a.others, a.crypto, a.formats = withoutAudio(s), true, nil, offeredFormats(l.Endpoint(), nil, false)
	return a, ""
}

// takesOthers says whether anything but audio of an offer can be used. Video needs a place in the
// call, which its first offer makes; that of a fax comes first by itself only, and gets port 0.
func (l *Leg) takesOthers(s *sdp.Session) bool {
	first := l.exchange == exchangeNone
	usable := func(m *sdp.Media) bool {
		_, why := l.agree(m, nil, false)
		return why == ""
	}
	if m, _ := videoOf(s); m != nil && l.Endpoint().Video != sipconf.VideoNo && (first || l.video != nil) && usable(m) {
		if formats, _ := jointVideo(l.Endpoint(), m); len(formats) > 0 {
			return true
		}
	}
	if m, _ := textOf(s); m != nil && usable(m) && len(jointText(l.Endpoint(), m)) > 0 {
		return true
	}
	image, _ := imageOf(s)
	return image != nil && first && l.Endpoint().T38.Enabled
}

// withoutAudio stands for the audio of a description that has none: nothing is sent.
func withoutAudio(s *sdp.Session) *sdp.Media {
	return &sdp.Media{Kind: "audio", Proto: "RTP/AVP", Addr: s.Addr, Direction: sdp.SendRecv}
}

func names(m *sdp.Media) string {
	var out []string
	for _, f := range m.Formats {
		if c, ok := codecOf(f); ok {
			out = append(out, c.String())
		} else if f.Name != "" {
			out = append(out, f.Name)
		} else {
			out = append(out, fmt.Sprint(f.Payload))
		}
	}
	return strings.Join(out, ",")
}

func codecList(e *sipconf.Endpoint) string {
	var out []string
	for _, c := range e.Codecs {
		out = append(out, c.String())
	}
	return strings.Join(out, ",")
}
