package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"obelisk/internal/boot"

	"github.com/rs/zerolog"
)

// TestAsChanSIP plays every scenario against Obelisk: it answers what chan_sip does,
// but for what it does better on purpose.
func TestAsChanSIP(t *testing.T) {
	if _, err := exec.LookPath("sipp"); err != nil {
		if os.Getenv("OBELISK_PEERS") != "" {
			t.Fatal("sipp is not installed")
		}
		t.Skip("sipp is not installed; make test installs it")
	}
	const server = "127.0.0.78:5060"
	dir := t.TempDir()
	if err := writeFiles(dir); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"general.conf": "udpbindaddr=" + server + "\n",
		"asterisk.conf": fmt.Sprintf("[directories]\nastdbdir => %[1]s/lib\nastlogdir => %[1]s/log\nastrundir => %[1]s/run\nastspooldir => "+
			"%[1]s/spool\nastdatadir => %[1]s/data\n", dir)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	sys, err := boot.Start(boot.Options{ConfFile: filepath.Join(dir, "asterisk.conf"), Log: zerolog.Nop(), NoConsole: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		sys.Stop("now")
		sys.Wait()
	}()
	for _, s := range scenarios {
		t.Run(s.name, func(t *testing.T) {
			if s.better != "" {
				s.caller = strings.Replace(s.caller, `response="501"`, `response="`+s.better+`"`, 1)
			}
			o, err := s.play(server)
			if err != nil {
				t.Fatal(err)
			}
			if o.failed != nil {
				t.Errorf("%v\n%s\n%s", o.failed, o.errors, strings.Join(o.heard, "\n\n"))
			}
		})
	}
}

// What one call has and another has not is made alike; what differs is shown.
func TestMessagesAreComparable(t *testing.T) {
	log := func(ip, id, reason string) string {
		return "UDP message sent (10 bytes):\n\nOPTIONS sip:x SIP/2.0\r\nCall-ID: " + id +
			"\r\n\r\n\n-----------------------------------------------\nUDP message received [20] bytes :\n\nSIP/2.0 404 " + reason +
			"\r\nTo: <sip:x@" + ip + ">;tag=" + id + "\r\nCall-ID: " + id + "\r\nServer: " + id +
			"\r\n\r\n\n-----------------------------------------------\nUDP message received [20] bytes :\n\nSIP/2.0 200 OK\r\nCall-ID: " +
			"another\r\n\r\n"
	}
	a, b := messages(log("10.0.0.1", "one", "Not Found"), "10.0.0.1:5060"), messages(log("10.0.0.2", "two", "Not Found"), "10.0.0.2:5060")
	if len(a) != 1 || len(difference(a, b)) != 0 {
		t.Errorf("%q\n%q", a, b)
	}
	c := messages(log("10.0.0.3", "three", "Gone"), "10.0.0.3:5060")
	if got := strings.Join(difference(a, c),
		"|"); got != "message 1, SIP/2.0 404 Not Found|  a: SIP/2.0 404 Not Found|  b: SIP/2.0 404 Gone" {
		t.Error(got)
	}
}
