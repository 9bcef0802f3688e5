package check

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func checked(t *testing.T, files map[string]string) []Finding {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o640); err != nil {
			t.Fatal(err)
		}
	}
	list, err := Run(dir, dir)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

const cleanSIP = `[general]
context=guests
allowguest=no
directmedia=no
videosupport=no
tonezone=de
externaddr=203.0.113.1
localnet=10.0.0.0/8
[phones](!)
type=friend
host=dynamic
context=inside
qualify=yes
callcounter=yes
[1001](phones)
secret=hT7-kkx9-Qw2
[1002](phones)
secret=zz8-PPq2-0aa
[itsp]
type=peer
host=192.0.2.10
insecure=port,invite
context=from-itsp
defaultuser=acct
remotesecret=xYz-123-abc
`

const cleanPlan = `[guests]
[inside]
exten => _10XX,1,Dial(SIP/${EXTEN},20)
exten => _0.,1,Dial(SIP/itsp/${EXTEN:1})
exten => 1001,hint,SIP/1001
[from-itsp]
exten => _X.,1,Dial(SIP/1001&SIP/1002)
`

// A clean configuration gets notes at most.
func TestCheckOfACleanConfiguration(t *testing.T) {
	list := checked(t, map[string]string{"sip.conf": cleanSIP, "extensions.conf": cleanPlan})
	notes := 0
	for _, f := range list {
		if f.Severity != "note" {
			t.Errorf("%+v", f)
		}
		notes++
	}
	if notes != 4 || Status(list, true) != 0 { // one for each endpoint, and of _0.
		t.Errorf("%d notes: %+v", notes, list)
	}
	want := "'1001' is a friend with a secret (sip.conf:16), registers from anywhere (sip.conf:11), calls from it go to context 'inside' " +
		"(sip.conf:12), codecs ulaw|alaw|gsm|h263 (from [general]), transport UDP (from [general]), nat auto_force_rport (from [general])"
	if !strings.Contains(fmt.Sprint(list), want) {
		t.Errorf("%+v", list)
	}
}

// Each danger, where it stands, and not in the clean configuration next to it.
func TestCheckFindsDangers(t *testing.T) {
	for name, c := range map[string]struct {
		sip, plan [2]string // old, new
		want      string
	}{
		"guests dial out": {[2]string{"allowguest=no\n", ""}, [2]string{"[guests]\n", "[guests]\ninclude => inside\n"},
			"sip.conf:1: warning: allowguest is yes where it is not written: guests, strangers whom nobody has authenticated, reach context " +
				"'guests' (sip.conf:2) and can dial out there (extensions.conf:5)"},
		"guests reach phones": {[2]string{"allowguest=no\n", ""},
			[2]string{"[guests]\n", "[guests]\nexten => 1,1,Dial(SIP/1001)\nexten => _10XX,1,Dial(SIP/${EXTEN})\n"}, ""},
		"numbers are dialled": {[2]string{"allowguest=no\n", "allowguest=no\nsafenames=no\n"},
			[2]string{"Dial(SIP/${EXTEN},20)", "NoOp()\nexten => _9.,1,Dial(SIP/${EXTEN:1})"}, "extensions.conf:4: warning: Dial: a caller who " +
				"calls '1&SIP/x' dials what he likes by extension '_9.' (safenames=no)"},
		"and filtered": {[2]string{"allowguest=no\n", "allowguest=no\nsafenames=no\n"},
			[2]string{"Dial(SIP/itsp/${EXTEN:1}", "Dial(SIP/itsp/${FILTER(0-9,${EX})}"}, ""},
		"guessable secret": {[2]string{"hT7-kkx9-Qw2", "1001"}, [2]string{},
			"sip.conf:16: warning: the secret of '1001' is one that is guessed first"},
		"short secret": {[2]string{"hT7-kkx9-Qw2", "x7q"}, [2]string{},
			"sip.conf:16: warning: the secret of '1001' is short enough to be guessed"},
		"no secret":         {[2]string{"secret=hT7-kkx9-Qw2\n", ""}, [2]string{}, "sip.conf:15: warning: '1001' has no secret"},
		"no secret, an ACL": {[2]string{"secret=hT7-kkx9-Qw2\n", "deny=0.0.0.0/0\npermit=10.0.0.0/8\n"}, [2]string{}, ""},
		"insecure phone": {[2]string{"secret=hT7-kkx9-Qw2\n", "secret=hT7-kkx9-Qw2\ninsecure=invite\n"}, [2]string{},
			"sip.conf:17: warning: anybody who knows the name '1001' may call as it"},
		"shadowed host": {[2]string{"[itsp]\n", "[first]\ntype=peer\nhost=192.0.2.10\ncontext=inside\n[itsp]\n"}, [2]string{},
			"sip.conf:25: warning: 'itsp' has the same host as 'first' (sip.conf:19)"},
		"unknown function": {[2]string{}, [2]string{"Dial(SIP/${EXTEN},20)", "Dial(SIP/${EXTEN},${LENN(20)})"},
			"warning: there is no function 'LENN'; it reads as nothing (did you mean 'LEN'?)"},
		"function written": {[2]string{}, [2]string{"Dial(SIP/${EXTEN},20)", "Set(CALLERIDD(num)=2)"},
			"warning: there is no function 'CALLERIDD'"},
		"hint to nothing": {[2]string{}, [2]string{"hint,SIP/1001", "hint,SIP/1010"}, "extensions.conf:5: warning: the hint of " +
			"extension '1001' in 'inside' is about 'SIP/1010', which is not in sip.conf: there is no such peer, its lamp never lights (did you " +
			"mean '1001'?)"},
		"dialled to nobody": {[2]string{}, [2]string{"SIP/1001&SIP/1002", "SIP/1001&SIP/10002"},
			"extensions.conf:7: warning: Dial: 'SIP/10002' is not in sip.conf: there is no such peer, and it is looked for as a host of that " +
				"name (did you mean '1002'?)"},
		"no such provider": {[2]string{}, [2]string{"SIP/itsp/${EXTEN:1}", "SIP/itps/${EXTEN:1}"},
			"extensions.conf:4: warning: Dial: 'SIP/itps' is not in sip.conf"},
		"a host": {[2]string{},
			[2]string{"SIP/1001&SIP/1002", "SIP/1001&SIP/192.0.2.1:5062&SIP/9@example.com&SIP/x/9@example.com"}, ""},
		"jump to no context": {[2]string{}, [2]string{"[from-itsp]", "exten => 5,1,Goto(insidee,1001,1)\n[from-itsp]"},
			"extensions.conf:6: warning: Goto: there is no context 'insidee' (did you mean 'inside'?)"},
		"jump to no extension": {[2]string{}, [2]string{"[from-itsp]", "exten => 5,1,Goto(from-itsp,s,1)\n[from-itsp]"},
			"extensions.conf:6: warning: Goto: there is no extension 's' in context 'from-itsp'"},
		"jump to no label": {[2]string{},
			[2]string{"[from-itsp]", "exten => 5,1,GotoIf($[${A:1} = 2]?back:+1)\nsame => n,Hangup()\n[from-itsp]"},
			"extensions.conf:6: warning: GotoIf: there is no priority or label 'back' in context 'inside'"},
		"no subroutine": {[2]string{},
			[2]string{"[from-itsp]", "exten => 5,1,GosubIf(1?sub,s,1(a:b):1001,7(x))\n[sub]\nexten => s,1,Return()\n[from-itsp]"},
			"extensions.conf:6: warning: GosubIf: there is no priority or label '7' in extension '1001' in context 'inside'"},
		"no pre-dial handler": {[2]string{}, [2]string{"Dial(SIP/${EXTEN},20)", "Dial(SIP/${EXTEN},20,B(inside^1001^1)b(inside^s^1(x^y)))"},
			"extensions.conf:3: warning: Dial: there is no extension 's' in context 'inside'"},
		"no macro": {[2]string{}, [2]string{"[from-itsp]", "exten => 5,1,Macro(ring,1001)\n[from-itsp]"},
			"extensions.conf:6: warning: Macro: there is no context 'macro-ring'"},
		"good jumps": {[2]string{}, [2]string{"[from-itsp]", "exten => 5,1(top),Goto(from-itsp,${A},1)\nsame => " +
			"n,GotoIfTime(9:00-17:00,mon-fri,*,*?from-itsp,77,1)\nsame => n(a),Goto(top)\nsame => n(b),Goto(-1)\nsame => n(c),Goto(${A},s,1)\n" +
			"same => n,Gosub(1001,1(x,y))\nsame => n,GotoIf($[\"${A}\" = \"?\"]?top)\n[from-itsp]"}, ""},
		"undefined context": {[2]string{"context=from-itsp", "context=from-itps"}, [2]string{}, "sip.conf:23: warning: context 'from-itps' " +
			"of 'itsp' is not in extensions.conf; its calls find no extension (did you mean 'from-itsp'?)"},
		"misplaced option": {[2]string{"externaddr=", "[x](!)\n[y]\ntype=peer\nexternaddr="}, [2]string{},
			"sip.conf:10: warning: option 'externaddr' belongs into [general]"},
		"unknown name": {[2]string{"host=192.0.2.10", "host=no.such.host.invalid"}, [2]string{}, ""},
		"error":        {[2]string{"host=192.0.2.10", "[x"}, [2]string{}, "sip.conf:21: error: missing ']' in section header '[x'"},
	} {
		t.Run(name, func(t *testing.T) {
			sip, plan := cleanSIP, cleanPlan
			if c.sip[0] != "" {
				sip = strings.Replace(sip, c.sip[0], c.sip[1], 1)
			}
			if c.plan[0] != "" {
				plan = strings.Replace(plan, c.plan[0], c.plan[1], 1)
			}
			list := checked(t, map[string]string{"sip.conf": sip, "extensions.conf": plan})
			var text bytes.Buffer
			Write(&text, list, false)
			if c.want != "" && !strings.Contains(text.String(), c.want) {
				t.Errorf("no %s\n%s", c.want, text.String())
			}
			if c.want == "" && Status(list, true) != 0 {
				t.Errorf("a false alarm\n%s", text.String())
			}
		})
	}
}

func TestCheckFormatsAndStatus(t *testing.T) {
	list := checked(t, map[string]string{"sip.conf": "[general]\nqualfy=yes\n"})
	var b bytes.Buffer
	if err := Write(&b, list, true); err != nil {
		t.Fatal(err)
	}
	var back []map[string]any
	if err := json.Unmarshal(b.Bytes(), &back); err != nil || len(back) != 1 || back[0]["file"] != "sip.conf" || back[0]["line"] != 2.0 ||
		back[0]["severity"] != "warning" ||
		back[0]["hint"] != "did you mean 'qualify'?" || !strings.HasPrefix(back[0]["message"].(string),
		"unknown option 'qualfy' in [general];") {
		t.Errorf("%v %s", err, b.String())
	}
	b.Reset()
	if Write(&b, nil, true); strings.TrimSpace(b.String()) != "[]" {
		t.Errorf("nothing: %s", b.String())
	}
	if Status(list, false) != 0 || Status(list, true) != 1 || Status(append(list, Finding{Severity: "error"}), false) != 2 {
		t.Error("status")
	}
	list = checked(t, map[string]string{"sip.conf": "[general\nqualify=yes\n"})
	if len(list) == 0 || list[0].Severity != "error" || list[0].Line != 1 {
		t.Errorf("a broken file: %+v", list)
	}
}

// A file is told of when everybody may read it and a secret is in it.
func TestCheckOfReadableSecrets(t *testing.T) {
	for text, want := range map[string]bool{"secret=hT7-kkx9-Qw2\n": true, "md5secret=0123456789abcdef0123456789abcdef\n": true, "": false} {
		dir := t.TempDir()
		path := filepath.Join(dir, "sip.conf")
		os.WriteFile(path, []byte("[general]\nudpbindaddr=127.0.0.1\n[a]\ntype=friend\nhost=dynamic\n"+text), 0o644)
		os.Chmod(path, 0o644)
		list, err := Run(dir, dir)
		if got := strings.Contains(fmt.Sprint(list), "may read the secrets"); err != nil || got != want {
			t.Errorf("%q: %v %v", text, err, list)
		}
	}
}

// Which extension a number runs, from the files alone.
func TestExplainFromFiles(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "extensions.conf"), []byte(cleanPlan), 0o644); err != nil {
		t.Fatal(err)
	}
	for target, want := range map[string]string{
		"1001@inside": "\nA call to '1001' in 'inside' runs\n  1. Dial(SIP/${EXTEN},20)  (extensions.conf:3, '_10XX' of 'inside')\n",
		"2001@inside": "No extension matches '2001'.\n",
		"2001@nosuch": "There is no context 'nosuch'.\n",
	} {
		var b bytes.Buffer
		found, err := Explain(&b, dir, dir, target, "")
		if err != nil || found != strings.HasPrefix(want, "\n") || !strings.HasSuffix(b.String(), want) {
			t.Errorf("%s: %v %v\n%s", target, found, err, b.String())
		}
	}
	if _, err := Explain(io.Discard, dir, dir, "2001", ""); err == nil {
		t.Error("no context and no complaint")
	}
}

// What looks like a mistake and is none gets no finding of these kinds: phones that are still to come, a
// group that those who are called join, a certificate that is on another machine.
func TestCheckIsNotMisled(t *testing.T) {
	for name, files := range map[string]map[string]string{
		"plan-number-as-phone": {"sip.conf": "[general]\nallowguest=no\ncontext=nowhere\n#tryinclude phones.conf\n",
			"extensions.conf": "[nowhere]\n[office]\nexten => _1XX,1,Dial(SIP/${EXTEN},30)\n"},
		"plan-group-empty": {"sip.conf": cleanSIP, "extensions.conf": cleanPlan +
			"exten => 7,1,Set(OUTBOUND_GROUP=out)\n same => n,GotoIf($[${GROUP_COUNT(out)} > 3]?7,full)\n same => n,Dial(SIP/1001)\n" +
			" same => n(full),Hangup()\n"},
		"sip-websocket-media": {"sip.conf": cleanSIP + "[web]\ntype=friend\nhost=dynamic\nsecret=hT7-kkx9-Qw3\ncontext=inside\n" +
			"transport=wss\nencryption=yes\navpf=yes\nicesupport=yes\ndtlsenable=yes\ndtlscertfile=/not/here.pem\n",
			"extensions.conf": cleanPlan},
		"file-option-unknown": {"sip.conf": cleanSIP, "extensions.conf": cleanPlan,
			"manager.conf": "[general]\nenabled=yes\nbindaddr=127.0.0.1\n" +
				"[ann]\nsecret=hT7-kkx9-Qw3\nread=call\neventfilter(action(exclude),name(VarSet)) =\n", "http.conf": "[general]\nenabled=yes\n" +
				"bindaddr=127.0.0.1\nenable_static=yes\nredirect = / /static/a.html\n[/ari]\ntype=restriction\ndeny=0.0.0.0/0\n"},
	} {
		for _, f := range checked(t, files) {
			if f.Code == name || name == "file-option-unknown" && f.Severity != "note" || f.Code == "sip-encryption-udp" {
				t.Errorf("%s: %+v", name, f)
			}
		}
	}
}

// A phone that registers has its extension in regcontext, where extensions.conf has none of that name.
func TestRegContext(t *testing.T) {
	for plan, want := range map[string]bool{
		"[inside]\nexten => 1001,1,Dial(SIP/1001)\n":                    true,
		"[inside]\nexten => 1001,2,Dial(SIP/1001)\n":                    false,
		"[inside]\nexten => 1001/1002,1,Dial(SIP/1001)\n":               false,
		"[inside]\nexten => _1XXX,1,Dial(SIP/${EXTEN})\n":               false,
		"[inside]\ninclude => x\n[x]\nexten => 1001,1,Dial(SIP/1001)\n": false,
	} {
		text := "[general]\nallowguest=no\ncontext=nowhere\nregcontext=inside\n[1001]\ntype=friend\nhost=dynamic\n" +
			"secret=hT7-kkx9-Qw3\ncontext=inside\n"
		said := false
		for _, f := range checked(t, map[string]string{"sip.conf": text, "extensions.conf": "[nowhere]\n" + plan}) {
			said = said || f.Code == "sip-regcontext" && f.Line == 4
		}
		if said != want {
			t.Errorf("%t for %q", said, plan)
		}
	}
}
