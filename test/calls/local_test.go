package calls

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/testkit"
)

const localPlan = `[inside]
exten => 310,1,Dial(Local/311@inside,10)
exten => 311,1,Dial(SIP/1002,10)
exten => 320,1,Dial(Local/311@inside/n,10)
exten => 330,1,Dial(Local/310@inside,10)
exten => 350,1,Dial(Local/311@inside,10,S(5))
exten => 340,1,Set(_A=1)
same => n,Set(__B=2)
same => n,Set(C=3)
same => n,Set(CALLERID(all)="Cal" <55>)
same => n,Set(CHANNEL(accountcode)=ac9)
same => n,Dial(Local/341@inside/n,10)
exten => 341,1,Set(GLOBAL(SEEN)=${A} ${B} ${C} ${CALLERID(all)} ${CHANNEL(accountcode)} ${CHANNEL})
same => n,Answer()
same => n,Wait(1)
exten => h,1,Set(GLOBAL(ENDS)=${GLOBAL(ENDS)} ${CHANNEL(name):0:8})
`

func channelNames(w *world) (out []string) {
	for _, c := range w.sys.Core().Channels() {
		name := c.Name()
		if at := strings.LastIndexByte(name, '-'); !strings.HasPrefix(name, "Local") {
			name = name[:at]
		}
		out = append(out, name)
	}
	slices.Sort(out) // several are made at one moment of the virtual time
	return out
}

// A Local channel between two phones is left out once both are up, unless /n keeps it;
// also two of them in a row.
func TestLocalChannelLeftOut(t *testing.T) {
	for number, want := range map[string]string{
		"310": "SIP/1001 SIP/1002",
		"330": "SIP/1001 SIP/1002",
		"320": "Local/311@inside-00000000;1 Local/311@inside-00000000;2 SIP/1001 SIP/1002",
	} {
		for _, who := range []string{"caller", "callee", "console"} {
			t.Run(number+" "+who, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := newWorld(t, baseSIP, localPlan, testkit.Faults{})
					a, b := w.registered("1001", "one", "10.0.0.11:5060"), w.registered("1002", "two", "10.0.0.12:5060")
					call := a.Dial(number)
					in := <-b.Incoming
					in.Ring()
					call.Wait("180", time.Second)
					in.Answer()
					call.Wait("200", time.Second)
					time.Sleep(time.Second)
					if got := strings.Join(channelNames(w), " "); got != want {
						t.Errorf("channels %s, want %s", got, want)
					}
					call.Media.Tone(1000, time.Second)
					in.Media.Tone(440, time.Second)
					time.Sleep(1200 * time.Millisecond)
					if x, y := call.Media.Level(440), in.Media.Level(1000); x < 4000 || y < 4000 {
						t.Errorf("they hear each other with %.0f and %.0f of 8000", x, y)
					}
					switch who {
					case "caller":
						call.Hangup()
					case "callee":
						in.Hangup()
					default:
						w.sys.Console().Run(&strings.Builder{}, "channel request hangup "+w.sys.Core().Channels()[0].Name())
					}
					time.Sleep(time.Second)
					if who != "caller" && !call.Over() || who != "callee" && !in.Over() || len(channelNames(w)) > 0 {
						t.Errorf("over %v %v, channels %v", call.Over(), in.Over(), channelNames(w))
					}
					a.Close()
					b.Close()
					w.stop()
				})
			})
		}
	}
}

// What a Local channel takes over from whom has dialled it, as a running Asterisk showed.
func TestLocalChannelInherits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, baseSIP, localPlan, testkit.Faults{})
		a := w.registered("1001", "one", "10.0.0.11:5060")
		call := a.Dial("340")
		call.Wait("BYE", 5*time.Second)
		if got, _ := w.sys.Core().Global("SEEN"); got != `1 2  "Cal" <55> ac9 Local/341@inside-00000000;2` {
			t.Errorf("it sees %s", got)
		}
		a.Close()
		w.stop()
	})
}

// A limit of the call holds for whom the Local channel has led to.
func TestLocalChannelLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, baseSIP, localPlan, testkit.Faults{})
		a, b := w.registered("1001", "one", "10.0.0.11:5060"), w.registered("1002", "two", "10.0.0.12:5060")
		call := a.Dial("350")
		in := <-b.Incoming
		in.Answer()
		call.Wait("200", time.Second)
		begun := time.Now()
		if !call.Wait("BYE", 10*time.Second) || !in.Wait("BYE", time.Second) || time.Since(begun) < 4*time.Second {
			t.Errorf("it ends after %s", time.Since(begun))
		}
		a.Close()
		b.Close()
		w.stop()
	})
}

// The state of a Local device as a running Asterisk 16.28 showed it: an extension that is
// there is free or in use, by channels whose device is written the same.
func TestLocalDeviceState(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hints := "[lx]\nexten => 777,1,Answer\nsame => n,Wait(8)\n"
		for i, d := range []string{"777@lx", "777@lx/n", "nope@lx", "777@nope", "777", "@lx"} {
			hints += fmt.Sprintf("exten => h%d,hint,Local/%s\n", i+1, d)
		}
		w := newWorld(t, baseSIP, hints, testkit.Faults{})
		states := func() string {
			synctest.Wait()
			var out []string
			for i := range 6 {
				s, _ := w.sys.Core().Hint("lx", fmt.Sprintf("h%d", i+1))
				out = append(out, s.State.String())
			}
			return strings.Join(out, " ")
		}
		const idle = "Idle Idle Unavailable Unavailable Unavailable Unavailable"
		if got := states(); got != idle {
			t.Error(got)
		}
		w.console("channel originate Local/777@lx/n application Wait 4")
		time.Sleep(time.Second)
		if got := states(); got != "InUse"+strings.TrimPrefix(idle, "Idle") {
			t.Error(got)
		}
		time.Sleep(8 * time.Second)
		if got := states(); got != idle {
			t.Error(got)
		}
		w.stop()
	})
}

// A Local channel that was originated into the dialplan, and dials from there, is left out: both phones are in the bridge
// of ;1, whose part is done. That it begins is told before the party leaves its bridge, that it is done when it is there.
func TestOriginatedLocalLeftOut(t *testing.T) {
	for options, want := range map[string]string{"": "SIP/1001 SIP/1002",
		"/n": "Local/311@inside-00000000;1 Local/311@inside-00000000;2 SIP/1001 SIP/1002"} {
		t.Run("with "+options, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := managerWorld(t, localPlan+"exten => 360,1,Dial(SIP/1001,10)\n")
				a, b := w.registered("1001", "one", "10.0.0.11:5060"), w.registered("1002", "two", "10.0.0.12:5060")
				m := w.client("admin", "secret")
				m.read(time.Second)
				m.ask("Action: Events\r\nEventMask: call")
				w.console("channel originate Local/311@inside" + options + " extension 360@inside")
				second := <-b.Incoming
				second.Answer()
				first := <-a.Incoming
				first.Answer()
				time.Sleep(time.Second)
				if got := strings.Join(channelNames(w), " "); got != want {
					t.Errorf("channels: %s", got)
				}
				first.Hangup()
				time.Sleep(time.Second)
				told := leavingOut(m.read(2 * time.Second))
				if options == "" && told != "begin, leave SIP/1002, leave ;1, enter SIP/1002, end, hangup ;1" || options != "" && told != "" {
					t.Errorf("told: %s", told)
				}
				if n := len(w.sys.Core().Channels()); n != 0 {
					t.Errorf("%d channels are left", n)
				}
				a.Close()
				b.Close()
				w.stop()
			})
		})
	}
}

// leavingOut is what is told from the beginning of a Local channel's being left out to the end of its half ;1.
func leavingOut(text string) string {
	var told []string
	for _, block := range strings.Split(text, "\r\n\r\n") {
		name := headerOf(block, "Channel")
		if half := strings.LastIndexByte(name, ';'); half > 0 {
			name = name[half:]
		} else if at := strings.LastIndexByte(name, '-'); at > 0 {
			name = name[:at]
		}
		what := headerOf(block, "Event")
		switch {
		case what == "LocalOptimizationBegin":
			told = append(told, "begin")
		case len(told) == 0 || name == ";2":
		case what == "LocalOptimizationEnd":
			told = append(told, "end")
		case what == "BridgeEnter" || what == "BridgeLeave":
			told = append(told, strings.ToLower(what[len("Bridge"):])+" "+name)
		case what == "Hangup" && name == ";1":
			return strings.Join(append(told, "hangup ;1"), ", ")
		}
	}
	return strings.Join(told, ", ")
}
