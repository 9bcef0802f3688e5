package calls

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/testkit"
)

// inWorld runs a test in virtual time with the base configuration and the two
// phones 1001 and 1002 registered.
func inWorld(t *testing.T, f func(w *world, a, b *testkit.Phone)) {
	t.Helper()
	inWorldOf(t, baseSIP, f)
}

// inWorldOf is inWorld with another sip.conf.
func inWorldOf(t *testing.T, sip string, f func(w *world, a, b *testkit.Phone)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sip, baseExtensions, testkit.Faults{})
		a, b := w.registered("1001", "one", "10.0.0.11:5060"), w.registered("1002", "two", "10.0.0.12:5060")
		f(w, a, b)
		synctest.Wait()
		w.stop()
		a.Close()
		b.Close()
		if n := w.net.Open(); n != 0 {
			t.Errorf("%d sockets left open", n)
		}
	})
}

// connected is a call from a to b that is up.
func connected(t *testing.T, a, b *testkit.Phone, number string) (call, in *testkit.Call) {
	t.Helper()
	call = a.Dial(number)
	in = answered(t, b)
	in.Ring()
	in.Answer()
	if !call.Wait("200", 2*time.Second) || !in.Wait("ACK", 2*time.Second) {
		t.Fatal("not connected")
	}
	return
}

// events collects what a call hears until a final event or the time is up.
func heard(c *testkit.Call, d time.Duration) string {
	var out []string
	t := time.After(d)
	for {
		select {
		case e := <-c.Events:
			out = append(out, e)
		case <-t:
			return strings.Join(out, " ")
		}
	}
}

func TestFinalAnswers(t *testing.T) {
	for number, want := range map[string]string{"701": "100 486", "702": "100 503", "703": "100 603", "999": "404", "70": "484",
		"706": "100 503"} {
		t.Run(number, func(t *testing.T) {
			inWorld(t, func(w *world, a, b *testkit.Phone) {
				c := a.Dial(number)
				if got := heard(c, 3*time.Second); got != want {
					t.Errorf("got %s, want %s", got, want)
				}
			})
		})
	}
}

func TestFarEndRefuses(t *testing.T) {
	for status, want := range map[string]string{"486 Busy Here": "BUSY", "603 Declined": "BUSY", "480 Gone": "BUSY",
		"500 Error": "CONGESTION", "404 Not Found": "CHANUNAVAIL", "403 Forbidden": "CHANUNAVAIL", "503 X": "CONGESTION"} {
		t.Run(status, func(t *testing.T) {
			inWorld(t, func(w *world, a, b *testkit.Phone) {
				c := a.Dial("1002")
				answered(t, b).Reject(status)
				if !c.Wait(map[string]string{"BUSY": "486", "CONGESTION": "503", "CHANUNAVAIL": "503"}[want], 3*time.Second) {
					t.Errorf("no final answer")
				}
				synctest.Wait()
				if v := w.verdict(c.ID); !strings.Contains(v, "DIALSTATUS is "+want) {
					t.Errorf("verdict %s", v)
				}
			})
		})
	}
}

func TestCallerCancels(t *testing.T) {
	for _, ring := range []bool{false, true} {
		t.Run(fmt.Sprintf("ringing=%v", ring), func(t *testing.T) {
			inWorld(t, func(w *world, a, b *testkit.Phone) {
				c := a.Dial("1002")
				in := answered(t, b)
				if ring {
					in.Ring()
				}
				c.Wait("100", time.Second)
				if err := c.Cancel(); err != nil {
					t.Error(err)
				}
				if !c.Wait("487", time.Second) {
					t.Error("no 487")
				}
				if !ring { // a CANCEL waits for a provisional response
					in.Ring()
				}
				if !in.Wait("CANCEL", time.Second) {
					t.Error("the callee was not cancelled")
				}
			})
		})
	}
}

// A 200 that crosses our CANCEL is acknowledged and ended.
func TestAnswerCrossesCancel(t *testing.T) {
	inWorld(t, func(w *world, a, b *testkit.Phone) {
		c := a.Dial("1002")
		in := answered(t, b)
		in.Ring()
		c.Wait("180", time.Second)
		w.net.SetFaults(testkit.Faults{Delay: 30 * time.Millisecond})
		go c.Cancel()
		time.Sleep(40 * time.Millisecond) // the CANCEL has reached the switchboard and is on its way to b
		in.Answer()
		if got := heard(in, 2*time.Second); !strings.Contains(got, "ACK") || !strings.Contains(got, "BYE") {
			t.Errorf("the callee heard: %s", got)
		}
		if !strings.Contains(heard(c, time.Second), "487") {
			t.Error("the caller got no 487")
		}
	})
}

func TestNobodyAnswers(t *testing.T) {
	inWorld(t, func(w *world, a, b *testkit.Phone) {
		c := a.Dial("704")
		in := answered(t, b)
		in.Ring()
		if !in.Wait("CANCEL", 5*time.Second) || !c.Wait("486", 5*time.Second) {
			t.Error("no CANCEL after two seconds")
		}
		synctest.Wait()
		if !strings.Contains(w.verdict(c.ID), "DIALSTATUS is NOANSWER") {
			t.Error(w.verdict(c.ID))
		}
	})
}

func TestCalleeHangsUp(t *testing.T) {
	inWorld(t, func(w *world, a, b *testkit.Phone) {
		c, in := connected(t, a, b, "1002")
		if s := in.Hangup(); s != 200 {
			t.Errorf("BYE answered %d", s)
		}
		if !c.Wait("BYE", time.Second) {
			t.Error("the caller got no BYE")
		}
	})
}

func TestRingTwoFirstAnswerWins(t *testing.T) {
	inWorld(t, func(w *world, a, b *testkit.Phone) {
		third := w.registered("1003", "three", "10.0.0.13:5060")
		defer third.Close()
		c := a.Dial("700")
		x, y := answered(t, b), answered(t, third)
		x.Ring()
		y.Ring()
		c.Wait("180", time.Second)
		y.Answer()
		if !c.Wait("200", time.Second) || !y.Wait("ACK", time.Second) {
			t.Error("not connected")
		}
		if !x.Wait("CANCEL", time.Second) {
			t.Error("the other phone still rings")
		}
		c.Hangup()
		synctest.Wait()
		time.Sleep(time.Second)
		if r := w.cdr(); strings.Count(r, "\n") != 2 || !strings.Contains(r, `"NO ANSWER"`) || !strings.Contains(r, `"ANSWERED"`) {
			t.Errorf("one record for each leg: %s", r)
		}
	})
}

func TestUnregisteredPhone(t *testing.T) {
	inWorld(t, func(w *world, a, b *testkit.Phone) {
		c := a.Dial("1003")
		if !c.Wait("503", time.Second) {
			t.Error("no 503")
		}
		if story := w.sys.Core().Book().Search(c.ID).Render(); !strings.Contains(story, "peer '1003' is not registered and has no address") {
			t.Error(story)
		}
	})
}

func TestUnreachablePhone(t *testing.T) {
	for number, want := range map[string]string{
		"1002": "603", // Dial gives up after 20 s: NOANSWER
		"707":  "503", // the INVITE is repeated for 32 s: CONGESTION
	} {
		inWorld(t, func(w *world, a, b *testkit.Phone) {
			b.Close()
			c := a.Dial(number)
			if got := heard(c, 40*time.Second); got != "100 "+want {
				t.Errorf("%s: heard %s", number, got)
			}
		})
	}
}

func TestHoldAndResume(t *testing.T) {
	inWorld(t, func(w *world, a, b *testkit.Phone) {
		c, in := connected(t, a, b, "1002")
		for direction, want := range map[string]string{"sendonly": "a=recvonly", "recvonly": "a=sendonly", "inactive": "a=inactive",
			"sendrecv": "a=sendrecv"} {
			if s := c.Hold(direction); s != 200 || !strings.Contains(c.SDP(), want) {
				t.Errorf("%s: %d %s", direction, s, c.SDP())
			}
		}
		if s := c.Hold("sendrecv"); s != 200 {
			t.Errorf("resume: %d", s)
		}
		in.Media.Tone(440, 200*time.Millisecond)
		time.Sleep(300 * time.Millisecond)
		if l := c.Media.Level(440); l < 7000 {
			t.Errorf("no sound after resume: %.0f", l)
		}
		c.Hangup()
	})
}

func TestEarlyMedia(t *testing.T) {
	inWorld(t, func(w *world, a, b *testkit.Phone) {
		c := a.Dial("1002")
		in := answered(t, b)
		in.Progress()
		if !c.Wait("183", time.Second) {
			t.Fatal("no 183")
		}
		in.Media.Tone(440, 200*time.Millisecond)
		time.Sleep(300 * time.Millisecond)
		if l := c.Media.Level(440); l < 7000 {
			t.Errorf("no early media: %.0f", l)
		}
		in.Answer()
		if !c.Wait("200", time.Second) {
			t.Error("no 200")
		}
		c.Hangup()
	})
}

func TestTranscodingBetweenLaws(t *testing.T) {
	inWorld(t, func(w *world, a, b *testkit.Phone) {
		c := a.DialWith("1002", "0 101")
		in := answered(t, b)
		in.Formats = "8 101"
		in.Answer()
		if !c.Wait("200", time.Second) {
			t.Fatal("not connected")
		}
		if strings.Contains(c.SDP(), "PCMA") {
			t.Errorf("the caller offered ulaw only: %s", c.SDP())
		}
		c.Media.Tone(1000, 200*time.Millisecond)
		time.Sleep(300 * time.Millisecond)
		if n := in.Media.Types()[8]; n != 10 {
			t.Errorf("alaw packets at the callee: %v", in.Media.Types())
		}
		c.Hangup()
	})
}

func TestForward302(t *testing.T) {
	inWorld(t, func(w *world, a, b *testkit.Phone) {
		third := w.registered("1003", "three", "10.0.0.13:5060")
		defer third.Close()
		c := a.Dial("1002")
		answered(t, b).Redirect("<sip:1003@10.0.0.1>")
		in := answered(t, third)
		in.Ring()
		if !c.Wait("180", time.Second) {
			t.Error("no ringing from the forwarded call")
		}
		in.Answer()
		if !c.Wait("200", time.Second) {
			t.Fatal("not connected")
		}
		c.Media.Tone(1000, 200*time.Millisecond)
		time.Sleep(300 * time.Millisecond)
		if l := in.Media.Level(1000); l < 7000 {
			t.Errorf("no sound through the Local channel: %.0f", l)
		}
		c.Hangup()
		if !in.Wait("BYE", 2*time.Second) {
			t.Error("no BYE")
		}
	})
}

func TestEchoAndInfoDigit(t *testing.T) {
	inWorld(t, func(w *world, a, b *testkit.Phone) {
		c := a.Dial("600")
		if !c.Wait("200", time.Second) {
			t.Fatal("no answer")
		}
		c.Media.Tone(1000, 200*time.Millisecond)
		time.Sleep(300 * time.Millisecond)
		if l := c.Media.Level(1000); l < 7000 {
			t.Errorf("no echo: %.0f", l)
		}
		if s := c.Send("INFO", "Content-Type: application/dtmf-relay\r\n", "Signal=#\r\nDuration=160\r\n"); s != 200 {
			t.Errorf("INFO answered %d", s)
		}
		if !c.Wait("BYE", time.Second) {
			t.Error("# does not end the echo")
		}
	})
}

func TestNoCommonCodec(t *testing.T) {
	inWorld(t, func(w *world, a, b *testkit.Phone) {
		c := a.DialWith("600", "18")
		if !c.Wait("488", time.Second) {
			t.Error("no 488")
		}
		if v := w.verdict(c.ID); !strings.Contains(v, "refused with 488 Not acceptable here: no common codec: offered g729, allowed "+
			"ulaw,alaw (sip.conf:7)") {
			t.Error(v)
		}
	})
}

func TestLostAckAndDeadCaller(t *testing.T) {
	inWorld(t, func(w *world, a, b *testkit.Phone) {
		c := a.Dial("705")
		if !c.Wait("183", time.Second) {
			t.Fatal("no 183")
		}
		w.net.SetFaults(testkit.Faults{Loss: 1})
		time.Sleep(40 * time.Second) // the 200 is repeated in vain
		if n, _, _ := w.sys.Core().Counts(); n != 0 {
			t.Errorf("%d channels after 64*T1 without an ACK", n)
		}
		w.net.SetFaults(testkit.Faults{})
	})
}

func TestWrongPasswordIsExplained(t *testing.T) {
	inWorld(t, func(w *world, a, b *testkit.Phone) {
		thief := w.phone("1001", "guess", "10.0.0.66:5060")
		defer thief.Close()
		if s, _, _ := thief.Register(300); s != 403 {
			t.Errorf("REGISTER answered %d", s)
		}
		c := thief.Dial("600")
		if !c.Wait("403", time.Second) {
			t.Error("no 403")
		}
		if v := w.verdict(c.ID); !strings.Contains(v, "refused with 403 Forbidden: the password of '1001' is wrong (sip.conf:13)") {
			t.Error(v)
		}
	})
}

func TestGuestLandsInTheGeneralContext(t *testing.T) {
	inWorld(t, func(w *world, a, b *testkit.Phone) {
		guest := w.phone("stranger", "", "10.0.0.77:5060")
		defer guest.Close()
		c := guest.Dial("600")
		if !c.Wait("200", time.Second) {
			t.Fatal("no answer")
		}
		if ch := w.sys.Core().Channels(); len(ch) != 1 || ch[0].Name() != "SIP/10.0.0.1-00000000" || ch[0].View().At.Context != "public" {
			t.Errorf("%v", ch)
		}
		c.Hangup()
		if d := guest.Dial("1001"); !d.Wait("404", time.Second) {
			t.Error("a guest reached a phone")
		}
	})
}

// A phone behind NAT: its SDP and Contact name an address nobody has.
func TestPhoneBehindNAT(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, strings.Replace(baseSIP, "[1001](phone)", "[1001](phone)\nnat=force_rport,comedia", 1), baseExtensions,
			testkit.Faults{})
		a, b := w.registered("1001", "one", "10.0.0.11:5060"), w.registered("1002", "two", "10.0.0.12:5060")
		if s, _, _ := a.RegisterWith("Contact: <sip:1001@192.168.1.5:5060>\r\nExpires: 300\r\n"); s != 200 {
			t.Fatal("registration")
		}
		c := b.Dial("1001")
		in := answered(t, a)
		in.Lie("192.168.1.5", 4000)
		in.Answer()
		if !c.Wait("200", time.Second) || !in.Wait("ACK", time.Second) {
			t.Fatal("not connected: the INVITE or the ACK went to the private address")
		}
		in.Media.Tone(440, 400*time.Millisecond)
		c.Media.Tone(1000, 400*time.Millisecond)
		time.Sleep(500 * time.Millisecond)
		if _, n := in.Media.Counts(); n < 10 {
			t.Errorf("%d packets reached the phone behind NAT", n)
		}
		if _, n := c.Media.Counts(); n < 10 {
			t.Errorf("%d packets came from it", n)
		}
		c.Hangup()
		if !in.Wait("BYE", time.Second) {
			t.Error("the BYE went to the private address")
		}
		a.Close()
		b.Close()
		w.stop()
	})
}

// With the RTP ports used up new calls are refused, and those in progress go on.
func TestRTPPortsExhausted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorldWith(t, map[string]string{"sip.conf": baseSIP, "extensions.conf": baseExtensions,
			"rtp.conf": "[general]\nrtpstart=20000\nrtpend=20001\n"})
		a := w.registered("1001", "one", "10.0.0.11:5060")
		first := a.Dial("600")
		if !first.Wait("200", time.Second) {
			t.Fatal("no call")
		}
		second := a.Dial("600")
		if !second.Wait("503", time.Second) {
			t.Error("no 503")
		}
		if v := w.verdict(second.ID); !strings.Contains(v,
			"refused with 503 Service Unavailable: no free RTP port: all 1 pairs of 20000-20001 are in use") {
			t.Error(v)
		}
		if none := a.Dial("999999"); !none.Wait("404", time.Second) { // what is refused for another reason needs none
			t.Error("no 404")
		}
		first.Media.Tone(1000, 200*time.Millisecond)
		time.Sleep(300 * time.Millisecond)
		if l := first.Media.Level(1000); l < 7000 {
			t.Errorf("the first call was hurt: %.0f", l)
		}
		first.Hangup()
		time.Sleep(time.Second)
		if third := a.Dial("600"); !third.Wait("200", time.Second) {
			t.Error("no call after ports came free")
		}
		a.Close()
		w.stop()
	})
}

// Loss, duplication and reordering, or a system that has no room for what is to be
// sent: every call must still come to its end, and leave nothing behind.
func TestCallsOnABadNetwork(t *testing.T) {
	for seed := range uint64(10) {
		faults := testkit.Faults{Loss: 0.15, Duplicate: 0.1, Reorder: 0.1, Delay: 5 * time.Millisecond, Seed: seed}
		if seed >= 5 {
			faults = testkit.Faults{Full: 0.2, Delay: 5 * time.Millisecond, Seed: seed}
		}
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, baseSIP, baseExtensions, testkit.Faults{})
				a, b := w.registered("1001", "one", "10.0.0.11:5060"), w.registered("1002", "two", "10.0.0.12:5060")
				w.net.SetFaults(faults)
				up := 0
				for range 10 {
					c := a.Dial("1002")
					select {
					case in := <-b.Incoming:
						in.Ring()
						time.Sleep(100 * time.Millisecond)
						for range 5 { // phones repeat their 200 until the ACK
							in.Answer()
							if in.Wait("ACK", time.Second) {
								break
							}
						}
						if c.Wait("200", 5*time.Second) {
							up++
						}
						c.Hangup()
					case <-time.After(40 * time.Second):
					}
				}
				if up < 8 || faults.Full > 0 && up < 10 {
					t.Errorf("%d of 10 calls came up", up)
				}
				w.net.SetFaults(testkit.Faults{})
				time.Sleep(2 * time.Minute)
				if n, _, _ := w.sys.Core().Counts(); n != 0 {
					t.Errorf("%d channels left", n)
				}
				if s, c := w.sys.Stack().Open(); s+c != 0 {
					t.Errorf("%d and %d transactions left", s, c)
				}
				if n := len(w.sys.Driver().Dialogs()); n != 0 {
					t.Errorf("%d dialogs left", n)
				}
				a.Close()
				b.Close()
				w.stop()
			})
		})
	}
}

// A phone with dtmfmode=info and one with telephone-event press keys at each
// other: an INFO becomes an event, an event an INFO.
func TestKeysBetweenInfoAndEvents(t *testing.T) {
	for mode, want := range map[string]string{"info": "INFO Signal=# Duration=250", "shortinfo": "INFO 11"} {
		inWorldOf(t, strings.Replace(baseSIP, "secret=one\n", "secret=one\ndtmfmode="+mode+"\n", 1), func(w *world, a, b *testkit.Phone) {
			call, in := connected(t, a, b, "1002")
			synctest.Wait() // the ACK is out before the legs are bridged
			if s := call.Send("INFO", "Content-Type: application/dtmf-relay\r\n", "Signal=5\r\nDuration=160\r\n"); s != 200 {
				t.Errorf("%s: answered %d", mode, s)
			}
			time.Sleep(500 * time.Millisecond)
			if n := in.Media.Types()[101]; n != 7 {
				t.Errorf("%s: %d event packets", mode, n)
			}
			for i := range 5 {
				end := byte(0)
				if i == 4 {
					end = 0x80
				}
				in.Media.Packet(101, []byte{11, end | 10, byte(160 * i >> 8), byte(160 * i)})
			}
			if got := heard(call, 200*time.Millisecond); got != want {
				t.Errorf("%s: heard %q, want %q", mode, got, want)
			}
			call.Hangup()
		})
	}
}
