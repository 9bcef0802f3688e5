package pbx

import "obelisk/media"

// Visual is a leg that may carry video beside its audio. Video passes through: its
// codecs are never translated.
type Visual interface {
	// Video is the leg's video; nil while there is none.
	Video() *media.Stream
	// VideoFormats lists what the far side takes, best first.
	VideoFormats() []VideoFormat
	// RestrictVideo limits what may still be answered to formats that the other side
	// takes; none: no video.
	RestrictVideo(to []VideoFormat)
	// RequestPicture asks the far side for a whole picture.
	RequestPicture()
}

// VideoFormat is a codec with its parameters in SDP (a=fmtp), which both sides must
// see.
type VideoFormat struct {
	Codec media.Codec
	FMTP  string
}

// Joint is two legs whose media are linked.
type Joint struct{ audio, video *media.Joint }

// Link joins the media of two legs.
func Link(a, b Leg) (j Joint) {
	if a.Stream() == nil || b.Stream() == nil {
		return j // it has just gone to another channel, and this one ends
	}
	j.audio = media.Link(a.Stream(), b.Stream())
	if va, vb := video(a), video(b); va != nil && vb != nil {
		j.video = media.Link(va, vb)
		va.RequestPicture() // in RTCP: an INFO is for who asks so himself
		vb.RequestPicture()
	}
	return j
}

// Cut ends the joint, and nothing else that has come in its place.
func (j Joint) Cut() {
	if j.audio != nil {
		j.audio.Cut()
	}
	if j.video != nil {
		j.video.Cut()
	}
}

// Unlink takes a leg's media out of that.
func Unlink(l Leg) {
	if e, ok := l.(EarlyPartnered); ok {
		e.PartnerSoon(nil)
	}
	l.Stream().Unbridge()
	video(l).Unbridge()
}

func video(l Leg) *media.Stream {
	if v, ok := l.(Visual); ok {
		return v.Video()
	}
	return nil
}

// Restrict limits what the caller's leg answers to what can be carried to a callee.
func Restrict(caller, callee Leg) {
	if e, ok := caller.(EarlyPartnered); ok {
		e.PartnerSoon(callee)
	}
	caller.Restrict(callee.Codecs())
	if v, ok := caller.(Visual); ok {
		var to []VideoFormat
		if o, ok := callee.(Visual); ok {
			to = o.VideoFormats()
		}
		v.RestrictVideo(to)
	}
}

// Video is what the caller's far side takes.
func (r Request) Video() []VideoFormat {
	if r.Caller != nil {
		if v, ok := r.Caller.Leg().(Visual); ok {
			return v.VideoFormats()
		}
	}
	return nil
}

// NearVideo is the caller's video, nil without.
func (r Request) NearVideo() *media.Stream {
	if r.Caller == nil {
		return nil
	}
	return video(r.Caller.Leg())
}
