package testkit

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// Media is a telephone's RTP socket: it can send a tone or packets, and keeps
// what it receives.
type Media struct {
	conn net.PacketConn
	addr netip.AddrPort
	stop chan struct{}
	once sync.Once
	wg   sync.WaitGroup

	mu       sync.Mutex // guards all below
	to       netip.AddrPort
	seq      uint16
	ts       uint32
	sent     int
	received int
	datagram []byte
	payload  []byte // of everything received, in order of arrival
	types    map[uint8]int
	sizes    map[int]int
	last     uint16
	swapped  int
}

func newMedia(listen Listen, on netip.Addr) *Media {
	m := &Media{stop: make(chan struct{}), types: map[uint8]int{}, sizes: map[int]int{}}
	c, err := listen(netip.AddrPortFrom(on, 0))
	if err != nil {
		return m
	}
	m.conn = c
	a := c.LocalAddr().(*net.UDPAddr).AddrPort()
	m.addr = netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
	m.wg.Add(1)
	go m.read()
	return m
}

// Addr is the socket's address.
func (m *Media) Addr() netip.AddrPort { return m.addr }

// aim sends to the address of the sections of these kinds in an SDP.
func (m *Media) aim(sdp string, kinds ...string) {
	var ip string
	var port int
	for _, l := range strings.Split(sdp, "\r\n") {
		if f := strings.Fields(l); len(f) == 3 && f[0] == "c=IN" {
			ip = f[2]
		}
		for _, k := range kinds {
			if n := 0; strings.HasPrefix(l, "m="+k+" ") {
				if fmt.Sscanf(l[len("m="+k+" "):], "%d", &n); n > 0 {
					port = n
				}
			}
		}
	}
	if a, err := netip.ParseAddr(ip); err == nil {
		m.mu.Lock()
		m.to = netip.AddrPortFrom(a, uint16(port))
		m.mu.Unlock()
	}
}

func (m *Media) read() {
	defer m.wg.Done()
	buf := make([]byte, 2048)
	for {
		n, _, err := m.conn.ReadFrom(buf)
		if err != nil {
			return
		}
		if n < 12 {
			continue
		}
		m.mu.Lock()
		m.received++
		m.datagram = bytes.Clone(buf[:n])
		pt := buf[1] & 0x7f
		m.types[pt]++
		m.sizes[n-12]++
		seq := binary.BigEndian.Uint16(buf[2:])
		if m.received > 1 && int16(seq-m.last) < 0 {
			m.swapped++
		}
		m.last = seq
		if pt != 101 {
			m.payload = append(m.payload, buf[12:n]...)
		}
		m.mu.Unlock()
	}
}

// Packet sends one packet.
func (m *Media) Packet(pt uint8, payload []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.seq++
	m.ts += 160
	m.sent++
	b := make([]byte, 12, 12+len(payload))
	b[0], b[1] = 0x80, pt
	binary.BigEndian.PutUint16(b[2:], m.seq)
	binary.BigEndian.PutUint32(b[4:], m.ts)
	binary.BigEndian.PutUint32(b[8:], 0x1234)
	m.conn.WriteTo(append(b, payload...), net.UDPAddrFromAddrPort(m.to))
}

// report sends an empty report of RTCP: a sign of life that is no audio.
func (m *Media) report() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.conn == nil || !m.to.IsValid() || m.to.Port() == 0 {
		return
	}
	to := netip.AddrPortFrom(m.to.Addr(), m.to.Port()+1)
	m.conn.WriteTo([]byte{0x80, 201, 0, 1, 0, 0, 0x12, 0x34}, net.UDPAddrFromAddrPort(to))
}

// To is where the media is sent.
func (m *Media) To() netip.AddrPort {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.to
}

// Aim sends to another address than the SDP says.
func (m *Media) Aim(to netip.AddrPort) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.to = to
}

// Raw sends a datagram as it is.
func (m *Media) Raw(b []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sent++
	m.conn.WriteTo(b, net.UDPAddrFromAddrPort(m.to))
}

// Last is the last datagram that came.
func (m *Media) Last() []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.datagram
}

// Skip moves the numbering of what is sent by n packets, forwards or back: lost
// packets, and late ones.
func (m *Media) Skip(n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.seq += uint16(n)
	m.ts += uint32(n) * 160
}

// Sine is a frequency in Hz and its amplitude, full scale 32124.
type Sine struct{ Hz, Amplitude float64 }

// Tone sends a ulaw sine in packets of 20 ms for d. It does not block.
func (m *Media) Tone(hz float64, d time.Duration) { m.Chord(d, Sine{hz, 8000}) }

// Chord sends several at a time, likewise.
func (m *Media) Chord(d time.Duration, parts ...Sine) {
	m.wg.Add(1)
	go func() {
		defer m.wg.Done()
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		at := 0
		for range int(d / (20 * time.Millisecond)) {
			b := make([]byte, 160)
			for i := range b {
				v := 0.0
				for _, s := range parts {
					v += s.Amplitude * math.Sin(2*math.Pi*s.Hz*float64(at)/8000)
				}
				b[i] = muLaw(v)
				at++
			}
			m.Packet(0, b)
			select {
			case <-tick.C:
			case <-m.stop:
				return
			}
		}
	}()
}

// muLaw encodes by search in the decoder's table: slow, and independent of the
// code under test.
func muLaw(v float64) byte {
	best, dist := byte(0), math.MaxFloat64
	for i, x := range muTable {
		if d := math.Abs(v - x); d < dist {
			best, dist = byte(i), d
		}
	}
	return best
}

var muTable = func() (t [256]float64) {
	for i := range t {
		b := ^byte(i)
		v := float64((int(b&15)<<3+132)<<(b>>4&7) - 132)
		if b&0x80 != 0 {
			v = -v
		}
		t[i] = v
	}
	return
}()

// Counts returns packets sent and received.
func (m *Media) Counts() (sent, received int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.sent, m.received
}

// Sizes counts the packets received by the length of their payload.
func (m *Media) Sizes() map[int]int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.sizes)
}

// Swapped counts the packets that came behind a later one.
func (m *Media) Swapped() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.swapped
}

// Types counts received packets by payload type.
func (m *Media) Types() map[uint8]int {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := map[uint8]int{}
	for k, v := range m.types {
		out[k] = v
	}
	return out
}

// Level measures a frequency in the received ulaw audio: the amplitude of that
// sine, full scale is 32124.
func (m *Media) Level(hz float64) float64 { return m.LevelSince(0, hz) }

// Samples is how many samples have come: for LevelSince.
func (m *Media) Samples() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.payload)
}

// LevelSince is Level without the first n samples.
func (m *Media) LevelSince(n int, hz float64) float64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	var re, im float64
	payload := m.payload[min(n, len(m.payload)):]
	for i, b := range payload {
		s := muTable[b]
		w := 2 * math.Pi * hz * float64(i) / 8000
		re += s * math.Cos(w)
		im += s * math.Sin(w)
	}
	if len(payload) == 0 {
		return 0
	}
	return 2 * math.Hypot(re, im) / float64(len(payload))
}

// Close ends the socket and what it sends.
func (m *Media) Close() {
	m.once.Do(func() {
		close(m.stop)
		if m.conn != nil {
			m.conn.Close()
		}
	})
	m.wg.Wait()
}

// Payloads is what came, one behind the other.
func (m *Media) Payloads() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return string(m.payload)
}
