package media

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"math/big"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"
	"github.com/pion/stun/v3"
)

// ephemeral is a certificate that nobody has signed but itself.
func ephemeral(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	text := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, text, text, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// shared is a phone's port: DTLS goes to the handshake, all else to rtp.
type shared struct {
	net.PacketConn
	rtp chan []byte
}

func (c *shared) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		n, from, err := c.PacketConn.ReadFrom(b)
		if err != nil || isDTLS(b[:n]) {
			return n, from, err
		}
		c.rtp <- append([]byte(nil), b[:n]...)
	}
}

// Close leaves the port to the phone.
func (c *shared) Close() error { return nil }

// shake is a phone's part in a handshake; its keys are those of a securePhone.
func shake(t *testing.T, p *phone, s *Stream, client bool, suite dtls.SRTPProtectionProfile) (*securePhone, *shared) {
	t.Helper()
	port := &shared{p.conn, make(chan []byte, 100)}
	cert := dtls.WithCertificates(ephemeral(t))
	skip, ems, profiles := dtls.WithInsecureSkipVerify(true), dtls.WithExtendedMasterSecret(
		dtls.RequireExtendedMasterSecret), dtls.WithSRTPProtectionProfiles(suite)
	var conn *dtls.Conn
	var err error
	if to := net.UDPAddrFromAddrPort(s.Local()); client {
		conn, err = dtls.ClientWithOptions(port, to, cert, skip, ems, profiles)
	} else {
		conn, err = dtls.ServerWithOptions(port, to, cert, skip, ems, profiles, dtls.WithClientAuth(dtls.RequireAnyClientCert))
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	ctx, end := context.WithTimeout(context.Background(), 20*time.Second)
	defer end()
	if err := conn.HandshakeContext(ctx); err != nil {
		t.Fatal(err)
	}
	go conn.Read(make([]byte, 100))
	state, _ := conn.ConnectionState()
	salt := 14
	if suite == dtls.SRTP_AEAD_AES_128_GCM {
		salt = 12
	}
	k, err := state.ExportKeyingMaterial("EXTRACTOR-dtls_srtp", nil, 2*(16+salt))
	if err != nil {
		t.Fatal(err)
	}
	profile := map[dtls.SRTPProtectionProfile]srtp.ProtectionProfile{dtls.SRTP_AES128_CM_HMAC_SHA1_80: srtp.ProtectionProfileAes128CmHmacSha1_80,
		dtls.SRTP_AES128_CM_HMAC_SHA1_32: srtp.ProtectionProfileAes128CmHmacSha1_32,
		dtls.SRTP_AEAD_AES_128_GCM:       srtp.ProtectionProfileAeadAes128Gcm}[suite]
	ours, theirs, ourSalt, theirSalt := k[:16], k[16:32], k[32:32+salt], k[32+salt:]
	if !client {
		ours, theirs, ourSalt, theirSalt = theirs, ours, theirSalt, ourSalt
	}
	out := &securePhone{phone: p}
	out.out, _ = srtp.CreateContext(ours, ourSalt, profile)
	out.in, _ = srtp.CreateContext(theirs, theirSalt, profile)
	return out, port
}

// until sends packets to a stream until one comes out at another phone: the far side may have
// its keys a moment later.
func (p *securePhone) until(at *phone, s *Stream, text string) (got *rtp.Packet) {
	for range 20 {
		p.conn.WriteToUDPAddrPort(p.seal(text), s.Local())
		if got = at.receive(200 * time.Millisecond); got != nil {
			break
		}
	}
	return got
}

// A stream agrees its keys with a phone that begins the handshake, and with one that waits
// for it; before that nothing passes in the clear.
func TestDTLS(t *testing.T) {
	for name, c := range map[string]struct {
		client bool // the phone begins
		suite  dtls.SRTPProtectionProfile
		wish   SRTPSuite
	}{
		"the phone begins": {true, dtls.SRTP_AES128_CM_HMAC_SHA1_80, AESCM80},
		"we begin":         {false, dtls.SRTP_AES128_CM_HMAC_SHA1_80, AESCM80},
		"the short tag":    {true, dtls.SRTP_AES128_CM_HMAC_SHA1_32, AESCM32},
		"GCM":              {true, dtls.SRTP_AEAD_AES_128_GCM, AESCM80},
		"GCM, we begin":    {false, dtls.SRTP_AEAD_AES_128_GCM, AESCM80},
	} {
		t.Run(name, func(t *testing.T) {
			e := engine(t, Config{})
			a, b, sa, sb := pair(t, e, ulawOnly, ulawOnly)
			judged := make(chan int, 1)
			p := Params{Remote: a.addr(), Formats: ulawOnly, RTCPMux: true, DTLS: &DTLS{ID: "1", Client: !c.client, Certificate: ephemeral(t),
				Suite:  c.wish,
				Verify: func(chain [][]byte) error { judged <- len(chain); return nil }}}
			sa.Negotiate(p)
			a.send(sa, 0, []byte("plain"))
			b.send(sb, 0, []byte("plain"))
			if got := b.receive(100 * time.Millisecond); got != nil {
				t.Fatalf("heard %q", got.Payload)
			}
			phone, port := shake(t, a, sa, c.client, c.suite)
			if n := <-judged; n != 1 {
				t.Errorf("%d certificates were judged", n)
			}
			sa.Negotiate(p) // a further offer goes on with the keys
			for i := range 3 {
				got := phone.until(b, sa, "from a")
				if got == nil || string(got.Payload) != "from a" {
					t.Fatalf("packet %d: %v", i, got)
				}
				b.send(sb, 0, []byte("from b"))
				select {
				case sealed := <-port.rtp:
					if plain, err := phone.in.DecryptRTP(nil, sealed, nil); err != nil || string(plain[12:]) != "from b" {
						t.Fatalf("packet %d: %q, %v", i, plain, err)
					}
				case <-time.After(2 * time.Second):
					t.Fatalf("packet %d did not come", i)
				}
			}
		})
	}
}

// Who can do all of them has GCM, whichever it would rather have.
func TestDTLSPrefersGCM(t *testing.T) {
	for _, client := range []bool{true, false} {
		e := engine(t, Config{})
		a, _, sa, _ := pair(t, e, ulawOnly, ulawOnly)
		told := make(chan error, 1)
		sa.Negotiate(Params{Remote: a.addr(), Formats: ulawOnly, RTCPMux: true, DTLS: &DTLS{ID: "1", Client: !client, Certificate: ephemeral(t),
			Suite:  AESCM80,
			Verify: func([][]byte) error { return nil }, Told: func(err error) { told <- err }}})
		port := &shared{a.conn, make(chan []byte, 100)}
		cert, skip := dtls.WithCertificates(ephemeral(t)), dtls.WithInsecureSkipVerify(true)
		all := dtls.WithSRTPProtectionProfiles(dtls.SRTP_AES128_CM_HMAC_SHA1_80, dtls.SRTP_AES128_CM_HMAC_SHA1_32, dtls.SRTP_AEAD_AES_128_GCM)
		var conn *dtls.Conn
		var err error
		if to := net.UDPAddrFromAddrPort(sa.Local()); client {
			conn, err = dtls.ClientWithOptions(port, to, cert, skip, all)
		} else {
			conn, err = dtls.ServerWithOptions(port, to, cert, skip, dtls.WithSRTPProtectionProfiles(dtls.SRTP_AEAD_AES_128_GCM,
				dtls.SRTP_AES128_CM_HMAC_SHA1_80), dtls.WithClientAuth(dtls.RequireAnyClientCert))
		}
		if err != nil {
			t.Fatal(err)
		}
		ctx, end := context.WithTimeout(context.Background(), 20*time.Second)
		defer end()
		if err := conn.HandshakeContext(ctx); err != nil {
			t.Fatal(err)
		}
		if err := <-told; err != nil {
			t.Fatal(err)
		}
		if p, _ := conn.SelectedSRTPProtectionProfile(); p != dtls.SRTP_AEAD_AES_128_GCM {
			t.Errorf("client %v: %v", client, p)
		}
		conn.Close()
	}
}

// A certificate that is not the one that was told has no keys.
func TestDTLSOfAnother(t *testing.T) {
	e := engine(t, Config{})
	a, b, sa, _ := pair(t, e, ulawOnly, ulawOnly)
	sa.Negotiate(Params{Remote: a.addr(), Formats: ulawOnly, RTCPMux: true, DTLS: &DTLS{ID: "1", Certificate: ephemeral(t),
		Verify: func([][]byte) error { return errors.New("another one") }}})
	conn, err := dtls.ClientWithOptions(&shared{a.conn, make(chan []byte, 9)}, net.UDPAddrFromAddrPort(sa.Local()),
		dtls.WithCertificates(ephemeral(t)), dtls.WithInsecureSkipVerify(true),
		dtls.WithSRTPProtectionProfiles(dtls.SRTP_AES128_CM_HMAC_SHA1_80))
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithTimeout(context.Background(), 5*time.Second)
	defer end()
	if conn.HandshakeContext(ctx) == nil {
		t.Error("it was taken")
	}
	a.send(sa, 0, []byte("plain"))
	if got := b.receive(100 * time.Millisecond); got != nil {
		t.Errorf("heard %q", got.Payload)
	}
}

// A phone that begins at once, before its answer has come with what we need to know, does not
// have to begin again.
func TestDTLSBeginsEarly(t *testing.T) {
	e := engine(t, Config{})
	a, s := newPhone(t), open(t, e)
	conn, err := dtls.ClientWithOptions(&shared{a.conn, make(chan []byte, 9)}, net.UDPAddrFromAddrPort(s.Local()),
		dtls.WithCertificates(ephemeral(t)), dtls.WithInsecureSkipVerify(true), dtls.WithFlightInterval(time.Hour),
		dtls.WithSRTPProtectionProfiles(dtls.SRTP_AES128_CM_HMAC_SHA1_80))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	ctx, end := context.WithTimeout(context.Background(), 20*time.Second)
	defer end()
	over := make(chan error, 1)
	go func() { over <- conn.HandshakeContext(ctx) }()
	for came := false; !came; time.Sleep(10 * time.Millisecond) {
		asked := make(chan bool, 1)
		s.do(func() { asked <- s.hello != nil })
		if came = <-asked; ctx.Err() != nil {
			t.Fatal("nothing came")
		}
	}
	s.Negotiate(Params{Remote: a.addr(), Formats: ulawOnly, RTCPMux: true, DTLS: &DTLS{ID: "1", Certificate: ephemeral(t),
		Verify: func([][]byte) error { return nil }}})
	if err := <-over; err != nil {
		t.Error(err)
	}
}

// A handshake that we begin before a browser has our answer goes to it with its first check: the
// first flight itself, not one that is sent again later.
func TestDTLSFollowsChecks(t *testing.T) {
	e := engine(t, Config{})
	a, s := newPhone(t), open(t, e)
	ice := ICE{Ufrag: "ours", Pwd: "0123456789012345678901", FarUfrag: "theirs"}
	s.Negotiate(Params{Remote: netip.MustParseAddrPort("127.9.9.9:9"), Formats: ulawOnly, RTCPMux: true, ICE: ice,
		DTLS: &DTLS{ID: "1", Client: true, Certificate: ephemeral(t), Verify: func([][]byte) error { return nil }}})
	for sent := false; !sent; time.Sleep(5 * time.Millisecond) {
		asked := make(chan bool, 1)
		s.do(func() { asked <- len(s.hands.flight) > 0 })
		sent = <-asked
	}
	if a.ask(s.Local(), stun.NewUsername("ours:theirs"), stun.NewShortTermIntegrity(ice.Pwd)) == nil {
		t.Fatal("no answer to the check")
	}
	buf := make([]byte, 2048)
	a.conn.SetReadDeadline(time.Now().Add(patience))
	n, err := a.conn.Read(buf)
	if err != nil || !isDTLS(buf[:n]) || binary.BigEndian.Uint16(buf[9:]) != 0 {
		t.Fatalf("% x, %v: not the first record of a handshake", buf[:min(n, 13)], err)
	}
}

// Why there are no keys is said.
func TestDTLSFailure(t *testing.T) {
	refused := errors.New("refused")
	for name, c := range map[string]struct {
		ice     ICE
		checked bool
		err     error
		want    error
	}{
		"a phone that says nothing":        {err: context.DeadlineExceeded, want: ErrNoHandshake},
		"a browser that cannot be reached": {ice: ICE{Pwd: "p"}, err: context.DeadlineExceeded, want: ErrNoChecks},
		"a browser that says nothing":      {ice: ICE{Pwd: "p"}, checked: true, err: context.DeadlineExceeded, want: ErrNoHandshake},
		"one that is refused":              {err: refused, want: refused},
	} {
		s, _, _ := newHouse(t, Config{}).phone(Params{ICE: c.ice})
		if c.checked {
			s.latch.checked = netip.MustParseAddrPort("192.0.2.1:4000")
		}
		if got := (&handshake{s: s}).failure(c.err); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
