package check

import (
	"strings"
	"testing"
)

// With pjsipnames=yes PJSIP/ names endpoints of sip.conf, and who names nobody is told so.
func TestCheckOfPJSIPNames(t *testing.T) {
	files := func(general string) map[string]string {
		return map[string]string{"sip.conf": "[general]\nallowguest=no\ncontext=a\n[7]\ntype=friend\nhost=dynamic\nsecret=Kz93jdhfu2\n" +
			"context=a\n",
			"extensions.conf": "[general]\n" + general + "[a]\nexten => 2,1,Dial(PJSIP/7&PJSIP/1@7,20)\nexten => 4,1,Dial(PJSIP/9)\nexten => " +
				"3,1,Set(A=${PJSIP_HEADER(read,From)}${PJSIP_ENDPOINT(7,context)})\nexten => 7,hint,PJSIP/7\n",
			"queues.conf": "[q]\nmember => PJSIP/7\nmember => PJSIP/8\n"}
	}
	off, on := said(t, files("")), said(t, files("pjsipnames=yes\n"))
	for _, text := range []string{"Dial: there is no channel technology 'PJSIP'", "member 'PJSIP/7' of queue 'q'"} {
		if !strings.Contains(off, text) || strings.Contains(on, text) {
			t.Errorf("%q: without\n%s\nwith\n%s", text, off, on)
		}
	}
	if !strings.Contains(on, "PJSIP/8") || !strings.Contains(on, "Dial: 'SIP/9' is not in sip.conf") || strings.Contains(on, "pjsipnames") ||
		strings.Contains(on, "PJSIP_") {
		t.Errorf("with pjsipnames:\n%s", on)
	}
}
