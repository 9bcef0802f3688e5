package boot

import (
	"os"
	"path/filepath"
	"testing"
)

// A dialplan's mailboxes are rehearsed: messages are left and heard, no program is run, and
// nothing of the house's own spool is touched.
func TestMailboxesAreRehearsed(t *testing.T) {
	dir := t.TempDir()
	ran := filepath.Join(dir, "ran")
	rehearsesWell(t, dir, map[string]string{
		"asterisk.conf":   "[directories]\nastspooldir => " + dir + "/spool\n",
		"extensions.conf": "[in]\nexten => 1,1,VoiceMail(100,u)\nexten => 2,1,VoiceMailMain(100)\n",
		"voicemail.conf":  "[general]\nformat=wav\nmailcmd=touch " + ran + "\nexternnotify=touch " + ran + "\n[default]\n100 => 77,A,a@x\n",
		"a.test": `[leaves a message]
dial = 1@in
mailbox 100@default = 2 new
press = # after 12 s
expect prompt = vm-*
expect mailbox 100@default = 3 new*

[hangs up while it is recorded]
dial = 1@in
hangup = after 12 s
expect mailbox 100@default = 1 new*

[hears one]
dial = 2@in
mailbox 100@default = 2 new, 1 old
press = 77# after 1 s
press = 1 after 8 s
press = # after 20 s
expect prompt = vm-goodbye
expect mailbox 100@default = 1 new, 2 old
`,
	})
	for _, name := range []string{ran, dir + "/spool"} {
		if _, err := os.Stat(name); err == nil {
			t.Errorf("there is %s", name)
		}
	}
}
