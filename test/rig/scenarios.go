package main

import (
	"fmt"
	"regexp"
	"strconv"
	"sync/atomic"
	"time"
)

type scenario struct {
	name string
	run  func(*table, starter) error
	// usual ones run unless others are asked for.
	usual bool
}

var scenarios = []scenario{
	{"calls", calls, true}, {"register", registrations, true}, {"media", relay, true}, {"transcode", transcode, true},
	{"memory", memory, true}, {"overload", overload, true}, {"attack", attack, false}, {"faults", faults, false}, {"soak", soak, false},
	{"churn", churn, false}, {"taxed", taxed, false}, {"recorded", recorded, false}, {"conference", conference, false},
	{"party", party, false},
	{"console", watched, false}, {"agents", agents, false},
}

func names() (out []string) {
	for _, s := range scenarios {
		out = append(out, s.name)
	}
	return
}

// crew are a caller and a callee that is registered.
type crew struct{ caller, callee *agent }

func newCrew(p *pbx, name string, codec int) (*crew, error) {
	c := &crew{}
	var err error
	if c.caller, err = newAgent(callerAddr, 0); err != nil {
		return nil, err
	}
	if c.callee, err = newAgent(calleeAddr, codec); err != nil {
		return nil, err
	}
	c.callee.answer = true
	r := &call{method: "REGISTER", user: name, secret: "calleesecret"}
	c.callee.begin("callee", r)
	<-r.over
	if r.state != "ok" {
		return nil, fmt.Errorf("the callee's registration: %s", r.state)
	}
	return c, nil
}

func (c *crew) close() { c.caller.close(); c.callee.close() }

// result of a number of calls.
type result struct {
	ok, refused, timeout, late, retransmitted int
	setups                                    []time.Duration // of those that succeeded
	late99                                    time.Duration   // how late calls were begun, 99 of 100
}

// place places n calls at a rate and waits for their ends.
func (c *crew) place(prefix string, n int, rate float64, hold time.Duration) result {
	return c.placeNumbered(prefix, n, rate, hold, 100000)
}

// placeNumbered is place with numbers that repeat after so many calls.
func (c *crew) placeNumbered(prefix string, n int, rate float64, hold time.Duration, numbers int) result {
	all := make([]*call, n)
	late := pace(n, rate, func(i int) {
		all[i] = &call{method: "INVITE", number: fmt.Sprintf("%s%05d", prefix, i%numbers), user: "caller", secret: "callersecret", hold: hold}
		c.caller.begin(fmt.Sprintf("%s-%d-%d", prefix, time.Now().UnixNano(), i), all[i])
	})
	r := result{late99: late}
	for _, x := range all {
		<-x.over
		r.retransmitted += x.retransmitted
		switch {
		case x.state == "ok" && x.setup <= 4*time.Second:
			r.ok++
			r.setups = append(r.setups, x.setup)
		case x.state == "ok":
			r.late++
		case x.state == "refused":
			r.refused++
		default:
			r.timeout++
		}
	}
	return r
}

// with runs f with a switchboard and a crew.
func with(s starter, c shape, callee string, codec int, f func(*pbx, *crew) error) error {
	p, err := s.start(c)
	if err != nil {
		return err
	}
	defer p.stop()
	k, err := newCrew(p, callee, codec)
	if err != nil {
		return err
	}
	defer k.close()
	k.place("1", 20, 20, 200*time.Millisecond) // warm up
	return f(p, k)
}

const callSeconds = 8

var callRates = []float64{100, 200, 400, 1000}

func calls(t *table, s starter) error {
	for _, rate := range callRates {
		err := t.steady(func() error {
			return with(s, shape{}, "callee_ulaw", 0, func(p *pbx, k *crew) error {
				n, begun := int(rate*callSeconds), p.cpu()
				r := k.place("1", n, rate, 200*time.Millisecond)
				t.late = r.late99
				t.add(p, fmt.Sprintf("CPU for a call, %.0f calls/s", rate), "us", false, us(p.cpu()-begun)/float64(max(r.ok, 1)))
				t.add(p, fmt.Sprintf("calls completed, %.0f calls/s", rate), "%", true, 100*float64(r.ok)/float64(n))
				return nil
			})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func us(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

// register registers phones one after the other at a rate and counts those that
// succeed; late is how late 99 of 100 began.
func register(a *agent, from, n int, rate float64, pass string) (ok int, late time.Duration) {
	all := make([]*call, n)
	late = pace(n, rate, func(i int) {
		u := from + i
		all[i] = &call{method: "REGISTER", user: fmt.Sprintf("u%05d", u), secret: fmt.Sprintf("pw%05d", u), contact: calleeAddr}
		a.begin(fmt.Sprintf("r%s-%d", pass, u), all[i])
	})
	for _, x := range all {
		if <-x.over; x.state == "ok" {
			ok++
		}
	}
	return ok, late
}

func registrations(t *table, s starter) error {
	p, err := s.start(shape{phones: 1000})
	if err != nil {
		return err
	}
	defer p.stop()
	a, err := newAgent(registerAddr, 0)
	if err != nil {
		return err
	}
	defer a.close()
	register(a, 0, 1000, 250, "w")
	tries := 0
	for _, rate := range []float64{100, 200, 400, 1000} {
		t.steady(func() error {
			begun, ok := p.cpu(), 0
			tries++
			for pass := range 2 {
				n, late := register(a, 0, 1000, rate, fmt.Sprint(rate, "-", tries, "-", pass))
				ok, t.late = ok+n, max(t.late, late)
			}
			t.add(p, fmt.Sprintf("CPU for a registration, %.0f/s", rate), "us", false, us(p.cpu()-begun)/float64(max(ok, 1)))
			return nil
		})
	}
	return nil
}

var mediaPort = regexp.MustCompile(`m=audio (\d+)`)

// wire gives n calls, by their number, RTP ports of their own at both ends. up
// counts the legs that have found the switchboard's.
func wire(k *crew, n int) (w *wave, up *atomic.Int64, err error) {
	if w, err = newWave(n); err != nil {
		return nil, nil, err
	}
	up = &atomic.Int64{}
	index := func(number string) int { i, _ := strconv.Atoi(number[1:]); return i }
	k.caller.ports = func(number string) int { return w.port(2 * index(number)) }
	k.callee.ports = func(number string) int { return w.port(2*index(number) + 1) }
	leg := func(side int) func(string, string) {
		return func(number, sdp string) {
			if m := mediaPort.FindStringSubmatch(sdp); m != nil {
				port, _ := strconv.Atoi(m[1])
				w.aim(2*index(number)+side, port)
				up.Add(1)
			}
		}
	}
	k.caller.onLeg, k.callee.onLeg = leg(0), leg(1)
	return w, up, nil
}

// held places n calls that stay up.
func held(k *crew, prefix string, n int) (*wave, error) {
	w, up, err := wire(k, n)
	if err != nil {
		return nil, err
	}
	pace(n, 40, func(i int) {
		c := &call{method: "INVITE", number: fmt.Sprintf("%s%05d", prefix, i), user: "caller", secret: "callersecret", hold: time.Hour}
		k.caller.begin(fmt.Sprintf("held-%d", i), c)
	})
	time.Sleep(time.Second)
	for range 100 { // a machine with other work takes longer
		if up.Load() >= int64(2*n) {
			return w, nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	w.close()
	return nil, fmt.Errorf("%d of %d legs came up", up.Load(), 2*n)
}

const mediaSeconds = 6

// media measures n held calls.
func media(t *table, s starter, what, prefix, callee string, codec, n int, alter bool) error {
	return t.steady(func() error { return mediaOnce(t, s, what, prefix, callee, codec, n, alter) })
}

func mediaOnce(t *table, s starter, what, prefix, callee string, codec, n int, alter bool) error {
	return with(s, shape{}, callee, codec, func(p *pbx, k *crew) error {
		time.Sleep(time.Second)
		idle := p.rss()
		w, err := held(k, prefix, n)
		if err != nil {
			return err
		}
		defer w.close()
		w.run(time.Second, codec) // latches settle
		begun := p.cpu()
		sent, got, bad := w.run(mediaSeconds*time.Second, codec)
		used := p.cpu() - begun
		t.late = w.late
		t.add(p, "CPU for a packet, "+what, "us", false, us(used)/float64(max(got, 1)))
		t.add(p, "packets lost, "+what, "%", false, 100*float64(sent-got)/float64(max(sent, 1)))
		if !alter {
			t.add(p, "packets changed, "+what, "", false, float64(bad))
			t.add(p, "memory for a call, "+what, "KB", false, (p.rss()-idle)/float64(n))
		}
		return nil
	})
}

func relay(t *table, s starter) error {
	for _, n := range []int{50, 200, 400} {
		if err := media(t, s, fmt.Sprintf("%d calls", n), "1", "callee_ulaw", 0, n, false); err != nil {
			return err
		}
	}
	return media(t, s, "200 calls, feature keys on", "2", "callee_ulaw", 0, 200, false)
}

// recorded is calls that a MixMonitor records, beside the same calls without one.
func recorded(t *table, s starter) error {
	const n = 200
	if err := media(t, s, fmt.Sprintf("%d calls", n), "1", "callee_ulaw", 0, n, false); err != nil {
		return err
	}
	return media(t, s, fmt.Sprintf("%d calls recorded", n), "6", "callee_ulaw", 0, n, false)
}

func transcode(t *table, s starter) error {
	if err := media(t, s, "50 calls, ulaw to alaw", "4", "callee_alaw", 8, 50, true); err != nil {
		return err
	}
	return media(t, s, "50 calls, ulaw to g722", "5", "callee_g722", 9, 50, true)
}

func memory(t *table, s starter) error {
	const phones, lines = 10000, 50000
	small, err := s.start(shape{})
	if err != nil {
		return err
	}
	time.Sleep(2 * time.Second)
	base := small.rss()
	t.add(small, "memory, small configuration", "MB", false, base/1024)
	small.stop()
	p, err := s.start(shape{phones: phones})
	if err != nil {
		return err
	}
	t.add(p, "CPU to load 10,000 endpoints", "s", false, p.load.Seconds())
	a, err := newAgent(registerAddr, 0)
	if err == nil {
		register(a, 0, phones, 1000, "m")
		time.Sleep(time.Second)
		t.add(p, "memory for a phone, configured and registered", "KB", false, (p.rss()-base)/phones)
		begun := p.cpu()
		time.Sleep(4 * time.Second)
		t.add(p, "idle CPU with 10,000 phones", "%", false, 100*(p.cpu()-begun).Seconds()/4)
		a.close()
	}
	p.stop()
	var cost [2]float64
	for i, c := range []struct {
		shape  shape
		prefix string
	}{{shape{}, "1"}, {shape{lines: lines}, "9"}} {
		err := with(s, c.shape, "callee_ulaw", 0, func(p *pbx, k *crew) error {
			if c.shape.lines > 0 {
				t.add(p, "CPU to load 50,000 dialplan lines", "s", false, p.load.Seconds())
				t.add(p, "memory for 50,000 dialplan lines", "MB", false, (p.rss()-base)/1024)
			}
			begun := p.cpu()
			r := k.place(c.prefix, 500, 50, 200*time.Millisecond)
			cost[i] = us(p.cpu()-begun) / float64(max(r.ok, 1))
			if i == 1 {
				t.add(p, "dearer call behind 50,000 dialplan lines", "us", false, cost[1]-cost[0])
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// overload offers 2000 calls a second for ten seconds, four times what Asterisk
// sustains, and then asks when new calls work again.
func overload(t *table, s starter) error {
	const rate, seconds = 2000, 10
	return with(s, shape{}, "callee_ulaw", 0, func(p *pbx, k *crew) error {
		before := p.rss()
		storm := make(chan result)
		go func() { storm <- k.place("1", rate*seconds, rate, 200*time.Millisecond) }()
		time.Sleep(seconds * time.Second)
		stopped, again := time.Now(), time.Duration(0)
		for again == 0 && time.Since(stopped) < time.Minute {
			begun := time.Now()
			if r := k.place("1", 10, 20, 200*time.Millisecond); r.ok == 10 {
				again = begun.Sub(stopped)
			}
		}
		r := <-storm
		const n = rate * seconds
		t.add(p, "2000 calls/s for 10 s: completed", "%", true, 100*float64(r.ok)/n)
		t.add(p, "2000 calls/s for 10 s: refused", "%", false, 100*float64(r.refused)/n)
		t.add(p, "2000 calls/s for 10 s: late or timed out", "%", false, 100*float64(r.timeout+r.late)/n)
		t.add(p, "2000 calls/s for 10 s: new calls work again after", "s", false, again.Seconds())
		t.add(p, "2000 calls/s for 10 s: memory after, times that before", "", false, p.rss()/before)
		time.Sleep(45 * time.Second)
		t.add(p, "2000 calls/s for 10 s: memory 45 s later, times that before", "", false, p.rss()/before)
		return nil
	})
}
