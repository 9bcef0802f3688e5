package boot

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"obelisk/channels/chansip"
	"obelisk/dialplan/fn"
	"obelisk/internal/sipstack"
	"obelisk/internal/store"
	"obelisk/internal/store/realtime"
	"obelisk/manage/cli"
	"obelisk/media"
	"obelisk/pbx"
)

// database shows the astdb to the console.
type database struct{ *store.DB }

func (d database) Rows(family string) [][2]string {
	var out [][2]string
	for _, e := range d.List(family) {
		out = append(out, [2]string{e.Key, e.Value})
	}
	return out
}

// presenceView shows the presence that was set to the console.
type presenceView struct{ *fn.CustomPresence }

// List implements cli.CustomPresence.
func (v presenceView) List(f func(name string, p pbx.Presence, encoded bool)) {
	v.CustomPresence.List(func(name string, k fn.Kept) { f(name, k.Presence, k.Encoded) })
}

// sampleRate is a codec's in Hz; G.722 calls itself slower in RTP than it is (RFC 3551 4.5.2).
func sampleRate(c media.Codec) int {
	if c == media.G722 {
		return 16000
	}
	return c.Info().Rate
}

// Translations implements cli.System.
func (s *System) Translations() (names []cli.TranslationCodec, cost [][]time.Duration) {
	codecs := media.ConvertibleCodecs()
	for _, from := range codecs {
		names = append(names, cli.TranslationCodec{Name: from.String(), Rate: sampleRate(from)})
		var row []time.Duration
		for _, to := range codecs {
			d, ok := media.TranslationCost(from, to)
			if ok {
				d = max(d, time.Microsecond) // there is a way, however little it costs
			}
			row = append(row, d)
		}
		cost = append(cost, row)
	}
	return names, cost
}

// tablesView shows the tables of extconfig.conf to the console.
type tablesView struct{ s *System }

func (v tablesView) Tables() (out []cli.Table) {
	for _, m := range v.s.tables.Mappings() {
		out = append(out, cli.Table(m))
	}
	return out
}

func (v tablesView) States() (out []cli.TableState, waiting int) {
	list, waiting := v.s.tables.Status()
	for _, d := range list {
		t := cli.TableState{Driver: d.Driver, Database: d.Database, Error: d.Error, Away: !d.Since.IsZero()}
		if !d.Since.IsZero() {
			t.Down = time.Since(d.Since)
		}
		out = append(out, t)
	}
	return out, waiting
}

func (v tablesView) Load(family, column, value string) (out [][][2]string, err error) {
	rows, err := v.s.tables.LoadAll(family, realtime.ParseCondition(column, value))
	for _, r := range rows {
		var row [][2]string
		for _, f := range r {
			row = append(row, [2]string{f.Name, f.Value})
		}
		out = append(out, row)
	}
	return out, err
}

func (v tablesView) Prune(fits func(string) bool) int {
	if v.s.driver == nil {
		return 0
	}
	return v.s.driver.Prune(fits)
}

func (v tablesView) PeerOf(name string) (known, realtime bool) {
	if v.s.driver == nil {
		return false, false
	}
	p := v.s.driver.Directory().Lookup(name)
	return p != nil, p != nil && p.Realtime
}

// sipView shows the driver to the console.
type sipView struct {
	*chansip.Driver
	s *System
}

func (v sipView) Peers() []cli.SIPPeer {
	var out []cli.SIPPeer
	for _, p := range v.Driver.Peers() {
		force, comedia := p.NATColumns()
		out = append(out, cli.SIPPeer{Name: p.Name, User: p.ShownUser, Host: p.Address, Port: p.Port, Dynamic: p.Dynamic, ACL: p.ACL.Any(),
			Forcerport: force, Comedia: comedia, Status: p.Status(), Description: p.Description,
			Realtime: p.Realtime, Monitored: p.Health.Monitored, Available: p.Available()})
	}
	return out
}

func (v sipView) Bindings(name string) (out []cli.SIPBinding) {
	for _, b := range v.Driver.Bindings(name) {
		out = append(out, cli.SIPBinding{AOR: b.Name, Contact: b.Contact, Q: b.Q, CallID: b.CallID, CSeq: b.CSeq, UserAgent: b.UserAgent, Path: b.Path, Instance: b.Instance,
			Socket: strings.ToLower(b.Flow.Proto.String()) + ":" + b.Flow.Local.String(), State: b.State(), Left: b.Left()})
	}
	return out
}

func (v sipView) Registrations() []cli.SIPRegistration {
	var out []cli.SIPRegistration
	for _, r := range v.Driver.Registrations() {
		out = append(out, cli.SIPRegistration(r))
	}
	return out
}

func (v sipView) Dialogs() []cli.SIPDialog {
	var out []cli.SIPDialog
	for _, d := range v.Driver.Dialogs() {
		out = append(out, cli.SIPDialog{Addr: d.Addr, User: d.User, CallID: d.CallID, Format: d.Format, Last: d.Last, Peer: d.Peer, Held: d.Held})
	}
	return out
}

func (v sipView) Subscriptions() []cli.SIPSubscription {
	var out []cli.SIPSubscription
	for _, s := range v.Driver.Subscriptions() {
		out = append(out, cli.SIPSubscription(s))
	}
	return out
}

func (v sipView) Domains() (out [][3]string) {
	for _, d := range v.Driver.Directory().Domains {
		by := "Configured"
		if d.Automatic {
			by = "Automatic"
		}
		out = append(out, [3]string{d.Name, d.Context, by})
	}
	return out
}

func (v sipView) Usage(all bool) []cli.SIPUsage {
	var out []cli.SIPUsage
	for _, u := range v.Driver.InUseList(all) {
		out = append(out, cli.SIPUsage(u))
	}
	return out
}

// typedAddress reads an address of a command, with a port or without.
func typedAddress(text string, port uint16) (netip.AddrPort, error) {
	if a, err := netip.ParseAddrPort(text); err == nil {
		return a, nil
	}
	a, err := netip.ParseAddr(strings.Trim(text, "[]"))
	return netip.AddrPortFrom(a, port), err
}

func (v sipView) Judge(method, from, source, to, transport string) ([]string, error) {
	j := chansip.Judgement{Method: method, From: from, To: to}
	var err error
	if j.Source, err = typedAddress(source, 5060); err != nil {
		return nil, fmt.Errorf("'%s' is not an address", source)
	}
	var ok bool
	if j.Proto, ok = sipstack.ParseProto(transport); !ok {
		return nil, fmt.Errorf("'%s' is not a transport", transport)
	}
	return v.Driver.Judge(j), nil
}

// Overload lists the counters beside the options that they belong to.
func (v sipView) Overload() [][2]string {
	o := v.Driver.Overload()
	limit := func(n int, unit, option string) string {
		if n == 0 {
			return option + ": no limit"
		}
		return fmt.Sprintf("%s=%d%s", option, n, unit)
	}
	row := func(label string, n uint64, limit string) [2]string {
		return [2]string{label, fmt.Sprintf("%-12d %s", n, limit)}
	}
	l := o.Limits
	rows := [][2]string{
		{"New INVITEs let in", fmt.Sprint(o.Calls)},
		row("Refused, waited too long", o.TooOld, limit(int(l.MaxAge.Milliseconds()), " ms", "overload_maxage")),
		row("Refused, too many unanswered", o.TooMany, limit(l.MaxPending, fmt.Sprintf(", now %d", o.Pending), "overload_maxpending")),
		row("Refused, too many a second", o.TooFast, limit(l.CallRate, "", "callrate")),
		row("Refused, over an endpoint's rate", o.Endpoint, "callrate in its section"),
		row("Dropped, from strangers", o.Strangers, limit(l.StrangerRate, "", "stranger_rate")+", "+limit(l.StrangersRate, "", "strangers_rate")),
		row("Not sent, to strangers", o.Echoed, limit(l.StrangerEcho, "", "stranger_echo")),
		row("Dropped, queue full", o.Full, ""),
	}
	for _, s := range o.Shares {
		var limits []string
		for _, option := range s.Options {
			limits = append(limits, limit(option.Value, "", option.Name))
		}
		if s.Now >= 0 {
			limits = append(limits, fmt.Sprintf("now %d", s.Now))
		}
		rows = append(rows, row(s.What, s.Refused, strings.Join(limits, ", ")))
	}
	return rows
}
