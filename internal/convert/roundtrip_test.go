package convert

import (
	"fmt"
	"math/rand"
	"strings"
	"testing"
)

// choices are lines that both dialects can say.
var choices = []string{
	"context=a\ncontext=b", "disallow=all\nallow=ulaw\ndisallow=all\nallow=alaw,g722\nallow=gsm",
	"nat=no\nnat=force_rport\nnat=force_rport,comedia\nnat=yes\nnat=comedia",
	"dtmfmode=rfc2833\ndtmfmode=info\ndtmfmode=inband\ndtmfmode=auto",
	"session-timers=accept\nsession-timers=refuse\nsession-timers=originate", "session-expires=600", "rtptimeout=30",
	"language=de\nlanguage=fr", "accountcode=x", "fromuser=u", "fromdomain=example.org", "callerid=\"A\" <1>\ncallerid=2",
	"qualify=yes\nqualify=no\nqualify=500", "encryption=yes", "callgroup=1,3-5\ncallgroup=2", "pickupgroup=1", "trustrpid=yes\ntrustrpid=no",
	"sendrpid=yes\nsendrpid=pai\nsendrpid=no", "t38pt_udptl=yes,redundancy,maxdatagram=400\nt38pt_udptl=yes,none",
	"allowtransfer=no\nallowtransfer=yes", "subscribecontext=hints", "mailbox=1@default\nmailbox=2", "parkinglot=lot",
	"musicclass=m\nmohinterpret=m", "busylevel=2", "setvar=A=1\nsetvar=B=2=3", "deny=0.0.0.0/0.0.0.0", "permit=10.0.0.0/8\npermit=192.0.2.1",
	"directmedia=no\ndirectmedia=yes\ndirectmedia=nonat", "amaflags=billing", "icesupport=yes", "unsolicited_mailbox=7@x",
	"hasvoicemail=yes\nhasvoicemail=no",
}

// bothScopes are the choices that may stand in [general] too.
var bothScopes = []int{0, 1, 2, 3, 4, 5, 6, 7, 10, 12, 16, 17, 19, 20, 22, 28}

func pick(r *rand.Rand, from []int, most int) string {
	var b strings.Builder
	for range r.Intn(most) {
		n := r.Intn(len(choices))
		if from != nil {
			n = from[r.Intn(len(from))]
		}
		list := strings.Split(choices[n], "\n")
		b.WriteString(list[r.Intn(len(list))] + "\n")
	}
	return b.String()
}

// random makes a sip.conf of endpoints that both dialects can say.
func random(r *rand.Rand) string {
	var b strings.Builder
	b.WriteString("[general]\nallowguest=no\n" + pick(r, bothScopes, 6))
	templates := r.Intn(3)
	for i := range templates {
		fmt.Fprintf(&b, "[t%d](!)\n%s", i, pick(r, nil, 6))
	}
	for i := range 1 + r.Intn(4) {
		base := ""
		if templates > 0 && r.Intn(2) == 0 {
			base = fmt.Sprintf("(t%d)", r.Intn(templates))
		}
		fmt.Fprintf(&b, "[p%d]%s\n%s", i, base, pick(r, nil, 8))
		switch r.Intn(3) {
		case 0:
			fmt.Fprintf(&b, "type=friend\nhost=dynamic\nsecret=s%d\n", i)
		case 1:
			fmt.Fprintf(&b, "type=peer\nhost=192.0.2.%d\ninsecure=port,invite\ndefaultuser=acc\nsecret=trunk\n", i)
		case 2:
			fmt.Fprintf(&b, "type=friend\nhost=192.0.2.%d\nport=5070\nmd5secret=0123456789abcdef0123456789abcdef\n", i)
		}
	}
	return b.String()
}

// What both dialects can say is the same after the way there and back.
func TestRoundTrip(t *testing.T) {
	for seed := range int64(150) {
		text := random(rand.New(rand.NewSource(seed)))
		there, err := ToPJSIP(source(map[string]string{"sip.conf": text}))
		if err != nil {
			t.Fatal(err)
		}
		back, err := ToSIP(source(map[string]string{"pjsip.conf": there.Files[0].Text}))
		if err != nil {
			t.Fatal(err)
		}
		a, b := compiled(t, text), compiled(t, back.Files[0].Text)
		for _, p := range a.Peers {
			if q := b.Lookup(p.Name); q != nil {
				equal(t, p, q)
			} else {
				t.Errorf("[%s] is lost", p.Name)
			}
		}
		again, err := ToPJSIP(source(map[string]string{"sip.conf": back.Files[0].Text}))
		if err != nil {
			t.Fatal(err)
		}
		if len(again.Files[0].Text) == 0 {
			t.Fatal("nothing comes of it")
		}
		if t.Failed() {
			t.Fatalf("of seed %d:\n%s\nthere:\n%s\nback:\n%s", seed, text, there.Files[0].Text, back.Files[0].Text)
		}
	}
}

// Whatever is read, what is written can be read again.
func FuzzConvert(f *testing.F) {
	for seed := range int64(8) {
		f.Add(random(rand.New(rand.NewSource(seed))), "[a]\nexten => 1,1,Dial(SIP/p1/${EXTEN}&PJSIP/1@p2)\n")
	}
	f.Fuzz(func(t *testing.T, driver, plan string) {
		for _, x := range []struct {
			name string
			make func(files map[string]string) (*Result, error)
		}{
			{"sip.conf", func(m map[string]string) (*Result, error) { return ToPJSIP(source(m)) }},
			{"pjsip.conf", func(m map[string]string) (*Result, error) { return ToSIP(source(m)) }},
		} {
			r, err := x.make(map[string]string{x.name: driver, "extensions.conf": plan})
			if err != nil {
				continue
			}
			for _, out := range r.Files {
				if len(out.Text) > 64*(len(driver)+len(plan))+4096 {
					t.Fatalf("%s grew from %d to %d bytes", out.Name, len(driver)+len(plan), len(out.Text))
				}
			}
		}
	})
}
