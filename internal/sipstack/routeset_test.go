package sipstack

import (
	"strings"
	"testing"
)

func TestRoutes(t *testing.T) {
	const target = "sip:alice@10.0.0.9:5062;transport=udp"
	for routes, want := range map[string]string{
		"":                                   target,
		"<sip:p1;lr>,<sip:p2>":               target + " <sip:p1;lr>,<sip:p2>",
		"<sip:p1;LR=on>":                     target + " <sip:p1;LR=on>",
		"<sip:p1;transport=udp;lr;x=y>":      target + " <sip:p1;transport=udp;lr;x=y>",
		"<sip:u@p1>":                         "sip:u@p1 <" + target + ">",
		"<sip:p1;transport=udp>,<sip:p2;lr>": "sip:p1;transport=udp <sip:p2;lr>,<" + target + ">",
		`"x" <sip:p1;method=INVITE;maddr=h?a=b>;lr`: "sip:p1;maddr=h <" + target + ">", // lr is the header's, not the URI's
	} {
		var list []string
		if routes != "" {
			list = strings.Split(routes, ",")
		}
		uri, headers := Routed(target, list)
		if got := strings.TrimSpace(uri + " " + strings.Join(headers, ",")); got != want {
			t.Errorf("%s: %s, want %s", routes, got, want)
		}
		if routes != strings.Join(list, ",") {
			t.Errorf("the route set has changed: %s", list)
		}
	}
}
