package check

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// said is what check prints of files.
func said(t *testing.T, files map[string]string) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, checked(t, files), false); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// A linter runs nothing, and reads on where a start would give up.
func TestCheckReadsOn(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		want  []string
	}{
		"a missing include": {map[string]string{"sip.conf": "#include gone.conf\n[general]\nsecrt=x\n"},
			[]string{"sip.conf:1: error: cannot include 'gone.conf'", "sip.conf:3: warning: unknown option 'secrt'"}},
		"an absolute one that is in the copy": {map[string]string{"sip.conf": "[general]\n#include \"/etc/asterisk/more.conf\"\n",
			"more.conf": "secrt=x\n"},
			[]string{"sip.conf:2: note: '/etc/asterisk/more.conf' is not on this machine", "more.conf:1: warning: unknown option 'secrt'"}},
		"lines before any section": {map[string]string{"sip.conf": "a=b\nc=d\n[general]\nsecrt=x\n"},
			[]string{"sip.conf:1: error: 'a=b' stands before any [section]", "sip.conf:4: warning"}},
		"a broken header": {map[string]string{"sip.conf": "[general]\n[1001\ntype=friend\nsecrt=x\n[1002]\ntype=friend\nsecrt=y\n"},
			[]string{"sip.conf:2: error: missing ']'", "unknown option 'secrt' in [1001]", "the same in 1 more lines: 7"}},
		"a template that is not there": {map[string]string{"sip.conf": "[general]\n[1001](nobody)\ntype=friend\nsecrt=x\n"},
			[]string{"sip.conf:2: error: section [1001] inherits from [nobody]", "sip.conf:4: warning"}},
	} {
		got := said(t, c.files)
		for _, want := range c.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s: %q is not in\n%s", name, want, got)
			}
		}
		if strings.Contains(got, "'c=d'") {
			t.Errorf("%s: told twice:\n%s", name, got)
		}
	}
}

func TestCheckRunsNothing(t *testing.T) {
	dir := t.TempDir()
	proof := filepath.Join(dir, "proof")
	for name, text := range map[string]string{"asterisk.conf": "[options]\nexecincludes=yes\n", "sip.conf": "[general]\n",
		"extensions.conf": "[a]\n#exec touch " + proof + "\nexten => 1,1,NoOp\n"} {
		os.WriteFile(filepath.Join(dir, name), []byte(text), 0o640)
	}
	for _, where := range []string{dir, filepath.Join(dir, "asterisk.conf")} {
		list, err := Run(where, dir)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		Write(&b, list, false)
		if !strings.Contains(b.String(), "extensions.conf:2: note: #exec 'touch ") {
			t.Error(b.String())
		}
		if _, err := Explain(&b, where, dir, "1@a", ""); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(proof); err == nil {
			t.Fatal("the command ran")
		}
	}
}

// What is here is not told of as missing: users of the console for browsers, a technology that the
// channels of the house bring, and a parking lot whose context a phone with a fixed address reaches.
func TestCheckOfWhatIsHere(t *testing.T) {
	plan := "[phones]\ninclude => parked\nexten => 1,1,Page(MulticastRTP/basic/239.1.1.1:5000)\nexten => 2,1,Dial(SIP/9)\n"
	files := map[string]string{"sip.conf": "[general]\nallowguest=no\n[9]\ntype=friend\nhost=192.0.2.9\nsecret=aG8k2Lm4Qx\ncontext=phones\n",
		"extensions.conf":  plan,
		"console.conf":     "[general]\nenabled=yes\n[anna]\nsecret=a long password\n",
		"res_parking.conf": "[default]\nparkext=700\nparkpos=701-720\ncontext=parked\n"}
	got := said(t, files)
	for _, not := range []string{"console.conf is not read", "MulticastRTP", "parking-not-included"} {
		if strings.Contains(got, not) {
			t.Errorf("%q is in\n%s", not, got)
		}
	}
	files["console.conf"] = "[general]\n[default]\ninput_device = default\n"
	files["extensions.conf"] = strings.Replace(plan, "include => parked\n", "", 1)
	got = said(t, files)
	for _, want := range []string{"console.conf:1: missing: console.conf is not read: there is no sound card", "parking-not-included"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
}

// Asterisk loads res_parking.conf with any time that is not negative.
func TestCheckOfParkingTimes(t *testing.T) {
	for line, refused := range map[string]bool{"parkingtime=90000": false, "comebackdialtime=100000": false, "parkingtime=9000000": false,
		"parkingtime=-1": true} {
		got := said(t, map[string]string{"sip.conf": "[general]\n", "res_parking.conf": "[default]\nparkext=700\nparkpos=701-720\n" + line +
			"\n"})
		if strings.Contains(got, "does not load res_parking.conf") != refused {
			t.Errorf("%s: %s", line, got)
		}
	}
}

// What is not here, and what people write by heart.
func TestCheckOfWhatIsNotHere(t *testing.T) {
	plan := "[a]\nexten => 1,1,Festival(1)\nexten => 2,1,Dial(PJSIP/7&SIP/8@x.example)\nexten => 3,1,Set(A=${AST_SORCERY(a,b,c,d)})\n" +
		"exten => 4,1,GotoIf($[${A}=1|2]?a|1|1)\nexten => 5,1,Dial(SIP/1|20)\n" +
		"exten => 6,1,NoOp(a|b)\nexten => 7,1,GotoIf($[1|2]?a,1,1)\nexten => 8,1,Set(X=a|b)\nexten => 9,1,Read(X,\"a|b\")\n"
	got := said(t, map[string]string{"sip.conf": "[general]\nnat=no\nallowguest=no\n[9]\ntype=friend\nhost=dynamic\nnat=force_rport\n" +
		"password=x\ndtmf=rfc2833\n", "extensions.conf": plan,
		"pjsip.conf": "[9]\ntype=endpoint\n", "iax.conf": "[general]\n; nothing\n", "extensions.ael": "context a { 1 => NoOp(); };\n",
		"extconfig.conf": "[settings]\nqueue_log => mysql,db\nsippeers => mysql,db\n",
		"http.conf":      "[general]\nenabled=yes\ntlsenable=yes\ntlscertfile=/nonexistent.pem\n"})
	for _, want := range []string{
		"extensions.conf:2: missing: application 'Festival' of Asterisk is not here yet",
		"extensions.conf:3: missing: Dial: there is no channel technology 'PJSIP'",
		"extensions.conf:4: missing: function 'AST_SORCERY' of Asterisk is not here yet",
		"extensions.conf:5: warning: GotoIf: '|' is no separator", "extensions.conf:6: warning: Dial: '|' is no separator",
		"(did you mean 'secret'?)", "(did you mean 'dtmfmode'?)", "sip.conf:7: warning: nat of '9' differs",
		"pjsip.conf:1: missing: pjsip.conf is not read", "extensions.ael:1: missing", "extconfig.conf:2: warning: queue_log: there is no driver",
		"extconfig.conf:3: error: sippeers: there is no driver", "http.conf:4: note: HTTPS is not served",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
	for _, not := range []string{"MSet", "iax.conf", "extensions.conf:7: warning: NoOp: '|'", "extensions.conf:8: warning: GotoIf: '|'",
		"conf:9: warning: Set: '|'", "conf:10: warning: Read: '|'"} {
		if strings.Contains(got, not) {
			t.Errorf("%q is in\n%s", not, got)
		}
	}
}

// Tones that cannot be read, and countries without any.
func TestCheckOfTones(t *testing.T) {
	got := said(t, map[string]string{"indications.conf": "[general]\ncountry=us\n[us]\nbusy=480+620/500,0/500\n[de]\n" +
		"ring=425/1000,0/4000\nbad=x\n",
		"sip.conf":        "[general]\nudpbindaddr=127.0.0.1\n[p]\ntype=peer\nhost=127.0.0.1\ncontext=a\ntonezone=xx\n",
		"extensions.conf": "[default]\n[a]\nexten => 1,1,NoOp()\n"})
	for _, want := range []string{"tone 'bad' of [de] cannot be read", "tonezone=xx of 'p': there is no such section in indications.conf"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not among\n%s", want, got)
		}
	}
}

// Lists of addresses may stand in a table, which a check does not open.
func TestCheckOfListsInATable(t *testing.T) {
	phone := "[general]\n[1001]\ntype=friend\nhost=dynamic\nacl=office\n"
	mapped := "[settings]\nacls => sqlite3,main,acl_table\n"
	files := map[string]string{"sip.conf": phone, "extconfig.conf": mapped, "res_config_sqlite3.conf": "[main]\ndbfile=/tmp/a.db\n"}
	if got := said(t, files); strings.Contains(got, "sip-acl-missing") {
		t.Errorf("a list of a table is missed:\n%s", got)
	}
	delete(files, "extconfig.conf")
	if got := said(t, files); !strings.Contains(got, "there is no ACL 'office' in acl.conf") {
		t.Errorf("a list that is nowhere:\n%s", got)
	}
}
