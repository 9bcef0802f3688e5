package calls

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"obelisk/internal/testkit"
)

// over checks that a call has ended for everybody.
func (w *world) over(calls ...*testkit.Call) {
	w.t.Helper()
	for i, c := range calls {
		if !c.Over() && !c.Wait("BYE", 2*time.Second) {
			w.t.Errorf("party %d stays", i)
		}
	}
	time.Sleep(time.Second)
	if n, _, _ := w.sys.Core().Counts(); n != 0 {
		w.t.Errorf("%d channels left", n)
	}
}

// dialled is a call between two phones, either way round: by and other are the same
// phones' ends whoever dialled.
func dialled(t *testing.T, by, other *testkit.Phone, byCalls bool) (b, o *testkit.Call) {
	t.Helper()
	if byCalls {
		return connected(t, by, other, other.User)
	}
	o, b = connected(t, other, by, by.User)
	return b, o
}

func referTo(number string, to *testkit.Call) string {
	return "Refer-To: <sip:" + number + "@10.0.0.1?Replaces=" + url.QueryEscape(to.Replaces()) + ">\r\n"
}

// An attended transfer: 1001 is in a call with 1002, consults 1003 and joins the two,
// whoever called whom.
func TestAttendedTransfer(t *testing.T) {
	for _, first := range []bool{true, false} {
		for _, second := range []bool{true, false} {
			name := map[bool]string{true: "called, ", false: "was called, "}[first] + map[bool]string{true: "calls", false: "is called"}[second]
			t.Run(name, func(t *testing.T) {
				inWorld(t, func(w *world, a, b *testkit.Phone) {
					c := w.registered("1003", "three", "10.0.0.13:5060")
					defer c.Close()
					ab, x := dialled(t, a, b, first)
					ab.Hold("sendonly")
					ac, y := dialled(t, a, c, second)
					if status := ab.Send("REFER", referTo("1003", ac), ""); status != 202 {
						t.Fatalf("REFER was answered %d", status)
					}
					if got := heard(ab, 500*time.Millisecond); got != "NOTIFY SIP/2.0 200 OK" {
						t.Errorf("the transferrer heard %q", got)
					}
					if !ac.Over() && !ac.Wait("BYE", time.Second) {
						t.Error("the consultation goes on")
					}
					if status := ab.Hangup(); status != 200 {
						t.Errorf("its BYE was answered %d", status)
					}
					if !heardAt(x, y) || !heardAt(y, x) {
						t.Error("the two do not hear each other")
					}
					if n, _, _ := w.sys.Core().Counts(); n != 2 {
						t.Errorf("%d channels", n)
					}
					y.Hangup()
					w.over(x)
				})
			})
		}
	}
}

// Joined before the third phone has answered: the other party waits for it.
func TestTransferWhileItRings(t *testing.T) {
	inWorld(t, func(w *world, a, b *testkit.Phone) {
		c := w.registered("1003", "three", "10.0.0.13:5060")
		defer c.Close()
		ab, x := connected(t, a, b, "1002")
		ac := a.Dial("1003")
		y := answered(t, c)
		y.Ring()
		if !ac.Wait("180", time.Second) {
			t.Fatal("it does not ring")
		}
		if status := ab.Send("REFER", referTo("1003", ac), ""); status != 202 {
			t.Fatalf("REFER was answered %d", status)
		}
		if got := heard(ab, 500*time.Millisecond); got != "NOTIFY SIP/2.0 200 OK" {
			t.Errorf("the transferrer heard %q", got)
		}
		ab.Hangup()
		y.Answer()
		if !y.Wait("ACK", time.Second) {
			t.Fatal("the third phone is not connected")
		}
		if !heardAt(x, y) || !heardAt(y, x) {
			t.Error("the two do not hear each other")
		}
		x.Hangup()
		w.over(y)
	})
}

// What an attended transfer that cannot be done is answered; the call goes on.
func TestAttendedTransferRefused(t *testing.T) {
	inWorld(t, func(w *world, a, b *testkit.Phone) {
		ab, x := connected(t, a, b, "1002")
		for refer, want := range map[string]string{
			"<sip:1003@10.0.0.1?Replaces=x%3Bto-tag%3D1%3Bfrom-tag%3D2>":            "NOTIFY SIP/2.0 481 Call leg/transaction does not exist",
			"<sip:1003@10.0.0.1?Replaces=" + url.QueryEscape(ab.Replaces()) + ">":   "NOTIFY SIP/2.0 500 Internal Server Error",
			"<sip:4711@192.0.2.1?Replaces=x@192.0.2.1%3Bto-tag%3D1%3Bfrom-tag%3D2>": "NOTIFY SIP/2.0 404 Not found",
			"<sip:4711@10.0.0.1?Replaces=incomplete%3Bto-tag%3D1;user=phone>":       "NOTIFY SIP/2.0 404 Not found",
		} {
			if status := ab.Send("REFER", "Refer-To: "+refer+"\r\n", ""); status != 202 {
				t.Errorf("%s: answered %d", refer, status)
			}
			if got := heard(ab, 300*time.Millisecond); got != want {
				t.Errorf("%s: heard %q", refer, got)
			}
		}
		if !heardAt(ab, x) {
			t.Error("the call is disturbed")
		}
		ab.Hangup()
		w.over(x)
	})
}

// A transfer into a dialog that is elsewhere becomes a call with Replaces.
func TestTransferIntoACallElsewhere(t *testing.T) {
	inWorld(t, func(w *world, a, b *testkit.Phone) {
		c := w.registered("1003", "three", "10.0.0.13:5060")
		defer c.Close()
		ab, x := connected(t, a, b, "1002")
		refer := "Refer-To: <sip:1003@192.0.2.1?Replaces=x@192.0.2.1%3Bto-tag%3D1%3Bfrom-tag%3D2>\r\nReferred-By: <sip:1001@10.0.0.1>\r\n"
		ab.Send("REFER", refer, "")
		y := answered(t, c)
		inv := y.Invite()
		if inv.Get("Replaces") != "x@192.0.2.1;to-tag=1;from-tag=2" || inv.Get("Require") != "replaces" ||
			inv.Get("Referred-By") != "<sip:1001@10.0.0.1>" {
			t.Errorf("%v", inv.Headers)
		}
		ab.Hangup()
		y.Answer()
		y.Wait("ACK", time.Second)
		y.Hangup()
		w.over(x)
	})
}

// An INVITE with Replaces takes the place of a leg: of an answered one by either
// party, or of one that rings.
func TestInviteWithReplaces(t *testing.T) {
	for _, byCaller := range []bool{true, false} {
		t.Run(map[bool]string{true: "of the caller", false: "of the callee"}[byCaller], func(t *testing.T) {
			inWorld(t, func(w *world, a, b *testkit.Phone) {
				c := w.registered("1003", "three", "10.0.0.13:5060")
				defer c.Close()
				gone, stays := dialled(t, a, b, byCaller)
				c.Headers = "Replaces: " + gone.Replaces() + "\r\nRequire: replaces\r\n"
				n := c.Dial("1002")
				if !n.Wait("200", time.Second) || !gone.Wait("BYE", time.Second) {
					t.Fatal("it does not take the place")
				}
				if !heardAt(n, stays) || !heardAt(stays, n) {
					t.Error("the two do not hear each other")
				}
				n.Hangup()
				w.over(stays)
			})
		})
	}
	t.Run("of a phone that rings", func(t *testing.T) {
		inWorld(t, func(w *world, a, b *testkit.Phone) {
			c := w.registered("1003", "three", "10.0.0.13:5060")
			defer c.Close()
			call := a.Dial("1002")
			rings := answered(t, b)
			rings.Ring()
			call.Wait("180", time.Second)
			c.Headers = "Replaces: " + rings.Replaces() + ";early-only\r\n"
			n := c.Dial("1002")
			if !n.Wait("200", time.Second) || !call.Wait("200", time.Second) || !rings.Wait("CANCEL", time.Second) {
				t.Fatal("it is not picked up")
			}
			if !heardAt(n, call) || !heardAt(call, n) {
				t.Error("the two do not hear each other")
			}
			call.Hangup()
			w.over(n)
		})
	})
	for name, c := range map[string]struct{ replaces, want string }{
		"unknown dialog":      {"x;to-tag=1;from-tag=2", "481"},
		"cannot be read":      {"x;to-tag=1", "481"},
		"answered, not early": {"early-only", "486"},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world, a, b *testkit.Phone) {
				p := w.registered("1003", "three", "10.0.0.13:5060")
				defer p.Close()
				ab, x := connected(t, a, b, "1002")
				if c.replaces == "early-only" {
					c.replaces = ab.Replaces() + ";early-only"
				}
				p.Headers = "Replaces: " + c.replaces + "\r\n"
				if got := heard(p.Dial("1002"), time.Second); !strings.HasSuffix(got, c.want) {
					t.Errorf("answered %q", got)
				}
				ab.Hangup()
				w.over(x)
			})
		})
	}
}

// Joined with an application: the other party is in its place, and heard there.
func TestAttendedTransferToAnApplication(t *testing.T) {
	for _, hold := range []bool{false, true} {
		inWorld(t, func(w *world, a, b *testkit.Phone) {
			ab, x := connected(t, a, b, "1002")
			if hold {
				ab.Hold("sendonly")
			}
			ac := a.Dial("600")
			if !ac.Wait("200", time.Second) {
				t.Fatal("the echo does not answer")
			}
			if status := ab.Send("REFER", referTo("600", ac), ""); status != 202 {
				t.Fatalf("REFER was answered %d", status)
			}
			if got := heard(ab, 500*time.Millisecond); got != "NOTIFY SIP/2.0 200 OK" {
				t.Errorf("the transferrer heard %q", got)
			}
			ab.Hangup()
			if !heardAt(x, x) {
				t.Errorf("hold %v: it does not hear the echo", hold)
			}
			x.Hangup()
			w.over(ac)
		})
	}
}
