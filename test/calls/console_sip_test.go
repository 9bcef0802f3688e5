package calls

import (
	"strings"
	"testing"
	"testing/synctest"
)

const shownSIP = `[general]
udpbindaddr=10.0.0.1:5060
context=inside
tos_audio=ef
tos_video=0x88
recordhistory=yes
pedantic=no
keepalive=35
allowoverlap=dtmf
ignoresdpversion=yes
transport=udp,wss
outboundproxy=10.0.0.9:5070,force
regcontext=phones
maxforwards=20
jbenable=yes
rtpbindaddr=10.0.0.1
fromdomain=fd.example:5070
notifyringing=notinuse
notifycid=ignore-context
jbimpl=adaptive
[1001]
type=friend
host=dynamic
secret=one
mailbox=1001,1001@other
mailbox=1001
setvar=A=1
setvar=B=2
setvar=A=3
callerid="Bob ""X""" <55>
auth=u:s@a-realm
hasvoicemail=yes
transport=wss
ignoresdpversion=no
outboundproxy=proxy.example
[1002]
type=friend
host=10.0.0.12
hasvoicemail=yes
maxforwards=7
[1003-é-a-long-name-of-a-phone]
type=friend
host=dynamic
`

// Rows of the sip console commands that programs read, to the blank.
func TestRowsOfSIPCommands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorldWith(t, map[string]string{"sip.conf": shownSIP, "extensions.conf": "[inside]\nexten => 1,1,NoOp()\n"})
		defer w.stop()
		for command, rows := range map[string][]string{
			"sip show settings": {"  RTP Bindaddress:        10.0.0.1\n", "  From: Domain:           fd.example:5070\n",
				"  Notify ringing state:   Yes (when not in use)\n    Include CID:          Yes (Ignoring context)\n",
				"  Ignore SDP sess. ver.:  Yes\n", "  Allow overlap dialing:  DTMF\n", "  Record SIP history:     On\n",
				"  IP ToS SIP:             CS0\n", "  IP ToS RTP audio:       EF\n", "  IP ToS RTP video:       AF41\n",
				"  Pedantic SIP support:   No\n", "  Outbound reg. retry 403:No\n", "  Outb. proxy:            10.0.0.9 (forced)\n",
				"  Outbound transport:\t  UDP\n", "  Keepalive:              35\n",
				"  Jitterbuffer tgt extra: 40\n  Jitterbuffer log:       No\n", "  Allowed transports:     UDP,WSS\n"},
			"sip show peer 1001": {"  Mailbox      : 1001,1001@other\n", "  Variables    :\n                 B = 2\n                 A = 3\n",
				`"Bob \"\"X\"\"" <55>`, "  Realm-auth   : Realm a-realm         User u          <Secret set>\n", "  Defaddr->IP  : (null)\n",
				"  LastMsgsSent : 32767/65535\n", "  Max forwards : 0\n", "  Ign SDP ver  : No\n", "  Outb. proxy  : proxy.example \n",
				"  Prim.Transp. : WS\n  Allowed.Trsp : WSS\n  Reg. exten   : \n"},
			"sip show peer 1002": {"  Mailbox      : 1002@default\n", "  LastMsgsSent : 0/0\n", "  Max forwards : 7\n", "  Ign SDP ver  : Yes\n",
				"  Overlap dial : DTMF\n"},
			"sip show users": {"1001                       <hidden>                          inside           No   No        \n",
				"1002                                                         inside           No   No        \n"},
			"sip show peers": {"1003-é-a-long-name-of-a- (Unspecified)"},
			"dialplan show":  {"[ Context 'phones' created by 'SIP' ]\n"},
		} {
			got := w.console(command)
			for _, row := range rows {
				if !strings.Contains(got, row) {
					t.Errorf("%s: no %q in\n%s", command, row, got)
				}
			}
		}
		w.write("sip.conf", shownSIP+"[1004]\ntype=friend\nhost=dynamic\n")
		if err := w.sys.Reload("dialplan"); err != nil || !strings.Contains(w.console("dialplan show"), "'phones' created by 'SIP'") {
			t.Errorf("after a reload: %v", err)
		}
	})
}
