package calls

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/testkit"
)

// directmedia: both phones are given each other's address, unless one of them, or
// something about the call, is against it.
func TestDirectMedia(t *testing.T) {
	yes := "directmedia=yes\n"
	for name, c := range map[string]struct {
		one, two string // options
		formats  string // of the callee
		lie      bool   // the callee names another address than it sends from
		direct   bool
	}{
		"both":                {yes, yes, "0 101", false, true},
		"by UPDATE":           {"directmedia=update\n", "directmedia=update\n", "0 101", false, true},
		"no line":             {"", yes, "0 101", false, false},
		"one does not":        {"directmedia=no\n", yes, "0 101", false, false},
		"nonat":               {"canreinvite=nonat\n", yes, "0 101", false, true},
		"nonat, behind NAT":   {yes, "directmedia=nonat\nnat=comedia\n", "0 101", true, false},
		"no common codec":     {yes, yes, "8 101", false, false},
		"no common DTMF mode": {yes, yes + "dtmfmode=info\n", "0", false, false},
		"address permitted":   {yes + "directmediadeny=0.0.0.0/0\ndirectmediapermit=10.0.0.0/24\n", yes, "0 101", false, true},
		"no UPDATE to it": {"directmedia=update\ndisallowed_methods=UPDATE\n", "directmedia=update\ndisallowed_methods=UPDATE\n", "0 101",
			false, true},
		"list of acl.conf": {yes + "directmediaacl=missing\n", yes, "0 101", false, false},
		"address denied":   {yes + "directmediadeny=10.0.0.12\n", yes, "0 101", false, false},
	} {
		t.Run(name, func(t *testing.T) {
			inWorldOf(t, asserting(map[string]string{"one": c.one, "two": c.two}), func(w *world, a, b *testkit.Phone) {
				call := a.DialWith("1002", "0 101")
				in := answered(t, b)
				in.Formats = c.formats
				if c.lie {
					in.Lie("192.168.1.5", 4000)
				}
				in.Answer()
				if !call.Wait("200", time.Second) {
					t.Fatal("not connected")
				}
				if got := changed(call) == here(in.Media); got != c.direct {
					t.Errorf("the caller sends to %s, the callee is at %s", changed(call), here(in.Media))
				}
				if got := changed(in) == here(call.Media); got != (c.direct || name == "address denied" || name == "list of acl.conf") {
					t.Errorf("the callee sends to %s, the caller is at %s", changed(in), here(call.Media))
				}
				if name != "no common DTMF mode" && !c.lie && c.formats == "0 101" && (!heardAt(call, in) || !heardAt(in, call)) {
					t.Error("they do not hear each other")
				}
				call.Hangup()
				in.Wait("BYE", time.Second)
			})
		})
	}
}

// changed is where the phone was told to send to, some time later.
func changed(c *testkit.Call) string {
	time.Sleep(500 * time.Millisecond)
	return c.Media.To().String()
}

func here(m *testkit.Media) string { return m.Addr().String() }

const direct = "directmedia=yes\n"

// Where something here needs the media of a call it stays here: keys of features, who records or
// hears it, a changed level; and it comes back when that begins in the call, and goes when it ends.
func TestDirectMediaStaysWhereItIsNeeded(t *testing.T) {
	plan := "[inside]\n"
	needs := map[string]bool{"Dial(SIP/1002)": false, "Dial(SIP/1002,,t)": true, "Dial(SIP/1002,,H)": true, "Dial(SIP/1002,,k)": false,
		"Dial(SIP/1002,,L(60000))": false, "MixMonitor(/dev/null)": true, "MixMonitor(/dev/null,b)": true, "Set(VOLUME(RX)=3)": true,
		"Set(TALK_DETECT(set)=)": true}
	for step := range needs {
		plan += "exten => " + strings.Map(func(r rune) rune {
			if strings.ContainsRune("(),=/", r) {
				return '_'
			}
			return r
		}, "s"+step) + ",1," + step + "\n same => n,Dial(SIP/1002)\n"
	}
	plan += "exten => spy,1,Answer()\n same => n,ChanSpy(SIP/1001,q)\n"
	for step, needed := range needs {
		t.Run(step, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, asserting(map[string]string{"one": direct, "two": direct}), plan, testkit.Faults{})
				a, b := w.registered("1001", "one", "10.0.0.11:5060"), w.registered("1002", "two", "10.0.0.12:5060")
				call, in := connected(t, a, b, strings.NewReplacer("(", "_", ")", "_", ",", "_", "=", "_", "/", "_").Replace("s"+step))
				if got := changed(in) == here(call.Media) && changed(call) == here(in.Media); got == needed {
					t.Errorf("it is direct: %v", got)
				}
				if step == "Dial(SIP/1002)" {
					for _, c := range []struct {
						command string
						direct  bool
					}{{"mixmonitor start SIP/1001 /dev/null", false}, {"mixmonitor stop SIP/1001", true},
						{"channel originate Local/spy@inside/n application Wait 5", false}} {
						w.console(c.command)
						for range 20 { // what is stopped is seen by the next packet
							call.Media.Packet(0, make([]byte, 160))
							in.Media.Packet(0, make([]byte, 160))
							time.Sleep(20 * time.Millisecond)
						}
						if got := changed(in) == here(call.Media) && changed(call) == here(in.Media); got != c.direct {
							t.Errorf("after %q it is direct: %v", c.command, got)
						}
					}
				}
				call.Hangup()
				in.Wait("BYE", time.Second)
				time.Sleep(10 * time.Second)
				synctest.Wait()
				w.stop()
				a.Close()
				b.Close()
			})
		})
	}
}

// Hold brings the media back, for the music, and resuming sends it away again; so do a
// transfer and a refusal of either phone.
func TestDirectMediaComesBack(t *testing.T) {
	sip := asserting(map[string]string{"one": direct, "two": direct, "three": direct})
	t.Run("hold", func(t *testing.T) {
		inWorldOf(t, sip, func(w *world, a, b *testkit.Phone) {
			call, in := connected(t, a, b, "1002")
			if changed(in) != here(call.Media) {
				t.Fatal("not direct")
			}
			_, n := in.Media.Counts()
			call.Hold("sendonly")
			if !strings.HasPrefix(changed(in), "10.0.0.1:") {
				t.Errorf("on hold the callee sends to %s", in.Media.To())
			}
			time.Sleep(time.Second)
			if _, more := in.Media.Counts(); more-n < 60 {
				t.Errorf("%d packets of music", more-n)
			}
			call.Hold("sendrecv")
			if changed(in) != here(call.Media) || changed(call) != here(in.Media) {
				t.Errorf("resumed: %s and %s", in.Media.To(), call.Media.To())
			}
			call.Hangup()
			in.Wait("BYE", time.Second)
		})
	})
	t.Run("transfer", func(t *testing.T) {
		inWorldOf(t, sip, func(w *world, a, b *testkit.Phone) {
			c := w.registered("1003", "three", "10.0.0.13:5060")
			defer c.Close()
			call, in := connected(t, a, b, "1002")
			changed(call)
			if s := in.Send("REFER", "Refer-To: <sip:1003@10.0.0.1>\r\n", ""); s != 202 {
				t.Fatalf("REFER answered %d", s)
			}
			third := answered(t, c)
			if !strings.HasPrefix(changed(call), "10.0.0.1:") {
				t.Errorf("while the third rings the caller sends to %s", call.Media.To())
			}
			third.Answer()
			if changed(call) != here(third.Media) || changed(third) != here(call.Media) {
				t.Errorf("answered: %s and %s", call.Media.To(), third.Media.To())
			}
			in.Hangup()
			call.Hangup()
			third.Wait("BYE", time.Second)
		})
	})
	t.Run("refused", func(t *testing.T) {
		inWorldOf(t, sip, func(w *world, a, b *testkit.Phone) {
			call := a.Dial("1002")
			in := answered(t, b)
			in.Refusals = []string{"488 Not Acceptable Here"}
			in.Answer()
			call.Wait("200", time.Second)
			if !strings.HasPrefix(changed(call), "10.0.0.1:") || !heardAt(call, in) || !heardAt(in, call) {
				t.Errorf("the caller sends to %s", call.Media.To())
			}
			call.Hangup()
			in.Wait("BYE", time.Second)
		})
	})
}

// directrtpsetup: the first offer and answer of a call to one destination name the other far side,
// and there is nothing left to say once both are connected.
func TestDirectFromTheStart(t *testing.T) {
	for name, c := range map[string]struct {
		plan          string
		offer, answer bool // name the other far side
	}{
		"one destination": {"Dial(SIP/bare)", true, true},
		"two":             {"Dial(SIP/bare&SIP/1001)", false, true},
		"a subroutine":    {"Dial(SIP/bare,,U(sub))", false, true},
	} {
		t.Run(name, func(t *testing.T) {
			planWorld(t, "exten => 9,1,"+c.plan+"\n[sub]\nexten => s,1,Return()\n", func(w *world, a *testkit.Phone, u *bareUA) {
				w.write("sip.conf", strings.NewReplacer("[general]\n", "[general]\ndirectmedia=yes\ndirectrtpsetup=yes\n").Replace(w.read("sip.conf")))
				if err := w.sys.Reload("sip"); err != nil {
					t.Fatal(err)
				}
				v := newBare(t, w, "10.0.0.61:5060")
				defer v.conn.Close()
				d := v.dial("9")
				cseq := d.request("INVITE", "", v.sdp())
				invite := u.next("INVITE", time.Second)
				if got := strings.Contains(bodyOf(invite), "c=IN IP4 10.0.0.61\r\n"); got != c.offer {
					t.Errorf("the offer:\n%s", bodyOf(invite))
				}
				u.answer(invite, "200 OK", "", u.sdp())
				ok := v.final(cseq, time.Second)
				if got := strings.Contains(bodyOf(ok), connection(u.sdp())); got != c.answer {
					t.Errorf("the answer:\n%s", bodyOf(ok))
				}
				d.peer = lineOf(ok, "To")
				d.send(d.cseq, "ACK", "", "")
				if re := v.next("INVITE", time.Second); re != "" {
					t.Errorf("the caller is told again:\n%s", re)
				}
				if re := u.next("INVITE", time.Second); (re == "") != c.offer {
					t.Errorf("the callee is told again:\n%s", re)
				}
			})
		})
	}
}

// What was to be direct comes here after all when the callee fails after early media of his own.
func TestDirectFromTheStartFails(t *testing.T) {
	planWorld(t, "exten => 9,1,Dial(SIP/bare)\nsame => n,Answer()\nsame => n,Wait(5)\n", func(w *world, a *testkit.Phone, u *bareUA) {
		w.write("sip.conf", strings.NewReplacer("[general]\n", "[general]\ndirectmedia=yes\ndirectrtpsetup=yes\n").Replace(w.read("sip.conf")))
		if err := w.sys.Reload("sip"); err != nil {
			t.Fatal(err)
		}
		v := newBare(t, w, "10.0.0.61:5060")
		defer v.conn.Close()
		d := v.dial("9")
		cseq := d.request("INVITE", "", v.sdp())
		invite := u.next("INVITE", time.Second)
		u.answer(invite, "183 Session Progress", "", u.sdp())
		time.Sleep(time.Second)
		u.answer(invite, "486 Busy Here", "", "")
		ok := v.final(cseq, time.Second)
		if !strings.Contains(bodyOf(ok), "c=IN IP4 10.0.0.1\r\n") {
			t.Errorf("the answer:\n%s", ok)
		}
		d.peer = lineOf(ok, "To")
		d.send(d.cseq, "ACK", "", "")
	})
}

// connection is the c line of a description.
func connection(sdp string) string {
	_, line, _ := strings.Cut(sdp, "c=")
	line, _, _ = strings.Cut(line, "\r\n")
	return "c=" + line + "\r\n"
}

// Dial with option g: the media comes back before the dialplan goes on, and the BYE waits for
// the answer to that INVITE, two seconds at most, as chan_sip has it
// (channels/SIP/sip_hold_direct_media of the Asterisk test suite).
func TestDirectMediaComesBackBeforeTheBye(t *testing.T) {
	for _, answered := range []bool{true, false} {
		planWorld(t, "exten => 9,1,Dial(SIP/bare,,g)\nsame => n,Hangup(17)\n", func(w *world, a *testkit.Phone, u *bareUA) {
			w.write("sip.conf", strings.NewReplacer("[general]\n", "[general]\ndirectmedia=yes\n").Replace(w.read("sip.conf")))
			if err := w.sys.Reload("sip"); err != nil {
				t.Fatal(err)
			}
			v := newBare(t, w, "10.0.0.61:5060")
			defer v.conn.Close()
			d := v.dial("9")
			cseq := d.request("INVITE", "", v.sdp())
			invite := u.next("INVITE", time.Second)
			u.answer(invite, "200 OK", "", u.sdp())
			d.peer = lineOf(v.final(cseq, time.Second), "To")
			d.send(d.cseq, "ACK", "", "")
			for _, side := range []*bareUA{u, v} {
				re := side.next("INVITE", time.Second)
				side.answer(re, "200 OK", "", side.sdp())
				if side.next("ACK", time.Second) == "" {
					t.Fatalf("no direct media: %q", re)
				}
			}
			u.called(invite).ask("BYE", "", "")
			begun := time.Now()
			back := v.next("INVITE", time.Second)
			if !strings.Contains(bodyOf(back), "c=IN IP4 10.0.0.1\r\n") {
				t.Fatalf("the media does not come back: %s", back)
			}
			if answered {
				time.Sleep(time.Second)
				v.answer(back, "200 OK", "", v.sdp())
			}
			bye := v.next("BYE", 5*time.Second)
			if after := time.Since(begun).Round(100 * time.Millisecond); answered && after != time.Second || !answered && after != 2*time.Second ||
				lineOf(bye, "X-Asterisk-HangupCauseCode") != "17" {
				t.Errorf("answered %v: BYE after %v with cause %s", answered, after, lineOf(bye, "X-Asterisk-HangupCauseCode"))
			}
			v.answer(bye, "200 OK", "", "")
		})
	}
}
