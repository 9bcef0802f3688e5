package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"obelisk/internal/testkit"

	"golang.org/x/sys/unix"
)

const (
	pbxAddr      = "127.0.0.1:5960"
	pbxTLS       = "127.0.0.1:5961"
	pbxHTTP      = "127.0.0.1:5962"
	callerAddr   = "127.0.0.2:5962"
	calleeAddr   = "127.0.0.3:5966"
	registerAddr = "127.0.0.4:5964"
)

// starter makes switchboards of one kind.
type starter struct{ kind, binary string }

// shape of a configuration.
type shape struct {
	phones, lines int
	secure        bool // TLS and WebSocket listen too
	console       bool // the console for browsers is there
	agents        bool // programs have ARI and WebSockets
	// For faults.
	env, args   []string
	descriptors int      // limit, 0 for the system's
	output      *os.File // nil: a file
	state       string   // directory of what is kept and logged, "" for one of the rig's
}

// pbx is a running switchboard.
type pbx struct {
	kind string
	dir  string
	cmd  *exec.Cmd
	shape
	binary string
	// load is the CPU time until it answered and was quiet.
	load time.Duration
}

func (s starter) start(c shape) (*pbx, error) {
	if err := vacant(); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "rig-")
	if err != nil {
		return nil, err
	}
	p := &pbx{kind: s.kind, dir: dir, shape: c, binary: s.binary}
	list := files(dir, c)
	if c.secure {
		if err := listenSecurely(dir, list); err != nil {
			return nil, err
		}
	}
	if c.console {
		serveConsole(list)
	}
	if c.agents {
		serveAgents(list)
	}
	for name, text := range list {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return nil, err
		}
	}
	for _, sub := range []string{"run", "log", "spool", "db", "var"} {
		os.Mkdir(filepath.Join(dir, sub), 0o755)
	}
	if s.kind == "asterisk" {
		asteriskFiles(dir, s.binary, map[bool]string{true: agentModules}[c.agents])
	}
	return p, p.run()
}

// vacant says whether the address of the switchboard is free: what another program answers there would be measured.
func vacant() error {
	conn, err := net.ListenPacket("udp4", pbxAddr)
	if err != nil {
		return fmt.Errorf("another program has the address of the switchboard (a rig of one's own: unshare --net): %w", err)
	}
	return conn.Close()
}

// run starts the program and waits until it answers.
func (p *pbx) run() error {
	args := p.args
	if args == nil {
		args = []string{"-q"}
	}
	p.cmd = exec.Command(p.binary, append([]string{"-f", "-C", filepath.Join(p.dir, "asterisk.conf")}, args...)...)
	if p.descriptors > 0 {
		p.cmd = exec.Command("prlimit", append([]string{fmt.Sprintf("--nofile=%d:%[1]d", p.descriptors)}, p.cmd.Args...)...)
	}
	p.cmd.Env = append(os.Environ(), p.env...)
	out := p.output
	if out == nil {
		out, _ = os.Create(filepath.Join(p.dir, "out"))
	}
	p.cmd.Stdout, p.cmd.Stderr = out, out
	if err := p.cmd.Start(); err != nil {
		return err
	}
	if err := p.ready(); err != nil {
		text, _ := os.ReadFile(filepath.Join(p.dir, "out"))
		p.stop()
		return fmt.Errorf("%w\n%s", err, text)
	}
	return nil
}

// ready waits for an answer to OPTIONS and then for quiet.
func (p *pbx) ready() error {
	conn, err := net.Dial("udp", pbxAddr)
	if err != nil {
		return err
	}
	defer conn.Close()
	buf := make([]byte, 2048)
	for i := range 600 {
		fmt.Fprintf(conn, "OPTIONS sip:ping@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bKping%d;rport\r\nFrom: <sip:p@x>;tag=p\r\n"+
			"To: <sip:ping@x>\r\nCall-ID: ping%d\r\nCSeq: 1 OPTIONS\r\nContact: <sip:p@x>\r\nContent-Length: 0\r\n\r\n", conn.LocalAddr(), i, i)
		conn.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
		if n, err := conn.Read(buf); err == nil && n > 0 {
			for last := time.Duration(-1); p.cpu()-last > 10*time.Millisecond; time.Sleep(300 * time.Millisecond) {
				last = p.cpu()
			}
			p.load = p.cpu()
			return nil
		}
		if p.cmd.ProcessState != nil {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	return errors.New("it does not answer OPTIONS")
}

func (p *pbx) stop() {
	p.cmd.Process.Signal(syscall.SIGTERM)
	done := make(chan struct{})
	go func() { p.cmd.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(5 * time.Second):
		p.cmd.Process.Kill()
		<-done
	}
	os.RemoveAll(p.dir)
}

// cpu is the CPU time of the process so far, by its own clock: that of /proc counts in 10 ms.
func (p *pbx) cpu() time.Duration {
	const scheduled = 2 // CPUCLOCK_SCHED of linux/posix-timers.h
	var ts unix.Timespec
	if unix.ClockGettime(int32(^p.cmd.Process.Pid<<3|scheduled), &ts) != nil {
		return 0
	}
	return time.Duration(ts.Nano())
}

// rss is the resident memory in KB.
func (p *pbx) rss() float64 {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	for _, l := range strings.Split(string(b), "\n") {
		if v, ok := strings.CutPrefix(l, "VmRSS:"); ok {
			n, _ := strconv.ParseFloat(strings.Fields(v)[0], 64)
			return n
		}
	}
	return 0
}

// files are the configuration that both read.
func files(dir string, c shape) map[string]string {
	var sip, ext strings.Builder
	sip.WriteString("[general]\nudpbindaddr=127.0.0.1:5960\ntcpenable=yes\ntcpbindaddr=127.0.0.1:5960\ncontext=refuse\nallowguest=no\n" +
		"alwaysauthreject=yes\nsrvlookup=no\nqualify=no\ndirectmedia=no\ndisallow=all\nallow=ulaw\n")
	friend := func(name, secret, codec string) {
		fmt.Fprintf(&sip, "[%s]\ntype=friend\nhost=dynamic\nsecret=%s\ncontext=rig\ndisallow=all\nallow=%s\n", name, secret, codec)
	}
	friend("caller", "callersecret", "ulaw")
	for _, codec := range []string{"ulaw", "alaw", "g722"} {
		friend("callee_"+codec, "calleesecret", codec)
	}
	for i := range c.phones {
		friend(fmt.Sprintf("u%05d", i), fmt.Sprintf("pw%05d", i), "ulaw")
	}
	ext.WriteString("[refuse]\nexten => _X.,1,Hangup(21)\n[rig]\n")
	for prefix, dial := range map[int]string{1: "callee_ulaw", 4: "callee_alaw", 5: "callee_g722"} {
		fmt.Fprintf(&ext, "exten => _%dXXXXX,1,Dial(SIP/%s/${EXTEN},30)\n same => n,Hangup()\n", prefix, dial)
	}
	ext.WriteString("exten => _3XXXXX,1,ConfBridge(rig,,rig)\n same => n,Hangup()\n")
	ext.WriteString("exten => _2XXXXX,1,Dial(SIP/callee_ulaw/${EXTEN},30,tT)\n same => n,Hangup()\n")
	ext.WriteString("exten => _6XXXXX,1,MixMonitor(${UNIQUEID}.wav)\n same => n,Dial(SIP/callee_ulaw/${EXTEN},30)\n same => n,Hangup()\n")
	if c.lines > 0 {
		ext.WriteString("include => bulk\n[bulk]\n")
		for i := 0; i < c.lines/3; i++ {
			if i%10 < 8 {
				fmt.Fprintf(&ext, "exten => 7%06d,1,NoOp(line %d)\n same => n,Dial(SIP/u%05d,20)\n same => n,Hangup()\n", i, i, i%10000)
			} else {
				fmt.Fprintf(&ext, "exten => _8%06dX.,1,Set(A=${EXTEN:2})\n same => n,GotoIf($[${LEN(${A})} > 3]?10:20)\n same => "+
					"10,Dial(SIP/callee_ulaw/${A},20)\n", i)
			}
			if i%2000 == 1999 {
				fmt.Fprintf(&ext, "include => bulk%d\n[bulk%d]\n", i, i)
			}
		}
		ext.WriteString("exten => _9XXXXX,1,Dial(SIP/callee_ulaw/${EXTEN},30)\n same => n,Hangup()\n")
	}
	conf := "[directories]\n"
	for key, sub := range map[string]string{"astrundir": "run", "astlogdir": "log", "astspooldir": "spool", "astdbdir": "db",
		"astvarlibdir": "var", "astdatadir": "var"} {
		where := dir
		if c.state != "" && (key == "astlogdir" || key == "astdbdir") {
			where = c.state
		}
		conf += key + " => " + filepath.Join(where, sub) + "\n"
	}
	return map[string]string{"asterisk.conf": conf + "astetcdir => " + dir + "\n", "sip.conf": sip.String(), "extensions.conf": ext.String(),
		"rtp.conf": "[general]\nrtpstart=10000\nrtpend=29999\nstrictrtp=yes\n", "cdr.conf": "[general]\nenable=" + map[bool]string{true: "yes",
			false: "no"}[c.state != ""] + "\n",
		"confbridge.conf": "[general]\n[rig]\ntype=user\nquiet=yes\n[default_bridge]\ntype=bridge\n[default_user]\ntype=user\n",
		"logger.conf":     "[general]\n[logfiles]\nmessages => error\n"}
}

// listenSecurely adds TLS and the WebSocket server to the files.
func listenSecurely(dir string, list map[string]string) error {
	cert, key, err := testkit.Certificate(dir, "127.0.0.1")
	if err != nil {
		return err
	}
	list["sip.conf"] = strings.Replace(list["sip.conf"], "tcpenable=yes\n", "tcpenable=yes\ntlsenable=yes\ntlsbindaddr="+pbxTLS+
		"\ntlscertfile="+cert+"\ntlsprivatekey="+key+"\n", 1)
	list["http.conf"] = "[general]\nenabled=yes\nbindaddr=127.0.0.1\nbindport=5962\n"
	return nil
}

// asteriskModules are those of Asterisk that the work of files needs; a version that lacks one goes without.
const asteriskModules = "pbx_config chan_sip app_dial app_stack app_verbose app_confbridge app_mixmonitor bridge_softmix res_pjproject " +
	"res_rtp_asterisk res_timing_timerfd bridge_simple bridge_native_rtp bridge_builtin_features bridge_holding codec_ulaw codec_alaw " +
	"codec_a_mu codec_g722 codec_resample format_pcm format_wav func_strings func_logic func_callerid func_channel " +
	"res_http_websocket res_musiconhold res_crypto res_sorcery_config res_sorcery_memory"

// asteriskFiles adds what only Asterisk wants: where its modules are, and the
// few that the work needs.
func asteriskFiles(dir, binary, more string) {
	real, _ := filepath.EvalSymlinks(binary)
	prefix := filepath.Dir(filepath.Dir(real))
	modules := "/usr/lib/asterisk/modules"
	if d := prefix + "/lib/asterisk/modules"; exists(d) {
		modules = d
	}
	path := filepath.Join(dir, "asterisk.conf")
	conf, _ := os.ReadFile(path)
	text := strings.Replace(string(conf), "[directories]\n", "[directories]\nastmoddir => "+modules+"\n", 1)
	for _, data := range []string{prefix + "/var/lib/asterisk", prefix + "/share/asterisk"} { // built from source, Debian
		if exists(filepath.Join(data, "documentation")) {
			text = strings.Replace(text, "astdatadir => "+filepath.Join(dir, "var"), "astdatadir => "+data, 1)
		}
	}
	os.WriteFile(path, []byte(text+"[options]\nverbose=0\ndebug=0\nmaxfiles=200000\n"), 0o644)
	list := "[modules]\nautoload=no\n"
	for _, m := range strings.Fields(asteriskModules + more) {
		if exists(filepath.Join(modules, m+".so")) {
			list += "load=" + m + ".so\n"
		}
	}
	os.WriteFile(filepath.Join(dir, "modules.conf"), []byte(list), 0o644)
	for _, f := range []string{"manager", "http", "features", "indications", "sip_notify", "udptl", "acl", "ccss", "stasis", "cel", "codecs",
		"musiconhold", "dnsmgr", "users"} {
		if path := filepath.Join(dir, f+".conf"); !exists(path) {
			os.WriteFile(path, []byte("[general]\n"), 0o644)
		}
	}
}

func exists(path string) bool { _, err := os.Stat(path); return err == nil }
