package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// soak is a thousand calls a second for a while.
func soak(t *table, s starter) error {
	return with(s, shape{}, "callee_ulaw", 0, func(p *pbx, k *crew) error {
		endure(t, p, fmt.Sprintf("soak, %s: ", *soakFor), 1000, 2*time.Second, func(d time.Duration) result {
			return k.place("1", int(1000*d.Seconds()), 1000, 200*time.Millisecond)
		})
		return nil
	})
}

// churn keeps 500 calls with media up for a while, each for five seconds. Six minutes
// are as many calls as an hour of calls of 50 seconds.
func churn(t *table, s starter) error {
	const n, rate = 500, 100
	return with(s, shape{}, "callee_ulaw", 0, func(p *pbx, k *crew) error {
		w, _, err := wire(k, n)
		if err != nil {
			return err
		}
		defer w.close()
		endure(t, p, fmt.Sprintf("500 calls with media, each 5 s, for %s: ", *soakFor), rate, 20*time.Second, func(d time.Duration) result {
			done := make(chan struct{})
			go func() {
				w.run(d, 0) // between two calls of a number too, to nobody
				close(done)
			}()
			r := k.placeNumbered("1", int(rate*d.Seconds()), rate, n/rate*time.Second-300*time.Millisecond, n)
			<-done
			return r
		})
		return nil
	})
}

// endure places calls at a rate for a while, then waits in silence until what lingers
// is gone: memory and descriptors should be what they were after a short run before.
func endure(t *table, p *pbx, what string, rate float64, short time.Duration, run func(time.Duration) result) {
	run(short) // what is kept for good is there
	time.Sleep(quiet)
	before := p.holdings()
	r := run(*soakFor)
	t.add(p, what+"calls completed", "%", true, 100*float64(r.ok)/(rate*soakFor.Seconds()))
	time.Sleep(quiet)
	p.filesMore(before.files, 0)
	after := p.holdings()
	t.add(p, what+"memory afterwards, times that before", "", false, after.memory/before.memory)
	t.add(p, what+"descriptors more than before", "", false, float64(after.files-before.files))
	for _, x := range []struct {
		of            string
		unit          string
		before, after float64
	}{
		{"memory", "KB", before.memory, after.memory}, {"descriptors", "", float64(before.files), float64(after.files)},
		{"sockets", "", float64(before.sockets), float64(after.sockets)},
		{"threads of the console's list", "", float64(before.threads), float64(after.threads)},
	} {
		t.add(p, what+x.of+" before", x.unit, false, x.before)
		t.add(p, what+x.of+" afterwards", x.unit, false, x.after)
	}
}

// holdings are what a program holds that must come back after any number of calls: resident memory in
// KB, descriptors, the sockets among them (RTP ports), and what "core show threads" counts, which are
// goroutines or threads.
type holdings struct {
	memory                  float64
	files, sockets, threads int
}

func (p *pbx) holdings() holdings {
	return holdings{p.rss(), p.files(), p.sockets(), p.threads()}
}

// sockets counts the open sockets.
func (p *pbx) sockets() (n int) {
	dir := fmt.Sprintf("/proc/%d/fd", p.cmd.Process.Pid)
	list, _ := os.ReadDir(dir)
	for _, f := range list {
		if to, err := os.Readlink(filepath.Join(dir, f.Name())); err == nil && strings.HasPrefix(to, "socket:") {
			n++
		}
	}
	return n
}

// threads is the last line of "core show threads"; -1: it does not say.
func (p *pbx) threads() int {
	out, err := exec.Command(p.binary, "-C", filepath.Join(p.dir, "asterisk.conf"), "-rx", "core show threads").Output()
	m := threadsListed.FindSubmatch(out)
	if err != nil || m == nil {
		return -1
	}
	n, _ := strconv.Atoi(string(m[1]))
	return n
}

var threadsListed = regexp.MustCompile(`(\d+) threads listed`)

// quiet is 64*T1 and what the memory takes to be given back.
const quiet = 60 * time.Second

// files counts the open descriptors.
func (p *pbx) files() int {
	d, _ := os.ReadDir(fmt.Sprintf("/proc/%d/fd", p.cmd.Process.Pid))
	return len(d)
}

// filesMore is how many more descriptors are open than before, or at most no more than so many,
// when RTP ports have rested.
func (p *pbx) filesMore(before, most int) (more int) {
	for range 200 {
		if more = p.files() - before; more <= most {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	return more
}
