package sipconf

import (
	"crypto/tls"
	"strings"
	"time"

	"obelisk/internal/auth"
	"obelisk/internal/config"
	"obelisk/internal/rawnet"
	"obelisk/internal/sipstack"
	"obelisk/pbx"
)

// scope of an option.
type scope uint8

const (
	inGeneral scope = 1 << iota
	inPeer
	inBoth = inGeneral | inPeer
)

// status of an option.
type status uint8

const (
	done    status = iota // in effect
	ignored               // accepted, without meaning here; nothing is lost
)

// Option describes one option of sip.conf. The table drives the reader, the
// check and the documentation.
type Option struct {
	Name    string
	Aliases []string
	scope   scope
	status  status
	Help    string
	// extension: chan_sip does not have it.
	extension bool
	set       func(r *optionReader, value string) // nil unless done
	empty     func(r *optionReader)               // what an empty value does; nil: what set does with it
}

// Where names the sections an option is read in.
func (o *Option) Where() string {
	switch o.scope {
	case inGeneral:
		return "general"
	case inPeer:
		return "peer"
	}
	return "general, peer"
}

// Status in words: "in effect" or "accepted".
func (o *Option) Status() string {
	return [...]string{done: "in effect", ignored: "accepted"}[o.status]
}

// Extension says that the option is ours: chan_sip does not know it.
func (o *Option) Extension() bool { return o.extension }

// Options returns the table.
func Options() []*Option { return optionTable }

var optionTable = buildOptions()

// optionIndex finds an option by name or alias, lower case.
var optionIndex = func() map[string]*Option {
	m := map[string]*Option{}
	for _, o := range optionTable {
		m[o.Name] = o
		for _, a := range o.Aliases {
			m[a] = o
		}
	}
	return m
}()

// PeerOption says whether an option may stand in the section of an endpoint.
func PeerOption(name string) bool {
	o := optionIndex[strings.ToLower(name)]
	return o != nil && o.scope&inPeer != 0
}

func optionNames() []string {
	var out []string
	for _, o := range optionTable {
		out = append(append(out, o.Name), o.Aliases...)
	}
	return out
}

// byHeart are names that people write from memory of other programs, and what they mean.
var byHeart = map[string]string{
	"password": "secret", "passwd": "secret", "pass": "secret", "pwd": "secret", "auth_password": "secret", "authpassword": "secret",
	"dtmf": "dtmfmode", "dtmf_mode": "dtmfmode", "codec": "allow", "codecs": "allow", "disallowed": "disallow", "ip": "host",
	"address": "host", "server": "host", "user": "defaultuser", "login": "defaultuser", "auth_user": "defaultuser", "authuser": "defaultuser",
	"from_user": "fromuser", "from_domain": "fromdomain", "outbound_proxy": "outboundproxy", "proxy": "outboundproxy", "cid": "callerid",
	"caller_id": "callerid", "mailboxes": "mailbox", "vm": "mailbox", "voicemail": "mailbox", "pickup_group": "pickupgroup",
	"call_group": "callgroup", "direct_media": "directmedia", "rtp_timeout": "rtptimeout", "media_encryption": "encryption",
	"max_calls": "call-limit", "calllimit": "call-limit", "call_limit": "call-limit", "external_ip": "externaddr", "local_net": "localnet",
	"extern_ip": "externaddr", "bind": "udpbindaddr", "bind_addr": "udpbindaddr", "lang": "language", "moh_suggest": "mohsuggest",
	// Names of old versions.
	"tos": "tos_sip", "tos_rtp": "tos_audio", "disable": "disallow", "enable": "allow", "transfer": "allowtransfer", "authid": "defaultuser",
	"authname": "defaultuser", "musiconhold": "mohinterpret", "musicclass": "mohinterpret", "incominglimit": "call-limit",
	"outgoinglimit": "call-limit", "limitonpeer": "callcounter", "limitonpeers": "callcounter",
	"allowexternalinvites": "allowexternaldomains", "jitterbuffer": "jbenable", "reinvite": "directmedia", "can_reinvite": "directmedia",
	"insecure_invite": "insecure", "qualify_freq": "qualifyfreq", "qualifyfrequency": "qualifyfreq", "video": "videosupport",
	"localmask": "localnet", "mask": "permit", "bind_port": "bindport", "registerexpiry": "defaultexpiry", "expiry": "defaultexpiry",
	"max_expiry": "maxexpiry", "min_expiry": "minexpiry", "srv_lookup": "srvlookup", "account": "accountcode", "srtp": "encryption",
	"rtpencryption": "encryption", "callwaiting": "call-limit", "maxcalls": "call-limit", "dialcontext": "context", "incontext": "context",
	"hint_context": "subscribecontext", "blf_context": "subscribecontext",
}

// likeOption is the end of a message about an unknown option.
func likeOption(name string) string {
	lower := strings.ToLower(name)
	if meant := byHeart[lower]; meant != "" {
		return " (did you mean '" + meant + "'?)"
	}
	return config.DidYouMean(name, optionNames())
}

func buildOptions() []*Option {
	t := []*Option{
		// Listening and addresses.
		{Name: "udpbindaddr", Aliases: []string{"bindaddr"}, scope: inGeneral, Help: "address[:port] of the UDP socket", set: setBindAddr},
		{Name: "bindport", scope: inGeneral, Help: "port of the UDP socket", set: setBindPort},
		{Name: "tcpenable", scope: inGeneral, Help: "listen on TCP", set: func(r *optionReader, v string) { r.g.TCPEnable = r.notFalse(v) }},
		{Name: "tcpbindaddr", scope: inGeneral, Help: "address[:port] of the TCP listener", set: setTCPBind},
		{Name: "tcpauthtimeout", scope: inGeneral, Help: "seconds that a connection may take until a request of its is let in",
			set: setTCPAuthTimeout},
		{Name: "tcpauthlimit", scope: inGeneral, Help: "connections of which no request was let in yet, and as many of guests; with one more " +
			"the oldest is closed", set: setTCPAuthLimit},
		{Name: "tlsenable", Aliases: []string{"sslenable"}, scope: inGeneral, Help: "listen on TLS",
			set: func(r *optionReader, v string) { r.g.TLSEnable = r.notFalse(v) }},
		{Name: "tlsbindaddr", Aliases: []string{"sslbindaddr"}, scope: inGeneral, Help: "address[:port] of the TLS listener, port 5061",
			set: setTLSBind},
		{Name: "tlscertfile", Aliases: []string{"tlscert", "sslcert"}, scope: inGeneral,
			Help: "our certificate (PEM), shown to phones and to servers", set: setTLSText(func(t *TLSFiles) *string { return &t.Cert })},
		{Name: "tlsprivatekey", Aliases: []string{"sslprivatekey"}, scope: inGeneral, Help: "its key, where it is in a file of its own",
			set: setTLSText(func(t *TLSFiles) *string { return &t.Key })},
		{Name: "tlscafile", Aliases: []string{"sslcafile"}, scope: inGeneral, Help: "authorities of servers, beside the system's",
			set: setTLSText(func(t *TLSFiles) *string { return &t.CAFile })},
		{Name: "tlscapath", Aliases: []string{"tlscadir", "sslcapath", "sslcadir"}, scope: inGeneral, Help: "folder of authorities of servers",
			set: setTLSText(func(t *TLSFiles) *string { return &t.CAPath })},
		{Name: "tlscipher", Aliases: []string{"sslcipher"}, scope: inGeneral, Help: "cipher suites up to TLS 1.2, OpenSSL's names",
			set: setTLSText(func(t *TLSFiles) *string { return &t.Cipher })},
		{Name: "tlsverifyclient", Aliases: []string{"sslverifyclient"}, scope: inGeneral,
			Help: "who connects over TLS must show a certificate of one of the authorities of tlscafile or tlscapath, of which one is needed; " +
				"chan_sip had the option without effect", set: generalBool(func(g *General) *bool { return &g.TLS.VerifyClient })},
		{Name: "tlsdontverifyserver", Aliases: []string{"ssldontverifyserver"}, scope: inGeneral,
			Help: "do not check the certificates of servers", set: generalBool(func(g *General) *bool { return &g.TLS.DontVerify })},
		{Name: "tlsclientmethod", Aliases: []string{"sslclientmethod"}, scope: inGeneral, Help: "the version of TLS we offer to servers",
			set: setClientMethod},
		{Name: "tlsdisablev1", scope: inGeneral, Help: "no accepts TLS 1.0, which is off otherwise", set: setOldest(tls.VersionTLS10)},
		{Name: "tlsdisablev11", scope: inGeneral, Help: "no accepts TLS 1.1, which is off otherwise", set: setOldest(tls.VersionTLS11)},
		{Name: "tlsdisablev12", scope: inGeneral, Help: "yes leaves TLS 1.3 only", set: setOldest(tls.VersionTLS12)},
		{Name: "transport", scope: inBoth, Help: "allowed transports; the first is used for outbound", set: setTransport},
		{Name: "externaddr", Aliases: []string{"externip"}, scope: inGeneral, Help: "address advertised to targets outside localnet",
			set: setExternAddr},
		{Name: "externhost", scope: inGeneral, Help: "name whose address is advertised, as externaddr; looked up again in time",
			set: func(r *optionReader, v string) { r.g.ExternHost = v }},
		{Name: "externrefresh", scope: inGeneral, Help: "seconds after which externhost is looked up again",
			set: setExpiry(func(g *General) *time.Duration { return &g.ExternRefresh })},
		{Name: "autodomain", scope: inGeneral, Help: "our addresses and our name are local domains",
			set: generalBool(func(g *General) *bool { return &g.AutoDomain })},
		{Name: "externtcpport", scope: inGeneral, Help: "port advertised with externaddr over TCP",
			set: setExternPort(func(g *General) *uint16 { return &g.ExternTCPPort })},
		{Name: "externtlsport", scope: inGeneral, Help: "port advertised with externaddr over TLS",
			set: setExternPort(func(g *General) *uint16 { return &g.ExternTLSPort })},
		{Name: "localnet", scope: inGeneral, Help: "network that is never given externaddr", set: setLocalNet},
		{Name: "media_address", scope: inGeneral, Help: "address in c= lines", set: setMediaAddress},
		{Name: "rtpbindaddr", scope: inGeneral, Help: "address RTP sockets are bound to", set: setRTPBind},
		{Name: "nat", scope: inBoth, Help: "no, force_rport, comedia, auto_force_rport, auto_comedia", set: setNAT},
		{Name: "mediasource", scope: inBoth, extension: true, Help: "whose RTP is taken: told, of who is named by SDP, signalling, ICE or " +
			"SRTP, and where none of them can tell as with any; any, of hosts that nothing names too, once they have sent some packets in sequence",
			set: setMediaSource},
		{Name: "outboundproxy", scope: inBoth, Help: "next hop of all requests", set: func(r *optionReader, v string) { r.e.OutboundProxy = v }},
		{Name: "srvlookup", scope: inGeneral, Help: "ask DNS for SRV records of names without a port",
			set: generalBool(func(g *General) *bool { return &g.SrvLookup })},
		{Name: "tos_sip", scope: inGeneral, Help: "DSCP of SIP over UDP: a name or the byte",
			set: setTOS(func(g *General) *rawnet.Marks { return &g.SIPMarks })},
		{Name: "tos_audio", scope: inGeneral, Help: "DSCP of RTP", set: setTOS(func(g *General) *rawnet.Marks { return &g.AudioMarks })},
		{Name: "cos_sip", scope: inGeneral, Help: "802.1p priority of SIP over UDP, 0 to 7",
			set: setCOS(func(g *General) *rawnet.Marks { return &g.SIPMarks })},
		{Name: "cos_audio", scope: inGeneral, Help: "802.1p priority of RTP, 0 to 7",
			set: setCOS(func(g *General) *rawnet.Marks { return &g.AudioMarks })},
		{Name: "tos_video", scope: inGeneral, Help: "DSCP of video", set: setTOS(func(g *General) *rawnet.Marks { return &g.VideoMarks })},
		{Name: "tos_text", scope: inGeneral, Help: "DSCP of real-time text",
			set: setTOS(func(g *General) *rawnet.Marks { return &g.TextMarks })},
		{Name: "cos_text", scope: inGeneral, Help: "802.1p priority of real-time text, 0 to 7",
			set: setCOS(func(g *General) *rawnet.Marks { return &g.TextMarks })},
		{Name: "cos_video", scope: inGeneral, Help: "802.1p priority of video, 0 to 7",
			set: setCOS(func(g *General) *rawnet.Marks { return &g.VideoMarks })},
		// Identity and authentication.
		{Name: "context", scope: inBoth, Help: "dialplan context of calls from here", set: setContext},
		{Name: "allowguest", scope: inGeneral, Help: "take calls that match no endpoint",
			set: generalBool(func(g *General) *bool { return &g.AllowGuest })},
		{Name: "authfailureevents", scope: inGeneral, Help: "tell programs (AMI: PeerStatus, Rejected) of registrations that fail",
			set: generalBool(func(g *General) *bool { return &g.AuthFailureEvents })},
		{Name: "alwaysauthreject", scope: inGeneral, Help: "hide whether an account exists",
			set: generalBool(func(g *General) *bool { return &g.AlwaysAuthReject })},
		{Name: "securedialog", scope: inBoth, extension: true, Help: "requests in a dialog from a host that is not the far side's (its port " +
			"may change): no, taken as by chan_sip; challenge, with the peer's credentials; refuse", set: setSecureDialog},
		{Name: "answersfrom", scope: inBoth, extension: true, Help: "whose answers to our requests count: peer, those of the host that was " +
			"asked, and of other addresses of its name or peer; any, as with chan_sip", set: setAnswersFrom},
		{Name: "safenames", scope: inGeneral, extension: true, Help: "numbers from outside that hold @ / & , ! ^ or | dial nothing that the " +
			"dialplan does not name: a called one is not matched by patterns, a caller's is told without them",
			set: generalBool(func(g *General) *bool { return &g.SafeNames })},
		{Name: "match_auth_username", scope: inGeneral, Help: "identify by the digest user name",
			set: generalBool(func(g *General) *bool { return &g.MatchAuthUsername })},
		{Name: "realm", scope: inGeneral, Help: "digest realm", set: func(r *optionReader, v string) { r.g.Realm = v }},
		{Name: "domain", scope: inGeneral, Help: "local domain[,context]", set: setDomain},
		{Name: "allowexternaldomains", scope: inGeneral, Help: "take calls to foreign domains",
			set: generalBool(func(g *General) *bool { return &g.AllowExternal })},
		{Name: "type", scope: inPeer, Help: "peer, user or friend", set: setType},
		{Name: "host", scope: inPeer, Help: "dynamic, a name or an address", set: func(r *optionReader, v string) { r.p.Host = v }},
		{Name: "port", scope: inPeer, Help: "port of a static host", set: setPort},
		{Name: "defaultip", scope: inPeer, Help: "address of an unregistered dynamic peer", set: setDefaultIP},
		{Name: "defaultuser", Aliases: []string{"username"}, scope: inPeer, Help: "user for outbound requests",
			set: func(r *optionReader, v string) { r.p.DefaultUser = v }},
		{Name: "secret", scope: inPeer, Help: "inbound password, outbound too without remotesecret",
			set: func(r *optionReader, v string) { r.p.Secret = v }},
		{Name: "remotesecret", scope: inPeer, Help: "outbound password", set: func(r *optionReader, v string) { r.rare().RemoteSecret = v }},
		{Name: "md5secret", scope: inPeer, Help: "MD5(user:realm:password)", set: setHA1(auth.MD5)},
		{Name: "auth", scope: inBoth, Help: "user[:secret]@realm, credentials by realm", set: setAuth},
		{Name: "insecure", scope: inBoth, Help: "port, invite or no", set: setInsecure},
		{Name: "permit", scope: inPeer, Help: "network the endpoint may come from", set: setACL(true)},
		{Name: "deny", scope: inPeer, Help: "network the endpoint may not come from", set: setACL(false)},
		{Name: "acl", scope: inPeer, Help: "lists of acl.conf that must allow the endpoint's address",
			set: setNamed(func(r *optionReader) *auth.Access { return &r.p.ACL })},
		{Name: "contactacl", scope: inBoth, Help: "lists of acl.conf that must allow the address registered",
			set: setNamed(func(r *optionReader) *auth.Access { return &r.e.ContactACL })},
		{Name: "contactpermit", scope: inBoth, Help: "network that may be registered", set: setContactACL(true)},
		{Name: "contactdeny", scope: inBoth, Help: "network that may not be registered", set: setContactACL(false)},
		{Name: "callbackextension", scope: inPeer, Help: "register at the host and take calls to this extension",
			set: func(r *optionReader, v string) { r.rare().CallbackExtension = v }},
		{Name: "description", scope: inPeer, Help: "shown by the console", set: func(r *optionReader, v string) { r.rare().Description = v }},
		{Name: "fromuser", scope: inPeer, Help: "From user of outbound requests", set: func(r *optionReader, v string) { r.p.FromUser = v }},
		{Name: "fromdomain", scope: inBoth, Help: "From host of outbound requests", set: setFromDomain},
		{Name: "callerid", scope: inBoth, Help: "caller identity", set: setCallerID},
		{Name: "cid_number", scope: inPeer, Help: "caller number", set: func(r *optionReader, v string) { r.p.CallerID.Num = v }},
		{Name: "cid_tag", scope: inPeer, Help: "CALLERID(tag) of the endpoint's calls; nobody outside is told",
			set: func(r *optionReader, v string) { r.p.CallerID.Tag = v }},
		{Name: "fullname", scope: inPeer, Help: "caller name", set: func(r *optionReader, v string) { r.p.CallerID.Name = v }},
		{Name: "usereqphone", scope: inBoth, Help: ";user=phone in the Request-URI of numbers",
			set: endpointBool(func(e *Endpoint) *bool { return &e.UseReqPhone })},
		{Name: "shrinkcallerid", scope: inGeneral, Help: "strip ( ) . - and blanks from caller numbers",
			set: generalBool(func(g *General) *bool { return &g.ShrinkCallerID })},
		{Name: "useragent", scope: inGeneral, Help: "Server and User-Agent", set: func(r *optionReader, v string) { r.g.UserAgent = v }},
		{Name: "authchallenge", scope: inBoth, extension: true,
			Help: "401, or 407 for calls and other requests; REGISTER is always asked with 401", set: setAuthChallenge},
		{Name: "auth_username", scope: inPeer, extension: true,
			Help: "digest user name expected from the endpoint, its private identity; otherwise the section's name",
			set:  func(r *optionReader, v string) { r.rare().AuthUser = v }},
		{Name: "auth_algorithms", scope: inBoth, extension: true, Help: "MD5, SHA-256, SHA-512-256, AKAv1-MD5, AKAv2-MD5, the preferred " +
			"first: asked for, and the only ones that we answer; without a line MD5 is asked for and the strongest answered", set: setAlgorithms},
		{Name: "sha256secret", scope: inPeer, extension: true, Help: "SHA-256(user:realm:password)", set: setHA1(auth.SHA256)},
		{Name: "sha512_256secret", scope: inPeer, extension: true, Help: "SHA-512/256(user:realm:password)", set: setHA1(auth.SHA512256)},
		{Name: "qop", scope: inBoth, extension: true, Help: "none, or auth: with nonce counts, so that no request can be repeated, and " +
			"Authentication-Info", set: setQOP},
		{Name: "noncelife", scope: inBoth, extension: true, Help: "seconds a nonce may be reused; 0: it is good once", set: setNonceLife},
		{Name: "auth_check_uri", scope: inBoth, extension: true, Help: "credentials are good for the number that they were made for only " +
			"(RFC 7616 3.4.6); no: whatever their uri says, as with chan_sip",
			set: func(r *optionReader, v string) { r.registrar().AnyURI = !r.truth(v) }},
		{Name: "aka_k", scope: inPeer, extension: true, Help: "K of the SIM card, 32 hexadecimal digits; the endpoint is asked for AKAv1-MD5",
			set: setAKAKey},
		{Name: "aka_op", scope: inPeer, extension: true, Help: "OP of the card's operator", set: setAKAOP(false)},
		{Name: "aka_opc", scope: inPeer, extension: true, Help: "OPc of the card, in place of aka_op", set: setAKAOP(true)},
		{Name: "aka_amf", scope: inPeer, extension: true, Help: "AMF, 4 hexadecimal digits; 8000 without a line", set: setAKAAMF},
		{Name: "aka_sqn", scope: inPeer, extension: true, Help: "last sequence number used, hexadecimal; it goes on from there, in the astdb",
			set: setAKASQN},
		{Name: "sec_agree", scope: inBoth, extension: true,
			Help: "Require: sec-agree (RFC 3329): unsupported, refused with 420; ignore; refuse, with 494", set: setSecAgree},
		{Name: "p_associated_uri", scope: inBoth, extension: true, Help: "identity told in the answer to REGISTER (RFC 7315); may be repeated",
			set: setURIs(func(g *RegistrarOptions) *[]string { return &g.Associated })},
		{Name: "service_route", scope: inBoth, extension: true, Help: "route told in the answer to REGISTER (RFC 3608); may be repeated",
			set: setURIs(func(g *RegistrarOptions) *[]string { return &g.ServiceRoutes })},
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
		// Media.
		{Name: "allow", scope: inBoth, Help: "codecs, in order; with a packet length as in ulaw:30", set: setCodecs(true)},
		{Name: "disallow", scope: inBoth, Help: "codecs to remove", set: setCodecs(false)},
		{Name: "preferred_codec_only", scope: inBoth, Help: "answer with one codec",
			set: endpointBool(func(e *Endpoint) *bool { return &e.PreferredOnly })},
		{Name: "g726nonstandard", scope: inBoth, Help: "what the endpoint calls G726-32 is packed as AAL2-G726-32, as with old adapters; " +
			"allow=g726 means that then", set: endpointBool(func(e *Endpoint) *bool { return &e.G726AAL2 })},
		{Name: "autoframing", scope: inBoth, Help: "send packets of the length that the far SDP asks for (ptime)",
			set: endpointBool(func(e *Endpoint) *bool { return &e.Autoframing })},
		{Name: "jbenable", scope: inGeneral, Help: "jitter buffer of what phones send; between two phones only with jbforce, as they can " +
			"take jitter", set: generalBool(func(g *General) *bool { return &g.JitterEnable })},
		{Name: "jbforce", scope: inGeneral, Help: "with jbenable: between two phones too",
			set: generalBool(func(g *General) *bool { return &g.JitterForce })},
		{Name: "jbimpl", scope: inGeneral, Help: "fixed or adaptive", set: setJitterImpl},
		{Name: "jbmaxsize", scope: inGeneral, Help: "milliseconds: the delay of a fixed buffer, the longest of an adaptive one",
			set: setMilliseconds(func(g *General) *time.Duration { return &g.Jitter.Max })},
		{Name: "jbtargetextra", scope: inGeneral, Help: "milliseconds that an adaptive buffer adds to the jitter it sees",
			set: setMilliseconds(func(g *General) *time.Duration { return &g.Jitter.Extra })},
		{Name: "jbresyncthreshold", scope: inGeneral, Help: "milliseconds of a jump in time at which the buffer begins anew",
			set: setMilliseconds(func(g *General) *time.Duration { return &g.Jitter.Resync })},
		{Name: "icesupport", scope: inBoth, Help: "take part in ICE as a lite agent",
			set: endpointBool(func(e *Endpoint) *bool { return &e.ICE })},
		{Name: "rtcp_mux", scope: inBoth, Help: "RTCP on the RTP port, where the far side wants it too",
			set: endpointBool(func(e *Endpoint) *bool { return &e.RTCPMux })},
		{Name: "rtptimeout", scope: inBoth, Help: "seconds without RTP after which a call that is not on hold is ended; 0: never",
			set: endpointSeconds(func(e *Endpoint) *time.Duration { return &e.RTPTimeout })},
		{Name: "rtpholdtimeout", scope: inBoth, Help: "the same while the far side holds the call; needs rtptimeout",
			set: endpointSeconds(func(e *Endpoint) *time.Duration { return &e.RTPHoldTimeout })},
		{Name: "rtpkeepalive", scope: inBoth, Help: "seconds after which comfort noise is sent where nothing else was; 0: never",
			set: endpointSeconds(func(e *Endpoint) *time.Duration { return &e.RTPKeepalive })},
		{Name: "encryption", scope: inPeer, Help: "offer and require SRTP with keys in SDP (SDES)",
			set: func(r *optionReader, v string) { r.rare().Encryption = r.truth(v) }},
		{Name: "encryption_taglen", scope: inPeer, Help: "bits of its tag in our offer: 32 or 80", set: setTagLen},
		{Name: "dtlsenable", scope: inPeer, Help: "SRTP with keys that a handshake on the RTP port agrees (DTLS), as browsers have it; RTCP " +
			"shares that port", set: func(r *optionReader, v string) { r.dtls().Enable = r.truth(v) }},
		{Name: "dtlsverify", scope: inPeer, Help: "yes, no, fingerprint or certificate: that the far side's certificate is the one of its " +
			"SDP, and that one of dtlscafile or dtlscapath has signed it; fingerprint without a line, no with chan_sip", set: setDTLSVerify},
		{Name: "dtlscertfile", scope: inPeer, Help: "our certificate for DTLS (PEM)",
			set: setDTLSText(func(o *DTLSOptions) *string { return &o.Cert })},
		{Name: "dtlsprivatekey", scope: inPeer, Help: "its key, where it is in a file of its own",
			set: setDTLSText(func(o *DTLSOptions) *string { return &o.Key })},
		{Name: "dtlsautogeneratecert", scope: inPeer, Help: "a certificate is made when the switchboard starts; so it is without " +
			"dtlscertfile too", set: func(r *optionReader, v string) { r.dtls().Auto = r.truth(v) }},
		{Name: "dtlscipher", scope: inPeer, Help: "cipher suites of the handshake, OpenSSL's names",
			set: setDTLSText(func(o *DTLSOptions) *string { return &o.Cipher })},
		{Name: "dtlscafile", scope: inPeer, Help: "authorities for dtlsverify",
			set: setDTLSText(func(o *DTLSOptions) *string { return &o.CAFile })},
		{Name: "dtlscapath", Aliases: []string{"dtlscadir"}, scope: inPeer, Help: "folder of authorities for dtlsverify",
			set: setDTLSText(func(o *DTLSOptions) *string { return &o.CAPath })},
		{Name: "dtlssetup", scope: inPeer,
			Help: "who begins the handshake: active, we do; passive; actpass, in offers, as the far side likes it", set: setDTLSSetup},
		{Name: "dtlsfingerprint", scope: inPeer, Help: "hash of our certificate in SDP: sha-256 or sha-1", set: setDTLSHash},
		{Name: "force_avp", scope: inPeer, Help: "with dtlsenable: offer RTP/SAVP in place of UDP/TLS/RTP/SAVP",
			set: func(r *optionReader, v string) { r.rare().ForceAVP = r.truth(v) }},
		{Name: "dtmfmode", scope: inBoth, Help: "rfc2833, info, shortinfo, inband or auto; keys are converted between legs that differ",
			set: setDTMF},
		{Name: "relaxdtmf", scope: inGeneral, Help: "dtmfmode=inband finds keys whose high tone is up to 6 dB over the low one, not 4",
			set: generalBool(func(g *General) *bool { return &g.RelaxDTMF })},
		{Name: "progressinband", scope: inBoth, Help: "no, yes, never", set: setProgressInband},
		{Name: "promiscredir", scope: inBoth, Help: "follow 3xx to foreign hosts",
			set: endpointBool(func(e *Endpoint) *bool { return &e.PromiscRedir })},
		{Name: "ignoresdpversion", scope: inBoth, status: ignored, Help: "every SDP is treated as new",
			set: endpointBool(func(e *Endpoint) *bool { return &e.IgnoreSDPVersion })},
		{Name: "jblog", scope: inGeneral, status: ignored,
			Help: "the jitter buffer writes no log of its frames; sip show channelstats and call show have what it did",
			set:  generalBool(func(g *General) *bool { return &g.JitterLog })},
		{Name: "rfc2833compensate", scope: inBoth, status: ignored,
			Help: "a key counts at its first packet, whatever its end and its timestamps are",
			set:  endpointBool(func(e *Endpoint) *bool { return &e.CompensateKeys })},
		{Name: "recordhistory", scope: inGeneral, status: ignored, Help: "call show tells more",
			set: generalBool(func(g *General) *bool { return &g.RecordHistory })},
		{Name: "t1min", scope: inGeneral, Help: "milliseconds that T1 is at least", set: setT1Min},
		{Name: "legacy_useroption_parsing", scope: inGeneral, status: ignored,
			set: generalBool(func(g *General) *bool { return &g.LegacyUserOptions })},
		{Name: "sdpsession", scope: inGeneral, Help: "s= line", set: func(r *optionReader, v string) { r.g.SDPSession = v }},
		{Name: "sdpowner", scope: inGeneral, Help: "o= user", set: setSDPOwner},
		{Name: "language", scope: inBoth, Help: "language of prompts", set: func(r *optionReader, v string) { r.e.Language = v }},
		{Name: "tonezone", scope: inBoth, Help: "country of the tones that the endpoint hears (indications.conf)",
			set: func(r *optionReader, v string) { r.e.ToneZone = v }},
		{Name: "mohinterpret", scope: inBoth, Help: "music that the endpoint hears when it is held and nobody suggests another",
			set: func(r *optionReader, v string) { r.e.MOHInterpret = v }},
		{Name: "mohsuggest", scope: inBoth, Help: "music that those hear whom the endpoint holds",
			set: func(r *optionReader, v string) { r.e.MOHSuggest = v }},
		{Name: "videosupport", scope: inBoth, Help: "video, which passes through: no, yes, or always, which offers it where the caller has none",
			set: setVideo},
		{Name: "textsupport", scope: inBoth, Help: "real-time text (T.140, RFC 4103) in the formats t140 and red of allow=; it goes to the " +
			"other party as it is typed, or in MESSAGE", set: endpointBool(func(e *Endpoint) *bool { return &e.Text })},
		{Name: "maxcallbitrate", scope: inBoth, Help: "kbit/s told with video (b=CT)", set: setBitrate},
		{Name: "t38pt_udptl", scope: inBoth, Help: "fax over T.38, which passes through: no, or " +
			"yes[,fec|redundancy|none][,maxdatagram=bytes]; the two ends agree on error correction", set: setT38},
		{Name: "t38pt_usertpsource", scope: inBoth, Help: "with nat=comedia T.38 goes to the host that its RTP came from, to the port that " +
			"its SDP names", set: endpointBool(func(e *Endpoint) *bool { return &e.T38RTPSource })},
		{Name: "faxdetect", scope: inBoth, Help: "lead a call to the extension fax of its context when a fax machine is heard (cng), or asks " +
			"for T.38 in an incoming call (t38); yes: both", set: setFaxDetect},
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
		// Overload: ours, chan_sip had none of them.
		{Name: "callrate", scope: inBoth, extension: true, Help: "new INVITEs a second of all in [general], where a challenged one counts " +
			"twice; calls a second of the endpoint in its section; 0 for no limit", set: setCallRate},
		{Name: "overload_maxage", scope: inGeneral, extension: true, Help: "milliseconds that new calls may wait: while they have waited " +
			"longer for five times as long, and more come than are taken, they are refused with 503; 0 for no limit",
			set: setMilliseconds(func(g *General) *time.Duration { return &g.Limits.MaxAge })},
		{Name: "overload_maxpending", scope: inGeneral, extension: true, Help: "incoming calls that may be unanswered at a time; 0 for no limit",
			set: setLimit(func(l *sipstack.Limits) *int { return &l.MaxPending })},
		{Name: "stranger_rate", scope: inGeneral, extension: true,
			Help: "requests a second looked at from an address that is no peer's and has not authenticated; 0 for no limit",
			set:  setLimit(func(l *sipstack.Limits) *int { return &l.StrangerRate })},
		{Name: "strangers_rate", scope: inGeneral, extension: true, Help: "the same, of all such addresses together",
			set: setLimit(func(l *sipstack.Limits) *int { return &l.StrangersRate })},
		{Name: "stranger_echo", scope: inGeneral, extension: true,
			Help: "how many times as much as came is sent over UDP to a source that has not shown that it receives; 0 for no limit",
			set:  setLimit(func(l *sipstack.Limits) *int { return &l.StrangerEcho })},
		{Name: "guest_calls", scope: inGeneral, extension: true,
			Help: "calls that a guest may have at a time, by the address that it sends from (IPv6: /64); 0 for no limit",
			set:  setNumber(func(g *General) *int { return &g.GuestCalls })},
		{Name: "guests_calls", scope: inGeneral, extension: true, Help: "the same, of all guests together",
			set: setNumber(func(g *General) *int { return &g.GuestsCalls })},
		{Name: "guests_share", scope: inGeneral, extension: true, Help: "percent of the RTP ports, and of overload_maxpending, that may be " +
			"in use for a guest's call to be taken; the rest is kept for endpoints; 0 for no limit",
			set: setPercent(func(g *General) *int { return &g.GuestsShare })},
		{Name: "endpoint_share", scope: inGeneral, extension: true,
			Help: "percent of the same from which on an endpoint gets no further calls that has as many as are left; 0 for no limit",
			set:  setPercent(func(g *General) *int { return &g.EndpointShare })},
		{Name: "guest_subscriptions", scope: inGeneral, extension: true,
			Help: "subscriptions that a guest may have at a time, by the address that it sends from (IPv6: /64); 0 for no limit",
			set:  setNumber(func(g *General) *int { return &g.GuestSubscriptions })},
		{Name: "guests_subscriptions", scope: inGeneral, extension: true, Help: "the same, of all guests together",
			set: setNumber(func(g *General) *int { return &g.GuestsSubscriptions })},
		{Name: "max_subscriptions", scope: inBoth, extension: true,
			Help: "subscriptions that the endpoint may have at a time; with one more its oldest ends; 0 for no limit", set: setMaxSubscriptions},
		{Name: "all_subscriptions", scope: inGeneral, extension: true, Help: "subscriptions at a time, of all; 0 for no limit",
			set: setNumber(func(g *General) *int { return &g.AllSubscriptions })},
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
		{Name: "subscribecontext", scope: inBoth, Help: "context of the hints that are subscribed to",
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
		// Call completion.
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
	for _, o := range t {
		o.empty = emptied[o.Name]
	}
	return append(t, accepted()...)
}

// accepted are options that have no meaning here; nothing is lost.
func accepted() (t []*Option) {
	for _, list := range []struct {
		scope       scope
		help, names string
	}{
		{inBoth, "there is one RTP engine", "rtp_engine"},
		{inGeneral, "video has no jitter buffer: it passes as it comes, whatever audio waits for", "jbsyncvideo"},
		{inBoth, "advice of charge comes from ISDN and the like, of which there is none here", "snom_aoc_enabled"},
		{inBoth, "", "match_auth_realm"},
		{inGeneral, "WebSocket is served where http.conf has it", "websocket_enabled websocket_write_timeout"},
		{inGeneral, "our order of ciphers always counts", "tlsservercipherorder sslservercipherorder"},
		{inGeneral, "there is no STUN monitor", "subscribe_network_change_event"},
		{inGeneral, "call show tells more", "dumphistory"},
		{inPeer, "chan_sip did nothing with it", "trunkname"},
		{inPeer, "a call keeps the keys of its handshake: browsers take no second one", "dtlsrekey"},
	} {
		for _, n := range strings.Fields(list.names) {
			t = append(t, &Option{Name: n, scope: list.scope, status: ignored, Help: list.help})
		}
	}
	return t
}
