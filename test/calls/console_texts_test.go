package calls

import (
	"strings"
	"testing"
)

// Texts that programs read, to the byte.
func TestTextsOfHintsNetworksAndLimits(t *testing.T) {
	w := newWorldWith(t, map[string]string{
		"sip.conf": "[general]\nudpbindaddr=10.0.0.1:5060\nlocalnet=192.168.1.0/24\nlocalnet=fd00::/8\nlocalnet=172.16.0.1\n" +
			"externaddr=198.51.100.7\ncallcounter=yes\n[reception-desk-north]\ntype=friend\nhost=dynamic\n",
		"extensions.conf": "[phones]\nexten => reception-desk-north,hint,SIP/reception-desk-north\nexten => _2XX,hint,SIP/${EXTEN}\n" +
			"exten => 1,hint," + strings.TrimSuffix(strings.Repeat("SIP/100&", 9), "&") + "\n"})
	defer w.stop()
	hints := w.console("core show hints")
	for _, want := range []string{
		"\nreception-desk-north@phones   : SIP/reception-desk-north                                      State:Unavailable     " +
			"Presence:not_set         Watchers  0\n",
		"\n_2XX@phones                   : SIP/${EXTEN}                                                  State:Unavailable     Presence:     " +
			"           Watchers  0\n",
		"\n1@phones                      : SIP/100&SIP/100&SIP/100&SIP/100&SIP/100&SIP/100&SIP/100&SIP/  State:Unavailable     " +
			"Presence:not_set         Watchers  0\n",
	} {
		if !strings.Contains(hints, want) {
			t.Errorf("no %q in\n%s", want, hints)
		}
	}
	settings := w.console("sip show settings")
	const networks = "  Externrefresh:          10\n  Localnet:               192.168.1.0/255.255.255.0\n                          " +
		"fd00::/ff00::\n                          172.16.0.1/255.255.255.255\n\n"
	if !strings.Contains(settings, networks) {
		t.Errorf("sip show settings:\n%s", settings)
	}
	if got := w.console("sip show peer reception-desk-north"); !strings.Contains(got, "  Call limit   : 2147483647\n") {
		t.Errorf("%s", got)
	}
}
