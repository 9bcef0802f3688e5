package queue

import (
	"flag"
	"fmt"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// masses is how many callers wait in TestCrowd: go test ./apps/queue -run TestCrowd -masses 10000 -v
var masses = flag.Int("masses", 300, "callers that wait at a time in TestCrowd")

// Many callers wait for ten minutes while some members take calls: nobody overtakes, nobody is
// lost, and queue_log adds up. It prints what that costs.
func TestCrowd(t *testing.T) {
	const agents = 20
	conf := "[general]\nautofill=yes\n[sales]\nstrategy=rrmemory\ntimeout=15\nretry=1\nringinuse=no\n"
	for i := range agents {
		conf += fmt.Sprintf("member => Desk/%d\n", i)
	}
	const plan = "[in]\nexten => _X.,1,Queue(sales,cr,,,600)\n"
	inHouse(t, conf, plan, func(h *house) {
		for i := range agents {
			h.desks.acts[fmt.Sprint(i)] = agent{rings: time.Second, talks: 29 * time.Second}
		}
		memory, busy := heap(), cpu()
		for i := range *masses {
			h.calls(fmt.Sprint(100000 + i))
			time.Sleep(time.Minute / time.Duration(*masses))
		}
		if n := h.waiting(); n < *masses-3*agents {
			t.Errorf("%d callers wait", n)
		}
		memory = heap() - memory
		time.Sleep(11 * time.Minute)
		addsUp(t, h, *masses)
		orderly(t, h, agents)
		t.Logf("%d callers: %.1f KB each, %.1f us for each second that one waits", *masses, float64(memory)/1024/float64(*masses),
			float64((cpu()-busy).Microseconds())/float64(*masses)/600)
	})
}

// orderly holds the order of answers against that in which callers came: those who ring at the same
// time may change places.
func orderly(t *testing.T, h *house, agents int) {
	t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	place, answered := map[string]int{}, 0
	for _, l := range h.log {
		f := strings.Split(l, "|")
		switch f[3] {
		case "ENTERQUEUE":
			place[f[0]] = len(place)
		case "CONNECT":
			if off := place[f[0]] - answered; off > agents || off < -agents {
				t.Errorf("caller %d is answered as number %d", place[f[0]], answered)
			}
			answered++
		}
	}
	if answered < agents {
		t.Errorf("%d are answered", answered)
	}
}

// heap is the memory that is in use, in bytes.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse)
}

// cpu is what this process has computed so far.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
