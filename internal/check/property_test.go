package check

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// site is a configuration that is right, made from a seed.
type site struct {
	r      *rand.Rand
	phones []int
	lan    int // 192.168.lan.0 is the network of the phones
	files  map[string][]string
}

func newSite(seed uint64) *site {
	s := &site{r: rand.New(rand.NewPCG(seed, 7)), files: map[string][]string{}}
	s.lan = s.r.IntN(250)
	first := 100 * (1 + s.r.IntN(8))
	for i := range 2 + s.r.IntN(6) {
		s.phones = append(s.phones, first+1+i)
	}
	s.sip()
	s.plan()
	s.rest()
	return s
}

func (s *site) add(file, format string, args ...any) {
	s.files[file] = append(s.files[file], strings.Split(fmt.Sprintf(format, args...), "\n")...)
}

// some is true now and then.
func (s *site) some() bool { return s.r.IntN(2) == 0 }

func (s *site) secret() string {
	const letters = "abcdefghkmnpqrstuvwxyzABCDEFGHKMNPQRSTUVWXYZ23456789"
	b := make([]byte, 14)
	for i := range b {
		b[i] = letters[s.r.IntN(len(letters))]
	}
	return string(b)
}

func (s *site) sip() {
	secret := s.secret()
	s.add("sip.conf", "[general]\ncontext=nowhere\nallowguest=no\nudpbindaddr=0.0.0.0\ndisallow=all\nallow=alaw\nallow=ulaw\ncallcounter=yes")
	if s.some() {
		s.add("sip.conf", "externaddr=203.0.113.%d\nlocalnet=192.168.%d.0/255.255.255.0", 1+s.r.IntN(200), s.lan)
	}
	s.add("sip.conf", "register => 4930777:%s@198.51.100.40/4930777", secret)
	s.add("sip.conf", "[phones](!)\ntype=friend\nhost=dynamic\ncontext=office\nqualify=yes\ncallgroup=1\npickupgroup=1")
	for _, p := range s.phones {
		s.add("sip.conf", "[%d](phones)\nsecret=%s\ncallerid=\"Phone %d\" <%d>\nmailbox=%d@office", p, s.secret(), p, p, p)
		if s.some() {
			s.add("sip.conf", "deny=0.0.0.0/0.0.0.0\npermit=192.168.%d.0/255.255.255.0", s.lan)
		}
	}
	s.add("sip.conf", "[provider]\ntype=peer\nhost=198.51.100.40\ndefaultuser=4930777\nremotesecret=%s\ninsecure=port,invite\n"+
		"context=from-provider", secret)
}

func (s *site) plan() {
	s.add("extensions.conf", "[general]\nstatic=yes\n[globals]\nTRUNK=SIP/provider\n[nowhere]\nexten => s,1,Hangup()\n[office]")
	for _, p := range s.phones {
		s.add("extensions.conf", "exten => %d,1,Dial(SIP/%d,%d,t)\n same => n,VoiceMail(%d@office,u)\n same => n,Hangup()\nexten => "+
			"%d,hint,SIP/%d", p, p, 10+s.r.IntN(30), p, p, p)
	}
	if s.some() {
		s.add("extensions.conf", "exten => 990,1,Queue(sales,,,,60)\n same => n,Hangup()")
	} else {
		s.add("extensions.conf", "exten => 990,1,GotoIfTime(08:00-16:00,mon-fri,*,*?open)\n same => n,Hangup()\n same => "+
			"n(open),Queue(sales)\n same => n,Hangup()")
	}
	s.add("extensions.conf", "exten => *97,1,VoiceMailMain(${CALLERID(num)}@office)\n same => n,Hangup()\nexten => "+
		"_0ZXXXXXX,1,Set(CALLERID(num)=4930777)\n same => n,Dial(${TRUNK}/${EXTEN:1},60)\n same => n,Hangup()")
	s.add("extensions.conf", "[from-provider]\nexten => 4930777,1,Dial(SIP/%d,30,t)\n same => n,GotoIf($[\"${DIALSTATUS}\" = "+
		"\"BUSY\"]?busy)\n same => n,VoiceMail(%d@office,u)\n same => n,Hangup()\n same => n(busy),VoiceMail(%d@office,b)\n same => n,Hangup()",
		s.phones[0], s.phones[0], s.phones[0])
}

func (s *site) rest() {
	s.add("voicemail.conf", "[general]\nformat=wav\n[office]")
	s.add("queues.conf", "[general]\nautofill=yes\n[sales]\nstrategy=ringall\ntimeout=15")
	for _, p := range s.phones {
		s.add("voicemail.conf", "%d => %d,Phone %d,p%d@example.com", p, 57100+s.r.IntN(8000)*5+1, p, p)
		s.add("queues.conf", "member => SIP/%d", p)
	}
	s.add("rtp.conf", "[general]\nrtpstart=10000\nrtpend=20000")
	s.add("manager.conf", "[general]\nenabled=yes\nbindaddr=127.0.0.1\n[board]\nsecret=%s\nread=call\nwrite=call", s.secret())
}

func (s *site) judged(t *testing.T) []Finding {
	t.Helper()
	dir := t.TempDir()
	for name, lines := range s.files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(strings.Join(lines, "\n")+"\n"), 0o640); err != nil {
			t.Fatal(err)
		}
	}
	list, err := Run(dir, dir)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func loud(list []Finding) (out []Finding) {
	for _, f := range list {
		if f.Severity != "note" && f.Severity != "missing" {
			out = append(out, f)
		}
	}
	return out
}

// A configuration that is right gets notes at most, whatever it is like.
func TestRightSitesAreQuiet(t *testing.T) {
	for seed := range uint64(25) {
		for _, f := range loud(newSite(seed).judged(t)) {
			t.Errorf("seed %d: %+v", seed, f)
		}
	}
}

// spoilers are changes of one line after which something works otherwise: each has the line that
// it is about, and what it makes of it.
var spoilers = []struct {
	name, file, line string // the line begins so
	spoil            func(line string) string
}{
	{"a letter of an option", "sip.conf", "secret=", func(l string) string { return strings.Replace(l, "secret", "secrt", 1) }},
	{"a letter of a context", "sip.conf", "context=office", func(l string) string { return "context=ofice" }},
	{"a letter of a host", "sip.conf", "host=dynamic", func(string) string { return "host=dynmic" }},
	{"a letter of a type", "sip.conf", "type=friend", func(string) string { return "type=frend" }},
	{"a letter of a codec", "sip.conf", "allow=alaw", func(string) string { return "allow=alwa" }},
	{"a letter of a mailbox", "sip.conf", "mailbox=", func(l string) string { return strings.Replace(l, "@office", "@ofice", 1) }},
	{"the host of the provider", "sip.conf", "host=198", func(string) string { return "host=198.51.100.41" }},
	{"the deny of a list", "sip.conf", "deny=", func(string) string { return "" }},
	{"the mask of a list", "sip.conf", "permit=", func(string) string { return "permit=192.168.1.0" }},
	{"the extension of the registration", "sip.conf", "register",
		func(l string) string { return strings.Replace(l, "/4930777", "/493077", 1) }},
	{"the insecure of the provider", "sip.conf", "remotesecret=",
		func(l string) string { return strings.Replace(l, "remotesecret", "remotsecret", 1) }},
	{"an application", "extensions.conf", " same => n,VoiceMail(",
		func(l string) string { return strings.Replace(l, "VoiceMail", "VoicMail", 1) }},
	{"a box", "extensions.conf", " same => n,VoiceMail(", func(l string) string { return strings.Replace(l, "@office", "", 1) }},
	{"a device", "extensions.conf", "exten => 4930777,1,Dial(SIP/", func(l string) string { return strings.Replace(l, "SIP/", "SIP/9", 1) }},
	{"a technology", "extensions.conf", "exten => 4930777,1,Dial(SIP/", func(l string) string { return strings.Replace(l, "SIP/", "", 1) }},
	{"a label", "extensions.conf", " same => n,GotoIf(", func(l string) string { return strings.Replace(l, "?busy", "?bussy", 1) }},
	{"a quotation mark", "extensions.conf", " same => n,GotoIf(", func(l string) string { return strings.Replace(l, `"BUSY"`, "BUSY", 1) }},
	{"the dollar of an expression", "extensions.conf", " same => n,GotoIf(",
		func(l string) string { return strings.Replace(l, "$[", "[", 1) }},
	{"an underscore", "extensions.conf", "exten => _0Z", func(l string) string { return strings.Replace(l, "_0Z", "0Z", 1) }},
	{"a variable", "extensions.conf", " same => n,Dial(${TRUNK}", func(l string) string { return strings.Replace(l, "TRUNK", "TRUNC", 1) }},
	{"a queue", "extensions.conf", "exten => 990,1,Queue", func(l string) string { return strings.Replace(l, "sales", "sale", 1) }},
	{"a hint", "extensions.conf", "exten => ", func(l string) string { return strings.Replace(l, "exten => ", "extn => ", 1) }},
	{"a member", "queues.conf", "member => SIP/", func(l string) string { return strings.Replace(l, "SIP/", "SIP/9", 1) }},
	{"a strategy", "queues.conf", "strategy=", func(string) string { return "strategy=ringal" }},
	{"a format", "voicemail.conf", "format=", func(string) string { return "format=wave" }},
	{"an end of ports", "rtp.conf", "rtpend=", func(string) string { return "rtpend=2000" }},
	{"a class", "manager.conf", "read=", func(string) string { return "read=cal" }},
	{"the secret of a user", "manager.conf", "secret=", func(string) string { return "secret=admin" }},
}

// A line of a right configuration that is spoilt gets a finding.
func TestSpoiltSitesAreNot(t *testing.T) {
	for i, sp := range spoilers {
		met := false
		for seed := range uint64(6) {
			s := newSite(seed*31 + uint64(i))
			if !s.spoil(sp.file, sp.line, sp.spoil) {
				continue
			}
			met = true
			list := s.judged(t)
			said := loud(list)
			for _, f := range list {
				if f.Code == "plan-expression-quotes" || f.Code == "plan-hint" {
					said = append(said, f)
				}
			}
			if len(said) == 0 {
				t.Errorf("%s, seed %d: nothing is said of it\n%s", sp.name, seed, strings.Join(s.files[sp.file], "\n"))
			}
		}
		if !met {
			t.Errorf("%s: no site has such a line", sp.name)
		}
	}
}

// spoil changes the first line that begins so; false where there is none.
func (s *site) spoil(file, begins string, change func(string) string) bool {
	for i, l := range s.files[file] {
		if strings.HasPrefix(l, begins) {
			to := change(l)
			if to == l {
				return false
			}
			s.files[file][i] = to
			return true
		}
	}
	return false
}
