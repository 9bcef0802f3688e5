// Package boot assembles the switchboard: it reads the configuration, makes
// the rooms, joins them, reloads and stops them. It is the only package that
// knows them all.
package boot

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"obelisk/channels/chansip"
	"obelisk/channels/chansip/dnsmgr"
	"obelisk/dialplan/fn"
	"obelisk/internal/auth"
	"obelisk/internal/config"
	"obelisk/internal/fastpath"
	"obelisk/internal/logs"
	"obelisk/internal/sipstack"
	"obelisk/internal/store"
	"obelisk/internal/store/realtime"
	"obelisk/internal/trace"
	"obelisk/internal/webshow"
	"obelisk/manage/ami"
	"obelisk/manage/cli"
	"obelisk/manage/web"
	"obelisk/manage/web/console"
	"obelisk/media"
	"obelisk/media/soundfile"
	"obelisk/pbx"
	"obelisk/pbx/cdr"
	"obelisk/pbx/cel"
	"obelisk/sounds"

	"github.com/rs/zerolog"
)

// Options of a start.
type Options struct {
	ConfFile string // -C; "" looks in /etc/asterisk, then takes the built-in default
	Home     string // where the built-in default keeps its state; "" is StateHome
	Builtin  bool   // take the built-in default whatever is in /etc/asterisk
	Root     string // before the files that tell of a container, for tests
	Log      zerolog.Logger
	Debug    int    // -d, how often: above 0 messages for developers are told
	Verbose  int    // -v, how often: messages about calls that go to Log
	RunUser  string // -U
	RunGroup string // -G
	// NoConsole leaves the control socket out, for tests.
	NoConsole bool
	// ListenUDP opens SIP and RTP sockets instead of the system, for tests.
	ListenUDP func(netip.AddrPort) (net.PacketConn, error)
	// KernelPath lets the kernel forward RTP where rtp.conf leaves that open (rtpfastpath=auto).
	KernelPath bool
	// Bind replaces the address of udpbindaddr, for the demo.
	Bind netip.AddrPort
	// Resolve looks names up instead of the system, for tests.
	Resolve dnsmgr.Resolver
	// Streams carries SIP over TLS between nodes instead of the system, for tests.
	Streams sipstack.StreamNetwork
	// Bus between nodes instead of that of cluster.conf, for tests.
	Bus store.Bus
	// Common is the database of all nodes instead of that of res_pgsql.conf, for tests.
	Common store.Common
	// Descriptors are the file descriptors that calls share instead of those of the
	// system, for tests. 0: those of the system.
	Descriptors int
	// SoundHomes are where sound sets are looked for beside astdatadir. nil: where
	// distributions put them.
	SoundHomes []string
	// Memory is told how to give memory back after a storm. nil: nobody is.
	Memory *Memory
	// Notice gets what a person at first start must read, such as the demo
	// secrets. nil: nowhere.
	Notice func(string)
}

// keptCalls is how many calls the book remembers.
const keptCalls = 1000

// resting is how many goroutines of calls may rest.
const resting = 32

// keptWire is how many bytes of their SIP messages it remembers.
const keptWire = 8 << 20

// keptMedia is how many bytes of audio it remembers of the calls of which that is asked for:
// some five minutes of one.
const keptMedia = 32 << 20

// System is a running switchboard.
type System struct {
	opt        Options
	conf       *configuration
	used       usedFiles
	log        zerolog.Logger
	core       *pbx.Core
	driver     *chansip.Driver
	stack      *sipstack.Stack
	media      *media.Engine
	fastPath   *fastpath.Table // nil while it all passes here
	db         *store.DB
	tables     *realtime.Tables // of extconfig.conf; nil without one
	switches   *switches        // likewise
	records    *cdr.Writer
	queueTable *queueTable // nil: the log of queues is in no table
	pidFile    string      // asterisk.pid, where it was written
	// descriptors is how many file descriptors there are for all but the reserve
	descriptors int
	stores      recordStores

	witnesses  witnesses // of packets
	events     *cel.Log
	web        *web.Server
	webConsole *console.Console // nil before console.conf was read
	house      *webshow.House
	ami        *ami.Server
	aborts     atomic.Int64 // how often a stop was taken back
	restart    atomic.Bool  // after the stop the program begins anew
	custom     *fn.CustomDevices
	presence   *fn.CustomPresence
	debug      atomic.Int32 // "core set debug"
	logs       *logs.Logs   // nil: none could be opened
	tls        atomic.Pointer[tlsPair]
	booted     chan struct{}
	stopped    chan struct{} // closed when Stop was asked for
	once       sync.Once

	lists   atomic.Pointer[map[string]auth.ACL] // of acl.conf, as they are in force
	aliases atomic.Pointer[[][2]string]         // of cli_aliases.conf
	mapped  mapped                              // as the start found it
	failed  error                               // what a start cannot do without; of who commits

	endCapture func() // of the one that hep.conf has asked for; guarded by reloading

	reloads, refusedReloads atomic.Uint64

	reloading sync.Mutex // one reload at a time; guards stores
	judging   sync.WaitGroup
	judged    struct { // by code and text: what the log has already
		sync.Mutex
		known map[string]bool
	}
	mu         sync.Mutex // guards lastReload
	lastReload time.Time
}

// Start brings a switchboard up. On an error nothing keeps running.
func Start(opt Options) (sys *System, err error) {
	if opt.Home == "" {
		opt.Home = StateHome()
	}
	conf := embedded(opt.Home)
	if !opt.Builtin {
		if conf, err = locate(opt.ConfFile, opt.Home); err != nil {
			return nil, err
		}
	}
	conf.names = dnsmgr.New(opt.Resolve)
	if err := runAs(cmp.Or(opt.RunUser, conf.ast.RunUser), cmp.Or(opt.RunGroup, conf.ast.RunGroup), conf.ast.Dirs); err != nil {
		return nil, err
	}
	s := &System{opt: opt, conf: conf, log: opt.Log, booted: make(chan struct{}), stopped: make(chan struct{}), lastReload: time.Now()}
	s.debug.Store(int32(max(opt.Debug, conf.ast.Debug)))
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	logDiags := s.openLogs()
	if err := s.openStore(); err != nil {
		return nil, err
	}
	if conf.embedded {
		if err := s.demoSecrets(); err != nil {
			return nil, err
		}
	}
	s.report(append(conf.diags, logDiags...))
	return s, s.assemble()
}

func (s *System) openStore() (err error) {
	s.db, err = store.Open(s.conf.ast.Dirs.DB, s.conf.ast.SpareRoom, func(err error) { s.log.Error().Msgf("astdb: %v", err) })
	return err
}

// assemble makes the rooms, from the bottom up.
func (s *System) assemble() error {
	book := trace.NewBook(keptCalls)
	book.Wire, book.Media = trace.NewWire(keptWire), trace.NewWire(keptMedia)
	shared := store.NewSoft("")
	var refuses func() error
	if m := newMachineLoad(s.conf.ast); m != nil {
		refuses = m.Refuses
	}
	s.core = pbx.NewCore(pbx.Config{Shared: shared, Refuses: refuses,
		Log: s.logFor("pbx.c"), Audience: s.logs, QueueLog: s.queueLine, Keys: s.logs.Keys, OwnLevel: s.logs.Own,
		Book: book, SystemName: systemName(s.conf.ast), Language: s.conf.ast.Language, MaxCalls: s.conf.ast.MaxCalls,
		BuiltIns: builtIns(s.conf.ast),
		CDR:      s.openRecords(), Resting: resting})
	s.reserveDescriptors()
	s.core.SetLiveDangerously(s.conf.ast.Dangerously)
	lib := &sounds.Library{Dirs: soundDirs(s.conf.ast, s.opt.SoundHomes), Extensions: soundfile.Extensions}
	s.useTables()
	has := equip(s.core, equipment{lib: lib, flock: s.conf.ast.Flock, dirs: s.conf.ast.Dirs, db: s.db, tables: s.tables,
		values: s.conf.values, driver: func() *chansip.Driver { return s.driver }, media: func() *media.Engine { return s.media },
		endpoints: s.endpoints, cluster: s.clusterHouse(shared)})
	s.custom, s.presence = has.custom, has.presence
	s.conf.modules = modules(s, s.core, has.modules)
	s.core.SetModules(s.conf.modules)
	s.core.SetReload(s.reloadModule)
	fn.Announce(s.custom, s.presence)
	if err := s.putInForce(); err != nil {
		return err
	}
	if !s.opt.NoConsole {
		permissions, diags := s.conf.permissions()
		s.report(diags)
		c := s.console()
		c.SetPermissions(permissions)
		c.SetFeed(feed{s})
		c.Access = s.conf.socketAccess()
		if err := c.Serve(s.conf.ast.Dirs.Run, s.stopped); errors.Is(err, cli.ErrRunning) {
			return err
		} else if err != nil {
			s.log.Error().Msg(err.Error())
		} else {
			s.writePID()
		}
	}
	if s.opt.Memory != nil && s.driver != nil {
		compact := func() {
			s.stack.Compact()
			s.driver.Compact()
			s.core.Book().Pack()
		}
		s.opt.Memory.compact.Store(&compact)
	}
	startAll(s.conf.modules)
	close(s.booted)
	s.opt.Memory.free() // reading the files took more than is kept of them
	s.core.QueueLog("NONE", "NONE", "NONE", "QUEUESTART")
	s.announce()
	s.log.Info().Msg("Asterisk Ready.")
	return nil
}

// putInForce reads all files and puts them in force.
func (s *System) putInForce() error {
	s.web = web.New(s.log)
	s.web.ServeHealth(s.ready)
	s.house = s.newHouse()
	r := s.conf.read(nil)
	s.report(r.findings(nil, nil))
	r.commit()
	s.used.keep(r)
	s.core.FollowHints()
	s.judge(r)
	s.tellOfBridge(r.sip)
	switch {
	case s.failed != nil:
		return s.failed
	case !s.serves():
		return fmt.Errorf("%s: SIP over UDP cannot listen on %s, and nothing else is served", r.sip.Line("udpbindaddr"), r.sip.UDPBind)
	}
	return nil
}

// soundDirs are where an installed Asterisk sound set may lie: below
// astdatadir, and where distributions put it or, where homes is not nil, there.
func soundDirs(a *config.Asterisk, homes []string) (dirs []string) {
	if homes == nil {
		homes = []string{"/usr/share/asterisk/sounds", "/var/lib/asterisk/sounds"}
	}
	sounds := filepath.Join(a.Dirs.Data, "sounds")
	if a.CustomSounds {
		dirs = append(dirs, filepath.Join(sounds, "custom"))
	}
	return append(append(dirs, sounds), homes...)
}

// serves says whether somebody can reach us over the network, or nobody was meant to.
func (s *System) serves() bool {
	return s.stack == nil || s.stack.LocalUDP().IsValid() || s.stack.LocalStream(sipstack.TCP).IsValid() ||
		s.stack.LocalStream(sipstack.TLS).IsValid() ||
		s.web.Listens() || s.ami.Listens()
}

func (s *System) console() *cli.Console {
	c := cli.New(s.booted)
	c.AddCore(s.core, s)
	c.AddHints(s.core, s.custom, presenceView{s.presence})
	c.AddModules(s.conf.modules)
	c.AddDatabase(database{s.db})
	c.AddManager(managerView{s})
	c.AddSystem(operation{managed{s}})
	c.AddInside(insideView{s}, operation{managed{s}})
	if list := s.aliases.Load(); list != nil {
		c.SetAliases(*list)
	}
	c.RereadsPermissions(s.rereadPermissions)
	c.AddRealtime(tablesView{s})
	if s.driver != nil {
		c.AddSIP(s.sipShown())
	}
	return c
}

// report logs what was found in the files, each with file and line.
func (s *System) report(diags []config.Diagnostic) {
	for _, d := range diags {
		e := s.log.Warn()
		switch d.Severity {
		case config.Error:
			e = s.log.Error()
		case config.Note:
			e = s.log.Info()
		}
		e.Msgf("%s: %s", d.Pos, d.Text)
	}
}

// CallFolder implements cli.System: where calls are exported to.
func (s *System) CallFolder() string { return filepath.Join(s.conf.ast.Dirs.Log, "calls") }

// up says whether the start is over.
func (s *System) up() bool {
	select {
	case <-s.booted:
		return true
	default:
		return false
	}
}

// LastReload is when the files were read last.
func (s *System) LastReload() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lastReload
}

// What follows gives tests and the demo a look inside.
func (s *System) Core() *pbx.Core          { return s.core }
func (s *System) Driver() *chansip.Driver  { return s.driver }
func (s *System) Media() *media.Engine     { return s.media }
func (s *System) Stack() *sipstack.Stack   { return s.stack }
func (s *System) Console() *cli.Console    { return s.console() }
func (s *System) AMI() *ami.Server         { return s.ami }
func (s *System) DB() *store.DB            { return s.db }
func (s *System) Tables() *realtime.Tables { return s.tables }
func (s *System) Metrics() pbx.Measures    { return s.metrics() }
