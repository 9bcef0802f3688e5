package media

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/netip"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/transport/v4/packetio"
)

// DTLS are the terms of a stream whose keys of SRTP are agreed by a handshake on its RTP port
// (RFC 5763, RFC 5764), as browsers want it. RTCP has to share the port: it has no handshake
// of its own.
type DTLS struct {
	// ID tells a handshake from another one: the same is not repeated by a further
	// Negotiate.
	ID          string
	Client      bool // we begin it (a=setup:active)
	Certificate tls.Certificate
	Verify      func(chain [][]byte) error // judges the far side's certificates, in DER
	Suites      []uint16                   // of TLS 1.2, in order of preference; nil: the usual ones
	Suite       SRTPSuite                  // of the keys, where both sides have it; AESCM80 else
	Told        func(error)                // of the end of the handshake, nil where there are keys; nil: nobody
}

const (
	// handshakePatience is how long a far side may take: by then it has no audio in any case.
	handshakePatience = 10 * time.Second
	// flightInterval is how long a flight waits for its answer before it is sent again; it doubles.
	// RFC 6347 section 4.2.4.1 has a second; on a line that loses packets that is long without audio.
	flightInterval = 250 * time.Millisecond
	// mostFlight is how many packets of a flight are kept.
	mostFlight = 16
)

// What a handshake tells that has not come to its end in time.
var (
	ErrNoHandshake = errors.New("the handshake was not completed in 10 s")
	ErrNoChecks    = errors.New("no check of ICE with our password has come in 10 s, and the handshake was not completed")
)

// handshake is one at work, and the association after it, which answers what is repeated.
// Its packets come from the loop and go out there; it runs on goroutines of its own.
type handshake struct {
	s    *Stream
	conf *DTLS
	in   *packetio.Buffer
	end  context.CancelFunc

	// Owned by the loop.
	from   netip.AddrPort // where its last packet came from
	to     target         // where the next goes
	flight [][]byte       // what was sent since; who is found by a check gets it at once
}

// isDTLS tells DTLS from RTP and STUN on one port (RFC 7983 section 7).
func isDTLS(b []byte) bool { return len(b) > 13 && b[0] >= 20 && b[0] <= 63 }

// early is the first packet of a handshake that comes before it is known that there is one: who
// answers our offer may begin at once.
type early struct {
	b    []byte
	from netip.AddrPort
}

// keepEarly keeps the last one, of a stream of which nothing is agreed yet.
func (s *Stream) keepEarly(b []byte, from netip.AddrPort) {
	if s.to.addr.IsValid() {
		s.stats.malformed.Add(1)
		return
	}
	s.hello = &early{append([]byte(nil), b...), from}
}

// greet gives a handshake what has come for it early.
func (s *Stream) greet() {
	if s.hello != nil && s.hands != nil && !s.hands.conf.Client {
		s.hands.came(s.hello.b, s.hello.from)
	}
	s.hello = nil
}

// handshakeBy begins a handshake, or goes on with the one that is there; nil ends it. Until
// there are keys nothing is sent, and what comes is refused.
func (s *Stream) handshakeBy(conf *DTLS) {
	switch old := s.hands; {
	case old != nil && conf != nil && old.conf.ID == conf.ID:
		return
	case old != nil:
		old.close()
		s.hands, s.secure = nil, nil
	}
	if conf == nil {
		return
	}
	ctx, end := context.WithTimeout(context.Background(), handshakePatience)
	h := &handshake{s: s, conf: conf, in: packetio.NewBuffer(), end: end}
	h.in.SetLimitSize(1 << 16)
	s.hands, s.secure = h, &secure{}
	go h.run(ctx)
}

func (h *handshake) close() {
	h.end()
	h.in.Close()
}

// came takes a packet of the far side on the loop, from a source that may be its.
func (h *handshake) came(b []byte, from netip.AddrPort) {
	if !h.s.latch.holds(from) && !h.s.possible(from) {
		h.s.stats.badSource.Add(1)
		return
	}
	h.from, h.flight = from, nil
	h.in.Write(b)
}

// found is a first check of ICE: the far side is ready there, and may have lost what was sent before.
func (h *handshake) found(at netip.AddrPort) {
	if h.from.IsValid() {
		return
	}
	h.from = at
	for _, b := range h.flight {
		h.to.set(at)
		h.s.rtp.send(b, &h.to)
	}
}

// run makes the handshake and gives the stream its keys.
func (h *handshake) run(ctx context.Context) {
	defer h.end()
	conn, err := h.open()
	if err == nil {
		err = conn.HandshakeContext(ctx)
	}
	var keys *SRTP
	if err == nil {
		keys, err = h.keys(conn)
	}
	outcome := err // of the handshake; err is that of what is read later
	h.s.do(func() {
		if h.s.hands != h {
			return
		}
		told := outcome
		if told == nil {
			h.s.secureBy(keys)
		} else {
			h.s.stats.unauthentic.Add(1)
			told = h.failure(told)
		}
		if h.conf.Told != nil {
			go h.conf.Told(told)
		}
	})
	if err != nil {
		h.in.Close()
		return
	}
	var rest [maxPacket]byte
	for err == nil { // there is nothing to read, but what is repeated is answered meanwhile
		_, err = conn.Read(rest[:])
	}
	conn.Close()
}

// failure is why there are no keys.
func (h *handshake) failure(err error) error {
	switch {
	case !errors.Is(err, context.DeadlineExceeded):
		return err
	case h.s.ice.wanted() && !h.s.latch.checked.IsValid():
		return ErrNoChecks
	}
	return ErrNoHandshake
}

func (h *handshake) open() (*dtls.Conn, error) {
	shared := []dtls.Option{
		dtls.WithCertificates(h.conf.Certificate),
		dtls.WithInsecureSkipVerify(true), // Verify does that
		dtls.WithExtendedMasterSecret(dtls.RequireExtendedMasterSecret),
		dtls.WithSRTPProtectionProfiles(h.profiles()...),
		dtls.WithFlightInterval(flightInterval),
		dtls.WithVerifyPeerCertificate(func(chain [][]byte, _ [][]*x509.Certificate) error { return h.conf.Verify(chain) }),
	}
	if len(h.conf.Suites) > 0 {
		var suites []dtls.CipherSuiteID
		for _, id := range h.conf.Suites {
			suites = append(suites, dtls.CipherSuiteID(id))
		}
		shared = append(shared, dtls.WithCipherSuites(suites...))
	}
	if h.conf.Client {
		var options []dtls.ClientOption
		for _, o := range shared {
			options = append(options, o)
		}
		return dtls.ClientWithOptions(h, h.RemoteAddr(), options...)
	}
	options := []dtls.ServerOption{dtls.WithClientAuth(dtls.RequireAnyClientCert), dtls.WithInsecureSkipVerifyHello(true)}
	for _, o := range shared {
		options = append(options, o)
	}
	return dtls.ServerWithOptions(h, h.RemoteAddr(), options...)
}

// profiles are what is agreed on, the best first: GCM costs less and authenticates as well.
// encryption_taglen=32 asks for the short tag.
func (h *handshake) profiles() []dtls.SRTPProtectionProfile {
	if h.conf.Suite == AESCM32 {
		return []dtls.SRTPProtectionProfile{dtls.SRTP_AES128_CM_HMAC_SHA1_32, dtls.SRTP_AES128_CM_HMAC_SHA1_80}
	}
	return []dtls.SRTPProtectionProfile{dtls.SRTP_AEAD_AES_128_GCM, dtls.SRTP_AES128_CM_HMAC_SHA1_80, dtls.SRTP_AES128_CM_HMAC_SHA1_32}
}

// keys are those of the handshake (RFC 5764 section 4.2): the client's key, the server's, and
// their salts.
func (h *handshake) keys(conn *dtls.Conn) (*SRTP, error) {
	state, _ := conn.ConnectionState()
	suite := AESCM80
	switch p, _ := conn.SelectedSRTPProtectionProfile(); p {
	case dtls.SRTP_AES128_CM_HMAC_SHA1_32:
		suite = AESCM32
	case dtls.SRTP_AEAD_AES_128_GCM:
		suite = AESGCM
	}
	salt := suite.saltBytes()
	b, err := state.ExportKeyingMaterial("EXTRACTOR-dtls_srtp", nil, 2*(srtpKeyBytes+salt))
	if err != nil {
		return nil, err
	}
	var client, server SRTPKey
	copy(client[:], b[:srtpKeyBytes])
	copy(server[:], b[srtpKeyBytes:2*srtpKeyBytes])
	salts := b[2*srtpKeyBytes:]
	copy(client[srtpKeyBytes:], salts[:salt])
	copy(server[srtpKeyBytes:], salts[salt:])
	out := &SRTP{Suite: suite, Local: server, Remote: client}
	if h.conf.Client {
		out.Local, out.Remote = client, server
	}
	return out, nil
}

// ReadFrom implements net.PacketConn, as do those below.
func (h *handshake) ReadFrom(b []byte) (int, net.Addr, error) {
	n, err := h.in.Read(b)
	return n, h.RemoteAddr(), err
}

// WriteTo sends a packet, to where the last one came from, or where media goes.
func (h *handshake) WriteTo(b []byte, _ net.Addr) (int, error) {
	packet := append([]byte(nil), b...)
	h.s.do(func() {
		if h.s.hands != h {
			return
		}
		to := h.from
		if len(h.flight) < mostFlight {
			h.flight = append(h.flight, packet)
		}
		if !to.IsValid() && h.s.reachable() {
			to = h.s.route.to.addr
		}
		if to.IsValid() && to.Port() != 0 {
			h.to.set(to)
			h.s.rtp.send(packet, &h.to)
		}
	})
	return len(b), nil
}

// Close leaves the port to the stream.
func (h *handshake) Close() error { return h.in.Close() }

// LocalAddr is our end, RemoteAddr the other one: which it is does not matter to who uses it.
func (h *handshake) LocalAddr() net.Addr  { return net.UDPAddrFromAddrPort(h.s.local) }
func (h *handshake) RemoteAddr() net.Addr { return &net.UDPAddr{} }

func (h *handshake) SetDeadline(t time.Time) error      { return h.in.SetReadDeadline(t) }
func (h *handshake) SetReadDeadline(t time.Time) error  { return h.in.SetReadDeadline(t) }
func (h *handshake) SetWriteDeadline(_ time.Time) error { return nil }

// HandshakeSuites are those of a list of TLS cipher suites that a handshake may have.
func HandshakeSuites(list []uint16) (out []uint16) {
	for _, id := range list {
		switch dtls.CipherSuiteID(id) {
		case dtls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, dtls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
			dtls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
			dtls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, dtls.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA, dtls.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA:
			out = append(out, id)
		}
	}
	return out
}
