package calls

import (
	"strings"
	"testing"
)

const someUsers = `[general]
hassip = yes
host = dynamic
secret = gsec
context = phones
hasmanager = yes
registersip = yes
[100]
fullname = Shadowed
callgroup = 3
[301]
secret = s301
hasvoicemail = yes
alternateexts = 7301,8301
cid_number = 44
hasmanager = no
[302]
hasexten = no
context = other
username = u302
host = 10.0.0.9
secret = s302
contact = c302
setvar = A=1
read = log
write = call
[303]
hassip = no
hasmanager = no
[304]
username = u304
authuser = a304
host = 10.0.0.8
hassip = maybe
[305]
hassip = no
hasmanager = no
hasiax = yes
dahdichan = 2,5-4,x
[t](!)
callgroup = 5
[2 05](t)
hasmanager =
macaddress = 001122334455
`

// Each room gets of users.conf what Asterisk makes of it; sip.conf goes over it, extensions
// and users of manager.conf before it.
func TestUsersConf(t *testing.T) {
	w := newWorldWith(t, map[string]string{"users.conf": someUsers,
		"sip.conf":        "[general]\nudpbindaddr=10.0.0.1:5060\ncontext=public\n[100]\ntype=friend\nhost=dynamic\nsecret=of-sip\n",
		"extensions.conf": "[general]\nuserscontext=people\n[people]\nexten => 301,1,NoOp(mine)\n",
		"manager.conf":    "[general]\nenabled=no\n[100]\nsecret=of-manager\nread=call\n"})
	defer w.stop()
	shadowed := w.sys.Driver().Directory().Lookup("100")
	if shadowed.Secret != "of-sip" || shadowed.CallerID.Name != "Shadowed" || shadowed.Groups.Call != 8 || shadowed.Context != "phones" {
		t.Errorf("100: %+v", shadowed)
	}
	p := w.sys.Driver().Directory().Lookup("301")
	if p == nil || !p.IsUser || !p.IsPeer || p.Secret != "s301" || p.Context != "phones" || strings.Join(p.Mailboxes, ",") != "301@default" ||
		p.CallerID.Num != "44" {
		t.Errorf("301: %+v", p)
	}
	if p = w.sys.Driver().Directory().Lookup("2 05"); p == nil || p.Groups.Call != 32 || p.Secret != "gsec" {
		t.Errorf("2 05: %+v", p)
	}
	if p = w.sys.Driver().Directory().Lookup("302"); p == nil || p.Context != "other" || p.Dynamic || len(p.SetVars) != 1 {
		t.Errorf("302: %+v", p)
	}
	if n := len(w.sys.Driver().Directory().Peers); n != 4 {
		t.Errorf("%d peers: %v", n, w.console("sip show peers"))
	}
	if got := w.console("sip show registry"); !strings.Contains(got, "2 SIP registrations") || !strings.Contains(got, "u302") ||
		!strings.Contains(got, "u304") {
		t.Errorf("%s", got)
	}
	if l := w.sys.Driver().Directory().Registers[1]; l.User != "u304" || l.Secret != "gsec" || l.AuthUser != "a304" || l.Peer != "304" {
		t.Errorf("%+v", l)
	}
	got := w.console("dialplan show people")
	for _, want := range []string{"'100' =>          hint: SIP/100 ", "Dial(${HINT})", "'301' =>          hint: SIP/301 ", "1. NoOp(mine)",
		"'7301' =>         1. Goto(301,1)", "hint: IAX2/305&DAHDI/2&DAHDI/4&DAHDI/5", "[pbx_config]", "'205' =>          hint: SIP/2 05 "} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if strings.Contains(got, "'302'") || strings.Contains(got, "'303'") || strings.Contains(got, "'304'") {
		t.Errorf("%s", got)
	}
	c := w.sys.AMI().Config()
	if u := c.Users["100"]; u == nil || u.Secret != "of-manager" {
		t.Errorf("manager 100: %+v", u)
	}
	if u := c.Users["302"]; u == nil || u.Secret != "s302" || !strings.HasPrefix(u.Read.String(), "log") ||
		!strings.HasPrefix(u.Write.String(), "call") {
		t.Errorf("manager 302: %+v", u)
	}
	if u := c.Users["304"]; u == nil || u.Read != c.Users["304"].Write || u.Read == 0 {
		t.Errorf("manager 304: %+v", u)
	}
	if len(c.Users) != 3 {
		t.Errorf("managers: %v", c.Names)
	}
	w.write("users.conf", "[general]\nhassip=yes\nhost=dynamic\n[999]\n")
	if err := w.sys.Reload("sip"); err != nil || w.sys.Driver().Directory().Lookup("999") == nil ||
		w.sys.Driver().Directory().Lookup("301") != nil {
		t.Errorf("after a reload: %v", err)
	}
}
