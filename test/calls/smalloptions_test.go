package calls

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/boot"
	"obelisk/internal/testkit"

	"github.com/rs/zerolog"
)

// t38pt_usertpsource: a phone behind NAT gets its fax where its audio came from, before it
// has sent a datagram.
func TestT38GoesWhereAudioCameFrom(t *testing.T) {
	for options, want := range map[string]int{"nat=force_rport,comedia\nt38pt_usertpsource=yes\n": 10, "nat=force_rport,comedia\n": 0,
		"t38pt_usertpsource=yes\n": 0} {
		inWorldOf(t, asserting(map[string]string{"one": withFax + options, "two": withFax}), func(w *world, a, b *testkit.Phone) {
			b.Fax = true
			call, in := connected(t, a, b, "1002")
			call.Media.Tone(440, 200*time.Millisecond)
			time.Sleep(300 * time.Millisecond)
			own := call.Media.Addr().Addr().String()
			if s := call.ReINVITE(strings.ReplaceAll(call.FaxOffer(), own, "192.168.77.7")); s != 200 {
				t.Fatalf("answered %d", s)
			}
			_, before := call.Media.Counts()
			for i := range byte(10) {
				in.Media.Raw([]byte{0xc0, i, 6, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
				time.Sleep(20 * time.Millisecond)
			}
			if _, n := call.Media.Counts(); n-before != want {
				t.Errorf("%q: %d datagrams, want %d", options, n-before, want)
			}
			call.Hangup()
			in.Wait("BYE", time.Second)
		})
	}
}

// discard_remote_hold_retrieval: who is held hears no music, and nobody is told.
func TestHoldIsDiscarded(t *testing.T) {
	for options, want := range map[string]bool{"": true, "discard_remote_hold_retrieval=yes\n": false} {
		inWorldOf(t, asserting(map[string]string{"one": options}), func(w *world, a, b *testkit.Phone) {
			call, in := connected(t, a, b, "1002")
			_, before := in.Media.Counts()
			if s := call.Hold("sendonly"); s != 200 {
				t.Fatal(s)
			}
			time.Sleep(time.Second)
			if _, n := in.Media.Counts(); (n > before) != want {
				t.Errorf("%q: %d packets of music", options, n-before)
			}
			call.Hangup()
			in.Wait("BYE", time.Second)
		})
	}
}

// recordonfeature and recordofffeature: the button is refused, and the log says why where a
// feature is named.
func TestRecordButton(t *testing.T) {
	for _, c := range []struct {
		options, what string
		said          bool
	}{
		{"", "on", true},
		{"", "off", true},
		{"recordonfeature=\n", "on", false},
		{"recordonfeature=\n", "off", true},
		{"recordofffeature=\n", "off", false},
		{"recordonfeature=apprecord\n", "ON", true},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorldWith(t, map[string]string{"sip.conf": asserting(map[string]string{"one": c.options}), "extensions.conf": baseExtensions,
				"logger.conf": "[logfiles]\nmessages => warning\n"})
			w.restart(func(o *boot.Options) { o.Log = zerolog.New(io.Discard) }) // it logs to files
			a, b := w.registered("1001", "one", "10.0.0.11:5060"), w.registered("1002", "two", "10.0.0.12:5060")
			call, in := connected(t, a, b, "1002")
			if s := call.Send("INFO", "Record: "+c.what+"\r\n", ""); s != 403 {
				t.Errorf("answered %d", s)
			}
			call.Hangup()
			in.Wait("BYE", time.Second)
			a.Close()
			b.Close()
			w.stop()
			text, _ := os.ReadFile(filepath.Join(w.dir, "log", "messages"))
			if strings.Contains(string(text), "no One Touch Monitor registered") != c.said {
				t.Errorf("%+v: the log has\n%s", c, text)
			}
		})
	}
}
