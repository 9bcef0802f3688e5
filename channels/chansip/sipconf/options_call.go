package sipconf

import (
	"strings"
	"time"

	"obelisk/internal/auth"
	"obelisk/pbx"
)

// callOptions are the options of what a phone may do, and of what is told and done in a call.
func callOptions() []*Option {
	return []*Option{
		// Features.
		{Name: "allowtransfer", scope: inBoth, Help: "let the endpoint transfer calls (REFER)",
			set: endpointBool(func(e *Endpoint) *bool { return &e.AllowTransfer })},
		{Name: "parkinglot", scope: inBoth, Help: "the lot of res_parking.conf in which the endpoint's calls are parked; CHANNEL(parkinglot) " +
			"reads and changes it", set: func(r *optionReader, v string) { r.e.ParkingLot = v }},
		{Name: "allowoverlap", scope: inBoth, Help: "yes, no, dtmf: 484 for incomplete numbers", set: setOverlap},
		{Name: "setvar", scope: inPeer, Help: "NAME=value on every channel", set: setVar},
		{Name: "accountcode", scope: inPeer, Help: "account of call records", set: func(r *optionReader, v string) { r.p.AccountCode = v }},
		{Name: "maxforwards", scope: inBoth, Help: "Max-Forwards of requests", set: setMaxForwards},
		{Name: "timert1", scope: inBoth, Help: "T1 in milliseconds; of a peer below 200 is t1min", set: setT1},
		{Name: "timerb", scope: inBoth, Help: "milliseconds after which a request that nobody answers is given up; without timert1 T1 follows " +
			"it; [general] takes it without effect, as chan_sip does", set: setTimerB},
		{Name: "discard_remote_hold_retrieval", scope: inBoth, Help: "nobody is told, and nobody hears music, when the endpoint holds a call",
			set: endpointBool(func(e *Endpoint) *bool { return &e.DiscardHold })},
		{Name: "recordonfeature", scope: inBoth, Help: "feature of features.conf that INFO with Record: on presses; without one-touch " +
			"recording it is refused with 403 and a line in the log, which an empty value spares",
			set: func(r *optionReader, v string) { r.e.RecordOn = v }},
		{Name: "recordofffeature", scope: inBoth, Help: "the same with Record: off", set: func(r *optionReader, v string) { r.e.RecordOff = v }},
		// Calls.
		{Name: "sipdebug", scope: inGeneral, Help: "log every message", set: generalBool(func(g *General) *bool { return &g.Debug })},
		{Name: "trustrpid", scope: inBoth, Help: "believe Remote-Party-ID and P-Asserted-Identity",
			set: endpointBool(func(e *Endpoint) *bool { return &e.TrustRPID })},
		{Name: "sendrpid", scope: inBoth, Help: "no, yes or rpid (Remote-Party-ID), pai (P-Asserted-Identity): who is at the other end: who " +
			"calls, who was called, and who it is after a transfer", set: setSendRPID},
		{Name: "rpid_update", scope: inBoth, Help: "tell an endpoint that rings already who calls now, by UPDATE",
			set: endpointBool(func(e *Endpoint) *bool { return &e.RPIDUpdate })},
		{Name: "rpid_immediate", scope: inBoth, Help: "tell a caller at once who is being called now, by a further 180 or 183",
			set: endpointBool(func(e *Endpoint) *bool { return &e.RPIDImmediate })},
		{Name: "trust_id_outbound", scope: inBoth, Help: "what P-Asserted-Identity says of callers who want to be private: legacy " +
			"(Anonymous), yes (the truth, with Privacy: id), no (nothing)", set: setTrustOut},
		{Name: "directmedia", Aliases: []string{"canreinvite"}, scope: inBoth, Help: "yes, nonat, update, outgoing: endpoints send media to " +
			"each other where nothing needs it here; no, and without a line: it runs through the switchboard", set: setDirect},
		{Name: "directrtpsetup", scope: inGeneral, Help: "with directmedia the first offer and answer of a call to one destination name the " +
			"other far side already", set: generalBool(func(g *General) *bool { return &g.DirectSetup })},
		{Name: "directmediapermit", scope: inPeer, Help: "network that the endpoint may send media to", set: setDirectACL(true)},
		{Name: "directmediadeny", scope: inPeer, Help: "network that it may not", set: setDirectACL(false)},
		{Name: "directmediaacl", scope: inPeer, Help: "lists of acl.conf that must allow the address",
			set: setNamed(func(r *optionReader) *auth.Access { return &r.rare().DirectACL })},
		{Name: "session-timers", scope: inBoth, Help: "accept, originate or refuse (RFC 4028)", set: setSessionTimers},
		{Name: "session-expires", scope: inBoth, Help: "seconds of a session interval that we offer or accept",
			set: setSessionSeconds(func(e *Endpoint) *int { return &e.SessionExpires })},
		{Name: "session-minse", scope: inBoth, Help: "shortest session interval accepted, 90 or more",
			set: setSessionSeconds(func(e *Endpoint) *int { return &e.MinSE })},
		{Name: "session-refresher", scope: inBoth, Help: "uas or uac, where the far side names none", set: setRefresher},
		{Name: "callcounter", scope: inBoth, Help: "show calls in the state of the device", set: setCallCounter},
		{Name: "busylevel", scope: inPeer, Help: "calls from which on the device counts as busy", set: setBusyLevel},
		{Name: "use_q850_reason", scope: inBoth, Help: "tell causes in Reason headers, and believe those that come",
			set: endpointBool(func(e *Endpoint) *bool { return &e.Q850 })},
		{Name: "header", scope: inPeer, Help: "header added to INVITEs: Name: value",
			set: func(r *optionReader, v string) { r.rare().Headers = append(r.rare().Headers, v) }},
		{Name: "callingpres", scope: inPeer, Help: "presentation of the endpoint's calls: allowed..., prohib..., unavailable or a number",
			set: setCallingPres},
		{Name: "pedantic", scope: inGeneral, Help: "no: a request with tags that no dialog has belongs to the dialog of its Call-ID",
			set: generalBool(func(g *General) *bool { return &g.Pedantic })},
		{Name: "send_diversion", scope: inGeneral, Help: "tell who sent a call elsewhere",
			set: generalBool(func(g *General) *bool { return &g.SendDiversion })},
		{Name: "callgroup", scope: inPeer, Help: "groups that the endpoint rings in: 0 to 63, lists and ranges",
			set: setGroup(func(g *pbx.Groups) *uint64 { return &g.Call })},
		{Name: "pickupgroup", scope: inPeer, Help: "groups whose ringing calls it may pick up",
			set: setGroup(func(g *pbx.Groups) *uint64 { return &g.Pickup })},
		{Name: "namedcallgroup", scope: inPeer, Help: "the same by names",
			set: setNamedGroup(func(g *pbx.Groups) *[]string { return &g.NamedCall })},
		{Name: "namedpickupgroup", scope: inPeer, Help: "the same by names",
			set: setNamedGroup(func(g *pbx.Groups) *[]string { return &g.NamedPickup })},
		{Name: "keepalive", scope: inBoth, Help: "yes, no or seconds: an empty line is sent that often, for NAT on the way", set: setKeepAlive},
		{Name: "qualifygap", scope: inGeneral, Help: "milliseconds between the first checks of peers",
			set: setMilliseconds(func(g *General) *time.Duration { return &g.QualifyGap })},
		{Name: "qualifypeers", scope: inGeneral, Help: "peers that are checked at a time then", set: setQualifyPeers},
		{Name: "useclientcode", scope: inBoth, Help: "take account codes that the phone sends in a call (INFO with X-ClientCode) as " +
			"userfield of the call record", set: endpointBool(func(e *Endpoint) *bool { return &e.ClientCode })},
		{Name: "amaflags", scope: inPeer, Help: "default, omit, billing, documentation: in call records", set: setAMAFlags},
		{Name: "ignore_requested_pref", scope: inPeer, Help: "offer in our own order, not the caller's codec first",
			set: func(r *optionReader, v string) { r.rare().OwnOrder = r.truth(v) }},
		{Name: "avpf", scope: inPeer, Help: "offer RTP/AVPF, as browsers want",
			set: func(r *optionReader, v string) { r.rare().AVPF = r.truth(v) }},
		{Name: "hasvoicemail", scope: inPeer, Help: "the mailbox is the section's name, where none is named", set: setHasVoicemail},
		{Name: "auth_options_requests", scope: inGeneral, Help: "ask for credentials for OPTIONS",
			set: generalBool(func(g *General) *bool { return &g.AuthOptions })},
		{Name: "domainsasrealm", scope: inGeneral, Help: "the digest realm is the domain of From, or of To, where that is ours",
			set: generalBool(func(g *General) *bool { return &g.DomainsAsRealm })},
		{Name: "dynamic_exclude_static", Aliases: []string{"dynamic_excludes_static"}, scope: inGeneral,
			Help: "no phone may register with the address of a static host", set: generalBool(func(g *General) *bool { return &g.ExcludeStatic })},
		{Name: "matchexternaddrlocally", Aliases: []string{"matchexterniplocally"}, scope: inGeneral,
			Help: "advertise externaddr only where our own address is in localnet",
			set:  generalBool(func(g *General) *bool { return &g.MatchExternLocal })},
		{Name: "refer_addheaders", scope: inGeneral, Help: "headers of SIPAddHeader are in REFER too",
			set: generalBool(func(g *General) *bool { return &g.ReferHeaders })},
		{Name: "compactheaders", scope: inGeneral, Help: "write headers in their short forms",
			set: generalBool(func(g *General) *bool { return &g.Compact })},
		{Name: "prematuremedia", scope: inGeneral, Help: "yes: what is played to a caller without an answer is not heard before Progress(); " +
			"no: it sends 183 first", set: generalBool(func(g *General) *bool { return &g.PrematureFilter })},
		{Name: "disallowed_methods", scope: inBoth, Help: "methods never sent to the endpoint: UPDATE, MESSAGE",
			set: func(r *optionReader, v string) { r.e.NoMethods = strings.ToUpper(v) }},
		{Name: "100rel", scope: inBoth, extension: true, Help: "reliable provisional answers (PRACK): no, refused as by chan_sip; accept, " +
			"where a caller requires them; yes, offered to callees too", set: setRel},
		{Name: "supportpath", scope: inBoth, Help: "keep Path of REGISTER (RFC 3327): requests to the phone go by it",
			set: endpointBool(func(e *Endpoint) *bool { return &e.SupportPath })},
	}
}
