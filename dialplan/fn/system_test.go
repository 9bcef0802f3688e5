package fn

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/dialplan"
	"obelisk/pbx"
)

// Files: parts of them, by bytes and by lines, read and written.
func TestFiles(t *testing.T) {
	b := newBoard(t, "")
	dir := t.TempDir()
	write := func(name, text string) {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.WriteFile(path, []byte(text), 0o640), os.Chmod(path, 0o640)); err != nil {
			t.Fatal(err)
		}
	}
	write("unix", "line one\nsecond\nthird line\n")
	write("dos", "a\r\nb\r\n")
	write("mac", "a\rb\r")
	write("large", strings.Repeat("x", mostRead+1))
	at := func(s string) string { return strings.ReplaceAll(s, "DIR", dir) }
	for _, r := range [][2]string{
		{"${FILE(DIR/unix,0,5)}|${FILE(DIR/unix,-4)}|${FILE(DIR/unix,2,-3)}|${FILE(DIR/unix,99)}|",
			"line |ine\n|ne one\nsecond\nthird line||"},
		{"${FILE(DIR/unix,1,1,l)}|${FILE(DIR/unix,-1,1,l)}|${FILE(DIR/unix,0,-1,l)}|${FILE(DIR/dos,1,1,l)}|${FILE(DIR/mac,1,1,l,m)}",
			"second\n|third line\n|line one\nsecond\n|b\r\n|b\r"},
		{"${FILE_COUNT_LINE(DIR/unix)}${FILE_COUNT_LINE(DIR/dos,d)}${FILE_COUNT_LINE(DIR/mac)}${FILE_COUNT_LINE(DIR/nope)}", "322-1"},
		{"${FILE_FORMAT(DIR/unix)}${FILE_FORMAT(DIR/dos)}${FILE_FORMAT(DIR/mac)}${FILE_FORMAT(DIR/large)}${FILE_FORMAT(DIR)}", "udmxx"},
		{"${STAT(e,DIR)}${STAT(d,DIR)}${STAT(f,DIR)}${STAT(f,DIR/unix)}${STAT(s,DIR/unix)} ${STAT(m,DIR/unix)} " +
			"${STAT(e,DIR/nope)}${STAT(x,DIR)}${STAT(e)}",
			"110127 100640 000"},
		{"Set FILE(DIR/new)=hello", ""}, {"Set FILE(DIR/new,0,2)=J", ""}, {"Set FILE(DIR/new,,,a)=!", ""}, {"${FILE(DIR/new)}", "Jllo!"},
		{"Set FILE(DIR/rows,,,al,u)=1", ""}, {"Set FILE(DIR/rows,,,al,u)=2", ""}, {"Set FILE(DIR/rows,0,1,l)=one", ""},
		{"Set FILE(DIR/rows,2,0,l)=three", ""}, {"Set FILE(DIR/rows,,,ald)=end", ""}, {"${FILE(DIR/rows)}", "one\n2\nthree\nend"},
		{"Set FILE(DIR)=x", "is no plain file"},
	} {
		b.rows(t, [][2]string{{at(r[0]), r[1]}})
	}
	s, _ := os.Stat(dir + "/unix")
	if got := dialplan.Expand(at("${STAT(M,DIR/unix)}"), b.ch); got != strconv.FormatInt(s.ModTime().Unix(), 10) {
		t.Errorf("changed at %s, want %v", got, s.ModTime())
	}
	b.refused(t, [][2]string{
		{"${FILE(/nope)}", "no such file"}, {at("${FILE(DIR/large)}"), "is no plain file of at most 1048576 bytes"},
	})
}

// The switchboard and its machine.
func TestSystem(t *testing.T) {
	b := newBoard(t, "")
	t.Setenv("OBELISK_FN", "from outside")
	b.rows(t, [][2]string{
		{"${VERSION()} ${VERSION(ASTERISK_VERSION_NUM)}", "20.20.1 202001"},
		{"${IFMODULE(app_dial.so)}${IFMODULE(app_nope.so)}${IFMODULE(func_cut)}${IFMODULE(chan_sip.so)}${IFMODULE(pbx_config.so)}",
			"10101"},
		{"${SYSINFO(numcalls)}", "0"}, {"${ENV(OBELISK_FN)}", "from outside"}, {"Set ENV(OBELISK_FN)=set", ""},
		{"${ENV(OBELISK_FN)}", "set"},
		{"${SHELL(printf '%s' a b)}${SHELL(echo c; exit 3)}", "abc\n"},
		{"Set DIALGROUP(g)=SIP/a&SIP/b", ""}, {"Set DIALGROUP(g,add)=SIP/c", ""}, {"Set DIALGROUP(g,add)=SIP/c", ""},
		{"Set DIALGROUP(g,del)=SIP/a", ""}, {"${DIALGROUP(g)}", "SIP/b&SIP/c"}, {"Set DIALGROUP(g)=", ""}, {"${DIALGROUP(g)}", ""},
	})
	b.refused(t, [][2]string{
		{"${SYSINFO(nope)}", "unknown field"}, {"${SHELL()}", "arguments are missing"}, {"${DIALGROUP(x)}", "there is no dial group 'x'"},
		{"${HANGUPCAUSE(SIP/x)}", "nothing is known of channel 'SIP/x'"},
	})
	for _, item := range []string{"loadavg", "uptime", "numprocs", "totalram", "freeram", "bufferram", "totalswap", "freeswap"} {
		if x, err := strconv.ParseFloat(dialplan.Expand("${SYSINFO("+item+")}", b.ch), 64); err != nil || x < 0 {
			t.Errorf("%s: %v %v", item, x, err)
		}
	}
}

// Why dialled channels ended.
func TestHangupCause(t *testing.T) {
	b := newBoard(t, "")
	one, two := b.another(pbx.CallerID{}), b.another(pbx.CallerID{})
	for _, n := range []pbx.LegCause{{Channel: one.Name(), Cause: pbx.CauseBusy}, {Channel: two.Name(), Cause: pbx.CauseNoAnswer},
		{Channel: one.Name(), Tech: "SIP 200 OK", Cause: pbx.CauseNormal}} { // the last of each
		b.ch.Heard(n, true)
	}
	b.rows(t, [][2]string{{"${HANGUPCAUSE_KEYS()}", one.Name() + "," + two.Name()},
		{"${HANGUPCAUSE(" + one.Name() + ",ast)} ${HANGUPCAUSE(" + two.Name() + ",ast)}", "Normal Clearing User alerting, no answer"},
		{"${HANGUPCAUSE(" + one.Name() + ",tech)}", "SIP 200 OK"}, {"${HASH(SIP_CAUSE," + one.Name() + ")}", "SIP 200 OK"}})
	b.ch.ForgetLegCauses()
	b.rows(t, [][2]string{{"${HANGUPCAUSE_KEYS()}", ""}})
}

// Locks are a channel's until it gives them back or is gone; LOCK waits three seconds.
func TestLocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBoard(t, "")
		other := b.another(pbx.CallerID{})
		b.rows(t, [][2]string{{"${LOCK(a)}${LOCK(a)}${TRYLOCK(b)}${UNLOCK(c)}${UNLOCK(b)}${UNLOCK(b)}", "111010"}})
		begun := time.Now()
		if got := dialplan.Expand("${TRYLOCK(a)}", other); got != "0" || time.Since(begun) > 100*time.Millisecond {
			t.Errorf("TRYLOCK of a lock that is held: %q after %v", got, time.Since(begun))
		}
		if got := dialplan.Expand("${LOCK(a)}", other); got != "0" || time.Since(begun).Round(time.Second/2) != 3*time.Second {
			t.Errorf("LOCK of a lock that is held: %q after %v", got, time.Since(begun))
		}
		time.AfterFunc(time.Second, func() { b.core.Drop(b.ch) })
		if got := dialplan.Expand("${LOCK(a)}", other); got != "1" {
			t.Error("a lock outlives its channel")
		}
	})
}
