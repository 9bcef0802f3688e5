package test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"obelisk/internal/boot"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Pages in a real browser, with JsSIP and SIP.js unchanged, on the switchboard: what each hears is
// measured by frequency and level. Chromium is Debian's; without it the tests are left out, which is
// said.

const patience = 30 * time.Second // for what takes a moment, on a busy machine

// browsing is a browser, what it is on, and the web server of its pages.
type browsing struct {
	t     *testing.T
	sys   *boot.System
	ctx   context.Context
	web   *httptest.Server
	http  int // port of SIP over WebSocket
	relay *relay
}

// page is a page with a user agent.
type page struct {
	*browsing
	t    *testing.T
	name string
	ctx  context.Context
	shut context.CancelFunc
}

const browserSIP = "[general]\nudpbindaddr=127.0.0.1:5970\nallowguest=no\ndisallow=all\nallow=ulaw\nallow=alaw\nrtptimeout=5\n" +
	"[web](!)\ntype=friend\nhost=dynamic\ncontext=inside\ntransport=ws,wss\navpf=yes\nencryption=yes\nicesupport=yes\nrtcp_mux=yes\n" +
	"dtlsenable=yes\ndtlsautogeneratecert=yes\ndtlssetup=actpass\n" +
	"[web1](web)\nsecret=s1\n[web2](web)\nsecret=s2\n[desk]\ntype=friend\nhost=dynamic\ncontext=inside\nsecret=sd\n[desk2]\ntype=friend\n" +
	"host=dynamic\ncontext=inside\nsecret=sd2\n"

const browserPlan = "[inside]\nexten => 600,1,Answer()\n same => n,Echo()\nexten => 601,1,Answer()\n same => n,Read(KEYS,,4)\n same => " +
	"n,Set(GLOBAL(HEARD)=${KEYS})\n same => n,Wait(60)\n" +
	"exten => _web[12],1,Dial(SIP/${EXTEN},30)\nexten => desk,1,Dial(SIP/desk,30)\nexten => desk2,1,Dial(SIP/desk2,30)\n"

// browse starts the switchboard and a browser.
func browse(t *testing.T) *browsing {
	t.Helper()
	tool(t, "chromium")
	b := &browsing{t: t, http: freePort(t)}
	b.sys = started(t, "testdata/phones", map[string]string{"sip.conf": browserSIP, "extensions.conf": browserPlan,
		"http.conf": fmt.Sprintf("[general]\nenabled=yes\nbindaddr=127.0.0.1\nbindport=%d\n", b.http),
		"rtp.conf":  "[general]\nicesupport=yes\n"})
	b.relay = newRelay(t)
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, `<!doctype html><title>phone</title><script type="module" src="/page.js"></script>`)
	})
	mux.HandleFunc("/relay", func(w http.ResponseWriter, r *http.Request) { b.relay.lead(r.FormValue("to")) })
	for path, file := range map[string]string{"/page.js": "testdata/browser/page.js", "/jssip.js": "../manage/web/console/static/jssip.js",
		"/sipjs.js": sipjs()} {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/javascript")
			http.ServeFile(w, r, file)
		})
	}
	b.web = httptest.NewServer(mux)
	t.Cleanup(b.web.Close)
	b.ctx = chromium(t)
	return b
}

// chromium starts the browser.
func chromium(t *testing.T) context.Context {
	t.Helper()
	flags := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(tool(t, "chromium")), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.UserDataDir(t.TempDir()), chromedp.WSURLReadTimeout(2*patience), chromedp.Flag("headless", "new"), chromedp.Flag("lang", "en"),
		chromedp.Flag("use-fake-device-for-media-stream", true), chromedp.Flag("use-fake-ui-for-media-stream", true),
		chromedp.Flag("autoplay-policy", "no-user-gesture-required"), chromedp.Flag("disable-features", "WebRtcHideLocalIpsWithMdns"),
		chromedp.Flag("allow-loopback-in-peer-connection", true), chromedp.Flag("mute-audio", true))
	alloc, end := chromedp.NewExecAllocator(context.Background(), flags...)
	t.Cleanup(end)
	ctx, shut := chromedp.NewContext(alloc)
	t.Cleanup(shut)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	return ctx
}

// freePort is one of TCP that nobody has.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// sipjs is where the bundle of SIP.js is that make test fetches.
func sipjs() string {
	cache, _ := os.UserCacheDir()
	return filepath.Join(cache, "obelisk", "sipjs", "sip.js")
}

// open opens a page and registers it as an account, with a tone of its own.
func (b *browsing) open(t *testing.T, library, user, secret string, hz int) *page {
	t.Helper()
	p := &page{browsing: b, t: t, name: user}
	p.ctx, p.shut = chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext())
	t.Cleanup(p.shut)
	if err := chromedp.Do(p.ctx, chromedp.Navigate(b.web.URL), chromedp.Poll[chromedp.Void]("!!window.phone",
		chromedp.WithPollingTimeout(patience))); err != nil {
		t.Fatal(err)
	}
	p.run(fmt.Sprintf("window.relay = {near: %d, far: %d}", b.relay.near.port(), b.relay.far.port()), nil)
	var told string
	p.run(fmt.Sprintf("phone.start({library: %q, url: 'ws://127.0.0.1:%d/ws', host: '127.0.0.1', user: %q, secret: %q, hz: %d})", library,
		b.http, user, secret, hz), &told)
	if told != "registered" {
		t.Fatalf("%s: %s", user, told)
	}
	return p
}

// gestures: what a script does counts as done by a person.
var gestures = true

// run evaluates a script, and waits for its promise.
func (p *page) run(script string, to any) {
	p.t.Helper()
	if err := p.try(script, to); err != nil {
		p.t.Fatalf("%s: %.200s: %v", p.name, script, err)
	}
}

func (p *page) try(script string, to any) error {
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	gesture := func(e *runtime.EvaluateParams) { e.UserGesture = &gestures }
	if to == nil {
		_, err := chromedp.Run(ctx, chromedp.Evaluate[chromedp.Void](script, chromedp.EvalAwaitPromise, gesture))
		return err
	}
	text, err := chromedp.Run(ctx, chromedp.Evaluate[[]byte](script, chromedp.EvalAwaitPromise, gesture))
	if err == nil {
		err = json.Unmarshal(text, to)
	}
	return err
}

// until waits for a call's state to begin so, and returns it.
func (p *page) until(call, state string) (last string) {
	p.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if p.run(fmt.Sprintf("phone.state(%q)", call), &last); strings.HasPrefix(last, state) {
			return last
		}
		if strings.HasPrefix(last, "over") {
			break
		}
	}
	p.t.Fatalf("%s: %s is not %s: %s", p.name, call, state, last)
	return ""
}

// calls makes a call and waits until it is up.
func (p *page) calls(call, target string) {
	p.t.Helper()
	p.run(fmt.Sprintf("phone.call(%q, %q)", call, target), nil)
	p.until(call, "up")
}

// heard is what is heard at a moment.
type heard struct{ Hz, Level, Share float64 }

// hears waits until a call has a tone in its ear; 0 waits for silence.
func (p *page) hears(call string, hz float64) {
	p.t.Helper()
	var h heard
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		p.run(fmt.Sprintf("phone.hear(%q)", call), &h)
		if hz == 0 && h.Level < 0.003 || hz != 0 && math.Abs(h.Hz-hz) < 10 && h.Level > 0.02 && h.Share > 0.6 {
			return
		}
	}
	p.t.Errorf("%s: %s hears %.0f Hz, level %.3f, share %.2f; not %.0f Hz", p.name, call, h.Hz, h.Level, h.Share, hz)
}

// hearsNo waits until a tone is not what is heard.
func (p *page) hearsNo(call string, hz float64) {
	p.t.Helper()
	var h heard
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if p.run(fmt.Sprintf("phone.hear(%q)", call), &h); math.Abs(h.Hz-hz) > 20 || h.Level < 0.003 {
			return
		}
	}
	p.t.Errorf("%s: %s still hears %.0f Hz", p.name, call, hz)
}

func (p *page) bye(call string) {
	p.t.Helper()
	var said string
	p.run(fmt.Sprintf("phone.bye(%q)", call), &said)
	p.until(call, "over")
}

// quiet waits until the switchboard has no call and no media port.
func (b *browsing) quiet(t *testing.T) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if n, _, _ := b.sys.Core().Counts(); n == 0 && b.sys.Media().PortsInUse() == 0 {
			return
		}
	}
	n, _, _ := b.sys.Core().Counts()
	t.Errorf("%d channels and %d ports are left", n, b.sys.Media().PortsInUse())
}

// TestBrowser plays calls between pages, the dialplan and a phone on a desk.
func TestBrowser(t *testing.T) {
	alongside(t, &officeLane)
	b := browse(t)
	one := b.open(t, "jssip", "web1", "s1", 440)
	t.Run("echo, hold, keys", func(t *testing.T) {
		one.calls("a", "600")
		one.hears("a", 440)
		one.run("phone.hold('a', true)", nil)
		one.hears("a", 0)
		one.run("phone.hold('a', false)", nil)
		one.hears("a", 440)
		one.bye("a")
		one.calls("b", "601")
		time.Sleep(300 * time.Millisecond) // Read listens
		one.run("phone.keys('b', '1*7#')", nil)
		for end := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
			if keys, _ := b.sys.Core().Global("HEARD"); keys == "1*7" {
				break
			}
			if time.Now().After(end) {
				t.Fatal("the keys are not heard")
			}
		}
		one.bye("b")
		b.quiet(t)
	})
	t.Run("two pages, two calls, transfer", func(t *testing.T) {
		two := b.open(t, "jssip", "web2", "s2", 620)
		one.calls("c", "web2")
		two.until("in1", "up")
		one.hears("c", 620)
		two.hears("in1", 440)
		one.run("phone.hold('c', true)", nil)
		two.hearsNo("in1", 440) // but music
		one.calls("d", "600")   // beside the one that is held
		one.hears("d", 440)
		one.bye("d")
		one.run("phone.hold('c', false)", nil)
		one.hears("c", 620)
		var went string
		one.run("phone.refer('c', '600')", &went)
		if went != "accepted" {
			t.Errorf("the transfer: %s", went)
		}
		two.hears("in1", 620) // its own tone, by the echo
		two.bye("in1")
		b.quiet(t)
	})
	t.Run("attended transfer", func(t *testing.T) {
		two := b.open(t, "jssip", "web2", "s2", 620)
		one.calls("t1", "web2")
		two.until("in1", "up")
		one.hears("t1", 620)
		one.run("phone.hold('t1', true)", nil)
		one.calls("t2", "600") // whom it asks first
		one.hears("t2", 440)
		var went string
		one.run("phone.attend('t1', 't2')", &went)
		if went != "accepted" {
			t.Fatalf("the transfer: %s", went)
		}
		two.hears("in1", 620) // its own tone, by the echo
		one.until("t1", "over")
		one.until("t2", "over")
		two.bye("in1")
		b.quiet(t)
	})
	t.Run("another network", func(t *testing.T) {
		two := b.open(t, "jssip", "web2", "s2", 620)
		one.calls("n", "web2")
		two.until("in1", "up")
		one.hears("n", 620)
		var before, after, told string
		one.run("phone.ufrag('n')", &before)
		one.run("phone.cut()", &told) // the WebSocket is gone; the page comes back and registers
		if told != "registered" {
			t.Fatalf("after the cut: %s", told)
		}
		one.hears("n", 620)
		one.run("phone.moves('n')", &told) // over the new connection
		one.run("phone.ufrag('n')", &after)
		if told != "done" || after == before {
			t.Fatalf("ICE has not begun anew: %s, %s, %s", told, before, after)
		}
		one.hears("n", 620)
		two.hears("in1", 440)
		one.run("phone.hold('n', true)", nil)
		two.hearsNo("in1", 440)
		one.run("phone.hold('n', false)", nil)
		two.hears("in1", 440)
		two.calls("m", "web1") // which is found where it is now
		one.until("in1", "up")
		two.hears("m", 440)
		two.bye("m")
		two.bye("in1") // BYE comes over the new connection
		one.until("n", "over")
		b.quiet(t)
	})
	t.Run("wrong fingerprint", func(t *testing.T) {
		one.run("phone.call('e', '600', 'fingerprint')", nil)
		var last string
		for end := time.Now().Add(patience); time.Now().Before(end) && !strings.HasPrefix(last, "over"); time.Sleep(50 * time.Millisecond) {
			one.run("phone.state('e')", &last)
			var h heard
			if one.run("phone.hear('e')", &h); h.Level > 0.01 {
				t.Fatalf("something is heard: %+v", h)
			}
		}
		if !strings.HasPrefix(last, "over: remote") || !strings.Contains(last, "fingerprint") {
			t.Errorf("it ends with %q", last)
		}
		b.quiet(t)
	})
	t.Run("a third of the handshake is lost", func(t *testing.T) {
		one.run("phone.call('f', '600', 'relay')", nil)
		one.until("f", "up")
		one.hears("f", 440)
		if n := b.relay.lost.Load(); n == 0 {
			t.Error("nothing was lost")
		}
		one.bye("f")
		b.quiet(t)
	})
	t.Run("SIP.js", func(t *testing.T) {
		if _, err := os.Stat(sipjs()); err != nil {
			t.Skip("SIP.js is not there; make test fetches it with npm")
		}
		p := b.open(t, "sipjs", "web2", "s2", 520)
		p.calls("g", "600")
		p.hears("g", 520)
		p.bye("g")
		b.quiet(t)
	})
	t.Run("two phones on desks", func(t *testing.T) {
		tool(t, "baresip")
		desks := []*baresip{
			newBaresip(t, handset{user: "desk", secret: "sd", listen: "127.0.0.1:5095", registrar: "127.0.0.1:5970", hz: 1000, answer: "auto"}),
			newBaresip(t, handset{user: "desk2", secret: "sd2", listen: "127.0.0.1:5097", registrar: "127.0.0.1:5970", hz: 1500, answer: "auto"}),
		}
		for _, d := range desks {
			d.waitFor("200 OK", patience)
		}
		one.calls("x", "desk") // two calls of a page at once
		one.hears("x", 1000)
		one.run("phone.hold('x', true)", nil)
		one.calls("y", "desk2")
		one.hears("y", 1500)
		var went string
		one.run("phone.attend('x', 'y')", &went) // and the desks are left to each other
		if went != "accepted" {
			t.Fatalf("the transfer: %s", went)
		}
		one.until("x", "over")
		one.until("y", "over")
		time.Sleep(3 * time.Second) // of their recordings
		for i, other := range []float64{1500, 1000} {
			desks[i].stop()
			if hz := loudest(desks[i].recorded()); hz != other {
				t.Errorf("phone %d heard %.0f Hz last, not %.0f", i+1, hz, other)
			}
		}
		b.quiet(t)
	})
	t.Run("a phone on a desk, and a page that is closed", func(t *testing.T) {
		tool(t, "baresip")
		desk := newBaresip(t, handset{user: "desk", secret: "sd", listen: "127.0.0.1:5095", registrar: "127.0.0.1:5970", hz: 1000,
			answer: "auto"})
		desk.waitFor("200 OK", patience)
		p := b.open(t, "jssip", "web2", "s2", 620)
		p.calls("h", "desk")
		p.hears("h", 1000)
		time.Sleep(2 * time.Second) // of its recording
		p.shut()
		b.quiet(t)
		desk.stop()
		s := desk.recorded()
		if len(s) < 16000 {
			t.Fatalf("the phone recorded %d samples", len(s))
		}
		best, level := 0.0, 0.0
		for i := 0; i+4000 <= len(s) && i < 40000; i += 4000 { // some of it lies before the page was heard
			if hz, l, share := tone(s[i : i+4000]); share > 0.8 && l > level {
				best, level = hz, l
			}
		}
		if best != 620 || level < 3000 {
			t.Errorf("the phone heard %.0f Hz, level %.0f", best, level)
		}
	})
}

// loudest is the tone of the last stretch of a recording that has one; 0 for none.
func loudest(s []float64) float64 {
	for to := len(s); to >= 4000; to -= 4000 {
		if hz, level, share := tone(s[to-4000 : to]); share > 0.8 && level > 1000 {
			return hz
		}
	}
	return 0
}

// relay stands between a page and the switchboard, and loses a third of the packets of DTLS.
type relay struct {
	near, far relayEnd // the page sends to near, the switchboard to far
	lost      atomic.Int64

	mu         sync.Mutex // guards all below
	page, home netip.AddrPort
	seen       int
}

type relayEnd struct{ *net.UDPConn }

func (e relayEnd) port() int { return e.LocalAddr().(*net.UDPAddr).Port }

func newRelay(t *testing.T) *relay {
	t.Helper()
	r := &relay{}
	for _, end := range []*relayEnd{&r.near, &r.far} {
		c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			t.Fatal(err)
		}
		end.UDPConn = c
		t.Cleanup(func() { c.Close() })
	}
	go r.carry(r.near, r.far, func(from netip.AddrPort) netip.AddrPort { r.page = from; return r.home })
	go r.carry(r.far, r.near, func(netip.AddrPort) netip.AddrPort { return r.page })
	return r
}

// lead says where the switchboard's media is.
func (r *relay) lead(port string) {
	n, _ := strconv.Atoi(port)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.home = netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), uint16(n))
}

// carry passes packets on; of those of DTLS (RFC 7983: 20 to 63) the first and every third is lost.
func (r *relay) carry(in, out relayEnd, to func(netip.AddrPort) netip.AddrPort) {
	for b := make([]byte, 2048); ; {
		n, from, err := in.ReadFromUDPAddrPort(b)
		if err != nil {
			return
		}
		r.mu.Lock()
		target, drop := to(from), false
		if n > 0 && b[0] >= 20 && b[0] <= 63 {
			drop = r.seen%3 == 0
			r.seen++
		}
		r.mu.Unlock()
		if drop {
			r.lost.Add(1)
		} else if target.IsValid() {
			out.WriteToUDPAddrPort(b[:n], target)
		}
	}
}
