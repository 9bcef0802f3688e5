// Package chansip is the SIP channel driver: it runs sip.conf the way Asterisk's chan_sip
// did, as a back-to-back user agent on internal/sipstack. It is the session, an INVITE and
// what follows; what else SIP is has rooms below it.
//
// What happens to a call happens on the shard of its Call-ID; the configuration is an
// immutable sipconf.Directory that a call keeps from its beginning to its end.
package chansip

import (
	"bytes"
	"maps"
	"net/netip"
	"sync/atomic"
	"time"

	"obelisk/channels/chansip/access"
	"obelisk/channels/chansip/dialog"
	"obelisk/channels/chansip/dnsmgr"
	"obelisk/channels/chansip/elsewhere"
	"obelisk/channels/chansip/location"
	"obelisk/channels/chansip/outreg"
	"obelisk/channels/chansip/pubsub"
	"obelisk/channels/chansip/qualify"
	"obelisk/channels/chansip/registrar"
	"obelisk/channels/chansip/sipconf"
	"obelisk/dialplan"
	"obelisk/internal/sipstack"
	"obelisk/internal/store"
	"obelisk/internal/store/realtime"
	"obelisk/internal/trace"
	"obelisk/media"
	"obelisk/pbx"
	"obelisk/pbx/event"

	"github.com/rs/zerolog"
)

// Config of a driver.
type Config struct {
	Core   *pbx.Core
	Media  *media.Engine
	DB     *store.DB
	Tables *realtime.Tables // of extconfig.conf; nil: none
	Book   *trace.Book
	Log    zerolog.Logger
	Names  *dnsmgr.Manager // where names are looked up; nil: at the system
	// Files is the number of file descriptors that calls and phones may use; nil: unknown.
	Files func() int
	// Security gets security events in Asterisk's form; nil: none.
	Security func(text string)
	// Informed says whether it gets those too that are no reason for concern. nil: no.
	Informed func() bool
}

// Driver is the SIP technology of the switchboard.
type Driver struct {
	cfg        Config
	core       *pbx.Core
	book       *trace.Book
	log        zerolog.Logger
	names      *dnsmgr.Manager
	dir        atomic.Pointer[sipconf.Directory]
	stack      *sipstack.Stack
	bindings   *location.Bindings
	health     *qualify.Qualifier
	keepalives *qualify.Keepalives
	phones     *elsewhere.Phones // at other nodes
	debug      atomic.Bool
	only       atomic.Pointer[debugOnly] // what is dumped while debug is off; nil: nothing
	capture    atomic.Pointer[trace.HEP] // where messages are copied to; nil: nowhere
	stopping   atomic.Bool
	callRates  callRates
	callCounts callCounts
	invitation invitation
	access     *access.Control
	ua         *dialog.Agent
	callLimits callLimits
	pubsub     *pubsub.PubSub
	registrar  *registrar.Registrar
	registry   *outreg.Registry
	realtime   *realtimePeers // nil without the table sippeers
	outbox     outbox
}

// New makes a driver with its first directory. Attach gives it the stack.
func New(cfg Config, dir *sipconf.Directory) *Driver {
	d := &Driver{cfg: cfg, core: cfg.Core, book: cfg.Book, log: cfg.Log.With().Str("component", "chan_sip").Logger(), names: cfg.Names,
		callLimits: callLimits{guestsAt: map[netip.Addr]int{}}}
	if d.names == nil {
		d.names = dnsmgr.New(dnsmgr.SystemResolver)
	}
	d.realtime = newRealtimePeers(d, cfg.Tables)
	d.dir.Store(dir)
	d.debug.Store(dir.Debug)
	d.bindings = location.New(cfg.DB)
	d.bindings.OnExpired = d.expired
	d.access = access.New(access.Config{Directory: d.Directory, Bindings: d.bindings, Core: d.core, DB: cfg.DB, Log: d.log,
		Security: cfg.Security, Informed: cfg.Informed,
		Challenges: func(sh *sipstack.Shard) map[string]*access.Challenge { return data(sh).nonces }})
	d.ua = dialog.New(dialog.Config{Directory: d.Directory, Bindings: d.bindings, Names: d.names, Access: d.access, Log: d.log})
	d.health = qualify.New(qualify.Config{Directory: d.Directory, Agent: d.ua, Bindings: d.bindings, Core: d.core, Log: d.log,
		Changed: func(name string) {
			d.registrar.Extensions.Changed(name)
			d.phones.HealthChanged(name)
		}})
	d.phones = elsewhere.New(elsewhere.Config{Core: d.core, Directory: d.Directory, Bindings: d.bindings, Log: d.log, Left: d.left,
		Callable: func(p *sipconf.Peer) bool { return d.health.Health(p).Callable() }})
	d.registrar = registrar.New(registrar.Config{Directory: d.Directory, Bindings: d.bindings, Access: d.access, Health: d.health,
		Core: d.core, Log: d.log,
		Changed: d.contactsChanged, TellMailboxes: func(name string) { d.pubsub.TellMailboxes(name) }})
	d.bindings.Volatile = d.registrar.Auto.Has
	d.pubsub = pubsub.New(pubsub.Config{Directory: d.Directory, Names: d.names, Bindings: d.bindings, Access: d.access, Agent: d.ua,
		Core: d.core, Log: d.log, Elsewhere: d.phones.Bindings,
		Subscriptions: func(sh *sipstack.Shard) map[string][]*pubsub.Subscription { return data(sh).subs },
		Watches:       func(sh *sipstack.Shard) map[string]*pubsub.RemoteWatch { return data(sh).watches }})
	d.registry = outreg.New(outreg.Config{Directory: d.Directory, Names: d.names, Agent: d.ua, Core: d.core, DB: cfg.DB, Log: d.log})
	d.keepalives = qualify.NewKeepalives(d.Directory, d.ua)
	d.join(dir)
	d.joinNodes()
	return d
}

// Attach gives the driver its stack, which must have the driver as handler.
func (d *Driver) Attach(s *sipstack.Stack) {
	d.stack = s
	d.bindings.Resume = s.Resume()
	d.access.Attach(s)
	d.ua.Attach(s)
	d.health.Attach(s)
	d.keepalives.Attach(s)
	d.registrar.Attach(s)
	d.pubsub.Attach(s)
	d.registry.Attach(s)
	d.phones.Attach(s)
	s.SetCompact(d.Directory().Compact)
}

// Start restores bindings, registers at the trunks and begins to qualify.
func (d *Driver) Start() {
	d.names.OnChange(d.moved)
	d.names.Configure(d.Directory().HostEntries())
	if n := d.restoreBindings(); n > 0 {
		d.log.Info().Msgf("%d registrations restored from the astdb", n)
	}
	d.realtime.restore()
	d.registrar.Extensions.Review()
	d.health.Apply(d.Directory())
	d.keepalives.Apply(d.Directory())
	d.registry.Apply(d.Directory())
	d.pubsub.Apply(d.Directory())
	d.pubsub.TellAllMailboxes()
}

// restoreBindings reads the bindings of the file's dynamic peers from the astdb and counts them.
func (d *Driver) restoreBindings() (n int) {
	for _, p := range d.Directory().Peers {
		if p.Dynamic && p.IsPeer && d.bindings.Get(p.Name) == nil {
			n += d.bindings.Restore(p.Name, p.Transports[0], p.Reg.MaxContacts)
		}
	}
	return n
}

// Stop ends timers and registrations; calls are ended by the core.
func (d *Driver) Stop() {
	d.stopping.Store(true)
	d.names.Close()
	d.phones.Stop()
	d.health.Stop()
	d.keepalives.Stop()
	d.bindings.Close()
	d.registrar.Extensions.Stop()
	d.realtime.stop()
	d.registry.Stop()
	d.pubsub.Stop()
}

// join gives a directory the endpoints that are in no file.
func (d *Driver) join(dir *sipconf.Directory) {
	if d.realtime == nil {
		dir.Join(nil, d.registrar.Auto)
		return
	}
	dir.Join(d.realtime, d.registrar.Auto)
}

// SetPlan puts a dialplan in force, with the extensions of the phones that are there.
func (d *Driver) SetPlan(p *dialplan.Plan) { d.registrar.Extensions.SetPlan(p) }

// Directory is the configuration in force for new calls.
func (d *Driver) Directory() *sipconf.Directory { return d.dir.Load() }

// Apply puts a compiled sip.conf in force. Calls keep the one they have.
func (d *Driver) Apply(n *sipconf.Directory) {
	d.join(n)
	d.dir.Store(n)
	d.names.Configure(n.HostEntries())
	d.stack.SetLimits(n.Limits)
	d.stack.SetCompact(n.Compact)
	for _, p := range n.Peers {
		if b := d.bindings.Get(p.Name); b != nil && !p.Dynamic {
			d.bindings.Remove(p.Name)
		}
	}
	d.registrar.Auto.Apply(n)
	d.health.Apply(n)
	d.keepalives.Apply(n)
	d.registry.Apply(n)
	d.pubsub.Apply(n)
	d.registrar.Extensions.Review()
	d.core.ReviewHints()
}

// OnWire is the stack's witness: the call's trace, and the log with sip debug.
func (d *Driver) OnWire(in bool, f sipstack.Flow, b []byte, callID string) {
	from, to := f.Local, f.Remote
	if in {
		from, to = to, from
	}
	if callID != "" {
		c := d.book.Find(callID)
		if c != nil {
			start, _, _ := bytes.Cut(b[:min(len(b), 200)], []byte("\r\n"))
			c.Message(in, callID, f.Remote, start)
		}
		if c != nil || bytes.HasPrefix(b, []byte("INVITE ")) { // of which there may be a call in a moment
			d.book.Wire.Note(from, to, time.Now(), callID, b)
		}
	}
	if h := d.capture.Load(); h != nil {
		h.Send(from, to, f.Proto != sipstack.UDP, time.Now(), b, callID)
	}
	if d.debug.Load() || d.only.Load().fits(f.Remote, callID) {
		way := "Transmitting to"
		if in {
			way = "SIP read from"
		}
		d.log.Info().Msgf("<--- %s %s:%s --->\n%s<------------->", way, f.Proto, f.Remote, b)
	}
}

// CommonHeaders implements sipstack.Handler.
func (d *Driver) CommonHeaders() []sipstack.Header { return d.Directory().ResponseHeaders() }

// respond answers a request with the common headers and further ones.
func (d *Driver) respond(tx *sipstack.ServerTx, status int, reason string, extra ...sipstack.Header) {
	d.Directory().Respond(tx, status, reason, extra...)
}

// Name implements pbx.Tech.
func (d *Driver) Name() string { return "SIP" }

// Secures implements pbx.Securing.
func (d *Driver) Secures() bool { return true }

// shardData is what the driver keeps on a shard.
type shardData struct {
	legs    map[string][]*Leg                 // by Call-ID
	subs    map[string][]*pubsub.Subscription // likewise
	nonces  map[string]*access.Challenge      // by Call-ID
	watches map[string]*pubsub.RemoteWatch    // likewise
}

// Compact gives back what the tables of dialogs took in a storm of calls.
func (d *Driver) Compact() {
	d.stack.EachShard(func(sh *sipstack.Shard) {
		s := data(sh)
		s.legs, s.nonces, s.subs = maps.Collect(maps.All(s.legs)), maps.Collect(maps.All(s.nonces)), maps.Collect(maps.All(s.subs))
	})
}

func data(sh *sipstack.Shard) *shardData {
	s, _ := sh.User.(*shardData)
	if s == nil {
		s = &shardData{legs: map[string][]*Leg{}, nonces: map[string]*access.Challenge{}, subs: map[string][]*pubsub.Subscription{},
			watches: map[string]*pubsub.RemoteWatch{}}
		sh.User = s
	}
	return s
}

// Handle implements sipstack.Handler.
func (d *Driver) Handle(sh *sipstack.Shard, tx *sipstack.ServerTx, m *sipstack.Message) {
	if tx != nil {
		tx.NAT = access.AnswerNAT(m, d.Directory().NAT)
	}
	if leg := d.findLeg(sh, m); leg != nil {
		if leg.Admits(sh, tx, m) {
			leg.Allowance.Shown() // it has our tag
			leg.inDialog(tx, m)
		}
		return
	}
	if m.Method == "ACK" {
		return
	}
	if m.From.Tag() == "" && d.Directory().Pedantic { // as chan_sip: RFC 3261 section 8.1.1.3 wants one
		tx.Ignore()
		return
	}
	if d.pubsub.InDialog(sh, tx, m) {
		return
	}
	if _, tagged := m.To.Param("tag"); tagged && m.Method != "REGISTER" {
		d.respond(tx, 481, noDialog(m.Method))
		return
	}
	if d.realtime == nil || !d.realtimeFirst(tx, m) {
		d.handleOutOfDialog(sh, tx, m)
	}
}

// realtimeFirst says whether a row of the sender is read before the request is handled.
func (d *Driver) realtimeFirst(tx *sipstack.ServerTx, m *sipstack.Message) bool {
	return d.realtime.first(m, func(sh *sipstack.Shard) { d.handleOutOfDialog(sh, tx, m) },
		func(*sipstack.Shard) { d.databaseAway(tx, m) })
}

// handleOutOfDialog handles a request outside dialogs, when a realtime row of its sender is read.
func (d *Driver) handleOutOfDialog(sh *sipstack.Shard, tx *sipstack.ServerTx, m *sipstack.Message) {
	if d.access.SecAgree(m) == sipconf.SecAgreeRefuse {
		d.respond(tx, 494, "Security Agreement Required", sipstack.Header{Name: "Security-Server", Value: "digest"}) // RFC 3329 section 2.3.1
		return
	}
	if m.Method != "INVITE" && m.Method != "CANCEL" && d.access.RefusesRequired(tx, m, nil) { // an INVITE tells its trace
		return
	}
	switch m.Method {
	case "REGISTER":
		d.registrar.Register(sh, tx, m)
	case "INVITE":
		d.invite(sh, tx, m)
	case "OPTIONS":
		d.options(sh, tx, m)
	case "NOTIFY":
		d.notify(tx, m)
	case "SUBSCRIBE":
		d.pubsub.Subscribe(sh, tx, m)
	case "PUBLISH":
		d.respond(tx, 489, "Bad Event")
	case "REFER":
		d.respond(tx, 603, "Declined (No dialog)")
	case "MESSAGE":
		d.message(sh, tx, m)
	case "BYE", "CANCEL", "INFO", "UPDATE", "PRACK":
		d.respond(tx, 481, noDialog(m.Method))
	default:
		d.respond(tx, 501, "Method Not Implemented")
	}
}

// noDialog are chan_sip's words for a request in a dialog that is not there.
func noDialog(method string) string {
	switch method {
	case "BYE", "CANCEL", "INFO", "UPDATE", "PRACK":
		return "Call leg/transaction does not exist"
	}
	return "Call/Transaction Does Not Exist"
}

// Answers implements the stack's question whether a host may answer for another.
func (d *Driver) Answers(asked netip.AddrPort, by netip.Addr) bool { return d.ua.Answers(asked, by) }

// Stray implements sipstack.Handler: an answer to an open INVITE of the dialog whose Via is
// not the INVITE's is taken all the same; a 2xx repeated after its transaction is
// acknowledged again; anything else is dropped.
func (d *Driver) Stray(sh *sipstack.Shard, m *sipstack.Message) {
	for _, l := range data(sh).legs[m.CallID] {
		if l.client != nil && l.client.TakeAnswer(m) {
			return
		}
	}
	if m.Method != "INVITE" || m.Status/100 != 2 {
		return
	}
	for _, l := range data(sh).legs[m.CallID] {
		if l.LocalTag == m.From.Tag() && l.RemoteTag == m.To.Tag() && m.CSeq <= l.ackedCSeq {
			l.sendAck(m.CSeq)
		}
	}
}

// options answers an OPTIONS outside a dialog: 200 when the called extension exists, else 404. It is
// looked for in the context of [general]; with auth_options_requests in that of who asks.
func (d *Driver) options(sh *sipstack.Shard, tx *sipstack.ServerTx, m *sipstack.Message) {
	if d.core.Refusing() {
		d.respond(tx, 503, "Unavailable")
		return
	}
	dir := d.Directory()
	context := dir.Context
	if dir.AuthOptions {
		id, ok := d.access.Admit(sh, tx, m, dir)
		if !ok {
			return
		}
		if id.Peer != nil {
			context = id.Peer.Context
		}
	} else if who := access.PeerBySource(dir, d.bindings, access.FactsOf(m, dir)); who != nil {
		d.access.UsePeerNAT(tx, m, who)
	}
	r := access.FromURI(m)
	var u sipstack.URI
	if r == nil {
		u, r = access.RequestURI(m)
	}
	if r != nil {
		d.respond(tx, r.Status, r.Reason)
		return
	}
	status, reason := 404, "Not Found"
	if _, ok := d.findExten(context, called(u), ""); ok {
		status, reason = 200, "OK"
	}
	h := []sipstack.Header{{Name: "Accept", Value: "application/sdp"}}
	if status == 200 {
		h = append(h, sipstack.Header{Name: "Contact", Value: "<sip:" + dir.Advertised(m.Flow).String() + ">"})
	}
	d.respond(tx, status, reason, h...)
	tx.Forget()
}

// notify answers a NOTIFY outside a dialog: phones send them as keep-alive, and
// endpoints that keep messages for us.
func (d *Driver) notify(tx *sipstack.ServerTx, m *sipstack.Message) {
	event := pubsub.EventOf(m)
	if event == "keep-alive" || event == "message-summary" && d.pubsub.TakeMailboxes(m) {
		d.respond(tx, 200, "OK")
		return
	}
	d.respond(tx, 489, "Bad event")
}

// expired is told when a binding has run out, perhaps the last one of its endpoint.
func (d *Driver) expired(name string, last bool) {
	d.log.Info().Msgf("registration of '%s' expired", name)
	if last {
		d.health.Forget(name)
		qualify.TellPeerStatus(d.core, name, "Unregistered", event.PeerStatus{Cause: "Expired"})
	}
	d.contactsChanged(name)
	if last {
		d.realtime.expired(name)
	}
}

// left is told when a phone has gone to another node: here it is registered no more.
func (d *Driver) left(name, node string) {
	d.log.Info().Msgf("'%s' is registered at node '%s' now", name, node)
	if d.bindings.Get(name) == nil {
		d.health.Forget(name)
		qualify.TellPeerStatus(d.core, name, "Unregistered", event.PeerStatus{Cause: "Moved"})
	}
	d.bindingsChanged(name) // the table has what the other node has written
}

// moved is told when the address of a name was found, or another one: who waits for it
// goes on.
func (d *Driver) moved(at *dnsmgr.Entry) {
	d.log.Info().Msgf("'%s' is at %s", at.Query.Host, at.Addr())
	dir := d.Directory()
	for _, p := range dir.Peers {
		if p.HostEntry == at || d.ua.ProxyEntry(dir, p) == at {
			d.health.Poke(p.Name)
			d.core.DeviceChanged("SIP/" + p.Name)
		}
	}
	d.registry.Resolved(at)
	d.pubsub.Resolved(at)
}

// contactsChanged tells who follows an endpoint, who follows its state, and the table
// that it may be in.
func (d *Driver) contactsChanged(name string) {
	d.realtime.save(name)
	d.bindingsChanged(name)
}

// bindingsChanged is contactsChanged without the table.
func (d *Driver) bindingsChanged(name string) {
	d.registrar.Auto.Settle(name)
	d.registrar.Extensions.Changed(name)
	d.pubsub.ContactsChanged(name)
	d.core.DeviceChanged("SIP/" + name)
}
