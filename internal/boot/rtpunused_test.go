package boot

import (
	"strings"
	"testing"
)

// Options of rtp.conf without effect are told at the start, with what is in their place; those that ask for what is so
// anyhow are not.
func TestUnusedOptionsOfRTP(t *testing.T) {
	h := newHouse(t, map[string]string{"logger.conf": "[logfiles]\nfull => warning\n", "rtp.conf": "[general]\nturnaddr=192.0.2.1\n" +
		"stunaddr=192.0.2.2\nice_deny=10.0.0.0/8\nicesupport=no\nrtpchecksums=no\nsrtpreplayprotection=no\ndtls_mtu=1200\nzork=1\n" +
		"[ice_host_candidates]\n10.0.0.1 => 192.0.2.3\n"})
	h.start(false)
	h.stop()
	text := h.read("log/full")
	for _, want := range []string{"rtp.conf:2: option 'turnaddr' is not supported and has no effect: no relay is asked",
		"rtp.conf:3: option 'stunaddr' is not supported and has no effect: no STUN server is asked",
		"rtp.conf:4: option 'ice_deny' is not supported and has no effect: the one candidate", "rtp.conf:7: option 'srtpreplayprotection'",
		"rtp.conf:9: option 'zork' is not supported and has no effect", "rtp.conf:11: [ice_host_candidates] is not supported"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if n := strings.Count(text, "has no effect"); n != 6 {
		t.Errorf("%d lines:\n%s", n, text)
	}
}
