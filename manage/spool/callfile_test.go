package spool

import (
	"testing"
	"time"
)

// What is written wrongly leaves the default, and a file that names nothing to reach is refused.
func TestParse(t *testing.T) {
	f, notes, err := parse("# a remark\nChannel: Local/1@x ; here\nApplication: Wait\\;\nData: 1#2 #3\nMaxRetries: x\nRetryTime: 0\nWaitTime: 7 s\nPriority: none\nSet: A=b=c\nSet: B\nnonsense\n Context: y\nEndRetry: 1\nRetry: 1\n")
	if err != nil {
		t.Fatal(err)
	}
	c := f.call
	if c.Tech != "Local" || c.Resource != "1@x" || c.App != "Wait;" || c.Data != "1#2" || f.maxRetries != 0 || f.retryTime != 300*time.Second || c.Timeout != 7*time.Second || c.At.Priority != 1 || c.At.Context != "default" || f.tries != 1 {
		t.Errorf("%+v", f)
	}
	if len(c.Vars) != 2 || c.Vars[0] != [2]string{"A", "b=c"} || c.Vars[1] != [2]string{"AST_OUTGOING_ATTEMPT", "2"} || len(notes) != 6 {
		t.Errorf("%q %q", c.Vars, notes)
	}
	for _, bad := range []string{"", "Channel: Local/1@x\n", "Application: Wait\n", "Channel: Local\nApplication: Wait\n", "Channel: Local/\nExtension: 1\n", "Channel: Local/1@x\nContext: a\n", "Channel: Local/1@x\n Application: Wait\n"} {
		if _, _, err := parse(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}
