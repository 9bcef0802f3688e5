package sipconf

import (
	"slices"
	"strings"

	"obelisk/internal/config"
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
	"authname": "defaultuser", "defaultname": "defaultuser", "default_user": "defaultuser", "musiconhold": "mohinterpret",
	"musicclass": "mohinterpret", "incominglimit": "call-limit", "outgoinglimit": "call-limit", "limitonpeer": "callcounter",
	"limitonpeers":         "callcounter",
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

// buildOptions puts the table together, in the order of the documentation.
func buildOptions() []*Option {
	t := slices.Concat(listenOptions(), identityOptions(), registrarOptions(), mediaOptions(), limitOptions(), callOptions(),
		presenceOptions(), completionOptions())
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
