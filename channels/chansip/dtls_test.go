package chansip

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"obelisk/channels/chansip/dialog"
	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/config"
	"obelisk/internal/sdp"
	"obelisk/internal/testkit"
	"obelisk/internal/trace"
	"obelisk/media"
)

const somePrint = "sha-256 00:11:22"

// dtlsPeer compiles the options of an endpoint.
func dtlsPeer(t *testing.T, lines string) (*sipconf.Peer, []config.Diagnostic) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "sip.conf"), []byte("[general]\n[p]\ntype=peer\nhost=dynamic\n"+lines), 0o644); err != nil {
		t.Fatal(err)
	}
	f, err := config.Load(config.Dir(dir), "sip.conf", config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	d, diags := sipconf.Compile(f, sipconf.Surroundings{Ciphers: func(list string) ([]uint16, []string) {
		if list == "good" {
			return []uint16{0xc02b, 0x2f}, nil
		}
		return nil, []string{list}
	}})
	return d.Lookup("p"), diags
}

// Who offers and answers DTLS, by whom the handshake is begun, and what is written.
func TestDTLSInSDP(t *testing.T) {
	for name, c := range map[string]struct {
		options string
		answer  bool // to our offer
		far     sdp.Media
		why     string
		proto   string // of our section; "" for plain RTP
		setup   string
	}{
		"a browser calls": {"dtlsenable=yes\n", false, sdp.Media{Proto: "UDP/TLS/RTP/SAVPF", Setup: "actpass",
			Fingerprints: []string{somePrint}}, "", "UDP/TLS/RTP/SAVPF", "active"},
		"who waits for it": {"dtlsenable=yes\ndtlssetup=passive\n", false, sdp.Media{Proto: "RTP/SAVPF", Setup: "actpass",
			Fingerprints: []string{somePrint}}, "", "RTP/SAVPF", "passive"},
		"one who begins": {"dtlsenable=yes\n", false, sdp.Media{Proto: "RTP/SAVP", Setup: "active",
			Fingerprints: []string{somePrint}}, "", "RTP/SAVP", "passive"},
		"one who has no connection": {"dtlsenable=yes\n", false, sdp.Media{Proto: "RTP/SAVP", Setup: "holdconn",
			Fingerprints: []string{somePrint}}, "a=setup:holdconn wants no DTLS", "", ""},
		"keys in SDP all the same": {"dtlsenable=yes\n", false,
			sdp.Media{Proto: "RTP/SAVP", Crypto: []string{"1 AES_CM_128_HMAC_SHA1_80 inline:" + someKey}}, "", "RTP/SAVP", ""},
		"plain RTP": {"dtlsenable=yes\n", false, sdp.Media{Proto: "RTP/AVP"}, "", "RTP/AVP", ""},
		"plain RTP, not wanted": {"dtlsenable=yes\nencryption=yes\n", false, sdp.Media{Proto: "RTP/AVP"},
			"encryption=yes, and plain RTP was offered", "", ""},
		"an endpoint without": {"", false, sdp.Media{Proto: "UDP/TLS/RTP/SAVPF", Setup: "actpass", Fingerprints: []string{somePrint}},
			"SRTP without a crypto line that can be used", "", ""},
		"our offer": {"dtlsenable=yes\ndtlssetup=actpass\navpf=yes\n", true,
			sdp.Media{Proto: "UDP/TLS/RTP/SAVPF", Setup: "active", Fingerprints: []string{somePrint}}, "", "UDP/TLS/RTP/SAVPF", "passive"},
		"our offer, they wait": {"dtlsenable=yes\ndtlssetup=actpass\n", true, sdp.Media{Proto: "UDP/TLS/RTP/SAVP", Setup: "passive",
			Fingerprints: []string{somePrint}}, "", "UDP/TLS/RTP/SAVP", "active"},
		"our offer, answered without": {"dtlsenable=yes\n", true,
			sdp.Media{Proto: "RTP/SAVP", Crypto: []string{"1 AES_CM_128_HMAC_SHA1_80 inline:" + someKey}}, "DTLS was offered, and not answered", "",
			""},
		"our offer in the old profile": {"dtlsenable=yes\nforce_avp=yes\n", true, sdp.Media{Proto: "RTP/SAVP", Setup: "passive",
			Fingerprints: []string{somePrint}}, "", "RTP/SAVP", "active"},
		"our fingerprint may be shorter": {"dtlsenable=yes\ndtlsfingerprint=sha-1\n", false, sdp.Media{Proto: "RTP/SAVP", Setup: "active",
			Fingerprints: []string{somePrint}}, "", "RTP/SAVP", "passive"},
	} {
		t.Run(name, func(t *testing.T) {
			p, diags := dtlsPeer(t, c.options)
			if len(diags) > 0 {
				t.Fatal(diags)
			}
			l := &Leg{Dialog: dialog.Dialog{Peer: p, Dir: new(sipconf.Directory)}, trace: trace.NewBook(1).Open("x")}
			c.far.RTCPMux = true
			if c.answer {
				l.offerCrypto()
				m := sdp.Media{Proto: map[bool]string{true: "RTP/AVPF", false: "RTP/AVP"}[p.AVPF]}
				l.crypto.describe(&m)
				want := map[bool]string{true: "RTP/SAVP", false: "UDP/TLS/RTP/SAVP"}[p.ForceAVP] + map[bool]string{true: "F"}[p.AVPF]
				if m.Proto != want || m.Setup != p.DTLS.Setup || len(m.Fingerprints) != 1 || !m.RTCPMux {
					t.Errorf("offered %+v", m)
				}
				if l.crypto.handshake() != nil {
					t.Error("a handshake before the answer")
				}
			}
			next, why := l.agree(&c.far, l.crypto, c.answer)
			if why != c.why {
				t.Fatalf("%q", why)
			}
			if why != "" {
				return
			}
			m := sdp.Media{Proto: c.far.Proto}
			next.describe(&m)
			if m.Proto != c.proto || m.Setup != c.setup {
				t.Errorf("answered %s, %s", m.Proto, m.Setup)
			}
			h := next.handshake()
			if (h != nil) != (c.setup != "") {
				t.Fatalf("handshake: %v", h)
			}
			if h != nil && (h.Client != (c.setup == "active") || !strings.HasPrefix(m.Fingerprints[0], p.DTLS.Hash+" ")) {
				t.Errorf("%v %v", h.Client, m.Fingerprints)
			}
		})
	}
}

// What dtlsverify asks of a certificate.
func TestDTLSVerify(t *testing.T) {
	dir := t.TempDir()
	file, key, err := testkit.Certificate(dir, "phone.example")
	if err != nil {
		t.Fatal(err)
	}
	files := "dtlscertfile=" + file + "\ndtlsprivatekey=" + key + "\ndtlscafile=" + file + "\n"
	other, err := sipconf.MakeCertificate()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		verify               string
		own, others, unnamed bool // taken: the certificate of the SDP that an authority has signed, of the SDP only, of an authority only
	}{
		{"", true, true, false},
		{"dtlsverify=fingerprint\n", true, true, false},
		{"dtlsverify=certificate\n", true, false, true},
		{"dtlsverify=yes\n", true, false, false},
		{"dtlsverify=no\n", true, true, true},
	} {
		p, diags := dtlsPeer(t, "dtlsenable=yes\n"+files+c.verify)
		if len(diags) > 0 {
			t.Fatal(diags)
		}
		signed, single := p.DTLS.KeyPair.Certificate[0], other.Certificate[0]
		judge := func(told, shown []byte) bool {
			return (&dtlsPart{options: p.DTLS, far: []string{"md5 1", strings.ToUpper(sipconf.Fingerprint("sha-256", told))}}).verify(
				[][]byte{shown}) == nil
		}
		if own, others, unnamed := judge(signed, signed), judge(single, single), judge(single, signed); own != c.own || others != c.others ||
			unnamed != c.unnamed {
			t.Errorf("%q: %v %v %v", c.verify, own, others, unnamed)
		}
	}
}

// What is wrong with the options costs the endpoint its DTLS, or is left out.
func TestDTLSOptions(t *testing.T) {
	for lines, want := range map[string]struct {
		says    string
		enabled bool
	}{
		"dtlsenable=yes\n":                                                  {"", true},
		"dtlsenable=no\ndtlscertfile=/nowhere\n":                            {"", false},
		"dtlsenable=yes\ndtlscertfile=/nowhere\n":                           {"has no DTLS: dtlscertfile", false},
		"dtlsenable=yes\ndtlsverify=yes\n":                                  {"dtlscafile and dtlscapath have none", false},
		"dtlsenable=yes\ndtlsverify=certificate\ndtlscapath=/nowhere\n":     {"dtlscafile and dtlscapath have none", false},
		"dtlsenable=yes\ndtlsverify=often\n":                                {"'often' is not a valid value of 'dtlsverify'", true},
		"dtlsenable=yes\ndtlssetup=holdconn\n":                              {"'holdconn' is not a valid value of 'dtlssetup'", true},
		"dtlsenable=yes\ndtlsfingerprint=md5\n":                             {"'md5' is not a valid value of 'dtlsfingerprint'", true},
		"dtlsenable=yes\ndtlscipher=good\n":                                 {"", true},
		"dtlsenable=yes\ndtlscipher=odd\n":                                  {"dtlscipher: 'odd' has suites that are not here", true},
		"dtlsenable=yes\ndtlsautogeneratecert=yes\ndtlsrekey=60\n":          {"", true},
		"dtlsenable=yes\ndtlsautogeneratecert=yes\ndtlscertfile=/nowhere\n": {"dtlsautogeneratecert has no effect", false},
	} {
		p, diags := dtlsPeer(t, lines)
		if p.DTLS.Enabled() != want.enabled || want.says == "" && len(diags) > 0 ||
			want.says != "" && (len(diags) == 0 || !strings.Contains(diags[0].Text, want.says)) {
			t.Errorf("%q: %v %v", lines, p.DTLS.Enabled(), diags)
		}
		if strings.Contains(lines, "good") && (len(p.DTLS.CipherSuites) != 1 || p.DTLS.CipherSuites[0] != 0xc02b) {
			t.Errorf("%v", p.DTLS.CipherSuites)
		}
	}
	p, _ := dtlsPeer(t, "dtlsenable=yes\nencryption_taglen=32\n")
	if p.DTLS.SRTPSuite != media.AESCM32 {
		t.Errorf("%v", p.DTLS.SRTPSuite)
	}
}
