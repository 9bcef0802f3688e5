package console

import (
	"bytes"
	"crypto/rand"
	"strconv"
	"sync"
	"time"
)

// rowCache keeps rows as they were rendered: of a thousand calls few change in a tenth of a second.
type rowCache struct {
	mu       sync.Mutex // guards all below
	rows     map[string]string
	calls    map[reader]map[string]renderedCall // by ID
	rendered int                                // rows, since the start
}

// reader is for whom rows are: they differ with the prefix of the paths and the language.
type reader struct{ base, lang string }

// renderedCall is a call as it was when its row was rendered.
type renderedCall struct {
	call Call
	html string
}

// mostRows are kept at most; then it begins anew.
const mostRows = 20000

// mostReaders have rows of calls kept for them.
const mostReaders = 8

func (k *rowCache) item(v *visit, name, key, state string, x any) item {
	return k.kept(v, name, key, state, func() string {
		var b bytes.Buffer
		templates.ExecuteTemplate(&b, name, row{v.say, v.base, x})
		return b.String()
	})
}

// callRows are the rows of calls. What a call shows is compared, which costs less than a text of it: of a
// hundred calls a second each is looked at several times. Rows of calls that have gone are forgotten.
func (k *rowCache) callRows(v *visit, list []Call) []item {
	out, now, whose := make([]item, len(list)), make(map[string]renderedCall, len(list)), reader{v.base, v.say.Lang}
	k.mu.Lock()
	defer k.mu.Unlock()
	before := k.calls[whose]
	for i := range list {
		x, ok := before[list[i].ID]
		if !ok || !x.call.same(&list[i]) {
			x = renderedCall{list[i], string(callRow(v.say, v.base, list[i]))}
			k.rendered++
		}
		now[list[i].ID] = x
		out[i] = item{list[i].ID, x.html}
	}
	if k.calls == nil || len(k.calls) >= mostReaders {
		k.calls = map[reader]map[string]renderedCall{}
	}
	k.calls[whose] = now
	return out
}

func (k *rowCache) kept(v *visit, name, key, state string, render func() string) item {
	at := name + "\x00" + v.base + "\x00" + v.say.Lang + "\x00" + key + "\x00" + state
	k.mu.Lock()
	defer k.mu.Unlock()
	html, ok := k.rows[at]
	if !ok {
		html = render()
		if k.rows == nil || len(k.rows) >= mostRows {
			k.rows = map[string]string{}
		}
		k.rows[at] = html
		k.rendered++
	}
	return item{key, html}
}

func (k *rowCache) count() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.rendered
}

// shared has pages of the same kind looked at once for all who have them open.
type shared struct {
	mu    sync.Mutex
	looks map[string]*sharedLook
}

type sharedLook struct {
	mu   sync.Mutex // held while it is looked
	at   time.Time
	cost time.Duration
	view view
}

// look is what a page shows, not older than its pace wants, and what it cost to look.
func (s *shared) look(c *Console, v *visit, page, id string) (view, time.Duration) {
	key := page + "\x00" + id + "\x00" + v.base + "\x00" + v.say.Lang
	s.mu.Lock()
	k := s.looks[key]
	if k == nil {
		if s.looks == nil || len(s.looks) >= mostLive {
			s.looks = map[string]*sharedLook{} // who has one goes on with it
		}
		k = &sharedLook{}
		s.looks[key] = k
	}
	s.mu.Unlock()
	k.mu.Lock()
	defer k.mu.Unlock()
	// nine tenths: a page that comes a little early would otherwise have the one before
	if begun := time.Now(); begun.Sub(k.at) >= pause(page, k.cost)*9/10 {
		before, pieces := c.rows.count(), 0
		k.view = c.look(v, page, id)
		for _, list := range k.view {
			pieces += len(list)
		}
		k.at, k.cost = begun, time.Duration(pieces)*pieceCost+time.Duration(c.rows.count()-before)*renderCost
	}
	return k.view, k.cost
}

// vital are the signs of the switchboard, which all phones are asked for: seldom, therefore.
type vital struct {
	mu     sync.Mutex // held while they are taken
	at     time.Time
	pulse  Pulse
	alarms []Alarm
	turn   int // which taking of them it is
}

// signs are those that were taken last, and which taking it was.
func (k *vital) signs(h House) (p Pulse, alarms []Alarm, turn string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if now := time.Now(); now.Sub(k.at) > slowEvery {
		k.at, k.pulse, k.alarms = now, h.Pulse(), h.Alarms()
		k.turn++
	}
	return k.pulse, k.alarms, strconv.Itoa(k.turn)
}

// left is what those browsers have whose connection was lost, for a while, so that they are sent
// what they have missed and no more.
type left struct {
	mu    sync.Mutex
	pages map[string]leftPage // by stream
}

type leftPage struct {
	what, user string
	n          int
	sent       sentState
	at         time.Time
}

const (
	mostLeft   = 50
	leftMemory = time.Minute
)

// take is what a browser has that comes back with the number of the last event that it got; a new
// stream, with nothing, for any other.
func (l *left) take(v *visit, what, last string) (stream string, sent sentState, n int) {
	stream, n = splitID(last)
	l.mu.Lock()
	defer l.mu.Unlock()
	x, ok := l.pages[stream]
	delete(l.pages, stream)
	if !ok || x.n != n || x.what != what+v.say.Lang || x.user != v.user.Name || time.Since(x.at) > leftMemory {
		return rand.Text()[:12], sentState{}, 0
	}
	return stream, x.sent, n
}

func (l *left) keep(v *visit, what, stream string, n int, sent sentState) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.pages == nil {
		l.pages = map[string]leftPage{}
	}
	for k, x := range l.pages {
		if time.Since(x.at) > leftMemory || len(l.pages) >= mostLeft {
			delete(l.pages, k)
		}
	}
	l.pages[stream] = leftPage{what + v.say.Lang, v.user.Name, n, sent, time.Now()}
}
