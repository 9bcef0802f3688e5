package sipconf

import (
	"crypto/tls"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"obelisk/channels/chansip/dnsmgr"
	"obelisk/internal/auth"
	"obelisk/internal/config"
	"obelisk/internal/rawnet"
	"obelisk/internal/sipstack"
)

// testNames knows two providers, one of them by SRV records.
var testNames = dnsmgr.Resolver{
	Addr: func(h string) (netip.Addr, error) {
		if a, ok := map[string]string{"provider.example": "192.0.2.1", "one.trunks.example": "192.0.2.11",
			"two.trunks.example": "192.0.2.12"}[h]; ok {
			h = a
		}
		return netip.ParseAddr(h)
	},
	Services: func(p sipstack.Proto, domain string) []dnsmgr.Service {
		if domain == "trunks.example" && p == sipstack.UDP {
			return []dnsmgr.Service{{Host: "one.trunks.example", Port: 5070}, {Host: "gone.trunks.example", Port: 5060},
				{Host: "two.trunks.example", Port: 5080}}
		}
		return nil
	},
}

func compile(t testing.TB, text string) (*Directory, []string) {
	t.Helper()
	f, err := config.Load(config.FS{FS: fstest.MapFS{"sip.conf": {Data: []byte(text)}}}, "sip.conf", config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	d, diags := Compile(f, Surroundings{Names: dnsmgr.New(testNames),
		ACLs: map[string]auth.ACL{"office": {{Net: netip.MustParsePrefix("0.0.0.0/0")},
			{Allow: true, Net: netip.MustParsePrefix("10.0.0.0/8")}}}})
	diags = append(diags, d.Settle()...)
	var out []string
	for _, x := range append(f.Diags, diags...) {
		out = append(out, x.String())
	}
	return d, out
}

func sipFlow(local, remote string) sipstack.Flow {
	return sipstack.Flow{Local: netip.MustParseAddrPort(local), Remote: netip.MustParseAddrPort(remote)}
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
	if b.Addr() != netip.MustParseAddrPort("192.0.2.1:5080") || b.DefaultUser != "me" || b.CodecList() != "(alaw)" || b.Context != "one" {
		t.Errorf("b: %+v", b)
	}
	if d.Lookup("B") == nil || d.Lookup("gone").Addr().IsValid() || d.Lookup("noacl") != nil || len(d.Peers) != 4 {
		t.Errorf("peers: %v", d.PeerNames())
	}
	if s := strings.Join(diags, "\n"); !strings.Contains(s,
		"sip.conf:29: WARNING: host 'nowhere.example' of 'gone' has no address yet, and is looked up again") ||
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
		"nat=no":                           func(p *Peer) bool { return p.NAT == NATMode{} },
		"nat=force_rport,comedia":          func(p *Peer) bool { return p.NAT == NATMode{ForceRport: true, Comedia: true} },
		"nat=force_rport,auto_force_rport": func(p *Peer) bool { return p.NAT == NATMode{AutoForceRport: true} },
		"nat=yes":                          func(p *Peer) bool { return p.NAT == NATMode{ForceRport: true, Comedia: true} },
		"": func(p *Peer) bool {
			return p.NAT == NATMode{AutoForceRport: true} && p.Qualify == 700*time.Millisecond
		},
		"qualify=yes":                      func(p *Peer) bool { return p.Qualify == 700*time.Millisecond },
		"qualify=no":                       func(p *Peer) bool { return p.Qualify == 0 },
		"insecure=port,invite":             func(p *Peer) bool { return p.Insecure == InsecureMode{true, true} },
		"insecure=very":                    func(p *Peer) bool { return p.Insecure == InsecureMode{} },
		"username=x":                       func(p *Peer) bool { return p.DefaultUser == "x" },
		"callerid=\"A B\" <12>":            func(p *Peer) bool { return p.CallerID.Name == "A B" && p.CallerID.Num == "12" },
		"disallow=all\nallow=!all,alaw:30": func(p *Peer) bool { return p.CodecList() == "(alaw)" && p.Ptime[p.Codecs[0]] == 30 },
		"dtmfmode=what":                    func(p *Peer) bool { return p.DTMF == DTMFRFC2833 },
		"auth=u:s@realm":                   func(p *Peer) bool { return p.Auth[0] == AuthLine{User: "u", Secret: "s", Realm: "realm"} },
		"fromdomain=itsp.example:5070":     func(p *Peer) bool { return p.FromDomain == "itsp.example" && p.FromPort == 5070 },
		"transport=ws,udp":                 func(p *Peer) bool { return p.TransportList() == "UDP,WS" && p.PrimaryTransport() == "WS" },
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
		if o.status == done && o.set == nil {
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
	if a := d.Advertised(f); a.String() != "203.0.113.9:5060" {
		t.Errorf("outside: %v", a)
	}
	if a := d.Advertised(sipFlow("10.0.0.1:5060", "10.2.3.4:5060")); a.String() != "10.0.0.1:5060" {
		t.Errorf("inside: %v", a)
	}
}

// matchexternaddrlocally: externaddr is for an address of ours in localnet only.
func TestExternAddrOfALocalAddress(t *testing.T) {
	for option, want := range map[string]string{"": "203.0.113.9:5060", "matchexternaddrlocally=yes": "198.51.100.2:5060",
		"matchexterniplocally=yes": "198.51.100.2:5060"} {
		d, _ := compile(t, "[general]\nexternaddr=203.0.113.9\nlocalnet=10.0.0.0/8\n"+option+"\n")
		if a := d.Advertised(sipFlow("198.51.100.2:5060", "198.51.100.1:5060")); a.String() != want {
			t.Errorf("%q: %v", option, a)
		}
	}
}

func TestExternPorts(t *testing.T) {
	d, _ := compile(t, "[general]\nexternaddr=203.0.113.9:5070\nexterntcpport=5071\nexterntlsport=5072\nlocalnet=10.0.0.0/8\n")
	for p, want := range map[sipstack.Proto]string{sipstack.UDP: "203.0.113.9:5070", sipstack.TCP: "203.0.113.9:5071",
		sipstack.TLS: "203.0.113.9:5072"} {
		f := sipFlow("10.0.0.1:5060", "198.51.100.1:5060")
		f.Proto = p
		if a := d.Advertised(f); a.String() != want {
			t.Errorf("%s: %v, want %s", p, a, want)
		}
	}
}

// SRV records give the ways to a name without a port; each of their addresses is
// the peer's for what comes in.
func TestServiceRecords(t *testing.T) {
	const peer = "[p]\ntype=peer\n"
	for lines, want := range map[string]string{
		"[general]\n" + peer + "host=trunks.example\n":                          "192.0.2.11:5070 192.0.2.12:5080",
		"[general]\n" + peer + "host=provider.example\n":                        "192.0.2.1:5060",
		"[general]\n" + peer + "host=provider.example\nport=5062\n":             "192.0.2.1:5062",
		"[general]\n" + peer + "host=192.0.2.9\n":                               "192.0.2.9:5060",
		"[general]\ntlsenable=yes\n" + peer + "transport=tls\nhost=192.0.2.9\n": "192.0.2.9:5061",
	} {
		d, _ := compile(t, lines)
		var got []string
		for _, h := range d.Lookup("p").HostEntry.Targets() {
			got = append(got, h.Addr.String())
			if found := d.StaticPeers(h.Addr.Addr()); len(found) != 1 || found[0].Name != "p" {
				t.Errorf("%q: %v is not the peer's", lines, h.Addr)
			}
		}
		if text := strings.Join(got, " "); text != want {
			t.Errorf("%q: %s, want %s", lines, text, want)
		}
	}
	for lines, want := range map[string]string{
		"[general]\nsrvlookup=no\n" + peer + "host=trunks.example\n": "host 'trunks.example' of 'p' has no address yet",
		"[general]\n" + peer + "host=trunks.example\nport=5060\n":    "host 'trunks.example' of 'p' has no address yet",
	} {
		if d, diags := compile(t, lines); d.Lookup("p").Addr().IsValid() || !strings.Contains(strings.Join(diags, "\n"), want) {
			t.Errorf("%q: %v", lines, diags)
		}
	}
}

// transportNames are those of transports, in their order.
func transportNames(list []sipstack.Proto) string {
	var out []string
	for _, p := range list {
		out = append(out, p.String())
	}
	return strings.Join(out, ",")
}

// Numbers are read as chan_sip reads them, and words that it does not know count for nothing.
func TestNumbersAndWords(t *testing.T) {
	d, diags := compile(t, "[general]\nrtptimeout=30 sec\n[p]\ntype=friend\nhost=dynamic\ncall-limit=2x\nqualifyfreq=90s\nqualify=on\n"+
		"keepalive=1\ncallgroup=1,70,3-4\ntimert1=10\nfromdomain=a.b:99999\n")
	p := d.Lookup("p")
	if p.RTPTimeout != 30*time.Second || p.CallLimit != 2 || p.QualifyFreq != 90*time.Second || p.Qualify != 0 ||
		p.KeepAlive != time.Second || p.Groups.Call != 1<<1|1<<3|1<<4 || p.T1 != 100*time.Millisecond || p.FromPort != 0 {
		t.Errorf("%+v", p)
	}
	if len(diags) != 7 {
		t.Errorf("%d: %s", len(diags), strings.Join(diags, "\n"))
	}
}

// Timers of peers as sip show peer of chan_sip shows them.
func TestTimers(t *testing.T) {
	for _, c := range []struct {
		lines string
		t1, b time.Duration
	}{
		{"", 500, 32_000},
		{"timerb=2000", 100, 6400},
		{"timerb=12800", 200, 12_800},
		{"timerb=40000", 500, 40_000},
		{"timert1=200\ntimerb=3000", 200, 3000},
		{"timerb=3000\ntimert1=200", 200, 3000},
		{"timert1=150", 100, 32_000},
		{"timert1=800", 800, 51_200},
	} {
		d, _ := compile(t, "[general]\ntimerb=9000\n[p]\ntype=friend\nhost=dynamic\n"+c.lines+"\n")
		if p := d.Lookup("p"); p.T1 != c.t1*time.Millisecond || p.TimerB() != c.b*time.Millisecond {
			t.Errorf("%q: T1 %v, B %v", c.lines, p.T1, p.TimerB())
		}
	}
}

// T1 is never below t1min, and a large bit rate is one.
func TestT1MinAndBitRate(t *testing.T) {
	d, diags := compile(t, "[general]\nt1min=700\nmaxcallbitrate=10000000\n[p]\ntype=friend\nhost=dynamic\ntimert1=300\n[q]\ntype=friend\n"+
		"host=dynamic\n")
	if p, q := d.Lookup("p"), d.Lookup("q"); p.T1 != 700*time.Millisecond || q.T1 != p.T1 || q.MaxCallBitrate != 10_000_000 ||
		len(diags) != 2 {
		t.Errorf("%v %v %d %v", p.T1, q.T1, q.MaxCallBitrate, diags)
	}
}

// Leading zeros make numbers of an address octal, as for the C library.
func TestAddressesWithLeadingZeros(t *testing.T) {
	for host, want := range map[string]string{"000.000.000.000": "0.0.0.0", "192.168.001.010": "192.168.1.8", "10.0.0.1": "10.0.0.1",
		"192.168.1.08": "", "1.2.3": "", "1.2.3.4.5": "", "1.2.3.400": "", "a.b.c.d": ""} {
		a, ok := dnsmgr.ParseAddr(host)
		if ok != (want != "") || ok && a.String() != want {
			t.Errorf("%s: %v %v", host, a, ok)
		}
	}
}

// A register line has the defaultexpiry of the lines above it; a second section of a name
// begins its mailboxes, named groups and transports anew.
func TestOrderOfLinesAndSecondSections(t *testing.T) {
	d, _ := compile(t, "[general]\ntcpenable=yes\nregister => a:b@198.51.100.1\ndefaultexpiry=300\nregister => c:d@198.51.100.1\n[p]\n"+
		"type=friend\nhost=dynamic\nmailbox=1\nnamedcallgroup=x\ntransport=tcp\ncallgroup=3\n[p]\ntype=friend\nhost=dynamic\nmailbox=2\n")
	if a, c := d.Registers[0], d.Registers[1]; a.Expiry != 2*time.Minute || c.Expiry != 5*time.Minute {
		t.Errorf("%v %v", a.Expiry, c.Expiry)
	}
	if p := d.Lookup("p"); strings.Join(p.Mailboxes, ",") != "2@default" || p.Groups.NamedCall != nil || p.Groups.Call != 8 ||
		transportNames(p.Transports) != "UDP" {
		t.Errorf("%v %+v %v", p.Mailboxes, p.Groups, p.Transports)
	}
}

// An endpoint all of whose transports are left out has those of [general].
func TestTransportsOfGeneralRemain(t *testing.T) {
	d, _ := compile(t, "[general]\ntcpenable=yes\ntransport=tcp,wss\n[p]\ntype=friend\nhost=dynamic\ntransport=tls\n[q]\ntype=friend\n"+
		"host=dynamic\ntransport=wss\n")
	if p := d.Lookup("p"); transportNames(p.Transports) != "TCP,WSS" || d.Lookup("q").PrimaryTransport() != "WS" {
		t.Errorf("%v", p.Transports)
	}
}

// [authentication] has auth lines only.
func TestAuthenticationSection(t *testing.T) {
	d, diags := compile(t, "[general]\n[authentication]\nauth=u:s@r\ncallcounter=yes\n[p]\ntype=friend\nhost=dynamic\n")
	if len(d.Auth) != 1 || d.Lookup("p").CallLimit != 0 || len(diags) != 1 || !strings.Contains(diags[0], "sip.conf:4") {
		t.Errorf("%+v %v", d.Auth, diags)
	}
}

// A transport that is not switched on is left out, with a word.
func TestTransportsNeedTheirListener(t *testing.T) {
	for lines, want := range map[string]string{
		"":                             "UDP",
		"tcpenable=yes":                "TCP,UDP",
		"tcpenable=yes\ntlsenable=yes": "TLS,TCP,UDP",
	} {
		d, diags := compile(t, "[general]\n"+lines+"\n[p]\ntype=friend\nhost=dynamic\ntransport=tls,tcp,udp\n")
		if got := transportNames(d.Lookup("p").Transports); got != want || len(diags) != 2-strings.Count(lines, "yes") {
			t.Errorf("%q: %s, want %s; %q", lines, got, want, diags)
		}
	}
}

// Named lists come on top of an endpoint's own; one that is not there lets nobody in.
func TestNamedLists(t *testing.T) {
	for lines, want := range map[string]string{
		"":                                  "10.1.1.1 11.1.1.1",
		"acl=office":                        "10.1.1.1",
		"acl=office\ndeny=10.1.0.0/16":      "",
		"acl=nowhere":                       "",
		"acl=office,nowhere":                "",
		"deny=0.0.0.0/0\npermit=11.0.0.0/8": "11.1.1.1",
	} {
		d, _ := compile(t, "[p]\ntype=friend\nhost=dynamic\n"+lines+"\n")
		var got []string
		for _, a := range []string{"10.1.1.1", "11.1.1.1"} {
			if d.Lookup("p").ACL.Allows(netip.MustParseAddr(a)) {
				got = append(got, a)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q: %v", lines, got)
		}
	}
	d, _ := compile(t, "[general]\ncontactdeny=12.0.0.0/8\n[a]\ntype=friend\nhost=dynamic\ncontactacl=office\ncontactdeny=10.9.0.0/16\n"+
		"[b]\ntype=friend\nhost=dynamic\n")
	for peer, want := range map[string]string{"a": "10.1.1.1", "b": "10.1.1.1 10.9.9.9 11.1.1.1"} {
		var got []string
		for _, a := range []string{"10.1.1.1", "10.9.9.9", "11.1.1.1", "12.1.1.1"} {
			if d.Lookup(peer).ContactACL.Allows(netip.MustParseAddr(a)) {
				got = append(got, a)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("contacts of %s: %v", peer, got)
		}
	}
}

func TestExternHost(t *testing.T) {
	d, _ := compile(t, "[general]\nexternhost=provider.example:5070\nlocalnet=10.0.0.0/8\n")
	if a := d.Advertised(sipFlow("10.0.0.1:5060", "198.51.100.1:5060")); a.String() != "192.0.2.1:5070" {
		t.Errorf("%v", a)
	}
	d.names.SetResolver(dnsmgr.Resolver{Addr: func(string) (netip.Addr, error) { return netip.MustParseAddr("192.0.2.99"), nil }})
	d.extern.refresh = time.Nanosecond
	for range 100 {
		if a := d.Advertised(sipFlow("10.0.0.1:5060", "198.51.100.1:5060")); a.String() == "192.0.2.99:5070" {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("not looked up again")
}

func TestMarks(t *testing.T) {
	for lines, want := range map[string][2]rawnet.Marks{
		"":                                     {{TOS: 0, Priority: 4}, {TOS: 0, Priority: 5}},
		"tos_sip=cs3\ntos_audio=ef":            {{TOS: 0x60, Priority: 4}, {TOS: 0xb8, Priority: 5}},
		"tos_sip=0x68\ntos_audio=af41":         {{TOS: 0x68, Priority: 4}, {TOS: 0x88, Priority: 5}},
		"cos_sip=3\ncos_audio=0\ntos_sip=af33": {{TOS: 0x78, Priority: 3}, {}},
		"tos_sip=best\ncos_sip=9":              {{Priority: 4}, {Priority: 5}},
	} {
		if d, _ := compile(t, "[general]\n"+lines+"\n"); [2]rawnet.Marks{d.SIPMarks, d.AudioMarks} != want {
			t.Errorf("%q: %+v %+v", lines, d.SIPMarks, d.AudioMarks)
		}
	}
}

func TestVideoMarks(t *testing.T) {
	d, _ := compile(t, "[general]\ntos_video=af41\ncos_video=3\n")
	if d.VideoMarks != (rawnet.Marks{TOS: 0x88, Priority: 3}) {
		t.Errorf("%+v", d.VideoMarks)
	}
}

func TestTextMarks(t *testing.T) {
	d, _ := compile(t, "[general]\ntos_text=cs3\ncos_text=2\n")
	if d.TextMarks != (rawnet.Marks{TOS: 0x60, Priority: 2}) {
		t.Errorf("%+v", d.TextMarks)
	}
	if d, _ = compile(t, "[general]\n"); d.TextMarks != (rawnet.Marks{Priority: 5}) {
		t.Errorf("by default %+v", d.TextMarks)
	}
}

// Times and limits that other packages, which have their own tests, act on.
func TestTimesAndLimits(t *testing.T) {
	d, _ := compile(t, "[general]\ntcpenable=yes\ntcpbindaddr=10.0.0.1:5062\ntcpauthlimit=7\ntcpauthtimeout=8\noverload_maxage=900\n"+
		"overload_maxpending=11\njbmaxsize=120\njbresyncthreshold=500\njbtargetextra=60\nrtpbindaddr=10.0.0.3\nsipdebug=yes\nexternrefresh=30\n")
	if d.TCPBind.String() != "10.0.0.1:5062" || d.TCPAuthLimit != 7 || d.TCPAuthTimeout != 8*time.Second ||
		d.Limits.MaxAge != 900*time.Millisecond || d.Limits.MaxPending != 11 {
		t.Errorf("%v %d %v %+v", d.TCPBind, d.TCPAuthLimit, d.TCPAuthTimeout, d.Limits)
	}
	if d.Jitter.Max != 120*time.Millisecond || d.Jitter.Resync != 500*time.Millisecond || d.Jitter.Extra != 60*time.Millisecond {
		t.Errorf("%+v", d.Jitter)
	}
	if d.RTPBind.String() != "10.0.0.3" || !d.Debug || d.ExternRefresh != 30*time.Second {
		t.Errorf("%v %v %v", d.RTPBind, d.Debug, d.ExternRefresh)
	}
}

func TestAutoDomain(t *testing.T) {
	d, _ := compile(t, "[general]\nautodomain=yes\nudpbindaddr=10.0.0.1\ndomain=a.example,inside\nallowexternaldomains=no\n")
	for _, name := range []string{"10.0.0.1", "a.example"} {
		if _, ok := d.LocalDomain(name); !ok {
			t.Errorf("%s is no domain: %+v", name, d.Domains)
		}
	}
	if d.AllowExternal {
		t.Error("allowexternaldomains=no is forgotten")
	}
}

func TestTLSOptions(t *testing.T) {
	for lines, want := range map[string]TLSFiles{
		"tlscertfile=/c\ntlsprivatekey=/k\ntlscafile=/a\ntlscapath=/p": {Cert: "/c", Key: "/k", CAFile: "/a", CAPath: "/p"},
		"sslcert=/c\ntlsdontverifyserver=yes":                          {Cert: "/c", DontVerify: true},
		"tlsdisablev1=no\ntlsdisablev11=no":                            {Oldest: tls.VersionTLS10},
		"tlsdisablev1=yes\ntlsdisablev11=no":                           {Oldest: tls.VersionTLS11},
		"tlsdisablev12=yes":                                            {Oldest: tls.VersionTLS13},
		"tlsclientmethod=tlsv1_2\ntlscipher=ALL":                       {Client: tls.VersionTLS12, Cipher: "ALL"},
	} {
		if d, _ := compile(t, "[general]\n"+lines+"\n"); d.TLS != want {
			t.Errorf("%q: %+v", lines, d.TLS)
		}
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
		Compile(f, Surroundings{})
	}
}
