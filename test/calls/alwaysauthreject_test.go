package calls

import (
	"fmt"
	"net"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/auth"
	"obelisk/internal/testkit"
)

// prober asks as one name after the other and notes all that comes back: what, where
// and when.
type prober struct {
	w     *world
	socks [2]net.PacketConn // where it sends from, and where its Via says
	begun time.Time
	calls int

	mu  sync.Mutex
	got []string
}

func newProber(w *world) *prober {
	p := &prober{w: w}
	for i, at := range []string{"10.0.0.99:5060", "10.0.0.99:5999"} {
		p.socks[i] = newWire(w.t, w.net, at, "10.0.0.1:5060").conn
		go func() {
			buf := make([]byte, 65536)
			for {
				n, _, err := p.socks[i].ReadFrom(buf)
				if err != nil {
					return
				}
				p.mu.Lock()
				p.got = append(p.got, fmt.Sprintf("after %v at %d: %s", time.Since(p.begun), i, buf[:n]))
				p.mu.Unlock()
			}
		}()
	}
	return p
}

func (p *prober) close() {
	for _, s := range p.socks {
		s.Close()
	}
}

var random = regexp.MustCompile(`(tag=as|nonce="|opaque="|branch=)[0-9a-zA-Z+/=]+|(?:Call-ID: call-|CSeq: )[0-9]+`)

// exchange asks without a challenge, then with a nonce that is unused, then with the same
// again, and gives all that came, without what is random or the name itself.
func (p *prober) exchange(name, method, totag string, credentials func(auth.Digest, string, string) string) (answers []string) {
	p.mu.Lock()
	p.begun, p.got, p.calls = time.Now(), nil, p.calls+1
	p.mu.Unlock()
	p.ask(name, method, totag, credentials(nil, name, method), 1)
	var ch auth.Digest
	for _, a := range p.heard() {
		if d, ok := auth.ParseDigest(field(a, "WWW-Authenticate")); ok {
			ch = d
		}
	}
	p.ask(name, method, totag, credentials(ch, name, method), 2)
	p.ask(name, method, totag, credentials(ch, name, method), 3)
	time.Sleep(time.Minute)
	for _, a := range p.heard() {
		answers = append(answers, strings.ReplaceAll(random.ReplaceAllString(a, "$1"), name, "NAME"))
	}
	slices.Sort(answers)
	return answers
}

// heard is all that came so far.
func (p *prober) heard() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.got)
}

func (p *prober) ask(name, method, totag, credentials string, cseq int) {
	target := "sip:600@10.0.0.1"
	if method == "REGISTER" {
		target = "sip:10.0.0.1"
	}
	to := name
	if method == "INVITE" {
		to = "600"
	}
	p.socks[0].WriteTo(fmt.Appendf(nil, "%s %s SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.99:5999;branch=z9hG4bK%d%d\r\nMax-Forwards: 70\r\nFrom: "+
		"<sip:%s@10.0.0.1>;tag=f\r\nTo: <sip:%s@10.0.0.1>%s\r\nCall-ID: call-%d\r\nCSeq: %d %s\r\n"+
		"Contact: <sip:%s@10.0.0.99>\r\nEvent: presence\r\nContent-Type: text/plain\r\nExpires: 300\r\n%sContent-Length: 0\r\n\r\n",
		method, target, p.calls, cseq, name, to, totag, p.calls, cseq, method, name, credentials), net.UDPAddrFromAddrPort(pbxAddr))
	time.Sleep(5 * time.Second)
	synctest.Wait()
}

// forms of credentials: for a challenge, which may be nil, of a name.
var forms = map[string]func(ch auth.Digest, name, method string) string{
	"none":         func(auth.Digest, string, string) string { return "" },
	"not a digest": func(auth.Digest, string, string) string { return "Authorization: Basic QWxhZGRpbg==\r\n" },
	"of another user": func(ch auth.Digest, name, method string) string {
		return answerOf(ch, "nosuch", method, "sip:600@10.0.0.1")
	},
	"of the user": func(ch auth.Digest, name, method string) string {
		return answerOf(ch, name, method, "sip:600@10.0.0.1")
	},
	"for another number": func(ch auth.Digest, name, method string) string {
		return answerOf(ch, name, method, "sip:601@10.0.0.1")
	},
	"of another realm first": func(ch auth.Digest, name, method string) string {
		return answerOf(auth.Digest{"realm": "elsewhere", "nonce": "1"}, name, method, "sip:600@10.0.0.1") + answerOf(ch, name, method,
			"sip:600@10.0.0.1")
	},
	"by an algorithm that is not asked for": func(ch auth.Digest, name, method string) string {
		return strings.Replace(answerOf(ch, name, method, "sip:600@10.0.0.1"), "algorithm=MD5", "algorithm=SHA-512-256", 1)
	},
}

// answerOf is a line of credentials with a wrong password; without a challenge for a nonce
// that nobody gave.
func answerOf(ch auth.Digest, user, method, uri string) string {
	if ch == nil {
		ch = auth.Digest{"realm": "asterisk", "nonce": "01234567"}
	}
	return "Authorization: " + auth.Credentials{User: user, Password: "guess"}.Answer(ch, method, uri, 1) + "\r\n"
}

// For every method and every form of credentials the answers to a name that exists and to
// one that does not are the same, byte for byte, in time and place.
func TestNamesCannotBeToldApart(t *testing.T) {
	const phone = "type=friend\nhost=dynamic\ncontext=inside\n"
	for what, sip := range map[string]string{
		"accounts of several kinds": "[alice]\n" + phone + "secret=one\nnat=force_rport,comedia\ntimert1=900\n[bobby]\n" + phone +
			"secret=two\n[carol]\n" + phone + "md5secret=" + strings.Repeat("0", 32) + "\nnat=no\n" +
			"[david]\n" + phone + "secret=three\ndeny=0.0.0.0/0\n[ellen]\ntype=friend\nhost=10.0.0.55\nsecret=four\ncontext=inside\n",
		"options of their own": "[alice]\n" + phone + "secret=one\nqop=auth\nnoncelife=600\nauth_algorithms=MD5,SHA-256\nsec_agree=ignore\n",
		"cards": "[alice]\n" + phone + "aka_k=" + strings.Repeat("1", 32) + "\naka_opc=" + strings.Repeat("2", 32) +
			"\nqop=auth\n",
	} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, "[general]\nudpbindaddr=10.0.0.1:5060\nallowguest=no\ncontext=public\n"+sip,
					"[public]\n[inside]\nexten => 600,1,Answer()\nexten => 600,hint,SIP/alice\n", testkit.Faults{})
				p := newProber(w)
				names := []string{"nobod"}
				for _, n := range []string{"alice", "bobby", "carol", "david", "ellen"} {
					if strings.Contains(sip, "["+n+"]") {
						names = append(names, n)
					}
				}
				for _, method := range []string{"REGISTER", "INVITE", "SUBSCRIBE", "MESSAGE", "OPTIONS", "PUBLISH", "REFER", "NOTIFY", "BYE", "INFO",
					"UPDATE", "PRACK", "CANCEL", "FETCH"} {
					for form, credentials := range forms {
						for _, totag := range []string{"", ";tag=x"} {
							var want []string
							for _, name := range names {
								all := p.exchange(name, method, totag, credentials)
								if len(all) < 3 {
									t.Errorf("%s %s, to tag %q: %d answers", method, form, totag, len(all))
								}
								if want == nil {
									want = all
								} else if !slices.Equal(all, want) {
									t.Errorf("%s, credentials %s, to tag %q: %s is told from nobody:\n%s\n--- nobody:\n%s", method, form, totag, name,
										strings.Join(all, "\n"), strings.Join(want, "\n"))
								}
							}
						}
					}
				}
				p.close()
				w.stop()
			})
		})
	}
}
