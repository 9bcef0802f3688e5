package calls

import (
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/testkit"
	"obelisk/media/soundfile"
	"obelisk/pbx"
)

const mailboxes = `[general]
format=wav|gsm
maxsilence=4
envelope=no
mailcmd=cat >/dev/null
[default]
1002 => 77,Bob Baker
`

const mailboxPlan = `[inside]
exten => 1,1,VoiceMail(1002@default,u)
same => n,Set(GLOBAL(STATUS)=${VMSTATUS})
exten => 2,1,VoiceMailMain(1002@default)
same => n,Set(GLOBAL(AFTER)=yes)
`

// prompts puts a tenth of a second of sound into a world for each name.
func (w *world) prompts(names ...string) {
	w.t.Helper()
	for i, name := range names {
		var b []byte
		for k := range 800 {
			b = binary.LittleEndian.AppendUint16(b, uint16(int16(6000*math.Sin(float64(k*(i+3))/20))))
		}
		file := filepath.Join(w.dir, "data/sounds/en", name+".sln")
		os.MkdirAll(filepath.Dir(file), 0o755)
		if err := os.WriteFile(file, b, 0o644); err != nil {
			w.t.Fatal(err)
		}
	}
}

var played = regexp.MustCompile(`playing (\S+)`)

// hears is what was played to a call, from its trace: names of prompts, and paths in the spool.
func (w *world) hears(c *pbx.Channel) (out []string) {
	_, entries, _ := c.Trace().Story()
	for _, e := range entries {
		for _, m := range played.FindAllStringSubmatch(e.Text, -1) {
			name := strings.TrimPrefix(strings.TrimPrefix(m[1], w.dir+"/data/sounds/en/"), w.dir+"/spool/voicemail/")
			out = append(out, strings.TrimSuffix(name, filepath.Ext(name)))
		}
	}
	return out
}

var menuPrompts = strings.Fields(
	`vm-theperson vm-isunavail vm-intro beep auth-thankyou vm-password vm-youhave vm-no vm-INBOX vm-message vm-messages vm-onefor
	vm-opts vm-helpexit vm-first vm-advopts vm-repeat vm-delete vm-toforward vm-savemessage vm-goodbye digits/1 digits/0 digits/2`)

// The only channel that there is.
func (w *world) only() *pbx.Channel {
	w.t.Helper()
	list := w.sys.Core().Channels()
	if len(list) != 1 {
		w.t.Fatalf("%d channels", len(list))
	}
	return list[0]
}

// A caller leaves a message, whose tone is in the files; the owner's phone is told, hears it, and
// is told again.
func TestVoicemail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sip := strings.Replace(baseSIP, "secret=two\n", "secret=two\nmailbox=1002@default\n", 1)
		w := newWorldWith(t, map[string]string{"sip.conf": sip, "extensions.conf": mailboxPlan, "voicemail.conf": mailboxes})
		w.prompts(menuPrompts...)
		a, b := w.registered("1001", "one", "10.0.0.11:5060"), w.registered("1002", "two", "10.0.0.12:5060")
		leaveOne(t, w, a)
		hearOne(t, w, b)
		w.stop()
		a.Close()
		b.Close()
	})
}

func leaveOne(t *testing.T, w *world, a *testkit.Phone) {
	call := a.Dial("1")
	call.Wait("200", time.Second)
	time.Sleep(900 * time.Millisecond) // seven prompts of a tenth of a second, and the beep
	call.Media.Tone(1000, 3*time.Second)
	c := w.only()
	time.Sleep(10 * time.Second)
	if !call.Over() {
		t.Error("silence does not end the message")
	}
	if got := strings.Join(w.hears(c), " "); got != "vm-theperson digits/1 digits/0 digits/0 digits/2 vm-isunavail vm-intro beep "+
		"auth-thankyou" {
		t.Errorf("the caller hears %s", got)
	}
	if s, _ := w.sys.Core().Global("STATUS"); s != "SUCCESS" {
		t.Error(s)
	}
	for _, name := range []string{"msg0000.wav", "msg0000.gsm"} {
		file := filepath.Join(w.dir, "spool/voicemail/default/1002/INBOX", name)
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		clip, err := soundfile.Decode(file, data)
		if err != nil {
			t.Fatal(err)
		}
		length := float64(len(clip.PCM)) / 8000
		if level := goertzel(clip.PCM, 1000); length < 2.9 || length > 3.6 || level < 5000 {
			t.Errorf("%s: %.2f s, the tone has %.0f", name, length, level)
		}
	}
}

// goertzel is the amplitude of a frequency in samples at 8 kHz.
func goertzel(pcm []int16, hz float64) float64 {
	re, im := 0.0, 0.0
	for i, v := range pcm {
		sin, cos := math.Sincos(2 * math.Pi * hz * float64(i) / 8000)
		re, im = re+float64(v)*cos, im+float64(v)*sin
	}
	return 2 * math.Hypot(re, im) / float64(len(pcm))
}

func hearOne(t *testing.T, w *world, b *testkit.Phone) {
	core := w.sys.Core()
	if n := core.MailboxesOf([]string{"1002@default"}); n.New != 1 {
		t.Errorf("%+v", n)
	}
	call := b.Dial("2")
	call.Wait("200", time.Second)
	c := w.only()
	press := func(keys string) {
		for _, k := range []byte(keys) {
			c.Post(pbx.Event{Kind: pbx.EventDigit, Digit: k})
		}
	}
	press("77#")
	time.Sleep(1200 * time.Millisecond) // the menu waits for a key
	press("1")
	time.Sleep(2500 * time.Millisecond) // in the midst of the message
	if level := call.Media.Level(1000); level < 2000 {
		t.Errorf("the message has %.0f", level)
	}
	time.Sleep(3 * time.Second)
	press("#")
	time.Sleep(time.Second)
	want := "vm-password vm-youhave digits/1 vm-INBOX vm-message vm-onefor vm-INBOX vm-messages vm-opts vm-helpexit vm-first vm-message " +
		"default/1002/INBOX/msg0000" +
		" vm-advopts vm-repeat vm-delete vm-toforward vm-savemessage vm-helpexit vm-goodbye"
	if got := strings.Join(w.hears(c), " "); got != want {
		t.Errorf("the owner hears %s", got)
	}
	if s, _ := core.Global("AFTER"); s != "yes" {
		t.Error("the dialplan does not go on")
	}
	if n := core.MailboxesOf([]string{"1002@default"}); n.New != 0 || n.Old != 1 {
		t.Errorf("%+v", n)
	}
}

// Ten callers leave messages at a time while the disk is full: their calls go on, and what was
// said before it was full, or is said after, is there.
func TestVoicemailOnAFullDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorldWith(t, map[string]string{"sip.conf": baseSIP, "extensions.conf": mailboxPlan, "voicemail.conf": mailboxes})
		w.prompts(menuPrompts...)
		a := w.registered("1001", "one", "10.0.0.11:5060")
		box := filepath.Join(w.dir, "spool/voicemail/default/1002")
		os.MkdirAll(box, 0o755)
		os.WriteFile(box+"/tmp", nil, 0o644) // nothing can be made there
		for range 10 {
			a.Dial("1").Wait("200", time.Second)
		}
		time.Sleep(30 * time.Second)
		if s, _ := w.sys.Core().Global("STATUS"); s != "FAILED" || len(w.sys.Core().Channels()) != 0 {
			t.Errorf("%s, %d channels", s, len(w.sys.Core().Channels()))
		}
		os.Remove(box + "/tmp")
		c := a.Dial("1")
		c.Wait("200", time.Second)
		time.Sleep(900 * time.Millisecond)
		c.Media.Tone(1000, 2*time.Second)
		time.Sleep(3 * time.Second)
		c.Hangup()
		time.Sleep(5 * time.Second)
		if list, _ := filepath.Glob(box + "/INBOX/msg0000.txt"); len(list) != 1 {
			t.Error("the message is not there when the disk is back")
		}
		w.stop()
		a.Close()
	})
}

// MixMonitor's option m puts its recording into a mailbox, whose phone is told.
func TestRecordingIntoAMailbox(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorldWith(t, map[string]string{"sip.conf": baseSIP, "voicemail.conf": mailboxes, "extensions.conf": `[inside]
exten => 3,1,Answer()
same => n,MixMonitor(x.wav,m(1002@default))
same => n,Wait(3)
`})
		a := w.registered("1001", "one", "10.0.0.11:5060")
		call := a.Dial("3")
		call.Wait("200", time.Second)
		call.Media.Tone(1000, 2*time.Second)
		time.Sleep(5 * time.Second)
		if n := w.sys.Core().MailboxesOf([]string{"1002@default"}); n.New != 1 {
			t.Errorf("%+v", n)
		}
		file := filepath.Join(w.dir, "spool/voicemail/default/1002/INBOX/msg0000.wav")
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		clip, err := soundfile.Decode(file, data)
		if err != nil {
			t.Fatal(err)
		}
		if level := goertzel(clip.PCM, 1000); level < 2000 {
			t.Errorf("the tone has %.0f", level)
		}
		w.stop()
		a.Close()
	})
}
