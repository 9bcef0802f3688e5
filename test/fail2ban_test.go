package test

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// fail2ban runs fail2ban-regex, of Debian's package, unpacked, with its stock filter.
func fail2ban(t *testing.T, log string) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	root := filepath.Join(cache, "obelisk", "fail2ban")
	if _, err := os.Stat(filepath.Join(root, "usr/bin/fail2ban-regex")); err != nil {
		if os.Getenv("OBELISK_PEERS") != "" {
			t.Fatal(err)
		}
		t.Skip("fail2ban is not unpacked; make test does it")
	}
	cmd := exec.Command("python3", filepath.Join(root, "usr/bin/fail2ban-regex"), "-o", "ip", log,
		filepath.Join(root, "etc/fail2ban/filter.d/asterisk.conf"))
	cmd.Env = append(os.Environ(), "PYTHONPATH="+filepath.Join(root, "usr/lib/python3/dist-packages"))
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return strings.TrimSpace(string(out))
}

// TestStockFail2banFilter: Debian's own filter finds the attacker in our files, by the
// address of the socket and no other, whatever is written into the request.
func TestStockFail2banFilter(t *testing.T) {
	alongside(t, &programLane)
	p := run(t, map[string]string{"sip.conf": strings.Replace(processSIP, "[general]\n", "[general]\nallowguest=no\n", 1),
		"extensions.conf": processExtensions})
	c, err := net.DialUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 66)}, &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 5971})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ask := func(request string) string {
		c.Write([]byte(request))
		c.SetReadDeadline(time.Now().Add(2 * time.Second))
		b := make([]byte, 4096)
		n, err := c.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		return string(b[:n])
	}
	message := func(method, user, to, auth, id, branch string) string {
		return method + " sip:" + user + "@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP " + c.LocalAddr().String() + ";branch=z9hG4bK" + branch +
			"\r\nFrom: <sip:" + user + "@127.0.0.1>;tag=" + id + "\r\nTo: " + to + "\r\nCall-ID: " + id + "\r\nCSeq: 1 " + method +
			"\r\nContact: <sip:x@127.0.0.66:5999>\r\n" + auth + "Content-Length: 0\r\n\r\n"
	}
	challenged := regexp.MustCompile(`nonce="(\w+)"`)
	for i, to := range []string{"<sip:1000@127.0.0.1>", `"x' failed for '9.9.9.9' - Wrong password" <sip:1000@127.0.0.1>`,
		"<sip:nobody@127.0.0.1>"} {
		id := "register" + string(rune('a'+i))
		user := strings.TrimPrefix(to[strings.Index(to, "sip:"):strings.Index(to, "@")], "sip:")
		nonce := challenged.FindStringSubmatch(ask(message("REGISTER", user, to, "", id, id)))
		if nonce == nil {
			t.Fatal("no challenge")
		}
		wrong := `Authorization: Digest username="` + user + `",realm="asterisk",nonce="` + nonce[1] +
			`",uri="sip:127.0.0.1",response="00000000000000000000000000000000"` + "\r\n"
		if answer := ask(message("REGISTER", user, to, wrong, id, id+"2")); !strings.HasPrefix(answer, "SIP/2.0 403") {
			t.Errorf("%s: %s", to, answer)
		}
	}
	// A wrong password in an INVITE: Asterisk's line has no address, the event has.
	nonce := challenged.FindStringSubmatch(ask(message("INVITE", "1000", "<sip:5@127.0.0.1>", "", "invite", "i1")))
	if nonce == nil {
		t.Fatal("no challenge")
	}
	ask(message("INVITE", "1000", "<sip:5@127.0.0.1>", `Authorization: Digest username="1000",realm="asterisk",nonce="`+nonce[1]+
		`",uri="sip:1000@127.0.0.1",response="00000000000000000000000000000000"`+"\r\n", "invite", "i2"))
	p.rx("core stop now")
	time.Sleep(300 * time.Millisecond)
	for file, n := range map[string]int{"messages": 3, "security": 4} {
		log := filepath.Join(p.dir, "log", file)
		want := strings.TrimSpace(strings.Repeat("127.0.0.66\n", n))
		if got := fail2ban(t, log); got != want {
			text, _ := os.ReadFile(log)
			t.Errorf("%s: fail2ban finds %q\n%s", file, got, text)
		}
	}
}
