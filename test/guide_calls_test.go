package test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"obelisk/internal/testkit"
)

// guideCalls are what is done in a folder of the guide, before its commands run: phones that
// register and call.
var guideCalls = map[string]func(*guideRun){
	"first/office":     twoPhones,
	"asterisk/office":  twoPhones,
	"phones/baresip":   baresips,
	"trouble/register": wrongAccounts,
	"trouble/calls":    callsThatFail,
	"trouble/ack":      callWithoutACK,
	"trouble/ringback": callThatRings,
	"trouble/keys":     keysByInfo,
	"itsp/register":    registersAtProvider,
	"itsp/address":     callsFromProvider,
	"office/office":    twoPhones,
	"tls/office":       phonesNeedTLS,
	"watch/office":     twoPhones,
	"cluster/two":      phonesAtTwo,
}

// twoPhones are those of the first office, which call each other and the echo.
func twoPhones(g *guideRun) {
	a, b := g.phone(101, "101", "green-Kettle-41"), g.phone(102, "102", "seven-Ladders-8")
	out, _ := g.talks(a, "102", b)
	out.Hangup()
	out, _ = g.talks(b, "600", nil)
	out.Hangup()
}

// baresips are two of the real phone, with the account of the page.
func baresips(g *guideRun) {
	tool(g.t, "baresip")
	a := newBaresip(g.t, handset{user: "101", secret: "green-Kettle-41", listen: g.net + "101:5060", registrar: g.address(), hz: 440,
		answer: "auto"})
	a.waitFor("200 OK", patience)
	b := newBaresip(g.t, handset{user: "102", secret: "seven-Ladders-8", listen: g.net + "102:5060", registrar: g.address(), hz: 660,
		answer: "auto", command: "/dial sip:101@" + g.address()})
	b.waitFor("Call established", patience)
}

// wrongAccounts are a wrong password, and a user that is none.
func wrongAccounts(g *guideRun) {
	for _, x := range [][2]string{{"102", "wrong"}, {"103", "seven-Ladders-8"}} {
		p := g.newPhone(102, x[0], x[1])
		p.Register(300)
		p.Close()
	}
}

// callsThatFail are, in this order: a number that is none, a phone that is busy, one that is not
// registered, one that is heard by nobody because it sends no audio.
func callsThatFail(g *guideRun) {
	a, b := g.phone(101, "101", "green-Kettle-41"), g.phone(102, "102", "seven-Ladders-8")
	a.Dial("999").Wait("404", patience)
	out := a.Dial("102")
	select {
	case in := <-b.Incoming:
		in.Reject("486 Busy Here")
	case <-time.After(patience):
		g.t.Fatal("no call came in")
	}
	out.Wait("486", patience)
	b.Register(0)
	a.Dial("102").Wait("503", patience)
	b.Register(300)
	out, in := g.talks(a, "102", b)
	in.Media.Tone(440, 3*time.Second)
	time.Sleep(4 * time.Second)
	out.Hangup()
	time.Sleep(time.Second / 2)
	_, in = g.talks(a, "102", b)
	in.Media.Tone(440, time.Minute)
	time.Sleep(2 * time.Second)
}

// callWithoutACK is one whose 200 is never confirmed.
func callWithoutACK(g *guideRun) {
	if testing.Short() {
		g.t.Skip("it takes 32 seconds")
	}
	a, b := g.phone(101, "101", "green-Kettle-41"), g.phone(102, "102", "seven-Ladders-8")
	a.Unconfirmed = true
	out, _ := g.talks(a, "102", b)
	out.Wait("BYE", 45*time.Second)
	time.Sleep(time.Second / 2)
}

// callThatRings is told of the ringing, told of audio on the way, and, once answered, hears a tone.
func callThatRings(g *guideRun) {
	a, b := g.phone(101, "101", "green-Kettle-41"), g.phone(102, "102", "seven-Ladders-8")
	rings := func(number string) (out, in *testkit.Call) {
		out = b.Dial(number)
		select {
		case in = <-a.Incoming:
		case <-time.After(20 * time.Second):
			g.t.Fatalf("%s does not ring", number)
		}
		return out, in
	}
	out, in := rings("101")
	in.Ring()
	if !out.Wait("180", 20*time.Second) {
		g.t.Error("the caller is not told of the ringing")
	}
	in.Progress()
	if !out.Wait("183", 20*time.Second) {
		g.t.Error("the caller is not told of audio on the way")
	}
	in.Answer()
	out.Wait("200", 20*time.Second)
	out.Hangup()
	out, in = rings("700")
	if !out.Wait("200", 20*time.Second) {
		g.t.Error("700 does not answer")
	}
	in.Ring()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if _, heard := out.Media.Counts(); heard > 20 {
			break
		} else if time.Now().After(end) {
			g.t.Errorf("%d packets of the tone are heard", heard)
			break
		}
	}
	out.Hangup()
}

// keysByInfo are one key, by SIP INFO, which is heard whatever dtmfmode says.
func keysByInfo(g *guideRun) {
	a := g.phone(101, "101", "green-Kettle-41")
	out, _ := g.talks(a, "600", nil)
	if status := out.Send("INFO", "Content-Type: application/dtmf-relay\r\n", "Signal=5\r\nDuration=160\r\n"); status != 200 {
		g.t.Errorf("the key is answered %d", status)
	}
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if text, _ := os.ReadFile(filepath.Join(g.dir, "log", "messages")); strings.Contains(string(text), "DTMF") {
			break
		} else if time.Now().After(end) {
			g.t.Error("the key is not in the log")
			break
		}
	}
	out.Hangup()
}

// registersAtProvider has a provider at 192.168.1.200, who lets in whoever registers and calls.
func registersAtProvider(g *guideRun) {
	provider := g.newPhone(200, "15550100", "")
	provider.SetServe(func(m *testkit.Msg) string {
		if m.Method == "REGISTER" {
			return "200 OK\r\nContact: " + m.Get("Contact") + "\r\nExpires: 120"
		}
		return "200 OK"
	})
	a := g.phone(101, "101", "green-Kettle-41")
	g.reads("sip show registry", "Registered")
	out, _ := g.talks(provider, "15550100", a)
	out.Hangup()
	out, _ = g.talks(a, "0015559999", provider)
	out.Hangup()
}

// callsFromProvider has one that is known by its address.
func callsFromProvider(g *guideRun) {
	provider := g.newPhone(200, "15559999", "")
	g.rx("sip qualify peer provider")
	g.reads("sip show peers like provider", "OK (")
	a := g.phone(101, "101", "green-Kettle-41")
	out, _ := g.talks(provider, "15550100", a)
	out.Hangup()
	out, _ = g.talks(a, "0015559999", provider)
	out.Hangup()
}

// phonesNeedTLS: a phone over UDP is not let in.
func phonesNeedTLS(g *guideRun) {
	p := g.newPhone(101, "101", "green-Kettle-41")
	if status, _, _ := p.Register(300); status == 200 {
		g.t.Error("a phone registers over UDP")
	}
}

// reads waits until a command of the console shows a text.
func (g *guideRun) reads(command, text string) {
	g.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if out, _ := g.rx(command); shown("..."+text+"...", out) == "" {
			return
		}
	}
	g.t.Fatalf("%s does not show %s", command, text)
}
