package test

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"obelisk/internal/fastpath"
	"obelisk/internal/testkit/hosts"
)

// TestKernelForwardsACall: two real phones on hosts of their own talk through the
// program on a third; with rtpfastpath the kernel carries most of their audio, and
// `call show` says so.
func TestKernelForwardsACall(t *testing.T) {
	tool(t, "baresip")
	h := hosts.New(t)
	var err error
	h.On(h.Switchboard, func() {
		var table *fastpath.Table
		if table, err = fastpath.Open(); err == nil {
			table.Close()
		}
	})
	if errors.Is(err, fastpath.ErrUnsupported) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	phone := func(name, secret string) string {
		return "[" + name + "]\ntype=friend\nhost=dynamic\ncontext=inside\nsecret=" + secret + "\n"
	}
	p := prepare(t, map[string]string{
		"sip.conf":        "[general]\nudpbindaddr=0.0.0.0:5060\n" + phone("1001", "one") + phone("1002", "two"),
		"extensions.conf": "[inside]\nexten => _100X,1,Dial(SIP/${EXTEN},20)\n",
		"rtp.conf":        "[general]\nrtpfastpath=yes\n",
	})
	p.host = h.Switchboard
	p.start()
	b := newBaresip(t, handset{user: "1002", secret: "two", host: h.Callee, listen: h.CalleeAddr.String() + ":5060",
		registrar: h.TowardsCallee.String() + ":5060", hz: 440, answer: "auto"})
	b.waitFor("200 OK", patience)
	registrar := h.TowardsCaller.String() + ":5060"
	a := newBaresip(t, handset{user: "1001", secret: "one", host: h.Caller, listen: h.CallerAddr.String() + ":5060", registrar: registrar,
		hz: 1000, answer: "manual", command: "/dial sip:1002@" + registrar})
	a.waitFor("Call established", patience)
	time.Sleep(4 * time.Second)
	a.stop()
	time.Sleep(500 * time.Millisecond)
	out, _ := p.rx("call show C-00000001")
	for _, m := range regexp.MustCompile(`media of \S+ (\d+) packets received from \S+ \((\d+) forwarded`).FindAllStringSubmatch(out, -1) {
		t.Logf("%s packets, %s of them forwarded by the kernel", m[1], m[2])
		if len(m[2]) < 2 {
			t.Errorf("only %s of %s packets were forwarded by the kernel", m[2], m[1])
		}
	}
	if !strings.Contains(out, "forwarded by the kernel") {
		t.Errorf("the call's account:\n%s", out)
	}
	talked(t, a, b)
}
