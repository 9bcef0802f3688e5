package voicemail

import (
	"os"
	"strings"
	"testing"

	"obelisk/apps/voicemail/spool"
	"obelisk/internal/config"
)

// folder is a configuration on disk: pbx.Files.
type folder string

// File implements pbx.Files.
func (d folder) File(name string) *config.File {
	f, err := config.Load(config.Dir(d), name, config.Options{})
	if err != nil {
		return nil
	}
	return f
}

const (
	menuNew  = "vm-onefor vm-INBOX vm-messages vm-opts vm-helpexit"
	menuOnly = "vm-advopts vm-repeat vm-delete vm-toforward vm-savemessage vm-helpexit"
)

// Heard messages go to Old, deleted ones go, those nobody has heard stay.
func TestVisit(t *testing.T) {
	d, _ := office(t, "", "")
	for n := range 3 {
		seed(t, d, spool.Inbox, n, `"Carol" <103>`)
	}
	f := newFake(d, "vm-helpexit 1", "vm-helpexit 6", "vm-helpexit 7", "vm-helpexit #")
	visitOf(d, f).run(spool.Inbox, false)
	f.hears(t, "vm-youhave digits/3 vm-INBOX vm-messages "+menuNew+
		" vm-first vm-message default/100/INBOX/msg0000 vm-advopts vm-repeat vm-next vm-delete vm-toforward vm-savemessage vm-helpexit"+
		" vm-message digits/2 default/100/INBOX/msg0001 vm-prev vm-advopts vm-repeat vm-next vm-delete vm-toforward vm-savemessage vm-helpexit"+
		" vm-deleted vm-prev vm-advopts vm-repeat vm-next vm-undelete vm-toforward vm-savemessage vm-helpexit vm-goodbye")
	if got := in(d, "100"); got != "INBOX:INBOX-2 Old:INBOX-0" {
		t.Error(got)
	}
}

// Urgent messages come first; behind the last of them are the new ones.
func TestUrgentFirst(t *testing.T) {
	d, _ := office(t, "", "")
	seed(t, d, spool.Urgent, 0, "103")
	seed(t, d, spool.Inbox, 0, "103")
	seed(t, d, spool.Old, 0, "103")
	f := newFake(d, "vm-helpexit 1", "vm-helpexit 6", "vm-helpexit #")
	visitOf(d, f).run(spool.Inbox, false)
	f.hears(t, "vm-youhave digits/1 vm-Urgent vm-and digits/1 vm-INBOX vm-and digits/1 vm-Old vm-message vm-onefor vm-Urgent vm-messages "+
		"vm-opts vm-helpexit"+
		" vm-first vm-Urgent vm-message default/100/Urgent/msg0000 vm-advopts vm-repeat vm-next vm-delete vm-toforward vm-savemessage "+
		"vm-helpexit"+
		" vm-first vm-message default/100/INBOX/msg0000 vm-prev "+menuOnly+" vm-goodbye")
	if got := in(d, "100"); got != "Old:Old-0 Old:Urgent-0 Old:INBOX-0" {
		t.Error(got)
	}
}

// Nobody presses a key: the menu is played three times. Who hangs up leaves at once.
func TestNoKeyAndHangup(t *testing.T) {
	d, _ := office(t, "", "")
	f := newFake(d)
	visitOf(d, f).run(spool.Inbox, false)
	f.hears(t, "vm-youhave vm-no vm-messages"+strings.Repeat(" vm-opts vm-helpexit", 3)+" vm-goodbye")
	seed(t, d, spool.Inbox, 0, "103")
	f = newFake(d, "vm-helpexit 1", "default/100/INBOX/msg0000 hangup")
	visitOf(d, f).run(spool.Inbox, false)
	if got := in(d, "100"); got != "Old:INBOX-0" || f.heard[len(f.heard)-1] == "vm-goodbye" {
		t.Errorf("%s, %q", got, f.heard)
	}
}

// The envelope says when, who and how long; 1 goes on to the message.
func TestEnvelope(t *testing.T) {
	d, _ := office(t, "cidinternalcontexts=phones\n[zonemessages]\nutc=UTC|'vm-received' H",
		",,,envelope=yes|saycid=yes|sayduration=yes|tz=utc")
	seed(t, d, spool.Inbox, 0, `"Carol" <103>`)
	f := newFake(d, "vm-helpexit 5", "vm-helpexit 5", "vm-received 1", "vm-helpexit #")
	visitOf(d, f).run(spool.Inbox, false)
	f.hears(t, "vm-youhave digits/1 vm-INBOX vm-message "+menuNew+
		" vm-first vm-message vm-received digits/oh digits/7 vm-from-extension digits/1 digits/0 digits/3 vm-duration digits/3 vm-minutes "+
		"default/100/INBOX/msg0000 "+menuOnly+
		" vm-first vm-message vm-received default/100/INBOX/msg0000 "+menuOnly+" vm-goodbye")
}

// A message is saved to a folder, and goes from where it was.
func TestSave(t *testing.T) {
	d, _ := office(t, "", "")
	seed(t, d, spool.Inbox, 0, "103")
	f := newFake(d, "vm-helpexit 1", "vm-helpexit 9", "vm-tocancel 3", "vm-helpexit #")
	visitOf(d, f).run(spool.Inbox, false)
	if got := in(d, "100"); got != "Family:INBOX-0" {
		t.Error(got)
	}
	if heard := strings.Join(f.heard, " "); !strings.Contains(heard,
		"vm-savefolder vm-press digits/0 vm-for vm-INBOX vm-messages digits/1 vm-for vm-Old vm-messages") ||
		!strings.Contains(heard, "vm-message digits/1 vm-savedto vm-Family vm-messages") {
		t.Error(heard)
	}
}

// Deleted messages are kept with backupdeleted; option r deletes none.
func TestDelete(t *testing.T) {
	d, _ := office(t, "backupdeleted=1", "")
	seed(t, d, spool.Inbox, 0, "103")
	seed(t, d, spool.Inbox, 1, "103")
	f := newFake(d, "vm-helpexit 1", "vm-helpexit 7", "vm-helpexit 6", "vm-helpexit 7", "vm-helpexit #")
	visitOf(d, f).run(spool.Inbox, false)
	if got := in(d, "100"); got != "Deleted:INBOX-1" {
		t.Error(got)
	}
	seed(t, d, spool.Inbox, 0, "103")
	f = newFake(d, "vm-helpexit 1", "vm-helpexit 7", "vm-helpexit #")
	v := visitOf(d, f)
	v.readOnly = true
	v.run(spool.Inbox, false)
	if got := in(d, "100"); got != "Old:INBOX-0 Deleted:INBOX-1" {
		t.Error(got)
	}
}

// What is forwarded has an introduction in front, an id of its own, and leaves the message as it
// was.
func TestForward(t *testing.T) {
	d, _ := office(t, "", "")
	seed(t, d, spool.Inbox, 0, `"Carol" <103>`)
	f := newFake(d, "vm-helpexit 1", "vm-helpexit 8", "vm-extension 555#", "vm-extension 102*103#", "vm-starmain 1", "vm-helpexit #")
	visitOf(d, f).run(spool.Inbox, false)
	if heard := strings.Join(f.heard, " "); !strings.Contains(heard, "vm-extension pbx-invalid vm-extension digits/1 digits/0 digits/2 "+
		"digits/1 digits/0 digits/3 vm-forwardoptions vm-starmain beep (recording) vm-msgforwarded") {
		t.Error(heard)
	}
	for _, box := range []string{"102", "103"} {
		m := d.store.List(spool.Ref{Context: "default", Box: box}, spool.Inbox)
		if len(m) != 1 || m[0].CallerID() != `"Carol" <103>` || m[0].Seconds != 205 || m[0].ID() == "INBOX-0" {
			t.Fatalf("%s: %+v", box, m)
		}
		if data, _ := os.ReadFile(m[0].Path + ".wav"); !strings.HasSuffix(string(data), "sound") || len(data) < 8 {
			t.Errorf("%s: %q", box, data)
		}
	}
	if tmp, _ := os.ReadDir(d.store.Dir(spool.Ref{Context: "default", Box: "100"}) + "/tmp"); len(tmp) > 0 {
		t.Errorf("%d files are left", len(tmp))
	}
}

// A reply goes to the caller's mailbox; a number outside has none.
func TestReply(t *testing.T) {
	d, _ := office(t, "sendvoicemail=yes", "")
	seed(t, d, spool.Inbox, 0, `"Carol" <103>`)
	seed(t, d, spool.Inbox, 1, "0301234")
	f := newFake(d, "vm-helpexit 1", "vm-helpexit 3", "vm-starmain 1", "vm-helpexit 6", "vm-helpexit 3", "vm-starmain 1", "vm-helpexit #")
	visitOf(d, f).run(spool.Inbox, false)
	if got := in(d, "103"); !strings.HasPrefix(got, "INBOX:") {
		t.Error(got)
	}
	if heard := strings.Join(f.heard, " "); !strings.Contains(heard,
		"vm-toreply vm-tohearenv vm-leavemsg vm-starmain vm-intro beep (recording)") || !strings.Contains(heard, "vm-nobox") {
		t.Error(heard)
	}
}

// Calls out of the mailbox go to the contexts of callback and dialout; without, they are refused.
func TestCallOut(t *testing.T) {
	d, _ := office(t, "", ",,,callback=back|dialout=out")
	seed(t, d, spool.Inbox, 0, "0301234")
	f := newFake(d, "vm-helpexit 1", "vm-helpexit 3", "vm-starmain 2", "vm-star-cancel 1")
	visitOf(d, f).run(spool.Inbox, false)
	if f.went != "back/0301234" || f.heard[len(f.heard)-1] != "vm-dialout" {
		t.Errorf("%s %q", f.went, f.heard)
	}
	f = newFake(d, "vm-helpexit 3", "vm-starmain 4", "vm-star-cancel 555#")
	visitOf(d, f).run(spool.Inbox, false)
	if f.went != "out/555" {
		t.Error(f.went)
	}
	d, _ = office(t, "", "")
	f = newFake(d, "vm-helpexit 3", "vm-starmain 4", "vm-sorry", "vm-helpexit #")
	if visitOf(d, f).run(spool.Inbox, false); f.went != "" {
		t.Error(f.went)
	}
	f.hears(t, "vm-youhave vm-no vm-messages vm-opts vm-helpexit vm-starmain vm-sorry vm-opts vm-helpexit vm-goodbye")
}

// A greeting is in force when its owner keeps it; who hangs up leaves the old one.
func TestGreetings(t *testing.T) {
	d, _ := office(t, "", "")
	f := newFake(d, "vm-helpexit 0", "vm-options 1", "vm-review 1", "vm-options 4", "vm-review 1", "vm-options 4", "vm-tempgreeting2 2",
		"vm-options 1", "vm-review hangup")
	visitOf(d, f).run(spool.Inbox, false)
	f.hears(t, "vm-youhave vm-no vm-messages vm-opts vm-helpexit vm-options vm-rec-unv beep (recording) vm-review vm-msgsaved vm-options "+
		"vm-rec-temp beep (recording) vm-review vm-msgsaved"+
		" vm-tmpexists vm-options vm-tempgreeting2 vm-tempremoved vm-options vm-rec-unv beep (recording) vm-review")
	r := spool.Ref{Context: "default", Box: "100"}
	data, _ := os.ReadFile(d.store.Greeting(r, spool.Unavailable) + ".wav")
	if string(data) != "take 9" || d.store.HasGreeting(r, spool.Temporary) || spool.HasSound(d.store.Greeting(r, "unavail-new")) {
		t.Errorf("%q", data)
	}
}

// A password is typed twice, is written into the file, and is in force. Nothing that was typed is
// in the log.
func TestPassword(t *testing.T) {
	d, log := office(t, "minpassword=3", "")
	f := newFake(d, "vm-helpexit 0", "vm-options 5", "vm-newpassword 98#", "vm-options 5", "vm-newpassword 9876#", "vm-reenterpassword 9875#",
		"vm-options 5", "vm-newpassword 9876#", "vm-reenterpassword 9876#", "vm-options *", "vm-helpexit #")
	visitOf(d, f).run(spool.Inbox, false)
	if heard := strings.Join(f.heard, " "); !strings.Contains(heard, "vm-newpassword vm-invalid-password vm-pls-try-again vm-options "+
		"vm-newpassword vm-reenterpassword vm-mismatch vm-pls-try-again vm-options vm-newpassword vm-reenterpassword vm-passchanged vm-options") {
		t.Error(heard)
	}
	data, _ := os.ReadFile(d.settings().File)
	if !strings.Contains(string(data), "\n100 => 9876,Alice Archer\n") || d.settings().Find("", "100").Password != "9876" {
		t.Errorf("%s", data)
	}
	in := newFake(d, "vm-password 5555#", "vm-incorrect-mailbox 100#", "vm-password 9876#")
	in.keys = "100#"
	if b, how := d.logIn(in, login{tries: 3}); how != loginRight || b.Box != "100" {
		t.Errorf("%v %v", b, how)
	}
	for _, typed := range []string{"9876", "9875", "5555", "4321"} {
		if strings.Contains(log.String()+strings.Join(in.said, ""), typed) {
			t.Errorf("%s is in the log: %s", typed, log)
		}
	}
	if !strings.Contains(log.String(), "wrong password for mailbox '100' (context = default) from 102 at 192.0.2.7, channel SIP/b-00000001") {
		t.Error(log)
	}
}

// Who logs in is asked until the tries are over; a mailbox that is not there is asked for its
// password like any other.
func TestLogin(t *testing.T) {
	d, _ := office(t, "", "")
	f := newFake(d, "vm-login 555#", "vm-password 1#", "vm-incorrect-mailbox 100#", "vm-password 2#")
	if _, how := d.logIn(f, login{tries: 2}); how != loginWrong {
		t.Error(how)
	}
	f.hears(t, "vm-login vm-password vm-incorrect-mailbox vm-password vm-incorrect vm-goodbye")
	f = newFake(d, "vm-login *", "vm-password *#")
	f.exts = "phones/a"
	if _, how := d.logIn(f, login{tries: 2}); how != loginAside {
		t.Error(how)
	}
	f = newFake(d, "vm-login #", "vm-password 1111#") // nothing typed: the caller's own
	if b, how := d.logIn(f, login{tries: 2}); how != loginRight || b.Box != "102" {
		t.Errorf("%v %v", b, how)
	}
}

// A new owner records what is asked for and chooses a password last.
func TestNewOwner(t *testing.T) {
	d, _ := office(t, "forcename=yes\nforcegreetings=yes", "")
	f := newFake(d, "vm-review 1", "vm-review 1", "vm-review 1", "vm-newpassword 99#", "vm-reenterpassword 99#", "vm-helpexit #")
	v := visitOf(d, f)
	v.box = v.settings.Find("", "105")
	v.run(spool.Inbox, false)
	if heard := strings.Join(f.heard, " "); !strings.HasPrefix(heard, "vm-newuser vm-rec-name beep (recording) vm-review vm-msgsaved "+
		"vm-rec-unv beep (recording) vm-review vm-msgsaved vm-rec-busy beep (recording) vm-review vm-msgsaved vm-newpassword "+
		"vm-reenterpassword vm-passchanged vm-youhave") {
		t.Error(heard)
	}
}

// Other languages count in their own way.
func TestIntroOfLanguages(t *testing.T) {
	d, _ := office(t, "", "")
	for _, c := range []struct {
		language string
		new, old int
		want     string
	}{
		{"de", 1, 2, "vm-youhave digits/1F vm-INBOX vm-and digits/2 vm-Old vm-messages"},
		{"de_AT", 0, 0, "vm-youhave vm-no vm-messages"},
		{"nl", 1, 0, "vm-youhave digits/1 vm-INBOXs vm-message"},
		{"es", 1, 2, "vm-youhave digits/1M vm-message vm-INBOXs vm-and digits/2 vm-messages vm-Old"},
		{"es", 0, 0, "vm-youhaveno vm-messages"},
		{"it", 2, 1, "vm-youhave digits/2 vm-nuovi vm-messages vm-and digits/un vm-vecchio vm-message"},
		{"pt_BR", 0, 0, "vm-nomessages"},
		{"no", 1, 0, "vm-youhave digits/1 vm-ny vm-message"},
		{"pl", 2, 5, "vm-youhave digits/2-ie vm-new-e vm-messages vm-and digits/5 vm-old-ych vm-messages"},
		{"ru", 0, 0, "vm-youhave vm-no vm-messagex2"},
	} {
		f := newFake(d)
		f.lang = c.language
		v := visitOf(d, f)
		v.counts.New, v.counts.Old = c.new, c.old
		if got := strings.Join(v.introWords(), " "); got != c.want {
			t.Errorf("%s: %s, want %s", c.language, got, c.want)
		}
	}
}
