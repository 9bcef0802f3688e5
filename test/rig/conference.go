package main

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"obelisk/internal/rawnet"

	"golang.org/x/sys/unix"
)

// choir is the members of a conference: each sends 50 packets of mu-law a second, and hears.
type choir struct {
	members []singer
	poller  *rawnet.Poller
	listen  bool // who is silent sends nothing
	up      atomic.Int64
	got     atomic.Int64
	done    chan struct{}
}

// singer is one: what it says, and the last of what it hears.
type singer struct {
	fd, port int
	to       rawnet.Addr
	aimed    atomic.Bool
	seq      uint16
	hz       float64 // 0: it is silent
	loses    float64 // the share of its packets that its line loses

	mu    sync.Mutex // guards heard and onset
	heard []byte
	onset []time.Time // when it began to hear something loud
}

func newChoir(n int) (*choir, error) {
	p, err := rawnet.NewPoller()
	if err != nil {
		return nil, err
	}
	c := &choir{members: make([]singer, n), poller: p, done: make(chan struct{})}
	for i := range c.members {
		fd, err := rawnet.Bind(netip.AddrPortFrom(netip.MustParseAddr("127.0.0.2"), 0))
		if err != nil {
			return nil, fmt.Errorf("RTP socket %d: %w", i, err)
		}
		c.members[i].fd, c.members[i].port = fd, int(rawnet.Local(fd).Port())
		if err := p.Add(fd, int32(i)); err != nil {
			return nil, err
		}
	}
	go c.receive()
	return c, nil
}

// linear are the samples of mu-law (ITU-T G.711).
var linear = func() (t [256]int16) {
	for i := range t {
		u := ^byte(i)
		v := (int(u&0x0f)<<3 + 0x84) << (u >> 4 & 7)
		if v -= 0x84; u&0x80 != 0 {
			v = -v
		}
		t[i] = int16(v)
	}
	return t
}()

// mulaw is the byte that is nearest to a sample.
func mulaw(v int) byte {
	best, at := math.MaxInt, 0
	for i, x := range linear {
		if d := max(int(x)-v, v-int(x)); d < best {
			best, at = d, i
		}
	}
	return byte(at)
}

// loud is a sample that no tone reaches.
const loud = 15000

// sing has all send for a time. Members are served in turn, so that their packets are spread over
// the 20 ms. click has the first member send a burst now and then; the times are returned.
func (c *choir) sing(d time.Duration, click bool) (clicks []time.Time) {
	n := len(c.members)
	tables := make([][]byte, n)
	for i := range c.members {
		if hz := c.members[i].hz; hz > 0 {
			t := make([]byte, 8000)
			for k := range t {
				t[k] = mulaw(int(3000 * math.Sin(2*math.Pi*hz*float64(k)/8000)))
			}
			tables[i] = t
		}
	}
	burst := mulaw(30000)
	packet := make([]byte, 172)
	begun := time.Now()
	gap := 20 * time.Millisecond / time.Duration(n)
	for at := time.Duration(0); at < d; at += gap {
		if wait := at - time.Since(begun); wait > 200*time.Microsecond {
			time.Sleep(wait)
		}
		i := int(at/gap) % n
		m := &c.members[i]
		m.seq++
		packet[0], packet[1] = 0x80, 0
		binary.BigEndian.PutUint16(packet[2:], m.seq)
		binary.BigEndian.PutUint32(packet[4:], uint32(m.seq)*160)
		binary.BigEndian.PutUint32(packet[8:], uint32(i)+1)
		for k := range 160 {
			packet[12+k] = 0xff
			if t := tables[i]; t != nil {
				packet[12+k] = t[(int(m.seq)*160+k)%8000]
			}
		}
		if next := time.Duration(len(clicks)+2) * clickGap; click && i == 0 && at > next {
			for k := range 160 {
				packet[12+k] = burst
			}
			clicks = append(clicks, time.Now())
		}
		if m.aimed.Load() && (!c.listen || m.hz > 0) && (m.loses == 0 || rand.Float64() >= m.loses) {
			rawnet.Send(m.fd, packet, &m.to)
		}
	}
	return clicks
}

// clickGap is between two clicks.
const clickGap = 507 * time.Millisecond

func (c *choir) receive() {
	defer close(c.done)
	buf := make([]byte, 2048)
	events := make([]unix.EpollEvent, 64)
	var from rawnet.Addr
	for {
		for _, e := range events[:c.poller.Wait(events, -1, false)] {
			if e.Fd == rawnet.Woken {
				return
			}
			m := &c.members[e.Fd]
			for {
				size, ok := rawnet.Recv(m.fd, buf, &from)
				if !ok {
					break
				}
				if size != 172 {
					continue
				}
				c.got.Add(1)
				m.hear(buf[12:size])
			}
		}
	}
}

// hear keeps the last second.
func (m *singer) hear(b []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, x := range b {
		if linear[x] > loud {
			if n := len(m.onset); n == 0 || time.Since(m.onset[n-1]) > clickGap/2 {
				m.onset = append(m.onset, time.Now())
			}
			break
		}
	}
	m.heard = append(m.heard, b...)
	if over := len(m.heard) - 8000; over > 0 {
		m.heard = append(m.heard[:0], m.heard[over:]...)
	}
}

// toneOf is one of ten of which none is a multiple of another.
func toneOf(i int) float64 {
	return [...]float64{410, 530, 670, 730, 890, 970, 1090, 1130, 1270, 1390}[i%10]
}

// level is how loud a tone is in what it hears, in dB of how loud it is said.
func (m *singer) level(hz float64) float64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	var re, im float64
	for i, b := range m.heard {
		v, x := float64(linear[b]), 2*math.Pi*hz*float64(i)/8000
		re += v * math.Cos(x)
		im += v * math.Sin(x)
	}
	return 20 * math.Log10(max(2*math.Hypot(re, im)/float64(max(len(m.heard), 1)), 1e-3)/3000)
}

func (c *choir) close() {
	c.poller.Wake()
	<-c.done
	c.poller.Close()
	for i := range c.members {
		unix.Close(c.members[i].fd)
	}
}

// runtime is the CPU time of all its threads so far, finer than cpu.
func (p *pbx) runtime() (sum time.Duration) {
	list, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", p.cmd.Process.Pid))
	for _, f := range list {
		if b, err := os.ReadFile(f); err == nil {
			n, _ := strconv.ParseInt(strings.Fields(string(b))[0], 10, 64)
			sum += time.Duration(n)
		}
	}
	return sum
}

// gather has n members come to a conference.
func gather(n int) (*choir, *agent, error) {
	c, a, _, err := gatherCalls(n)
	return c, a, err
}

// gatherCalls is gather that gives the call of each member as well.
func gatherCalls(n int) (*choir, *agent, []*call, error) {
	c, err := newChoir(n)
	if err != nil {
		return nil, nil, nil, err
	}
	a, err := newAgent(callerAddr, 0)
	if err != nil {
		return nil, nil, nil, err
	}
	index := func(number string) int { i, _ := strconv.Atoi(number[1:]); return i }
	a.ports = func(number string) int { return c.members[index(number)].port }
	a.onLeg = func(number, sdp string) {
		if f := mediaPort.FindStringSubmatch(sdp); f != nil {
			port, _ := strconv.Atoi(f[1])
			m := &c.members[index(number)]
			m.to.Set(netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(port)))
			m.aimed.Store(true)
			c.up.Add(1)
		}
	}
	all := make([]*call, n)
	pace(n, 40, func(i int) {
		all[i] = &call{method: "INVITE", number: fmt.Sprintf("3%05d", i), user: "caller", secret: "callersecret", hold: time.Hour}
		a.begin(fmt.Sprintf("conf-%d", i), all[i])
	})
	for i := 0; c.up.Load() < int64(n) && i < 600; i++ { // who was refused, because it had much to do, tries again
		time.Sleep(100 * time.Millisecond)
		a.mu.Lock()
		k := slices.IndexFunc(all, func(x *call) bool { return x.state == "refused" })
		a.mu.Unlock()
		if k >= 0 {
			all[k] = &call{method: "INVITE", number: fmt.Sprintf("3%05d", k), user: "caller", secret: "callersecret", hold: time.Hour}
			a.begin(fmt.Sprintf("conf-%d-%d", k, i), all[k])
		}
	}
	if up := c.up.Load(); up < int64(n)*97/100 { // of a thousand some may be late on a machine that has much to do
		states := map[string]int{}
		a.mu.Lock()
		for _, x := range all {
			states[x.state]++
		}
		a.mu.Unlock()
		return nil, nil, nil, fmt.Errorf("%d of %d members are in: %v", up, n, states)
	}
	return c, a, all, nil
}

// conference measures what a member costs for each 20 ms: of 10, 100 and 300 of whom three
// speak, and all; a thousand listeners; whether each hears the others and not himself; and how
// late.
func conference(t *table, s starter) error {
	for _, n := range sizes() {
		if err := oneConference(t, s, n); err != nil {
			return err
		}
	}
	return nil
}

const conferenceSeconds = 8

func oneConference(t *table, s starter, n int) error {
	p, err := s.start(shape{})
	if err != nil {
		return err
	}
	defer p.stop()
	c, a, err := gather(n)
	if err != nil {
		return err
	}
	defer a.close()
	defer c.close()
	measure := func(what string) {
		c.sing(time.Second, false)
		begun, got := p.runtime(), c.got.Load()
		c.sing(conferenceSeconds*time.Second, false)
		used := p.runtime() - begun
		t.add(p, fmt.Sprintf("CPU for a member and 20 ms, %d members, %s", n, what), "us", false, us(used)/float64(n*50*conferenceSeconds))
		t.add(p, fmt.Sprintf("packets heard, %d members, %s", n, what), "%", true, 100*float64(c.got.Load()-got)/float64(n*50*conferenceSeconds))
	}
	speakers := min(n, 3)
	who := "speak"
	if n >= 1000 {
		speakers, c.listen, who = 1, true, "speaks, and the others send nothing"
	}
	for i := range speakers {
		c.members[i].hz = 500 + 200*float64(i)
	}
	measure(fmt.Sprintf("%d %s", speakers, who))
	if n == 10 {
		for i := range c.members {
			c.members[i].hz = toneOf(i)
		}
		c.sing(2*time.Second, false)
		quietest, own := 100.0, -100.0
		for i := range c.members {
			for k := range c.members {
				if l := c.members[i].level(c.members[k].hz); i == k {
					own = max(own, l)
				} else {
					quietest = min(quietest, l)
				}
			}
		}
		t.add(p, "the others' tones, the quietest, of 10 who all speak", "dB", true, quietest)
		t.add(p, "one's own tone, the loudest", "dB", false, own)
	}
	if n <= 300 {
		for i := range c.members {
			c.members[i].hz = 400 + 10*float64(i%300)
		}
		measure("all speak")
	}
	if n == 10 {
		for i := range c.members {
			c.members[i].hz = 0
		}
		c.members[5].onset = nil
		var sum time.Duration
		tries := 0
		at := c.sing(8*time.Second, true)
		for _, heard := range c.members[5].onset {
			for i, x := range at {
				if d := heard.Sub(x); d > 0 && d < clickGap/2 {
					sum += d
					tries++
					at = at[i+1:]
					break
				}
			}
		}
		t.add(p, "from the mouth of one to the ear of another, beside the packet's own 20 ms", "ms", false, us(sum)/1000/float64(max(tries, 1)))
	}
	return nil
}

// sizes are the conferences that are measured: those of RIG_MEMBERS, else all.
func sizes() (out []int) {
	for _, f := range strings.Fields(os.Getenv("RIG_MEMBERS")) {
		if n, err := strconv.Atoi(f); err == nil && n > 0 {
			out = append(out, n)
		}
	}
	if out == nil {
		out = []int{10, 100, 300, 1000}
	}
	return out
}
