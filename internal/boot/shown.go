package boot

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"obelisk/channels/chansip/sipconf"
	"obelisk/dialplan/fn"
	"obelisk/internal/auth"
	"obelisk/manage/cli"
	"obelisk/media"
	"obelisk/pbx/cel"
)

// Codecs implements cli.Operation.
func (o operation) Codecs() (out []cli.CodecRow) {
	for _, c := range media.AllCodecs() {
		if n, ok := codecNumbers[c.String()]; ok {
			kind := "audio"
			switch i := c.Info(); {
			case i.Video:
				kind = "video"
			case i.Text:
				kind = "text"
			}
			out = append(out, cli.CodecRow{ID: n.id, Kind: kind, Name: n.name, Format: c.String(), Description: n.text})
		}
	}
	slices.SortFunc(out, func(a, b cli.CodecRow) int { return a.ID - b.ID })
	return out
}

// codecNumbers are the codecs as Asterisk 20 numbers and names them; a format is a codec of
// one rate.
var codecNumbers = map[string]struct {
	id         int
	name, text string
}{
	"g723": {2, "g723", "G.723.1"}, "ulaw": {3, "ulaw", "G.711 u-law"}, "alaw": {4, "alaw", "G.711 a-law"}, "gsm": {5, "gsm", "GSM"},
	"g726": {6, "g726", "G.726 RFC3551"}, "adpcm": {8, "adpcm", "Dialogic ADPCM"}, "slin": {9, "slin", "16 bit Signed Linear PCM"},
	"slin16": {11, "slin", "16 bit Signed Linear PCM (16kHz)"}, "lpc10": {18, "lpc10", "LPC10"}, "g729": {19, "g729", "G.729A"},
	"speex": {20, "speex", "SpeeX"}, "speex16": {21, "speex", "SpeeX 16khz"}, "ilbc": {23, "ilbc", "iLBC"}, "g722": {24, "g722", "G722"},
	"opus": {28, "opus", "Opus Codec"}, "h261": {31, "h261", "H.261 video"}, "h263": {32, "h263", "H.263 video"},
	"h263p": {33, "h263p", "H.263+ video"}, "h264": {34, "h264", "H.264 video"}, "vp8": {37, "vp8", "VP8 video"},
	"red": {39, "red", "T.140 Realtime Text with redundancy"}, "t140": {40, "t140", "Passthrough T.140 Realtime Text"},
}

// Processors implements cli.Operation.
func (o operation) Processors() (out []cli.Processor) {
	if o.stack == nil {
		return nil
	}
	high := o.driver.Overload().Limits.MaxPending
	for i, l := range o.stack.Load() {
		out = append(out, cli.Processor{Name: fmt.Sprintf(shardName, i), Done: l.Done, Waiting: l.Waiting, Deepest: l.Deepest,
			High: high})
	}
	return append(out, cli.Processor{Name: recordsName, Waiting: o.records.Waiting()})
}

// PingProcessor implements cli.Operation.
func (o operation) PingProcessor(name string) time.Duration {
	begun := time.Now()
	var shard int
	if _, err := fmt.Sscanf(name, shardName, &shard); err == nil {
		o.stack.Ping(shard)
	} else {
		const patience = 10 * time.Second
		o.records.Sync(patience)
	}
	return time.Since(begun)
}

// ResetProcessors implements cli.Operation.
func (o operation) ResetProcessors(name string) {
	for i, p := range o.Processors() {
		if (name == "" || name == p.Name) && p.Name != recordsName {
			o.stack.ResetLoad(i)
		}
	}
}

// shardName and recordsName are what works in turn.
const (
	shardName   = "sip/shard-%08x"
	recordsName = "records/files"
)

// Packets implements cli.Operation.
func (o operation) Packets() cli.PacketSettings {
	c := o.media.Config()
	return cli.PacketSettings{From: c.PortMin, To: c.PortMax, Strict: c.Strict.String(), Probation: c.Probation, Kernel: o.fastPath != nil}
}

// EventSettings implements cli.Operation.
func (o operation) EventSettings() cli.EventSettings {
	c := o.events.Config()
	s := cli.EventSettings{Enabled: c.Enabled}
	for _, k := range cel.Kinds() {
		if c.Events[k] {
			s.Events = append(s.Events, k)
		}
	}
	for a := range c.Apps {
		s.Apps = append(s.Apps, a)
	}
	slices.Sort(s.Apps)
	if c.Manager {
		s.Subscribers = append(s.Subscribers, "Manager Event Logging")
	}
	if len(c.Custom) > 0 {
		s.Subscribers = append(s.Subscribers, "CEL Custom CSV Logging")
	}
	return s
}

// WebSettings implements cli.Operation.
func (o operation) WebSettings() (s cli.WebSettings) {
	s.Server = "Asterisk/" + sipconf.Version
	s.Bound, s.Prefix = o.web.Bound()
	s.Paths = [][2]string{{"/healthz", "Whether the process lives"}, {"/readyz", "Whether calls are taken"}, {"/metrics", "Prometheus"},
		{"/manager", "HTML Manager Event Interface"}, {"/rawman", "Raw HTTP Manager Event Interface"}, {"/mxml", "XML Manager Event Interface"},
		{"/amanager", "HTML Manager Event Interface w/Digest authentication"},
		{"/arawman", "Raw HTTP Manager Event Interface w/Digest authentication"},
		{"/amxml", "XML Manager Event Interface w/Digest authentication"},
		{"/ari/...", "Asterisk RESTful API"}, {"/ws", "SIP over WebSocket"}}
	s.Paths = append(s.Paths, o.web.OwnPaths()...)
	restrictions, redirects := o.web.Paths()
	for _, r := range redirects {
		s.Redirects = append(s.Redirects, [2]string{r.From, r.To})
	}
	for _, r := range restrictions {
		s.Restrictions = append(s.Restrictions, cli.WebRestriction{Path: r.Path, Named: r.Named, Rules: shownRules(r.Access.ACL)})
	}
	return s
}

// AccessLists implements cli.Operation.
func (o operation) AccessLists() (out []cli.AccessList) {
	if lists := o.lists.Load(); lists != nil {
		for name, rules := range *lists {
			out = append(out, cli.AccessList{Name: name, Rules: shownRules(rules)})
		}
	}
	slices.SortFunc(out, func(a, b cli.AccessList) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// shownRules are the rules of a list: allow or deny, network.
func shownRules(list auth.ACL) (out [][2]string) {
	for _, r := range list {
		word := "deny"
		if r.Allow {
			word = "allow"
		}
		out = append(out, [2]string{word, masked(r.Net)})
	}
	return out
}

// masked writes a network as Asterisk does: 10.0.0.0/255.0.0.0.
func masked(p netip.Prefix) string {
	if !p.Addr().Is4() {
		mask, _ := netip.AddrFromSlice(net.CIDRMask(p.Bits(), 128))
		return p.Addr().String() + "/" + mask.String()
	}
	return p.Addr().String() + "/" + net.IP(net.CIDRMask(p.Bits(), 32)).String()
}

// Groups implements cli.Operation.
func (o operation) Groups() [][3]string { return fn.Groups(o.core) }

// yes is a setting in a table of the console.
func yes(on bool) string {
	if on {
		return "Yes"
	}
	return "No"
}
