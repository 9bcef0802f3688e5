package check

import (
	"bytes"
	"strings"
	"testing"
)

// Each piece of advice, where it stands, on the clean configuration with one line changed;
// and what looks like it and is right has none.
func TestCheckGivesAdvice(t *testing.T) {
	const boxes = "[general]\nformat=wav\n[office]\n1001 => 4321,Ann\n[default]\n1002 => 4321,Bob\n"
	for name, c := range map[string]struct {
		sip, plan [2]string // old, new
		file      [2]string // name, text
		want      string    // "": nothing beyond notes
		never     string    // in place of want: what is not said
	}{
		"quoted secret": {sip: [2]string{"hT7-kkx9-Qw2", `"hT7-kkx9-Qw2"`},
			want: "sip.conf:16: warning: the quotation marks are a part of the value of 'secret'"},
		"hash behind a secret": {sip: [2]string{"hT7-kkx9-Qw2", "hT7-kkx9-Qw2 # Ann"},
			want: "sip.conf:16: warning: the text from '#' on is a part of the value of 'secret'"},
		"hash in a secret": {sip: [2]string{"hT7-kkx9-Qw2", "hT7#kkx9-Qw2"}},
		"semicolon between codecs": {sip: [2]string{"[itsp]\n", "[itsp]\nallow=ulaw;alaw\n"},
			want: "warning: the semicolon begins a comment: only 'ulaw' is read of this line"},
		"comment behind codecs": {sip: [2]string{"[itsp]\n", "[itsp]\nallow=ulaw;of the office\n"}},
		"network without a mask": {sip: [2]string{"[itsp]\n", "[x](!)\nlocalnet=192.168.7.0\n[itsp]\n"},
			want: "warning: without a mask localnet is a single host, 192.168.7.0/32"},
		"private address": {sip: [2]string{"[itsp]\n", "[x](!)\nexternaddr=192.168.7.1\n[itsp]\n"},
			want: "warning: 192.168.7.1 is a private address"},
		"two ports": {sip: [2]string{"allowguest=no\n", "allowguest=no\nudpbindaddr=0.0.0.0:5070\nbindport=5080\n"},
			want: "warning: bindport and the port of udpbindaddr (sip.conf:4) are both given: bindport overrides it"},
		"one port twice": {sip: [2]string{"allowguest=no\n", "allowguest=no\nudpbindaddr=0.0.0.0:5070\nbindport=5070\n"}},
		"expiry upside down": {sip: [2]string{"allowguest=no\n", "allowguest=no\nminexpiry=700\nmaxexpiry=600\n"},
			want: "sip.conf:5: warning: maxexpiry (600 secs) is below minexpiry (700 secs)"},
		"nobody to call": {sip: [2]string{"allowguest=no\n", "allowguest=no\nregister => u:Fs9-ksd-22@192.0.2.10/a77\n"},
			want: "sip.conf:4: warning: the provider will call extension 'a77', which does not exist in context 'from-itsp' of 'itsp'"},
		"somebody to call": {sip: [2]string{"allowguest=no\n", "allowguest=no\nregister => u:Fs9-ksd-22@192.0.2.10/77\n"}},
		"no codec": {sip: [2]string{"[itsp]\n", "[itsp]\nallow=alaw\ndisallow=all\n"},
			want: "warning: no codec is left for 'itsp'"},
		"no such box": {sip: [2]string{"hT7-kkx9-Qw2\n", "hT7-kkx9-Qw2\nmailbox=1009@office\n"},
			file: [2]string{"voicemail.conf", boxes}, want: "sip.conf:17: warning: mailbox of '1001': there is no box 1009 in [office] of " +
				"voicemail.conf"},
		"box of another context": {sip: [2]string{"hT7-kkx9-Qw2\n", "hT7-kkx9-Qw2\nmailbox=1001\n"}, file: [2]string{"voicemail.conf", boxes},
			want: "mailbox 1001 of '1001' without a context is not the one that voicemail.conf has in [office]"},
		"box of default": {sip: [2]string{"hT7-kkx9-Qw2\n", "hT7-kkx9-Qw2\nmailbox=1002,1001@office\n"},
			file: [2]string{"voicemail.conf", boxes}},
		"second general": {sip: [2]string{"[itsp]\n", "[general]\nqualify=yes\n[itsp]\n"},
			want: "warning: a second [general] is not read: the first one counts (sip.conf:1)"},
		"general goes on": {sip: [2]string{"[itsp]\n", "[general](+)\nqualify=yes\n[itsp]\n"}},
		"blank before =": {plan: [2]string{"[from-itsp]\n", "exten => 5,1,Set(A = 4)\n[from-itsp]\n"},
			want: "extensions.conf:6: warning: Set: the blank before = belongs to the name of the variable 'A'"},
		"no blank before =": {plan: [2]string{"[from-itsp]\n",
			"exten => 5,1,Set(A=b = 4)\nsame => n,Set(CALLERID(num)=${A})\n[from-itsp]\n"}},
		"quoted header": {plan: [2]string{"[from-itsp]\n", "exten => 5,1,SIPAddHeader(\"Call-Info: answer-after=0\")\n" +
			"same => n,Dial(SIP/1001)\n[from-itsp]\n"}, never: "there is no colon"},
		"module of others that is left out": {file: [2]string{"modules.conf", "[modules]\nautoload=yes\nnoload => chan_capi.so\n"},
			never: "chan_capi"},
		"no question mark": {plan: [2]string{"[from-itsp]\n", "exten => 5,1,GotoIf($[1 = 1])\n[from-itsp]\n"},
			want: "warning: GotoIf: there is no ? and no target behind it"},
		"times in disorder": {plan: [2]string{"[from-itsp]\n", "exten => 5,1,GotoIfTime(mon-fri,8:00-17:00,*,*?5,1)\n[from-itsp]\n"},
			want: "the order is times, weekdays, days of the month, months"},
		"ExecIf of old": {plan: [2]string{"[from-itsp]\n", "exten => 5,1,ExecIf($[1 = 1]?Set,A=1)\n[from-itsp]\n"},
			want: "warning: ExecIf: 'Set,A=1' is no application with its arguments in parentheses"},
		"ExecIf": {plan: [2]string{"[from-itsp]\n",
			"exten => 5,1,ExecIf($[1 = 1]?Set(A=1):NoOp)\nsame => n,ExecIf($[1 = 1]?${APP}(x))\n[from-itsp]\n"}},
		"Dial without technology": {plan: [2]string{"SIP/1001&SIP/1002", "SIP/1001&1002"},
			want: "warning: Dial: '1002' names no technology and its resource"},
		"function as application": {plan: [2]string{"[from-itsp]\n", "exten => 5,1,CALLERID(name)=Door\n[from-itsp]\n"},
			want: "'CALLERID' is a function, not an application"},
		"open mailbox": {plan: [2]string{"[from-itsp]\n", "exten => 5,1,VoiceMailMain(1001@office,s)\n[from-itsp]\n"},
			want: "VoiceMailMain: option s skips the password"},
		"message to nobody": {plan: [2]string{"[from-itsp]\n", "exten => 5,1,VoiceMail(1001@offise,u)\n[from-itsp]\n"},
			file: [2]string{"voicemail.conf", boxes}, want: "VoiceMail: there is no box 1001 in [offise] of voicemail.conf"},
		"no Return": {plan: [2]string{"[from-itsp]\n",
			"exten => 5,1,Gosub(sub,s,1)\nsame => n,Hangup()\n[sub]\nexten => s,1,NoOp()\n[from-itsp]\n"},
			want: "extensions.conf:9: warning: a Gosub (extensions.conf:6) leads to extension 's', and no Return stands behind its last step"},
		"Return": {plan: [2]string{"[from-itsp]\n",
			"exten => 5,1,Gosub(sub,s,1)\nsame => n,Hangup()\n[sub]\nexten => s,1,NoOp()\nsame => n,Return()\n[from-itsp]\n"}},
		"no priority": {plan: [2]string{"[from-itsp]\n", "exten => 5,NoOp(a,b)\n[from-itsp]\n"},
			want: "warning: the label in priority 'NoOp(a' is never closed"},
		"few ports": {file: [2]string{"rtp.conf", "[general]\nrtpstart=10000\nrtpend=10003\n"},
			want: "rtp.conf:3: warning: ports 10000 to 10003 are enough for 1 calls at a time"},
		"SIP among the ports": {file: [2]string{"rtp.conf", "[general]\nrtpstart=5000\nrtpend=6000\n"},
			want: "rtp.conf:3: warning: ports 5000 to 6000 include 5060, the SIP port"},
		"well-known secret": {file: [2]string{"manager.conf", "[general]\nenabled=no\n[ann]\nsecret=amp111\nread=call\n"},
			want: "manager.conf:4: warning: the secret of manager user 'ann' is a well-known one"},
		"member of nobody": {file: [2]string{"queues.conf", "[general]\n[sales]\nmember => SIP/1001\nmember => SIP/10001,1\n"},
			want: "queues.conf:4: warning: there is no 'SIP/10001' in sip.conf: this member of queue 'sales' is never called"},
		"member without a number": {file: [2]string{"queues.conf", "[sales]\nmember => Local/9@nowhere/n\n"},
			want: "queues.conf:2: warning: there is no extension '9' in context 'nowhere': this member of queue 'sales' is never called"},
		"member without a hint": {file: [2]string{"queues.conf", "[sales]\nmember => SIP/1001,0,Ann,hint:9@nowhere\n"},
			want: "queues.conf:2: warning: there is no hint of extension '9' in context 'nowhere': this member of queue 'sales' is never free"},
		"queue without a way out": {file: [2]string{"queues.conf", "[sales]\ncontext=gests\n"},
			want: "queues.conf:2: warning: queue 'sales': there is no context 'gests' in extensions.conf: callers cannot leave by keys (did you " +
				"mean 'guests'?)"},
		"queue without a rule": {file: [2]string{"queues.conf", "[sales]\ndefaultrule=late\n"},
			want: "queues.conf:2: warning: queue 'sales': there is no rule 'late' in queuerules.conf"},
		"no such queue": {plan: [2]string{"[from-itsp]\n", "exten => 5,1,AddQueueMember(sels)\n[from-itsp]\n"},
			file: [2]string{"queues.conf", "[sales]\n"}, want: "AddQueueMember: there is no queue 'sels' in queues.conf (did you mean 'sales'?)"},
		"no such rule": {plan: [2]string{"[from-itsp]\n", "exten => 5,1,Queue(Sales,c,,,,,,,late)\n[from-itsp]\n"},
			file: [2]string{"queues.conf", "[sales]\n"}, want: "Queue: there is no rule 'late' in queuerules.conf"},
		"a queue with all": {plan: [2]string{"[from-itsp]\n", "exten => 5,1,Queue(Sales,c,,,,,,,${R})\n[from-itsp]\n"},
			file:  [2]string{"queues.conf", "[general]\nautofill=yes\n[sales]\ncontext=guests\nmembergosub=guests\nmember => SIP/1001\n"},
			never: "ueue"},
		"guests go on": {sip: [2]string{"allowguest=no\n", ""},
			plan: [2]string{"[guests]\n",
				"[globals]\nOUT=itsp\n[guests]\nexten => 9,1,Goto(route,s,1)\n[route]\nexten => s,1,Dial(SIP/${OUT}/1)\n"},
			want: "can dial out there (extensions.conf:6)"},
		"absolute timeouts": {plan: [2]string{"[from-itsp]\n", "exten => T,1,Hangup()\n[from-itsp]\n"}},
		"goes on by a variable": {plan: [2]string{"[from-itsp]\n", "exten => 5,1,Gosub(sub,s,1)\nsame => n,Hangup()\n[sub]\nexten => " +
			"s,1,Goto(s-${DIALSTATUS},1)\nexten => _s-.,1,Return()\n[from-itsp]\n"}},
		"no name of chan_sip": {sip: [2]string{"[itsp]\n", "[itsp]\nmusicclass=default\n"},
			want: "sip.conf:20: warning: unknown option 'musicclass' in [itsp]"},
		"pipes between times": {plan: [2]string{"[from-itsp]\n",
			"exten => 5,1,GotoIfTime(9:00-18:00|mon-fri|*|*?6,1)\nexten => 6,1,Hangup()\n[from-itsp]\n"}},
		"encoded for a shell": {plan: [2]string{"[from-itsp]\n",
			"exten => 5,1,System(note \"${URIENCODE(${CALLERID(name)})}\")\n[from-itsp]\n"}},
		"not encoded for a shell": {plan: [2]string{"[from-itsp]\n",
			"exten => 5,1,System(note \"${URIENCODE(x)}${CALLERID(name)}\")\n[from-itsp]\n"}, want: "goes into a shell"},
		"encoded in a query": {plan: [2]string{"[from-itsp]\n",
			"exten => 5,1,Set(X=${CURL(https://a.example/?n=${URIENCODE(${CALLERID(name)})})})\n[from-itsp]\n"}},
		"timeout by its letter": {plan: [2]string{"[from-itsp]\n", "exten => 5,1,Set(TIMEOUT(absolut)=60)\n[from-itsp]\n"}},
		"unknown in csv": {file: [2]string{"cdr.conf", "[general]\nenable=yes\n[csv]\nradiuscfg=/x\n"},
			want: "cdr.conf:4: warning: unknown option 'radiuscfg' in [csv]"},
		"keys that stop":        {file: [2]string{"voicemail.conf", "[general]\nformat=wav\nlisten-control-stop-key=13456789\n[default]\n"}},
		"subroutines of nobody": {plan: [2]string{"[from-itsp]\n", "[library]\nexten => s,1,NoOp()\nsame => n,Return()\n[from-itsp]\n"}},
		"everybody, in words":   {sip: [2]string{"[itsp]\n", "[itsp]\npermit=0.0.0.0/0.0.0.0\n"}},
		"a DID for the inside":  {plan: [2]string{"[from-itsp]\n", "[from-itsp]\nexten => _3055510XX,1,Goto(inside,${EXTEN:6},1)\n"}},
		"guests with a password": {sip: [2]string{"allowguest=no\n", ""},
			plan: [2]string{"[guests]\n", "[guests]\nexten => 9,1,Authenticate(8421)\nsame => n,Dial(SIP/itsp/1)\n"}, never: "guests"},
	} {
		t.Run(name, func(t *testing.T) {
			files := map[string]string{"sip.conf": replaced(t, cleanSIP, c.sip), "extensions.conf": replaced(t, cleanPlan, c.plan)}
			if c.file[0] != "" {
				files[c.file[0]] = c.file[1]
			}
			var text bytes.Buffer
			Write(&text, checked(t, files), false)
			if c.want != "" && !strings.Contains(text.String(), c.want) {
				t.Errorf("no %s\n%s", c.want, text.String())
			}
			if c.want == "" && strings.Contains(text.String(), " warning: "+c.never) {
				t.Errorf("%s", text.String())
			}
		})
	}
}

// replaced is a text with one place changed.
func replaced(t *testing.T, text string, change [2]string) string {
	t.Helper()
	if change[0] == "" {
		return text
	}
	if !strings.Contains(text, change[0]) {
		t.Fatalf("no %q", change[0])
	}
	return strings.Replace(text, change[0], change[1], 1)
}
