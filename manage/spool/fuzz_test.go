package spool

import "testing"

// Any call file is read or refused; what is read can be called.
func FuzzParse(f *testing.F) {
	f.Add("Channel: SIP/1\nApplication: Wait\nData: 1\nSet: A=b\nMaxRetries: 2\nStartRetry: 1 1 (1)\n")
	f.Add("Channel: Local/1@x/n\nContext: a\nExtension: 1\nPriority: 1\nWaitTime: x\n")
	f.Fuzz(func(t *testing.T, text string) {
		c, _, err := parse(text)
		if err == nil && (c.call.Tech == "" || c.call.Resource == "" || c.call.At.Priority < 1) {
			t.Errorf("%q: %+v", text, c)
		}
	})
}
