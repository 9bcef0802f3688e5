package sipconf

import "time"

// presenceOptions are the options of messages, presence and mailboxes.
func presenceOptions() []*Option {
	return []*Option{
		// Messages.
		{Name: "accept_outofcall_message", scope: inGeneral, Help: "take MESSAGE outside calls",
			set: generalBool(func(g *General) *bool { return &g.AcceptMessage })},
		{Name: "auth_message_requests", scope: inGeneral, Help: "ask for credentials for it",
			set: generalBool(func(g *General) *bool { return &g.AuthMessage })},
		{Name: "outofcall_message_context", scope: inBoth, Help: "context that works it; the usual one otherwise",
			set: func(r *optionReader, v string) { r.e.MessageIn = v }},
		// Presence.
		{Name: "allowsubscribe", scope: inBoth, Help: "take subscriptions to hints",
			set: endpointBool(func(e *Endpoint) *bool { return &e.AllowSubscribe })},
		{Name: "subscribecontext", scope: inBoth, Help: "context of the hints that endpoints subscribe to; strangers see those of context=",
			set: func(r *optionReader, v string) { r.e.SubscribeIn = v }},
		{Name: "submaxexpiry", Aliases: []string{"submaxexpirey"}, scope: inGeneral, Help: "longest subscription, seconds",
			set: setExpiry(func(g *General) *time.Duration { return &g.SubMaxExpiry })},
		{Name: "subminexpiry", Aliases: []string{"subminexpirey"}, scope: inGeneral, Help: "shortest subscription, seconds",
			set: setExpiry(func(g *General) *time.Duration { return &g.SubMinExpiry })},
		{Name: "notifyringing", scope: inGeneral, Help: "show ringing to subscribers: yes, no, notinuse",
			set: func(r *optionReader, v string) { r.g.NotifyRinging = word3(r, v, "notinuse") }},
		{Name: "notifyhold", scope: inGeneral, Help: "show calls on hold to subscribers",
			set: generalBool(func(g *General) *bool { return &g.NotifyHold })},
		{Name: "notifycid", scope: inGeneral, Help: "show the caller to subscribers, and let them pick the call up: yes, no, ignore-context",
			set: func(r *optionReader, v string) { r.g.NotifyCID = word3(r, v, "ignore-context") }},
		{Name: "mailbox", scope: inPeer, Help: "mailboxes whose messages are told to the phone: box[@context],...", set: setMailbox},
		{Name: "subscribemwi", scope: inPeer, Help: "tell of messages in a subscription only",
			set: func(r *optionReader, v string) { r.rare().SubscribeMWI = r.truth(v) }},
		{Name: "unsolicited_mailbox", scope: inPeer, Help: "mailbox that takes what the endpoint tells of messages",
			set: func(r *optionReader, v string) { r.rare().UnsolicitedBox = mailboxName(v) }},
		{Name: "mwi", scope: inGeneral, Help: "user[:secret[:authuser]]@host[:port]/mailbox: subscribe to messages there; they are in " +
			"mailbox@SIP_Remote", set: setMWI},
		{Name: "mwiexpiry", Aliases: []string{"mwiexpirey"}, scope: inGeneral, Help: "seconds of such a subscription",
			set: setExpiry(func(g *General) *time.Duration { return &g.MWIExpiry })},
		{Name: "vmexten", scope: inBoth, Help: "number in Message-Account", set: func(r *optionReader, v string) { r.e.VMExten = v }},
		{Name: "storesipcause", scope: inGeneral, Help: "what a dialled channel was answered is in the table SIP_CAUSE as well: " +
			"HASH(SIP_CAUSE,channel); HANGUPCAUSE is for new dialplans", set: generalBool(func(g *General) *bool { return &g.StoreSIPCause })},
		{Name: "mwi_from", scope: inBoth, Help: "user in From of message notifications",
			set: func(r *optionReader, v string) { r.e.MWIFrom = v }},
		{Name: "buggymwi", scope: inBoth, Help: "leave the urgent messages out",
			set: endpointBool(func(e *Endpoint) *bool { return &e.BuggyMWI })},
		{Name: "notifymimetype", scope: inGeneral, Help: "type of message notifications",
			set: func(r *optionReader, v string) { r.g.NotifyType = v }},
	}
}
