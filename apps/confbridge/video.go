package confbridge

import (
	"slices"

	"obelisk/media"
	"obelisk/pbx"
	"obelisk/pbx/event"
)

// Who is seen in a conference: one member at a time, by everybody else; that one sees who was
// seen before. Which it is follows from video_mode, unless somebody has said who
// (set_as_single_video_src, ConfbridgeSetSingleVideoSrc).

// screens is what a room has for pictures.
type screens struct {
	screen *media.Screen // nil: nobody has video
	single bool          // somebody has said who is seen, once
}

// stream is a member's video, nil without.
func (x *member) stream() *media.Stream {
	if v, ok := x.ch.Leg().(pbx.Visual); ok {
		return v.Video()
	}
	return nil
}

// follow looks whether who has come, or talks, is seen from now on; mu is held.
func (r *room) follow(t *told, x *member) {
	if !r.pinned && x.stream() != nil {
		switch r.p.video {
		case "follow_talker":
			if x.talking || r.video == nil {
				r.show(t, x, false)
			}
		case "last_marked":
			if x.u.marked && !x.talking {
				r.show(t, x, false)
			}
		case "first_marked":
			if x.u.marked && r.video == nil {
				r.show(t, x, false)
			}
		}
	}
	r.watch(t, x)
}

// watch has a member see who is seen; mu is held.
func (r *room) watch(t *told, x *member) {
	s := x.stream()
	if s == nil || r.p.video == "none" && !r.single || r.p.video == "sfu" || !x.inside {
		return
	}
	if r.screen == nil {
		r.screen = s.NewScreen()
	}
	screen := r.screen
	t.do(func() { screen.Add(s) })
}

// show has a member be seen; pin: because somebody has said so. mu is held.
func (r *room) show(t *told, x *member, pin bool) {
	if pin {
		first := !r.single
		r.single, r.pinned = true, true
		for _, o := range r.all() {
			if first && o != x {
				r.watch(t, o)
			}
		}
	}
	if r.video == x {
		r.showVideoLater(t, "")
		return
	}
	was := ""
	if r.video != nil {
		was = r.video.ch.UniqueID()
	}
	r.video = x
	r.watch(t, x)
	r.showVideoLater(t, was)
	if s := x.stream(); s != nil && r.screen != nil {
		screen := r.screen
		t.do(func() {
			screen.Show(s)
			if v, ok := x.ch.Leg().(pbx.Visual); ok {
				v.RequestPicture()
			}
		})
	}
}

// showVideoLater tells programs who is seen, once mu is free; was is the one before, "" for none.
func (r *room) showVideoLater(t *told, was string) {
	mode, id := r.videoMode(), ""
	changed := r.video != nil && r.video.ch.UniqueID() != was
	if r.video != nil {
		id = r.video.ch.UniqueID()
	}
	t.do(func() {
		r.bridge.ShowVideo(mode, id)
		if changed && r.m.core.Heard() {
			r.m.core.Tell(event.VideoSource{Bridge: r.bridge.View(), Before: was})
		}
	})
}

// videoMode is what programs are told of; mu is held.
func (r *room) videoMode() string {
	switch {
	case r.single, r.p.video == "first_marked", r.p.video == "last_marked":
		return "single"
	case r.p.video == "follow_talker":
		return "talker"
	}
	return "none"
}

// showVideo is that of a conference that begins.
func (r *room) showVideo() {
	r.mu.Lock()
	mode := r.videoMode()
	r.mu.Unlock()
	r.bridge.ShowVideo(mode, "")
}

// release ends that a member is seen because somebody has said so; mu is held.
func (r *room) release(t *told, x *member) {
	if r.video == x && r.pinned {
		r.pinned = false
		r.unseen(t, x)
	}
}

// unseen has another one be seen in place of one who is not any more; mu is held.
func (r *room) unseen(t *told, x *member) {
	if r.video != x {
		return
	}
	was := x.ch.UniqueID()
	r.video, r.pinned = nil, false
	list := slices.DeleteFunc(slices.Clone(r.active), func(o *member) bool { return o == x || !o.u.marked })
	switch {
	case len(list) == 0:
	case r.p.video == "first_marked":
		r.show(t, list[0], false)
	case r.p.video == "last_marked":
		r.show(t, list[len(list)-1], false)
	}
	if r.video == nil {
		mode := r.videoMode()
		t.do(func() {
			r.bridge.ShowVideo(mode, "")
			if r.m.core.Heard() {
				r.m.core.Tell(event.VideoSource{Bridge: r.bridge.View(), Before: was})
			}
		})
	}
}

// blind takes a member's video off the screen; mu is held.
func (r *room) blind(t *told, x *member) {
	r.unseen(t, x)
	if s := x.stream(); s != nil && r.screen != nil {
		screen := r.screen
		t.do(func() { screen.Remove(s) })
	}
}
