package boot

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A rehearsal reaches nothing outside: no program is run, no server is asked, no file is written. Tests say
// what they would have done.
func TestNothingLeavesARehearsal(t *testing.T) {
	dir := t.TempDir()
	ran := filepath.Join(dir, "ran")
	rehearsesWell(t, dir, map[string]string{
		"asterisk.conf": "[directories]\nastspooldir => " + dir + "/spool\nastagidir => " + dir + "\n",
		"x.agi":         "#!/bin/sh\ntouch " + ran + "\n",
		"extensions.conf": strings.ReplaceAll(`[in]
exten => 1,1,Answer()
 same => n,AGI(x.agi,one)
 same => n,NoOp(agi ${AGISTATUS} ${NAME})
 same => n,AGI(agi://192.0.2.1/x)
 same => n,NoOp(fast ${AGISTATUS})
 same => n,System(touch RAN)
 same => n,NoOp(system ${SYSTEMSTATUS})
 same => n,TrySystem(touch RAN again)
 same => n,NoOp(shell ${SHELL(touch RAN)} curl ${CURL(http://192.0.2.1/x)})
 same => n,Set(FILE(RAN)=x)
 same => n,MixMonitor(a.wav,,touch RAN mix)
 same => n,Wait(2)
 same => n,StopMixMonitor()
 same => n,Wait(1)
 same => n,Hangup()
`, "RAN", ran),
		"a.test": strings.ReplaceAll(`[as usual]
dial = 1@in
expect program = x.agi one
expect step = NoOp(agi SUCCESS )
expect program = agi://192.0.2.1/x
expect step = NoOp(fast SUCCESS)
expect program = touch RAN
expect step = NoOp(system SUCCESS)
expect program = http://192.0.2.1/x
expect program = touch RAN mix
expect no program = rm*

[they fail, or say something]
dial = 1@in
program x.agi* = prints SET VARIABLE NAME Bob | VERBOSE "hi there" 1
program agi://* = status 1
program touch*again = status 127
program touch* = status 2, prints 12, 13
program http* = prints 5
expect step = NoOp(agi SUCCESS Bob)
expect step = NoOp(fast FAILURE)
expect step = NoOp(system APPERROR)
expect step = NoOp(shell 12, 13* curl 5)
`, "RAN", ran),
	})
	if _, err := os.Stat(ran); err == nil {
		t.Error("something was run, or written")
	}
}
