package confbridge

import "obelisk/pbx"

func yesNo(on bool) string {
	if on {
		return "Yes"
	}
	return "No"
}

// tell makes an event of the conference known.
func (r *room) tell(name string) {
	if r.m.core.Heard() {
		r.m.core.Tell(pbx.News{Name: name, Class: "call", Parts: []pbx.Part{
			{Fields: []pbx.Field{{Name: "Conference", Value: r.name}}}, {Bridge: r.bridge.View()}}})
	}
	r.text(name, nil, nil)
}

// tell makes an event of a member known.
func (x *member) tell(name string, more ...pbx.Field) { x.news(name, nil, more) }

// tellTalk tells that it begins or ends to talk.
func (x *member) tellTalk(on bool) {
	if !x.u.talkEvents {
		return
	}
	word := "off"
	if on {
		word = "on"
	}
	x.news("ConfbridgeTalking", []pbx.Field{{Name: "TalkingStatus", Value: word}}, nil)
}

// news tells what stands before Admin, and what behind it.
func (x *member) news(name string, before, behind []pbx.Field) {
	r := x.r
	if r.m.core.Heard() {
		fields := append(append(before, pbx.Field{Name: "Admin", Value: yesNo(x.u.admin)}), behind...)
		r.m.core.Tell(pbx.News{Name: name, Class: "call", Parts: []pbx.Part{
			{Fields: []pbx.Field{{Name: "Conference", Value: r.name}}}, {Bridge: r.bridge.View()}, {Chan: x.ch.Snapshot()}, {Fields: fields}}})
	}
	r.text(name, x, append(before, behind...))
}

// recount has programs count the channels that Asterisk has in a conference besides: one that
// announces, and one that records.
func (r *room) recount() {
	r.mu.Lock()
	n := 1
	if r.tape != nil {
		n++
	}
	r.mu.Unlock()
	r.bridge.Count(n)
}
