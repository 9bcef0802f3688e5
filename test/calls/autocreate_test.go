package calls

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/testkit"
)

const autoPlan = `[inside]
exten => _X.,1,Dial(SIP/${EXTEN},20)
[public]
exten => _X.,1,Dial(SIP/${EXTEN},20)
`

// autocreatepeer: a phone without an account registers, is called and calls in the context of
// [general]; an account stays one, with its password.
func TestAutoCreatePeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, configured("autocreatepeer=yes\nallowguest=no\nautocreate_limit=2\n", "", ""), autoPlan, testkit.Faults{})
		a, s := w.registered("1001", "one", "10.0.0.11:5060"), w.registered("5001", "", "10.0.0.21:5060")
		call, in := connected(t, a, s, "5001")
		call.Hangup()
		in.Wait("BYE", time.Second)
		call, in = connected(t, s, a, "1001")
		call.Hangup()
		in.Wait("BYE", time.Second)

		thief := w.phone("1002", "guessed", "10.0.0.22:5060")
		if status, _, _ := thief.Register(300); status != 403 {
			t.Errorf("an account without its password: %d", status)
		}
		for _, name := range []string{"_X.", "a&b", "${SHELL(x)}", "a/b", strings.Repeat("a", 100)} {
			odd := w.phone(name, "", "10.0.0.23:5060")
			if status, _, _ := odd.Register(300); status == 200 {
				t.Errorf("the name %q was let in", name)
			}
			odd.Close()
		}
		second, third := w.registered("5002", "", "10.0.0.24:5060"), w.phone("5003", "", "10.0.0.25:5060")
		if status, _, _ := third.Register(300); status != 503 {
			t.Errorf("one more than autocreate_limit: %d", status)
		}
		second.Register(0)
		if status, _, _ := third.Register(300); status != 200 {
			t.Errorf("after one has gone: %d", status)
		}
		if p, ok := w.sys.Driver().Peer("5001"); !ok || p.Binding == nil {
			t.Error("it is not shown")
		}
		var keys strings.Builder
		w.sys.Console().Run(&keys, "database show SIP")
		if strings.Contains(keys.String(), "5001") || !strings.Contains(keys.String(), "1001") {
			t.Errorf("the astdb has\n%s", keys.String())
		}
		time.Sleep(10 * time.Minute)
		if _, ok := w.sys.Driver().Peer("5001"); ok {
			t.Error("it is there after its time")
		}
		for _, p := range []*testkit.Phone{a, s, thief, second, third} {
			p.Close()
		}
		w.stop()
	})
}

// What a reload does to such peers: yes ends them, persist keeps them, and an account of the
// name takes its place in any case.
func TestAutoCreatedPeersAtAReload(t *testing.T) {
	for mode, want := range map[string]bool{"yes": false, "persist": true} {
		synctest.Test(t, func(t *testing.T) {
			sip := configured("autocreatepeer="+mode+"\n", "", "")
			w := newWorld(t, sip, autoPlan, testkit.Faults{})
			s, o := w.registered("5001", "", "10.0.0.21:5060"), w.registered("5002", "", "10.0.0.22:5060")
			w.write("sip.conf", sip+"[5002](phone)\nsecret=x\n")
			if err := w.sys.Reload("sip"); err != nil {
				t.Fatal(err)
			}
			if p, ok := w.sys.Driver().Peer("5001"); ok != want || ok && p.Binding == nil {
				t.Errorf("%s: there after the reload: %v", mode, ok)
			}
			if p, _ := w.sys.Driver().Peer("5002"); p.Binding != nil || !p.Secured() {
				t.Errorf("%s: the account has the address of a stranger", mode)
			}
			s.Close()
			o.Close()
			w.stop()
		})
	}
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, baseSIP, autoPlan, testkit.Faults{})
		s := w.phone("5001", "", "10.0.0.21:5060")
		if status, _, _ := s.Register(300); status == 200 {
			t.Error("let in without the option")
		}
		s.Close()
		w.stop()
	})
}
