package test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"obelisk/media/soundfile"
)

// A real phone leaves a message, and another one hears it: the tone is in the file, and in what the
// owner's phone heard.
func TestBaresipLeavesAndHearsAMessage(t *testing.T) {
	alongside(t, &officeLane)
	tool(t, "baresip")
	spool := t.TempDir()
	const registrar = "127.0.0.1:5970"
	phone := func(name, secret string) string {
		return "[" + name + "]\ntype=friend\nhost=dynamic\ncontext=inside\nsecret=" + secret + "\n"
	}
	sys := started(t, "testdata/phones", map[string]string{
		"sip.conf": "[general]\nudpbindaddr=127.0.0.1:5970\n" + phone("1001", "one") + phone("1002", "two") + "mailbox=1002@default\n",
		"voicemail.conf": "[general]\nformat=wav|wav49\nenvelope=no\nmailcmd=cat >" + spool +
			"/mail\n[default]\n1002 => 77,Bob,bob@example.org\n",
		"extensions.conf": "[inside]\nexten => 1,1,VoiceMail(1002@default,s)\n same => n,Set(GLOBAL(LEFT)=${VMSTATUS})\n" +
			"exten => h,1,Set(GLOBAL(FILE)=${VM_MESSAGEFILE})\nexten => 2,1,VoiceMailMain(1002@default,sa(0))\n",
	})
	a := newBaresip(t, handset{user: "1001", secret: "one", listen: "127.0.0.1:5091", registrar: registrar, hz: 1000, answer: "manual",
		command: "/dial sip:1@" + registrar})
	a.waitFor("Call established", patience)
	time.Sleep(4 * time.Second)
	a.stop()
	file := ""
	for range 100 {
		if file, _ = sys.Core().Global("FILE"); file != "" {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	data, err := os.ReadFile(file + ".wav")
	if err != nil {
		t.Fatal(err)
	}
	clip, err := soundfile.Decode("x.wav", data)
	if err != nil || len(clip.PCM) < 16000 {
		t.Fatalf("%d samples: %v", len(clip.PCM), err)
	}
	said := make([]float64, 4000)
	for i := range said {
		said[i] = float64(clip.PCM[8000+i])
	}
	if hz, level, share := tone(said); hz != 1000 || level < 3000 || share < 0.9 {
		t.Errorf("in %s: %.0f Hz, level %.0f, %.2f of the power", filepath.Base(file), hz, level, share)
	}
	if n := sys.Core().MailboxesOf([]string{"1002@default"}); n.New != 1 {
		t.Errorf("%+v", n)
	}
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		if mail, _ := os.ReadFile(spool + "/mail"); len(mail) > len(data) { // the recording is in it
			break
		}
		if time.Now().After(end) {
			t.Error("no mail is sent")
			break
		}
	}
	for listens := 8 * time.Second; ; listens *= 2 { // a machine with other work takes its time
		heard := ownerHears(t, registrar, listens)
		for at := 0; at+4000 <= len(heard); at += 2000 {
			if hz, level, share := tone(heard[at : at+4000]); hz == 1000 && level > 3000 && share > 0.9 {
				return
			}
		}
		if listens > 30*time.Second {
			t.Fatalf("the owner does not hear the message in %d samples", len(heard))
		}
	}
}

// ownerHears is what the owner of the mailbox hears, who calls and listens for so long.
func ownerHears(t *testing.T, registrar string, listens time.Duration) []float64 {
	t.Helper()
	b := newBaresip(t, handset{user: "1002", secret: "two", listen: "127.0.0.1:5095", registrar: registrar, hz: 440, answer: "manual",
		command: "/dial sip:2@" + registrar})
	b.waitFor("Call established", 30*time.Second)
	time.Sleep(listens)
	b.stop()
	return b.recorded()
}
