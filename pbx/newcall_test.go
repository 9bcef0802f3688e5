package pbx

import (
	"fmt"
	"testing"
)

func TestChannelName(t *testing.T) {
	for _, n := range []uint64{0, 1, 0xf, 0x10, 0x2a, 0xfffffff, 0x10000000, 0xffffffff} {
		if got, want := channelName(nil, "SIP", "1001", n), fmt.Sprintf("SIP/1001-%08x", n); got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
}
