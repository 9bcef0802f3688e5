package cluster

import (
	"crypto/tls"
	"fmt"
	"io"
	"net/netip"
	"sync/atomic"
	"time"

	"obelisk/internal/config"
	"obelisk/internal/store"
	"obelisk/pbx"

	"github.com/rs/zerolog"
)

// House is what the module stands on.
type House struct {
	Shared  *store.Soft // that of the core
	Log     func() zerolog.Logger
	Folder  string // of the configuration
	Version string
	Files   func() string                           // a hash of the files
	SIP     func() netip.AddrPort                   // where SIP listens
	SIPTLS  func(*tls.Config, netip.AddrPort) error // has SIP serve other nodes there
	Bus     store.Bus                               // in place of that of cluster.conf, for tests; nil: that
	DB      *store.DB
	// Common opens the database of all nodes; Own says which keys of astdb are of a node alone.
	Common func() (store.Common, error)
	Own    func(key string) bool
	// Registrations are those of all nodes. nil: there are none.
	Registrations func() []Registration
}

// Module is cluster.conf.
type Module struct {
	house   House
	core    *pbx.Core
	conf    Config
	devices *devices             // nil: this machine is alone
	node    atomic.Pointer[Node] // likewise
	later   []string
	started bool

	asks     *asks
	leases   leases
	draining atomic.Bool
	alone    atomic.Bool // there is no bus
}

var (
	_ pbx.Described  = (*Module)(nil)
	_ pbx.Furnisher  = (*Module)(nil)
	_ pbx.Configured = (*Module)(nil)
	_ pbx.Deferring  = (*Module)(nil)
	_ pbx.Starter    = (*Module)(nil)
	_ pbx.Closer     = (*Module)(nil)
	_ pbx.Commander  = (*Module)(nil)
	_ pbx.Meter      = (*Module)(nil)
	_ pbx.Optioned   = (*Module)(nil)
)

// New makes the module. With an empty House it only reads the file.
func New(h House) *Module { return &Module{house: h, asks: newAsks()} }

// Name implements pbx.Module. Asterisk has nothing of the kind.
func (*Module) Name() string { return "res_cluster" }

// Synopsis implements pbx.Described.
func (*Module) Synopsis() string { return "Several machines as one switchboard" }

// Options implements pbx.Optioned.
func (*Module) Options() []config.OptionRow { return Options() }

// Furnish implements pbx.Furnisher.
func (m *Module) Furnish(core *pbx.Core) { m.core = core }

// Prepare implements pbx.Configured.
func (m *Module) Prepare(src pbx.Files) (pbx.Next, []config.Diagnostic) {
	c, diags := Read(src.File(File), m.house.Folder)
	return &next{m, c}, diags
}

type next struct {
	m *Module
	c Config
}

func (n *next) Changes() []string { return nil } // only a start puts it in force
func (n *next) Discard()          {}

// Commit has the core know before the first call that there are other nodes.
func (n *next) Commit() {
	m := n.m
	if m.started {
		if m.later = nil; fmt.Sprint(m.conf) != fmt.Sprint(n.c) {
			m.later = []string{File}
		}
		return
	}
	m.started, m.conf = true, n.c
	if n.c.Node != "" && m.house.Shared != nil {
		m.house.Shared.Name(n.c.Node)
		m.devices = newDevices(m.core)
		m.core.SetElsewhere(others{m.devices, &m.node, &m.draining, &m.alone, m.asks, &m.leases, &m.conf})
	}
}

// NeedsRestart implements pbx.Deferring.
func (m *Module) NeedsRestart() []string { return m.later }

// Start implements pbx.Starter. A bus that cannot be had costs the company of the others, which
// is said; this machine works.
func (m *Module) Start() {
	if m.devices == nil {
		return
	}
	c := m.conf
	log := m.house.Log()
	tell := func(text string) { log.Warn().Msg("cluster: " + text) }
	bus, err := m.house.Bus, error(nil)
	if bus == nil {
		bus, err = OpenBus(&c, tell)
	}
	if err != nil {
		m.alone.Store(true)
		log.Error().Msgf("cluster: node '%s' is alone: %v", c.Node, err)
		return
	}
	if !c.SIP.IsValid() {
		c.SIP = m.house.SIP()
	}
	hard := Hard{Lease: time.Duration(c.LimitLease) * time.Second, Others: c.others()}
	self := Beat{Version: m.house.Version, SIP: c.SIP.String(), TLS: m.siptls(&c, tell), Config: m.house.Files()}
	node, err := Join(m.house.Shared, bus, self, hard, m.latest, tell)
	if err != nil {
		bus.Close()
		m.alone.Store(true)
		log.Error().Msgf("cluster: node '%s' is alone: %v", c.Node, err)
		return
	}
	m.node.Store(node)
	m.asks.answer(forgetTopic, node.askedForget)
	m.asks.answer(channelsTopic, func(string, string) string { return ownChannels(m.core).text() })
	if err := m.asks.begin(bus, c.Node); err != nil {
		tell("other nodes cannot ask this one: " + err.Error())
	}
	m.follow(bus, tell)
	for _, h := range m.core.Hints() { // what the devices were before the first change
		devices, _ := m.core.HintDevices(h.Context, h.Exten)
		for _, d := range devices {
			m.devices.DeviceChanged(d)
		}
	}
}

// Close implements pbx.Closer.
func (m *Module) Close() {
	if m.devices != nil {
		m.devices.close()
	}
	if m.house.DB != nil {
		m.house.DB.Unfollow()
	}
	if node := m.node.Load(); node != nil {
		node.Close()
	}
}

// Measure implements pbx.Meter.
func (m *Module) Measure(x *pbx.Measures) {
	node := m.node.Load()
	if node == nil {
		return
	}
	counts := map[Status]int{}
	for _, who := range node.Members() {
		counts[who.Status]++
	}
	for _, s := range []Status{Alive, Suspect, Dead, Foreign} {
		x.Gauge("obelisk_cluster_nodes", "Other nodes, as this one sees them", float64(counts[s]), "status", s.String())
	}
	if n, away, following := m.house.DB.Waiting(); following {
		x.Gauge("obelisk_cluster_database_waiting", "Changes of astdb that the database of all nodes does not have yet", float64(n))
		x.Gauge("obelisk_cluster_database_up", "Whether the database of all nodes can be reached", map[bool]float64{false: 1}[away])
	}
}

// Commands implements pbx.Commander.
func (m *Module) Commands() []pbx.Command {
	return []pbx.Command{
		{Name: "cluster show nodes", Usage: "show the machines of this switchboard, as this one sees them", Run: m.showNodes},
		{Name: "cluster show registrations", Usage: "[node]: show the phones that are registered at the machines of this switchboard, " +
			"or at one of them", Run: m.showRegistrations},
		{Name: "cluster show leases", Usage: "show what only one machine of this switchboard does, and which one: registrations at " +
			"providers, and what was asked for within the last minute", Run: m.showLeases},
		{Name: "cluster show channels", Usage: "[node]: show the channels of the machines of this switchboard, or of one of them",
			Run: m.showChannels},
		{Name: "cluster forget", Usage: "<node> ...: machines that are gone for good count no more: their places of hard limits are free; " +
			"not while one of them lives", System: true, Run: m.forget},
		{Name: "cluster drain", Usage: "take no new calls and no registrations at this machine, so that others have them; what is " +
			"going on goes on", Run: m.drain},
		{Name: "cluster join", Usage: "take calls and registrations again, after 'cluster drain'", Run: m.join},
		{Name: "cluster check", Usage: "say what is wrong between the machines of this switchboard", Run: m.check},
	}
}

// here is the node, or tells that there is none.
func (m *Module) here(w io.Writer) *Node {
	node := m.node.Load()
	switch {
	case node != nil:
	case m.devices != nil:
		fmt.Fprintf(w, "Node '%s' has no bus: it is alone (the log says why)\n", m.conf.Node)
	default:
		fmt.Fprintf(w, "This machine is alone: there is no node in %s\n", File)
	}
	return node
}

func (m *Module) showNodes(w io.Writer, _ []string) bool {
	node := m.here(w)
	if node == nil {
		return true
	}
	const row = "%-20s %-12s %-12s %-22s %6s %-12s %s\n"
	fmt.Fprintf(w, row, "Node", "Status", "Heard", "SIP", "Calls", "Files", "Version")
	self := node.Self()
	fmt.Fprintf(w, row, m.conf.Node, drains(&self, "this one"), "-", self.SIP, fmt.Sprint(self.Calls), self.Config, self.Version)
	list := node.Members()
	for _, x := range list {
		fmt.Fprintf(w, row, x.Name, drains(&x.Beat, x.Status.String()), fmt.Sprintf("%.1f s ago", time.Since(x.Heard).Seconds()), x.SIP,
			fmt.Sprint(x.Calls), x.Config, x.Version)
	}
	fmt.Fprintf(w, "%d other nodes\n", len(list))
	return true
}

// check says what is not as it should be; it fails when there is something.
func (m *Module) check(w io.Writer, _ []string) bool {
	node := m.here(w)
	if node == nil {
		return m.devices == nil
	}
	good, self, list := true, node.Self(), node.Members()
	fault := func(format string, args ...any) {
		good = false
		fmt.Fprintf(w, format+"\n", args...)
	}
	if len(list) == 0 {
		fault("no other node was heard of")
	}
	if m.conf.TLS() && self.TLS == "" {
		fault("other nodes cannot reach SIP over TLS here; the log says why")
	}
	if plain := !m.conf.TLS() || m.conf.Plain; plain && !addressOf(self.SIP).IsValid() {
		fault("other nodes cannot reach SIP here at '%s': set 'sip' in %s", self.SIP, File)
	}
	for _, x := range list {
		if x.Status != Alive {
			fault("node '%s' is %s", x.Name, x.Status)
		}
		if way := m.conf.way(&reach{sip: addressOf(x.SIP), tls: addressOf(x.TLS)}); x.Status != Foreign && !way.IsValid() {
			fault("there is no way of SIP to node '%s': it has no TLS, or no certificate of this authority (sipplain in %s)", x.Name, File)
		}
		if x.Config != self.Config {
			fault("node '%s' has other files than this one (%s, not %s)", x.Name, x.Config, self.Config)
		}
		if x.Version != self.Version {
			fmt.Fprintf(w, "node '%s' runs %s, this one %s\n", x.Name, x.Version, self.Version)
		}
	}
	if n, away, following := m.house.DB.Waiting(); away {
		fault("the database of all nodes is away; %d changes of astdb wait for it", n)
	} else if m.conf.Database && !following {
		fault("astdb is of this node alone; the log says why")
	}
	if good {
		fmt.Fprintf(w, "%d other nodes, all well\n", len(list))
	}
	return good
}
