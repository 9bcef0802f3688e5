package pbx

import "testing"

// Every option of call completion can be set and read; what cannot be used changes nothing,
// but a wrong policy reads as never.
func TestCompletionOptions(t *testing.T) {
	for _, c := range []struct{ name, value, want, says string }{
		{"cc_agent_policy", "generic", "generic", ""},
		{"cc_agent_policy", "always", "never", "always is an invalid value for cc_agent_policy. Switching to 'never'"},
		{"cc_monitor_policy", "Always", "always", ""},
		{"cc_monitor_policy", "", "never", " is an invalid value for cc_monitor_policy. Switching to 'never'"},
		{"cc_offer_timer", "7", "7", ""},
		{"cc_offer_timer", "0", "20", "0 is an invalid value for cc_offer_timer. Retaining value as 20"},
		{"ccnr_available_timer", "x", "7200", "'x' is no number for ccnr_available_timer"},
		{"ccbs_available_timer", "-1", "4800", "'-1' is no number for ccbs_available_timer"},
		{"CC_RECALL_TIMER", "30", "30", ""},
		{"cc_max_agents", "0", "0", ""},
		{"cc_max_monitors", "2", "2", ""},
		{"cc_callback_macro", "old", "old", ""},
		{"cc_callback_sub", "a,b,1", "a,b,1", ""},
		{"cc_agent_dialstring", "SIP/x", "SIP/x", ""},
	} {
		o := DefaultCompletion
		says := ""
		if err := o.Set(c.name, c.value); err != nil {
			says = err.Error()
		}
		if got, err := o.Get(c.name); got != c.want || says != c.says || err != nil {
			t.Errorf("%s=%s: %q, %q, %v", c.name, c.value, got, says, err)
		}
	}
	o := DefaultCompletion
	if _, err := o.Get("cc_nothing"); err == nil || o.Set("cc_nothing", "1") == nil || o != DefaultCompletion {
		t.Error("an unknown one was taken")
	}
	for _, name := range CompletionNames {
		if _, err := o.Get(name); err != nil {
			t.Error(err)
		}
	}
}
