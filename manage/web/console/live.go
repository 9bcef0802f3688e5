package console

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"
)

const (
	liveEvery  = 100 * time.Millisecond // at most: ten times a second
	liveBeat   = 15 * time.Second       // a comment, so that proxies keep the connection
	storyBeat  = 500 * time.Millisecond // of the page of a call: its messages are no news of the core
	officeBeat = 2 * time.Second        // of what counts seconds
	mostLive   = 50                     // pages that are open
)

// item is a row, or another piece of a page, under its key.
type item struct{ key, html string }

// regions are the pieces of a page that change, by the name that they have in it (data-live).
func (c *Console) regions(v *visit) map[string][]item {
	switch v.r.URL.Query().Get("page") {
	case "now":
		var out []item
		for _, x := range c.house.Calls() {
			out = append(out, c.rows.item(v, "callrow", x.ID, fmt.Sprint(x), x))
		}
		return map[string][]item{"now": out}
	case "call":
		s, ok := c.house.Story(v.r.URL.Query().Get("id"))
		if !ok {
			return nil
		}
		out := map[string][]item{"state": {c.rows.item(v, "callstate", s.ID, fmt.Sprint(s.Call), s)}}
		for i, e := range s.Entries {
			out["story"] = append(out["story"], c.rows.item(v, "entry", strconv.Itoa(i), s.ID+fmt.Sprint(e), e))
		}
		return out
	case "phones":
		var out []item
		for _, x := range c.house.Phones() {
			out = append(out, c.rows.item(v, "phonerow", x.Name, fmt.Sprint(x), x))
		}
		return map[string][]item{"phones": out}
	case "office":
		var out []item
		for _, x := range c.house.Boards() {
			out = append(out, c.rows.item(v, "board", x.Name, x.Text, x))
		}
		return map[string][]item{"office": out}
	case "trunks":
		var out []item
		for _, x := range c.house.Trunks() {
			out = append(out, c.rows.item(v, "trunkrow", x.User+"@"+x.Host, fmt.Sprint(x), x))
		}
		return map[string][]item{"trunks": out}
	}
	return nil
}

// rowCache keeps rows as they were rendered: of a thousand calls few change in a tenth of a second.
type rowCache struct {
	mu   sync.Mutex
	rows map[string]string
}

// mostRows are kept at most; then it begins anew.
const mostRows = 20000

func (k *rowCache) item(v *visit, name, key, state string, x any) item {
	at := name + "\x00" + v.base + "\x00" + v.say.Lang + "\x00" + key + "\x00" + state
	k.mu.Lock()
	defer k.mu.Unlock()
	html, ok := k.rows[at]
	if !ok {
		var b bytes.Buffer
		templates.ExecuteTemplate(&b, name, row{v.say, v.base, x})
		html = b.String()
		if k.rows == nil || len(k.rows) >= mostRows {
			k.rows = map[string]string{}
		}
		k.rows[at] = html
	}
	return item{key, html}
}

// patch is what a browser is sent for a region: all keys in their order, and the pieces that are
// new or have changed.
type patch struct {
	Keys []string          `json:"keys"`
	Set  map[string]string `json:"set,omitempty"`
}

// patches are what has changed since sent, which is brought up to date.
func patches(now map[string][]item, sent map[string]map[string]string) map[string]patch {
	out := map[string]patch{}
	for name, items := range now {
		p, was, is := patch{Keys: make([]string, 0, len(items))}, sent[name], make(map[string]string, len(items))
		changed := was == nil || len(was) != len(items)
		for _, x := range items {
			p.Keys = append(p.Keys, x.key)
			is[x.key] = x.html
			if old, ok := was[x.key]; ok && old == x.html {
				continue
			}
			if p.Set == nil {
				p.Set = map[string]string{}
			}
			p.Set[x.key], changed = x.html, true
		}
		if changed {
			out[name] = p
		}
		sent[name] = is
	}
	return out
}

// live sends a page's changes as they come (server-sent events). Each connection begins with the
// whole state: who comes back has missed nothing.
func (c *Console) live(v *visit) {
	defer c.open.Add(-1)
	if c.open.Add(1) > mostLive {
		http.Error(v.w, "too many pages are open", http.StatusServiceUnavailable)
		return
	}
	out := http.NewResponseController(v.w)
	v.w.Header().Set("Content-Type", "text/event-stream")
	news := make(chan struct{}, 1)
	end := c.house.Watch(func() {
		select {
		case news <- struct{}{}:
		default:
		}
	})
	defer end()
	every := liveBeat
	switch v.r.URL.Query().Get("page") {
	case "call":
		every = storyBeat
	case "office":
		every = officeBeat
	}
	sent, beat := map[string]map[string]string{}, time.NewTicker(every)
	defer beat.Stop()
	for n := 1; ; n++ {
		if c.sessions.user(c.sessionOf(v.r)) == "" {
			return
		}
		if p := patches(c.regions(v), sent); len(p) > 0 {
			text, err := json.Marshal(p)
			if err != nil {
				return
			}
			fmt.Fprintf(v.w, "id: %d\ndata: %s\n\n", n, text)
		} else {
			fmt.Fprint(v.w, ": \n\n")
		}
		if out.Flush() != nil {
			return
		}
		select {
		case <-v.r.Context().Done():
			return
		case <-news:
		case <-beat.C:
		}
		select {
		case <-v.r.Context().Done():
			return
		case <-time.After(liveEvery):
		}
	}
}
