package sipstack

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/testkit"

	"github.com/rs/zerolog"
)

func mustAddr(s string) netip.Addr { return netip.MustParseAddr(s) }

// uas answers by method and keeps what happened.
type uas struct {
	onRequest func(sh *Shard, tx *ServerTx, m *Message)
	stray     []string
}

func (u *uas) Handle(sh *Shard, tx *ServerTx, m *Message) { u.onRequest(sh, tx, m) }
func (u *uas) Stray(_ *Shard, m *Message)                 { u.stray = append(u.stray, m.Method) }
func (u *uas) CommonHeaders() []Header                    { return nil }

var (
	pbxAddr = netip.MustParseAddrPort("10.0.0.1:5060")
	uaAddr  = netip.MustParseAddrPort("10.0.0.2:5062")
)

// rig is a stack and a bare socket on one in-memory network.
type rig struct {
	t     *testing.T
	stack *Stack
	ua    net.PacketConn
}

func newRig(t *testing.T, u *uas) *rig {
	n := testkit.NewNetwork(testkit.Faults{})
	s, err := New(Config{UDP: []netip.AddrPort{pbxAddr}, ListenUDP: n.Listen, Handler: u, Shards: 2, Log: zerolog.Nop()})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	c, _ := n.Listen(uaAddr)
	return &rig{t, s, c}
}

func (r *rig) close() {
	r.stack.Close()
	r.ua.Close()
}

func (r *rig) send(text string) { r.ua.WriteTo([]byte(text), net.UDPAddrFromAddrPort(pbxAddr)) }

// starts reads for d and returns the start lines with their times.
func (r *rig) starts(d time.Duration) (out []string) {
	begin := time.Now()
	buf := make([]byte, 4096)
	r.ua.SetReadDeadline(begin.Add(d))
	for {
		n, _, err := r.ua.ReadFrom(buf)
		if err != nil {
			return
		}
		line, _, _ := strings.Cut(string(buf[:n]), "\r\n")
		f := strings.Fields(line)
		if f[0] == "SIP/2.0" {
			f[0] = f[1]
		}
		out = append(out, fmt.Sprintf("%s@%.1f", f[0], time.Since(begin).Seconds()))
	}
}

func req(method, branch string) string {
	return fmt.Sprintf("%s sip:100@10.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.2:5062;branch=z9hG4bK%s\r\nFrom: <sip:a@x>;tag=1\r\nTo: "+
		"<sip:b@x>\r\nCall-ID: c1\r\nCSeq: 1 %s\r\nContent-Length: 0\r\n\r\n", method, branch, method)
}

func expect(t *testing.T, got []string, want string) {
	t.Helper()
	if s := strings.Join(got, " "); s != want {
		t.Errorf("got  %s\nwant %s", s, want)
	}
}

func TestInviteFailureIsRepeatedUntilAck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, &uas{onRequest: func(_ *Shard, tx *ServerTx, _ *Message) { tx.Respond(Answer{Status: 486, Reason: "Busy Here"}) }})
		defer r.close()
		r.send(req("INVITE", "x"))
		expect(t, r.starts(8*time.Second), "486@0.0 486@0.5 486@1.5 486@3.5 486@7.5")
		r.send(req("ACK", "x"))
		expect(t, r.starts(40*time.Second), "")
		if s, c := r.stack.Open(); s+c != 0 {
			t.Errorf("%d and %d transactions left", s, c)
		}
	})
}

func Test2xxIsRepeatedAndGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		noAck := false
		r := newRig(t, &uas{onRequest: func(_ *Shard, tx *ServerTx, _ *Message) {
			tx.OnNoAck = func() { noAck = true }
			tx.Respond(Answer{Status: 200, Reason: "OK"})
		}})
		defer r.close()
		r.send(req("INVITE", "x"))
		got := r.starts(33 * time.Second)
		expect(t, got[:6], "200@0.0 200@0.5 200@1.5 200@3.5 200@7.5 200@11.5")
		synctest.Wait()
		if !noAck {
			t.Error("OnNoAck was not called")
		}
	})
}

func TestProvisionalIsRepeatedEachMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var open *ServerTx
		r := newRig(t, &uas{onRequest: func(_ *Shard, tx *ServerTx, _ *Message) {
			open = tx
			tx.Respond(Answer{Status: 180, Reason: "Ringing"})
		}})
		defer r.close()
		r.send(req("INVITE", "x"))
		expect(t, r.starts(130*time.Second), "180@0.0 180@60.0 180@120.0")
		r.stack.Post("c1", func(*Shard) { open.Respond(Answer{Status: 486, Reason: "Busy Here"}) })
		if got := r.starts(20 * time.Second); got[0] != "486@0.0" || len(got) != 8 {
			t.Errorf("got %v", got)
		}
	})
}

func TestCancelAnswersInviteFirstWithOneTag(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, &uas{onRequest: func(_ *Shard, tx *ServerTx, m *Message) {
			if m.Method != "INVITE" {
				t.Errorf("handler saw %s", m.Method)
				return
			}
			tx.OnCancel = func(*Message) {
				tx.Respond(Answer{Status: 487, Reason: "Request Terminated"})
				tx.Respond(Answer{Status: 200, Reason: "too late"}) // a second final answer never leaves
			}
			tx.Respond(Answer{Status: 180, Reason: "Ringing"})
		}})
		defer r.close()
		r.send(req("INVITE", "x"))
		r.send(req("CANCEL", "x"))
		expect(t, r.starts(time.Millisecond), "180@0.0 487@0.0 200@0.0")
		r.send(req("ACK", "x"))
	})
}

func TestRequestRetransmissionsAreAnsweredFromBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		r := newRig(t, &uas{onRequest: func(_ *Shard, tx *ServerTx, _ *Message) { calls++; tx.Respond(Answer{Status: 200, Reason: "OK"}) }})
		defer r.close()
		for range 3 {
			r.send(req("OPTIONS", "x"))
		}
		expect(t, r.starts(40*time.Second), "200@0.0 200@0.0 200@0.0")
		if calls != 1 {
			t.Errorf("handled %d times", calls)
		}
		if s, _ := r.stack.Open(); s != 0 {
			t.Errorf("%d transactions left", s)
		}
	})
}

func TestClientTransactionTimesOut(t *testing.T) {
	for method, want := range map[string]string{
		"OPTIONS": "OPTIONS@0.0 OPTIONS@0.5 OPTIONS@1.5 OPTIONS@3.5 OPTIONS@7.5 OPTIONS@11.5 OPTIONS@15.5 OPTIONS@19.5 OPTIONS@23.5 " +
			"OPTIONS@27.5 OPTIONS@31.5",
		"INVITE": "INVITE@0.0 INVITE@0.5 INVITE@1.5 INVITE@3.5 INVITE@7.5 INVITE@15.5 INVITE@31.5",
	} {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t, &uas{})
			defer r.close()
			var got error
			r.stack.Post("c1", func(sh *Shard) {
				sh.Send(Flow{Local: pbxAddr, Remote: uaAddr}, outgoing(method), SendOptions{SentBy: "10.0.0.1:5060"},
					func(_ *Message, err error) { got = err })
			})
			expect(t, r.starts(33*time.Second), want)
			synctest.Wait()
			if got != ErrTimeout {
				t.Errorf("%s: %v", method, got)
			}
		})
	}
}

func outgoing(method string) *Outgoing {
	return &Outgoing{Method: method, URI: "sip:x@10.0.0.2", From: "<sip:a@x>;tag=1", To: "<sip:b@x>", CallID: "c1", CSeq: 102}
}

// answerTo builds a response from a request as read off the wire.
func answerTo(request string, status int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "SIP/2.0 %d X\r\n", status)
	for _, l := range strings.Split(request, "\r\n")[1:] {
		for _, h := range []string{"Via:", "From:", "Call-ID:", "CSeq:"} {
			if strings.HasPrefix(l, h) {
				b.WriteString(l + "\r\n")
			}
		}
		if strings.HasPrefix(l, "To:") {
			b.WriteString(l + ";tag=far\r\n")
		}
	}
	return b.String() + "Content-Length: 0\r\n\r\n"
}

func (r *rig) read() string {
	buf := make([]byte, 4096)
	r.ua.SetReadDeadline(time.Now().Add(time.Minute))
	n, _, err := r.ua.ReadFrom(buf)
	if err != nil {
		r.t.Fatal(err)
	}
	return string(buf[:n])
}

func TestCancelWaitsForAProvisional(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, &uas{})
		defer r.close()
		var tx *ClientTx
		var final int
		r.stack.Post("c1", func(sh *Shard) {
			tx = sh.Send(Flow{Local: pbxAddr, Remote: uaAddr}, outgoing("INVITE"), SendOptions{SentBy: "10.0.0.1:5060"},
				func(m *Message, _ error) { final = m.Status })
		})
		inv := r.read()
		r.stack.Post("c1", func(*Shard) { tx.Cancel(nil) })
		synctest.Wait()
		r.send(answerTo(inv, 180))
		cancel := r.read()
		if !strings.HasPrefix(cancel, "CANCEL") || !strings.Contains(cancel, tx.Branch()) || !strings.Contains(cancel, "CSeq: 102 CANCEL") {
			t.Fatalf("got %s", cancel)
		}
		r.send(answerTo(cancel, 200))
		r.send(answerTo(inv, 487))
		if ack := r.read(); !strings.HasPrefix(ack, "ACK") || !strings.Contains(ack, "tag=far") || !strings.Contains(ack, tx.Branch()) {
			t.Fatalf("got %s", ack)
		}
		r.send(answerTo(inv, 487)) // repeated: acknowledged at once
		expect(t, r.starts(time.Second), "ACK@0.0")
		if final != 487 {
			t.Errorf("final %d", final)
		}
	})
}

func TestPanicCostsOneItem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := true
		r := newRig(t, &uas{onRequest: func(_ *Shard, tx *ServerTx, _ *Message) {
			if first {
				first = false
				panic("boom")
			}
			tx.Respond(Answer{Status: 200, Reason: "OK"})
		}})
		defer r.close()
		r.send(req("OPTIONS", "a"))
		r.send(req("OPTIONS", "b"))
		expect(t, r.starts(time.Second), "500@0.0 200@0.0")
	})
}

func TestOrderIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bad := 0
		r := newRig(t, &uas{onRequest: func(_ *Shard, tx *ServerTx, m *Message) {
			if m.Method == "CANCEL" {
				bad++
				return
			}
			tx.OnCancel = func(*Message) { tx.Respond(Answer{Status: 487, Reason: "X"}) }
		}})
		defer r.close()
		for i := range 2000 {
			r.send(req("INVITE", fmt.Sprint(i)))
			r.send(req("CANCEL", fmt.Sprint(i)))
			if i%20 == 0 { // well below newCallQueue
				synctest.Wait()
			}
		}
		synctest.Wait()
		if bad > 0 {
			t.Errorf("%d CANCELs found no INVITE", bad)
		}
	})
}

func TestWheelAgainstAList(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	now := time.Unix(0, 0)
	w := newWheel(now)
	type entry struct {
		t     Timer
		due   time.Time
		fired time.Time
	}
	var all []*entry
	for range 3000 {
		e := &entry{}
		d := time.Duration(rnd.IntN(120_000)) * time.Millisecond
		e.due = now.Add(d)
		w.arm(&e.t, now, d, alarmFunc(func() { e.fired = now }))
		all = append(all, e)
		if rnd.IntN(4) == 0 {
			x := all[rnd.IntN(len(all))]
			w.disarm(&x.t)
			if x.fired.IsZero() {
				x.due = time.Time{}
			}
		}
		slot, armed := w.next()
		if armed && rnd.IntN(3) == 0 {
			now = now.Add(max(w.until(slot, now), 0))
			w.run(now)
		}
	}
	for w.armed > 0 {
		slot, _ := w.next()
		now = now.Add(max(w.until(slot, now), 0))
		w.run(now)
	}
	for i, e := range all {
		if e.due.IsZero() != e.fired.IsZero() || !e.due.IsZero() && (e.fired.Before(e.due) || e.fired.Sub(e.due) > 2*slotTime) {
			t.Fatalf("timer %d due %v fired %v", i, e.due, e.fired)
		}
	}
}

func TestPortInUseIsNamed(t *testing.T) {
	c, _ := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	defer c.Close()
	a := c.LocalAddr().(*net.UDPAddr).AddrPort()
	_, err := New(Config{UDP: []netip.AddrPort{a}, Handler: &uas{}})
	if err == nil || !strings.Contains(err.Error(), "SIP over UDP on "+a.String()) || !strings.Contains(err.Error(), "in use") {
		t.Errorf("got %v", err)
	}
}

func TestWildcardAnswersFromTheAddressAsked(t *testing.T) {
	u := &uas{onRequest: func(_ *Shard, tx *ServerTx, _ *Message) { tx.Respond(Answer{Status: 200, Reason: "OK"}) }}
	s, err := New(Config{UDP: []netip.AddrPort{netip.MustParseAddrPort("0.0.0.0:0")}, Handler: u, Log: zerolog.Nop()})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	defer s.Close()
	for _, to := range []string{"127.0.0.1", "127.0.0.7"} {
		c, _ := net.DialUDP("udp4", nil, &net.UDPAddr{IP: net.ParseIP(to), Port: int(s.LocalUDP().Port())})
		text := strings.Replace(req("OPTIONS", to), "10.0.0.2:5062;", fmt.Sprintf("10.0.0.2:%d;", c.LocalAddr().(*net.UDPAddr).Port), 1)
		c.Write([]byte(text))
		c.SetReadDeadline(time.Now().Add(3 * time.Second))
		buf := make([]byte, 2048)
		if _, err := c.Read(buf); err != nil { // a connected socket hears that address only
			t.Errorf("%s: %v", to, err)
		}
		c.Close()
	}
}
