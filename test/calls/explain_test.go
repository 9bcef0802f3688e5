package calls

import (
	"bytes"
	"strings"
	"testing"
)

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

// What sip explain says of imagined requests.
func TestExplain(t *testing.T) {
	w := newWorldWith(t, map[string]string{"sip.conf": strings.Replace(cleanSIP, "[general]\n", "[general]\nudpbindaddr=10.0.0.1:5060\n", 1),
		"extensions.conf": cleanPlan})
	defer w.stop()
	for line, want := range map[string]string{
		"invite from=1001 source=10.9.9.9:5060 to=1002": "it is '1001' by name '1001' (sip.conf:16)\nthe credentials of '1001' are " +
			"asked for (401) (sip.conf:17)\nthe call goes to extension '1002' in context 'inside' (sip.conf:13)\n",
		"invite from=4930 source=192.0.2.10:5060 to=4711": "no user or friend is named '4930'\nit is 'itsp' by address 192.0.2.10:5060 " +
			"(sip.conf:20)\nno credentials are asked for: insecure=invite (sip.conf:23)\nthe call goes to extension '4711' in context " +
			"'from-itsp' (sip.conf:24)\n",
		"invite from=x source=198.51.100.1:5060 to=1": "no user or friend is named 'x'\nno peer has the address 198.51.100.1:5060\n" +
			"it is unknown, challenged all the same (alwaysauthreject) (sip.conf:4), and refused with 403 in the end\n",
		"invite from=1001 source=10.9.9.9 to=99": "it is '1001' by name '1001' (sip.conf:16)\nthe credentials of '1001' are " +
			"asked for (401) (sip.conf:17)\nthe call is refused with 404: extension '99' is not in context 'inside' (sip.conf:13)\n",
		"register from=1001 source=10.9.9.9": "'1001' (sip.conf:16) is asked for its credentials (401) (sip.conf:17), and " +
			"registered when they are right\n",
		"register from=itsp source=10.9.9.9": "'itsp' has host=192.0.2.10 (sip.conf:22) and may not register: only " +
			"host=dynamic may\n",
		"register from=1011 source=10.9.9.9": "no peer or friend is named '1011' (did you mean '1001'?): it is refused, " +
			"after a challenge that looks like any other (alwaysauthreject)\n",
		"register from=1001 source=10.9.9.9:5060 transport=tcp": "'1001' may not use TCP (sip.conf:16): it is refused with 403\n",
		"register from=1001 source=nonsense": "'nonsense' is not an address\nCommand 'sip explain register from=1001 " +
			"source=nonsense' failed.\n",
		"invite from=1001": "Usage: sip explain invite|register from=<user> source=<address:port> [to=<number>] [transport=<name>]\n" +
			"       What would become of it.\n",
	} {
		var b bytes.Buffer
		w.sys.Console().Run(&b, "sip explain "+line)
		if b.String() != want {
			t.Errorf("%s:\n%swant\n%s", line, b.String(), want)
		}
	}
}
