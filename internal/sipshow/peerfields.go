package sipshow

import (
	"fmt"
	"strings"

	"obelisk/channels/chansip"
	"obelisk/pbx"
)

// Details are the fields of SIPshowpeer, in chan_sip's order and words.
func (v Manager) Details(name string) ([][2]string, bool) {
	p, ok := v.Driver.Peer(name)
	if !ok {
		return nil, false
	}
	d := peerDetails{p: p}
	d.managerAccount()
	d.managerRights()
	d.managerMedia()
	d.managerPlace()
	return d.rows, true
}

func letter(on bool) string {
	if on {
		return "Y"
	}
	return "N"
}

func (d *peerDetails) managerAccount() {
	p := d.p
	secret, md5, remote := p.Secrets()
	d.add("Channeltype", "SIP", "ObjectName", p.Name, "ChanObjectType", "peer", "SecretExist", letter(secret), "RemoteSecretExist",
		letter(remote), "MD5SecretExist", letter(md5),
		"Context", p.Context)
	d.given("SubscribeContext", p.SubscribeIn)
	d.add("Language", p.Language, "ToneZone", or(p.ToneZone, notSet))
	d.given("Accountcode", p.AccountCode)
	d.add("AMAflags", or(title(strings.ToLower(p.AMAFlags)), "Unknown"), "CID-CallingPres", pbx.PresentationOf(p.Presentation).Text)
	d.given("SIP-FromUser", p.FromUser)
	d.given("SIP-FromDomain", p.FromDomain)
	d.add("Callgroup", chansip.GroupList(p.Groups.Call), "Pickupgroup", chansip.GroupList(p.Groups.Pickup), "Named Callgroup",
		strings.Join(p.Groups.NamedCall, ", "), "Named Pickupgroup", strings.Join(p.Groups.NamedPickup, ", "), "MOHSuggest", p.MOHSuggest,
		"VoiceMailbox", strings.Join(p.MailboxTexts, ","), "TransferMode", d.transfer(), "LastMsgsSent", "0", "Maxforwards",
		fmt.Sprint(p.OwnMaxForwards()), "Call-limit", fmt.Sprint(p.CallLimit), "Busy-level", fmt.Sprint(p.BusyLevel), "MaxCallBR",
		fmt.Sprintf("%d kbps", p.MaxCallBitrate))
}

func (d *peerDetails) managerRights() {
	p := d.p
	expire, force := "-1", "N"
	if p.Binding != nil {
		expire = fmt.Sprint(int(p.Binding.Kept().Seconds()))
	}
	switch {
	case p.NAT.AutoForceRport && p.NATFound:
		force = "A"
	case p.NAT.AutoForceRport:
		force = "a"
	case p.NAT.ForceRport:
		force = "Y"
	}
	comedia := letter(p.NAT.Comedia)
	if p.NAT.AutoComedia {
		comedia = map[bool]string{true: "A", false: "a"}[p.NATFound]
	}
	d.add("Dynamic", letter(p.Dynamic), "Callerid", fmt.Sprintf(`"%s" <%s>`, p.CallerID.Name, p.CallerID.Num), "RegExpire", expire+" seconds",
		"SIP-AuthInsecure", d.insecure(), "SIP-Forcerport", force, "SIP-Comedia", comedia, "ACL", letter(p.ACL.Any()), "SIP-CanReinvite",
		letter(p.Direct.On), "SIP-DirectMedia", letter(p.Direct.On), "SIP-PromiscRedir", letter(p.PromiscRedir), "SIP-UserPhone",
		letter(p.UseReqPhone), "SIP-VideoSupport", letter(p.Video != "no"), "SIP-TextSupport", letter(p.Text))
}

func (d *peerDetails) managerMedia() {
	p := d.p
	correction, datagram := d.fax()
	d.add("SIP-T.38Support", letter(p.T38.Enabled), "SIP-T.38EC", correction, "SIP-T.38MaxDtgrm", datagram, "SIP-Sess-Timers",
		title(string(p.SessionTimers)), "SIP-Sess-Refresh", p.Refresher, "SIP-Sess-Expires", fmt.Sprint(p.SessionExpires), "SIP-Sess-Min",
		fmt.Sprint(p.MinSE), "SIP-RTP-Engine", "asterisk", "SIP-Encryption", letter(p.Encryption), "SIP-RTCP-Mux", letter(p.RTCPMux),
		"SIP-DTMFmode", p.DTMFName())
}

func (d *peerDetails) managerPlace() {
	p := d.p
	host, address, port := p.Host, "(null)", "0"
	if p.Dynamic {
		host = ""
	}
	if p.Address != "" {
		address, port = p.Address, fmt.Sprint(p.Port)
	}
	def, defPort := "(null)", "0"
	if p.DefaultAddr.IsValid() {
		def, defPort = p.DefaultAddr.Addr().String(), fmt.Sprint(p.DefaultAddr.Port())
	}
	contact, agent := "", ""
	if p.Binding != nil {
		contact, agent = p.Binding.Contact, p.Binding.UserAgent
	}
	d.add("ToHost", host, "Address-IP", address, "Address-Port", port, "Default-addr-IP", def, "Default-addr-port", defPort,
		"Default-Username", p.ShownUser)
	d.given("RegExtension", p.RegExten)
	d.add("Codecs", p.CodecList(), "Status", p.Health.Status(), "SIP-Useragent", agent)
	d.add("Reg-Contact", contact, "QualifyFreq", fmt.Sprintf("%d ms", p.QualifyFreq.Milliseconds()), "Parkinglot", p.ParkingLot)
	for _, v := range p.SetVars {
		d.add("ChanVariable", v[0]+"="+v[1])
	}
	d.add("SIP-Use-Reason-Header", letter(p.Q850), "Description", p.Description)
}
