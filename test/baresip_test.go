package test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"obelisk/internal/testkit"
	"obelisk/media"
)

// baresip is a real software phone. It sends a sine and records what it hears.
type baresip struct {
	t    *testing.T
	dir  string
	user string
	cmd  *exec.Cmd

	mu  sync.Mutex
	out bytes.Buffer
}

func (b *baresip) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.out.Write(p)
}

func (b *baresip) log() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.out.String()
}

// handset is a phone to be started.
type handset struct {
	user, secret      string
	listen, registrar string // address:port
	host              string // network namespace, "" for ours
	hz                int    // of the tone it sends
	answer            string // answermode
	command           string // executed at start, such as "/dial sip:..."
	params            string // of its account, such as ";audio_codecs=opus"
	control           string // address:port that takes commands, "" for none
	config, contacts  string // further lines
}

var places atomic.Uint32

// place is ten ports of a test of its own, so that it runs beside others: above those of RTP, and
// below those that the kernel gives away. baresip sends from 127.0.0.1 whatever address it has.
type place uint32

func newPlace() place { return place(31100 + 10*(places.Add(1)%160)) }

// at is the n-th port with its address.
func (p place) at(n int) string { return fmt.Sprintf("127.0.0.1:%d", int(p)+n) }

func newBaresip(t *testing.T, h handset) *baresip {
	t.Helper()
	b := &baresip{t: t, dir: t.TempDir(), user: h.user}
	modules := "/usr/lib/baresip/modules"
	address, _, _ := strings.Cut(h.listen, ":")
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(b.dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	// Without a jitter buffer: baresip's takes the packets of a new source for late ones when their sequence
	// numbers are below those of the one before, as they are for half of all calls with direct media.
	write("config", fmt.Sprintf("poll_method epoll\nsip_listen %s\naudio_player aubridge,%s\naudio_source aufile,%s/tone.wav\nausrc_srate "+
		"8000\nauplay_srate 8000\n"+
		"ausrc_channels 1\nauplay_channels 1\nnet_interface %s\nmodule_path %s\nmodule g711.so\nmodule gsm.so\nmodule g722.so\nmodule "+
		"opus.so\nmodule ice.so\nmodule srtp.so\nmodule dtls_srtp.so\nrtcp_mux yes\nmodule aufile.so\nmodule aubridge.so\nmodule sndfile.so\n"+
		"module_tmp account.so\nmodule_app menu.so\nsnd_path %s\njitter_buffer_delay 0-0\n",
		h.listen, h.user, b.dir, address, modules, b.dir))
	if h.control != "" {
		h.config += "module_app ctrl_tcp.so\nctrl_tcp_listen " + h.control + "\n"
	}
	config, _ := os.ReadFile(filepath.Join(b.dir, "config"))
	write("config", string(config)+h.config)
	write("tone.wav", string(sine(float64(h.hz), 20)))
	write("accounts", fmt.Sprintf("<sip:%s@%s>;auth_pass=%s;regint=300;answermode=%s%s\n", h.user, h.registrar, h.secret, h.answer, h.params))
	write("contacts", h.contacts)
	args := []string{"-f", b.dir}
	if h.command != "" {
		args = append(args, "-e", h.command)
	}
	b.cmd = onHost(h.host, tool(t, "baresip"), args...)
	b.cmd.Env = append(os.Environ(), "HOME="+b.dir)
	b.cmd.Stdout, b.cmd.Stderr = b, b
	if err := b.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.stop)
	return b
}

// do gives a phone a command through its control port, as a netstring of JSON, and
// returns what it says.
func (h handset) do(t *testing.T, command, params string) string {
	t.Helper()
	c, err := net.DialTimeout("tcp", h.control, 2*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	text := fmt.Sprintf(`{"command":%q,"params":%q}`, command, params)
	fmt.Fprintf(c, "%d:%s,", len(text), text)
	c.SetReadDeadline(time.Now().Add(2 * time.Second))
	b := make([]byte, 4096)
	n, _ := c.Read(b)
	return string(b[:n])
}

// sine is a WAV file of 16 bit at 8 kHz.
func sine(hz float64, seconds int) []byte {
	n := 8000 * seconds
	b := append([]byte("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x80\x3e\x00\x00\x02\x00\x10\x00data"), 0,
		0, 0, 0)
	binary.LittleEndian.PutUint32(b[4:], uint32(36+2*n))
	binary.LittleEndian.PutUint32(b[40:], uint32(2*n))
	for i := range n {
		b = binary.LittleEndian.AppendUint16(b, uint16(int16(10000*math.Sin(2*math.Pi*hz*float64(i)/8000))))
	}
	return b
}

func (b *baresip) stop() {
	if b.cmd.ProcessState == nil {
		b.cmd.Process.Signal(os.Interrupt)
		done := make(chan struct{})
		go func() { b.cmd.Wait(); close(done) }()
		select {
		case <-done:
		case <-time.After(3 * time.Second):
			b.cmd.Process.Kill()
			<-done
		}
	}
}

func (b *baresip) waitFor(text string, d time.Duration) {
	b.t.Helper()
	for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if strings.Contains(b.log(), text) {
			return
		}
	}
	b.t.Fatalf("%s did not say %q:\n%s", b.user, text, b.log())
}

// recorded is what the phone heard, at 8 kHz: the decoder side of its recording.
func (b *baresip) recorded() []float64 {
	b.t.Helper()
	files, _ := filepath.Glob(filepath.Join(b.dir, "*dec.wav"))
	if len(files) == 0 {
		b.t.Fatalf("%s recorded nothing", b.user)
	}
	data, err := os.ReadFile(files[0])
	if err != nil {
		b.t.Fatal(err)
	}
	at := bytes.Index(data, []byte("data"))
	if at < 0 {
		b.t.Fatalf("%s is no WAV file", files[0])
	}
	channels, rate := int(binary.LittleEndian.Uint16(data[22:])), int(binary.LittleEndian.Uint32(data[24:]))
	data = data[at+8:]
	step := 2 * channels * rate / 8000 // the tones lie far below 4 kHz
	out := make([]float64, len(data)/step)
	for i := range out {
		out[i] = float64(int16(binary.LittleEndian.Uint16(data[step*i:])))
	}
	return out
}

// tone finds the strongest frequency of a signal among multiples of 10 Hz, its
// amplitude, and the share of the whole power that lies in it.
func tone(s []float64) (hz, level, share float64) {
	var power float64
	for _, v := range s {
		power += v * v / float64(len(s))
	}
	for f := 100.0; f <= 3400; f += 10 {
		var re, im float64
		for i, v := range s {
			w := 2 * math.Pi * f * float64(i) / 8000
			re += v * math.Cos(w)
			im += v * math.Sin(w)
		}
		if a := 2 * math.Hypot(re, im) / float64(len(s)); a > level {
			hz, level = f, a
		}
	}
	return hz, level, level * level / 2 / power
}

// TestBaresipPhonesTalk: two real phones register and talk; each one's tone is
// found, by frequency and level, in what the other recorded. They share a codec, or
// each has its own, or one of them finds its way by ICE.
func TestBaresipPhonesTalk(t *testing.T) {
	tool(t, "baresip")
	t.Parallel()
	const ice = "icesupport=yes\nrtcp_mux=yes\n"
	const secure = "tcpenable=yes\ntlsenable=yes\ntlsbindaddr=TLS\ntlscertfile=CERT\ntlsprivatekey=KEY\ntransport=tls,tcp,udp\n"
	for name, c := range map[string]struct{ general, peer, caller, callee string }{
		"ulaw":             {},
		"gsm":              {peer: "disallow=all\nallow=gsm\n", callee: ";audio_codecs=gsm"},
		"g722":             {peer: "disallow=all\nallow=g722\n", callee: ";audio_codecs=g722"},
		"opus":             {peer: "disallow=all\nallow=opus\n", callee: ";audio_codecs=opus"},
		"packets of 40 ms": {peer: "disallow=all\nallow=alaw:40\n", callee: ";audio_codecs=pcma"},
		"direct media":     {general: "directmedia=yes\n"},
		"jitter buffer":    {general: "jbenable=yes\njbforce=yes\njbimpl=adaptive\n"},
		"TLS and TCP": {general: secure, caller: `;outbound="sip:TLS;transport=tls"`,
			callee: `;outbound="sip:HERE;transport=tcp"`},
		"SRTP, both":       {peer: "encryption=yes\n", caller: ";mediaenc=srtp-mand", callee: ";mediaenc=srtp-mand"},
		"SRTP, caller":     {caller: ";mediaenc=srtp-mand"},
		"SRTP, callee":     {peer: "encryption=yes\nencryption_taglen=32\n", callee: ";mediaenc=srtp"},
		"DTLS, caller":     {caller: ";mediaenc=dtls_srtp"},
		"DTLS, callee":     {peer: "dtlsenable=yes\ndtlssetup=actpass\n", callee: ";mediaenc=dtls_srtp"},
		"DTLS, they begin": {peer: "dtlsenable=yes\ndtlssetup=passive\navpf=yes\n", callee: ";mediaenc=dtls_srtp"},
		"ICE, callee":      {general: ice, callee: ";medianat=ice"},
		"ICE, both":        {general: ice, caller: ";medianat=ice", callee: ";medianat=ice"},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "opus" && !media.Opus.Convertible() {
				t.Skip("libopus is not installed")
			}
			if c.general == ice && !beyondLoopback() {
				t.Skip("ICE has no candidates where loopback is the only interface")
			}
			alongside(t, nil)
			here := newPlace()
			cert, key, err := testkit.Certificate(t.TempDir(), "127.0.0.1")
			if err != nil {
				t.Fatal(err)
			}
			at := strings.NewReplacer("HERE", here.at(0), "TLS", here.at(1), "CERT", cert, "KEY", key)
			phone := func(name, secret string) string {
				return "[" + name + "]\ntype=friend\nhost=dynamic\ncontext=inside\nsecret=" + secret + "\n"
			}
			caller := phone("1001", "one")
			if strings.Contains(c.caller, "dtls") {
				caller += "dtlsenable=yes\n"
			}
			talk(t, here, at.Replace("[general]\nudpbindaddr=HERE\n"+c.general+caller+phone("1002", "two")+c.peer), at.Replace(c.caller),
				at.Replace(c.callee))
		})
	}
}

// beyondLoopback says whether the machine has an address that others may reach.
func beyondLoopback() bool {
	list, _ := net.InterfaceAddrs()
	return slices.ContainsFunc(list, func(a net.Addr) bool {
		n, ok := a.(*net.IPNet)
		return ok && n.IP.IsGlobalUnicast()
	})
}

// talk has two phones talk.
func talk(t *testing.T, here place, sip, caller, callee string) {
	sys := started(t, "testdata/phones", map[string]string{"sip.conf": sip})
	registrar := here.at(0)
	b := newBaresip(t, handset{user: "1002", secret: "two", listen: here.at(5), registrar: registrar, hz: 440, answer: "auto",
		params: callee})
	b.waitFor("200 OK", patience)
	a := newBaresip(t, handset{user: "1001", secret: "one", listen: here.at(3), registrar: registrar, hz: 1000, answer: "manual",
		command: "/dial sip:1002@" + registrar, params: caller})
	defer func() {
		if t.Failed() {
			t.Log(b.log())
		}
	}()
	a.waitFor("Call established", patience)
	if strings.Contains(callee, "ice") {
		b.waitFor("connectivity check is complete", patience)
	}
	time.Sleep(2 * time.Second)
	if n, _, _ := sys.Core().Counts(); n != 2 {
		t.Errorf("%d channels, want 2", n)
	}
	talked(t, a, b)
}

// talked ends the call and looks for each phone's tone in what the other recorded.
func talked(t *testing.T, a, b *baresip) {
	t.Helper()
	a.stop()
	time.Sleep(500 * time.Millisecond)
	b.stop()
	for _, side := range []struct {
		phone *baresip
		hz    float64
	}{{a, 440}, {b, 1000}} {
		s := side.phone.recorded()
		if len(s) < 12000 {
			t.Errorf("%s recorded %d samples", side.phone.user, len(s))
			continue
		}
		hz, level, share := tone(s[8000:12000])
		t.Logf("%s heard %.0f Hz, level %.0f, %.1f %% of the power", side.phone.user, hz, level, 100*share)
		if hz != side.hz || level < 3000 || share < 0.9 {
			t.Errorf("%s: want %.0f Hz", side.phone.user, side.hz)
		}
	}
}

// TestBaresipTransfers: a real phone calls another, and sends it to a third by a blind
// transfer; the second and the third hear each other.
func TestBaresipTransfers(t *testing.T) {
	alongside(t, nil)
	tool(t, "baresip")
	here := newPlace()
	registrar := here.at(0)
	sip := "[general]\nudpbindaddr=" + registrar + "\n"
	for _, p := range []string{"1001", "1002", "1003"} {
		sip += "[" + p + "]\ntype=friend\nhost=dynamic\ncontext=inside\nsecret=s" + p + "\n"
	}
	started(t, "testdata/phones", map[string]string{"sip.conf": sip, "extensions.conf": "[inside]\nexten => _100X,1,Dial(SIP/${EXTEN},20)\n"})
	phone := func(n, hz int, answer string) handset {
		return handset{user: fmt.Sprint(1000 + n), secret: fmt.Sprintf("s%d", 1000+n), listen: here.at(2 * n),
			registrar: registrar, hz: hz, answer: answer}
	}
	first, second, third := phone(1, 1000, "manual"), phone(2, 440, "auto"), phone(3, 700, "auto")
	b, c := newBaresip(t, second), newBaresip(t, third)
	b.waitFor("200 OK", patience)
	c.waitFor("200 OK", patience)
	first.control, first.command = here.at(9), "/dial sip:1002@"+registrar
	a := newBaresip(t, first)
	defer func() {
		if t.Failed() {
			t.Log(a.log(), c.log())
		}
	}()
	a.waitFor("Call established", patience)
	time.Sleep(time.Second)
	first.do(t, "transfer", "sip:1003@"+registrar)
	c.waitFor("Call established", patience)
	time.Sleep(2 * time.Second)
	a.stop()
	time.Sleep(200 * time.Millisecond)
	c.stop()
	time.Sleep(500 * time.Millisecond)
	b.stop()
	s := c.recorded()
	if len(s) < 12000 {
		t.Fatalf("the third phone recorded %d samples", len(s))
	}
	hz, level, share := tone(s[8000:12000])
	t.Logf("the third phone heard %.0f Hz, level %.0f, %.1f %% of the power", hz, level, 100*share)
	if hz != 440 || level < 3000 || share < 0.9 {
		t.Error("want 440 Hz, the second's tone")
	}
}

// TestBaresipHearsMusic: a real phone puts another on hold, which hears the music of
// musiconhold.conf in place of the first one's tone.
func TestBaresipHearsMusic(t *testing.T) {
	alongside(t, nil)
	tool(t, "baresip")
	here := newPlace()
	registrar := here.at(0)
	music := t.TempDir()
	var pcm []byte
	for i := range 80000 {
		pcm = binary.LittleEndian.AppendUint16(pcm, uint16(int16(9000*math.Sin(2*math.Pi*700*float64(i)/8000))))
	}
	if err := os.WriteFile(filepath.Join(music, "tone.sln"), pcm, 0o644); err != nil {
		t.Fatal(err)
	}
	sip := "[general]\nudpbindaddr=" + registrar + "\n"
	for _, p := range []string{"1001", "1002"} {
		sip += "[" + p + "]\ntype=friend\nhost=dynamic\ncontext=inside\nsecret=s" + p + "\n"
	}
	started(t, "testdata/phones", map[string]string{"sip.conf": sip, "musiconhold.conf": "[default]\nmode=files\ndirectory=" + music + "\n",
		"extensions.conf": "[inside]\nexten => _100X,1,Dial(SIP/${EXTEN},20)\n"})
	second := handset{user: "1002", secret: "s1002", listen: here.at(4), registrar: registrar, hz: 440, answer: "auto"}
	b := newBaresip(t, second)
	b.waitFor("200 OK", patience)
	first := handset{user: "1001", secret: "s1001", listen: here.at(2), registrar: registrar, hz: 1000, answer: "manual",
		control: here.at(9), command: "/dial sip:1002@" + registrar}
	a := newBaresip(t, first)
	a.waitFor("Call established", patience)
	time.Sleep(500 * time.Millisecond)
	first.do(t, "hold", "")
	time.Sleep(3 * time.Second)
	a.stop()
	time.Sleep(500 * time.Millisecond)
	b.stop()
	s := b.recorded()
	if len(s) < 20000 {
		t.Fatalf("%d samples", len(s))
	}
	hz, level, share := tone(s[len(s)-12000 : len(s)-8000])
	t.Logf("on hold it heard %.0f Hz, level %.0f, %.1f %% of the power", hz, level, 100*share)
	if hz != 700 || level < 3000 || share < 0.9 {
		t.Error("want 700 Hz, the music")
	}
}
