package calls

import (
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// Consoles see what is in force, not what the files have come to say meanwhile; "module reload"
// puts that in force, or says what waits for a start.
func TestConsoleOfTheInside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorldWith(t, map[string]string{"sip.conf": baseSIP,
			"extensions.conf": "[inside]\nexten => 1,1,Dial(Local/2@inside/n)\nexten => 2,1,Answer()\nsame => n,Wait(60)\n",
			"acl.conf":        "[office]\ndeny=0.0.0.0/0\npermit=10.0.0.0/8\n[v6]\npermit=2001:db8::/32\n",
			"rtp.conf":        "[general]\nrtpstart=10000\nrtpend=10100\n",
			"indications.conf": "[general]\ncountry=xx\n[xx]\ndescription = Nowhere / At all\nringcadence = 1000,4000\ndial = 425\nbusy = " +
				"425/480,0/480\n",
			"manager.conf": "[general]\n[bob]\nsecret=y\ndeny=0.0.0.0/0\npermit=127.0.0.1\nread=call,log\nwrite=all\nsetvar=A=1\nsetvar=B=2\n"})
		p := w.registered("1001", "one", "10.0.0.11:5060")
		call := p.Dial("1")
		call.Wait("200", time.Second)
		time.Sleep(time.Second)
		id := regexp.QuoteMeta(call.Response().Get("Call-ID"))
		say := func(line, want string) {
			t.Helper()
			var b strings.Builder
			w.sys.Console().Run(&b, line)
			if !regexp.MustCompile(`^(?s:` + want + `)$`).MatchString(b.String()) {
				t.Errorf("%s:\n%s, want:\n%s", line, b.String(), want)
			}
		}
		say("indication show", "Country   Description\n=+\nxx       Nowhere / At all\n=+\nDefault tone zone: xx\n")
		say("indication show XX", "Country Indication      PlayList\n=+\nxx      <ringcadence>   1000,4000\nxx      dial            425\nxx  "+
			"    busy            425/480,0/480\n")
		say("indication show yy", "No countries matched your criteria.\n")
		say("local show channels", "Local/2@inside-00000000;1 -- 2@inside\n")
		say("rtp show stats", "Channel .*\nSIP/1001-00000000 +10.0.0.1:\\d+ .*1 RTP stream\n")
		say("sip show objects", "-= Peer objects: 3 static, 0 realtime, 0 autocreate =-\n\nname: 1001\ntype: peer\nobjflags: 0\nrefcount: 2\n"+
			"\n.*-= Registry objects: 0 =-\n\n-= Dialog objects:\n\nname: "+id+"\n.*")
		say("sip show history "+id[:8], "\n  \\* SIP Call\n1. Rx +INVITE .*\n2. Tx .*")
		say("sip show history nosuch", "No such SIP Call ID starting with 'nosuch'\n")
		say("timing test 100", "Attempting to test a timer with 100 ticks per second.\nUsing the 'go' timing module for this test.\nIt has "+
			"been 1000 milliseconds, and we got 100 timer ticks\n")
		say("core show threads", ".*\\d+ threads listed.\n")
		say("dnsmgr status", "DNS Manager: disabled\nRefresh Interval: 300 seconds\nNumber of entries: 0\n")
		say("dnsmgr refresh", "DNS Manager is disabled.\n")
		say("manager show user bob", "\n          username: bob\n            secret: <Set>\n               ACL: yes\n         read perm: "+
			"call,log\n        write perm: system,.*,all\n   displayconnects: yes\n"+
			"allowmultiplelogin: yes\n         Variables: \n +B = 2\n +A = 1\nACL: \\(unnamed\\)\n-+\n  0:  deny - 0.0.0.0/0.0.0.0\n  1: allow "+
			"- 127.0.0.1/255.255.255.255\n")
		say("core show channel SIP/1001-00000000", ".*\n  CDR Variables:\nlevel 1: dnid=1\nlevel 1: clid=\"Alice\" <1001>\nlevel 1: "+
			"src=1001\nlevel 1: dst=1\n.*level 1: disposition=8\n.*\n -- Streams --\nName: audio-0\n.*")
		say("database put a b c", ".*")
		say("database deltree a/b", "1 database entries removed.\n")
		say("database deltree a b", "Database entries do not exist.\n")

		w.write("acl.conf", "[home]\npermit=10.1.0.0/16\n")
		w.write("rtp.conf", "[general]\nrtpstart=12000\nrtpend=12100\nrtpfastpath=yes\n")
		say("acl show", "\nacl\n---\noffice\nv6\n")
		say("acl show v6", "\nACL: v6\n-+\n  0: allow - 2001:db8::/ffff:ffff::\n")
		say("rtp show settings", ".*Port start: +10000\n.*")
		say("module reload res_rtp_asterisk", "Module 'res_rtp_asterisk' reloaded successfully.\nNot before the next start: rtp.conf: "+
			"rtpfastpath\n")
		say("acl show", "\nacl\n---\noffice\nv6\n")
		say("module reload acl", "Module 'acl' reloaded successfully.\nNot before the next start: rtp.conf: rtpfastpath\n")
		say("acl show", "\nacl\n---\nhome\n")
		say("rtp show settings", ".*Port start: +12000\n  Port end: +12100\n.*")
		if used, _ := w.sys.Media().Ports(); used != 1 {
			t.Errorf("%d pairs of ports are in use", used)
		}
		q := w.registered("1002", "two", "10.0.0.12:5060")
		second := q.Dial("2")
		second.Wait("200", time.Second)
		if sdp := second.Response().Body; !regexp.MustCompile(`m=audio 12[01]\d\d `).MatchString(sdp) {
			t.Errorf("a new stream is not in the new range: %s", sdp)
		}
		call.Hangup()
		second.Hangup()
		time.Sleep(time.Second)
		if used := w.sys.Media().PortsInUse(); used != 0 {
			t.Errorf("%d pairs of ports are left", used)
		}
		p.Close()
		q.Close()
		w.stop()
	})
}
