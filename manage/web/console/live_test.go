package console

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/quick"
	"testing/synctest"
	"time"
)

// stream is a page that is kept up to date.
type stream struct {
	t    *testing.T
	in   *bufio.Scanner
	id   string
	stop func()
}

func (d *desk) open(page, last string) *stream {
	d.t.Helper()
	ctx, end := context.WithCancel(context.Background())
	r, _ := http.NewRequestWithContext(ctx, "GET", d.url+"/live?page="+page, nil)
	if last != "" {
		r.Header.Set("Last-Event-ID", last)
	}
	answer, err := d.http.Do(r)
	if err != nil {
		d.t.Fatal(err)
	}
	stop := func() { end(); answer.Body.Close() }
	d.t.Cleanup(stop)
	return &stream{t: d.t, in: bufio.NewScanner(answer.Body), stop: stop}
}

// next is what the region of calls is sent next.
func (s *stream) next() (p patch) {
	s.t.Helper()
	for s.in.Scan() {
		if id, ok := strings.CutPrefix(s.in.Text(), "id: "); ok {
			s.id = id
		}
		if text, ok := strings.CutPrefix(s.in.Text(), "data: "); ok {
			var all map[string]patch
			if err := json.Unmarshal([]byte(text), &all); err != nil {
				s.t.Fatal(err)
			}
			if p, ok := all["now"]; ok {
				return p
			}
		}
	}
	s.t.Fatal("the stream has ended")
	return p
}

// A page that is open is sent what changes, and no more; who comes back is sent what he has missed.
func TestLive(t *testing.T) {
	one, two := Call{ID: "C-1", From: "100", State: "ring"}, Call{ID: "C-2", From: "200", State: "up"}
	o := &office{calls: []Call{one, two}}
	c, d := served(t, o)
	d.login("guest", "only looking")
	s := d.open("now", "")
	if p := s.next(); len(p.Keys) != 2 || len(p.Set) != 2 {
		t.Errorf("at first %+v", p)
	}
	one.State = "up"
	o.set(one, two)
	if p := s.next(); p.Keys != nil || len(p.Set) != 1 || !strings.Contains(p.Set["C-1"], "up") {
		t.Errorf("one that is answered: %+v", p)
	}
	o.set(two, Call{ID: "C-3", From: "300", State: "ring"})
	if p := s.next(); p.Keys != nil || !slices.Equal(p.Gone, []string{"C-1"}) || !slices.Equal(p.Tail, []string{"C-3"}) || len(p.Set) != 1 {
		t.Errorf("one that has ended, one that is new: %+v", p)
	}
	s.stop()
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) { // until the server knows
		c.left.mu.Lock()
		n := len(c.left.pages)
		c.left.mu.Unlock()
		if n > 0 {
			break
		}
		if time.Now().After(end) {
			t.Fatal("the lost connection is not known")
		}
	}
	o.set(two)
	back := d.open("now", s.id)
	if p := back.next(); p.Keys != nil || !slices.Equal(p.Gone, []string{"C-3"}) || len(p.Set) != 0 {
		t.Errorf("who comes back: %+v", p)
	}
	if p := d.open("now", "other.7").next(); !slices.Equal(p.Keys, []string{"C-2"}) || len(p.Set) != 1 {
		t.Errorf("who is not known: %+v", p)
	}
}

// What is left of a page is its user's alone.
func TestLiveIsNobodyElses(t *testing.T) {
	var l left
	v := &visit{user: User{Name: "a"}, say: languages["en"]}
	l.keep(v, "now ", "s", 3, sentState{"x": nil})
	if _, sent, _ := l.take(&visit{user: User{Name: "b"}, say: languages["en"]}, "now ", "s.3"); len(sent) != 0 {
		t.Error("another user has it")
	}
	for i := range 3 * mostLeft {
		l.keep(v, "now ", fmt.Sprint(i), 1, sentState{})
	}
	if len(l.pages) > mostLeft {
		t.Errorf("%d pages are remembered", len(l.pages))
	}
}

// A user who is taken out of console.conf, or whose session ends, is sent nothing more.
func TestLiveEnds(t *testing.T) {
	o := &office{calls: []Call{{ID: "C-1"}}}
	c, d := served(t, o)
	d.login("guest", "only looking")
	s := d.open("now", "")
	s.next()
	conf, _ := configOf(t, "[general]\n[other]\nsecret=long enough\n")
	c.Configure(conf)
	for s.in.Scan() {
	}
}

// However many pages are asked for, so many are kept up to date.
func TestLiveFlood(t *testing.T) {
	_, d := served(t, &office{})
	d.login("guest", "only looking")
	for range mostLive {
		d.open("now", "")
	}
	if status, _ := d.get("/live?page=now"); status != 503 {
		t.Errorf("one more: %d", status)
	}
}

// What a browser does with the changes comes to what there is, whatever comes and goes.
func TestChanges(t *testing.T) {
	sent := sentState{}
	var shown []string
	html := map[string]string{}
	check := func(order []uint8, mark uint8) bool {
		var now []item
		seen := map[string]bool{}
		for i, x := range order {
			k := fmt.Sprint(x % 32)
			if seen[k] {
				continue
			}
			seen[k] = true
			now = append(now, item{k, fmt.Sprint(k, "-", (int(mark)+i)%3)})
		}
		p, ok := sent.changes(view{"r": now})["r"]
		if ok {
			if p.None || p.Keys != nil {
				shown = slices.Clone(p.Keys)
			} else {
				shown = slices.DeleteFunc(shown, func(k string) bool { return slices.Contains(p.Gone, k) })
				shown = append(shown, p.Tail...)
			}
			maps.Copy(html, p.Set)
		}
		for i, x := range now {
			if len(shown) != len(now) || shown[i] != x.key || html[x.key] != x.html {
				return false
			}
		}
		return len(shown) == len(now)
	}
	if err := quick.Check(check, &quick.Config{MaxCount: 2000}); err != nil {
		t.Error(err)
	}
}

// onePipe is a listener with one connection.
type onePipe struct {
	net.Conn
	given chan net.Conn
}

func (l *onePipe) Accept() (net.Conn, error) {
	if c, ok := <-l.given; ok {
		return c, nil
	}
	return nil, net.ErrClosed
}

func (l *onePipe) Addr() net.Addr { return l.LocalAddr() }

// A browser that takes nothing any more holds no place among the open pages.
func TestSlowReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(&office{}, nopLog)
		conf, _ := configOf(t, users)
		c.Configure(conf)
		near, far := net.Pipe()
		l := &onePipe{far, make(chan net.Conn, 1)}
		l.given <- far
		from := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.RemoteAddr = "127.0.0.1:9" // a pipe has none
			c.ServeHTTP(w, r)
		})}
		go from.Serve(l)
		fmt.Fprintf(near, "GET /live?page=now HTTP/1.1\r\nHost: a\r\nCookie: obelisk=%s\r\n\r\n", c.sessions.open("guest"))
		in := bufio.NewReader(near)
		for line := ""; !strings.HasPrefix(line, "data:"); {
			var err error
			if line, err = in.ReadString('\n'); err != nil {
				t.Fatal(err)
			}
		}
		if n := c.open.Load(); n != 1 {
			t.Errorf("%d pages are open", n)
		}
		time.Sleep(2 * (liveBeat + liveSlow))
		synctest.Wait()
		if n := c.open.Load(); n != 0 {
			t.Errorf("%d pages are open", n)
		}
		close(l.given)
		near.Close()
		from.Close()
	})
}

// BenchmarkLook is what a page of a thousand calls costs each time, of which twenty have changed.
func BenchmarkLook(b *testing.B) {
	o := &office{}
	for i := range 1000 {
		o.calls = append(o.calls, Call{ID: fmt.Sprintf("C-%08x", i), From: "Anna <100>", To: "600", State: "up",
			At: "Dial(SIP/600,20) office,600,2", Parties: []string{"SIP/100-1", "SIP/600-2"}})
	}
	c := New(o, nopLog)
	v := &visit{say: languages["en"]}
	sent := sentState{}
	for n := 0; b.Loop(); n++ {
		for i := range 20 {
			o.calls[(n*20+i)%1000].State = []string{"up", "ring"}[n/50%2]
		}
		text, _ := json.Marshal(sent.changes(c.look(v, "now", "")))
		if len(text) == 0 {
			b.Fatal("nothing")
		}
	}
}
