// Package calls has whole calls: a switchboard with phones, providers, consoles and programs
// around it, all in one process, on a network in memory and in virtual time where the sockets
// allow. What one room does alone is tested beside its code.
package calls

import (
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"obelisk/channels/chansip/dnsmgr"
	"obelisk/internal/boot"
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
	sys *boot.System
	dir string

	resolve dnsmgr.Resolver
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

func newWorldResolving(t *testing.T, n *testkit.Network, files map[string]string, resolve dnsmgr.Resolver) *world {
	t.Helper()
	w := prepared(t, n, files, resolve)
	w.start(nil)
	return w
}

// prepared is a switchboard that is not started yet.
func prepared(t *testing.T, n *testkit.Network, files map[string]string, resolve dnsmgr.Resolver) *world {
	t.Helper()
	dir := t.TempDir()
	files["asterisk.conf"] = "[directories]\nastdbdir => " + dir + "/lib\nastlogdir => " + dir + "/log\nastrundir => " + dir +
		"/run\nastspooldir => " + dir + "/spool\nastdatadir => " + dir + "/data\n"
	if files["cdr.conf"] == "" {
		files["cdr.conf"] = "[csv]\nloguserfield=yes\n[general]\nunanswered=yes\n"
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return &world{t: t, net: n, dir: dir, resolve: resolve}
}

// write changes a file of the configuration.
func (w *world) write(name, text string) {
	w.t.Helper()
	if err := os.WriteFile(filepath.Join(w.dir, name), []byte(text), 0o644); err != nil {
		w.t.Fatal(err)
	}
}

// start starts the switchboard; change, where it is not nil, changes how.
func (w *world) start(change func(*boot.Options)) {
	w.t.Helper()
	log := zerolog.Nop()
	if testing.Verbose() {
		log = zerolog.New(zerolog.ConsoleWriter{Out: os.Stderr, NoColor: true, TimeFormat: "05.000"}).With().Timestamp().Logger()
	}
	opt := boot.Options{ConfFile: filepath.Join(w.dir, "asterisk.conf"), Log: log, NoConsole: true, ListenUDP: w.net.Listen,
		Resolve: w.resolve, SoundHomes: []string{}}
	if change != nil {
		change(&opt)
	}
	sys, err := boot.Start(opt)
	if err != nil {
		w.t.Fatal(err)
	}
	w.sys = sys
}

// restart stops the switchboard and starts it in another way.
func (w *world) restart(change func(*boot.Options)) {
	w.t.Helper()
	w.stop()
	w.start(change)
}

// names is a resolver that knows addresses, and a domain with two servers.
var names = dnsmgr.Resolver{Addr: netip.ParseAddr, Services: func(p sipstack.Proto, domain string) []dnsmgr.Service {
	if domain == "trunks.example" {
		return []dnsmgr.Service{{Host: "10.0.0.50", Port: 5060}, {Host: "10.0.0.51", Port: 5062}}
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
