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

// prober asks as several names and notes all that comes back: what, where and when.
type prober struct {
	w     *world
	socks [2]net.PacketConn // where it sends from, and where its Via says
	calls int

	mu    sync.Mutex
	begun map[string]time.Time // each call, by its Call-ID
	got   map[string][]string
}

func newProber(w *world) *prober {
	p := &prober{w: w, begun: map[string]time.Time{}, got: map[string][]string{}}
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
				id := field(string(buf[:n]), "Call-ID")
				p.got[id] = append(p.got[id], fmt.Sprintf("after %v at %d: %s", time.Since(p.begun[id]), i, buf[:n]))
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

// attempt is a call of a name, with credentials for a challenge.
type attempt struct {
	id, name, method, totag string
	number                  int
	credentials             func(auth.Digest, string, string) string
}

// exchange has each attempt ask without a challenge, then with a nonce that is unused, then with the same again, and gives for each all
// that came, without what is random or the name itself. They ask one after the other, and wait for what comes together.
func (p *prober) exchange(list []*attempt) (answers [][]string) {
	for _, a := range list {
		p.calls++
		a.number, a.id = p.calls, fmt.Sprint("call-", p.calls)
		p.mu.Lock()
		p.begun[a.id] = time.Now()
		p.mu.Unlock()
		p.ask(a, a.credentials(nil, a.name, a.method), 1)
	}
	time.Sleep(5 * time.Second)
	challenges := map[*attempt]auth.Digest{}
	for _, a := range list {
		for _, text := range p.heard(a) {
			if d, ok := auth.ParseDigest(field(text, "WWW-Authenticate")); ok {
				challenges[a] = d
			}
		}
	}
	for cseq := 2; cseq <= 3; cseq++ {
		for _, a := range list {
			p.ask(a, a.credentials(challenges[a], a.name, a.method), cseq)
		}
		time.Sleep(5 * time.Second)
	}
	time.Sleep(time.Minute)
	for _, a := range list {
		var all []string
		for _, text := range p.heard(a) {
			all = append(all, strings.ReplaceAll(random.ReplaceAllString(text, "$1"), a.name, "NAME"))
		}
		slices.Sort(all)
		answers = append(answers, all)
	}
	return answers
}

// heard is all that came for an attempt so far.
func (p *prober) heard(a *attempt) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.got[a.id])
}

// ask sends a request of an attempt, and lets a moment pass.
func (p *prober) ask(a *attempt, credentials string, cseq int) {
	target := "sip:600@10.0.0.1"
	if a.method == "REGISTER" {
		target = "sip:10.0.0.1"
	}
	to := a.name
	if a.method == "INVITE" {
		to = "600"
	}
	p.socks[0].WriteTo(fmt.Appendf(nil, "%s %s SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.99:5999;branch=z9hG4bK%d%d\r\nMax-Forwards: 70\r\nFrom: "+
		"<sip:%s@10.0.0.1>;tag=f\r\nTo: <sip:%s@10.0.0.1>%s\r\nCall-ID: %s\r\nCSeq: %d %s\r\n"+
		"Contact: <sip:%s@10.0.0.99>\r\nEvent: presence\r\nContent-Type: text/plain\r\nExpires: 300\r\n%sContent-Length: 0\r\n\r\n",
		a.method, target, a.number, cseq, a.name, to, a.totag, a.id, cseq, a.method, a.name, credentials), net.UDPAddrFromAddrPort(pbxAddr))
	time.Sleep(100 * time.Millisecond)
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

// compares has all names try each form of credentials, and wants what the first one, which is nobody, is answered.
func (p *prober) compares(names []string, method, totag string) {
	p.w.t.Helper()
	for form, credentials := range forms {
		var list []*attempt
		for _, name := range names {
			list = append(list, &attempt{name: name, method: method, totag: totag, credentials: credentials})
		}
		answers := p.exchange(list)
		for i, all := range answers {
			if len(all) < 3 {
				p.w.t.Errorf("%s %s, to tag %q: %d answers", method, form, totag, len(all))
			}
			if !slices.Equal(all, answers[0]) {
				p.w.t.Errorf("%s, credentials %s, to tag %q: %s is told from nobody:\n%s\n--- nobody:\n%s", method, form, totag, names[i],
					strings.Join(all, "\n"), strings.Join(answers[0], "\n"))
			}
		}
	}
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
					for _, totag := range []string{"", ";tag=x"} {
						p.compares(names, method, totag)
					}
				}
				p.close()
				w.stop()
			})
		})
	}
}
