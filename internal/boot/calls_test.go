package boot

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/channels/chansip"
	"obelisk/internal/sipstack"
	"obelisk/internal/testkit"

	"github.com/rs/zerolog"
)

var pbxAddr = netip.MustParseAddrPort("10.0.0.1:5060")

// world is a switchboard and phones on one in-memory network, all in one
// process and, under synctest, in virtual time.
type world struct {
	t   *testing.T
	net *testkit.Network
	sys *System
	dir string

	resolve chansip.Resolver
}

const baseSIP = `[general]
udpbindaddr=10.0.0.1:5060
context=public
alwaysauthreject=yes
disallow=all
allow=ulaw
allow=alaw
[phone](!)
type=friend
host=dynamic
context=inside
[1001](phone)
secret=one
callerid="Alice" <1001>
[1002](phone)
secret=two
[1003](phone)
secret=three
`

const baseExtensions = `[inside]
exten => 600,1,Answer()
same => n,Echo()
exten => _100X,1,Dial(SIP/${EXTEN},20)
same => n,NoOp(${DIALSTATUS})
exten => 700,1,Dial(SIP/1002&SIP/1003,20)
exten => 701,1,Busy()
exten => 702,1,Congestion()
exten => 703,1,Hangup()
exten => 704,1,Dial(SIP/1002,2)
same => n,Set(X=${DIALSTATUS})
same => n,Busy()
exten => 705,1,Progress()
same => n,Wait(1)
same => n,Answer()
same => n,Wait(30)
exten => 706,1,Dial(SIP/nobody)
exten => 707,1,Dial(SIP/1002)
exten => 9,1,Dial(SIP/trunk/${EXTEN})
[public]
exten => 600,1,Answer()
same => n,Wait(30)
`

func newWorld(t *testing.T, sip, extensions string, f testkit.Faults) *world {
	t.Helper()
	return newWorldOn(t, testkit.NewNetwork(f), sip, extensions)
}

func newWorldOn(t *testing.T, n *testkit.Network, sip, extensions string) *world {
	t.Helper()
	return newWorldFiles(t, n, map[string]string{"sip.conf": sip, "extensions.conf": extensions})
}

func newWorldWith(t *testing.T, files map[string]string) *world {
	t.Helper()
	return newWorldFiles(t, testkit.NewNetwork(testkit.Faults{}), files)
}

func newWorldFiles(t *testing.T, n *testkit.Network, files map[string]string) *world {
	t.Helper()
	return newWorldResolving(t, n, files, names)
}

func newWorldResolving(t *testing.T, n *testkit.Network, files map[string]string, resolve chansip.Resolver) *world {
	t.Helper()
	dir := t.TempDir()
	files["asterisk.conf"] = "[directories]\nastdbdir => " + dir + "/lib\nastlogdir => " + dir + "/log\nastrundir => " + dir + "/run\nastspooldir => " + dir + "/spool\nastdatadir => " + dir + "/data\n"
	if files["cdr.conf"] == "" {
		files["cdr.conf"] = "[csv]\nloguserfield=yes\n[general]\nunanswered=yes\n"
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	w := &world{t: t, net: n, dir: dir, resolve: resolve}
	w.start()
	return w
}

// write changes a file of the configuration.
func (w *world) write(name, text string) {
	w.t.Helper()
	if err := os.WriteFile(filepath.Join(w.dir, name), []byte(text), 0o644); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) start() {
	w.t.Helper()
	log := zerolog.Nop()
	if testing.Verbose() {
		log = zerolog.New(zerolog.ConsoleWriter{Out: os.Stderr, NoColor: true, TimeFormat: "05.000"}).With().Timestamp().Logger()
	}
	sys, err := Start(Options{ConfFile: filepath.Join(w.dir, "asterisk.conf"), Log: log, NoConsole: true, ListenUDP: w.net.Listen, Resolve: w.resolve})
	if err != nil {
		w.t.Fatal(err)
	}
	w.sys = sys
}

// names is a resolver that knows addresses, and a domain with two servers.
var names = chansip.Resolver{Addr: netip.ParseAddr, Services: func(p sipstack.Proto, domain string) []chansip.Service {
	if domain == "trunks.example" {
		return []chansip.Service{{Host: "10.0.0.50", Port: 5060}, {Host: "10.0.0.51", Port: 5062}}
	}
	return nil
}}

// stop ends the switchboard and checks that nothing is left of its calls.
func (w *world) stop() {
	w.t.Helper()
	w.sys.Stop("now")
	w.sys.Wait()
	if n := w.sys.Media().PortsInUse(); n != 0 {
		w.t.Errorf("%d RTP port pairs leaked", n)
	}
	if n, _, _ := w.sys.Core().Counts(); n != 0 {
		w.t.Errorf("%d channels leaked", n)
	}
}

func (w *world) phone(user, secret, addr string) *testkit.Phone {
	w.t.Helper()
	p, err := testkit.NewPhone(w.net.Listen, netip.MustParseAddrPort(addr), pbxAddr, user, secret)
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

// registered is a phone that has registered.
func (w *world) registered(user, secret, addr string) *testkit.Phone {
	w.t.Helper()
	p := w.phone(user, secret, addr)
	if status, _, err := p.Register(300); status != 200 {
		w.t.Fatalf("%s: registration answered %d, %v", user, status, err)
	}
	return p
}

func (w *world) cdr() string {
	b, _ := os.ReadFile(filepath.Join(w.dir, "log", "cdr-csv", "Master.csv"))
	return string(b)
}

func (w *world) verdict(id string) string {
	c := w.sys.Core().Book().Search(id)
	if c == nil {
		w.t.Fatalf("no call %s", id)
	}
	v, _, _ := c.Story()
	return v
}

func answered(t *testing.T, p *testkit.Phone) *testkit.Call {
	t.Helper()
	select {
	case c := <-p.Incoming:
		return c
	case <-time.After(10 * time.Second):
		t.Fatal("no call came in")
		return nil
	}
}

func TestTwoPhonesTalk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, baseSIP, baseExtensions, testkit.Faults{})
		a, b := w.registered("1001", "one", "10.0.0.11:5060"), w.registered("1002", "two", "10.0.0.12:5060")
		call := a.Dial("1002")
		in := answered(t, b)
		in.Ring()
		if !call.Wait("180", time.Second) {
			t.Fatal("no 180")
		}
		in.Answer()
		if !call.Wait("200", time.Second) || !in.Wait("ACK", time.Second) {
			t.Fatal("not connected")
		}
		if id := in.Invite().Get("Call-ID"); id == call.ID {
			t.Error("both legs have one Call-ID")
		}
		if from := in.Invite().Get("From"); !strings.HasPrefix(from, `"Alice" <sip:1001@10.0.0.1>;tag=as`) {
			t.Errorf("From %s", from)
		}
		call.Media.Tone(1000, time.Second)
		in.Media.Tone(440, time.Second)
		time.Sleep(1100 * time.Millisecond)
		if l := in.Media.Level(1000); l < 7000 || l > 8500 {
			t.Errorf("1 kHz at the callee: level %.0f", l)
		}
		if l := call.Media.Level(440); l < 7000 || l > 8500 {
			t.Errorf("440 Hz at the caller: level %.0f", l)
		}
		if s := call.Hangup(); s != 200 {
			t.Errorf("BYE answered %d", s)
		}
		if !in.Wait("BYE", time.Second) {
			t.Error("the callee got no BYE")
		}
		synctest.Wait()
		if v := w.verdict(call.ID); !strings.Contains(v, "was answered and lasted 1 s; SIP/1001-00000000 hung up") {
			t.Errorf("verdict: %s", v)
		}
		a.Close()
		b.Close()
		w.stop()
		if c := w.cdr(); !strings.Contains(c, `"","1001","1002","inside","""Alice"" <1001>","SIP/1001-00000000","SIP/1002-00000001","Dial","SIP/1002,20"`) || !strings.Contains(c, `,1,1,"ANSWERED","DOCUMENTATION"`) {
			t.Errorf("CDR: %s", c)
		}
	})
}
