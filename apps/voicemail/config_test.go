package voicemail

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"obelisk/apps/voicemail/spool"
	"obelisk/internal/config"
	"obelisk/internal/store/realtime"
)

// texts are files of a configuration by name.
type texts map[string]string

// File implements pbx.Files.
func (t texts) File(name string) *config.File {
	f, err := config.Load(t, name, config.Options{})
	if err != nil {
		return nil
	}
	return f
}

// ReadFile, Resolve and Glob implement config.Source.
func (t texts) ReadFile(name string) ([]byte, error) {
	if text, ok := t[name]; ok {
		return []byte(text), nil
	}
	return nil, os.ErrNotExist
}
func (t texts) Resolve(name string) string            { return name }
func (t texts) Glob(pattern string) ([]string, error) { return nil, nil }

// compiled is a voicemail.conf with its findings, "line: text" each.
func compiled(t *testing.T, text string, users ...string) (*Settings, []string) {
	t.Helper()
	files := texts{"voicemail.conf": text}
	for _, u := range users {
		files["users.conf"] = u
	}
	s, diags := Compile(files.File("voicemail.conf"), files.File("users.conf"), nil)
	var out []string
	for _, d := range diags {
		out = append(out, fmt.Sprintf("%d: %s", d.Pos.Line, d.Text))
	}
	return s, out
}

func TestDefaults(t *testing.T) {
	s, diags := compiled(t, "[default]\n100 => 4321,Alice\n")
	b := s.Find("", "100")
	if len(diags) != 0 || b == nil || b.String() != "100@default" || b.MaxMessages != 100 || !b.Attach || !b.MoveHeard ||
		b.SayDurationMinutes != 2 || b.Review ||
		s.MaxLogins != 3 || s.Skip != 3*time.Second || !slices.Equal(s.Formats, []string{"wav"}) || s.MaxSilence != 0 ||
		s.SilenceThreshold != 256 {
		t.Errorf("%v %+v %+v", diags, b, s.General)
	}
}

// A mailbox has what [general] says, but for its own options.
func TestBoxes(t *testing.T) {
	s, diags := compiled(t, `[general]
format = wav49|gsm|wav
maxsilence = 5
minsecs = 3
review = yes
maxmsg = 7
emailbody = Dear ${VM_NAME},\n\tyou have mail
tz = berlin
[zonemessages]
berlin = Europe/Berlin|'vm-received' Q 'digits/at' kM
[office]
100 => 4321,Alice Archer,alice@example.org|al@example.org,pager@example.org,review=no|maxmsg=0|tz=paris|volgain=1.5|alias=Ally
101 => 1,Bob,,,attach=yes|backupdeleted=yes
`)
	a, b := s.Find("office", "100"), s.Find("OFFICE", "101")
	if a.Review || a.MaxMessages != 0 || a.Pager != "pager@example.org" || a.Email != "alice@example.org|al@example.org" ||
		a.VolumeGain != 1.5 || a.Aliases[0] != "Ally" {
		t.Errorf("%+v", a)
	}
	if !b.Review || b.MaxMessages != 7 || b.BackupDeleted != 100 || b.EmailBody != "Dear ${VM_NAME},\n\tyou have mail" ||
		s.location(b).String() != "Europe/Berlin" {
		t.Errorf("%+v", b)
	}
	if s.MaxSilence != 5*time.Second || !slices.Equal(s.Formats, []string{"wav49", "gsm", "wav"}) || s.Find("", "100") != nil {
		t.Errorf("%+v", s.General)
	}
	if want := []string{"12: mailbox 100@office: there is no zone 'paris' in [zonemessages]"}; !slices.Equal(diags, want) {
		t.Errorf("%q", diags)
	}
}

// Mistakes are told with their lines, and cost as little as can be.
func TestMistakes(t *testing.T) {
	s, diags := compiled(t, `[general]
format = ogg|wav
maxmgs = 5
maxmsg = 20000
maxlogins = few
odbcstorage = asterisk
maxmessage = 60
minsecs = 9
maxsilence = 4
aliasescontext = others
hidefromdir = yes
[zonemessages]
here = Europe/Berlin
moon = Moon/Crater|Q
[default]
100 => 1,Alice
100 => 2,Twin
*5 => 1,Star
102 => *1,Bob,,,atach=yes|delete|maxlogins=3|imapuser=x
103 => 1,Carol,c@x,,tz=moon
`)
	want := []string{
		"2: format: 'ogg' cannot be recorded; it is wav alone",
		"3: there is no option 'maxmgs' (did you mean 'maxmsg'?)",
		"4: maxmsg: 20000 is more than 9999, which is taken",
		"5: maxlogins: 'few' is no number; it stays 3",
		"6: 'odbcstorage' has no effect: there is no storage by ODBC here: messages are files in the spool",
		"7: 'maxmessage' is the old name of 'maxsecs'",
		"11: there is no option 'hidefromdir'",
		"13: zone 'here' needs a time zone and a format: here = Europe/Berlin|'vm-received' Q 'digits/at' kM",
		"14: zone 'moon': there is no time zone 'Moon/Crater'; the machine's own is taken",
		"17: mailbox 100@default is in line 16 already, which counts",
		"18: mailbox *5@default: a number that begins with * cannot be a mailbox",
		"19: mailbox 102@default: a password that begins with * cannot be dialled",
		"19: mailbox 102@default: there is no option 'atach' (did you mean 'attach'?)",
		"19: mailbox 102@default: option 'delete' has no value",
		"19: mailbox 102@default: there is no option 'maxlogins'; it belongs into [general]",
		"19: mailbox 102@default: 'imapuser' has no effect: there is no storage by IMAP here: messages are files in the spool",
		"0: aliasescontext: there is no section [others]",
	}
	if !slices.Equal(diags, want) {
		t.Errorf("findings:\n%s\nwant:\n%s", strings.Join(diags, "\n"), strings.Join(want, "\n"))
	}
	if s.MaxMessages != 9999 || s.MaxSecs != 60 || len(s.Boxes) != 3 || s.Boxes[0].Password != "1" {
		t.Errorf("%+v", s.General)
	}
}

// Numbers are found in any context with searchcontexts, and under other names.
func TestFind(t *testing.T) {
	s, diags := compiled(t, "[general]\nsearchcontexts=yes\naliasescontext=names\n[names]\n7@sip=100@sales\n8=100@sales\n[sales]\n100 => "+
		"1,A\n[home]\n100 => 1,B\n101 => 1,C\n")
	if len(diags) != 1 || !strings.Contains(diags[0], "with searchcontexts a number is one mailbox") {
		t.Errorf("%q", diags)
	}
	for name, want := range map[string]string{"100": "100@sales", "101": "101@home", "7@sip": "100@sales", "8": "100@sales"} {
		if b := find(s, name); b == nil || b.String() != want {
			t.Errorf("%s: %v", name, b)
		}
	}
	if find(s, "9") != nil {
		t.Error("9 is there")
	}
}

// People of users.conf have mailboxes, and are in the directory, if they say so.
func TestUsers(t *testing.T) {
	s, _ := compiled(t, "[general]\nuserscontext=staff\n", "[general]\nhasvoicemail=yes\n[200]\nfullname=Dora Dove\nvmsecret=99\n"+
		"secret=abc\nemail=d@x\nreview=yes\n[201]\nhasvoicemail=no\nhasdirectory=yes\nfullname=Eve\n")
	b := s.Find("staff", "200")
	if len(s.Boxes) != 1 || b.Password != "99" || b.FullName != "Dora Dove" || !b.Review || !b.users {
		t.Errorf("%+v", b)
	}
	if len(s.People) != 1 || s.People[0].Number != "201" {
		t.Errorf("%+v", s.People)
	}
}

// Passwords that a mailbox keeps in the spool are those.
func TestPasswordInSpool(t *testing.T) {
	files := texts{"voicemail.conf": "[general]\npasswordlocation=spooldir\n[default]\n100 => 1,A\n101 => " +
		"2,B,,,passwordlocation=voicemail.conf\n"}
	s, _ := Compile(files.File("voicemail.conf"), nil, func(r spool.Ref) (string, bool) { return "secret of " + r.Box, true })
	if s.Boxes[0].Password != "secret of 100" || s.Boxes[1].Password != "2" {
		t.Errorf("%q %q", s.Boxes[0].Password, s.Boxes[1].Password)
	}
}

// A changed password is the only thing in the file that changes.
func TestWithPassword(t *testing.T) {
	const text = "; a comment: 100 => no\r\n[general]\n100 => 1\n[default](x)\n100=>4321,Alice, a@b ; 100 => 5\n 101 =  12 \n102 => ,Carol\n"
	box := func(n string) *Box { return &Box{Ref: spool.Ref{Context: "default", Box: n}} }
	for n, want := range map[string]string{"100": "100=>77,Alice, a@b ; 100 => 5\n", "101": " 101 =  77 \n", "102": "102 => 77,Carol\n"} {
		got, err := withPassword(text, box(n), "77")
		if err != nil || !strings.Contains(got, want) {
			t.Errorf("%s: %q %v", n, got, err)
		}
	}
	if _, err := withPassword(text, box("9"), "77"); err == nil {
		t.Error("a mailbox that is not there")
	}
	if got, err := withSecret("[a]\nx=1\n[b]\nVMsecret=old\nx=2\n", "b", "77"); err != nil || got != "[a]\nx=1\n[b]\nVMsecret= 77\nx=2\n" {
		t.Errorf("%q %v", got, err)
	}
	if got, err := withSecret("[a]\nx=1\n[b]", "b", "77"); err != nil || got != "[a]\nx=1\n[b]\nvmsecret = 77\n" {
		t.Errorf("%q %v", got, err)
	}
}

// FuzzCompile reads whatever is written.
func FuzzCompile(f *testing.F) {
	f.Add("[general]\nformat=wav\n[default]\n100 => 1,A,b,c,d=e|f\n")
	f.Fuzz(func(t *testing.T, text string) {
		files := texts{"voicemail.conf": text}
		Compile(files.File("voicemail.conf"), files.File("voicemail.conf"), nil)
	})
}

// find is a mailbox by "box[@context]".
func find(s *Settings, name string) *Box { return (&desk{}).named(s, name) }

// table is a table voicemail.
type table struct {
	rows []realtime.Row
	err  error
}

func (t *table) Has(family string) bool { return family == "voicemail" }

func (t *table) Load(_ string, where ...realtime.Condition) (realtime.Row, bool, error) {
	for _, r := range t.rows {
		fits := true
		for _, w := range where {
			fits = fits && r.Get(w.Field) == w.Value
		}
		if fits && t.err == nil {
			return r, true, nil
		}
	}
	return nil, false, t.err
}

func (t *table) Update(_ string, where realtime.Condition, set realtime.Row) (n int64, err error) {
	for _, r := range t.rows {
		for i := range r {
			if r.Get(where.Field) == where.Value && r[i].Name == set[0].Name {
				r[i].Value = set[0].Value
				n++
			}
		}
	}
	return n, t.err
}

func (t *table) Insert(_ string, set realtime.Row) error {
	t.rows = append(t.rows, set)
	return t.err
}

func (t *table) Delete(_ string, where ...realtime.Condition) (int64, error) {
	had := len(t.rows)
	t.rows = slices.DeleteFunc(t.rows, func(r realtime.Row) bool { return r.Get(where[0].Field) == where[0].Value })
	return int64(had - len(t.rows)), t.err
}

// A mailbox of the table is one like any other; a database that is away costs those only.
func TestTable(t *testing.T) {
	d, log := office(t, "review=yes", "")
	in := &table{rows: []realtime.Row{{{Name: "uniqueid", Value: "7"}, {Name: "mailbox", Value: "300"}, {Name: "context", Value: "default"},
		{Name: "password", Value: "55"}, {Name: "fullname", Value: "Tab"}, {Name: "review", Value: ""}, {Name: "maxmsg", Value: "3"}}}}
	d.tables = in
	b := d.named(d.settings(), "300")
	if b == nil || b.String() != "300@default" || b.FullName != "Tab" || !b.Review || b.MaxMessages != 3 ||
		d.named(d.settings(), "300@other") != nil {
		t.Fatalf("%+v", b)
	}
	if err := d.setPassword(d.settings(), b, "66"); err != nil || d.named(d.settings(), "300").Password != "66" {
		t.Error(err)
	}
	in.err = errors.New("away")
	if d.named(d.settings(), "300") != nil || d.named(d.settings(), "100") == nil ||
		!strings.Contains(log.String(), "mailbox 300@default cannot be looked up: away") {
		t.Error(log)
	}
}
