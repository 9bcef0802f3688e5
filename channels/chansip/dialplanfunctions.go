package chansip

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"

	"obelisk/dialplan"
	"obelisk/internal/printable"
	"obelisk/internal/sipstack"
	"obelisk/pbx"
)

// What the dialplan may ask of SIP and tell it: applications and functions.

var (
	errNotSIP = errors.New("this is not a SIP channel")
	errItem   = errors.New("there is no such item")
)

// Register adds the driver's applications and functions to a core. driver is asked when
// one of them runs; it may give nil, when SIP is not started.
func Register(core *pbx.Core, driver func() *Driver) {
	d := peerFunctions{driver}
	for _, a := range []pbx.App{
		{Name: "SIPAddHeader", Synopsis: "Add a header to the INVITEs of this call", Usage: "SIPAddHeader(Name: value)", Exec: addHeader},
		{Name: "SIPDtmfMode", Synopsis: "Change the way of keys for this call", Usage: "SIPDtmfMode(rfc2833|info|shortinfo|inband|auto)",
			Exec: sipDTMFMode},
		{Name: "SIPRemoveHeader", Synopsis: "Take added headers away", Usage: "SIPRemoveHeader([prefix])", Exec: removeHeader},
	} {
		core.RegisterApp(a)
	}
	for _, f := range []pbx.Func{
		{Name: "SIP_HEADER", Synopsis: "A header of the INVITE that came in", Usage: "SIP_HEADER(name[,number])", Read: readHeader},
		{Name: "SIP_HEADERS", Synopsis: "Names of the headers of the INVITE that came in", Usage: "SIP_HEADERS([prefix])", Read: readHeaders},
		{Name: "SIPPEER", Synopsis: "Facts about an endpoint", Usage: "SIPPEER(name[,item])", Read: d.readPeer},
		{Name: "CHECKSIPDOMAIN", Synopsis: "The domain, when it is one of ours", Usage: "CHECKSIPDOMAIN(domain)", Read: d.checkDomain},
	} {
		core.RegisterFunc(f)
	}
	for _, f := range d.pjsipFunctions() {
		core.RegisterFunc(f)
	}
	core.RegisterAlias(pjsipAlias(driver))
}

// peerFunctions are those that ask for endpoints.
type peerFunctions struct{ driver func() *Driver }

// addedHeader is the variable that carries an added header, the first one 1.
func addedHeader(n int) string { return addedNames[n-1] }

const maxAdded = 50

var addedNames = func() (out [maxAdded]string) { // each INVITE asks for all of them
	for i := range out {
		out[i] = fmt.Sprintf("SIPADDHEADER%02d", i+1)
	}
	return out
}()

func addHeader(c *pbx.Channel, args string) dialplan.Result {
	if args == "" {
		c.Warn("SIPAddHeader needs a header")
		return dialplan.Continue
	}
	for n := 1; n <= maxAdded; n++ {
		if v, _ := c.Var(addedHeader(n)); v == "" {
			c.SetVar("__"+addedHeader(n), args)
			return dialplan.Continue
		}
	}
	c.Warn("too many SIP headers added, max 50")
	return dialplan.Continue
}

func removeHeader(c *pbx.Channel, args string) dialplan.Result {
	for n := 1; n <= maxAdded; n++ {
		if v, _ := c.Var(addedHeader(n)); v != "" && strings.HasPrefix(strings.ToLower(v), strings.ToLower(args)) {
			c.SetVar("__"+addedHeader(n), "")
		}
	}
	return dialplan.Continue
}

// sipLeg is the SIP half of a channel.
func sipLeg(c *pbx.Channel) (*Leg, error) {
	if l, ok := c.Leg().(*Leg); ok {
		return l, nil
	}
	return nil, errNotSIP
}

// invitation keeps the INVITE of incoming calls for SIP_HEADER, where the dialplan
// asks for headers anywhere: it takes as much memory as the rest of a dialog.
type invitation struct {
	plan  atomic.Pointer[dialplan.Plan]
	asked atomic.Bool
}

func (i *invitation) wanted(p *dialplan.Plan) bool {
	if i.plan.Load() != p {
		i.asked.Store(p.Mentions("SIP_HEADER") || p.Mentions("CHANNEL(useragent)"))
		i.plan.Store(p)
	}
	return i.asked.Load()
}

func readHeader(c *pbx.Channel, args string) (string, error) {
	l, err := sipLeg(c)
	if err != nil {
		return "", err
	}
	name, number, _ := strings.Cut(args, ",")
	n, err := strconv.Atoi(strings.TrimSpace(number))
	if err != nil || n < 1 {
		n = 1
	}
	if l.invite == nil {
		return "", nil
	}
	if list := l.invite.Headers(strings.TrimSpace(name)); len(list) >= n {
		return printable.Line(list[n-1]), nil
	}
	return "", nil
}

func readHeaders(c *pbx.Channel, prefix string) (string, error) {
	l, err := sipLeg(c)
	if err != nil || l.invite == nil {
		return "", err
	}
	var out []string
	seen := map[string]bool{}
	for _, name := range l.invite.Names() {
		if key := strings.ToLower(name); strings.HasPrefix(key, strings.ToLower(prefix)) && !seen[key] {
			seen[key] = true
			out = append(out, name)
		}
	}
	return strings.Join(out, ","), nil
}

func (f peerFunctions) checkDomain(_ *pbx.Channel, args string) (string, error) {
	d := f.driver()
	if d == nil {
		return "", nil
	}
	if _, ok := d.Directory().LocalDomain(args); ok {
		return args, nil
	}
	return "", nil
}

// readPeer is SIPPEER: the address when no item is named.
func (f peerFunctions) readPeer(_ *pbx.Channel, args string) (string, error) {
	d := f.driver()
	if d == nil {
		return "", nil
	}
	name, item, _ := strings.Cut(args, ",")
	i, ok := d.Peer(strings.TrimSpace(name))
	if !ok {
		return "", nil
	}
	item = strings.ToLower(strings.TrimSpace(item))
	if inner, ok := bracketed(item, "chanvar"); ok {
		for _, v := range i.SetVars {
			if strings.EqualFold(v[0], inner) {
				return v[1], nil
			}
		}
		return "", nil
	}
	if inner, ok := bracketed(item, "codec"); ok {
		if n, err := strconv.Atoi(inner); err == nil && n >= 0 && n < len(i.Codecs) {
			return i.Codecs[n].String(), nil
		}
		return "", nil
	}
	if read, ok := peerItems[item]; ok {
		return read(d, &i), nil
	}
	return "", errItem
}

// bracketed reads "name[inner]".
func bracketed(item, name string) (string, bool) {
	rest, ok := strings.CutPrefix(item, name+"[")
	return strings.TrimSuffix(rest, "]"), ok
}

var peerItems = map[string]func(*Driver, *PeerInfo) string{
	"":                 func(_ *Driver, i *PeerInfo) string { return i.Address },
	"ip":               func(_ *Driver, i *PeerInfo) string { return i.Address },
	"port":             func(_ *Driver, i *PeerInfo) string { return strconv.Itoa(i.Port) },
	"status":           func(_ *Driver, i *PeerInfo) string { return i.Health.Status() },
	"mailbox":          func(_ *Driver, i *PeerInfo) string { return strings.Join(i.MailboxTexts, ",") },
	"context":          func(_ *Driver, i *PeerInfo) string { return i.Context },
	"expire":           func(_ *Driver, i *PeerInfo) string { return i.expiry() },
	"dynamic":          func(_ *Driver, i *PeerInfo) string { return yesNo(i.Dynamic) },
	"callerid_name":    func(_ *Driver, i *PeerInfo) string { return i.CallerID.Name },
	"callerid_num":     func(_ *Driver, i *PeerInfo) string { return i.CallerID.Num },
	"codecs":           func(_ *Driver, i *PeerInfo) string { return i.CodecList() },
	"limit":            func(_ *Driver, i *PeerInfo) string { return strconv.Itoa(i.CallLimit) },
	"busylevel":        func(_ *Driver, i *PeerInfo) string { return strconv.Itoa(i.BusyLevel) },
	"curcalls":         func(d *Driver, i *PeerInfo) string { return strconv.Itoa(d.InUse(i.Name)) },
	"language":         func(_ *Driver, i *PeerInfo) string { return i.Language },
	"accountcode":      func(_ *Driver, i *PeerInfo) string { return i.AccountCode },
	"useragent":        func(_ *Driver, i *PeerInfo) string { return i.agent() },
	"maxforwards":      func(_ *Driver, i *PeerInfo) string { return strconv.Itoa(i.MaxForwards) },
	"callgroup":        func(_ *Driver, i *PeerInfo) string { return GroupList(i.Groups.Call) },
	"pickupgroup":      func(_ *Driver, i *PeerInfo) string { return GroupList(i.Groups.Pickup) },
	"namedcallgroup":   func(_ *Driver, i *PeerInfo) string { return strings.Join(i.Groups.NamedCall, ", ") },
	"namedpickupgroup": func(_ *Driver, i *PeerInfo) string { return strings.Join(i.Groups.NamedPickup, ", ") },
	"encryption":       func(_ *Driver, i *PeerInfo) string { return digit(i.Encryption) },
	"regexten":         func(_ *Driver, i *PeerInfo) string { return i.RegExten },
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// ChannelItem implements pbx.ChannelReader: what CHANNEL() knows of SIP.
func (l *Leg) ChannelItem(item string) (value string, ok bool) {
	l.doNow(func() { value, ok = l.channelItem(item) })
	return value, ok
}

func (l *Leg) channelItem(item string) (string, bool) {
	switch item {
	case "peerip":
		return l.Flow.Remote.Addr().String(), true
	case "recvip":
		return l.Flow.Remote.Addr().String(), true
	case "recvport":
		return strconv.Itoa(int(l.Flow.Remote.Port())), true
	case "from": // that of the far end, where it has called
		if l.outbound {
			return "", true
		}
		n, _ := sipstack.ParseNameAddr(l.To)
		return n.URI, true
	case "uri":
		if l.outbound && l.RemoteTag == "" { // it has not said yet where it is
			return "", true
		}
		return l.Target, true
	case "useragent":
		if l.invite != nil {
			return l.invite.Header("User-Agent"), true
		}
		if l.Peer == nil {
			return "", true
		}
		return l.d.info(l.Peer).agent(), true
	case "peername":
		if l.Peer == nil {
			return "", true
		}
		return l.Peer.Name, true
	case "parkinglot":
		return l.Endpoint().ParkingLot, true
	case "secure_signaling":
		return oneOrNothing(l.Flow.Proto.Secure()), true
	case "secure_media":
		return oneOrNothing(l.crypto != nil), true
	case "t38passthrough":
		return digit(l.Endpoint().T38.Enabled), true
	case "ruri":
		if l.invite != nil {
			return l.invite.RequestURI, true
		}
		return l.Target, true
	case "rtpsource":
		return l.stream.Local().String(), true
	case "rtpdest":
		return l.stream.Stats().Source.String(), true
	}
	return l.pjsipItem(strings.ReplaceAll(item, " ", ""))
}

func digit(b bool) string {
	if b {
		return "1"
	}
	return "0"
}

// oneOrNothing is how chan_sip says whether something is secure.
func oneOrNothing(b bool) string {
	if b {
		return "1"
	}
	return ""
}

func (i PeerInfo) agent() string {
	if i.Binding == nil {
		return ""
	}
	return i.Binding.UserAgent
}

func (i PeerInfo) expiry() string {
	if i.Binding == nil {
		return "-1"
	}
	return strconv.Itoa(int(i.Binding.Granted.Seconds()))
}

// addedHeaders are those of SIPAddHeader and of header= lines. What is not a header is
// left out.
func (l *Leg) addedHeaders() (out []sipstack.Header) {
	add := func(text string) {
		name, value, ok := strings.Cut(text, ":")
		if name = strings.TrimSpace(name); !ok || name == "" || strings.ContainsAny(name, " \t") {
			l.trace.Note("'%s' is not a header and is left out", text)
			return
		}
		out = append(out, sipstack.Header{Name: name, Value: strings.TrimSpace(value)})
	}
	if l.Peer != nil {
		for _, text := range l.Peer.Headers {
			add(text)
		}
	}
	if l.ch == nil {
		return out
	}
	for n := 1; n <= maxAdded; n++ {
		if v, _ := l.ch.Var(addedHeader(n)); v != "" {
			add(v)
		}
	}
	return out
}
