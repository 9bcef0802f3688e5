package queue

import (
	"encoding/json"
	"strings"
)

// wish is what was made of a member at some node: the last one holds at all.
type wish struct {
	Face    string `json:"f"`
	Gone    bool   `json:"g,omitempty"` // he was taken away
	Dynamic bool   `json:"d,omitempty"` // he was added
	Name    string `json:"m,omitempty"`
	State   string `json:"s,omitempty"`
	Penalty int    `json:"p,omitempty"`
	Wrapup  int64  `json:"w,omitempty"`
	Paused  bool   `json:"h,omitempty"`
	Reason  string `json:"r,omitempty"`
	InUse   bool   `json:"u,omitempty"` // ringinuse
}

// tallied is what a member has done at a node.
type tallied struct {
	Calls int    `json:"c"`
	Last  int64  `json:"l"`           // end of the last call, Unix seconds
	Queue string `json:"q,omitempty"` // of it
}

// wished tells the other nodes what a member is now; one who is not in his queue any more is gone.
func (n *nodes) wished(q *queue, face string) {
	if n == nil {
		return
	}
	n.say(func() {
		w := wish{Face: face, Gone: true}
		n.m.mu.Lock()
		if x := q.member(face); x != nil {
			w = wish{Face: x.face, Dynamic: x.dynamic, Name: x.name, State: x.state, Penalty: x.penalty, Wrapup: x.wrapup, Paused: x.paused,
				Reason: x.reason, InUse: x.ringInUse}
		}
		n.m.mu.Unlock()
		n.put(memberKind, strings.ToLower(q.name+sep+face), &w)
	})
}

// memberHeard is told that some node has made something of a member. A word that is left when the node of a later
// one has gone is none.
func (n *nodes) memberHeard(key string) {
	list := n.shared.Get(memberKind, key)
	if len(list) == 0 {
		return
	}
	n.mu.Lock()
	fresh := list[0].Seq > n.heard[key]
	n.heard[key] = max(n.heard[key], list[0].Seq)
	n.mu.Unlock()
	var w wish
	if !fresh || list[0].Node == n.shared.Node() || json.Unmarshal([]byte(list[0].Value), &w) != nil || w.Face == "" {
		return
	}
	name, _ := about(key)
	n.say(func() { n.m.obey(name, &w) })
}

// obey has a member be what another node has made of him. It is not written to queue_log: it is there where it was done.
func (m *Module) obey(name string, w *wish) {
	state := w.State
	if state == "" {
		state = w.Face
	}
	status := m.statusOf(state)
	m.with(func(t *told) {
		q := m.find(name)
		if q == nil {
			return
		}
		x := q.member(w.Face)
		switch {
		case w.Gone && (x == nil || !x.dynamic) || x == nil && !w.Dynamic:
			return
		case w.Gone:
			m.tell(t, "QueueMemberRemoved", x)
			q.remove(t, x)
		case x == nil:
			m.admit(t, q, addition{face: w.Face, name: w.Name, state: w.State, reason: w.Reason, penalty: w.Penalty, paused: w.Paused,
				wrapup: w.Wrapup}, state, status).ringInUse = w.InUse
		default:
			m.become(t, x, w)
		}
		if m.config.Persistent {
			m.save(t, q)
		}
		q.lamp(t, now())
	})
}

// become changes what a member is.
func (m *Module) become(t *told, x *member, w *wish) {
	if x.penalty != w.Penalty {
		x.penalty = w.Penalty
		m.tell(t, "QueueMemberPenalty", x)
	}
	if x.ringInUse != w.InUse {
		x.ringInUse = w.InUse
		m.tell(t, "QueueMemberRinginuse", x)
	}
	if x.paused != w.Paused || x.reason != w.Reason {
		if x.paused, x.reason = w.Paused, w.Reason; w.Paused {
			x.lastPause = now()
		}
		m.show(t, x.q.name+"_pause_"+x.face, pausedState(w.Paused))
		m.tell(t, "QueueMemberPause", x)
	}
	x.q.stale()
}

// tally tells the other nodes of a call that a member has taken here; mu is held.
func (n *nodes) tally(x, in *member) {
	if n == nil {
		return
	}
	key := strings.ToLower(x.q.name + sep + x.face)
	n.mu.Lock()
	n.own[key]++
	value := tallied{n.own[key], x.lastCall, in.q.name}
	n.mu.Unlock()
	n.say(func() { n.put(statKind, key, &value) })
}

// statHeard is told that a member has taken a call at some node. What was known of a node that has died stays.
func (n *nodes) statHeard(key string) {
	calls, last := 0, tallied{}
	for _, w := range n.shared.Get(statKind, key) {
		var v tallied
		if json.Unmarshal([]byte(w.Value), &v) != nil {
			continue
		}
		if calls += v.Calls; v.Last > last.Last {
			last = v
		}
	}
	name, face := about(key)
	n.m.mu.Lock()
	defer n.m.mu.Unlock()
	q := n.m.find(name)
	if q == nil {
		return
	}
	x := q.member(face)
	if x == nil {
		return
	}
	x.calls = max(x.calls, calls)
	if last.Last > x.lastCall {
		x.lastCall = last.Last
		if in := n.m.find(last.Queue); in != nil {
			x.lastQueue = in
		}
	}
	q.stale()
}

// turned tells the other nodes who is next in a round; mu is held.
func (n *nodes) turned(q *queue) {
	if n == nil || q.s.strategy != RRMemory && q.s.strategy != RROrdered {
		return
	}
	face := ""
	for _, x := range q.members {
		if x.pos == q.rrPos {
			face = x.face
		}
	}
	n.say(func() { n.put(roundKind, strings.ToLower(q.name), face) })
}

// roundHeard is told that a round has gone on at some node.
func (n *nodes) roundHeard(name string) {
	list := n.shared.Get(roundKind, name)
	face := ""
	if len(list) == 0 || list[0].Node == n.shared.Node() || json.Unmarshal([]byte(list[0].Value), &face) != nil {
		return
	}
	n.m.mu.Lock()
	defer n.m.mu.Unlock()
	if q := n.m.find(name); q != nil {
		if x := q.member(face); x != nil {
			q.rrPos = x.pos
		} else if face == "" {
			q.rrPos = len(q.members)
		}
	}
}

// recalled is told that another node has written the dynamic members of a queue down: who came or went while this node
// was not there comes and goes now. What nodes have said since holds.
func (m *Module) recalled(name string) {
	row, _ := m.db.Get(family, name)
	written := map[string]string{}
	for _, text := range strings.FieldsFunc(row, func(r rune) bool { return r == '|' || r == ',' }) {
		face, _, _ := strings.Cut(text, ";")
		written[strings.ToLower(face)] = text
	}
	m.mu.Lock()
	n, q := m.nodes, m.find(name)
	var left []string
	if q != nil {
		for _, x := range q.members {
			if _, stays := written[strings.ToLower(x.face)]; x.dynamic && !stays {
				left = append(left, x.face)
			}
		}
	}
	m.mu.Unlock()
	if n == nil || q == nil {
		return
	}
	said := func(face string) bool { return len(n.shared.Get(memberKind, strings.ToLower(name+sep+face))) > 0 }
	n.say(func() {
		for face, text := range written {
			if !said(face) {
				m.bring(name, text)
			}
		}
		for _, face := range left {
			if !said(face) {
				m.obey(name, &wish{Face: face, Gone: true})
			}
		}
	})
}
