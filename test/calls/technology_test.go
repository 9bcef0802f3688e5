package calls

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// Two phones whose packets pass as they are sit in native_rtp, once both are told to be there; who hears
// or changes them, looks for keys or needs other packets makes it a simple_bridge. As Asterisk 20.20.1.
func TestBridgeTechnology(t *testing.T) {
	const dial = "exten => 1002,1,Dial(SIP/1002)\n"
	for name, c := range map[string]struct{ plan, sip, want string }{
		"plain":         {plan: dial, want: "native_rtp"},
		"limit":         {plan: "exten => 1002,1,Dial(SIP/1002,,L(60000)g)\n", want: "native_rtp"},
		"features":      {plan: "exten => 1002,1,Dial(SIP/1002,,t)\n", want: "simple_bridge"},
		"recorded":      {plan: "exten => 1002,1,MixMonitor(x.wav)\nsame => n,Dial(SIP/1002)\n", want: "simple_bridge"},
		"louder":        {plan: "exten => 1002,1,Set(VOLUME(RX)=2)\nsame => n,Dial(SIP/1002)\n", want: "simple_bridge"},
		"jitter buffer": {plan: "exten => 1002,1,Set(JITTERBUFFER(adaptive)=default)\nsame => n,Dial(SIP/1002)\n", want: "simple_bridge"},
		"jbenable":      {plan: dial, sip: "jbenable=yes\n", want: "simple_bridge"},
		"by Local":      {plan: "exten => 1002,1,Dial(Local/2@inside/n)\nexten => 2,1,Dial(SIP/1002)\n", want: "simple_bridge"},
		"keys by INFO": {plan: "exten => 1002,1,Set(SIP_CODEC=alaw)\nsame => n,SIPDtmfMode(info)\nsame => n,Dial(SIP/1002)\n",
			want: "simple_bridge"},
		"nothing was set": {plan: "exten => 1002,1,Set(PERIODIC_HOOK(x,y,60)=)\nsame => n,Dial(SIP/1002)\n", want: "native_rtp"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorldWith(t, map[string]string{"sip.conf": strings.Replace(baseSIP, "[general]\n", "[general]\n"+c.sip, 1),
					"extensions.conf": "[inside]\n" + c.plan,
					"manager.conf":    managerConf})
				a, b := w.registered("1001", "one", "10.0.0.11:5060"), w.registered("1002", "two", "10.0.0.12:5060")
				m := w.client("admin", "secret")
				m.read(time.Second)
				m.ask("Action: Events\r\nEventMask: call")
				call, _ := connectVia(a, b)
				time.Sleep(time.Second)
				call.Hangup()
				var entered, left []string
				for _, block := range strings.Split(m.read(2*time.Second), "\r\n\r\n") {
					switch {
					case strings.HasPrefix(block, "Event: BridgeEnter"):
						entered = append(entered, headerOf(block, "BridgeTechnology"))
					case strings.HasPrefix(block, "Event: BridgeLeave"), strings.HasPrefix(block, "Event: BridgeDestroy"):
						left = append(left, headerOf(block, "BridgeTechnology"))
					}
				}
				for _, e := range entered {
					if e != "simple_bridge" {
						t.Errorf("entered %v", entered)
					}
				}
				if len(left) < 3 || strings.Count(strings.Join(left, " "), c.want) != len(left) {
					t.Errorf("left %v, not %s", left, c.want)
				}
				a.Close()
				b.Close()
				w.stop()
			})
		})
	}
}

// headerOf is a header of an event.
func headerOf(block, name string) string {
	for _, line := range strings.Split(block, "\n") {
		if v, ok := strings.CutPrefix(strings.TrimRight(line, "\r"), name+": "); ok {
			return v
		}
	}
	return ""
}

// Who is taken out of a Dial by Bridge goes on with the next priority when that is over, and knows why.
func TestFetchedGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := managerWorld(t, "[inside]\nexten => 1002,1,Dial(SIP/1002)\nsame => n,UserEvent(On,cause: ${HANGUPCAUSE})\nexten => "+
			"9,1,Answer()\nsame => n,Wait(30)\n")
		a, b := w.registered("1001", "one", "10.0.0.11:5060"), w.registered("1002", "two", "10.0.0.12:5060")
		m := w.client("admin", "secret")
		m.read(time.Second)
		connectVia(a, b)
		m.ask("Action: Originate\r\nChannel: Local/9@inside/n\r\nApplication: Wait\r\nData: 60\r\nAsync: true")
		time.Sleep(time.Second)
		m.read(time.Second)
		m.ask("Action: Bridge\r\nChannel1: SIP/1001-00000000\r\nChannel2: Local/9@inside-00000000;2")
		time.Sleep(time.Second)
		got := m.ask("Action: Hangup\r\nChannel: Local/9@inside-00000000;2\r\nCause: 16") + m.read(2*time.Second)
		if !strings.Contains(got, "UserEvent: On\r\n") || !strings.Contains(got, "cause: 16\r\n") {
			t.Errorf("it does not go on:\n%s", got)
		}
		a.Close()
		b.Close()
		w.stop()
	})
}
