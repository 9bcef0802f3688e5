package sipconf

// completionOptions are the options of call completion and call-limit.
func completionOptions() []*Option {
	return []*Option{
		{Name: "cc_agent_policy", scope: inPeer, Help: "how the endpoint may ask to be called back when whom it called is free: never, or " +
			"generic, by CallCompletionRequest; native, by SIP, is as never", set: setCompletion},
		{Name: "cc_monitor_policy", scope: inPeer, Help: "how it is watched for that: never, or generic and always, by the state of the " +
			"device; native is as never", set: setCompletion},
		{Name: "cc_offer_timer", scope: inPeer, Help: "seconds after a call in which it may ask, 20", set: setCompletion},
		{Name: "ccnr_available_timer", scope: inPeer, Help: "seconds that it is waited for when it did not reply, 7200", set: setCompletion},
		{Name: "ccbs_available_timer", scope: inPeer, Help: "the same when it was busy, 4800", set: setCompletion},
		{Name: "cc_recall_timer", scope: inPeer, Help: "seconds that it rings when it is called back, 20", set: setCompletion},
		{Name: "cc_max_agents", scope: inPeer, Help: "what it may have asked for at a time; 0 for nothing, and never more than one",
			set: setCompletion},
		{Name: "cc_max_monitors", scope: inPeer, Help: "how many may wait for it at a time, 5", set: setCompletion},
		{Name: "cc_callback_macro", scope: inPeer, Help: "macro that runs at the caller when he answers the call back", set: setCompletion},
		{Name: "cc_callback_sub", scope: inPeer, Help: "subroutine that does: [[context,]extension,]priority", set: setCompletion},
		{Name: "cc_agent_dialstring", scope: inPeer, Help: "technology/resource by which it is called back, in place of its own",
			set: setCompletion},
		{Name: "call-limit", scope: inPeer, Help: "calls that the endpoint may have at a time, in and out together; 0: no limit",
			set: setCallLimit},
	}
}
