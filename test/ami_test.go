package test

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"
)

// clientScript uses a client of the manager interface that others wrote.
const clientScript = `use Telephony::Asterisk::AMI;
my $ami = Telephony::Asterisk::AMI->new(Host => '127.0.0.1', Port => %d, Username => 'admin', Secret => '%s');
unless ($ami->connect) { print "refused: ", $ami->error, "\n"; exit 0 }
my $r = $ami->action({Action => 'Originate', Channel => 'Local/600@q/n', Application => 'Wait', Data => '1'});
print "$r->{Response}: $r->{Message}\n";
$r = $ami->action({Action => 'Command', Command => 'core show calls'});
print "$r->{Response}: ", join('|', @{$r->{Output}}), "\n";
$r = $ami->action({Action => 'Getvar', Variable => 'LEN(abcd)'});
print "$r->{Variable} is $r->{Value}\n";
$ami->disconnect;
`

// A program in Perl logs in, begins a call and asks for it; with a wrong secret it is
// refused.
func TestManagerClient(t *testing.T) {
	alongside(t, &peersLane)
	perl := tool(t, "perl")
	if exec.Command(perl, "-MTelephony::Asterisk::AMI", "-e", "1").Run() != nil {
		t.Skip("libtelephony-asterisk-ami-perl is not installed")
	}
	const port = 5938
	started(t, "none", map[string]string{"extensions.conf": "[q]\nexten => 600,1,Answer()\nsame => n,Wait(2)\n",
		"sip.conf":     fmt.Sprintf("[general]\nudpbindaddr=127.0.0.1:%d\n", obeliskPort),
		"manager.conf": fmt.Sprintf("[general]\nenabled=yes\nbindaddr=127.0.0.1\nport=%d\n[admin]\nsecret=good\nread=all\nwrite=all\n", port)})
	run := func(secret string) string {
		out, err := exec.Command(perl, "-e", fmt.Sprintf(clientScript, port, secret)).CombinedOutput()
		if err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		return string(out)
	}
	got := run("good")
	for _, want := range []string{"Success: Originate successfully queued\n", "Success: 1 active call|", "LEN(abcd) is 4\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if got := run("bad"); !strings.HasPrefix(got, "refused: ") {
		t.Errorf("with a wrong secret: %s", got)
	}
}
