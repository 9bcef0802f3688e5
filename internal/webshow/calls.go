package webshow

import (
	"cmp"
	"errors"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/internal/trace"
	"obelisk/manage/web/console"
	"obelisk/pbx"
)

func (v *House) Base() string {
	_, prefix := v.s.Web.Bound()
	return prefix
}

// Calls lists what runs, the channels of one trace together.
func (v *House) Calls() (out []console.Call) {
	at := map[*trace.Call]int{}
	for _, ch := range v.s.Core.Channels() {
		t := ch.Trace()
		if t == nil || ch.IsBare() {
			continue
		}
		i, known := at[t]
		if !known {
			i = len(out)
			at[t] = i
			out = append(out, console.Call{ID: t.ID, Begun: t.Started})
		}
		addChannel(&out[i], ch)
	}
	slices.SortStableFunc(out, func(a, b console.Call) int { return a.Begun.Compare(b.Begun) })
	if l := v.lookout.Load(); l != nil {
		l.gauges.hear(out)
	}
	return out
}

// addChannel adds what a channel tells of its call: where it came from and what it does is that of
// the caller's.
func addChannel(c *console.Call, ch *pbx.Channel) {
	c.Parties = append(c.Parties, ch.Name())
	if c.State != "" && ch.Outgoing() {
		return
	}
	w := ch.View()
	c.State, c.From, c.To = strings.ToLower(w.State.String()), named(w.CallerID, ch.Name()), cmp.Or(ch.DNID(), w.At.Exten)
	c.At = w.App + "(" + w.AppData + ") " + w.At.Context + "," + w.At.Exten + "," + strconv.Itoa(w.At.Priority)
	if list := ch.Leg().Codecs(); len(list) > 0 {
		c.Codec = list[0].String()
	}
}

// named is a caller for people.
func named(id pbx.CallerID, otherwise string) string {
	switch {
	case id.Name != "" && id.Num != "":
		return id.Name + " <" + id.Num + ">"
	case id.Num != "":
		return id.Num
	}
	return cmp.Or(id.Name, otherwise)
}

func (v *House) Past(n int) (out []console.Call) {
	for _, t := range v.s.Core.Book().Last(4 * n) {
		if verdict, _, _ := t.Story(); verdict != "" && len(out) < n {
			out = append(out, console.Call{ID: t.ID, Begun: t.Started, Verdict: verdict, Over: true})
		}
	}
	return out
}

func (v *House) Story(id string) (out console.Story, ok bool) {
	t := v.s.Core.Book().Find(id)
	if t == nil || t.ID != id {
		return out, false
	}
	verdict, entries, lost := t.Story()
	out.Call = console.Call{ID: t.ID, Begun: t.Started, Verdict: verdict, Over: verdict != ""}
	for _, ch := range v.s.Core.Channels() {
		if ch.Trace() == t {
			addChannel(&out.Call, ch)
			out.Over = false
		}
	}
	out.Lost = lost
	legs := map[string]string{}
	for _, e := range entries {
		line := console.Entry{After: e.At.Sub(t.Started), Text: e.Text}
		if e.Kind != trace.Fact {
			if legs[e.Leg] == "" {
				legs[e.Leg] = string(rune('A' + len(legs)%26))
				out.Legs = append(out.Legs, legs[e.Leg]+": "+e.Leg)
			}
			line.Arrow, line.Leg, line.Peer = map[trace.Kind]string{trace.Receive: "in", trace.Send: "out"}[e.Kind], legs[e.Leg], e.Peer.String()
		}
		out.Entries = append(out.Entries, line)
	}
	if l := v.lookout.Load(); l != nil {
		out.Media = l.gauges.media(id)
		names := t.Names()
		out.Records = l.recordsOf(func(channel string) bool { return slices.Contains(names, channel) })
	}
	return out, true
}

func (v *House) Trunks() (out []console.Trunk) {
	if v.driver() == nil {
		return nil
	}
	for _, r := range v.driver().Registrations() {
		x := console.Trunk{Host: r.Host, User: r.User, State: r.State, Elsewhere: r.Elsewhere(), Refresh: time.Duration(r.Refresh) * time.Second,
			Since: r.At}
		host, _, _ := strings.Cut(r.Host, ":")
		for _, p := range v.driver().Directory().Peers {
			if p.IsPeer && strings.EqualFold(p.Host, host) {
				x.Peer = p.Name
				break
			}
		}
		out = append(out, x)
	}
	return out
}

func (v *House) Contexts() []string {
	return slices.Sorted(maps.Keys(v.s.Core.Plan().Contexts))
}

func (v *House) Explain(number, context, caller string) (string, bool) {
	var b strings.Builder
	plan := v.s.Core.Plan()
	found := plan.Explain(&b, context, number, dialplan.Query{CallerID: caller, Now: time.Now()}, v.s.Core.Absence(plan))
	return b.String(), found
}

// shownFirst is the order of the boards: what has news comes first. Others follow.
var shownFirst = []string{"queues", "members", "callers", "agents", "conferences", "conferees", "parking", "mailboxes", "recordings"}

// Boards implements console.House: those of the rooms, and the lamps.
func (v *House) Boards() []console.Board {
	var out []console.Board
	for _, b := range v.s.Boards() {
		out = append(out, console.Board(b))
	}
	lamps := console.Board{Name: "lamps", Columns: []string{"extension", "context", "devices", "state", "watchers"}}
	for _, h := range v.s.Core.Hints() {
		if !h.Pattern {
			lamps.Rows = append(lamps.Rows, []string{h.Exten, h.Context, h.Devices, h.State.String(), strconv.Itoa(h.Watchers)})
		}
	}
	if len(lamps.Rows) > 0 {
		out = append(out, lamps)
	}
	place := func(b console.Board) int {
		if i := slices.Index(shownFirst, b.Name); i >= 0 {
			return i
		}
		return len(shownFirst)
	}
	slices.SortStableFunc(out, func(a, b console.Board) int { return place(a) - place(b) })
	return out
}

// errForgotten is told of a call that is not remembered.
var errForgotten = errors.New("this call is not remembered any more")

func (v *House) Export(w io.Writer, id, kind string) error {
	t := v.s.Core.Book().Find(id)
	if t == nil || t.ID != id {
		return errForgotten
	}
	return v.s.Core.Book().Export(w, t, kind)
}

func (v *House) Hangup(id string) (found bool) {
	t := v.s.Core.Book().Find(id)
	for _, ch := range v.s.Core.Channels() {
		if t != nil && ch.Trace() == t {
			ch.SoftHangup(pbx.CauseNormal)
			found = true
		}
	}
	return found
}
