package test

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"
)

// sipsak as a client that somebody else wrote: it registers, is refused, and asks for
// options. Of several challenges it looks at the first only.
func TestSipsak(t *testing.T) {
	alongside(t, &peersLane)
	program := tool(t, "sipsak")
	sys := started(t, "none", map[string]string{"extensions.conf": "[default]\nexten => 71,1,Answer()\n",
		"sip.conf": fmt.Sprintf("[general]\nudpbindaddr=127.0.0.1:%d\nauth_algorithms=MD5,SHA-256\nqop=auth\nnoncelife=60\nmax_contacts=5\n"+
			"[71]\ntype=friend\nhost=dynamic\nsecret=pw\n", obeliskPort)})
	run := func(args ...string) (string, error) {
		out, err := exec.Command(program, append([]string{"-T", "-s", fmt.Sprintf("sip:71@127.0.0.1:%d", obeliskPort)},
			args...)...).CombinedOutput()
		return string(out), err
	}
	if out, err := run("-U", "-C", "sip:71@127.0.0.1:5984", "-x", "300", "-u", "71", "-a", "pw", "-vvv"); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	list := sys.Driver().Bindings("71")
	if len(list) == 0 || !strings.HasPrefix(list[0].UserAgent, "sipsak") {
		t.Errorf("%+v", list)
	}
	if out, err := run("-U", "-C", "sip:71@127.0.0.1:5984", "-x", "300", "-u", "71", "-a", "wrong"); err == nil {
		t.Errorf("a wrong password is let in\n%s", out)
	}
	if out, err := run("-vv"); err != nil || !strings.Contains(out, "SIP/2.0 200 OK") {
		t.Errorf("OPTIONS: %v\n%s", err, out)
	}
}
