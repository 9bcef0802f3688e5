package calls

import (
	"testing"
	"time"
)

// A node that drains has phones and callers try another one; what is going on goes on, and what is
// registered is called until it has moved. After a join all is as before.
func TestDrain(t *testing.T) {
	inNodes(t, 2, "", func(n []*node) {
		a, b := n[0], n[1]
		from, to, out, in := across(t, n)
		defer from.Close()
		in.Answer()
		if !out.Wait("200", 10*time.Second) {
			t.Fatal("not answered")
		}
		b.says("cluster drain", "takes no new calls", "0 calls and 1 registrations are left")
		time.Sleep(time.Second)
		a.says("cluster show nodes", "draining")
		b.says("cluster show nodes", "draining")
		talk(t, out, in)
		if s := in.Hold("sendonly"); s != 200 {
			t.Errorf("hold is answered %d", s)
		}
		if s := in.Hangup(); s != 200 {
			t.Errorf("BYE is answered %d", s)
		}
		within(t, 10*time.Second, "the call ends", out.Over)

		if c := to.Dial("600"); !c.Wait("503", 10*time.Second) {
			t.Error("a new call is taken")
		}
		if status, m, _ := to.Register(300); status != 503 || m.Get("Retry-After") == "" {
			t.Errorf("a registration is answered %d", status)
		}
		out = from.Dial("1002") // it is registered there still
		answered(t, to).Answer()
		if !out.Wait("200", 10*time.Second) {
			t.Error("a phone that is left is not called")
		}
		out.Hangup()
		a.says("cluster drain", "No other node would take the calls")
		if status, _, _ := to.Register(0); status != 200 {
			t.Errorf("to leave is answered %d", status)
		}
		to.Close()
		moved := a.registered("1002", "two", "10.0.1.7:5060")
		b.says("cluster drain", "0 calls and 0 registrations are left")
		moved.Close()

		b.says("cluster join", "again")
		b.says("cluster join", "was not draining")
		back := b.registered("1002", "two", "10.0.1.7:5060")
		defer back.Close()
		c := back.Dial("600")
		if !c.Wait("200", 10*time.Second) {
			t.Error("a call is refused after the join")
		}
		c.Hangup()
	})
}
