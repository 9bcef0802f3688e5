package calls

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/testkit"
)

const originatePlan = `[inside]
exten => 601,1,Set(GLOBAL(AT)=${EXTEN} ${CALLERID(num)} ${CHANNEL(context)})
same => n,Wait(2)
exten => 610,1,Answer()
same => n,Wait(60)
exten => 620,1,Dial(SIP/1002,20)
same => n,Set(GLOBAL(AFTER)=yes)
exten => 630,1,Set(GLOBAL(M${CHANNEL(name):4:4})=here)
same => n,Wait(60)
exten => failed,1,Set(GLOBAL(FAILED)=${REASON} ${CHANNEL})
`

func (w *world) console(line string) string {
	var b strings.Builder
	w.sys.Console().Run(&b, line)
	return b.String()
}

func (w *world) global(name string) string {
	v, _ := w.sys.Core().Global(name)
	return v
}

// Calls that the console begins.
func TestChannelOriginate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, baseSIP, originatePlan, testkit.Faults{})
		a := w.registered("1001", "one", "10.0.0.11:5060")

		w.console("channel originate SIP/1001 extension 601@inside")
		in := <-a.Incoming
		in.Ring()
		time.Sleep(time.Second)
		if got := w.console("core show channels concise"); !strings.Contains(got,
			"SIP/1001-00000000!inside!!1!Ringing!AppDial2!(Outgoing Line)!1001!") {
			t.Errorf("while it rings: %s", got)
		}
		in.Answer()
		if !in.Wait("BYE", 5*time.Second) || w.global("AT") != "601 1001 inside" {
			t.Errorf("it ran %q", w.global("AT"))
		}

		w.console("channel originate SIP/1001 application Set GLOBAL(APP)=ran")
		in = <-a.Incoming
		in.Answer()
		if !in.Wait("BYE", 5*time.Second) || w.global("APP") != "ran" {
			t.Errorf("the application: %q", w.global("APP"))
		}

		for _, c := range []struct{ end, want string }{{"486 Busy Here", "5"}, {"503 Gone", "8"}, {"", "3"}} {
			w.console("channel originate SIP/1001 extension 601@inside")
			if in = <-a.Incoming; c.end != "" {
				in.Reject(c.end)
			}
			time.Sleep(31 * time.Second)
			if got := w.global("FAILED"); got != c.want+" OutgoingSpoolFailed" {
				t.Errorf("%q: %s", c.end, got)
			}
		}
		if got := w.console("channel originate SIP/1003 application Wait 1"); !strings.Contains(got, "SIP/1003 cannot be called") {
			t.Error(got)
		}
		if got := w.console("channel originate SIP application Wait 1"); !strings.HasPrefix(got,
			"*** No data provided after channel type! ***\n") {
			t.Error(got)
		}

		w.console("channel originate Local/610@inside/n application Wait 1")
		time.Sleep(5 * time.Second)
		if n := channelNames(w); len(n) > 0 {
			t.Errorf("left: %v", n)
		}
		a.Close()
		w.stop()
		b, _ := os.ReadFile(filepath.Join(w.dir, "log/cdr-csv/Master.csv"))
		var short []string
		for _, l := range strings.Split(strings.TrimSpace(string(b)), "\n") {
			f := strings.Split(l, ",")
			short = append(short, strings.Join([]string{f[1], f[2], f[3], f[5], f[7], f[len(f)-3]}, " "))
		}
		got := strings.Join(short, "\n") + "\n"
		for _, want := range []string{ // in whatever order: they end in one instant
			`"1001" "" "inside" "SIP/1001-00000001" "Set" "ANSWERED"`,
			`"1001" "601" "inside" "SIP/1001-00000000" "Wait" "ANSWERED"`,
			`"1001" "" "inside" "SIP/1001-00000002" "AppDial2" "BUSY"`,
		} {
			if strings.Count(got, want+"\n") != 1 {
				t.Errorf("records:\n%s\nwant once\n%s", got, want)
			}
		}
	})
}

// Channels are sent elsewhere: who waits, who is bridged, and both of a bridge.
func TestChannelRedirect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, baseSIP, originatePlan, testkit.Faults{})
		a, b := w.registered("1001", "one", "10.0.0.11:5060"), w.registered("1002", "two", "10.0.0.12:5060")
		call := a.Dial("610")
		call.Wait("200", time.Second)
		time.Sleep(time.Second)
		if got := w.console("channel redirect SIP/1001-00000000 inside,601,1"); got != "Channel 'SIP/1001-00000000' successfully redirected "+
			"to inside,601,1\n" {
			t.Error(got)
		}
		if !call.Wait("BYE", 5*time.Second) || w.global("AT") != "601 1001 inside" {
			t.Errorf("it ran %q", w.global("AT"))
		}
		if got := w.console("channel redirect SIP/x inside,601,1"); got != "Channel 'SIP/x' not found\nCommand 'channel redirect SIP/x "+
			"inside,601,1' failed.\n" {
			t.Error(got)
		}

		bridge := func() (call, in *testkit.Call, near, far string) {
			call = a.Dial("620")
			in = <-b.Incoming
			in.Ring()
			time.Sleep(time.Second)
			in.Answer()
			call.Wait("200", time.Second)
			time.Sleep(time.Second)
			n := channelNames2(w)
			return call, in, n[0], n[1]
		}
		call, in, near, _ := bridge()
		w.console("channel redirect " + near + " inside,630,1")
		time.Sleep(time.Second)
		if !in.Over() || call.Over() || w.global("M1001") != "here" {
			t.Errorf("the caller: %v %v %q", in.Over(), call.Over(), w.global("M1001"))
		}
		call.Hangup()
		time.Sleep(time.Second)

		call, in, _, far := bridge()
		w.console("channel redirect " + far + " inside,630,1")
		time.Sleep(time.Second)
		if in.Over() || !call.Over() || w.global("M1002") != "here" {
			t.Errorf("the callee: %v %v %q", in.Over(), call.Over(), w.global("M1002"))
		}
		in.Hangup()
		time.Sleep(time.Second)
		if n := channelNames(w); len(n) > 0 {
			t.Errorf("left: %v", n)
		}
		a.Close()
		b.Close()
		w.stop()
	})
}

// channelNames2 are the full names, by phone.
// Early media of a call that the switchboard begins, as Asterisk 20 has it: it is told, it is as good
// as an answer where one asks for that and the far end reaches a place of the dialplan, and never for an
// application.
func TestOriginateEarlyMedia(t *testing.T) {
	const conf = "Action: Originate\r\nAsync: yes\r\nChannel: SIP/1001\r\nTimeout: 3000\r\n"
	const place = "Context: inside\r\nExten: 601\r\nPriority: 1\r\n"
	for _, c := range []struct {
		name, ask string
		runs      bool
	}{
		{"a place", conf + place + "EarlyMedia: true", true},
		{"a place that waits for the answer", conf + place, false},
		{"an application", conf + "Application: Set\r\nData: GLOBAL(AT)=ran\r\nEarlyMedia: true", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorldWith(t, map[string]string{"sip.conf": baseSIP, "extensions.conf": originatePlan, "manager.conf": managerConf})
				a, client := w.registered("1001", "one", "10.0.0.11:5060"), w.client("admin", "secret")
				client.read(time.Second)
				client.send(c.ask)
				(<-a.Incoming).Progress()
				got := client.read(6 * time.Second)
				if ran := w.global("AT") != ""; ran != c.runs {
					t.Errorf("it ran: %v", ran)
				}
				if !strings.Contains(got, "DialStatus: PROGRESS") {
					t.Errorf("early media is not told: %s", got)
				}
				if n := strings.Count(got, "Event: DialEnd"); n != 1 {
					t.Errorf("the end of the dialling is told %d times", n)
				}
				if !c.runs && !strings.Contains(got, "Cause: 19\r\n") {
					t.Errorf("no end of the channel: %s", got)
				}
				a.Close()
				w.stop()
				b, _ := os.ReadFile(filepath.Join(w.dir, "log/cdr-csv/Master.csv"))
				if want := map[bool]string{true: `"ANSWERED"`, false: `"NO ANSWER"`}[c.runs]; !strings.Contains(string(b), want) {
					t.Errorf("the record: %s", b)
				}
			})
		})
	}
}

func channelNames2(w *world) []string {
	out := make([]string, 2)
	for _, c := range w.sys.Core().Channels() {
		if strings.HasPrefix(c.Name(), "SIP/1001") {
			out[0] = c.Name()
		} else {
			out[1] = c.Name()
		}
	}
	return out
}

// Functions that need the configuration, the astdb, or a call.
func TestFunctionsOfTheSwitchboard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorldWith(t, map[string]string{"sip.conf": baseSIP, "extensions.conf": `[inside]
exten => 1,1,Set(PRESENCE_STATE(CustomPresence:ann)=away,lunch,back at one)
same => n,Set(GLOBAL(A)=${PRESENCE_STATE(CustomPresence:ann)}${PRESENCE_STATE(CustomPresence:ann,value)} ${PRESENCE_STATE(CustomPresence:ann,message)} ${PRESENCE_STATE(CustomPresence:bob,value)} ${PRESENCE_STATE(x:y,value)})
same => n,Set(GLOBAL(B)=${AST_CONFIG(sip.conf,general,allow)} ${AST_CONFIG(sip.conf,general,allow,-1)} ${AST_CONFIG(sip.conf,1001,nope)}${AST_CONFIG(../x,a,b)})
same => n,Set(GLOBAL(C)=${EVAL_SUB(sub,s,1,a,b)} ${SAYFILES(121,number)} ${SAYFILES(a1)} ${ICONV(UTF-8,ISO-8859-1,abc)}${ICONV(nope,UTF-8,x)})
[sub]
exten => s,1,Return(${ARG2}${ARG1})
`})
		p := w.registered("1001", "one", "10.0.0.11:5060")
		p.Dial("1")
		time.Sleep(time.Second)
		for name, want := range map[string]string{"A": "away back at one not_set ", "B": "ulaw alaw ",
			"C": "ba digits/1&digits/hundred&digits/20&digits/1 letters/a&digits/1 abc"} {
			if got := w.global(name); got != want {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
		p.Close()
		w.stop()
	})
}
