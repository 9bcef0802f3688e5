package console

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	liveEvery  = 100 * time.Millisecond // at most: ten times a second
	liveBeat   = 15 * time.Second       // a comment, so that proxies keep the connection
	liveSlow   = 30 * time.Second       // a browser that has taken nothing for so long has gone
	storyEvery = 500 * time.Millisecond // of the page of a call
	slowEvery  = 2 * time.Second        // of what counts seconds, and of phones
	mostLive   = 50                     // pages that are open
	// thrift is how many times as long as a look costs the next one waits, up to liveMost: open pages
	// cost a hundredth of a core, however many calls there are.
	thrift   = 100
	liveMost = 2 * time.Second
	// What a look costs for each piece, and for each that is rendered anew. It is reckoned and not
	// measured: on a busy machine time goes by while nothing is done.
	pieceCost, renderCost = 4 * time.Microsecond, 12 * time.Microsecond
)

// pause is how long the next look waits.
func pause(page string, cost time.Duration) time.Duration {
	return max(pace(page), min(thrift*cost, liveMost))
}

// item is a row, or another piece of a page, under its key.
type item struct{ key, html string }

// view is what a page shows of what changes: its regions, by the name that they have in it
// (data-live).
type view map[string][]item

// look renders what a page shows now.
func (c *Console) look(v *visit, page, id string) view {
	switch page {
	case "now":
		p, alarms, turn := c.vital.signs(c.house)
		return view{"now": c.rows.callRows(v, c.house.Calls()), "pulse": {c.rows.item(v, "pulse", "pulse", turn, p)},
			"alarms": {c.rows.item(v, "alarms", "alarms", turn, alarms)}}
	case "call":
		s, ok := c.house.Story(id)
		if !ok {
			return nil
		}
		out := view{"state": {c.rows.item(v, "callstate", s.ID, stateOf(s.Call), s)}, "media": {}}
		for i, e := range s.Entries {
			out["story"] = append(out["story"], c.rows.item(v, "entry", strconv.Itoa(i), s.ID+stateOf(e), e))
		}
		for _, m := range s.Media {
			out["media"] = append(out["media"], c.rows.item(v, "media", m.Channel, stateOf(m), m))
		}
		return out
	case "phones":
		var out []item
		for _, x := range c.house.Phones() {
			out = append(out, c.rows.item(v, "phonerow", x.Name, stateOf(x), x))
		}
		return view{"phones": out}
	case "office":
		var out []item
		for _, x := range c.house.Boards() {
			out = append(out, c.rows.item(v, "board", x.Name, stateOf(x), x))
		}
		return view{"office": out}
	case "trunks":
		var out []item
		for _, x := range c.house.Trunks() {
			out = append(out, c.rows.item(v, "trunkrow", x.User+"@"+x.Host, stateOf(x), x))
		}
		return view{"trunks": out}
	}
	return nil
}

// stateOf is a text that differs where what is shown differs.
func stateOf(x any) string { return fmt.Sprintf("%q", x) }

// pace is how often a page is looked at.
func pace(page string) time.Duration {
	switch page {
	case "now":
		return liveEvery
	case "call":
		return storyEvery
	}
	return slowEvery
}

// patch is what a browser is sent for a region. Keys is the order of all pieces, at first and when
// those that stay have changed theirs; otherwise Gone are taken out and Tail are put at the end.
// Set are the pieces that are new or have changed.
type patch struct {
	Keys []string          `json:"keys,omitempty"`
	Gone []string          `json:"gone,omitempty"`
	Tail []string          `json:"tail,omitempty"`
	Set  map[string]string `json:"set,omitempty"`
	None bool              `json:"none,omitempty"` // Keys is there and has none
}

// sentState is what a browser has of a page.
type sentState map[string]*sentRegion

type sentRegion struct {
	keys []string
	html map[string]string
}

// changes are what a view has that a browser does not have, which is then noted.
func (s sentState) changes(now view) map[string]patch {
	out := map[string]patch{}
	for name, items := range now {
		was := s[name]
		is := &sentRegion{keys: make([]string, len(items)), html: make(map[string]string, len(items))}
		var p patch
		for i, x := range items {
			is.keys[i], is.html[x.key] = x.key, x.html
			if was != nil {
				if old, ok := was.html[x.key]; ok && old == x.html {
					continue
				}
			}
			if p.Set == nil {
				p.Set = map[string]string{}
			}
			p.Set[x.key] = x.html
		}
		if was == nil || !p.follows(was, is) {
			p.Keys, p.None, p.Gone, p.Tail = is.keys, len(is.keys) == 0, nil, nil
		}
		if was == nil || p.Keys != nil || p.Gone != nil || p.Tail != nil || p.Set != nil || p.None {
			out[name] = p
		}
		s[name] = is
	}
	return out
}

// follows finds which pieces have gone and which have come at the end; false when the order of
// those that stay is another one.
func (p *patch) follows(was, is *sentRegion) bool {
	i := 0
	for _, k := range was.keys {
		switch {
		case i < len(is.keys) && is.keys[i] == k:
			i++
		case is.has(k):
			return false
		default:
			p.Gone = append(p.Gone, k)
		}
	}
	for _, k := range is.keys[i:] {
		if _, old := was.html[k]; old {
			return false
		}
		p.Tail = append(p.Tail, k)
	}
	return true
}

func (r *sentRegion) has(key string) bool {
	_, ok := r.html[key]
	return ok
}

// live sends a page's changes as they come (server-sent events). A connection begins with the whole
// state; one that comes back is sent what it has missed.
func (c *Console) live(v *visit) {
	defer c.open.Add(-1)
	if c.open.Add(1) > mostLive {
		http.Error(v.w, "too many pages are open", http.StatusServiceUnavailable)
		return
	}
	out := http.NewResponseController(v.w)
	v.w.Header().Set("Content-Type", "text/event-stream")
	v.w.Header().Set("X-Accel-Buffering", "no") // of nginx, in front
	page, id := v.r.URL.Query().Get("page"), v.r.URL.Query().Get("id")
	stream, sent, n := c.left.take(v, page+" "+id, v.r.Header.Get("Last-Event-ID"))
	defer func() { c.left.keep(v, page+" "+id, stream, n, sent) }()
	wrote := time.Time{}
	for {
		if !c.lets(v) {
			return
		}
		now, cost := c.shared.look(c, v, page, id)
		p := sent.changes(now)
		var text []byte
		var err error
		switch {
		case len(p) > 0:
			n++
			if text, err = event(stream, n, p); err != nil {
				return
			}
		case time.Since(wrote) > liveBeat:
			text = beat
		}
		if text != nil {
			wrote = time.Now()
			out.SetWriteDeadline(wrote.Add(liveSlow))
			if _, err = v.w.Write(text); err != nil || out.Flush() != nil {
				return
			}
		}
		select {
		case <-v.r.Context().Done():
			return
		case <-time.After(pause(page, cost)):
		}
	}
}

// beat is what keeps a connection on which nothing is to be told.
var beat = []byte(": \n\n")

// event is what is sent of changes. Its data are never part of a page's source, so that < stays as it is.
func event(stream string, n int, p map[string]patch) ([]byte, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "id: %s.%d\ndata: ", stream, n)
	write := json.NewEncoder(&b)
	write.SetEscapeHTML(false)
	err := write.Encode(p)
	b.WriteByte('\n')
	return b.Bytes(), err
}

// lets says whether who opened a page still may see it.
func (c *Console) lets(v *visit) bool {
	conf := c.conf.Load()
	_, ok := conf.user(c.sessions.user(c.sessionOf(v.r)))
	return ok && conf.Served()
}

// splitID parts "stream.n".
func splitID(text string) (stream string, n int) {
	stream, number, _ := strings.Cut(text, ".")
	n, _ = strconv.Atoi(number)
	return stream, n
}
