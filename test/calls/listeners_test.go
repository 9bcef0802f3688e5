package calls

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// port is a TCP port that is free in both families.
func port(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "[::]:0")
	if err != nil {
		t.Skip("no IPv6 here")
	}
	defer l.Close()
	if six, err := net.Listen("tcp6", "[::1]:0"); err != nil {
		t.Skip("no IPv6 here")
	} else {
		six.Close()
	}
	return l.Addr().(*net.TCPAddr).Port
}

// login says what the manager interface answers at an address; "" when nobody is there.
func login(host string, port int) string {
	c, err := net.DialTimeout("tcp", net.JoinHostPort(host, fmt.Sprint(port)), 2*time.Second)
	if err != nil {
		return ""
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(5 * time.Second))
	fmt.Fprint(c, "Action: Login\r\nUsername: u\r\nSecret: s\r\n\r\n")
	in := bufio.NewReader(c)
	in.ReadString('\n')
	line, _ := in.ReadString('\n')
	return strings.TrimSpace(line)
}

// The wildcard of IPv4 is IPv4; that of IPv6 is both, and rules about IPv4 hold for those
// who come over it.
func TestListenersByFamily(t *testing.T) {
	manager, web, sip := port(t), port(t), port(t)
	files := func(wildcard, sipWildcard string) map[string]string {
		return map[string]string{
			"sip.conf":        fmt.Sprintf("[general]\nudpbindaddr=10.0.0.1:5060\ntcpenable=yes\ntcpbindaddr=%s:%d\n", sipWildcard, sip),
			"extensions.conf": baseExtensions,
			"http.conf":       fmt.Sprintf("[general]\nenabled=yes\nbindaddr=%s\nbindport=%d\n", wildcard, web),
			"manager.conf": fmt.Sprintf("[general]\nenabled=yes\nwebenabled=yes\nbindaddr=%s\nport=%d\n[u]\nsecret=s\ndeny=0.0.0.0/0\n"+
				"permit=127.0.0.1/32\nread=all\nwrite=all\n", wildcard, manager)}
	}
	reach := func(host string, port int) bool { return dials(net.JoinHostPort(host, fmt.Sprint(port))) }
	byWeb := func(host string) bool {
		r, err := http.Get(fmt.Sprintf("http://%s/rawman?action=login&username=u&secret=s", net.JoinHostPort(host, fmt.Sprint(web))))
		if err != nil {
			return false
		}
		defer r.Body.Close()
		line, _ := bufio.NewReader(r.Body).ReadString('\n')
		return strings.HasPrefix(line, "Response: Success")
	}
	w := newWorldWith(t, files("0.0.0.0", "0.0.0.0"))
	for _, p := range []int{manager, web, sip} {
		if !reach("127.0.0.1", p) || reach("::1", p) {
			t.Errorf("0.0.0.0, port %d: by IPv4 %v, by IPv6 %v", p, reach("127.0.0.1", p), reach("::1", p))
		}
	}
	w.stop()
	w = newWorldWith(t, files("::", "[::]"))
	defer w.stop()
	for _, p := range []int{manager, web, sip} {
		if !reach("127.0.0.1", p) || !reach("::1", p) {
			t.Errorf("::, port %d: by IPv4 %v, by IPv6 %v", p, reach("127.0.0.1", p), reach("::1", p))
		}
	}
	if got := login("127.0.0.1", manager); got != "Response: Success" {
		t.Errorf("permit=127.0.0.1, from there: %s", got)
	}
	if got := login("127.0.0.2", manager); got != "Response: Success" { // the client is 127.0.0.1 all the same
		t.Errorf("to 127.0.0.2: %s", got)
	}
	if !byWeb("127.0.0.1") {
		t.Error("permit=127.0.0.1, over HTTP from there: refused")
	}
	w.write("manager.conf", strings.Replace(files("::", "")["manager.conf"], "permit=127.0.0.1/32", "permit=127.0.0.9/32", 1))
	if err := w.sys.Reload(""); err != nil {
		t.Fatal(err)
	}
	if got := login("127.0.0.1", manager); got != "Response: Error" {
		t.Errorf("deny=0.0.0.0/0, from 127.0.0.1: %s", got)
	}
	if byWeb("127.0.0.1") {
		t.Error("deny=0.0.0.0/0, over HTTP from 127.0.0.1: let in")
	}
}
