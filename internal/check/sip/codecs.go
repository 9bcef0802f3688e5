package sip

import (
	"slices"
	"strings"

	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/config"
	"obelisk/media"
)

// videoCodecs need videosupport.
var videoCodecs = []string{"h261", "h263", "h263p", "h264", "h265", "mpeg4", "vp8", "vp9"}

// untranslated pass through only.
var untranslated = []string{"g729", "g723", "g729a", "g723.1", "siren7", "siren14", "g719", "silk"}

// codecs looks at what an endpoint is left with.
func (j *judge) codecs(p *sipconf.Peer, s *config.Section) {
	if len(p.Codecs) == 0 {
		pos := p.Line("disallow")
		for _, name := range []string{"allow", "disallow"} {
			if v, ok := s.Lookup(name); ok && (pos == p.Pos || strings.Contains(v.Value, "!")) {
				pos = v.Pos
			}
		}
		if pos == p.Pos {
			pos = j.d.Line("disallow")
		}
		j.once("sip-codecs-empty", pos, "disallow=all before the allow lines", "no codec is left for '%s': the lines count in their order, "+
			"and what comes last removes what came before; every call ends with 488", p.Name)
	}
	j.codecLines(s, p.Name)
	if v, ok := s.Lookup("dtmfmode"); ok && within(v.Value, "inband") && len(p.Codecs) > 0 && !slices.ContainsFunc(p.Codecs, clear) {
		j.once("sip-inband-compressed", v.Pos, "dtmfmode=rfc2833",
			"dtmfmode=inband of '%s' needs ulaw or alaw: keys do not survive the compression of %s", p.Name, p.CodecList())
	}
}

func clear(c media.Codec) bool { return c == media.ULaw || c == media.ALaw }

// codecsOfGeneral looks at the lines of [general].
func (j *judge) codecsOfGeneral() {
	j.codecLines(j.general, "general")
	j.videoWithoutCodecs()
	if j.general != nil && len(j.d.Codecs) == 0 {
		if v, ok := j.general.Lookup("disallow"); ok {
			j.once("sip-codecs-empty", v.Pos, "disallow=all before the allow lines",
				"no codec is left in [general]: the lines count in their order, and what comes last removes what came before")
		}
	}
}

// codecLines looks at the allow and disallow lines of a section.
func (j *judge) codecLines(s *config.Section, who string) {
	if s == nil {
		return
	}
	cleared, allowed := false, config.Var{}
	for _, v := range s.Vars {
		switch name := strings.ToLower(v.Name); {
		case name == "allow" && v.Value == "":
			j.once("sip-value-empty", v.Pos, "allow=alaw", "allow of [%s] has no value: nothing is allowed by it", who)
		case name == "disallow" && within(v.Value, "all"):
			cleared = true
		case name == "allow":
			allowed = v
			j.codecWords(v)
			if strings.EqualFold(v.Value, "all") {
				j.SayOnceAs(config.Note, "sip-allow-all", v.Pos, "disallow=all and allow=ulaw,alaw",
					"allow=all of [%s] offers everything, in an order of its own, video and exotic codecs with it", who)
			}
		}
	}
	if _, has := s.Lookup("disallow"); !has && allowed.Value != "" && !cleared && !strings.HasPrefix(allowed.Value, "!all") &&
		!within(allowed.Value, "all") && !j.generalCleared() {
		j.SayOnceAs(config.Note, "sip-allow-adds", allowed.Pos, "disallow=all before it",
			"allow=%s of [%s] without disallow=all adds to ulaw, alaw, gsm and h263, which are allowed already", allowed.Value, who)
	}
}

// generalCleared says whether [general] begins with nothing.
func (j *judge) generalCleared() bool {
	v, ok := j.general.Lookup("disallow")
	return ok && within(v.Value, "all")
}

// codecWords looks at the names in one line.
func (j *judge) codecWords(v config.Var) {
	if strings.Contains(v.Value, "|") {
		j.SayOnceAs(config.Note, "sip-codec-separator", v.Pos, strings.ReplaceAll(v.Value, "|", ","),
			"'%s' is separated as of old, which Asterisk takes: a comma is the separator", v.Value)
		return
	}
	for _, sep := range []string{"&", " "} {
		if strings.Contains(strings.TrimSpace(v.Value), sep) && !strings.Contains(v.Value, ",") {
			j.once("sip-codec-separator", v.Pos,
				strings.Join(strings.FieldsFunc(v.Value, func(r rune) bool { return strings.ContainsRune("& ", r) }), ","),
				"'%s' is one name, which no codec has: codecs are separated by commas", v.Value)
			return
		}
	}
	for _, w := range strings.Split(v.Value, ",") {
		w, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(strings.TrimPrefix(w, "!"))), ":")
		if slices.Contains(videoCodecs, w) && j.d.Video == sipconf.VideoNo && !j.videoSomewhere() {
			j.SayOnceAs(config.Note, "sip-video-off", v.Pos, "videosupport=yes",
				"allow=%s has no effect: without videosupport=yes no video is offered or taken", w)
		}
		if slices.Contains(untranslated, w) {
			j.SayOnceAs(config.Note, "sip-codec-passthrough", v.Pos, "a second codec that both sides have",
				"%s passes through only: without a codec module it is not translated, and prompts, music and conferences need ulaw or alaw beside it",
				w)
		}
	}
}

// videoWithoutCodecs tells of video that is switched on and that nobody has a codec for.
func (j *judge) videoWithoutCodecs() {
	v, ok := j.general.Lookup("videosupport")
	lacks := func(list []media.Codec) bool {
		return !slices.ContainsFunc(list, func(c media.Codec) bool { return slices.Contains(videoCodecs, strings.ToLower(c.String())) })
	}
	if ok && switched(v) && lacks(j.d.Codecs) && !slices.ContainsFunc(j.d.Peers, func(p *sipconf.Peer) bool { return !lacks(p.Codecs) }) {
		j.Say("sip-video-codecs", v.Pos, "allow=h264,vp8 beside the audio codecs",
			"videosupport=%s has no effect: no allow line names a video codec, and no picture is offered or taken", v.Value)
	}
}

func (j *judge) videoSomewhere() bool {
	return slices.ContainsFunc(j.d.Peers, func(p *sipconf.Peer) bool { return p.Video != sipconf.VideoNo })
}
