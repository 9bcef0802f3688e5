package media

import (
	"net/netip"
	"testing"
	"time"

	"github.com/pion/stun/v3"
)

// A far side that does ICE is gone when it sends neither checks nor media for 30 s; one that does
// not, or whose checks are not ours, is judged by rtptimeout alone.
func TestConsent(t *testing.T) {
	far := netip.MustParseAddrPort("127.0.0.9:4000")
	check := func(pwd string) []byte {
		m, err := stun.Build(stun.TransactionID, stun.BindingRequest, stun.NewUsername("ours:theirs"), stun.NewShortTermIntegrity(pwd),
			stun.Fingerprint)
		if err != nil {
			t.Fatal(err)
		}
		return m.Raw
	}
	ice := ICE{Ufrag: "ours", Pwd: "0123456789012345678901", FarUfrag: "theirs"}
	for name, c := range map[string]struct {
		ice   ICE
		pwd   string
		again time.Duration // a further check comes then, 0: none
		gone  time.Duration // when it is said, 0: not in two minutes
	}{
		"a page that is closed":   {ice, ice.Pwd, 0, 30 * time.Second},
		"one check more":          {ice, ice.Pwd, 20 * time.Second, 50 * time.Second},
		"never a check that fits": {ice, "another password, 22 char", 0, 0},
		"no ICE":                  {ICE{}, ice.Pwd, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, Config{})
			s, _, _ := h.phone(Params{Remote: far, Formats: ulawOnly, ICE: c.ice, RTCPMux: true})
			var gone time.Duration
			h.on(func() { s.unwanted = func() { gone = h.l.now.Sub(epoch) } })
			h.on(func() { s.stunCame(s.rtp, check(c.pwd), far) })
			if c.again > 0 {
				h.pass(c.again)
				h.on(func() { s.stunCame(s.rtp, check(c.pwd), far) })
			}
			h.pass(2 * time.Minute)
			if gone != c.gone {
				t.Errorf("gone after %s, want %s", gone, c.gone)
			}
		})
	}
}
