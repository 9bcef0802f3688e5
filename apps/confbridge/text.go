package confbridge

import (
	"encoding/json"
	"time"

	"obelisk/pbx"
)

// Events of a conference as texts (JSON) to members that want them (send_events), where the bridge
// has enable_events. Differs: Asterisk sends none by chan_sip, which has no way for them.

// note is such a text.
type note struct {
	Type      string        `json:"type"`
	Timestamp string        `json:"timestamp"`
	Bridge    noteBridge    `json:"bridge"`
	Channels  []noteChannel `json:"channels,omitempty"`
}

type noteBridge struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Created   string `json:"creationtime"`
	VideoMode string `json:"video_mode"`
}

type noteChannel struct {
	ID      string            `json:"id"`
	Name    string            `json:"name"`
	State   string            `json:"state"`
	Created string            `json:"creationtime"`
	Caller  map[string]string `json:"caller"`
	Admin   bool              `json:"admin"`
	Muted   bool              `json:"muted"`
	Talking string            `json:"talking_status,omitempty"`
}

// noteTime is the form of times in these texts.
const noteTime = "2006-01-02T15:04:05.000-0700"

// text sends a text of an event to those who want it; x is whom it is about, nil for nobody.
func (r *room) text(name string, x *member, more []pbx.Field) {
	if !r.p.events {
		return
	}
	var to []pbx.TextSender
	r.mu.Lock()
	for _, o := range r.all() {
		if t, ok := o.ch.Leg().(pbx.TextSender); ok && o.u.sendEvents && o.inside && (o != x || o.u.echoEvents) {
			to = append(to, t)
		}
	}
	n := note{Type: name, Timestamp: time.Now().Format(noteTime), Bridge: noteBridge{r.bridge.ID(), r.name, r.begun.Format(noteTime),
		r.videoMode()}}
	if x != nil {
		n.Channels = []noteChannel{x.noted(more)}
	}
	r.mu.Unlock()
	if len(to) == 0 {
		return
	}
	b, err := json.Marshal(n)
	if err != nil {
		return
	}
	for _, t := range to {
		t.SendText(string(b))
	}
}

// noted is a member in such a text; mu is held.
func (x *member) noted(more []pbx.Field) noteChannel {
	v := x.ch.View()
	out := noteChannel{ID: x.ch.UniqueID(), Name: x.ch.Name(), State: v.State.String(), Created: x.ch.Created().Format(noteTime),
		Caller: map[string]string{"name": v.CallerID.Name, "number": v.CallerID.Num}, Admin: x.u.admin, Muted: x.muted}
	for _, f := range more {
		if f.Name == "TalkingStatus" {
			out.Talking = f.Value
		}
	}
	return out
}
