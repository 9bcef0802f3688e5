package voicemail

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"obelisk/apps/voicemail/spool"
)

// leaveIn leaves a message and gives how it ended.
func leaveIn(t *testing.T, d *desk, f *fake, boxes, options string) left {
	t.Helper()
	l, problem := parseLeaving(options)
	if problem != "" {
		t.Fatal(problem)
	}
	f.at.exten = "100"
	return d.leave(f, boxes, l)
}

// The greeting is the recorded one, or spoken; s and S leave the instructions out; # skips.
func TestGreeting(t *testing.T) {
	d, _ := office(t, "", "")
	r := spool.Ref{Context: "default", Box: "100"}
	record := func(name string) {
		d.store.Make(r, spool.Inbox)
		os.WriteFile(d.store.Greeting(r, name)+".wav", []byte("x"), 0o666)
	}
	hears := func(options, want string, script ...string) {
		t.Helper()
		f := newFake(d, script...)
		if out := leaveIn(t, d, f, "100", options); out.status != "SUCCESS" {
			t.Errorf("%s: %+v", options, out)
		}
		f.hears(t, want+"beep (recording)")
	}
	hears("u", "vm-theperson digits/1 digits/0 digits/0 vm-isunavail vm-intro ")
	hears("b", "vm-theperson ", "vm-theperson #")
	hears("", "vm-intro ")
	hears("s", "")
	record(spool.Name)
	hears("bs", "default/100/greet vm-isonphone ")
	record(spool.Unavailable)
	hears("u", "default/100/unavail vm-intro ")
	hears("uS", "default/100/unavail ")
	record(spool.Temporary)
	hears("S", "default/100/temp ")
}

// What is left has Asterisk's header, and everybody is told.
func TestLeave(t *testing.T) {
	d, _ := office(t, "", "")
	f := newFake(d)
	f.vars["VM_CATEGORY"] = "sales"
	out := leaveIn(t, d, f, "100&102@default&999", "sU")
	if out.status != "SUCCESS" || out.over || !strings.HasSuffix(f.vars["VM_MESSAGEFILE"], "default/100/Urgent/msg0000") ||
		f.state != "answered " {
		t.Errorf("%+v %v %q", out, f.vars, f.state)
	}
	m := d.store.List(spool.Ref{Context: "default", Box: "100"}, spool.Urgent)[0]
	for key, want := range map[string]string{"origmailbox": "100", "context": "phones", "exten": "100", "rdnis": "unknown",
		"callerid": `"Bob" <102>`, "callerchan": "SIP/b-00000001", "category": "sales", "flag": "Urgent", "duration": "5", "macrocontext": ""} {
		if m.Get(key) != want {
			t.Errorf("%s is %q", key, m.Get(key))
		}
	}
	if got := d.core.MailboxesOf([]string{"100@default"}); got.New != 1 {
		t.Errorf("%+v", got)
	}
	if got := in(d, "102"); !strings.HasPrefix(got, "Urgent:") {
		t.Error(got)
	}
}

// No message: an unknown mailbox, a full one, too short a one, one that was hung up.
func TestNotLeft(t *testing.T) {
	d, _ := office(t, "minsecs=3", ",,,maxmsg=1")
	f := newFake(d)
	if out := leaveIn(t, d, f, "999", "u"); out.status != "FAILED" || out.over ||
		!strings.Contains(f.said[0], "No entry in voicemail config file for '999'") {
		t.Errorf("%+v %q", out, f.said)
	}
	f = newFake(d)
	f.length = 2 * time.Second
	if out := leaveIn(t, d, f, "100", "s"); out.status != "FAILED" || in(d, "100") != "" {
		t.Errorf("%+v", out)
	}
	f = newFake(d, "(recording) hangup")
	if out := leaveIn(t, d, f, "100", "s"); !out.over || out.status != "SUCCESS" {
		t.Errorf("hung up: %+v", out)
	}
	f = newFake(d)
	if out := leaveIn(t, d, f, "100", "s"); out.status != "FAILED" {
		t.Errorf("full: %+v", out)
	}
	f.hears(t, "vm-mailboxfull")
	f = newFake(d, "vm-intro hangup")
	if out := leaveIn(t, d, f, "102", ""); !out.over || out.status != "FAILED" {
		t.Errorf("%+v", out)
	}
}

// Keys of the greeting lead out of it.
func TestExits(t *testing.T) {
	d, _ := office(t, "", ",,,operator=yes")
	for _, c := range []struct{ options, script, exts, went, status, pressed, heard string }{
		{"u", "vm-isunavail 0", "phones/o phones/a", "phones/o", "USEREXIT", "", "transfer"},
		{"u", "vm-isunavail *", "phones/o phones/a", "phones/a", "USEREXIT", "", ""},
		{"u", "vm-isunavail 0", "", "", "", "", "vm-saveoper"}, // 0 in the recording, and there is no operator
		{"ud(out)", "vm-isunavail 5", "out/5", "out/", "USEREXIT", "5", ""},
		{"ud", "vm-isunavail 5", "phones/5", "", "USEREXIT", "5", ""},
		{"u", "vm-isunavail *", "macro/a", "macro/a", "USEREXIT", "", ""},
	} {
		f := newFake(d, c.script)
		f.exts, f.at.macro = c.exts, "macro"
		out := leaveIn(t, d, f, "100", c.options)
		pressed := strings.Trim(string(rune(out.pressed)), "\x00")
		if out.status != c.status || f.went != c.went || pressed != c.pressed || !strings.Contains(strings.Join(f.heard, " "), c.heard) {
			t.Errorf("%+v: %+v, goes to %q, heard %q", c, out, f.went, f.heard)
		}
	}
}

// With review=yes the caller hears it, records again, marks it, and keeps it.
func TestReview(t *testing.T) {
	d, _ := office(t, "", ",,,review=yes|operator=yes")
	f := newFake(d, "vm-review-urgent 2", "vm-review-urgent 3", "vm-review-urgent 4", "vm-review-nonurgent 9", "vm-review-nonurgent 1")
	f.exts = "phones/o"
	out := leaveIn(t, d, f, "100", "s")
	f.heard[4] = "(what was recorded)"
	f.hears(t, "beep (recording) vm-review vm-review-urgent (what was recorded) vm-review vm-review-urgent vm-intro beep (recording) "+
		"vm-review vm-review-urgent vm-marked-urgent"+
		" vm-review vm-review-nonurgent vm-sorry vm-review vm-review-nonurgent vm-msgsaved")
	if out.status != "SUCCESS" || !strings.HasPrefix(in(d, "100"), "Urgent:") {
		t.Errorf("%+v %s", out, in(d, "100"))
	}
	for keys, kept := range map[string]bool{"1": true, "4": true, "7": false} {
		d, _ := office(t, "", ",,,review=yes|operator=yes")
		f := newFake(d, "vm-reachoper 0", "vm-saveoper "+keys)
		f.exts = "phones/o"
		out := leaveIn(t, d, f, "100", "s")
		if out.status != "USEREXIT" || f.went != "phones/o" || (in(d, "100") != "") != kept {
			t.Errorf("%s: %+v, goes to %s, %q", keys, out, f.went, in(d, "100"))
		}
	}
	f = newFake(d) // nobody answers
	if out := leaveIn(t, d, f, "100", "s"); !out.timeout || out.status != "SUCCESS" {
		t.Errorf("%+v", out)
	}
}

// maxmsg=0 takes no message.
func TestGreetingOnly(t *testing.T) {
	d, _ := office(t, "maxmsg=0", "")
	f := newFake(d)
	if out := leaveIn(t, d, f, "100", "b"); out.status != "SUCCESS" || in(d, "100") != "" {
		t.Errorf("%+v", out)
	}
	f.hears(t, "vm-theperson digits/1 digits/0 digits/0 vm-isonphone")
}

// The mail has the recording; with delete=yes the message goes when the mail was handed over, and
// stays when it was not.
func TestMail(t *testing.T) {
	dir := t.TempDir()
	d, log := office(t, "emailsubject=New ${VM_MSGNUM} in ${VM_MAILBOX}\nemailbody=Dear ${VM_NAME}: ${VM_DUR} from ${VM_CIDNUM} "+
		"(${VM_CIDNAME})", ",alice@example.org,,delete=yes")
	s := *d.settings()
	s.MailCommand = "cat > " + dir + "/mail"
	d.inForce.Store(&s)
	leaveIn(t, d, newFake(d), "100", "s")
	data, _ := os.ReadFile(filepath.Join(dir, "mail"))
	for _, want := range []string{"To: \"Alice Archer\" <alice@example.org>\nSubject: New 1 in 100\nMessage-ID: <Asterisk-1-",
		"X-Asterisk-CallerID: 102\nX-Asterisk-CallerIDName: Bob\nMIME-Version: 1.0\n",
		"\n\nDear Alice Archer: 0:05 from 102 (Bob)\n", "Content-Disposition: attachment; filename=\"msg0000.wav\"\n\n"} {
		if !strings.Contains(string(data), want) {
			t.Errorf("the mail lacks %q:\n%s", want, data)
		}
	}
	if in(d, "100") != "" || d.core.MailboxesOf([]string{"100@default"}).New != 0 {
		t.Error("the message stays")
	}
	s.MailCommand = "echo no >&2; exit 75"
	leaveIn(t, d, newFake(d), "100", "s")
	if in(d, "100") == "" || len(d.outgoing().Waiting()) != 1 ||
		!strings.Contains(log.String(), "is not sent to alice@example.org yet (attempt 1, the next in 30s): mailcmd: exit status 75: no") {
		t.Errorf("%q %s", in(d, "100"), log)
	}
}

// externnotify is told of each change, in order.
func TestExternNotify(t *testing.T) {
	dir := t.TempDir()
	d, _ := office(t, "externnotify=echo >> "+dir+"/told", "")
	leaveIn(t, d, newFake(d), "100", "s")
	leaveIn(t, d, newFake(d), "100", "sU")
	f := newFake(d, "vm-helpexit 1", "vm-helpexit #")
	visitOf(d, f).run(spool.Inbox, false)
	var got string
	for range 200 {
		data, _ := os.ReadFile(dir + "/told")
		if got = string(data); strings.Count(got, "\n") == 3 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if !strings.HasSuffix(got, "default 100 1 1 0\n") || strings.Count(got, "\n") != 3 {
		t.Errorf("%q", got)
	}
}

// A disk that takes nothing costs the message, which is told, and not the call.
func TestDiskFull(t *testing.T) {
	d, _ := office(t, "", "")
	r := spool.Ref{Context: "default", Box: "100"}
	d.store.Make(r, spool.Inbox)
	os.WriteFile(d.store.Dir(r)+"/tmp", nil, 0o666) // no folder can be made there
	f := newFake(d)
	if out := leaveIn(t, d, f, "100", "s"); out.status != "FAILED" || out.over ||
		!strings.Contains(f.said[0], "Unable to create message file") {
		t.Errorf("%+v %q", out, f.said)
	}
	f.hears(t, "vm-mailboxfull")
	os.Remove(d.store.Dir(r) + "/tmp")
	f = newFake(d)
	f.fails = errors.New("no space left on device") // while it is recorded
	if out := leaveIn(t, d, f, "100", "s"); out.status != "FAILED" || out.over || in(d, "100") != "" {
		t.Errorf("%+v %q", out, in(d, "100"))
	}
	f.hears(t, "beep (recording) vm-mailboxfull")
}

// The directory names who fits, by letters of the telephone.
func TestDirectory(t *testing.T) {
	d, _ := office(t, "", ",,,hidefromdir=yes")
	look := func(f *fake, change func(*search)) string {
		s := &search{call: f, desk: d, settings: d.settings(), dial: "dirs", digits: 3, last: true}
		if change != nil {
			change(s)
		}
		return s.run()
	}
	f := newFake(d, "dir-usingkeypad 999", "dir-nomatch", "dir-usingkeypad 266", "dir-instr 1")
	f.exts = "dirs/103"
	if got := look(f, nil); got != dirSelected || f.went != "dirs/103" {
		t.Errorf("%s, goes to %s", got, f.went)
	}
	f.hears(t, "dir-welcome dir-pls-enter digits/3 dir-last dir-usingkeypad dir-nomatch dir-welcome dir-pls-enter digits/3 dir-last "+
		"dir-usingkeypad"+
		" letters/c letters/a letters/r letters/o letters/l letters/space letters/c letters/o letters/o letters/k dir-instr")
	f = newFake(d, "dir-usingkeypad 2", "dir-multi2", "dir-multi2 2")
	if got := look(f, func(s *search) { s.menu, s.only, s.digits = true, true, 1 }); got != dirSelected ||
		f.vars["DIRECTORY_EXTEN"] != "103" {
		t.Errorf("%s %v", got, f.vars)
	}
	f = newFake(d, "dir-usingkeypad 0")
	f.exts = "dirs/o"
	if got := look(f, nil); got != dirOperator || f.went != "dirs/o" {
		t.Errorf("%s, goes to %s", got, f.went)
	}
	d.etc = t.TempDir()
	os.WriteFile(filepath.Join(d.etc, "staff.conf"), []byte("[default]\n501 => 1,Zoe Zebra\n"), 0o644)
	f = newFake(d, "dir-usingkeypad 932", "dir-instr 1")
	f.exts = "dirs/501"
	if got := look(f, func(s *search) { s.settings = d.fromFile(f.warn, "staff.conf") }); got != dirSelected || f.went != "dirs/501" {
		t.Errorf("%s, goes to %s", got, f.went)
	}
	if s := d.fromFile(f.warn, "none.conf"); s != d.settings() || len(f.said) != 1 {
		t.Errorf("%q", f.said)
	}
	if got := look(newFake(d), nil); got != dirTimeout {
		t.Error(got)
	}
}
