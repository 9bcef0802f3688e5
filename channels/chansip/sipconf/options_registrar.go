package sipconf

import "time"

// registrarOptions are the options of endpoints in tables, registrations and qualify.
func registrarOptions() []*Option {
	return []*Option{
		// Realtime: endpoints in tables.
		{Name: "rtcachefriends", scope: inGeneral, Help: "keep endpoints that were read from the table sippeers, until sip prune realtime",
			set: generalBool(func(g *General) *bool { return &g.RTCache })},
		{Name: "rtupdate", scope: inGeneral, Help: "write into the table where phones are",
			set: generalBool(func(g *General) *bool { return &g.RTUpdate })},
		{Name: "rtsavesysname", scope: inGeneral, Help: "write our system name beside it",
			set: generalBool(func(g *General) *bool { return &g.RTSysName })},
		{Name: "rtsavepath", scope: inGeneral, Help: "write the Path of registrations beside it",
			set: generalBool(func(g *General) *bool { return &g.RTSavePath })},
		{Name: "rtautoclear", scope: inGeneral, Help: "with rtcachefriends: forget endpoints whose registration has run out, or that nobody " +
			"has asked for in so many seconds; no: never", set: setAutoClear},
		{Name: "ignoreregexpire", scope: inGeneral, Help: "believe the table's registrations after their time",
			set: generalBool(func(g *General) *bool { return &g.IgnoreRegExpire })},
		// Registration and qualify.
		{Name: "max_contacts", scope: inBoth, extension: true, Help: "phones that may be registered at a time; all of them ring",
			set: setMaxContacts},
		{Name: "contact_policy", scope: inBoth, extension: true, Help: "what becomes of one more: replace, the oldest goes; refuse, with " +
			"403; refuse_other_address, 403 Occupied for a second address, while from the same one the oldest goes", set: setContactPolicy},
		{Name: "maxexpiry", Aliases: []string{"maxexpirey"}, scope: inGeneral, Help: "longest registration, seconds",
			set: setExpiry(func(g *General) *time.Duration { return &g.MaxExpiry })},
		{Name: "minexpiry", Aliases: []string{"minexpirey"}, scope: inGeneral, Help: "shortest registration, seconds",
			set: setExpiry(func(g *General) *time.Duration { return &g.MinExpiry })},
		{Name: "defaultexpiry", Aliases: []string{"defaultexpirey"}, scope: inGeneral, Help: "registration without an expiry, and our own",
			set: setExpiry(func(g *General) *time.Duration { return &g.DefaultExpiry })},
		{Name: "autocreatepeer", scope: inGeneral, Help: "who registers by a name that is no account becomes a peer with the options of " +
			"[general], without a password: anybody can, so only where nobody else reaches the port; no, yes (until a reload), persist",
			set: setAutoCreate},
		{Name: "autocreate_limit", scope: inGeneral, extension: true, Help: "such peers at a time; 0 for no limit",
			set: setNumber(func(g *General) *int { return &g.AutoCreateLimit })},
		{Name: "regcontext", scope: inGeneral, Help: "context where registered phones become extensions, with NoOp as priority 1; several " +
			"with &, of which the first is that of a regexten without @", set: setRegContext},
		{Name: "regexten", scope: inPeer, Help: "such extensions of the phone in place of its name: extension[@context]&...",
			set: func(r *optionReader, v string) { r.rare().RegExten = v }},
		{Name: "regextenonqualify", scope: inGeneral, Help: "they go while the phone does not answer (qualify), too",
			set: generalBool(func(g *General) *bool { return &g.RegOnQualify })},
		{Name: "register", scope: inGeneral, Help: "outbound registration", set: setRegister},
		{Name: "registertimeout", scope: inGeneral, Help: "retry interval of outbound registrations, seconds",
			set: setExpiry(func(g *General) *time.Duration { return &g.RegisterTimeout })},
		{Name: "registerattempts", scope: inGeneral, Help: "tries before giving up, 0 for ever", set: setAttempts},
		{Name: "register_retry_403", scope: inGeneral, Help: "go on after 403", set: generalBool(func(g *General) *bool { return &g.Retry403 })},
		{Name: "qualify", scope: inBoth, Help: "yes, no or milliseconds", set: setQualify},
		{Name: "qualifyfreq", scope: inBoth, Help: "seconds between checks", set: setQualifyFreq},
	}
}
