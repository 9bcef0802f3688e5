package chansip

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"obelisk/internal/config"
)

func compile(t *testing.T, text string) (*Directory, []string) {
	t.Helper()
	f, err := config.Load(config.FS{FS: fstest.MapFS{"sip.conf": {Data: []byte(text)}}}, "sip.conf", config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	d, diags := Compile(f, func(h string) (netip.Addr, error) {
		if h == "provider.example" {
			return netip.MustParseAddr("192.0.2.1"), nil
		}
		return netip.ParseAddr(h)
	}, "")
	var out []string
	for _, x := range append(f.Diags, diags...) {
		out = append(out, x.String())
	}
	return d, out
}

// The quirks of sections 1.4, 1.5 and 12 of the reference.
func TestCompileAsChanSIP(t *testing.T) {
	d, diags := compile(t, `[general]
context=one
disallow=all
allow=alaw
[general]
context=two
[tpl](!)
type=friend
host=dynamic
disallow=all
allow=ulaw
setvar=A=1
[a](tpl)
type=peer
allow=g729
setvar=A=2
setvar=B=3
[b]
type=peer
host=provider.example
port=5080
[b]
type=peer
defaultuser=me
[B]
type=user
[gone]
type=peer
host=nowhere.example
[noacl]
type=friend
deny=what
`)
	if d.Context != "one" {
		t.Errorf("context %s: the second [general] counts", d.Context)
	}
	a := d.Lookup("a")
	if !a.IsUser || !a.IsPeer || a.CodecList() != "(ulaw|g729)" || fmt.Sprint(a.SetVars) != "[[A 2] [B 3]]" {
		t.Errorf("a: %+v", a)
	}
	b := d.Lookup("b")
	if b.Addr != netip.MustParseAddrPort("192.0.2.1:5080") || b.DefaultUser != "me" || b.CodecList() != "(alaw)" || b.Context != "one" {
		t.Errorf("b: %+v", b)
	}
	if d.Lookup("B") == nil || d.Lookup("gone") != nil || d.Lookup("noacl") != nil || len(d.Peers) != 3 {
		t.Errorf("peers: %v", d.names())
	}
	if s := strings.Join(diags, "\n"); !strings.Contains(s, "sip.conf:29: ERROR: srvlookup failed for host: nowhere.example, on peer gone, removing peer") ||
		!strings.Contains(s, "sip.conf:32: WARNING: deny: 'what' is not an address or network; peer 'noacl' is left out") || len(diags) != 2 {
		t.Error(s)
	}
}

func TestOptionValues(t *testing.T) {
	peer := func(lines string) *Peer {
		t.Helper()
		d, _ := compile(t, "[general]\nqualify=700\n[p]\ntype=friend\nhost=dynamic\n"+lines+"\n")
		return d.Lookup("p")
	}
	for lines, ok := range map[string]func(*Peer) bool{
		"nat=no":                           func(p *Peer) bool { return p.NAT == natMode{} },
		"nat=force_rport,comedia":          func(p *Peer) bool { return p.NAT == natMode{ForceRport: true, Comedia: true} },
		"nat=force_rport,auto_force_rport": func(p *Peer) bool { return p.NAT == natMode{AutoForceRport: true} },
		"nat=yes":                          func(p *Peer) bool { return p.NAT == natMode{ForceRport: true, Comedia: true} },
		"":                                 func(p *Peer) bool { return p.NAT == natMode{AutoForceRport: true} && p.Qualify == 700*time.Millisecond },
		"qualify=yes":                      func(p *Peer) bool { return p.Qualify == 700*time.Millisecond },
		"qualify=no":                       func(p *Peer) bool { return p.Qualify == 0 },
		"insecure=port,invite":             func(p *Peer) bool { return p.Insecure == insecure{true, true} },
		"insecure=very":                    func(p *Peer) bool { return p.Insecure == insecure{} },
		"username=x":                       func(p *Peer) bool { return p.DefaultUser == "x" },
		"callerid=\"A B\" <12>":            func(p *Peer) bool { return p.CallerID.Name == "A B" && p.CallerID.Num == "12" },
		"disallow=all\nallow=!all,alaw:30": func(p *Peer) bool { return p.CodecList() == "(alaw)" && p.Ptime[p.Codecs[0]] == 30 },
		"dtmfmode=what":                    func(p *Peer) bool { return p.DTMF == dtmfRFC2833 },
		"auth=u:s@realm":                   func(p *Peer) bool { return p.Auth[0] == authLine{User: "u", Secret: "s", Realm: "realm"} },
		"fromdomain=itsp.example:5070":     func(p *Peer) bool { return p.FromDomain == "itsp.example" && p.FromPort == 5070 },
		"transport=tcp,udp":                func(p *Peer) bool { return p.TransportList() == "TCP,UDP" },
	} {
		if p := peer(lines); p == nil || !ok(p) {
			t.Errorf("%q: %+v", lines, p)
		}
	}
}

// Every option of the table either does something or says that it does not.
func TestEveryOptionIsAccountedFor(t *testing.T) {
	seen := map[string]bool{}
	for _, o := range Options() {
		for _, n := range append([]string{o.Name}, o.Aliases...) {
			if seen[n] {
				t.Errorf("%s is in the table twice", n)
			}
			seen[n] = true
		}
		if (o.status == done) != (o.set != nil) {
			t.Errorf("%s is %s, setter: %v", o.Name, o.Status(), o.set != nil)
		}
	}
	if len(seen) < 200 {
		t.Errorf("only %d names", len(seen))
	}
}

func TestExternAddr(t *testing.T) {
	d, _ := compile(t, "[general]\nexternaddr=203.0.113.9\nlocalnet=10.0.0.0/8\n")
	f := sipFlow("10.0.0.1:5060", "198.51.100.1:5060")
	if a := d.advertised(f); a.String() != "203.0.113.9:5060" {
		t.Errorf("outside: %v", a)
	}
	if a := d.advertised(sipFlow("10.0.0.1:5060", "10.2.3.4:5060")); a.String() != "10.0.0.1:5060" {
		t.Errorf("inside: %v", a)
	}
}

func BenchmarkCompile10000Peers(b *testing.B) {
	var text strings.Builder
	text.WriteString("[general]\ncontext=x\n")
	for i := range 10000 {
		fmt.Fprintf(&text, "[u%05d]\ntype=friend\nhost=dynamic\nsecret=pw%05d\ncontext=perf\ndisallow=all\nallow=ulaw\n", i, i)
	}
	src := config.FS{FS: fstest.MapFS{"sip.conf": {Data: []byte(text.String())}}}
	b.ReportAllocs()
	for b.Loop() {
		f, err := config.Load(src, "sip.conf", config.Options{})
		if err != nil {
			b.Fatal(err)
		}
		Compile(f, SystemResolver, "")
	}
}
