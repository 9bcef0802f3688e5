package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

const (
	consoleRate    = 100 // calls a second
	consoleSeconds = 8
	consoleTurns   = 3 // with the page and without
)

// watched is what the console costs while its first page is open: calls run at the same rate with the
// page and without it, in turn, at one switchboard.
func watched(t *table, s starter) error {
	if s.kind != "obelisk" {
		return nil // which has no such console
	}
	return t.steady(func() error {
		return with(s, shape{console: true}, "callee_ulaw", 0, func(p *pbx, k *crew) error {
			var used [2]time.Duration
			n, seen := consoleRate*consoleSeconds, 0
			for i := range 2 * consoleTurns {
				var look *viewer
				if i%2 == 1 {
					var err error
					if look, err = openConsole("now"); err != nil {
						return err
					}
				}
				begun := p.cpu()
				r := k.place("1", n, consoleRate, 500*time.Millisecond)
				used[i%2] += p.cpu() - begun
				t.late = max(t.late, r.late99)
				if look != nil {
					seen += look.close()
				}
			}
			calls := float64(n * consoleTurns)
			t.add(p, "100 calls/s, no page open: CPU of a call", "us", false, us(used[0])/calls)
			t.add(p, "100 calls/s, the console's first page open: CPU of a call", "us", false, us(used[1])/calls)
			t.add(p, "CPU with the page, times that without", "", false, float64(used[1])/float64(used[0]))
			t.add(p, "the page at 100 calls/s, of a core", "%", false, 100*(used[1]-used[0]).Seconds()/(consoleSeconds*consoleTurns))
			t.add(p, "what the page was sent", "KB/s", false, float64(seen)/1024/(consoleSeconds*consoleTurns))
			return nil
		})
	})
}

// viewer is a browser with a page open.
type viewer struct {
	end  context.CancelFunc
	got  atomic.Int64
	done chan struct{}
}

// openConsole logs in and follows a page.
func openConsole(page string) (*viewer, error) {
	jar, _ := cookiejar.New(nil)
	web := &http.Client{Jar: jar}
	base := "http://" + pbxHTTP
	r, err := web.PostForm(base+"/login", url.Values{"user": {"admin"}, "password": {"rigsecret"}})
	if err != nil {
		return nil, err
	}
	r.Body.Close()
	ctx, end := context.WithCancel(context.Background())
	ask, _ := http.NewRequestWithContext(ctx, "GET", base+"/live?page="+page, nil)
	r, err = web.Do(ask)
	if err == nil && r.StatusCode != http.StatusOK {
		r.Body.Close()
		err = errors.New("the page is not followed: " + r.Status)
	}
	if err != nil {
		end()
		return nil, err
	}
	v := &viewer{end: end, done: make(chan struct{})}
	go func() {
		defer close(v.done)
		defer r.Body.Close()
		lines := bufio.NewReader(r.Body)
		for {
			line, err := lines.ReadSlice('\n')
			v.got.Add(int64(len(line)))
			if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
				return
			}
		}
	}()
	return v, nil
}

// close returns how many bytes came.
func (v *viewer) close() int {
	v.end()
	<-v.done
	return int(v.got.Load())
}

// serveConsole adds the console to the files.
func serveConsole(list map[string]string) {
	_, port, _ := strings.Cut(pbxHTTP, ":")
	list["http.conf"] = fmt.Sprintf("[general]\nenabled=yes\nbindaddr=127.0.0.1\nbindport=%s\n", port)
	list["console.conf"] = "[general]\n[admin]\nsecret=rigsecret\nrole=administrator\n"
}
