package calls

import (
	"bytes"
	"errors"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/channels/chansip/dnsmgr"
	"obelisk/internal/boot"
	"obelisk/internal/sipstack"
	"obelisk/internal/testkit"

	"github.com/rs/zerolog"
)

// nameServer answers as it is told to meanwhile.
type nameServer struct {
	mu    sync.Mutex
	known map[string]string // "" hangs until over
	asked map[string]int
	over  chan struct{}
}

func newNameServer() *nameServer {
	return &nameServer{known: map[string]string{}, asked: map[string]int{}, over: make(chan struct{})}
}

func (n *nameServer) set(host, addr string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.known[host] = addr
}

func (n *nameServer) count(host string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.asked[host]
}

func (n *nameServer) resolver() dnsmgr.Resolver {
	return dnsmgr.Resolver{Addr: func(host string) (netip.Addr, error) {
		if a, err := netip.ParseAddr(host); err == nil {
			return a, nil
		}
		n.mu.Lock()
		n.asked[host]++
		a, ok := n.known[host]
		n.mu.Unlock()
		switch {
		case ok && a == "":
			<-n.over
			return netip.Addr{}, errors.New("it never answered")
		case !ok:
			return netip.Addr{}, errors.New("no such host")
		}
		a, slow := strings.CutPrefix(a, "slow ")
		if slow {
			time.Sleep(2 * time.Second)
		}
		return netip.ParseAddr(a)
	}, Services: func(_ sipstack.Proto, domain string) []dnsmgr.Service {
		if domain == "services.example" {
			return []dnsmgr.Service{{Host: "srv.example", Port: 5070}}
		}
		return nil
	}}
}

func inNamedWorld(t *testing.T, sip, extensions string, f func(*world, *nameServer)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		n := newNameServer()
		n.set("hangs.example", "")
		begun := time.Now()
		w := newWorldResolving(t, testkit.NewNetwork(testkit.Faults{}), map[string]string{"sip.conf": sip, "extensions.conf": extensions},
			n.resolver())
		if took := time.Since(begun); took > 2*time.Second {
			t.Errorf("the start took %v", took)
		}
		f(w, n)
		close(n.over)
		w.stop()
	})
}

// A peer whose name has no address stays, without one, and is looked up with growing pauses
// until it has; then it is one of the peers that calls come from. It keeps its address when
// the name is gone.
func TestPeerOfANameThatIsFoundLater(t *testing.T) {
	inNamedWorld(t, baseSIP+"[trunk]\ntype=peer\nhost=late.example\nqualify=yes\ninsecure=port,invite\ncontext=inside\n[dead]\ntype=peer\n"+
		"host=hangs.example\n"+
		"[literal]\ntype=peer\nhost=10.0.0.60\nport=5099\ncontext=inside\ninsecure=port,invite\n", baseExtensions,
		func(w *world, n *nameServer) {
			if got := w.console("sip show peers"); strings.Count(got, "(Unspecified)") != 5 || !strings.Contains(got, "trunk") ||
				!strings.Contains(got, "dead") {
				t.Errorf("at the start:\n%s", got)
			}
			if w.sys.Driver().Known(netip.MustParseAddr("10.0.0.60")) == false || w.sys.Driver().Known(netip.MustParseAddr("10.0.0.50")) {
				t.Error("addresses of peers at the start")
			}
			time.Sleep(20 * time.Second)
			if c := n.count("late.example"); c < 4 || c > 7 {
				t.Errorf("looked up %d times in 20 s", c)
			}
			n.set("late.example", "10.0.0.50")
			time.Sleep(20 * time.Second)
			if got := w.console("sip show peer trunk"); !strings.Contains(got, "10.0.0.50:5060") ||
				!w.sys.Driver().Known(netip.MustParseAddr("10.0.0.50")) {
				t.Errorf("it is not found:\n%s", got)
			}
			before := n.count("late.example")
			time.Sleep(5 * time.Minute)
			if c := n.count("late.example"); c != before {
				t.Errorf("looked up %d times more once it was found", c-before)
			}
			n.set("late.example", "")
			begun := time.Now()
			if err := w.sys.Reload("sip"); err != nil || time.Since(begun) > time.Second {
				t.Errorf("reload: %v after %v", err, time.Since(begun))
			}
			if got := w.console("sip show peer trunk"); !strings.Contains(got, "10.0.0.50:5060") {
				t.Errorf("it has lost its address:\n%s", got)
			}
		})
}

// Names that hang or do not resolve neither refuse a reload nor delay it, wherever they stand.
func TestReloadWithNames(t *testing.T) {
	const general = "[general]\nudpbindaddr=10.0.0.1:5060\noutboundproxy=hangs.example\nexternhost=hangs.example\nlocalnet=10.0.0.0/8\n" +
		"register => u:s@hangs.example\nregister => u:s@no.example\nmwi => u:s@hangs.example/1\n"
	inNamedWorld(t, general, baseExtensions, func(w *world, n *nameServer) {
		var more strings.Builder
		for _, x := range []string{"a", "b", "c", "d", "e", "f"} {
			n.set(x+".example", "")
			more.WriteString("[" + x + "]\ntype=peer\nhost=" + x + ".example\n[no" + x + "]\ntype=peer\nhost=no" + x + ".example\n")
		}
		w.write("sip.conf", strings.Replace(general, "externhost=", "externaddr=", 1)+more.String())
		begun := time.Now()
		if err := w.sys.Reload(""); err != nil || time.Since(begun) > 2*time.Second {
			t.Errorf("%v after %v", err, time.Since(begun))
		}
		if got := w.console("sip show peers"); !strings.Contains(got, "12 sip peers") {
			t.Errorf("%s", got)
		}
	})
}

// With dnsmgr.conf names are looked up again and again, and a provider that moves is
// followed.
func TestNamesThatMove(t *testing.T) {
	inNamedWorld(t, baseSIP+"[trunk]\ntype=peer\nhost=moves.example\n", baseExtensions, func(w *world, n *nameServer) {
		n.set("moves.example", "10.0.0.50")
		w.write("dnsmgr.conf", "[general]\nenable=yes\nrefreshinterval=60\n")
		if err := w.sys.Reload(""); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		n.set("moves.example", "10.0.0.51")
		time.Sleep(30 * time.Second)
		if !w.sys.Driver().Known(netip.MustParseAddr("10.0.0.50")) {
			t.Error("it is not at its first address")
		}
		time.Sleep(40 * time.Second)
		if w.sys.Driver().Known(netip.MustParseAddr("10.0.0.50")) || !w.sys.Driver().Known(netip.MustParseAddr("10.0.0.51")) {
			t.Error("it has moved, and nobody has followed")
		}
	})
}

// A call to a name that hangs does not keep the others waiting; one to a name that is found
// slowly is sent then; one to a name that does not exist is refused.
func TestDialToNames(t *testing.T) {
	const extensions = baseExtensions + "[inside](+)\nexten => 800,1,Dial(SIP/x@hangs.example&SIP/1002,20)\nexten => " +
		"801,1,Dial(SIP/x@no.example,20)\nsame => n,Busy()\n" +
		"exten => 802,1,Dial(SIP/hanging,20)\nsame => n,Set(S=${DIALSTATUS})\nsame => n,Congestion()\nexten => " +
		"803,1,Dial(SIP/x@slow.example,20)\nexten => 804,1,Dial(SIP/proxied/5,20)\nexten => 805,1,Dial(SIP/x@slow2.example,20)\n"
	inNamedWorld(t, baseSIP+"[hanging]\ntype=peer\nhost=hangs.example\n[proxied]\ntype=peer\nhost=no.example\noutboundproxy=10.0.0.13\n",
		extensions, func(w *world, n *nameServer) {
			a, b := w.registered("1001", "one", "10.0.0.11:5060"), w.registered("1002", "two", "10.0.0.12:5060")
			defer a.Close()
			defer b.Close()
			begun := time.Now()
			call := a.Dial("800")
			in := answered(t, b)
			if took := time.Since(begun); took > 500*time.Millisecond {
				t.Errorf("the second rings after %v", took)
			}
			in.Answer()
			if !call.Wait("200", time.Second) || call.Hangup() != 200 {
				t.Error("not connected")
			}
			if call = a.Dial("801"); !call.Wait("486", time.Second) {
				t.Error("a name that does not exist")
			}
			begun = time.Now()
			if call = a.Dial("802"); !call.Wait("503", 10*time.Second) || time.Since(begun) > 6*time.Second {
				t.Errorf("a peer whose name hangs: %v", time.Since(begun))
			}
			c := w.phone("x", "", "10.0.0.13:5060")
			defer c.Close()
			n.set("slow.example", "slow 10.0.0.13")
			begun = time.Now()
			call = a.Dial("803")
			in = answered(t, c)
			if took := time.Since(begun); took < 2*time.Second || took > 3*time.Second {
				t.Errorf("a name that is found slowly: %v", took)
			}
			if contact := in.Invite().Get("Contact"); contact != "<sip:1001@10.0.0.1:5060>" || !strings.Contains(in.Invite().Get("Via"),
				"10.0.0.1:5060") {
				t.Errorf("Contact %s", contact)
			}
			in.Answer()
			if !call.Wait("200", time.Second) || call.Hangup() != 200 {
				t.Error("not connected")
			}
			n.set("slow2.example", "slow 10.0.0.13")
			call = a.Dial("805") // who hangs up meanwhile
			time.Sleep(time.Second)
			call.Cancel()
			time.Sleep(5 * time.Second)
			if n, _, _ := w.sys.Core().Counts(); n != 0 {
				t.Errorf("%d channels left", n)
			}
			call = a.Dial("804")
			if in = answered(t, c); in == nil {
				t.Fatal("not by the proxy")
			}
			in.Answer()
			if !call.Wait("200", time.Second) || call.Hangup() != 200 {
				t.Error("not connected by the proxy")
			}
			time.Sleep(time.Minute)
		})
}

// A register line goes on by itself, as soon as its name is found.
func TestRegistrationOfANameThatIsFoundLater(t *testing.T) {
	inNamedWorld(t, "[general]\nudpbindaddr=10.0.0.1:5060\nregister => u:s@late.example\nregister => v:s@services.example\nregister => "+
		"p?w:s@never.example\nmwi => u:s@late.example/1\n[p]\ntype=peer\nhost=never.example\n", baseExtensions, func(w *world, n *nameServer) {
		r := &registrarOf{list: []string{granted}, from: time.Now()}
		for _, at := range []string{"10.0.0.50:5060", "10.0.0.51:5070"} {
			itsp := w.phone("x", "", at)
			itsp.Serve = r.serve
			defer itsp.Close()
		}
		time.Sleep(5 * time.Second)
		if got := w.console("sip show registry"); strings.Count(got, "Request Sent") != 2 || strings.Count(got, "Unregistered") != 1 ||
			len(r.messages()) != 0 {
			t.Errorf("before:\n%s", got)
		}
		n.set("late.example", "10.0.0.50")
		n.set("srv.example", "10.0.0.51")
		time.Sleep(9 * time.Second)
		if got := w.console("sip show registry"); strings.Count(got, " Registered ") != 2 {
			t.Errorf("once it is found:\n%s", got)
		}
	})
}

// Each file that cannot be read costs, at the start, what is in it: all else is there. A
// reload is refused.
func TestBrokenFiles(t *testing.T) {
	files := map[string]string{"sip.conf": baseSIP, "extensions.conf": baseExtensions, "manager.conf": "[general]\nenabled=no\n",
		"acl.conf": "[a]\ndeny=0.0.0.0/0\n", "users.conf": "[general]\n", "sip_notify.conf": "[x]\nEvent=>y\n", "rtp.conf": "[general]\n",
		"http.conf": "[general]\n", "logger.conf": "[general]\n", "cdr.conf": "[general]\n", "cdr_custom.conf": "[mappings]\n",
		"cdr_manager.conf": "[general]\n", "cdr_sqlite3_custom.conf": "[master]\n", "cdr_pgsql.conf": "[x]\n", "cel.conf": "[general]\n",
		"cel_custom.conf": "[mappings]\n", "extconfig.conf": "[settings]\n", "musiconhold.conf": "[general]\n",
		"indications.conf": "[general]\n", "features.conf": "[general]\n", "prometheus.conf": "[general]\n", "dnsmgr.conf": "[general]\n",
		"hep.conf": "[general]\n", "cli_permissions.conf": "[general]\n"}
	spoilt := map[string]func(path string) error{
		"no section": func(path string) error { return os.WriteFile(path, []byte("==== phones ====\n[general]\n"), 0o600) },
		"a folder":   func(path string) error { return errors.Join(os.Remove(path), os.Mkdir(path, 0o700)) },
		"binary": func(path string) error {
			return os.WriteFile(path, bytes.Repeat([]byte("\x00\xff[\x7f\n="), 200), 0o600)
		},
	}
	for name := range files {
		for how, spoil := range spoilt {
			t.Run(name+", "+how, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					dir := t.TempDir()
					conf := "[directories]\nastdbdir => " + dir + "/lib\nastlogdir => " + dir + "/log\nastrundir => " + dir + "/run\nastspooldir => " +
						dir + "/spool\nastdatadir => " + dir + "/data\n"
					os.WriteFile(filepath.Join(dir, "asterisk.conf"), []byte(conf), 0o600)
					for f, text := range files {
						os.WriteFile(filepath.Join(dir, f), []byte(text), 0o600)
					}
					if err := spoil(filepath.Join(dir, name)); err != nil {
						t.Fatal(err)
					}
					var log syncBuffer
					net := testkit.NewNetwork(testkit.Faults{})
					sys, err := boot.Start(boot.Options{ConfFile: filepath.Join(dir, "asterisk.conf"), Log: zerolog.New(&log),
						NoConsole: name != "cli_permissions.conf", ListenUDP: net.Listen, Resolve: names})
					if err != nil {
						t.Fatal(err)
					}
					w := &world{t: t, net: net, sys: sys, dir: dir}
					defer w.stop()
					if text := log.String(); !strings.Contains(text, `"level":"error"`) || !strings.Contains(text, name) {
						t.Errorf("the log does not tell:\n%s", text)
					}
					if got := strings.Contains(w.console("dialplan show inside"), "600"); got != (name != "extensions.conf") {
						t.Errorf("a dialplan: %v", got)
					}
					if got := w.sys.Driver() != nil; got != (name != "sip.conf") {
						t.Errorf("chan_sip: %v", got)
					}
					err = w.sys.Reload("")
					if refused := name != "cli_permissions.conf"; (err != nil) != refused { // that is read at the start alone
						t.Errorf("reload: %v", err)
					}
				})
			})
		}
	}
}

// syncBuffer is a buffer for several writers.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// taken is a TCP port that somebody listens at already.
func taken(t *testing.T) (addr string, free func()) {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l.Addr().String(), func() { l.Close() }
}

func dials(addr string) bool {
	c, err := net.DialTimeout("tcp", addr, 2*time.Second)
	if err == nil {
		c.Close()
	}
	return err == nil
}

// A port that is taken costs that listener, whichever it is, and is opened by a reload once
// it is free. Certificates likewise.
func TestListenersThatCannotBeOpened(t *testing.T) {
	var free []func()
	var ports []string
	for range 6 {
		a, f := taken(t)
		ports, free = append(ports, a), append(free, f)
	}
	dir := t.TempDir()
	cert, key, err := testkit.Certificate(t.TempDir(), "pbx.example")
	if err != nil {
		t.Fatal(err)
	}
	pem := filepath.Join(dir, "pair.pem")
	part := func(a string) (host, port string) { host, port, _ = net.SplitHostPort(a); return }
	_, web := part(ports[2])
	_, manager := part(ports[4])
	w := newWorldWith(t, map[string]string{
		"sip.conf": "[general]\nudpbindaddr=10.0.0.1:5060\ntcpenable=yes\ntcpbindaddr=" + ports[0] + "\ntlsenable=yes\ntlsbindaddr=" +
			ports[1] + "\ntlscertfile=" + pem + "\n",
		"extensions.conf": baseExtensions,
		"http.conf": "[general]\nenabled=yes\nbindaddr=127.0.0.1\nbindport=" + web + "\ntlsenable=yes\ntlsbindaddr=" + ports[3] +
			"\ntlscertfile=" + pem + "\n",
		"manager.conf": "[general]\nenabled=yes\nbindaddr=127.0.0.1\nport=" + manager + "\ntlsenable=yes\ntlsbindaddr=" + ports[5] +
			"\ntlscertfile=" + pem + "\n"})
	defer w.stop()
	for _, f := range free {
		f()
	}
	reload := func() {
		t.Helper()
		if err := w.sys.Reload(""); err != nil {
			t.Fatal(err)
		}
	}
	state := func() (out string) {
		for _, a := range ports {
			out += map[bool]string{true: "x", false: "-"}[dials(a)]
		}
		return out
	}
	if got := state(); got != "------" {
		t.Errorf("at the start: %s", got)
	}
	if reload(); state() != "x-x-x-" {
		t.Errorf("without a certificate: %s", state())
	}
	both, _ := os.ReadFile(cert)
	more, _ := os.ReadFile(key)
	os.WriteFile(pem, append(both, more...), 0o600)
	if reload(); state() != "xxxxxx" {
		t.Errorf("with a certificate: %s", state())
	}
	os.Remove(pem)
	if reload(); state() != "xxxxxx" {
		t.Errorf("the certificate is gone: %s", state())
	}
	w.write("http.conf", "[general]\nenabled=no\n")
	w.write("manager.conf", "[general]\nenabled=no\n")
	w.write("sip.conf", "[general]\nudpbindaddr=10.0.0.1:5060\n")
	if reload(); state() != "------" {
		t.Errorf("switched off: %s", state())
	}
}

// Without UDP the rest runs, and a reload opens it; where nothing else serves, there is no start.
func TestUDPThatCannotBeOpened(t *testing.T) {
	n := testkit.NewNetwork(testkit.Faults{})
	missing := true
	listen := func(a netip.AddrPort) (net.PacketConn, error) {
		if missing && a.Port() == 5060 {
			return nil, errors.New("cannot assign requested address")
		}
		return n.Listen(a)
	}
	start := func(sip string) (*boot.System, string, error) {
		dir := t.TempDir()
		os.WriteFile(filepath.Join(dir, "asterisk.conf"),
			[]byte("[directories]\nastdbdir => "+dir+"/lib\nastlogdir => "+dir+"/log\nastrundir => "+dir+"/run\nastspooldir => "+dir+"/spool\n"),
			0o600)
		os.WriteFile(filepath.Join(dir, "sip.conf"), []byte(sip), 0o600)
		os.WriteFile(filepath.Join(dir, "extensions.conf"), []byte(baseExtensions), 0o600)
		sys, err := boot.Start(boot.Options{ConfFile: filepath.Join(dir, "asterisk.conf"), Log: zerolog.Nop(), NoConsole: true,
			SoundHomes: []string{}, ListenUDP: listen, Resolve: names})
		return sys, dir, err
	}
	if _, _, err := start(baseSIP); err == nil ||
		!strings.Contains(err.Error(), "sip.conf:2: SIP over UDP cannot listen on 10.0.0.1:5060, and nothing else is served") {
		t.Errorf("alone: %v", err)
	}
	sys, dir, err := start(strings.Replace(baseSIP, "[general]\n", "[general]\ntcpenable=yes\ntcpbindaddr=127.0.0.1:0\n", 1))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, net: n, sys: sys, dir: dir}
	defer w.stop()
	if !dials(sys.Stack().LocalStream(sipstack.TCP).String()) {
		t.Error("TCP does not listen")
	}
	if a := sys.Stack().Local(); a != sys.Stack().LocalStream(sipstack.TCP) {
		t.Errorf("we are at %v", a)
	}
	missing = false
	if err := sys.Reload("sip"); err != nil {
		t.Fatal(err)
	}
	w.registered("1001", "one", "10.0.0.11:5060").Close()
}
