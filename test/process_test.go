package test

import (
	"bytes"
	"flag"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"obelisk/internal/testkit"
)

// tags of the program that is built: "nats" where these tests were built with it.
var tags = ""

// program is built once, and a link under the name asterisk.
var program = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "obelisk-bin")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "asterisk")
	out, err := exec.Command("go", "build", "-tags", tags, "-o", path, "obelisk/cmd/obelisk").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%v\n%s", err, out)
	}
	return path, nil
})

func TestMain(m *testing.M) {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if !given {
		flag.Set("test.parallel", "1000") // alongside lets in so many as there is room for
	}
	code := m.Run()
	if path, err := program(); err == nil {
		os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

// process is the program running on files of its own.
type process struct {
	t    *testing.T
	dir  string
	conf string
	host string // network namespace it runs in, "" for ours
	cmd  *exec.Cmd
	out  lockedBuffer
}

// onHost is the command in a network namespace.
func onHost(host, name string, args ...string) *exec.Cmd {
	if host == "" {
		return exec.Command(name, args...)
	}
	return exec.Command("ip", append([]string{"netns", "exec", host, name}, args...)...)
}

func run(t *testing.T, files map[string]string) *process {
	t.Helper()
	p := prepare(t, files)
	p.start()
	if out, code := p.rx("core waitfullybooted"); out != "Asterisk has fully booted.\n" || code != 0 {
		t.Fatalf("%q %d\n%s", out, code, p.out.String())
	}
	return p
}

func prepare(t *testing.T, files map[string]string) *process {
	t.Helper()
	dir := t.TempDir()
	files["asterisk.conf"] = fmt.Sprintf("[directories]\nastdbdir => %[1]s/lib\nastlogdir => %[1]s/log\nastrundir => %[1]s/run\n"+
		"astspooldir => %[1]s/spool\n", dir)
	apart(files)
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return &process{t: t, dir: dir, conf: filepath.Join(dir, "asterisk.conf")}
}

// apart keeps RTP, which has the ports from 5000 on where nothing is said, off those where others listen: tests run beside each other.
func apart(files map[string]string) {
	if files["rtp.conf"] == "" {
		files["rtp.conf"] = "[general]\nrtpstart=10000\nrtpend=31000\n"
	}
}

func (p *process) start() {
	p.t.Helper()
	path, err := program()
	if err != nil {
		p.t.Fatal(err)
	}
	p.cmd = onHost(p.host, path, "-f", "-g", "-q", "-m", "-n", "-C", p.conf)
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.out
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { p.cmd.Process.Kill(); p.cmd.Wait() })
	for range 100 {
		if _, err := os.Stat(filepath.Join(p.dir, "run", "asterisk.ctl")); err == nil {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// rx runs one console command; only stdout is returned.
func (p *process) rx(command string) (string, int) {
	p.t.Helper()
	path, _ := program()
	cmd := exec.Command(path, "-C", p.conf, "-rx", command)
	out, err := cmd.Output()
	code := 0
	if e, ok := err.(*exec.ExitError); ok {
		code = e.ExitCode()
	} else if err != nil {
		p.t.Fatal(err)
	}
	return string(out), code
}

const processSIP = `[general]
udpbindaddr=127.0.0.1:5971
[1000]
type=friend
host=dynamic
secret=x
context=inside
description=desk
qualify=yes
[trunk]
type=peer
host=127.0.0.79
port=5080
deny=0.0.0.0/0
permit=127.0.0.79
[general](+)
register => acct:pw@127.0.0.79/100
`

const processExtensions = `[globals]
G=1
[inside]
exten => 13,hint,SIP/1000
exten => 13,1,NoOp(one)
same => n(lab),NoOp(two)
exten => 12/3,1,NoOp(cid)
include => other
[other]
exten => _6XX,1,Answer()
same => n,Echo()
`

func TestConsole(t *testing.T) {
	alongside(t, &programLane)
	p := run(t, map[string]string{"sip.conf": processSIP, "extensions.conf": processExtensions})
	phone, err := testkit.NewPhone(testkit.SystemListen, netip.MustParseAddrPort("127.0.0.51:5071"),
		netip.MustParseAddrPort("127.0.0.1:5971"), "1000", "x")
	if err != nil {
		t.Fatal(err)
	}
	defer phone.Close()
	if s, _, err := phone.Register(300); s != 200 {
		t.Fatalf("registration: %d %v", s, err)
	}
	time.Sleep(100 * time.Millisecond)
	call := phone.Dial("600")
	if !call.Wait("200", 2*time.Second) {
		t.Fatal("no call")
	}
	blur := func(s string) string {
		for pattern, to := range map[string]string{`OK \(\d+ ms\) *`: "OK (1 ms)   ", `\d+ second(s)?`: "N seconds", `:0[0-9a-f]+@`: ":x@",
			`\n +[0-9.]+  `: "\n   0.000  ", `Call C-\w+, .*`: "Call C"} {
			s = regexp.MustCompile(pattern).ReplaceAllString(s, to)
		}
		return s
	}
	for command, want := range map[string]string{
		"sip show peers": "Name/username             Host                                    Dyn Forcerport Comedia    ACL Port     Status   " +
			"   Description                      \n" +
			"1000/1000                 127.0.0.51                               D  Auto (No)  No             5071     OK (1 ms)   desk          " +
			"                   \n" +
			"trunk                     127.0.0.79                                  Auto (No)  No          A  5080     Unmonitored               " +
			"                   \n" +
			"2 sip peers [Monitored: 1 online, 0 offline Unmonitored: 1 online, 0 offline]\n",
		"sip show registry": "Host                                    dnsmgr Username       Refresh State                Reg.Time            " +
			"     \n" +
			"127.0.0.79:5060                         N      acct               120 Request Sent                                  \n1 SIP " +
			"registrations.\n",
		"core show channels": "Channel                                                          Location                         State   " +
			"Application(Data)             \n" +
			"SIP/1000-00000000                                                600@inside:2                     Up      Echo()                   " +
			"     \n" +
			"1 active channel\n1 active call\n1 call processed\n",
		"core show channels count": "1 active channel\n1 active call\n1 call processed\n",
		"dialplan show inside": "[ Context 'inside' created by 'pbx_config' ]\n" +
			"  '12' (CID match '3') =>  1. NoOp(cid)                                  [extensions.conf:7]\n" +
			"  '13' =>           hint: SIP/1000                                [extensions.conf:4]\n" +
			"                    1. NoOp(one)                                  [extensions.conf:5]\n" +
			"     [lab]          2. NoOp(two)                                  [extensions.conf:6]\n" +
			"  Include =>        'other'                                       [pbx_config]\n\n" +
			"-= 2 extensions (4 priorities) in 1 context. =-\n",
		"dialplan show 612@inside": "[ Included context 'other' created by 'pbx_config' ]\n" +
			"  '_6XX' =>         1. Answer()                                   [extensions.conf:10]\n" +
			"                    2. Echo()                                     [extensions.conf:11]\n\n" +
			"-= 1 extension (2 priorities) in 1 context. =-\n",
		"dialplan show globals":          "   G=1\n\n    -- 1 variable(s)\n",
		"dialplan reload":                "Dialplan reloaded.\n",
		"sip reload":                     "",
		"sip show peer nobody":           "Peer nobody not found.\n\n",
		"sip qualify peer x":             "Peer 'x' not found\n",
		"sip unregister trunk":           "Peer trunk not registered\n",
		"database get SIP/Registry 1000": "Value: 127.0.0.51:5071:300:1000:sip:1000@127.0.0.51:5071\n",
	} {
		if got, code := p.rx(command); blur(got) != want || code != 0 {
			t.Errorf("%s (status %d):\n%s\nwant\n%s", command, code, blur(got), want)
		}
	}
	for command, want := range map[string]string{
		"no such thing":          "No such command 'no such thing' (type 'core show help no such' for other possible commands)\n",
		"dialplan show nowhere":  "There is no existence of 'nowhere' context\n",
		"dialplan show 9@inside": "There is no existence of 9@inside extension\n",
	} {
		if got, code := p.rx(command); !strings.HasPrefix(got, want) || code == 0 {
			t.Errorf("%s: %q, status %d", command, got, code)
		}
	}
	if got, _ := p.rx("sip show peer 1000"); !strings.HasPrefix(got,
		"\n\n  * Name       : 1000\n  Description  : desk\n  Secret       : <Set>\n") ||
		!strings.Contains(got, "  Addr->IP     : 127.0.0.51:5071\n") {
		t.Error(got)
	}
	if got, _ := p.rx("core show translation"); !strings.Contains(got, "Source Format (Rows) Destination Format (Columns)") ||
		!strings.Contains(got, "\n     ulaw     -") || !strings.Contains(got, "g722") {
		t.Errorf("core show translation: %s", got)
	}
	if got, _ := p.rx("sip show overload"); !strings.Contains(got, "New INVITEs let in:                2\n") ||
		!strings.Contains(got, "stranger_rate=100, strangers_rate=5000") {
		t.Errorf("sip show overload: %s", got)
	}
	if got, _ := p.rx("sip show channels"); !strings.Contains(got, "127.0.0.51       1000") || !strings.Contains(got, "(ulaw)") {
		t.Error(got)
	}
	if got, _ := p.rx("call show " + call.ID); !strings.Contains(got, "identified as '1000' by name '1000' (sip.conf:3)") ||
		!strings.Contains(got, "The call is still going on.") {
		t.Error(got)
	}
	if _, code := p.rx("core stop now"); code != 0 {
		t.Error("core stop now failed")
	}
	if !call.Wait("BYE", 2*time.Second) {
		t.Error("the call was not ended")
	}
	done := make(chan error, 1)
	go func() { done <- p.cmd.Wait() }()
	select {
	case err := <-done:
		if err != nil {
			t.Errorf("exit: %v\n%s", err, p.out.String())
		}
	case <-time.After(10 * time.Second):
		t.Error("it does not end")
	}
	if b, _ := os.ReadFile(filepath.Join(p.dir, "log", "cdr-csv", "Master.csv")); !strings.Contains(string(b), `"Echo","",`) {
		t.Errorf("CDR: %s", b)
	}
	if _, code := p.rx("core show version"); code == 0 {
		t.Error("-rx on nothing succeeds")
	}
}

func TestStopGracefullyWaitsForCalls(t *testing.T) {
	alongside(t, &programLane)
	p := run(t, map[string]string{"sip.conf": processSIP, "extensions.conf": processExtensions})
	phone, err := testkit.NewPhone(testkit.SystemListen, netip.MustParseAddrPort("127.0.0.51:5071"),
		netip.MustParseAddrPort("127.0.0.1:5971"), "1000", "x")
	if err != nil {
		t.Fatal(err)
	}
	defer phone.Close()
	call := phone.Dial("600")
	call.Wait("200", 2*time.Second)
	answered := make(chan string, 1)
	go func() {
		out, code := p.rx("core stop gracefully")
		answered <- fmt.Sprint(code, " ", out)
	}()
	within(t, 10*time.Second, "a new call is refused", func() bool {
		second := phone.Dial("600")
		if second.Wait("503", time.Second) {
			return true
		}
		second.Hangup()
		return false
	})
	within(t, 10*time.Second, "the first call goes on alone", func() bool {
		out, _ := p.rx("core show calls")
		return strings.HasPrefix(out, "1 active call\n")
	})
	select {
	case out := <-answered: // a program that asks waits, as with Asterisk
		t.Errorf("answered before the call was over: %q", out)
	default:
	}
	call.Hangup()
	if out := <-answered; out != "0 Waiting for inactivity to perform halt\n" {
		t.Errorf("answered %q", out)
	}
	done := make(chan error, 1)
	go func() { done <- p.cmd.Wait() }()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Error("it does not end after the last call")
	}
}

// Bad input: the program says what is wrong, with file and line, and ends with
// a status, or goes on without the bad part.
func TestCannotStart(t *testing.T) {
	alongside(t, &programLane)
	busy, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 5973})
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	for name, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"port in use": {map[string]string{"sip.conf": "[general]\nudpbindaddr=127.0.0.1:5973\n"}, "SIP over UDP on 127.0.0.1:5973"},
	} {
		t.Run(name, func(t *testing.T) {
			p := prepare(t, c.files)
			path, err := program()
			if err != nil {
				t.Fatal(err)
			}
			out, err := exec.Command(path, "-f", "-n", "-C", p.conf).CombinedOutput()
			if err == nil || !strings.Contains(string(out), c.want) {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
	p := prepare(t, map[string]string{})
	path, _ := program()
	if out, err := exec.Command(path, "-C", filepath.Join(p.dir, "nope.conf")).CombinedOutput(); err == nil ||
		!strings.Contains(string(out), "nope.conf: cannot read: no such file or directory") {
		t.Errorf("%v %s", err, out)
	}
	if out, err := exec.Command(path, "-Z").CombinedOutput(); err == nil || !strings.Contains(string(out), "unknown option -Z") {
		t.Errorf("%v %s", err, out)
	}
}

func TestCheckNamesFileAndLine(t *testing.T) {
	alongside(t, nil)
	p := prepare(t, map[string]string{
		"sip.conf": "[general]\nqualfy=yes\ncall-limit=3\n[1000]\ntype=frend\n[1001]\ntype=friend\nhost=dynamic\nsceret=x\n" +
			"allow=ulav\ncontext=insde\nport=99999\n[1002]\nhost=dynamic\n",
		"extensions.conf": "[inside]\nexten => 1,1,Dail(SIP/1001)\nexten => 1,1,Hangup()\ninclude => nowhere\nexten => " +
			"2,1,Dial(SIP/${EXTEN},20,kY)\n",
	})
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(path, "check", "--strict", "-C", p.conf).Output()
	if err == nil {
		t.Error("check found nothing")
	}
	for _, want := range []string{
		"sip.conf:2: warning: unknown option 'qualfy' in [general]; chan_sip ignores it in silence, and so it has no effect here (did you " +
			"mean 'qualify'?)",
		"sip.conf:3: warning: option 'call-limit' belongs into peer sections and has no effect in [general]",
		"sip.conf:5: warning: there is no type 'frend': '1000' is left out, and neither registers nor calls",
		"sip.conf:9: warning: unknown option 'sceret' in [1001]",
		"sip.conf:10: warning: unknown codec 'ulav'; the rest of the line is in effect (did you mean 'ulaw'?)",
		"sip.conf:11: warning: context 'insde' of '1001' is not in extensions.conf; its calls find no extension (did you mean 'inside'?)",
		"sip.conf:12: warning: '99999' is not a valid value of 'port' (1 to 65535); it keeps what it had",
		"sip.conf:13: warning: [1002] has no type, and is no endpoint: nothing registers or calls by it",
		"extensions.conf:2: warning: application 'Dail' is not there; a call that reaches extension '1' of 'inside' here ends (did you mean " +
			"'Dial'?)",
		"extensions.conf:3: warning: priority 1 of extension '1' in 'inside' stands twice: this one is left out",
		"extensions.conf:5: warning: Dial: there is no option 'Y' (unrecognized)",
		"extensions.conf:4: warning: there is no context 'nowhere' (nonexistent), which 'inside' includes",
	} {
		if !strings.Contains(string(out), want) {
			t.Errorf("missing: %s", want)
		}
	}
	if t.Failed() {
		t.Logf("%s", out)
	}
}

func TestReloadKeepsTheOldOnAnError(t *testing.T) {
	alongside(t, &programLane)
	p := run(t, map[string]string{"sip.conf": processSIP, "extensions.conf": processExtensions})
	write := func(name, text string) { os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o644) }
	write("sip.conf", processSIP+"[1001\n")
	if out, code := p.rx("sip reload"); code == 0 ||
		!strings.Contains(out, "Reload refused, everything stays as it was: sip.conf:18: missing ']'") {
		t.Errorf("%d %s", code, out)
	}
	write("sip.conf", processSIP+"[1001]\ntype=friend\nhost=dynamic\n")
	if out, code := p.rx("sip reload"); code != 0 || out != "sip.conf: + [1001]\n" {
		t.Errorf("%d %s", code, out)
	}
	if out, _ := p.rx("sip show peers"); !strings.Contains(out, "1001") || !strings.Contains(out, "3 sip peers") {
		t.Error(out)
	}
	write("extensions.conf", "[inside]\nexten => 5,1,NoOp()\n")
	p.rx("dialplan reload")
	if out, _ := p.rx("dialplan show inside"); !strings.Contains(out, "'5' =>") {
		t.Error(out)
	}
}

func TestInteractiveConsoleTakesLines(t *testing.T) {
	alongside(t, &programLane)
	p := run(t, map[string]string{"sip.conf": processSIP, "extensions.conf": processExtensions})
	path, _ := program()
	cmd := exec.Command(path, "-C", p.conf, "-r")
	cmd.Stdin = strings.NewReader("core show calls\nno such\nexit\n")
	out, err := cmd.Output()
	if err != nil || !strings.Contains(string(out), "0 active calls\n0 calls processed\n") ||
		!strings.Contains(string(out), "No such command 'no such'") {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestBuiltInDefault: without any file the program runs, prints the demo
// phones' secrets, and one of them can register and hear the greeting.
func TestBuiltInDefault(t *testing.T) {
	alongside(t, &defaultLane)
	if _, err := os.Stat("/etc/asterisk"); err == nil {
		t.Skip("/etc/asterisk is there")
	}
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	cmd := exec.Command(path, "-f", "-n")
	cmd.Env = append(os.Environ(), "XDG_STATE_HOME="+home)
	printed := filepath.Join(home, "printed")
	out, err := os.Create(printed)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	cmd.Stdout = out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { cmd.Process.Signal(os.Interrupt); cmd.Wait() }()
	rx := func(command string) string {
		c := exec.Command(path, "-rx", command)
		c.Env = cmd.Env
		b, _ := c.Output()
		return string(b)
	}
	within(t, patience, "it starts", func() bool { return rx("core waitfullybooted") != "" })
	secret := strings.TrimSpace(strings.TrimPrefix(rx("database get obelisk/demo 6001"), "Value: "))
	if b, _ := os.ReadFile(printed); len(secret) != 12 || !strings.Contains(string(b), "phone 6001   secret "+secret) {
		t.Fatalf("secret %q, printed:\n%s", secret, b)
	}
	phone, err := testkit.NewPhone(testkit.SystemListen, netip.MustParseAddrPort("127.0.0.1:0"), netip.MustParseAddrPort("127.0.0.1:5060"),
		"6001", secret)
	if err != nil {
		t.Fatal(err)
	}
	defer phone.Close()
	if s, _, err := phone.Register(60); s != 200 {
		t.Fatalf("registration: %d %v", s, err)
	}
	call := phone.Dial("601")
	if !call.Wait("200", 3*time.Second) {
		t.Fatal("no answer from 601")
	}
	within(t, patience, "the greeting is heard", func() bool { _, n := call.Media.Counts(); return n >= 20 })
	call.Hangup()
}

// A console shows what calls do while they do it, at its own verbosity; what it is asked
// comes in between. "core restart" begins anew with the same process.
func TestLiveConsole(t *testing.T) {
	alongside(t, &programLane)
	p := run(t, map[string]string{"sip.conf": processSIP,
		"extensions.conf": "[inside]\nexten => 9,1,NoOp(hello)\nsame => n,Answer()\nsame => n,Wait(1)\n"})
	path, _ := program()
	cmd := exec.Command(path, "-C", p.conf, "-rvvv")
	in, _ := cmd.StdinPipe()
	var out lockedBuffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	shows := func(text string) {
		t.Helper()
		within(t, 5*time.Second, "the console shows "+text, func() bool { return strings.Contains(out.String(), text) })
	}
	shows("Connected to Asterisk ")
	p.rx("channel originate Local/9@inside application NoOp")
	shows("    -- Executing [9@inside:1] NoOp(\"Local/9@inside-00000000;2\", \"hello\") in new stack\n")
	fmt.Fprintln(in, "core show uptime seconds")
	shows("System uptime: ")
	fmt.Fprintln(in, "core set verbose 0")
	shows("Console verbose was 3 and is now OFF.")
	before := strings.Count(out.String(), "Executing")
	p.rx("channel originate Local/9@inside application NoOp")
	fmt.Fprintln(in, "core show version")
	shows("(Obelisk) built by obelisk @ ")
	if n := strings.Count(out.String(), "Executing"); n != before {
		t.Errorf("%d more lines at verbosity 0", n-before)
	}

	pid := p.cmd.Process.Pid
	if text, code := p.rx("core restart when convenient"); code != 0 || text != "Waiting for inactivity to perform restart\n" {
		t.Errorf("%d %q", code, text)
	}
	if cmd.Wait() == nil {
		t.Error("a console ends well although the switchboard left it")
	}
	within(t, 10*time.Second, "it begins anew", func() bool {
		text, code := p.rx("core show calls")
		return code == 0 && strings.HasSuffix(text, "0 calls processed\n")
	})
	if p.cmd.Process.Pid != pid || p.cmd.ProcessState != nil {
		t.Error("another process")
	}
}

// lockedBuffer is written by one and read by another.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// -U and -G: another user from the start, with directories that are his.
func TestRunsAsAnotherUser(t *testing.T) {
	alongside(t, &programLane)
	u, err := user.Lookup("nobody")
	if os.Getuid() != 0 || err != nil {
		t.Skip("only root can become another user")
	}
	p := prepare(t, map[string]string{"sip.conf": processSIP, "extensions.conf": processExtensions})
	for d := p.dir; d != "/tmp" && d != "/"; d = filepath.Dir(d) { // the folder of tests is ours alone
		os.Chmod(d, 0o755)
	}
	conf, _ := os.ReadFile(p.conf)
	home := filepath.Join(p.dir, "var")
	os.Mkdir(home, 0o755)
	uid, _ := strconv.Atoi(u.Uid)
	os.Chown(home, uid, -1)
	os.WriteFile(p.conf, bytes.ReplaceAll(conf, []byte(p.dir+"/"), []byte(home+"/")), 0o644)
	path, _ := program()
	os.Chmod(filepath.Dir(path), 0o755)
	cmd := exec.Command(path, "-f", "-C", p.conf, "-U", "nobody")
	cmd.Stdout, cmd.Stderr = &p.out, &p.out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { cmd.Process.Kill(); cmd.Wait() }()
	within(t, 10*time.Second, "it runs", func() bool { _, code := p.rx("core waitfullybooted"); return code == 0 })
	for _, d := range []string{"run/asterisk.ctl", "log/messages", "lib/astdb.sqlite3"} {
		info, err := os.Stat(filepath.Join(home, d))
		if err != nil || int(info.Sys().(*syscall.Stat_t).Uid) != uid {
			t.Errorf("%s: %v", d, err)
		}
	}
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid))
	if !strings.Contains(string(status), "\nUid:\t"+strings.Repeat(u.Uid+"\t", 3)+u.Uid+"\n") {
		t.Errorf("%s", status)
	}
}
