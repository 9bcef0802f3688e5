// Package stasis gives calls to programs: the application Stasis(), what a program may do with the
// channels and bridges that are its own, and the events that it is told. How programs are spoken with is
// not its business: manage/ari is.
package stasis

import (
	"cmp"
	"net"
	"path/filepath"
	"sync"

	"obelisk/media"
	"obelisk/pbx"
	"obelisk/pbx/prompt"
	"obelisk/sounds"
)

// House is what the module stands on.
type House struct {
	Lib *sounds.Library
	// Spool is astspooldir: recordings lie in its folder "recording".
	Spool string
	// Media gives streams without sockets; nil, or it returns nil: there is none.
	Media func() *media.Engine
	// Endpoints lists those of the channel drivers; nil: there are none.
	Endpoints func() []Endpoint
	// Store keeps the states of devices of programs over a restart; nil: they are not kept.
	Store Store
}

// Endpoint is one of a channel driver.
type Endpoint struct {
	Tech, Resource string
	State          string // unknown, offline, online
}

// Module is the module. It is safe for use by several goroutines.
type Module struct {
	core   *pbx.Core
	house  House
	player *prompt.Player
	entity string

	listening sync.Mutex // guards ends
	ends      func()     // of listening to the core's news; nil: it does not

	mu         sync.Mutex // a leaf: guards all below, and the applications
	apps       map[string]*application
	controls   map[*pbx.Channel]*control
	openings   map[*pbx.Channel]*opening
	byID       map[string]*control
	bridges    map[string]*Bridge
	playbacks  map[string]*playback
	recordings map[string]*recording
	dialled    map[string]string // dial strings of calls of the switchboard's own, by unique id
	devices    map[string]pbx.DeviceState
	boxes      map[string]pbx.Mailbox
	debug      bool
	snoops     uint32
	broadcasts map[string]*broadcast
}

// New makes the module.
func New(h House) *Module {
	return &Module{house: h, player: &prompt.Player{Lib: h.Lib}, entity: EntityID(), apps: map[string]*application{},
		controls: map[*pbx.Channel]*control{}, openings: map[*pbx.Channel]*opening{}, byID: map[string]*control{}, bridges: map[string]*Bridge{},
		playbacks: map[string]*playback{}, recordings: map[string]*recording{}, dialled: map[string]string{},
		devices: map[string]pbx.DeviceState{},
		boxes:   map[string]pbx.Mailbox{}, broadcasts: map[string]*broadcast{}}
}

// Name implements pbx.Module.
func (m *Module) Name() string { return "res_stasis" }

// Synopsis implements pbx.Described.
func (m *Module) Synopsis() string { return "Stasis application support" }

// Furnish implements pbx.Furnisher.
func (m *Module) Furnish(core *pbx.Core) {
	m.core = core
	m.entity = cmp.Or(core.BuiltIn("ENTITYID"), m.entity)
	core.RegisterApp(pbx.App{Name: "Stasis", Synopsis: "Invoke an external Stasis application.", Usage: usage, Exec: m.stasis})
	core.RegisterApp(pbx.App{Name: "StasisBroadcast",
		Synopsis: "Offer the call to several Stasis applications; the first that claims it has it.", Usage: broadcastUsage,
		Exec: m.stasisBroadcast})
	core.RegisterFunc(pbx.Func{Name: "HOLD_INTERCEPT", Synopsis: "Tell programs of holds, and nobody else",
		Usage: "HOLD_INTERCEPT(set|remove)", Write: takeHolds})
	core.RegisterDevices("Stasis", m)
	m.loadDevices()
}

// Core is the switchboard.
func (m *Module) Core() *pbx.Core { return m.core }

// EntityID is what this switchboard calls itself.
func (m *Module) EntityID() string { return m.entity }

// EntityID is what a switchboard calls itself whose asterisk.conf does not say (entityid): the address
// of its first network card.
func EntityID() string {
	list, _ := net.Interfaces()
	for _, i := range list {
		if len(i.HardwareAddr) == 6 && i.Flags&net.FlagLoopback == 0 {
			return i.HardwareAddr.String()
		}
	}
	return "00:00:00:00:00:00"
}

// listen has the module hear the core's news, from the first application on: before, nobody pays for
// them.
func (m *Module) listen() {
	m.listening.Lock()
	defer m.listening.Unlock()
	if m.ends == nil {
		m.ends = m.core.Listen(m.hear)
	}
}

// Close implements pbx.Closer.
func (m *Module) Close() {
	m.listening.Lock()
	defer m.listening.Unlock()
	if m.ends != nil {
		m.ends()
		m.ends = nil
	}
}

// Find is a channel by its unique id, or by its name; nil: there is none.
func (m *Module) Find(id string) *pbx.Channel {
	if c := m.core.ChannelByID(id); c != nil {
		return c
	}
	return m.core.Channel(id)
}

// folder is where recordings lie.
func (m *Module) folder() string { return filepath.Join(m.house.Spool, "recording") }

func (m *Module) engine() *media.Engine {
	if m.house.Media == nil {
		return nil
	}
	return m.house.Media()
}

func (m *Module) endpoints() []Endpoint {
	if m.house.Endpoints == nil {
		return nil
	}
	return m.house.Endpoints()
}
