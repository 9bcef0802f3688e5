package media

import (
	"crypto/rand"
	"encoding/base64"
	"errors"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"
)

// SRTPSuite is a crypto suite of SDES (RFC 4568 section 6.2, RFC 7714 section 14.2).
type SRTPSuite string

// The suites that chan_sip knows, and the one that DTLS agrees first.
const (
	AESCM80 SRTPSuite = "AES_CM_128_HMAC_SHA1_80"
	AESCM32 SRTPSuite = "AES_CM_128_HMAC_SHA1_32"
	AESGCM  SRTPSuite = "AEAD_AES_128_GCM"
)

// saltBytes is how long its salt is.
func (s SRTPSuite) saltBytes() int {
	if s == AESGCM {
		return srtpGCMSaltBytes
	}
	return srtpSaltBytes
}

func (s SRTPSuite) profile() srtp.ProtectionProfile {
	switch s {
	case AESCM32:
		return srtp.ProtectionProfileAes128CmHmacSha1_32
	case AESGCM:
		return srtp.ProtectionProfileAeadAes128Gcm
	}
	return srtp.ProtectionProfileAes128CmHmacSha1_80
}

// SRTP is the protection of a stream (RFC 3711): the suite, and a master key with
// its salt, 30 bytes, for each direction.
type SRTP struct {
	Suite         SRTPSuite
	Local, Remote SRTPKey // what we send with, what the far side does
}

const (
	srtpKeyBytes  = 16
	srtpSaltBytes = 14
	// srtpGCMSaltBytes is that of AESGCM (RFC 7714 section 12).
	srtpGCMSaltBytes = 12
)

// SRTPKey is a master key and its salt; of a shorter salt the rest is zero.
type SRTPKey [srtpKeyBytes + srtpSaltBytes]byte

// NewSRTPKey makes one.
func NewSRTPKey() (k SRTPKey) {
	rand.Read(k[:]) // never fails
	return k
}

// String is the form of SDES, after "inline:".
func (k SRTPKey) String() string { return base64.StdEncoding.EncodeToString(k[:]) }

var errSRTPKey = errors.New("not a key of 30 bytes in base64")

// ParseSRTPKey reads that form, padding or not.
func ParseSRTPKey(s string) (k SRTPKey, err error) {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		b, err = base64.RawStdEncoding.DecodeString(s)
	}
	if err != nil || len(b) != len(k) {
		return k, errSRTPKey
	}
	return SRTPKey(b), nil
}

// secure is a stream's protection at work. It belongs to the loop.
type secure struct {
	conf    SRTP
	in, out *srtp.Context
	rtp     rtp.Header // scratch
	rtcp    rtcp.Header
	buf     []byte
}

// srtpOverhead is what protection adds to a packet at most.
const srtpOverhead = 32

// secureBy puts protection in force. Keys that stay keep their contexts, with what they
// know of packets already seen.
func (s *Stream) secureBy(conf *SRTP) {
	switch {
	case conf == nil:
		s.secure = nil
		return
	case s.secure != nil && s.secure.conf == *conf:
		return
	}
	profile, end := conf.Suite.profile(), srtpKeyBytes+conf.Suite.saltBytes()
	old := s.secure
	n := &secure{conf: *conf, buf: make([]byte, 0, maxPacket+srtpOverhead)}
	if old != nil && old.conf.Suite == conf.Suite && old.conf.Local == conf.Local {
		n.out = old.out // the same key for the same packets goes on
	} else {
		n.out, _ = srtp.CreateContext(conf.Local[:srtpKeyBytes], conf.Local[srtpKeyBytes:end], profile)
	}
	if old != nil && old.conf.Suite == conf.Suite && old.conf.Remote == conf.Remote {
		n.in = old.in
	} else {
		const window = 64 // srtpreplayprotection
		n.in, _ = srtp.CreateContext(conf.Remote[:srtpKeyBytes], conf.Remote[srtpKeyBytes:end], profile, srtp.SRTPReplayProtection(window),
			srtp.SRTCPReplayProtection(window))
	}
	s.secure = n
}

// open decrypts a packet in place; false when it is not from who has the key, or has
// come before.
func (c *secure) open(b []byte) ([]byte, bool) {
	n, err := c.rtp.Unmarshal(b)
	if err != nil || n > len(b) || c.in == nil {
		return nil, false
	}
	out, err := c.in.DecryptRTP(b[:0], b, &c.rtp)
	return out, err == nil
}

func (c *secure) openRTCP(b []byte) ([]byte, bool) {
	if c.in == nil || c.rtcp.Unmarshal(b) != nil {
		return nil, false
	}
	out, err := c.in.DecryptRTCP(nil, b, &c.rtcp)
	return out, err == nil
}

// seal encrypts a packet into a buffer of its own.
func (c *secure) seal(b []byte) ([]byte, bool) {
	if _, err := c.rtp.Unmarshal(b); err != nil || c.out == nil {
		return nil, false
	}
	out, err := c.out.EncryptRTP(c.buf, b, &c.rtp)
	return out, err == nil
}

func (c *secure) sealRTCP(b []byte) ([]byte, bool) {
	if c.out == nil || c.rtcp.Unmarshal(b) != nil {
		return nil, false
	}
	out, err := c.out.EncryptRTCP(nil, b, &c.rtcp)
	return out, err == nil
}
