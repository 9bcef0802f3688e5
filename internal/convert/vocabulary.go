package convert

import (
	"strings"

	"obelisk/internal/config"
)

// word translates a value; not ok where the other dialect has none like it, which is noted. The
// value given then is the nearest.
type word func(value string) (other string, ok bool)

// row is an option of an endpoint that both dialects have.
type row struct {
	sip, pjsip string
	to, back   word   // sip.conf to pjsip.conf, and back; nil: as it stands
	usual      string // what pjsip.conf has without a line
	absent     string // what sip.conf means without a line, in words of pjsip.conf; "" as usual
	general    bool   // in sip.conf it stands in [general] only
}

func yesNo(v string) (string, bool) {
	if b, _ := config.Bool(v); b {
		return "yes", true
	}
	return "no", true
}

// opposite is for options that are yes where the other one is no.
func opposite(v string) (string, bool) {
	if b, _ := config.Bool(v); b {
		return "no", true
	}
	return "yes", true
}

// words translates by a table; what is not in it is not ok and becomes otherwise.
func words(otherwise string, pairs ...string) word {
	return func(v string) (string, bool) {
		for i := 0; i+1 < len(pairs); i += 2 {
			if strings.EqualFold(pairs[i], v) {
				return pairs[i+1], true
			}
		}
		return otherwise, false
	}
}

// yesOr is for options that take yes and no and other words.
func yesOr(other word) word {
	return func(v string) (string, bool) {
		if b, ok := config.Bool(v); ok {
			if b {
				return "yes", true
			}
			return "no", true
		}
		return other(v)
	}
}

// yes makes a row of an option that is yes or no in both.
func yes(sip, pjsip, usual string) row {
	return row{sip: sip, pjsip: pjsip, usual: usual, to: yesNo, back: yesNo}
}

// same makes a row of an option whose values are the same.
func same(sip, pjsip, usual string) row { return row{sip: sip, pjsip: pjsip, usual: usual} }

// vocabulary are the options of an endpoint that have one of the same meaning in the other file.
var vocabulary = []row{
	{sip: "context", pjsip: "context", absent: "default"},
	same("language", "language", ""), same("tonezone", "tone_zone", ""), same("accountcode", "accountcode", ""),
	same("mohsuggest", "moh_suggest", "default"), same("fromuser", "from_user", ""), same("fromdomain", "from_domain", ""),
	same("mwi_from", "mwi_from_user", ""), same("subscribecontext", "subscribe_context", ""),
	same("outofcall_message_context", "message_context", ""), same("callgroup", "call_group", ""), same("pickupgroup", "pickup_group", ""),
	same("namedcallgroup", "named_call_group", ""), same("namedpickupgroup", "named_pickup_group", ""),
	yes("trustrpid", "trust_id_inbound", "no"), yes("usereqphone", "user_eq_phone", "no"),
	yes("allowtransfer", "allow_transfer", "yes"), yes("allowsubscribe", "allow_subscribe", "yes"),
	{sip: "allowoverlap", pjsip: "allow_overlap", usual: "yes", to: yesOr(words("no")), back: yesNo},
	{sip: "progressinband", pjsip: "inband_progress", usual: "no", to: yesOr(words("no", "never", "no")), back: yesNo},
	yes("preferred_codec_only", "preferred_codec_only", "no"), yes("autoframing", "use_ptime", "no"),
	yes("g726nonstandard", "g726_non_standard", "no"), same("rtptimeout", "rtp_timeout", "0"), same("rtpholdtimeout", "rtp_timeout_hold",
		"0"), same("rtpkeepalive", "rtp_keepalive", "0"),
	yes("icesupport", "ice_support", "no"), yes("rtcp_mux", "rtcp_mux", "no"), yes("avpf", "use_avpf", "no"),
	yes("force_avp", "force_avp", "no"), same("session-expires", "timers_sess_expires", "1800"), same("session-minse", "timers_min_se", "90"),
	{sip: "session-timers", pjsip: "timers", usual: "yes", to: words("yes", "accept", "yes", "originate", "always", "refuse", "no"),
		back: words("originate", "yes", "accept", "no", "refuse", "always", "originate")},
	{sip: "dtmfmode", pjsip: "dtmf_mode", usual: "rfc4733",
		to:   words("info", "rfc2833", "rfc4733", "info", "info", "inband", "inband", "auto", "auto"),
		back: words("auto", "rfc4733", "rfc2833", "info", "info", "inband", "inband", "auto", "auto", "none", "rfc2833")},
	same("busylevel", "device_state_busy_at", "0"), same("unsolicited_mailbox", "incoming_mwi_mailbox", ""),
	yes("rpid_immediate", "rpid_immediate", "no"),
	{sip: "send_diversion", pjsip: "send_diversion", usual: "yes", to: yesNo, back: yesNo, general: true},
	{sip: "media_address", pjsip: "media_address", general: true},
	{sip: "sdpowner", pjsip: "sdp_owner", usual: "-", general: true}, {sip: "sdpsession", pjsip: "sdp_session", usual: "Asterisk",
		general: true},
	{sip: "tos_audio", pjsip: "tos_audio", usual: "0", general: true}, {sip: "tos_video", pjsip: "tos_video", usual: "0", general: true},
	{sip: "cos_audio", pjsip: "cos_audio", usual: "0", general: true}, {sip: "cos_video", pjsip: "cos_video", usual: "0", general: true},
	{sip: "faxdetect", pjsip: "fax_detect", usual: "no", to: yesOr(words("yes")), back: yesNo},
	{sip: "trust_id_outbound", pjsip: "trust_id_outbound", usual: "no", to: yesOr(words("no", "legacy", "no")), back: yesNo},
	same("dtlscertfile", "dtls_cert_file", ""), same("dtlsprivatekey", "dtls_private_key", ""), same("dtlscipher", "dtls_cipher", ""),
	same("dtlscafile", "dtls_ca_file", ""), same("dtlscapath", "dtls_ca_path", ""), same("dtlssetup", "dtls_setup", ""),
	same("dtlsfingerprint", "dtls_fingerprint", ""), same("dtlsverify", "dtls_verify", ""), same("dtlsrekey", "dtls_rekey", "0"),
	{sip: "auth_options_requests", pjsip: "allow_unauthenticated_options", to: opposite, back: opposite, usual: "no",
		absent: "yes", general: true},
	yes("dtlsautogeneratecert", "dtls_auto_generate_cert", "no"), yes("snom_aoc_enabled", "send_aoc", "no"),
	{sip: "100rel", pjsip: "100rel", usual: "yes", absent: "no", to: words("no", "no", "no", "accept", "peer_supported", "yes", "yes"),
		back: words("yes", "no", "no", "yes", "yes", "peer_supported", "accept")},
	same("setvar", "set_var", ""),
	{sip: "callingpres", pjsip: "callerid_privacy", usual: "allowed_not_screened"}, same("cid_tag", "callerid_tag", ""),
}

// rules are the options of addresses, whose order counts: sip.conf, pjsip.conf.
var rules = [][2]string{{"permit", "permit"}, {"deny", "deny"}, {"acl", "acl"}, {"contactpermit", "contact_permit"},
	{"contactdeny", "contact_deny"}, {"contactacl", "contact_acl"}}
