package convert

import (
	"strings"

	"obelisk/internal/config"
)

// advice is what an option did that the other dialect does not have, and what to do.
type advice struct{ did, do string }

// onlySIP are options of sip.conf of which pjsip.conf has none like them.
var onlySIP = advices(`
allowexternaldomains | calls to foreign domains are refused with no | refuse them in the dialplan by ${SIPDOMAIN}
alwaysauthreject | hid which accounts exist | nothing: chan_pjsip always hides it
auth_message_requests | asked for credentials for MESSAGE | nothing: chan_pjsip asks who has auth= for every request
authfailureevents | told programs of registrations that fail | read the security events (logger.conf: security)
autodomain | our addresses are local domains | write type=domain_alias sections
autocreatepeer | who registers by any name became a peer | write the endpoints: chan_pjsip makes none
buggymwi | left the urgent messages out of message notifications | a new firmware of the phone
callcounter | showed calls in the state of the device | nothing: chan_pjsip always does
cc_agent_policy cc_monitor_policy cc_offer_timer ccnr_available_timer ccbs_available_timer cc_recall_timer cc_max_agents cc_max_monitors cc_callback_macro cc_callback_sub cc_agent_dialstring | call completion, which chan_pjsip does not have | leave CallCompletionRequest out of the dialplan
description | told people what the endpoint is | a comment in pjsip.conf
directmediapermit directmediadeny directmediaacl | said to whom media may go directly | direct_media=no where the networks differ
directrtpsetup | the first offer named the other far side | nothing: with direct_media=yes media goes there after the answer
discard_remote_hold_retrieval | hid that the endpoint holds a call | suppress_moh_on_sendonly=yes hides the music
disallowed_methods | methods that are never sent | connected_line_method=invite where UPDATE is meant, which is the default
domainsasrealm | the digest realm was the domain of the request | an auth section with realm= for each domain
dtlsrekey | chan_sip had a second handshake after that time | nothing
dumphistory recordhistory sipdebug | told more of each message | pjsip set history on; pjsip set logger on
dynamic_exclude_static | no phone could register with the address of a static host | contact_deny= lines with those addresses
externrefresh | when externhost is looked up again | dnsmgr.conf: refreshinterval
externtcpport externtlsport | the port that is told over TCP and TLS | external_signaling_port= of that transport
header | a header added to each INVITE | PJSIP_HEADER(add,name) in a pre-dial handler: Dial(...,,b(handler^s^1))
ignore_requested_pref | offered in our own order | outgoing_call_offer_pref=local, where the dialplan wants it
ignoresdpversion | each SDP counted as new | nothing
jbenable jbforce jbimpl jbmaxsize jbtargetextra jbresyncthreshold jblog jbsyncvideo | a jitter buffer on each call | Set(JITTERBUFFER(adaptive)=default) in the dialplan, where it is needed
keepalive | an empty line, that a NAT keeps its way open | qualify_frequency= of the aor does the same
legacy_useroption_parsing | read a ; in numbers | ignore_uri_user_options=yes in [global]
match_auth_realm rtp_engine tlsservercipherorder sslservercipherorder trunkname subscribe_network_change_event | has no part in calls | nothing
matchexternaddrlocally | told externaddr only where our address is in localnet | local_net= of the transport
maxcallbitrate | the bandwidth that is told with video | nothing: chan_pjsip tells none
mwi | a subscription to messages at another server | none: chan_pjsip subscribes nowhere; have the other server send them unasked (incoming_mwi_mailbox=)
mwiexpiry | the length of such subscriptions | nothing
notifycid notifyhold notifyringing | what lamps show | nothing: chan_pjsip shows ringing and hold, and the caller in dialog-info; notify_early_inuse_ringing= of the endpoint
notifymimetype | type of message notifications | nothing: chan_pjsip has one
pedantic | no: a dialog was found by its Call-ID alone | nothing: chan_pjsip always looks at tags
prematuremedia | no: sent 183 with what is played before the answer | Progress() in the dialplan
promiscredir | followed 3xx to foreign hosts | redirect_method=uri_pjsip of the endpoint; Dial(PJSIP/...) is sent by the redirected number otherwise
qualifygap qualifypeers | spread the checks of peers | max_initial_qualify_time= in [global]
refer_addheaders | headers of SIPAddHeader in REFER | PJSIP_HEADER does not reach REFER
regexten | names of the extensions that a phone becomes in regcontext | chan_pjsip uses the name of the endpoint
regextenonqualify | they went while the phone did not answer | nothing like it
relaxdtmf | found keys in bad audio | dsp.conf
rfc2833compensate | a key counted at its first packet | nothing
rpid_update | told who calls now by UPDATE | connected_line_method=update
rtautoclear rtcachefriends rtsavepath rtsavesysname rtupdate ignoreregexpire | realtime of chan_sip | sorcery.conf and extconfig.conf: ps_endpoints, ps_aors, ps_auths ...
session-refresher | who refreshes sessions | nothing: chan_pjsip agrees it
shrinkcallerid | no: kept ( ) . - in callers' numbers | nothing: chan_pjsip keeps them; FILTER() in the dialplan takes them away
timerb | when a request of a peer is given up | timer_b= of [system], for all
websocket_enabled websocket_write_timeout | SIP over WebSocket | http.conf has it, with chan_pjsip too
srvlookup | no: names were not looked up by SRV | a port behind the host of the contact has the same effect
storesipcause | what a channel was answered in HASH(SIP_CAUSE) | HANGUPCAUSE(channel,tech)
subminexpiry submaxexpiry | shortest and longest subscription | sub_min_expiry= of the endpoint
t1min | least T1 | nothing
t38pt_usertpsource | T.38 goes where RTP came from | t38_udptl_nat=yes
tcpauthlimit tcpauthtimeout | bounds of connections that nobody let in | a firewall
textsupport | real-time text | nothing: chan_pjsip has none
tos_text cos_text | marks of real-time text | nothing
use_q850_reason | causes in Reason headers | nothing: chan_pjsip sends them; suppress_q850_reason_headers=yes does not
useclientcode | account codes by INFO | nothing like it
tlsdisablev1 tlsdisablev11 tlsdisablev12 | versions of TLS that are not spoken | method= of the transport
accept_outofcall_message | no: MESSAGE outside calls is refused | leave message_context= of the endpoint empty and its context without the number
guest_calls guests_calls guests_share endpoint_share guest_subscriptions guests_subscriptions max_subscriptions all_subscriptions stranger_rate strangers_rate stranger_echo callrate overload_maxage overload_maxpending autocreate_limit mediasource securedialog answersfrom safenames authchallenge auth_algorithms sha256secret sha512_256secret qop noncelife auth_check_uri aka_k aka_op aka_opc aka_amf aka_sqn sec_agree p_associated_uri service_route contact_policy | an option of Obelisk that Asterisk does not have | nothing: Asterisk has no such thing
`)

// onlyPJSIP are options of pjsip.conf's endpoints, and of its other objects as type/option, that
// sip.conf has none like.
var onlyPJSIP = advices(`
aggregate_mwi | one notification for all mailboxes | nothing: it is always so
asymmetric_rtp_codec | sent another codec than it gets | nothing
bind_rtp_to_media_address | RTP on the address that is told | rtpbindaddr= in [general]
bundle max_audio_streams max_video_streams | several streams on one port | nothing: sip.conf has one of each
codec_prefs_incoming_offer codec_prefs_outgoing_offer codec_prefs_incoming_answer codec_prefs_outgoing_answer incoming_call_offer_pref outgoing_call_offer_pref | whose order of codecs counts | the order of allow=; preferred_codec_only=yes answers with one
connected_line_method send_connected_line trust_connected_line | news of who is at the other end | sendrpid= and trustrpid=; rpid_update=
contact_user | user in our Contact | fromuser= where it is asked for
fax_detect_timeout | when fax detection ends | nothing
follow_early_media_fork accept_multiple_sdp_answers ignore_183_without_sdp | answers of forked calls | nothing
follow_redirect_methods redirect_method | who follows 3xx | promiscredir=yes follows to foreign hosts
geoloc_incoming_call_profile geoloc_outgoing_call_profile stir_shaken stir_shaken_profile security_negotiation security_mechanisms tenantid send_history_info | a service that is not here | nothing
media_encryption_optimistic | took calls without SRTP too | encryption=yes refuses them: leave it out where a phone cannot do it
media_use_received_transport | answered with the profile that was offered | nothing: it is always so
moh_passthrough | sent re-INVITEs for music on hold | nothing
mwi_subscribe_replaces_unsolicited | a subscription ended the unasked notifications | subscribemwi=yes
notify_early_inuse_ringing | showed ringing beside a call | notifyringing=yes in [general]
overlap_context | context of incomplete numbers | context=
refer_blind_progress | told the progress of a transfer | nothing
rtp_engine rtp_ipv6 t38_udptl_ipv6 t38_bind_udptl_to_media_address | of the RTP engine | nothing
rtp_port_start rtp_port_end | RTP ports of the endpoint | rtp.conf has them for all
sub_min_expiry | shortest subscription | subminexpiry= in [general]
suppress_moh_on_sendonly | no music when the endpoint holds a call one way | discard_remote_hold_retrieval=yes hides it
suppress_q850_reason_headers | no Reason headers | use_q850_reason=no, which is the default
aor/authenticate_qualify aor/qualify_2xx_only | how OPTIONS are answered | nothing
aor/remove_unavailable | took contacts away that do not answer | nothing
auth/password_digest auth/supported_algorithms_uac auth/supported_algorithms_uas auth/nonce_lifetime | digest of other kinds | auth_algorithms= and noncelife= of Obelisk
auth/oauth_clientid auth/oauth_secret auth/refresh_token | logs in by OAuth | nothing: no calls go by it
identify/match_header identify/match_request_uri | knew the endpoint by a header | a context that looks at ${SIP_HEADER(...)}
identify/srv_lookups | looked SRV records up | srvlookup=yes in [general]
registration/auth_rejection_permanent registration/fatal_retry_interval registration/forbidden_retry_interval | when a registration gives up | registerattempts=0 and register_retry_403=yes in [general]
registration/max_random_initial_delay registration/contact_header_params registration/security_negotiation registration/security_mechanisms registration/support_path registration/support_outbound | a detail of REGISTER | nothing
transport/allow_reload transport/async_operations transport/allow_wildcard_certs transport/symmetric_transport transport/tcp_keepalive_enable transport/tcp_keepalive_idle_time transport/tcp_keepalive_interval_time transport/tcp_keepalive_probe_count transport/websocket_write_timeout transport/domain transport/password | a detail of the transport | nothing
global/keep_alive_interval | kept TCP connections open | keepalive= sends an empty line
global/contact_expiration_check_interval global/disable_multi_domain global/max_initial_qualify_time global/unidentified_request_period global/unidentified_request_count global/unidentified_request_prune_interval global/mwi_tps_queue_high global/mwi_tps_queue_low global/mwi_disable_initial_unsolicited global/send_contact_status_on_update_registration global/taskprocessor_overload_trigger global/norefersub global/allow_sending_180_after_183 global/all_codecs_on_empty_reinvite global/default_auth_algorithms_uas global/default_auth_algorithms_uac global/use_callerid_contact global/default_voicemail_extension | a detail of chan_pjsip's works | nothing
global/endpoint_identifier_order | who is asked first who sends a request | chan_sip's order is fixed: name in From among friends and users, then the address
global/default_outbound_endpoint | endpoint of calls to bare URIs | Dial(SIP/number@host) needs none
global/ignore_uri_user_options | took parameters off numbers | legacy_useroption_parsing= in [general]
system/timer_b system/disable_tcp_switch system/follow_early_media_fork system/accept_multiple_sdp_answers system/disable_rport system/threadpool_initial_size system/threadpool_auto_increment system/threadpool_idle_timeout system/threadpool_max_size system/taskpool_minimum_size system/taskpool_initial_size system/taskpool_auto_increment system/taskpool_idle_timeout system/taskpool_max_size | a detail of chan_pjsip's works | nothing
`)

// usualSIP and usualPJSIP are values of such options that lose nothing: without the line it is so too.
var (
	usualSIP   = usual(`srvlookup=yes pedantic=yes prematuremedia=yes shrinkcallerid=yes websocket_enabled=yes allowexternaldomains=yes`)
	usualPJSIP = usual(`aggregate_mwi=yes bundle=no max_audio_streams=1 max_video_streams=1 media_use_received_transport=no
		media_encryption_optimistic=no send_connected_line=yes trust_connected_line=yes stir_shaken=no stir_shaken=off
		refer_blind_progress=yes moh_passthrough=no suppress_moh_on_sendonly=no suppress_q850_reason_headers=no asymmetric_rtp_codec=no
		bind_rtp_to_media_address=no follow_early_media_fork=yes accept_multiple_sdp_answers=no ignore_183_without_sdp=no
		notify_early_inuse_ringing=no send_history_info=no rtp_ipv6=no t38_udptl_ipv6=no
		t38_bind_udptl_to_media_address=no fax_detect_timeout=0 mwi_subscribe_replaces_unsolicited=no rtp_engine=asterisk
		aor/authenticate_qualify=no aor/qualify_2xx_only=no aor/remove_unavailable=no transport/allow_reload=no
		transport/symmetric_transport=no transport/async_operations=1 identify/srv_lookups=yes`)
)

// usual reads "option=value" words.
func usual(text string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(text) {
		out[w] = true
	}
	return out
}

// isUsual says whether a value is one of those.
func isUsual(list map[string]bool, option, value string) bool {
	v := strings.ToLower(strings.TrimSpace(value))
	if b, ok := config.Bool(v); ok && v != "1" && v != "0" {
		v = map[bool]string{true: "yes", false: "no"}[b]
	}
	return list[option+"="+v]
}

// advices reads "names | did | do", one a line.
func advices(text string) map[string]advice {
	out := map[string]advice{}
	for _, l := range strings.Split(strings.TrimSpace(text), "\n") {
		f := strings.Split(l, " | ")
		if len(f) != 3 {
			continue
		}
		for _, name := range strings.Fields(f[0]) {
			out[name] = advice{f[1], f[2]}
		}
	}
	return out
}
