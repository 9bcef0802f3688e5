package main

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sort"
	"strings"
	"time"

	"obelisk/internal/rawnet"

	"golang.org/x/sys/unix"
)

// attacker makes the n-th datagram of an attack.
type attacker struct {
	name    string
	rate    float64 // a second
	sources int     // addresses that it comes from, forged where they are many
	packet  func(n int) string
}

func hostile(method, user, extra string) func(int) string {
	return func(n int) string {
		u := user
		if u == "" {
			u = fmt.Sprint(1000 + n)
		}
		return fmt.Sprintf("%s sip:%s@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.9:5999;branch=z9hG4bKx%d\r\nMax-Forwards: 70\r\nFrom: "+
			"<sip:%s@127.0.0.1>;tag=x%d\r\nTo: <sip:%s@127.0.0.1>\r\nCall-ID: x%s%d\r\nCSeq: 1 %s\r\nContact: <sip:x@127.0.0.9:5999>\r\n"+
			"%sContent-Length: 0\r\n\r\n",
			method, u, n, u, n, u, method, n, method, extra)
	}
}

var attackers = []attacker{
	{"a scan by REGISTER", 5000, 1, hostile("REGISTER", "", "")},
	{"guessing a password", 5000, 1, hostile("REGISTER", "caller", "Authorization: Digest username=\"caller\", realm=\"asterisk\", "+
		"nonce=\"abc\", uri=\"sip:127.0.0.1\", response=\"00000000000000000000000000000000\"\r\n")},
	{"a flood of INVITE", 5000, 1, hostile("INVITE", "", "")},
	{"a flood of INVITE from 200 addresses", 5000, 200, hostile("INVITE", "", "")},
	{"a flood of INVITE, each from another address", 20000, 1 << 20, hostile("INVITE", "", "")},
	{"a flood of SUBSCRIBE", 5000, 1, hostile("SUBSCRIBE", "100", "Event: presence\r\n")},
	{"a flood of MESSAGE", 5000, 1, hostile("MESSAGE", "100", "")},
	{"parameter bombs of 20 KB", 300, 1, hostile("OPTIONS", "100", "X-Bomb: a"+strings.Repeat(";a=b", 4800)+"\r\n")},
	{"garbage", 5000, 1, func(n int) string { return strings.Repeat("\x00\xff\r\n;", n%50) }},
}

// strike sends an attack until stop is closed, and returns how many packets it
// sent.
func (a attacker) strike(stop chan struct{}) (sent int) {
	var to rawnet.Addr
	to.Set(netip.MustParseAddrPort(pbxAddr))
	var fds []int
	if a.sources > maxSockets {
		return a.forge(stop, &to)
	}
	for i := range a.sources {
		if fd, err := rawnet.Bind(netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 9, byte(i >> 8), byte(i + 1)}), 5999)); err == nil {
			fds = append(fds, fd)
			defer unix.Close(fd)
		}
	}
	return a.pace(stop, func(n int, b []byte) {
		if len(fds) > 0 {
			rawnet.Send(fds[n%len(fds)], b, &to)
		}
	})
}

// maxSockets of an attack; one of more sources writes them into its packets.
const maxSockets = 1000

// forge sends each packet from another address of the loopback network.
func (a attacker) forge(stop chan struct{}, to *rawnet.Addr) int {
	fd, err := rawnet.Bind(netip.MustParseAddrPort("0.0.0.0:5999"))
	if err != nil {
		return 0
	}
	defer unix.Close(fd)
	return a.pace(stop, func(n int, b []byte) {
		n %= a.sources
		rawnet.SendFrom(fd, b, to, netip.AddrFrom4([4]byte{127, byte(10 + n>>16), byte(n >> 8), byte(n)}))
	})
}

func (a attacker) pace(stop chan struct{}, send func(n int, b []byte)) (sent int) {
	begun := time.Now()
	for {
		select {
		case <-stop:
			return sent
		default:
		}
		for due := int(time.Since(begun).Seconds() * a.rate); sent < due; sent++ {
			send(sent, []byte(a.packet(sent)))
		}
		time.Sleep(time.Millisecond)
	}
}

// innocents are calls placed meanwhile.
const innocents = 100

// attack runs each attack against a switchboard that carries a hundred innocent
// calls.
func attack(t *table, s starter) error {
	for _, a := range attackers {
		err := with(s, shape{}, "callee_ulaw", 0, func(p *pbx, k *crew) error {
			before, stop, done := p.rss(), make(chan struct{}), make(chan int)
			go func() { done <- a.strike(stop) }()
			time.Sleep(500 * time.Millisecond)
			r := k.place("1", innocents, 25, 200*time.Millisecond)
			close(stop)
			report(t, p, a.name, <-done, r, before)
			return nil
		})
		if err != nil {
			return err
		}
	}
	return stall(t, s)
}

func report(t *table, p *pbx, name string, sent int, r result, before float64) {
	fmt.Fprintf(os.Stderr, "%s: %d offered\n", name, sent)
	t.add(p, name+": innocent calls completed", "%", true, 100*float64(r.ok)/innocents)
	t.add(p, name+": their setup, 99th percentile", "ms", false, us(r.percentile(99))/1000)
	t.add(p, name+": memory after, times that before", "", false, p.rss()/before)
}

func (r result) percentile(n int) time.Duration {
	if len(r.setups) == 0 {
		return 0
	}
	sort.Slice(r.setups, func(i, j int) bool { return r.setups[i] < r.setups[j] })
	return r.setups[(len(r.setups)-1)*n/100]
}

// halfOpen are the steps at which one who connects may stop.
var halfOpen = []struct {
	name string
	dial func() (net.Conn, error)
	text string
}{
	{"half a request over TCP", plain(pbxAddr), "REGISTER sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.9"},
	{"TLS without a handshake", plain(pbxTLS), ""},
	{"half a request over TLS", encrypted, "REGISTER sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TLS 127.0.0.9"},
	{"half a WebSocket handshake", plain(pbxHTTP), "GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"},
	{"a WebSocket without a request", plain(pbxHTTP), "GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: " +
		"Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: sip\r\nSec-WebSocket-Version: 13\r\n\r\n\x81"},
}

func plain(addr string) func() (net.Conn, error) {
	return func() (net.Conn, error) { return net.DialTimeout("tcp", addr, time.Second) }
}

func encrypted() (net.Conn, error) {
	return tls.DialWithDialer(&net.Dialer{Timeout: time.Second}, "tcp", pbxTLS, &tls.Config{InsecureSkipVerify: true})
}

// stall holds five hundred connections that stop at each of those steps, one step
// after the other.
func stall(t *table, s starter) error {
	for _, h := range halfOpen {
		err := with(s, shape{secure: true}, "callee_ulaw", 0, func(p *pbx, k *crew) error {
			before, open := p.rss(), 0
			for range 500 {
				c, err := h.dial()
				if err != nil {
					break
				}
				defer c.Close()
				fmt.Fprint(c, h.text)
				open++
			}
			report(t, p, h.name, open, k.place("1", innocents, 25, 200*time.Millisecond), before)
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
