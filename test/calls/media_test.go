package calls

import (
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/testkit"
)

// The packet length of an endpoint (allow=ulaw:30) is in its offer and on what is
// sent to it, relayed or played; autoframing takes the far side's.
func TestPacketLengthOfAnEndpoint(t *testing.T) {
	for name, c := range map[string]struct {
		options, ptime string
		size           int
	}{
		"allow=ulaw:30": {"disallow=all\nallow=ulaw:30\n", "", 240},
		"autoframing":   {"autoframing=yes\n", "40", 320},
		"neither":       {"", "40", 160},
	} {
		t.Run(name, func(t *testing.T) {
			sip := strings.Replace(baseSIP, "secret=two\n", "secret=two\n"+c.options, 1)
			inWorldOf(t, sip, func(w *world, a, b *testkit.Phone) {
				call := a.Dial("1002")
				in := answered(t, b)
				in.Ptime = c.ptime
				in.Answer()
				if !call.Wait("200", 2*time.Second) || !in.Wait("ACK", 2*time.Second) {
					t.Fatal("not connected")
				}
				if offered := strings.Contains(in.Invite().Body, "a=ptime:30"); offered != (c.size == 240) {
					t.Errorf("the offer:\n%s", in.Invite().Body)
				}
				call.Media.Tone(440, 600*time.Millisecond)
				time.Sleep(time.Second)
				if got := in.Media.Sizes(); len(got) != 1 || got[c.size] < 600*8/c.size-1 {
					t.Errorf("packets by size: %v", got)
				}
				if amplitude := in.Media.Level(440); amplitude < 7000 {
					t.Errorf("the tone has %.0f", amplitude)
				}
				call.Hangup()
				in.Wait("BYE", time.Second)
			})
		})
	}
}

// jbforce puts what a phone sends into order; without it a relay leaves it.
func TestJitterBufferBetweenPhones(t *testing.T) {
	for options, swapped := range map[string]int{"": 10, "jbenable=yes\n": 10, "jbenable=yes\njbforce=yes\njbimpl=adaptive\n": 0} {
		t.Run(options, func(t *testing.T) {
			inWorldOf(t, strings.Replace(baseSIP, "[phone]", options+"[phone]", 1), func(w *world, a, b *testkit.Phone) {
				call, in := connected(t, a, b, "1002")
				for range 10 { // each third packet comes behind the next
					for _, skip := range []int{0, 1, -2} {
						call.Media.Skip(skip)
						call.Media.Packet(0, make([]byte, 160))
						time.Sleep(20 * time.Millisecond)
					}
					call.Media.Skip(1)
				}
				time.Sleep(time.Second)
				if _, n := in.Media.Counts(); n != 30 || in.Media.Swapped() != swapped {
					t.Errorf("%d packets, %d out of order", n, in.Media.Swapped())
				}
				call.Hangup()
				in.Wait("BYE", time.Second)
			})
		})
	}
}

// rtptimeout ends a call whose phone has fallen silent, rtpholdtimeout one that is
// held too long; a talking phone and one on hold without a limit stay.
func TestRTPTimeout(t *testing.T) {
	for name, c := range map[string]struct {
		options string
		hold    bool
		alive   time.Duration // that the call is expected to last
	}{
		"silent":                 {"rtptimeout=10\n", false, 10 * time.Second},
		"held":                   {"rtptimeout=10\nrtpholdtimeout=30\n", true, 30 * time.Second},
		"held without a limit":   {"rtptimeout=10\n", true, 0},
		"no timeout":             {"", false, 0},
		"kept open by ourselves": {"rtpkeepalive=5\n", false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			inWorldOf(t, strings.Replace(baseSIP, "secret=one\n", "secret=one\n"+c.options, 1), func(w *world, a, b *testkit.Phone) {
				call, in := connected(t, a, b, "1002")
				call.Media.Tone(440, time.Second)
				time.Sleep(time.Second)
				if c.hold {
					call.Hold("sendonly")
				}
				begun := time.Now()
				ended := call.Wait("BYE", 5*time.Minute)
				if lasted := time.Since(begun); ended != (c.alive > 0) || ended && (lasted < c.alive-time.Second || lasted > c.alive+time.Second) {
					t.Errorf("ended %v after %v", ended, lasted)
				}
				if ended && !in.Wait("BYE", time.Second) {
					t.Error("the other leg stays")
				}
				if n := call.Media.Types()[13]; (n > 50) != strings.Contains(c.options, "keepalive") {
					t.Errorf("%d packets of comfort noise", n)
				}
				if !ended {
					call.Hangup()
				}
			})
		})
	}
}

// How the audio of a call went, to its dialplan and to who listens.
func TestQualityOfACall(t *testing.T) {
	const plan = "[inside]\nexten => 1002,1,Dial(SIP/1002,20)\nexten => " +
		"h,1,Set(GLOBAL(SEEN)=${RTPAUDIOQOS}|${RTPAUDIOQOSBRIDGED}|${CHANNEL(rtpqos,audio,rxcount)}|${RTPAUDIOQOSRTTBRIDGED})\n"
	synctest.Test(t, func(t *testing.T) {
		w := managerWorld(t, plan)
		a, b := w.registered("1001", "one", "10.0.0.11:5060"), w.registered("1002", "two", "10.0.0.12:5060")
		c := w.client("admin", "secret")
		c.read(time.Second)
		call, in := connectVia(a, b)
		if !heardAt(call, in) || !heardAt(in, call) {
			t.Error("they do not hear each other")
		}
		call.Hangup()
		text := c.read(2 * time.Second)
		seen := regexp.MustCompile(`ssrc=\d+`).ReplaceAllString(w.global("SEEN"), "ssrc=N")
		own, rest, _ := strings.Cut(seen, "|")
		theirs, rest, _ := strings.Cut(rest, "|")
		count, rtt, _ := strings.Cut(rest, "|")
		for _, text := range []string{own, theirs} {
			if !regexp.MustCompile(
				`^ssrc=N;themssrc=N;lp=0;rxjitter=0\.\d{6};rxcount=[1-9]\d*;txjitter=0.000000;txcount=[1-9]\d*;rlp=0;rtt=0.000000;` +
					`rxmes=\d+\.\d{6};txmes=\d+\.\d{6}$`).MatchString(
				text) {
				t.Errorf("%q", text)
			}
		}
		if count == "0" || !strings.Contains(own, "rxcount="+count+";") ||
			rtt != "     minrtt=000.000000;     maxrtt=000.000000;     avgrtt=000.000000;     stdevrtt=000.000000;" {
			t.Errorf("%q", seen)
		}
		if n := strings.Count(text, "Variable: RTPAUDIOQOS"); n != 21 { // five of each to both, and one more of who was hung up
			t.Errorf("%d variables of it are told of", n)
		}
		c.ask("Action: Logoff")
		a.Close()
		b.Close()
		w.stop()
	})
}

// Keys count by the clock of the audio where they are offered so (RFC 4733 section 2.1),
// and by that of 8 kHz otherwise.
func TestEventsByTheClockOfTheAudio(t *testing.T) {
	sip := strings.Replace(baseSIP, "secret=one\n", "secret=one\nallow=slin16\n", 1)
	inWorldOf(t, sip, func(w *world, a, b *testkit.Phone) {
		call := a.Dial("600")
		if !call.Wait("200", 2*time.Second) {
			t.Fatal("not connected")
		}
		offer := func(formats, maps string) string {
			o := strings.Replace(call.Offer("sendrecv"), "RTP/AVP 0 101", "RTP/AVP "+formats, 1)
			head, _, _ := strings.Cut(o, "a=rtpmap")
			return head + maps + "a=sendrecv\r\n"
		}
		for _, c := range []struct{ formats, maps, want string }{
			{"118 102 101", "a=rtpmap:118 L16/16000\r\na=rtpmap:102 telephone-event/16000\r\na=rtpmap:101 telephone-event/8000\r\n",
				"a=rtpmap:102 telephone-event/16000\r\n"},
			{"118 101 102", "a=rtpmap:118 L16/16000\r\na=rtpmap:102 telephone-event/16000\r\na=rtpmap:101 telephone-event/8000\r\n",
				"a=rtpmap:102 telephone-event/16000\r\n"},
			{"118 101", "a=rtpmap:118 L16/16000\r\na=rtpmap:101 telephone-event/8000\r\n", "a=rtpmap:101 telephone-event/8000\r\n"},
			{"0 102 101", "a=rtpmap:102 telephone-event/16000\r\na=rtpmap:101 telephone-event/8000\r\n", "a=rtpmap:101 telephone-event/8000\r\n"},
			{"0 102", "a=rtpmap:102 telephone-event/48000\r\n", ""},
		} {
			if status := call.ReINVITE(offer(c.formats, c.maps)); status != 200 {
				t.Fatalf("%s: %d", c.formats, status)
			}
			if got := call.SDP(); strings.Count(got, "telephone-event") != min(len(c.want), 1) || !strings.Contains(got, c.want) {
				t.Errorf("%s: the answer\n%s", c.formats, got)
			}
		}
		call.Hangup()
	})
}
