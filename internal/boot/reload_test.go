package boot

import (
	"strings"
	"testing"
)

// What a reload tells, what a dry one leaves alone, what an error leaves alone.
func TestReloadTellsWhatChanges(t *testing.T) {
	h := newHouse(t, map[string]string{"sip.conf": "[general]\nudpbindaddr=10.0.0.1:5060\n[a]\ntype=friend\nhost=dynamic\n[b]\n" +
		"type=friend\nhost=dynamic\n",
		"extensions.conf": "[one]\nexten => 1,1,NoOp()\nexten => 2,1,NoOp()\n[two]\nexten => 1,1,NoOp()\n"})
	h.start(false)
	defer h.stop()
	if got := h.run("core reload --dry-run"); got != "Nothing would change.\n" {
		t.Errorf("unchanged: %s", got)
	}
	h.write("sip.conf", "[general]\nudpbindaddr=10.0.0.1:5060\nuseragent=me\n\n[a]\ntype=friend\nhost=dynamic\n[b]\ntype=friend\n"+
		"host=dynamic\ncontext=x\n[c]\ntype=peer\nhost=10.0.0.9\n")
	h.write("extensions.conf", "[one]\nexten => 1,1,Answer()\nexten => 2,1,NoOp()\nexten => 3,1,NoOp()\n[three]\n[globals]\nX=1\n")
	const plan = "extensions.conf: ~ [one]: 2 lines came, 1 went\nextensions.conf: + [three]\nextensions.conf: - [two]\nextensions.conf: " +
		"~ [globals]\n"
	want := plan + "sip.conf: ~ [general]\nsip.conf: ~ [b]\nsip.conf: + [c]\n"
	for range 2 {
		if got := h.run("core reload --dry-run"); got != want {
			t.Errorf("dry: %s", got)
		}
	}
	if h.Driver().Directory().Lookup("c") != nil {
		t.Error("a dry reload changed something")
	}
	h.write("sip.conf", "[general]\nudpbindaddr=10.0.0.1:5060\n[c\ntype=peer\n")
	if got := h.run("sip reload"); !strings.HasPrefix(got, "Reload refused, everything stays as it was: sip.conf:3: missing ']'") {
		t.Errorf("refused: %s", got)
	}
	if h.Driver().Directory().Lookup("a") == nil {
		t.Error("a refused reload changed something")
	}
	if got := h.run("dialplan reload"); got != plan+"Dialplan reloaded.\n" {
		t.Errorf("dialplan: %s", got)
	}
}
