package chansip

import (
	"crypto/md5"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"obelisk/channels/chansip/location"
	"obelisk/channels/chansip/sipconf"
	"obelisk/pbx"
)

// errNoEndpoint is what the functions say of a name that is nobody's.
var errNoEndpoint = errors.New("there is no such endpoint in sip.conf")

// pjsipFunctions are those of chan_pjsip that endpoints of sip.conf can answer.
func (f peerFunctions) pjsipFunctions() []pbx.Func {
	return []pbx.Func{
		{Name: "PJSIP_HEADER", Synopsis: "Headers of a SIP call, as chan_pjsip names them",
			Usage: "PJSIP_HEADER(read|add|update|remove,name[*][,number])",
			Read:  readPJSIPHeader, Write: writePJSIPHeader},
		{Name: "PJSIP_HEADERS", Synopsis: "Names of the headers of the INVITE that came in", Usage: "PJSIP_HEADERS([prefix])",
			Read: readHeaders},
		{Name: "PJSIP_DIAL_CONTACTS", Synopsis: "What to dial to call all phones of an endpoint",
			Usage: "PJSIP_DIAL_CONTACTS(endpoint[,aor[,user]])", Read: f.dialContacts},
		{Name: "PJSIP_ENDPOINT", Synopsis: "An option of an endpoint, by its name in pjsip.conf", Usage: "PJSIP_ENDPOINT(name,option)",
			Read: f.pjsipEndpoint},
		{Name: "PJSIP_AOR", Synopsis: "Where the phones of an endpoint are", Usage: "PJSIP_AOR(name,option)", Read: f.pjsipAOR},
		{Name: "PJSIP_CONTACT", Synopsis: "Facts about one phone of an endpoint", Usage: "PJSIP_CONTACT(contact,option)", Read: f.pjsipContact},
		{Name: "PJSIP_DTMF_MODE", Synopsis: "The way of keys for this call", Usage: "PJSIP_DTMF_MODE()", Read: readPJSIPKeys,
			Write: writePJSIPKeys},
	}
}

// named finds the endpoint and the second argument.
func (f peerFunctions) named(args string) (d *Driver, i PeerInfo, option string, err error) {
	if d = f.driver(); d == nil {
		return nil, i, "", errNoEndpoint
	}
	name, option, _ := strings.Cut(args, ",")
	i, ok := d.Peer(strings.TrimSpace(name))
	if !ok {
		return nil, i, "", errNoEndpoint
	}
	return d, i, strings.ToLower(strings.TrimSpace(option)), nil
}

// dialContacts names the endpoint while it can be called: Dial(PJSIP/name) rings all its phones.
//
// Differs: chan_pjsip names each contact.
func (f peerFunctions) dialContacts(_ *pbx.Channel, args string) (string, error) {
	_, i, rest, err := f.named(args)
	if err != nil || i.Address == "" && i.Dynamic {
		return "", err
	}
	_, user, _ := strings.Cut(rest, ",")
	if user = strings.TrimSpace(user); user != "" {
		return "PJSIP/" + user + "@" + i.Name, nil
	}
	return "PJSIP/" + i.Name, nil
}

// endpointOptions are options of pjsip.conf's endpoints.
var endpointOptions = map[string]func(i *PeerInfo) string{
	"context":              func(i *PeerInfo) string { return i.Context },
	"aors":                 func(i *PeerInfo) string { return i.Name },
	"auth":                 func(i *PeerInfo) string { return i.Name },
	"callerid":             func(i *PeerInfo) string { return i.CallerID.String() },
	"language":             func(i *PeerInfo) string { return i.Language },
	"tone_zone":            func(i *PeerInfo) string { return i.ToneZone },
	"accountcode":          func(i *PeerInfo) string { return i.AccountCode },
	"mailboxes":            func(i *PeerInfo) string { return strings.Join(i.Mailboxes, ",") },
	"allow":                func(i *PeerInfo) string { return i.CodecList() },
	"from_user":            func(i *PeerInfo) string { return i.FromUser },
	"from_domain":          func(i *PeerInfo) string { return i.FromDomain },
	"call_group":           func(i *PeerInfo) string { return GroupList(i.Groups.Call) },
	"pickup_group":         func(i *PeerInfo) string { return GroupList(i.Groups.Pickup) },
	"named_call_group":     func(i *PeerInfo) string { return strings.Join(i.Groups.NamedCall, ",") },
	"named_pickup_group":   func(i *PeerInfo) string { return strings.Join(i.Groups.NamedPickup, ",") },
	"device_state_busy_at": func(i *PeerInfo) string { return strconv.Itoa(i.BusyLevel) },
	"moh_suggest":          func(i *PeerInfo) string { return i.MOHSuggest },
	"dtmf_mode":            func(i *PeerInfo) string { return pjsipKeys(i.DTMF) },
	"rtp_timeout":          func(i *PeerInfo) string { return seconds(i.RTPTimeout) },
	"rtp_timeout_hold":     func(i *PeerInfo) string { return seconds(i.RTPHoldTimeout) },
	"trust_id_inbound":     func(i *PeerInfo) string { return yesNo(i.TrustRPID) },
	"send_pai":             func(i *PeerInfo) string { return yesNo(i.SendRPID == sipconf.SendPAI) },
	"send_rpid":            func(i *PeerInfo) string { return yesNo(i.SendRPID == sipconf.SendRPID) },
	"allow_transfer":       func(i *PeerInfo) string { return yesNo(i.AllowTransfer) },
	"allow_subscribe":      func(i *PeerInfo) string { return yesNo(i.AllowSubscribe) },
	"subscribe_context":    func(i *PeerInfo) string { return i.SubscribeIn },
	"message_context":      func(i *PeerInfo) string { return i.MessageIn },
	"ice_support":          func(i *PeerInfo) string { return yesNo(i.ICE) },
	"rtcp_mux":             func(i *PeerInfo) string { return yesNo(i.RTCPMux) },
	"rtp_symmetric":        func(i *PeerInfo) string { return yesNo(i.NAT.Comedia) },
	"force_rport":          func(i *PeerInfo) string { return yesNo(i.NAT.ForceRport) },
	"t38_udptl":            func(i *PeerInfo) string { return yesNo(i.T38.Enabled) },
	"outbound_proxy":       func(i *PeerInfo) string { return i.OutboundProxy },
	"voicemail_extension":  func(i *PeerInfo) string { return i.VMExten },
	"user_eq_phone":        func(i *PeerInfo) string { return yesNo(i.UseReqPhone) },
}

func seconds(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }

func (f peerFunctions) pjsipEndpoint(_ *pbx.Channel, args string) (string, error) {
	_, i, option, err := f.named(args)
	if err != nil {
		return "", err
	}
	if read := endpointOptions[option]; read != nil {
		return read(&i), nil
	}
	return "", fmt.Errorf("'%s' is no option that PJSIP_ENDPOINT knows here", option)
}

// contactName names a phone of an endpoint, as chan_pjsip does: the name, ";@" where it registers
// and "@@" where it does not, and the MD5 of its URI.
func contactName(i *PeerInfo, uri string) string {
	between := ";@"
	if !i.Dynamic {
		between = "@@"
	}
	return fmt.Sprintf("%s%s%x", i.Name, between, md5.Sum([]byte(uri)))
}

// contacts are the phones of an endpoint, by their URIs; a static one has no binding.
func (d *Driver) contacts(i *PeerInfo) (uris []string, bindings []*location.Binding) {
	if !i.Dynamic {
		uri := "sip:" + i.Host
		if i.DefaultUser != "" {
			uri = "sip:" + i.DefaultUser + "@" + i.Host
		}
		if i.Peer.Port != 0 {
			uri += ":" + strconv.Itoa(i.Peer.Port)
		}
		return []string{uri}, []*location.Binding{nil}
	}
	for _, b := range d.bindings.All(i.Name) {
		uris, bindings = append(uris, b.Contact), append(bindings, b)
	}
	return uris, bindings
}

func (f peerFunctions) pjsipAOR(_ *pbx.Channel, args string) (string, error) {
	d, i, option, err := f.named(args)
	if err != nil {
		return "", err
	}
	switch option {
	case "contact":
		uris, _ := d.contacts(&i)
		for n, u := range uris {
			uris[n] = contactName(&i, u)
		}
		return strings.Join(uris, ","), nil
	case "max_contacts":
		if !i.Dynamic {
			return "0", nil
		}
		return strconv.Itoa(i.Reg.MaxContacts), nil
	case "mailboxes":
		return strings.Join(i.Mailboxes, ","), nil
	case "qualify_frequency":
		return qualifyFrequency(&i), nil
	case "qualify_timeout":
		return strconv.FormatFloat(i.Qualify.Seconds(), 'f', 6, 64), nil
	case "minimum_expiration":
		return seconds(d.Directory().MinExpiry), nil
	case "maximum_expiration":
		return seconds(d.Directory().MaxExpiry), nil
	case "default_expiration":
		return seconds(d.Directory().DefaultExpiry), nil
	case "support_path":
		return yesNo(i.SupportPath), nil
	case "outbound_proxy":
		return i.OutboundProxy, nil
	case "voicemail_extension":
		return i.VMExten, nil
	}
	return "", fmt.Errorf("'%s' is no option that PJSIP_AOR knows here", option)
}

func qualifyFrequency(i *PeerInfo) string {
	if i.Qualify == 0 {
		return "0"
	}
	return seconds(i.QualifyFreq)
}

func (f peerFunctions) pjsipContact(_ *pbx.Channel, args string) (string, error) {
	id, _, _ := strings.Cut(args, ",")
	id = strings.TrimSpace(id)
	name := id[:max(0, strings.LastIndex(id, ";@"), strings.LastIndex(id, "@@"))]
	if name == "" {
		return "", errors.New("a contact is what PJSIP_AOR(name,contact) tells")
	}
	_, option, _ := strings.Cut(args, ",")
	d, i, option, err := f.named(name + "," + option)
	if err != nil {
		return "", err
	}
	uris, bindings := d.contacts(&i)
	for n, u := range uris {
		if contactName(&i, u) == id {
			return contactItem(&i, u, bindings[n], option)
		}
	}
	return "", errors.New("there is no such contact any more")
}

// contactItem is a fact about a phone; b is nil for a static host.
func contactItem(i *PeerInfo, uri string, b *location.Binding, option string) (string, error) {
	switch option {
	case "uri":
		return uri, nil
	case "endpoint":
		return i.Name, nil
	case "status":
		switch {
		case !i.Health.Monitored:
			return "NonQualified", nil
		case !i.Health.Known:
			return "Unknown", nil
		case i.Health.Callable():
			return "Reachable", nil
		}
		return "Unreachable", nil
	case "rtt":
		return strconv.FormatInt(i.Health.RTT.Microseconds(), 10), nil
	case "qualify_frequency":
		return qualifyFrequency(i), nil
	case "outbound_proxy":
		return i.OutboundProxy, nil
	}
	if b == nil {
		b = &location.Binding{ContactParams: location.NoParams}
	}
	switch option {
	case "user_agent":
		return b.UserAgent, nil
	case "call_id":
		return b.CallID, nil
	case "path":
		return b.Path, nil
	case "expiration_time":
		if b.Expires.IsZero() {
			return "0", nil
		}
		return strconv.FormatInt(b.Expires.Unix(), 10), nil
	case "via_addr":
		return b.Addr.Addr().String(), nil
	case "via_port":
		return strconv.Itoa(int(b.Addr.Port())), nil
	}
	return "", fmt.Errorf("'%s' is no option that PJSIP_CONTACT knows here", option)
}

// pjsipKeys is a way of keys in the words of pjsip.conf.
func pjsipKeys(m sipconf.DTMFMode) string {
	switch m {
	case sipconf.DTMFInfo, sipconf.DTMFShortInfo:
		return "info"
	case sipconf.DTMFInband:
		return "inband"
	case sipconf.DTMFAuto:
		return "auto"
	}
	return "rfc4733"
}

func readPJSIPKeys(c *pbx.Channel, _ string) (value string, err error) {
	l, err := sipLeg(c)
	if err != nil {
		return "", err
	}
	l.doNow(func() {
		m := l.Endpoint().DTMF
		if l.keys != nil {
			m = *l.keys
		}
		value = pjsipKeys(m)
	})
	return value, nil
}

func writePJSIPKeys(c *pbx.Channel, _, value string) error {
	word := map[string]string{"rfc4733": "rfc2833", "info": "info", "inband": "inband", "auto": "auto", "auto_info": "auto",
		"none": "rfc2833"}[strings.ToLower(strings.TrimSpace(value))]
	if word == "" {
		return fmt.Errorf("'%s' is no way of keys: rfc4733, info, inband, auto", value)
	}
	sipDTMFMode(c, word)
	return nil
}

// pjsipItem is CHANNEL(pjsip,item), and the others that chan_pjsip has.
func (l *Leg) pjsipItem(item string) (string, bool) {
	switch item {
	case "endpoint":
		return l.channelItem("peername")
	case "pjsip,call-id":
		return l.CallID, true
	case "pjsip,secure":
		return digit(l.Flow.Proto.Secure()), true
	case "pjsip,target_uri":
		return l.Target, true
	case "pjsip,remote_addr":
		return l.Flow.Remote.String(), true
	case "pjsip,local_addr":
		return l.Flow.Local.String(), true
	case "pjsip,request_uri":
		return l.channelItem("ruri")
	case "pjsip,t38state":
		return map[bool]string{true: "ENABLED", false: "DISABLED"}[l.fax != nil], true
	case "rtp,src":
		return l.channelItem("rtpsource")
	case "rtp,dest":
		return l.channelItem("rtpdest")
	case "rtp,secure":
		return digit(l.crypto != nil), true
	}
	return "", false
}
