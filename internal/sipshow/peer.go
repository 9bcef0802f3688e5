package sipshow

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"obelisk/channels/chansip"
	"obelisk/pbx"
)

// Details lists the rows of sip show peer, in chan_sip's order and words.
func (v Console) Details(name string) ([][2]string, bool) {
	p, ok := v.Driver.Peer(name)
	if !ok || !p.IsPeer {
		return nil, false
	}
	return v.details(p), true
}

func (v Console) details(p chansip.PeerInfo) [][2]string {
	d := peerDetails{p: p, told: "32767/65535", extens: len(v.Driver.Directory().RegContexts) > 0}
	if fresh, old, told := v.Driver.MessagesTold(&p); told {
		d.told = fmt.Sprintf("%d/%d", fresh, old)
	}
	d.account()
	d.rights()
	d.media()
	d.place()
	d.sessions()
	return d.rows
}

// peerDetails collects label and value.
type peerDetails struct {
	p    chansip.PeerInfo
	told string // of messages, new/old; chan_sip's -1 for a phone that was not told yet
	// extens: there is a regcontext, so that a regexten has a meaning.
	extens bool
	rows   [][2]string
}

func (d *peerDetails) add(pairs ...string) {
	for i := 0; i+1 < len(pairs); i += 2 {
		d.rows = append(d.rows, [2]string{pairs[i], pairs[i+1]})
	}
}

// given adds a row where there is a value.
func (d *peerDetails) given(label, value string) {
	if value != "" {
		d.add(label, value)
	}
}

const notSet = "<Not set>"

func (d *peerDetails) account() {
	p := d.p
	secret, md5, remote := p.Secrets()
	set := func(on bool) string {
		if on {
			return "<Set>"
		}
		return notSet
	}
	d.add("Description", p.Description, "Secret", set(secret), "MD5Secret", set(md5), "Remote Secret", set(remote))
	for _, a := range p.Auth {
		how := notSet
		switch {
		case a.Secret != "":
			how = "<Secret set>"
		case a.MD5 != "":
			how = "<MD5secret set>"
		}
		d.add("Realm-auth", fmt.Sprintf("Realm %-15.15s User %-10.20s %s", a.Realm, a.User, how))
	}
	d.add("Context", p.Context,
		"Record On feature ", p.RecordOn, "Record Off feature ", p.RecordOff, "Subscr.Cont.", or(p.SubscribeIn, notSet), "Language", p.Language,
		"Tonezone", or(p.ToneZone, notSet))
	d.given("Accountcode", p.AccountCode)
	d.add("AMA flags", or(p.AMAFlags, "Unknown"), "Transfer mode", d.transfer(), "CallingPres", pbx.PresentationOf(p.Presentation).Text)
	d.given("FromUser", p.FromUser)
	if p.FromDomain != "" && p.Given("fromdomain") {
		port := p.FromPort
		if port == 0 {
			port = 5060
		}
		d.add("FromDomain", fmt.Sprintf("%s Port %d", p.FromDomain, port))
	}
}

// transfer is who may send calls elsewhere.
func (d *peerDetails) transfer() string {
	if d.p.AllowTransfer {
		return "open"
	}
	return "closed"
}

// insecure is what the peer need not prove.
func (d *peerDetails) insecure() string {
	var out []string
	if d.p.Insecure.Port {
		out = append(out, "port")
	}
	if d.p.Insecure.Invite {
		out = append(out, "invite")
	}
	return or(strings.Join(out, ","), "no")
}

func (d *peerDetails) rights() {
	p := d.p
	d.add("Callgroup", chansip.GroupList(p.Groups.Call), "Pickupgroup", chansip.GroupList(p.Groups.Pickup), "Named Callgr",
		strings.Join(p.Groups.NamedCall, ", "), "Nam. Pickupgr", strings.Join(p.Groups.NamedPickup, ", "), "MOH Suggest", p.MOHSuggest,
		"Mailbox", strings.Join(p.MailboxTexts, ","), "VM Extension", p.VMExten, "LastMsgsSent", d.told, "Call limit", fmt.Sprint(p.CallLimit),
		"Max forwards", fmt.Sprint(p.OwnMaxForwards()))
	if p.BusyLevel > 0 {
		d.add("Busy level", fmt.Sprint(p.BusyLevel))
	}
	expire := "-1"
	if p.Binding != nil {
		expire = fmt.Sprint(int(p.Binding.Kept().Seconds()))
	}
	force, comedia := p.NATColumns()
	d.add("Dynamic", yes(p.Dynamic), "Callerid", fmt.Sprintf(`"%s" <%s>`, quoteMarks.Replace(p.CallerID.Name), p.CallerID.Num), "MaxCallBR",
		fmt.Sprintf("%d kbps", p.MaxCallBitrate), "Expire", expire, "Insecure", d.insecure(), "Force rport", force, "Symmetric RTP", comedia,
		"ACL", yes(p.ACL.Any()), "ContactACL", yes(p.ContactACL.Any()), "DirectMedACL", yes(p.DirectACL.Any()))
}

// fax is the error correction of T.38 and its largest datagram.
func (d *peerDetails) fax() (correction, datagram string) {
	correction, datagram = "Unknown", "4294967295"
	if d.p.T38.Enabled {
		correction = d.p.T38.Correction
	}
	if d.p.T38.MaxDatagram > 0 {
		datagram = fmt.Sprint(d.p.T38.MaxDatagram)
	}
	return correction, datagram
}

func (d *peerDetails) media() {
	p := d.p
	correction, datagram := d.fax()
	d.add("T.38 support", yes(p.T38.Enabled), "T.38 EC mode", correction, "T.38 MaxDtgrm", datagram, "DirectMedia", yes(p.Direct.On),
		"PromiscRedir", yes(p.PromiscRedir), "User=Phone", yes(p.UseReqPhone), "Video Support", yes(p.Video != "no"), "Text Support",
		yes(p.Text), "Ign SDP ver", yes(p.IgnoreSDPVersion), "Trust RPID", yes(p.TrustRPID), "Send RPID", yes(p.SendRPID != ""), "Path support",
		yes(p.SupportPath), "Path", d.path(), "TrustIDOutbnd", title(p.TrustOut), "Subscriptions", yes(p.AllowSubscribe),
		"Overlap dial", overlap(p.AllowOverlap))
	if p.Given("outboundproxy") {
		d.given("Outb. proxy", p.ShownProxy())
	}
	d.add("DTMFmode", p.DTMFName())
}

// path is that of a registered phone.
func (d *peerDetails) path() string {
	if d.p.Binding == nil || d.p.Binding.Path == "" {
		return "N/A"
	}
	return d.p.Binding.Path
}

func (d *peerDetails) place() {
	p := d.p
	addr, def, host := "(null)", "(null)", p.Host
	if p.Address != "" {
		addr = fmt.Sprintf("%s:%d", p.Address, p.Port)
	}
	if p.DefaultAddr.IsValid() {
		def = p.DefaultAddr.String()
	}
	if p.Dynamic {
		host = ""
	}
	contact, agent := "", ""
	if p.Binding != nil {
		contact, agent = p.Binding.Contact, p.Binding.UserAgent
	}
	ms := func(t time.Duration) string { return fmt.Sprint(t.Milliseconds()) }
	d.add("Timer T1", ms(p.T1), "Timer B", ms(p.TimerB()), "ToHost", host, "Addr->IP", addr, "Defaddr->IP", def, "Prim.Transp.",
		p.PrimaryTransport(),
		"Allowed.Trsp", p.TransportList())
	if d.extens {
		d.add("Reg. exten", p.RegExten)
	}
	d.add("Def. Username", p.ShownUser, "SIP Options", "(none)", "Codecs", p.CodecList(), "Auto-Framing", yes(p.Autoframing),
		"Status", p.Status(), "Useragent", agent, "Reg. Contact", contact, "Qualify Freq", ms(p.QualifyFreq)+" ms", "Keepalive",
		ms(p.KeepAlive)+" ms")
	d.variables()
}

// variables are those of setvar, the last one first, as with chan_sip.
func (d *peerDetails) variables() {
	if len(d.p.SetVars) == 0 {
		return
	}
	d.add("Variables", "")
	for _, v := range slices.Backward(d.p.SetVars) {
		d.add("", v[0]+" = "+v[1])
	}
}

func (d *peerDetails) sessions() {
	p := d.p
	d.add("Sess-Timers", title(string(p.SessionTimers)), "Sess-Refresh", p.Refresher, "Sess-Expires",
		fmt.Sprintf("%d secs", p.SessionExpires), "Min-Sess", fmt.Sprintf("%d secs", p.MinSE), "RTP Engine", "asterisk", "Parkinglot",
		p.ParkingLot, "Use Reason", yes(p.Q850), "Encryption", yes(p.Encryption), "RTCP Mux", yes(p.RTCPMux))
}
