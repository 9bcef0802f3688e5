package calls

import (
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/boot"

	"github.com/rs/zerolog"
)

// What a call shows is what a running Asterisk 16.28 shows, in its order.
func TestWhatCallsShow(t *testing.T) {
	const plan = `[inside]
exten => 600,1,Answer
exten => 600,n,Verbose(1,one)
exten => 600,n,Log(NOTICE,hello)
exten => 600,n,Set(A=1)
exten => 600,n,Goto(inside,601,1)
exten => 601,1,GotoIf($[1=1]?lab:q,5,1)
exten => 601,n,NoOp
exten => 601,n(lab),Gosub(sub,1,1(a,b))
exten => 601,n,GosubIf(0?sub,1,1)
exten => 601,n,ExecIf(1?NoOp:x)
exten => 601,n,Macro(m,x)
exten => 601,n,Hangup
exten => 602,1,Dial(SIP/1002,3)
exten => 603,1,Dial(SIP/1002,20)
exten => 604,1,Dial(SIP/nobody&SIP/1003,3)
exten => h,1,NoOp
[sub]
exten => 1,1,Return
[macro-m]
exten => s,1,NoOp(${ARG1})
`
	const want = `
pbx.c: Executing [600@inside:1] Answer("SIP/1001-00000000", "") in new stack
pbx.c: Executing [600@inside:2] Verbose("SIP/1001-00000000", "1,one") in new stack
app_verbose.c: one
pbx.c: Executing [600@inside:3] Log("SIP/1001-00000000", "NOTICE,hello") in new stack
Ext. 600: hello
pbx.c: Executing [600@inside:4] Set("SIP/1001-00000000", "A=1") in new stack
pbx.c: Executing [600@inside:5] Goto("SIP/1001-00000000", "inside,601,1") in new stack
pbx_builtins.c: Goto (inside,601,1)
pbx.c: Executing [601@inside:1] GotoIf("SIP/1001-00000000", "1?lab:q,5,1") in new stack
pbx_builtins.c: Goto (inside,601,3)
pbx.c: Executing [601@inside:3] Gosub("SIP/1001-00000000", "sub,1,1(a,b)") in new stack
pbx.c: Executing [1@sub:1] Return("SIP/1001-00000000", "") in new stack
pbx.c: Executing [601@inside:4] GosubIf("SIP/1001-00000000", "0?sub,1,1") in new stack
pbx.c: Executing [601@inside:5] ExecIf("SIP/1001-00000000", "1?NoOp:x") in new stack
pbx.c: Executing [601@inside:6] Macro("SIP/1001-00000000", "m,x") in new stack
pbx.c: Executing [s@macro-m:1] NoOp("SIP/1001-00000000", "x") in new stack
pbx.c: Executing [601@inside:7] Hangup("SIP/1001-00000000", "") in new stack
pbx.c: Spawn extension (inside, 601, 7) exited non-zero on 'SIP/1001-00000000'
pbx.c: Executing [h@inside:1] NoOp("SIP/1001-00000000", "") in new stack
pbx.c: Executing [602@inside:1] Dial("SIP/1001-00000001", "SIP/1002,3") in new stack
app_dial.c: Called SIP/1002
app_dial.c: SIP/1002-00000002 is ringing
app_dial.c: Nobody picked up in 3000 ms
pbx.c: Auto fallthrough, channel 'SIP/1001-00000001' status is 'NOANSWER'
pbx.c: Executing [h@inside:1] NoOp("SIP/1001-00000001", "") in new stack
pbx.c: Executing [603@inside:1] Dial("SIP/1001-00000003", "SIP/1002,20") in new stack
app_dial.c: Called SIP/1002
app_dial.c: SIP/1002-00000004 is ringing
app_dial.c: SIP/1002-00000004 answered SIP/1001-00000003
bridge_channel.c: Channel SIP/1002-00000004 joined 'simple_bridge' basic-bridge <B>
bridge_channel.c: Channel SIP/1001-00000003 joined 'simple_bridge' basic-bridge <B>
bridge_channel.c: Channel SIP/1001-00000003 left 'native_rtp' basic-bridge <B>
bridge_channel.c: Channel SIP/1002-00000004 left 'native_rtp' basic-bridge <B>
pbx.c: Spawn extension (inside, 603, 1) exited non-zero on 'SIP/1001-00000003'
pbx.c: Executing [h@inside:1] NoOp("SIP/1001-00000003", "") in new stack
pbx.c: Executing [604@inside:1] Dial("SIP/1001-00000005", "SIP/nobody&SIP/1003,3") in new stack
pbx.c: Unable to create channel of type 'SIP' (cause 20 - Subscriber absent)
pbx.c: Unable to create channel of type 'SIP' (cause 20 - Subscriber absent)
app_dial.c: Everyone is busy/congested at this time (2:0/0/2)
pbx.c: Auto fallthrough, channel 'SIP/1001-00000005' status is 'CHANUNAVAIL'
pbx.c: Executing [h@inside:1] NoOp("SIP/1001-00000005", "") in new stack
`
	synctest.Test(t, func(t *testing.T) {
		w := newWorldWith(t, map[string]string{"sip.conf": baseSIP, "extensions.conf": plan,
			"logger.conf": "[logfiles]\nfull => notice,verbose(3)\n"})
		w.stop()
		os.Remove(filepath.Join(w.dir, "log/full"))
		w.start(func(o *boot.Options) { o.Log = zerolog.New(io.Discard) })
		a, b := w.registered("1001", "one", "10.0.0.11:5060"), w.registered("1002", "two", "10.0.0.12:5060")
		a.Dial("600")
		time.Sleep(5 * time.Second)
		a.Dial("602")
		answered(t, b).Ring()
		time.Sleep(5 * time.Second)
		call := a.Dial("603")
		in := answered(t, b)
		in.Ring()
		time.Sleep(time.Second)
		in.Answer()
		time.Sleep(time.Second)
		call.Hangup()
		time.Sleep(time.Second)
		a.Dial("604")
		time.Sleep(5 * time.Second)
		a.Close()
		b.Close()
		w.stop()
		full, _ := os.ReadFile(filepath.Join(w.dir, "log/full"))
		var got []string
		bridge := regexp.MustCompile(`<[0-9a-f-]{36}>`)
		for _, l := range strings.Split(string(full), "\n") {
			if _, text, ok := strings.Cut(l, "][C-0000000"); ok {
				got = append(got, bridge.ReplaceAllString(text[3:], "<B>"))
			}
		}
		if text := "\n" + strings.Join(got, "\n") + "\n"; text != want {
			t.Errorf("%s", text)
		}
	})
}

// Security events, also those that are no reason for concern where logger.conf asks for
// them; and of a calm day none without it.
func TestSecurityEvents(t *testing.T) {
	session := regexp.MustCompile(`EventTV="[^"]*",|SessionID="[^"]*",|Challenge="[^"]*"|\[\d+\]`)
	for conf, want := range map[string]string{
		"": "",
		"[logfiles]\nsecurity => security\n": `SECURITY res_security_log.c: SecurityEvent="ChallengeSent",Severity="Informational",Service="SIP",EventVersion="1",AccountID="1001",LocalAddress="IPV4/UDP/10.0.0.1/5060",RemoteAddress="IPV4/UDP/10.0.0.11/5060",
SECURITY res_security_log.c: SecurityEvent="SuccessfulAuth",Severity="Informational",Service="SIP",EventVersion="1",AccountID="1001",LocalAddress="IPV4/UDP/10.0.0.1/5060",RemoteAddress="IPV4/UDP/10.0.0.11/5060",UsingPassword="1"
SECURITY res_security_log.c: SecurityEvent="ChallengeSent",Severity="Informational",Service="SIP",EventVersion="1",AccountID="sip:1001@10.0.0.1",LocalAddress="IPV4/UDP/10.0.0.1/5060",RemoteAddress="IPV4/UDP/10.0.0.11/5060",
SECURITY res_security_log.c: SecurityEvent="SuccessfulAuth",Severity="Informational",Service="SIP",EventVersion="1",AccountID="600",LocalAddress="IPV4/UDP/10.0.0.1/5060",RemoteAddress="IPV4/UDP/10.0.0.11/5060",UsingPassword="1"
`} {
		synctest.Test(t, func(t *testing.T) {
			files := map[string]string{"sip.conf": baseSIP, "extensions.conf": baseExtensions}
			if conf != "" {
				files["logger.conf"] = conf
			}
			w := newWorldWith(t, files)
			a := w.registered("1001", "one", "10.0.0.11:5060")
			a.Dial("600").Wait("200", time.Second)
			a.Close()
			w.stop()
			text, _ := os.ReadFile(filepath.Join(w.dir, "log/security"))
			var got strings.Builder
			for _, l := range strings.SplitAfter(string(text), "\n") {
				if _, rest, ok := strings.Cut(l, "] "); ok {
					got.WriteString(session.ReplaceAllString(rest, ""))
				}
			}
			if got.String() != want {
				t.Errorf("%q: %s", conf, got.String())
			}
		})
	}
}

// The log of queues: its lines, its name, and that it is put aside with the others.
func TestQueueLog(t *testing.T) {
	const plan = "[inside]\nexten => 1,1,QueueLog(sales,${UNIQUEID},NONE,DID,0301234)\nsame => n,Answer()\n"
	for conf, want := range map[string]string{
		"": "|NONE|NONE|NONE|QUEUESTART|\n|ID.0|sales|NONE|DID|0301234\n", "[general]\nqueue_log_name=calls\n": "",
		"[general]\nqueue_log=no\n": "",
	} {
		synctest.Test(t, func(t *testing.T) {
			files := map[string]string{"sip.conf": baseSIP, "extensions.conf": plan}
			if conf != "" {
				files["logger.conf"] = conf
			}
			w := newWorldWith(t, files)
			a := w.registered("1001", "one", "10.0.0.11:5060")
			a.Dial("1").Wait("200", time.Second)
			time.Sleep(time.Second)
			w.console("logger rotate")
			w.console("logger reload")
			a.Close()
			w.stop()
			read := func(name string) string {
				b, _ := os.ReadFile(filepath.Join(w.dir, "log", name))
				return regexp.MustCompile(`(?m)^\d{9}`).ReplaceAllString(transcript(string(b)), "")
			}
			if got := read("queue_log.0"); got != want {
				t.Errorf("%q: %q", conf, got)
			}
			if strings.Contains(conf, "calls") && (!strings.Contains(read("calls.0"), "sales|NONE|DID|0301234\n") ||
				!strings.HasSuffix(read("calls"), "|NONE|NONE|NONE|CONFIGRELOAD|\n")) {
				t.Errorf("%q, %q", read("calls.0"), read("calls"))
			}
		})
	}
}

// "core set debug" as a running Asterisk answers it, and what is told for developers.
func TestDebug(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorldWith(t, map[string]string{"sip.conf": baseSIP, "extensions.conf": baseExtensions,
			"logger.conf": "[logfiles]\nfull => debug\n"})
		w.restart(func(o *boot.Options) { o.Log = zerolog.New(io.Discard) }) // it logs to files
		c := w.bare("10.0.0.66:5060")
		bad := func() {
			c.WriteTo([]byte("OPTIONS sip:x SIP/2.0\r\nno colon\r\n\r\n"), net.UDPAddrFromAddrPort(netip.MustParseAddrPort("10.0.0.1:5060")))
			time.Sleep(time.Second)
		}
		bad()
		for _, step := range [][2]string{
			{"3", "was OFF and is now 3."}, {"3", "is still 3."}, {"atleast 2", "is still 3."}, {"off", "was 3 and is now OFF."},
			{"0", "is still OFF."}, {"atleast 2", "was OFF and is now 2."}} {
			if got, want := w.console("core set debug "+step[0]), "Core debug "+step[1]+"\n"; got != want {
				t.Errorf("%s: %q, want %q", step[0], got, want)
			}
		}
		bad()
		w.console("core set debug off")
		bad()
		c.Close()
		w.stop()
		log, _ := os.ReadFile(filepath.Join(w.dir, "log", "full"))
		if strings.Count(string(log), "\n") != 1 || !strings.Contains(string(log), "bytes from 10.0.0.66:5060 not understood: ") {
			t.Errorf("%s", log)
		}
	})
}
