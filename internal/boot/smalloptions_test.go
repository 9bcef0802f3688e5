package boot

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"obelisk/channels/chansip"
	"obelisk/internal/config"
	"obelisk/internal/testkit"

	"github.com/rs/zerolog"
)

// t38pt_usertpsource: a phone behind NAT gets its fax where its audio came from, before it
// has sent a datagram.
func TestT38GoesWhereAudioCameFrom(t *testing.T) {
	for options, want := range map[string]int{"nat=force_rport,comedia\nt38pt_usertpsource=yes\n": 10, "nat=force_rport,comedia\n": 0, "t38pt_usertpsource=yes\n": 0} {
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
			w := newWorldWith(t, map[string]string{"sip.conf": asserting(map[string]string{"one": c.options}), "extensions.conf": baseExtensions, "logger.conf": "[logfiles]\nmessages => warning\n"})
			w.stop() // its own log is silent
			sys, err := Start(Options{ConfFile: filepath.Join(w.dir, "asterisk.conf"), Log: zerolog.New(io.Discard), NoConsole: true, ListenUDP: w.net.Listen, Resolve: w.resolve})
			if err != nil {
				t.Fatal(err)
			}
			w.sys = sys
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

// tlsverifyclient: who has no certificate of our authority is not let in.
func TestTLSVerifyClient(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	cert, key, err := testkit.Certificate(dir, "pbx.example")
	if err != nil {
		t.Fatal(err)
	}
	strange, strangeKey, err := testkit.Certificate(other, "pbx.example")
	if err != nil {
		t.Fatal(err)
	}
	load := func(cert, key string) []tls.Certificate {
		c, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			t.Fatal(err)
		}
		return []tls.Certificate{c}
	}
	for _, c := range []struct {
		lines string
		shows []tls.Certificate
		in    bool
	}{
		{"tlsverifyclient=yes\n", nil, false},
		{"tlsverifyclient=yes\n", load(strange, strangeKey), false},
		{"tlsverifyclient=yes\n", load(cert, key), true},
		{"sslverifyclient=no\n", nil, true},
		{"", nil, true},
	} {
		text := "[general]\ntlsenable=yes\ntlscertfile=" + cert + "\ntlsprivatekey=" + key + "\ntlscafile=" + cert + "\n" + c.lines
		f, err := config.Load(config.FS{FS: fstest.MapFS{"sip.conf": {Data: []byte(text)}}}, "sip.conf", config.Options{})
		if err != nil {
			t.Fatal(err)
		}
		d, _ := chansip.Compile(f, chansip.Surroundings{Names: chansip.NewNames(names)})
		pair, diags := readTLS(d)
		if pair == nil {
			t.Fatal(diags)
		}
		near, far := net.Pipe()
		roots := x509.NewCertPool()
		addFile(roots, cert)
		go func() {
			client := tls.Client(far, &tls.Config{RootCAs: roots, ServerName: "pbx.example", Certificates: c.shows})
			client.Handshake()
			client.Read(make([]byte, 1))
			far.Close()
		}()
		near.SetDeadline(time.Now().Add(20 * time.Second))
		if err := tls.Server(near, pair.server).Handshake(); (err == nil) != c.in {
			t.Errorf("%q with %d certificates: %v", c.lines, len(c.shows), err)
		}
		near.Close()
	}
}
