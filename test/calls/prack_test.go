package calls

import (
	"strings"
	"testing"
	"time"

	"obelisk/internal/testkit"
)

// A caller that requires reliable provisional answers (RFC 3262) gets them, one at a
// time, repeated until he confirms, and the final answer after them.
func TestReliableAnswersToACaller(t *testing.T) {
	for name, c := range map[string]struct {
		options string
		lazy    bool
		final   string
	}{
		"accept": {"", false, "200"},
		"yes":    {"100rel=yes\n", false, "200"},
		"no":     {"100rel=no\n", false, "420"},
		"silent": {"", true, "504"},
	} {
		t.Run(name, func(t *testing.T) {
			inWorldOf(t, configured("", c.options, ""), func(w *world, a, b *testkit.Phone) {
				a.Headers, a.Lazy = "Require: 100rel\r\n", c.lazy
				call := a.Dial("707")
				if c.final == "420" {
					if !call.Wait("420", time.Second) || call.Heard(420).Get("Unsupported") != "100rel" {
						t.Errorf("%v", call.Heard(420).Headers)
					}
					return
				}
				in := answered(t, b)
				in.Ring()
				if !c.lazy {
					time.Sleep(100 * time.Millisecond)
					in.Progress()
					time.Sleep(100 * time.Millisecond)
					in.Answer()
				}
				var got []string
				for e := range call.Events {
					if e != "100" && e != "401" {
						got = append(got, e)
					}
					if e == c.final {
						break
					}
				}
				if c.lazy { // 180 is repeated for 32 seconds
					if len(got) < 8 || got[0] != "180" || got[len(got)-2] != "180" {
						t.Errorf("%v", got)
					}
					return
				}
				first, second := call.Heard(180), call.Heard(183)
				if list := strings.Join(got, ","); strings.Count(list, "PRACK 200") != 2 || strings.Count(list, "180") != 1 ||
					first.Get("Require") != "100rel" || first.Get("RSeq") != "1" || second.Get("RSeq") != "2" || second.Body == "" {
					t.Errorf("%v\n%s\n%s", got, first.Raw, second.Raw)
				}
				if !heardAt(call, in) || !heardAt(in, call) {
					t.Error("they do not hear each other")
				}
				call.Hangup()
				in.Wait("BYE", time.Second)
			})
		})
	}
}

// A callee that answers reliably is confirmed, once for each answer; it is told that
// we can with 100rel=yes only.
func TestReliableAnswersOfACallee(t *testing.T) {
	for option, offered := range map[string]bool{"": false, "100rel=yes\n": true} {
		inWorldOf(t, configured("", "", option), func(w *world, a, b *testkit.Phone) {
			call := a.Dial("1002")
			in := answered(t, b)
			if strings.Contains(in.Invite().Get("Supported"), "100rel") != offered {
				t.Errorf("Supported: %s", in.Invite().Get("Supported"))
			}
			in.RingAs("Require: 100rel\r\nRSeq: 17\r\n")
			if !in.Wait("PRACK ", time.Second) {
				t.Fatal("no PRACK")
			}
			if got := in.LastRequest("PRACK").Get("RAck"); got != "17 102 INVITE" {
				t.Errorf("RAck: %s", got)
			}
			in.RingAs("Require: 100rel\r\nRSeq: 17\r\n")
			if in.Wait("PRACK ", time.Second) {
				t.Error("confirmed twice")
			}
			in.Answer()
			if !call.Wait("200", time.Second) || !heardAt(call, in) {
				t.Error("not connected")
			}
			call.Hangup()
			in.Wait("BYE", time.Second)
		})
	}
}
