package test

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Names that are markup, and what they would leave behind if a browser took them for it.
const (
	hostile  = `<img src=x onerror=owned=1>`
	hostile2 = `"><script>owned=1</script>`
	foreign  = `document.querySelectorAll('img, script:not([src]), [onerror], iframe, base').length + (window.owned ? 100 : 0)`
)

// hostileFiles have such names wherever a file of the configuration takes one.
func hostileFiles(port int) map[string]string {
	list := consoleFiles(port)
	list["sip.conf"] = strings.Replace(list["sip.conf"], "allow=ulaw\n", "allow=ulaw\nallowguest=yes\ncontext=strangers\nregister => "+
		hostile+":secret@sip.invalid\n", 1) + "\n[" + hostile +
		"]\ntype=friend\nhost=dynamic\nsecret=s\ncontext=inside\ndescription=" + hostile + "\n"
	list["extensions.conf"] += "exten => 801,1,Queue(" + hostile + ")\nexten => <b>x,1,NoOp(" + hostile +
		")\nexten => <i>,hint,SIP/" + hostile +
		"\n\n[<script>owned=1</script>]\nexten => s,1,NoOp()\n\n[strangers]\nexten => 700,1,NoOp(" + hostile2 +
		")\n same => n,Ringing()\n" +
		" same => n,Wait(300)\n"
	list["voicemail.conf"] += "1003 => 4713," + hostile + "\n"
	list["queues.conf"] += "\n[" + hostile + "]\nmember => SIP/1001,0," + hostile + "\n"
	list["<img src=x onerror=owned=1>.conf"] = "[x]\n"
	list["notes.conf"] = "; </textarea>" + hostile2 + "\n[" + hostile + "\n"
	return list
}

// strange sends what a scanner may send: a call and a registration whose names are markup.
func strange(t *testing.T) {
	t.Helper()
	s, err := net.Dial("udp", "127.0.0.1:5970")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	here := s.LocalAddr()
	sdp := fmt.Sprintf("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=%s\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n", hostile)
	for _, m := range [][3]string{{"INVITE", "sip:700@127.0.0.1:5970", "strange"}, {"REGISTER", "sip:127.0.0.1:5970", "1001"},
		{"REGISTER", "sip:127.0.0.1:5970", "%3Cimg%20src=x%20onerror=owned=1%3E"}} {
		body := ""
		if m[0] == "INVITE" {
			body = sdp
		}
		fmt.Fprintf(s, "%s %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%p;rport\r\nMax-Forwards: 70\r\n"+
			"From: \"%s\" <sip:%s@127.0.0.1>;tag=1\r\n"+
			"To: <sip:%s@127.0.0.1>\r\nCall-ID: %s-%s-%s\r\nCSeq: 1 %s\r\nContact: <sip:%s@%s>\r\nUser-Agent: %s\r\nSubject: %s\r\n"+
			"Authorization: Digest username=\"%s\", realm=\"x\", nonce=\"x\", uri=\"%s\", response=\"x\"\r\n"+
			"Content-Type: application/sdp\r\n"+
			"Content-Length: %d\r\n\r\n%s", m[0], m[1], here, &body, strings.ReplaceAll(hostile, `"`, ""), m[2], m[2], m[0], m[2],
			strings.ReplaceAll(hostile, " ", ""), m[0], m[2], here, hostile, hostile2,
			strings.ReplaceAll(m[2], "%3C", "<"), m[1], len(body), body)
	}
}

// TestConsoleRunsNothingOfStrangers has names that are markup on each page, from files and from the network:
// they are read as text, and nothing of them is an element, while the page is kept up to date too.
func TestConsoleRunsNothingOfStrangers(t *testing.T) {
	alongside(t, &officeLane)
	c := consoleOn(t, hostileFiles)
	clean := func(where, shown string) {
		t.Helper()
		if shown != "" {
			c.waits(where+" shows it", fmt.Sprintf("document.documentElement.outerHTML.includes(%q)", shown))
		}
		var n int
		if c.run(foreign, &n); n != 0 {
			t.Errorf("%s: %d elements or scripts of a name", where, n)
		}
	}
	text := strings.NewReplacer("<", "&lt;", ">", "&gt;").Replace(hostile)
	strange(t)
	c.waits("the call of a stranger", "!!document.querySelector('[data-live=now] a')")
	clean("now, live", text)
	c.run("document.querySelector('[data-live=now] a').click()", nil)
	c.waits("its ladder", "/INVITE/.test(document.querySelector('.story')?.innerText ?? '')")
	clean("its page, live", text)
	peer := url.PathEscape(hostile)
	for path, shown := range map[string]string{"/": text, "/calls": "", "/phones": text, "/phone/" + peer: text, "/trunks": text,
		"/office": text,
		"/dialplan?number=" + url.QueryEscape(hostile2) + "&context=" + url.QueryEscape(hostile): text,
		"/find?q=" + url.QueryEscape(hostile):                                                    text,
		"/find?q=" + url.QueryEscape(hostile2):                                                   "", "/files": "",
		"/file/notes.conf":        "&lt;/textarea&gt;",
		"/file/" + peer + ".conf": "", "/call/" + peer: "", "/system": "",
		"/softphone": "", "/login?to=" + url.QueryEscape("javascript:owned=1"): "",
		"/numbers?span=" + url.QueryEscape(hostile2): "", "/" + peer: ""} {
		c.goes(path)
		clean(path, shown)
	}
	if _, err := os.Stat(filepath.Join(c.dir, hostile+".conf")); err != nil {
		t.Errorf("the file with such a name: %v", err)
	}
}
