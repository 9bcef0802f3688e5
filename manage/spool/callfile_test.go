package spool

import (
	"testing"
	"time"
)

// What is written wrongly leaves the default, and a file that names nothing to reach is refused.
func TestParse(t *testing.T) {
	f, notes, err := parse("# a remark\nChannel: Local/1@x ; here\nApplication: Wait\\;\nData: 1#2 #3\nMaxRetries: x\nRetryTime: 0\n" +
		"WaitTime: 7 s\nPriority: none\nSet: A=b=c\nSet: B\nnonsense\n Context: y\nEndRetry: 1\nRetry: 1\n")
	if err != nil {
		t.Fatal(err)
	}
	c := f.call
	if c.Tech != "Local" || c.Resource != "1@x" || c.App != "Wait;" || c.Data != "1#2" || f.maxRetries != 0 ||
		f.retryTime != 300*time.Second || c.Timeout != 7*time.Second || c.At.Priority != 1 || c.At.Context != "default" || f.tries != 2 {
		t.Errorf("%+v", f)
	}
	if len(c.Vars) != 2 || c.Vars[0] != [2]string{"A", "b=c"} || c.Vars[1] != [2]string{"AST_OUTGOING_ATTEMPT", "3"} || len(notes) != 6 {
		t.Errorf("%q %q", c.Vars, notes)
	}
	for _, bad := range []string{"", "Channel: Local/1@x\n", "Application: Wait\n", "Channel: Local\nApplication: Wait\n",
		"Channel: Local/\nExtension: 1\n", "Channel: Local/1@x\nContext: a\n", "Channel: Local/1@x\n Application: Wait\n"} {
		if _, _, err := parse(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

// A try counts when its end is written; one that was begun and not ended is open: the switchboard ended
// meanwhile.
func TestTriesOfACallFile(t *testing.T) {
	const file = "Channel: Local/1@x\nApplication: Wait\n"
	for lines, want := range map[string]struct {
		tries int
		open  bool
	}{
		"": {0, false}, "StartRetry: 9 1 (1)\n": {0, true}, "StartRetry: 9 1 (1)\n\nEndRetry: 9 1 (1)\n": {1, false},
		"StartRetry: 9 1 (1)\n\nAbortRetry: 8 1 (2)\n\nStartRetry: 8 1 (2)\n": {1, true}, "Retry: 9 1 (1)\n": {1, false},
		"DelayedRetry: 9 0 (1)\n": {0, false},
	} {
		if f, _, err := parse(file + lines); err != nil || f.tries != want.tries || f.open != want.open {
			t.Errorf("%q: %v, %d tries, open %v", lines, err, f.tries, f.open)
		}
	}
}
