package calls

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"net"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/testkit"
	"obelisk/manage/ami"
)

const managerConf = `[general]
enabled=no
[admin]
secret=secret
read=all
write=all
[low]
secret=low
read=call
write=originate,call,reporting
eventfilter=!Event: Newexten
[far]
secret=far
deny=0.0.0.0/0
read=all
`

// client is a program at the manager interface.
type client struct {
	t    *testing.T
	conn net.Conn
	text chan string
}

func (w *world) client(user, secret string) *client {
	near, far := net.Pipe()
	go w.sys.AMI().Serve(near)
	c := &client{w.t, far, make(chan string, 1000)}
	go func() {
		defer close(c.text)
		b := make([]byte, 64<<10)
		for {
			n, err := far.Read(b)
			if err != nil {
				return
			}
			c.text <- string(b[:n])
		}
	}()
	if user != "" {
		c.send("Action: Login\r\nUsername: %s\r\nSecret: %s", user, secret)
	}
	return c
}

// pipe is a client that logs in and reads nothing afterwards.
func (w *world) pipe(user, secret string) (near, far net.Conn) {
	near, far = net.Pipe()
	go w.sys.AMI().Serve(near)
	go fmt.Fprintf(far, "Action: Login\r\nUsername: %s\r\nSecret: %s\r\n\r\n", user, secret)
	b := make([]byte, 64<<10)
	for text := ""; !strings.Contains(text, "accepted"); {
		n, err := far.Read(b)
		if err != nil {
			w.t.Fatal(err)
		}
		text += string(b[:n])
	}
	return near, far
}

// overHTTP has the manager interface answer over HTTP. No port is opened: nobody would wait
// for it in virtual time.
func (w *world) overHTTP(change func(*ami.Config)) {
	on := *w.sys.AMI().Config()
	on.Enabled, on.WebEnabled = true, true
	change(&on)
	w.sys.AMI().SetConfig(on)
}

func (c *client) send(format string, args ...any) {
	fmt.Fprintf(c.conn, format+"\r\n\r\n", args...)
}

// read is all that comes within a time.
func (c *client) read(d time.Duration) string {
	var b strings.Builder
	for end := time.After(d); ; {
		select {
		case s, ok := <-c.text:
			if !ok {
				return b.String() + "(closed)"
			}
			b.WriteString(s)
		case <-end:
			return b.String()
		}
	}
}

// ask sends a request and returns what comes at once.
func (c *client) ask(format string, args ...any) string {
	c.send(format, args...)
	return c.read(50 * time.Millisecond)
}

func managerWorld(t *testing.T, plan string) *world {
	return newWorldWith(t, map[string]string{"sip.conf": strings.Replace(baseSIP, "secret=one", "secret=one\naccountcode=acc1", 1),
		"extensions.conf": plan, "manager.conf": managerConf, "cdr_manager.conf": "[general]\nenabled=yes\n"})
}

// Who may log in, and what a login opens.
func TestManagerLogin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := managerWorld(t, originatePlan)
		c := w.client("", "")
		if got := c.ask("Action: Ping"); got != "Asterisk Call Manager/9.0.0\r\nResponse: Error\r\nMessage: Permission denied\r\n\r\n" {
			t.Errorf("before the login: %q", got)
		}
		got := c.ask("Action: Challenge\r\nAuthType: MD5")
		challenge := strings.TrimSpace(strings.TrimPrefix(got, "Response: Success\r\nChallenge: "))
		sum := md5.Sum([]byte(challenge + "secret"))
		if got := c.ask("Action: Login\r\nActionID: 7\r\nAuthType: MD5\r\nUsername: admin\r\nKey: %s",
			hex.EncodeToString(sum[:])); !strings.HasPrefix(got, "Response: Success\r\nActionID: 7\r\nMessage: Authentication accepted\r\n\r\n"+
			"Event: FullyBooted\r\nPrivilege: system,all\r\nUptime: ") {
			t.Errorf("MD5: %q", got)
		}
		if got := c.ask("Action: Logoff"); got != "Response: Goodbye\r\nMessage: Thanks for all the fish.\r\n\r\n(closed)" {
			t.Errorf("logoff: %q", got)
		}
		for _, bad := range [][2]string{{"admin", "wrong"}, {"nobody", "x"}, {"low", ""}} {
			c := w.client(bad[0], bad[1])
			begun := time.Now()
			if got := c.read(2 * time.Second); got != "Asterisk Call Manager/9.0.0\r\nResponse: Error\r\nMessage: Authentication failed\r\n\r\n"+
				"(closed)" || time.Since(begun) < time.Second {
				t.Errorf("%v: %q after %s", bad, got, time.Since(begun))
			}
		}
		silent := w.client("", "")
		if got := silent.read(31 * time.Second); !strings.HasSuffix(got, "(closed)") {
			t.Errorf("who does not log in stays: %q", got)
		}
		w.stop()
	})
}

// What a user with few rights may do, and that the shell and files are out of reach.
func TestManagerRights(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := managerWorld(t, originatePlan)
		c := w.client("low", "low")
		c.read(100 * time.Millisecond)
		for _, row := range [][2]string{
			{"Action: ModuleCheck\r\nModule: app_dial", "Permission denied"},
			{"Action: Command\r\nCommand: core show calls", "Permission denied"},
			{"Action: DBPut\r\nFamily: a\r\nKey: b\r\nVal: c", "Permission denied"},
			{"Action: Originate\r\nChannel: Local/610@inside\r\nApplication: System\r\nData: ls",
				"Originate Access Forbidden: app or data blacklisted"},
			{"Action: Originate\r\nChannel: Local/610@inside\r\nApplication: system\r\nData: ls",
				"Originate Access Forbidden: app or data blacklisted"},
			{"Action: Originate\r\nChannel: Local/610@inside\r\nApplication: ExecIf\r\nData: 1?System(ls)",
				"Originate Access Forbidden: app or data blacklisted"},
			{"Action: Originate\r\nChannel: Local/610@inside\r\nApplication: Wait\r\nData: ${SHELL(ls)}",
				"Originate Access Forbidden: app or data blacklisted"},
			{"Action: Originate\r\nChannel: Local/610@inside\r\nApplication: Set\r\nData: FILE(/tmp/x)=1",
				"Originate Access Forbidden: app or data blacklisted"},
			{"Action: Originate\r\nChannel: Local/610@inside\r\nApplication: MSet\r\nData: A=1,FILE (/tmp/x)=1",
				"Originate Access Forbidden: app or data blacklisted"},
			{"Action: Originate\r\nChannel: Local/610@inside\r\nApplication: Originate\r\nData: Local/610@inside,app,System,ls",
				"Originate Access Forbidden: app or data blacklisted"},
			{"Action: Originate\r\nChannel: Local/610@inside\r\nApplication: Gosub\r\nData: inside,sub,1(app,System,ls)",
				"Originate Access Forbidden: app or data blacklisted"},
			{"Action: Originate\r\nChannel: Local/610@inside\r\nApplication: Macro\r\nData: x,TrySystem,ls",
				"Originate Access Forbidden: app or data blacklisted"},
			{"Action: Originate\r\nChannel: Local/610@inside\r\nApplication: Dial\r\nData: Local/610@inside,,U(sub^System(ls))",
				"Originate Access Forbidden: app or data blacklisted"},
			{"Action: Originate\r\nChannel: Local/610@inside\r\nApplication: Set\r\nData: DB(a/b)=1",
				"Originate Access Forbidden: app or data blacklisted"},
			{"Action: Originate\r\nChannel: Local/610@inside\r\nApplication: DBdeltree\r\nData: a",
				"Originate Access Forbidden: app or data blacklisted"},
			{"Action: Status\r\nVariables: SHELL(ls)", "Status Access Forbidden: Variables"},
			{"Action: Setvar\r\nVariable: DB(a/b)\r\nValue: 1", "Variable not set"},
			{"Action: Setvar\r\nVariable: ARRAY(A,DB(a/b))\r\nValue: 1", "Variable not set"},
			{"Action: Getvar\r\nVariable: SHELL(ls)", "GetVar Access Forbidden: Variable"},
			{"Action: Getvar\r\nVariable: CUT(FILE(/etc/passwd),:,1)", "GetVar Access Forbidden: Variable"},
			{"Action: Getvar\r\nVariable: EVAL(${SHELL(ls)})", "GetVar Access Forbidden: Variable"},
			{"Action: Setvar\r\nVariable: FILE(/tmp/x)\r\nValue: 1", "Setvar Access Forbidden: Variable"},
		} {
			if got := c.ask("%s", row[0]); got != "Response: Error\r\nMessage: "+row[1]+"\r\n\r\n" {
				t.Errorf("%s: %q, want %s", row[0], got, row[1])
			}
		}
		got := c.ask("Action: Originate\r\nChannel: Local/610@inside/n\r\nApplication: Wait\r\nData: 1")
		if !strings.HasPrefix(got, "Response: Success\r\nMessage: Originate successfully queued\r\n\r\nEvent: ") {
			t.Errorf("a harmless one: %q", got)
		}
		if got += c.read(3 * time.Second); !strings.Contains(got, "Event: Newchannel") || strings.Contains(got, "Event: Newexten") ||
			strings.Contains(got, "Event: VarSet") {
			t.Errorf("events: %s", got)
		}
		c.ask("Action: Logoff")
		w.stop()
	})
}

var changing = regexp.MustCompile(
	`\d{9,10}\.(\d+)|[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{8,32}@[0-9.]+|0x[0-9a-f]+`)

// unheard is a refused caller who is gone, which his channel may or may not hear of while
// it ends by itself.
var unheard = regexp.MustCompile(`Event: HangupRequest\n(?:[^\n]+\n)*ChannelStateDesc: Ring\n(?:[^\n]+\n)*\n`)

var sources = regexp.MustCompile(`\bssrc=\d+`)

// transcript is what a client reads, without what changes from run to run.
func transcript(text string) string {
	text = unheard.ReplaceAllString(strings.ReplaceAll(text, "\r\n", "\n"), "")
	text = sources.ReplaceAllString(text, "ssrc=N")
	return changing.ReplaceAllStringFunc(text, func(s string) string {
		switch {
		case strings.Contains(s, "@"):
			return "CALLID"
		case strings.HasPrefix(s, "0x"):
			return "SESSION"
		case strings.Contains(s, "."):
			return "ID" + s[strings.IndexByte(s, '.'):]
		}
		return "UUID"
	})
}

// Transcripts of whole calls. The one of the answered call was laid beside that of a
// running Asterisk: same events, fields and values, in an order that differs only where
// two channels act at once.
func TestManagerTranscripts(t *testing.T) {
	const plan = "[inside]\nexten => 1002,hint,SIP/1002\nexten => 1002,1,Dial(SIP/1002,20)\nexten => h,1,NoOp(over)\nexten => " +
		"9,1,Answer()\nsame => n,Wait(5)\nexten => 1003,1,Dial(SIP/1003,20)\nexten => 8,1,Pickup(1002)\n"
	for name, run := range map[string]func(w *world, a, b *testkit.Phone){
		"answered": func(w *world, a, b *testkit.Phone) {
			call, in := connectVia(a, b)
			time.Sleep(1500 * time.Millisecond)
			call.Hangup()
			in.Wait("BYE", time.Second)
		},
		"busy": func(w *world, a, b *testkit.Phone) {
			call := a.Dial("1002")
			in := <-b.Incoming
			in.Reject("486 Busy Here")
			call.Wait("486", time.Second)
		},
		"transferred": func(w *world, a, b *testkit.Phone) {
			_, in := connectVia(a, b)
			time.Sleep(time.Second)
			in.Send("REFER", "Refer-To: <sip:9@10.0.0.1>\r\n", "")
			time.Sleep(2 * time.Second)
			in.Hangup()
		},
		"attended": func(w *world, a, b *testkit.Phone) {
			c := w.registered("1003", "three", "10.0.0.13:5060")
			defer c.Close()
			_, in := connectVia(a, b)
			second, far := connected(t, b, c, "1003")
			time.Sleep(time.Second)
			in.Send("REFER", referTo("1003", second), "")
			time.Sleep(time.Second)
			in.Hangup()
			time.Sleep(time.Second)
			far.Hangup()
			time.Sleep(time.Second)
		},
		"picked": picksUp("1002", "8"),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := managerWorld(t, plan)
				a, b := w.registered("1001", "one", "10.0.0.11:5060"), w.registered("1002", "two", "10.0.0.12:5060")
				c := w.client("admin", "secret")
				c.read(time.Second)
				c.ask("Action: Events\r\nEventMask: call,dialplan,cdr")
				run(w, a, b)
				got := transcript(c.read(8 * time.Second))
				if name == "attended" || name == "picked" { // where channels end side by side
					got = byChannel(got)
				}
				path := "testdata/ami/" + name + ".txt"
				if os.Getenv("UPDATE_GOLDEN") != "" {
					os.WriteFile(path, []byte(got), 0o644)
				}
				want, _ := os.ReadFile(path)
				if got != string(want) {
					t.Errorf("it differs from %s:\n%s", path, firstDifference(string(want), got))
				}
				c.ask("Action: Logoff")
				a.Close()
				b.Close()
				w.stop()
			})
		})
	}
}

// byChannel puts the events of each channel together, and its records apart.
func byChannel(text string) string {
	events := strings.SplitAfter(text, "\n\n")
	key := func(e string) string {
		first, _, _ := strings.Cut(e, "\n")
		if _, rest, ok := strings.Cut(e, "\nChannel: "); ok {
			name, _, _ := strings.Cut(rest, "\n")
			return name + map[bool]string{true: " record"}[first == "Event: Cdr"]
		}
		return first
	}
	slices.SortStableFunc(events, func(a, b string) int { return strings.Compare(key(a), key(b)) })
	return strings.Join(events, "")
}

// connectVia has a call b, who answers.
func connectVia(a, b *testkit.Phone) (call, in *testkit.Call) {
	call = a.Dial("1002")
	in = <-b.Incoming
	in.Ring()
	time.Sleep(500 * time.Millisecond)
	in.Answer()
	call.Wait("200", time.Second)
	return call, in
}

func firstDifference(want, got string) string {
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range b {
		if i >= len(a) || a[i] != b[i] {
			return strings.Join(b[max(i-20, 0):min(i+3, len(b))], "\n")
		}
	}
	return "it ends early"
}

// A client that does not read is cut, and the calls go on.
func TestManagerSlowClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := managerWorld(t, "[inside]\nexten => 5,1,Answer()\nsame => n,Set(i=0)\nsame => n(top),Set(i=$[${i} + 1])\nsame => "+
			"n,GotoIf($[${i} < 20000]?top)\nsame => n,Wait(5)\n")
		p := w.registered("1001", "one", "10.0.0.11:5060")
		near, far := net.Pipe()
		go w.sys.AMI().Serve(near)
		fmt.Fprint(far, "Action: Login\r\nUsername: admin\r\nSecret: secret\r\n\r\n")
		call := p.Dial("5") // nobody reads what it causes
		if !call.Wait("200", 10*time.Second) {
			t.Error("the call suffers")
		}
		time.Sleep(time.Second)
		if n := len(w.sys.AMI().Sessions()); n != 0 {
			t.Errorf("%d sessions are left", n)
		}
		far.Close()
		p.Close()
		time.Sleep(10 * time.Second)
		w.stop()
	})
}

// Programs hear of registrations: those that stand, those that end, and with
// authfailureevents those that fail.
func TestManagerHearsOfRegistrations(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorldWith(t, map[string]string{"sip.conf": strings.Replace(baseSIP, "[general]\n", "[general]\nauthfailureevents=yes\n", 1),
			"extensions.conf": baseExtensions, "manager.conf": managerConf})
		c := w.client("admin", "secret")
		c.read(100 * time.Millisecond)
		p := w.registered("1001", "one", "10.0.0.11:5060")
		if got := c.read(time.Second); !strings.Contains(got, "Event: PeerStatus\r\nPrivilege: system,all\r\nChannelType: SIP\r\nPeer: "+
			"SIP/1001\r\nPeerStatus: Registered\r\nAddress: 10.0.0.11:5060\r\n") {
			t.Errorf("registered: %s", got)
		}
		p.Register(0)
		if got := c.read(time.Second); !strings.Contains(got, "Peer: SIP/1001\r\nPeerStatus: Unregistered\r\n") {
			t.Errorf("unregistered: %s", got)
		}
		bad := w.phone("1002", "wrong", "10.0.0.12:5060")
		bad.Register(60)
		got := c.read(time.Second)
		for _, want := range []string{"Peer: SIP/1002\r\nPeerStatus: Rejected\r\nCause: AUTH_SECRET_FAILED\r\nAddress: 10.0.0.12\r\nPort: " +
			"5060\r\n", "Event: ChallengeResponseFailed\r\nPrivilege: security,all\r\n"} {
			if !strings.Contains(got, want) {
				t.Errorf("no %q in %s", want, got)
			}
		}
		c.ask("Action: Logoff")
		p.Close()
		bad.Close()
		w.stop()
	})
}

// The manager interface over HTTP, in its three forms, with a session that ends.
func TestManagerOverHTTP(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorldWith(t, map[string]string{"sip.conf": baseSIP, "extensions.conf": originatePlan, "manager.conf": managerConf})
		w.overHTTP(func(*ami.Config) {})
		jar := ""
		get := func(form, query string) string {
			r := httptest.NewRequest("GET", "/"+form+"?"+query, nil)
			if jar != "" {
				r.Header.Set("Cookie", jar)
			}
			out := httptest.NewRecorder()
			w.sys.AMI().Web(form).ServeHTTP(out, r)
			jar, _, _ = strings.Cut(out.Header().Get("Set-Cookie"), ";")
			return out.Body.String()
		}
		if got := get("rawman", "action=ping"); got != "Response: Error\r\nMessage: Permission denied\r\n\r\n" {
			t.Errorf("before the login: %q", got)
		}
		if got := get("mxml", "action=login&username=admin&secret=secret"); !strings.HasPrefix(got,
			"<ajax-response>\n<response type='object' id='unknown'><generic response='Success' message='Authentication accepted' /></response>\n") {
			t.Errorf("login: %q", got)
		}
		if got := get("mxml", "action=command&command=core+show+calls"); got != "<ajax-response>\n<response type='object' "+
			"id='unknown'><generic response='Success' message='Command output follows' output='0 active calls' output-2='0 calls processed' "+
			"/></response>\n</ajax-response>\n" {
			t.Errorf("command: %q", got)
		}
		if got := get("manager", "action=getvar&variable=%3Cb%3E"); !strings.Contains(got, "<tr><td>Variable</td><td>&lt;b&gt;</td></tr>\n") {
			t.Errorf("manager: %q", got)
		}
		get("rawman", "action=waitevent&timeout=1") // what the login caused
		get("rawman", "action=originate&channel=Local/610@inside/n&application=Wait&data=1&async=true")
		if got := get("rawman", "action=waitevent&timeout=5"); !strings.HasPrefix(got,
			"Response: Success\r\nMessage: Waiting for Event completed.\r\n\r\nEvent: ") || !strings.Contains(got, "Event: Newchannel\r\n") ||
			!strings.HasSuffix(got, "Event: WaitEventComplete\r\n\r\n") {
			t.Errorf("waitevent: %q", got)
		}
		time.Sleep(2 * time.Minute)
		if got := get("rawman", "action=ping"); got != "Response: Error\r\nMessage: Permission denied\r\n\r\n" {
			t.Errorf("after two minutes: %q", got)
		}
		w.stop()
	})
}

// picksUp has one phone call what another rings for, a third one take the call, and the first
// one hang up.
func picksUp(dialled, pickup string) func(w *world, a, b *testkit.Phone) {
	return func(w *world, a, b *testkit.Phone) {
		third := w.registered("1003", "three", "10.0.0.13:5060")
		defer third.Close()
		call := a.Dial(dialled)
		(<-b.Incoming).Ring()
		time.Sleep(time.Second)
		third.Dial(pickup).Wait("200", time.Second)
		time.Sleep(time.Second)
		call.Hangup()
		time.Sleep(time.Second)
	}
}
