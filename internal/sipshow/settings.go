package sipshow

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"

	"obelisk/channels/chansip"
	"obelisk/channels/chansip/sipconf"
	"obelisk/manage/cli"
)

// settingRows collects label and value, below headings.
type settingRows struct{ blocks []cli.SettingBlock }

func (s *settingRows) block(title string) {
	s.blocks = append(s.blocks, cli.SettingBlock{Title: title})
}

func (s *settingRows) add(pairs ...string) {
	b := &s.blocks[len(s.blocks)-1]
	for i := 0; i+1 < len(pairs); i += 2 {
		b.Rows = append(b.Rows, [2]string{pairs[i], pairs[i+1]})
	}
}

// Settings lists the rows of sip show settings, in chan_sip's order and words.
func (v Console) Settings() []cli.SettingBlock {
	d := v.Driver.Directory()
	s := &settingRows{}
	s.global(d, v.Tables.Has("sippeers"))
	s.network(d)
	s.signalling(d)
	s.defaults(d)
	return s.blocks
}

func bound(on bool, a netip.AddrPort) string {
	if !on {
		return "Disabled"
	}
	return a.String()
}

// fromDomain is fromdomain with its port, where it has one.
func fromDomain(d *sipconf.Directory) string {
	if d.FromPort != 0 {
		return fmt.Sprintf("%s:%d", d.FromDomain, d.FromPort)
	}
	return d.FromDomain
}

// ringing is notifyringing in words.
func ringing(word string) string {
	if word == "notinuse" {
		return "Yes (when not in use)"
	}
	return yes(word != "no")
}

// includeCID is notifycid in words.
func includeCID(word string) string {
	if word == "ignore-context" {
		return "Yes (Ignoring context)"
	}
	return title(word)
}

func secs(d time.Duration) string { return fmt.Sprintf("%d secs", int(d.Seconds())) }

// span is a time that may be off.
func spanOf(d time.Duration) string {
	if d == 0 {
		return "0 (Disabled)"
	}
	return fmt.Sprint(int(d.Seconds()), " ")
}

func onOff(on bool) string {
	if on {
		return "On"
	}
	return "Off"
}

func (s *settingRows) global(d *sipconf.Directory, realtime bool) {
	rtp, tables := "Disabled", "Disabled"
	if d.Given("rtpbindaddr") {
		rtp = d.RTPBind.String()
	}
	if realtime {
		tables = "Enabled"
	}
	correction, datagram := "Unknown", "4294967295"
	if d.T38.Enabled {
		correction = d.T38.Correction
	}
	if d.T38.MaxDatagram > 0 {
		datagram = fmt.Sprint(d.T38.MaxDatagram)
	}
	s.block("Global Settings:")
	s.add("UDP Bindaddress:", d.UDPBind.String())
	if a := d.UDPBind.Addr(); a.Is6() && a.IsUnspecified() {
		s.add("** Additional Info:", "", "   [::] may include IPv4 in addition to IPv6, if such a feature is enabled in the OS.", "")
	}
	s.add("TCP SIP Bindaddress:", bound(d.TCPEnable, d.TCPBind), "TLS SIP Bindaddress:", bound(d.TLSEnable, d.TLSBind), "RTP Bindaddress:",
		rtp, "Videosupport:", yes(d.Video == "yes"), "Textsupport:", yes(d.Text), "Ignore SDP sess. ver.:", yes(d.IgnoreSDPVersion),
		"AutoCreate Peer:", d.AutoCreate.String(), "Match Auth Username:", yes(d.MatchAuthUsername), "Allow unknown access:", yes(d.AllowGuest),
		"Allow subscriptions:", yes(d.AllowSubscribe), "Allow overlap dialing:", overlap(d.AllowOverlap), "Allow promisc. redir:",
		yes(d.PromiscRedir), "Enable call counters:", yes(d.CallCounter), "SIP domain support:", yes(len(d.Domains) > 0), "Path support :",
		yes(d.SupportPath), "Realm. auth:", yes(len(d.Auth) > 0), "Our auth realm", d.Realm, "Use domains as realms:", yes(d.DomainsAsRealm),
		"Call to non-local dom.:", yes(d.AllowExternal), "URI user is phone no:", yes(d.UseReqPhone), "Always auth rejects:",
		yes(d.AlwaysAuthReject), "Direct RTP setup:", yes(d.DirectSetup), "User Agent:", d.UserAgent, "SDP Session Name:", d.SDPSession,
		"SDP Owner Name:", d.SDPOwner, "Reg. context:", or(strings.Join(d.RegContexts, "&"), "(not set)"), "Regexten on Qualify:",
		yes(d.RegOnQualify), "Trust RPID:", yes(d.TrustRPID), "Send RPID:", yes(d.SendRPID != ""), "Legacy userfield parse:",
		yes(d.LegacyUserOptions), "Send Diversion:", yes(d.SendDiversion), "Caller ID:", d.CallerID, "From: Domain:", fromDomain(d),
		"Record SIP history:", onOff(d.RecordHistory), "Auth. Failure Events:", onOff(d.AuthFailureEvents), "T.38 support:", yes(d.T38.Enabled),
		"T.38 EC mode:", correction, "T.38 MaxDtgrm:", datagram, "SIP realtime:", tables, "Qualify Freq :",
		fmt.Sprintf("%d ms", d.QualifyFreq.Milliseconds()), "Q.850 Reason header:", yes(d.Q850), "Store SIP_CAUSE:", yes(d.StoreSIPCause))
}

func (s *settingRows) network(d *sipconf.Directory) {
	s.block("Network QoS Settings:")
	tos := sipconf.NameOfTOS
	s.add("IP ToS SIP:", tos(d.SIPMarks.TOS), "IP ToS RTP audio:", tos(d.AudioMarks.TOS), "IP ToS RTP video:", tos(d.VideoMarks.TOS),
		"IP ToS RTP text:", tos(d.TextMarks.TOS), "802.1p CoS SIP:", fmt.Sprint(d.SIPMarks.Priority), "802.1p CoS RTP audio:",
		fmt.Sprint(d.AudioMarks.Priority), "802.1p CoS RTP video:", fmt.Sprint(d.VideoMarks.Priority), "802.1p CoS RTP text:",
		fmt.Sprint(d.TextMarks.Priority),
		"Jitterbuffer enabled:", yes(d.JitterEnable))
	if d.JitterEnable {
		kind := "fixed"
		if d.Jitter.Adaptive {
			kind = "adaptive"
		}
		s.add("Jitterbuffer forced:", yes(d.JitterForce), "Jitterbuffer max size:", fmt.Sprint(d.Jitter.Max.Milliseconds()),
			"Jitterbuffer resync:", fmt.Sprint(d.Jitter.Resync.Milliseconds()), "Jitterbuffer impl:", kind)
		if d.Jitter.Adaptive {
			s.add("Jitterbuffer tgt extra:", fmt.Sprint(d.Jitter.Extra.Milliseconds()))
		}
		s.add("Jitterbuffer log:", yes(d.JitterLog))
	}
	s.block("Network Settings:")
	mapping := "Disabled, no localnet list"
	addr := "(null)"
	if d.LocalNets != nil {
		mapping = "Disabled"
	}
	if a := d.Outside(); a.IsValid() {
		addr = a.String()
		if mapping = "Disabled, no localnet list"; d.LocalNets != nil {
			mapping = "Enabled using externaddr"
		}
	}
	if d.ExternHost != "" && d.LocalNets != nil {
		mapping = "Enabled using externhost"
	}
	s.add("SIP address remapping:", mapping, "Externhost:", or(d.ExternHost, "<none>"), "Externaddr:", addr, "Externrefresh:",
		fmt.Sprint(int(d.ExternRefresh.Seconds())))
	name := "Localnet:"
	for _, n := range d.LocalNets {
		s.add(name, maskOf(n.Net))
		name = ""
	}
}

// maskOf writes a network with its mask, as Asterisk does.
func maskOf(p netip.Prefix) string {
	bits := 32
	if p.Addr().Is6() {
		bits = 128
	}
	mask, _ := netip.AddrFromSlice(net.CIDRMask(p.Bits(), bits))
	return p.Addr().String() + "/" + mask.String()
}

func (s *settingRows) signalling(d *sipconf.Directory) {
	codecs := sipconf.Peer{}
	codecs.Codecs = d.Codecs
	subMin, subMax := d.SubMinExpiry, d.SubMaxExpiry
	if subMin == 0 {
		subMin = d.MinExpiry
	}
	if subMax == 0 {
		subMax = d.MaxExpiry
	}
	transfer := "closed"
	if d.AllowTransfer {
		transfer = "open"
	}
	s.block("Global Signalling Settings:")
	s.add("Codecs:", codecs.CodecList(), "Relax DTMF:", yes(d.RelaxDTMF), "RFC2833 Compensation:", yes(d.CompensateKeys), "Symmetric RTP:",
		yes(d.NAT.Comedia), "Compact SIP headers:", yes(d.Compact), "RTP Keepalive:", spanOf(d.RTPKeepalive), "RTP Timeout:",
		spanOf(d.RTPTimeout), "RTP Hold Timeout:", spanOf(d.RTPHoldTimeout), "MWI NOTIFY mime type:", d.NotifyType, "DNS SRV lookup:",
		yes(d.SrvLookup), "Pedantic SIP support:", yes(d.Pedantic), "Reg. min duration", secs(d.MinExpiry), "Reg. max duration:",
		secs(d.MaxExpiry), "Reg. default duration:", secs(d.DefaultExpiry), "Sub. min duration", secs(subMin), "Sub. max duration:",
		secs(subMax), "Outbound reg. timeout:", secs(d.RegisterTimeout), "Outbound reg. attempts:", fmt.Sprint(d.RegisterAttempts),
		"Outbound reg. retry 403:", yes(d.Retry403),
		"Notify ringing state:", ringing(d.NotifyRinging))
	if d.NotifyRinging != "no" {
		s.add("  Include CID:", includeCID(d.NotifyCID))
	}
	s.add("Notify hold state:", yes(d.NotifyHold), "SIP Transfer mode:", transfer,
		"Max Call Bitrate:", fmt.Sprintf("%d kbps", d.MaxCallBitrate), "Auto-Framing:", yes(d.Autoframing), "Outb. proxy:",
		or(d.ShownProxy(), "<not set> "), "Session Timers:", title(string(d.SessionTimers)), "Session Refresher:", d.Refresher,
		"Session Expires:", fmt.Sprintf("%d secs", d.SessionExpires), "Session Min-SE:", fmt.Sprintf("%d secs", d.MinSE), "Timer T1:",
		fmt.Sprint(d.T1.Milliseconds()), "Timer T1 minimum:", fmt.Sprint(d.T1Min.Milliseconds()), "Timer B:",
		fmt.Sprint(d.TimerB().Milliseconds()), "No premature media:", yes(d.PrematureFilter), "Max forwards:", fmt.Sprint(d.MaxForwards))
}

func (s *settingRows) defaults(d *sipconf.Directory) {
	p := chansip.PeerInfo{Peer: &sipconf.Peer{}}
	p.NAT, p.Transports, p.DTMF = d.NAT, d.Transports, d.DTMF
	force, _ := p.NATColumns()
	s.block("Default Settings:")
	s.add("Allowed transports:", p.TransportList(), "Outbound transport:", d.PrimaryTransport(), "Context:", d.Context, "Record on feature:",
		d.RecordOn, "Record off feature:", d.RecordOff, "Force rport:", force, "DTMF:", p.DTMFName(), "Qualify:",
		fmt.Sprint(d.Qualify.Milliseconds()), "Keepalive:", fmt.Sprint(int(d.KeepAlive.Seconds())), "Use ClientCode:", yes(d.ClientCode),
		"Progress inband:", title(d.ProgressInband), "Language:", d.Language, "Tone zone:", or(d.ToneZone, notSet), "MOH Interpret:",
		or(d.MOHInterpret, "default"), "MOH Suggest:", d.MOHSuggest, "Voice Mail Extension:", d.VMExten, "RTCP Multiplexing:", yes(d.RTCPMux))
}
