package test

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"
)

// curl asks the manager interface over HTTP with a digest: each form, by GET and by POST, whose body and query
// are both read. (Asterisk reads of a POST the body alone.)
func TestManagerByCurl(t *testing.T) {
	alongside(t, &peersLane)
	curl := tool(t, "curl")
	const port, web = 5939, 8939
	started(t, "none", map[string]string{"extensions.conf": "[q]\nexten => 600,1,Answer()\n",
		"sip.conf":  fmt.Sprintf("[general]\nudpbindaddr=127.0.0.1:%d\n", obeliskPort),
		"http.conf": fmt.Sprintf("[general]\nenabled=yes\nbindaddr=127.0.0.1\nbindport=%d\n", web),
		"manager.conf": fmt.Sprintf("[general]\nenabled=yes\nwebenabled=yes\nbindaddr=127.0.0.1\nport=%d\n[admin]\nsecret=good\nread=all\n"+
			"write=all\n", port)})
	ask := func(secret, path string, more ...string) string {
		args := append([]string{"-s", "--digest", "-u", "admin:" + secret, "-w", " %{http_code} %{content_type}"}, more...)
		out, err := exec.Command(curl, append(args, fmt.Sprintf("http://127.0.0.1:%d/%s", web, path))...).CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v\n%s", path, err, out)
		}
		return string(out)
	}
	for _, c := range []struct {
		path, body string
		want       []string
	}{
		{"arawman?action=getvar&variable=LEN(ab)", "", []string{"Response: Success\r\n", "Value: 2\r\n", " 200 text/plain"}},
		{"arawman", "action=getvar&variable=LEN(abc)", []string{"Value: 3\r\n"}},
		{"arawman?action=getvar", "variable=LEN(abcd)", []string{"Value: 4\r\n"}},
		{"amxml?variable=LEN(a)", "action=getvar", []string{"response='Success'", "value='1'", " 200 text/xml"}},
		{"amanager?action=ping", "", []string{"<td>Pong</td>", " 200 text/html"}},
	} {
		var more []string
		if c.body != "" {
			more = []string{"-d", c.body}
		}
		got := ask("good", c.path, more...)
		for _, want := range c.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s %s: no %q in\n%s", c.path, c.body, want, got)
			}
		}
	}
	if got := ask("bad", "arawman?action=ping"); strings.Contains(got, "Success") || !strings.Contains(got, " 401 ") {
		t.Errorf("with a wrong secret: %s", got)
	}
}
