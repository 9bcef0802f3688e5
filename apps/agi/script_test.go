//go:build unix

package agi

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"obelisk/pbx"
)

// program writes one, and returns its name.
func (w *world) program(name, text string) string {
	w.t.Helper()
	if err := os.WriteFile(filepath.Join(w.dir, name), []byte(text), 0o755); err != nil {
		w.t.Fatal(err)
	}
	return name
}

const reads = "#!/bin/sh\nwhile read -r line && [ -n \"$line\" ]; do :; done\n"

// ended waits for AGISTATUS, or the end of the call, in real time.
func (w *world) ended(c *pbx.Channel) string {
	w.t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if v, ok := c.Var("AGISTATUS"); ok {
			return v
		}
	}
	w.t.Fatal("it does not end")
	return ""
}

// What becomes of programs that end in all their ways.
func TestExits(t *testing.T) {
	w := newWorld(t, "exten => _X.,1,AGI(${EXTEN:1},one,two words)\nsame => n,Wait(100)\n")
	defer w.eng.Close()
	defer w.core.HangupAll(pbx.CauseNormal)
	for name, p := range map[string]struct{ text, want, x string }{
		"good": {reads + "echo 'SET VARIABLE X \"'$1-$2-$#-$AST_AGI_DIR-$AST_CONFIG_FILE-$AST_VERSION'\"'; read -r a; [ \"$a\" = '200 " +
			"result=1' ]", "SUCCESS", "one-two words-2-" + w.dir + "-/etc/obelisk/asterisk.conf-20.1.2"},
		"bad":     {reads + "exit 3", "FAILURE", ""},
		"killed":  {reads + "kill -9 $$", "FAILURE", ""},
		"cannot":  {"#!/no/such/interpreter\n", "FAILURE", ""},
		"says":    {"#!/bin/sh\necho failure to run", "FAILURE", ""},
		"unended": {reads + "printf 'SET VARIABLE X last'; exec >&-; read -r a; exit 0", "SUCCESS", "last"},
		"closes":  {reads + "exec >&-; sleep 0.2; exit 1", "FAILURE", ""},
		"fails":   {reads + "echo 'STREAM FILE none \"\"'; read -r a; exit 0", "FAILURE", ""},
	} {
		w.program(name, p.text)
		_, c := w.call("1" + name)
		if got := w.ended(c); got != p.want {
			t.Errorf("%s: %s\n%s", name, got, w.logged())
		}
		if x, _ := c.Var("X"); x != p.x {
			t.Errorf("%s: %q", name, x)
		}
	}
	os.Chmod(filepath.Join(w.dir, w.program("plain", reads)), 0o644)
	for name, want := range map[string]string{"plain": "FAILURE", "none": "NOTFOUND"} {
		_, c := w.call("1" + name)
		if got := w.ended(c); got != want {
			t.Errorf("%s: %s", name, got)
		}
	}
	for args, want := range map[string]string{"plain": w.dir + "/plain may not be executed (chmod +x)",
		"none,x": "there is no program " + w.dir + "/none", "good": "", "agi://x": "", "none${X}": "", "": "it takes the name of a program"} {
		if got := strings.Join(w.m.check(args), ";"); got != want {
			t.Errorf("%q: %q", args, got)
		}
	}
}

// A program of this machine gets a signal at a hang-up, and is killed when it goes on for ever.
func TestSignals(t *testing.T) {
	signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP) // a test that is run under nohup would hand on that it is ignored
	defer signal.Reset(syscall.SIGHUP)
	w := newWorld(t, "exten => 1,1,AGI(waits)\nexten => 2,1,AGI(hangs)\nexten => 3,1,AGI(gone)\n")
	defer w.eng.Close()
	w.program("waits", "#!/bin/sh\ntrap 'echo \"SET VARIABLE X hup\"' HUP\nwhile read -r line && [ -n \"$line\" ]; do :; done\necho NOOP; "+
		"read -r a; touch "+w.dir+"/ready\nwhile :; do sleep 0.05; done")
	limits := usualLimits
	limits.hangup = 3 * time.Second
	w.m.limits.Store(&limits)
	_, c := w.call("1")
	for !exists(w.dir + "/ready") {
		time.Sleep(5 * time.Millisecond)
	}
	c.SoftHangup(pbx.CauseNormal)
	if got := w.ended(c); got != "HANGUP" {
		t.Error(got)
	}
	if x, _ := c.Var("X"); x != "hup" {
		t.Errorf("X is %q\n%s", x, w.logged())
	}
	limits = usualLimits
	limits.silence = 200 * time.Millisecond
	w.m.limits.Store(&limits)
	w.program("hangs", "#!/bin/sh\necho 'GET VARIABLE EXTEN'; exec sleep 1000")
	_, c = w.call("2")
	if got := w.ended(c); got != "FAILURE" || !strings.Contains(w.logged(), `its last command was \"GET VARIABLE EXTEN\"`) {
		t.Errorf("%s: %s", got, w.logged())
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// Many programs at once.
func TestMany(t *testing.T) {
	w := newWorld(t, "exten => 1,1,AGI(counts)\n")
	defer w.eng.Close()
	w.program("counts", reads+"echo 'GET VARIABLE CHANNEL'; read -r a; echo \"SET VARIABLE X \\\"$a\\\"\"; read -r a\n")
	var all sync.WaitGroup
	for range 200 {
		_, c := w.call("1")
		all.Go(func() {
			if got := w.ended(c); got != "SUCCESS" {
				t.Error(got)
			}
			if x, _ := c.Var("X"); x != fmt.Sprintf("200 result=1 (%s)", c.Name()) {
				t.Errorf("%s: %q", c.Name(), x)
			}
		})
	}
	all.Wait()
}

// A library that others wrote speaks with it: Perl's, in Debian libasterisk-agi-perl.
func TestPerl(t *testing.T) {
	if err := exec.Command("perl", "-MAsterisk::AGI", "-e", "1").Run(); err != nil {
		t.Skip("Asterisk::AGI is not installed: ", err)
	}
	w := newWorld(t, "exten => 1,1,AGI(perl.agi,one)\nsame => n,Wait(100)\nexten => sub,1,Return(back)\n")
	defer w.eng.Close()
	defer w.core.HangupAll(pbx.CauseNormal)
	w.program("perl.agi", `#!/usr/bin/perl
use Asterisk::AGI;
my $agi = new Asterisk::AGI;
my %in = $agi->ReadParse();
my @got = ($in{extension}, $in{arg_1}, $agi->answer(), $agi->channel_status(''), $agi->set_variable('V', 'a b'), $agi->get_variable('V'), $agi->database_put('f', 'k', 'v'), $agi->database_get('f', 'k'),
	$agi->exec('NoOp', 'x'), $agi->noop(), $agi->verbose("hello there", 1), $agi->stream_file('second', '#'), $agi->wait_for_digit(50), $agi->get_full_variable('${EXTEN}-$[1+1]'), $agi->set_callerid('777'),
	$agi->get_variable('CALLERID(num)'), $agi->set_priority(2));
$agi->set_variable('X', join('|', @got));
`)
	_, c := w.call("1")
	status := w.ended(c)
	if x, _ := c.Var("X"); status != "SUCCESS" || x != `1|one|0|6|1|a b|1|v|0|0|1|0|0|1-2|1|777|0` {
		t.Errorf("%s: %s\n%s", status, x, w.logged())
	}
}
