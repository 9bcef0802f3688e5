package media

import (
	"testing"

	"github.com/pion/srtp/v3"
)

// paddedPacket is a packet of 160 octets and so many of padding, whose count is as given.
func (v *talker) paddedPacket(pt uint8, padding int, count byte) []byte {
	v.seq++
	v.ts += 160
	b := append(v.raw(pt, false, make([]byte, 160)), make([]byte, padding)...)
	b[0] |= padded
	b[len(b)-1] = count
	return b
}

// Padding goes no farther than to the leg that it came to, whatever becomes of the packet.
func TestPaddingIsTakenOff(t *testing.T) {
	key := &SRTP{Suite: AESCM80, Local: NewSRTPKey(), Remote: NewSRTPKey()}
	for name, to := range map[string]Params{
		"relayed":    {Formats: ulawOnly},
		"converted":  {Formats: []Format{{ALaw, 8, 8}}, Ptime: 0},
		"translated": {Formats: []Format{{G722, 9, 9}}},
		"cut anew":   {Formats: ulawOnly, Ptime: 20},
		"encrypted":  {Formats: ulawOnly, SRTP: key},
	} {
		h := newHouse(t, Config{})
		a, _, _ := h.phone(Params{Remote: here, Formats: ulawOnly})
		to.Remote = there
		b, sent, _ := h.phone(to)
		h.bridge(a, b)
		seen := 0
		w := Witness(func(p Packet) {
			if seen++; p.Payload != 160 {
				t.Errorf("%s: the witness sees %d octets", name, p.Payload)
			}
		})
		h.e.witness.Store(&w)
		v := &talker{at: here, ssrc: 7}
		for range 5 {
			a.receive(false, v.paddedPacket(0, 8, 8), here)
			h.pass(frameTime)
		}
		out, _ := srtp.CreateContext(key.Local[:srtpKeyBytes], key.Local[srtpKeyBytes:], srtp.ProtectionProfileAes128CmHmacSha1_80)
		for _, x := range sent.taken() {
			raw := x.b
			if to.SRTP != nil {
				var err error
				if raw, err = out.DecryptRTP(nil, raw, nil); err != nil {
					t.Fatal(err)
				}
			}
			if raw[0]&padded != 0 || len(raw) != rtpHeader+160 {
				t.Errorf("%s: %d octets, first octet %#x", name, len(raw), raw[0])
			}
		}
		if seen != 10 || a.Stats().RxPackets != 5 || b.Stats().TxPackets != 5 {
			t.Errorf("%s: %d seen, %+v %+v", name, seen, a.Stats(), b.Stats())
		}
	}
}

// The same for what comes encrypted: the padding is within.
func TestPaddingWithinSRTP(t *testing.T) {
	h := newHouse(t, Config{})
	key := &SRTP{Suite: AESCM80, Local: NewSRTPKey(), Remote: NewSRTPKey()}
	a, _, _ := h.phone(Params{Remote: here, Formats: ulawOnly, SRTP: key})
	b, sent, _ := h.phone(Params{Remote: there, Formats: ulawOnly})
	h.bridge(a, b)
	in, _ := srtp.CreateContext(key.Remote[:srtpKeyBytes], key.Remote[srtpKeyBytes:], srtp.ProtectionProfileAes128CmHmacSha1_80)
	v := &talker{at: here, ssrc: 7}
	raw, err := in.EncryptRTP(nil, v.paddedPacket(0, 8, 8), nil)
	if err != nil {
		t.Fatal(err)
	}
	a.receive(false, raw, here)
	if len(sent.sent) != 1 || len(sent.sent[0].b) != rtpHeader+160 || sent.sent[0].b[0] != 0x80 {
		t.Errorf("%d packets, %+v", len(sent.sent), a.Stats())
	}
}

// A count that cannot be is no RTP; keys with padding are keys.
func TestWrongPadding(t *testing.T) {
	h := newHouse(t, Config{})
	a, _, _ := h.phone(Params{Remote: here, Formats: ulawOnly})
	b, sent, _ := h.phone(Params{Remote: there, Formats: ulawOnly})
	h.bridge(a, b)
	v := &talker{at: here, ssrc: 7}
	for i, count := range []byte{0, 169, 255} {
		a.receive(false, v.paddedPacket(0, 8, count), here)
		if st := a.Stats(); st.Malformed != uint64(i+1) || len(sent.sent) != 0 {
			t.Errorf("count %d: %+v, %d sent", count, st, len(sent.sent))
		}
	}
	a.receive(false, v.paddedPacket(0, 8, 168), here) // nothing but padding
	if len(sent.sent) != 1 || len(sent.sent[0].b) != rtpHeader {
		t.Errorf("padding alone: %v", sent.sent)
	}
	short := v.raw(0, false, nil)
	short[0] |= padded
	a.receive(false, short, here)
	extended := append(v.raw(0, false, nil), 0xbe, 0xde, 0, 1, 0, 0, 0, 4) // the count lies in the extension
	extended[0] |= padded | 0x10
	a.receive(false, extended, here)
	if st := a.Stats(); st.Malformed != 5 {
		t.Errorf("%+v", st)
	}
	got := ""
	a.digits.on = func(k byte) { got += string(k) }
	v.seq++
	key := append(v.raw(101, true, []byte{7, 10, 0, 160}), 0, 0, 0, 4)
	key[0] |= padded
	a.receive(false, key, here)
	if got != "7" {
		t.Errorf("a key with padding: %q", got)
	}
}
