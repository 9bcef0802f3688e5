package ami

import (
	"crypto/rand"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"obelisk/internal/config"
	"obelisk/internal/crowd"
	"obelisk/internal/listen"
	"obelisk/manage/ami/wording"
	"obelisk/pbx"
	"obelisk/pbx/event"

	"github.com/rs/zerolog"
)

// ProtocolVersion is that of Asterisk 20.
const ProtocolVersion = "9.0.0"

// System is what actions ask of the running system.
type System interface {
	Version() string
	LastReload() time.Time
	// Reload reads everything anew, or one part: "sip", "dialplan", "". known is false
	// for a part that is not there.
	ReloadPart(part string) (known bool, err error)
	// Command runs a line of the console; false when it failed. CommandNeeds lists what the
	// line needs beside the class command: a class of each list. possible is false for what
	// no right allows to programs.
	Command(w io.Writer, line string) bool
	CommandNeeds(line string) (lists []string, possible bool)
	// RotateLogs opens the log files anew.
	RotateLogs() error
	// ConfigFile lists the sections of a configuration file, each with its lines.
	ConfigFile(name string) ([]ConfigSection, error)
	// CreateConfig makes an empty file; UpdateConfig writes the file to with what edits make
	// of the file from; with keep what a template gave stays in effect where that changes.
	// Errors are what the client is told.
	CreateConfig(name string) error
	UpdateConfig(from, to string, edits []config.Edit, keep bool) error
	// Records says whether call records are made; Web whether the HTTP server listens;
	// Realtime whether families of extconfig.conf are asked.
	Realtime() bool
	Records() bool
	Web() bool
	// Options are those of asterisk.conf: maxload, 0 for none, and sounds_search_custom_dir.
	Options() (maxLoad float64, customSounds bool)
}

// ConfigSection is a section of a configuration file.
type ConfigSection struct {
	Name     string
	Template bool
	Bases    []string // the templates it is made of
	Lines    [][2]string
}

// Database is the astdb.
type Database interface {
	Get(family, key string) (string, bool)
	Put(family, key, value string)
	Delete(family, key string) bool
	DeleteTree(family, key string) int
	// Rows lists "/family/key" and value of a family.
	Rows(family string) [][2]string
}

// SIP is what SIP actions ask of the driver.
type SIP interface {
	Peers() []SIPPeer
	// Users are the endpoints that may call and are no peers, by name.
	Users() []string
	// Details lists name and value of one peer's fields, in order; false when unknown.
	Details(name string) ([][2]string, bool)
	Registrations() []SIPRegistration
	Qualify(name string) bool
	// Notify sends a NOTIFY with headers, and a body where a header is named Content.
	NotifyWith(peer string, headers [][2]string) error
	// NotifyIn is that within the dialog of a call; false when there is none of that Call-ID.
	NotifyIn(callID string, headers [][2]string) bool
}

// SIPPeer is one row of SIPpeers.
type SIPPeer struct {
	Name, Address, Status, State                                 string
	Port, Millis                                                 int
	Dynamic, AutoForce, Force, AutoComedia, Comedia, Video, Text bool
	ACL, Realtime                                                bool
	Description, AccountCode                                     string
}

// SIPRegistration is one row of SIPshowregistry.
type SIPRegistration struct {
	Host, User, Domain, State string
	Port, DomainPort, Refresh int
	At                        time.Time
}

// Rooms are what the actions are about. SIP may be nil.
type Rooms struct {
	Core    *pbx.Core
	System  System
	DB      Database
	SIP     SIP
	Log     zerolog.Logger
	Modules []pbx.Module // those that are pbx.Actors have actions of their own
	// Security gets security events, as lines and as news. nil: nobody does.
	Security func(text string)
}

// Server is the manager interface.
type Server struct {
	rooms     Rooms
	actions   map[string]*action
	cfg       atomic.Pointer[Config]
	listening sync.Mutex // guards unlisten; taken before mu
	unlisten  func()     // nil while nobody wants to hear news
	begun     time.Time
	plain     listen.Door // TCP
	secure    listen.Door // TLS
	cert      listen.Certificate

	strangers crowd.Crowd[*session] // who has not logged in
	visitors  crowd.Crowd[*session] // sessions of HTTP that have, known by a cookie
	digesters crowd.Crowd[*session] // or by a nonce
	tally     Tally
	key       [32]byte     // of challenges and nonces over HTTP
	begunLast atomic.Int64 // number of the session that began last
	numbered  atomic.Bool  // events have numbers
	told      atomic.Int64 // that many had one

	mu       sync.Mutex // guards all below
	sessions map[*session]bool
	web      map[string]*session // by the value of the cookie
	digests  map[string]*session // by the nonce
	spent    time.Time           // no nonce that was made until then begins a session: one of them may have had one
	closed   bool
}

// Tally counts what was kept from clients.
type Tally struct {
	Refused atomic.Uint64 // logins above sessionlimit
	Cut     atomic.Uint64 // clients that did not read
	Left    atomic.Uint64 // events that nobody fetched over HTTP
}

// New makes the interface, with nobody listening yet.
func New(rooms Rooms, cfg Config) *Server {
	s := &Server{rooms: rooms, sessions: map[*session]bool{}, web: map[string]*session{}, digests: map[string]*session{},
		begun: time.Now()}
	s.actions = allActions()
	addModules(s.actions, rooms.Modules)
	rand.Read(s.key[:])
	s.SetConfig(cfg)
	return s
}

// attend has the core tell its news while somebody is logged in: writing them costs a call
// some of its time.
func (s *Server) attend() {
	s.listening.Lock()
	defer s.listening.Unlock()
	s.mu.Lock()
	somebody := false
	for o := range s.sessions {
		u := o.account()
		somebody = somebody || u != nil && u.Read != 0
	}
	s.mu.Unlock()
	switch {
	case somebody && s.unlisten == nil:
		s.unlisten = s.rooms.Core.Listen(s.hear)
	case !somebody && s.unlisten != nil:
		s.unlisten()
		s.unlisten = nil
	}
}

// SetConfig applies a reloaded manager.conf to who logs in from now on; sessions of users
// that are gone, or have another secret, end.
func (s *Server) SetConfig(c Config) {
	s.cfg.Store(&c)
	s.rooms.Core.SetChannelVars(c.ChannelVars)
	s.mu.Lock()
	defer s.mu.Unlock()
	for o := range s.sessions {
		if u := o.account(); u != nil && (c.Users[u.Name] == nil || c.Users[u.Name].Secret != u.Secret) {
			o.end()
		}
	}
}

// Config is the one in force.
func (s *Server) Config() *Config { return s.cfg.Load() }

// hear gives news to the sessions that want them.
func (s *Server) hear(e event.Event) {
	n := wording.Event(e)
	class := classOf(&n)
	c := s.Config()
	if c.Disabled[lower(n.Name)] || n.Name == "Cdr" && !c.Records {
		return
	}
	text := ""
	s.mu.Lock()
	defer s.mu.Unlock()
	for o := range s.sessions {
		if !o.wants(class) {
			continue
		}
		if text == "" {
			text = eventText(s.atNode(&n), class, c.TimestampEvents, s.sequence())
		}
		o.event(n.Name, text)
	}
}

// atNode adds to an event which node it is of, where there are several (cluster.conf).
func (s *Server) atNode(n *pbx.News) *pbx.News {
	node := s.rooms.Core.Node()
	if node == "" {
		return n
	}
	more := *n
	more.Parts = append(slices.Clip(n.Parts), pbx.Part{Fields: []pbx.Field{{Name: "Node", Value: node}}})
	return &more
}

// Sessions lists who is logged in, for the console.
func (s *Server) Sessions() (out []Session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for o := range s.sessions {
		if u := o.account(); u != nil {
			out = append(out, Session{u.Name, o.remote.String(), o.since, u.Read, u.Write, o.number})
		}
	}
	return out
}

// Session is one that is logged in.
type Session struct {
	User, Remote string
	Since        time.Time
	Read, Write  Class
	Number       int // of the session, from 1 on
}

// Kick ends a session of somebody who is logged in; false when there is none of that number.
func (s *Server) Kick(number int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for o := range s.sessions {
		if o.number == number && o.account() != nil {
			o.end()
			return true
		}
	}
	return false
}

// Debug says whether events are numbered (SequenceNumber).
func (s *Server) Debug() bool { return s.numbered.Load() }

// SetDebug has events be numbered, or not.
func (s *Server) SetDebug(on bool) { s.numbered.Store(on) }

// sequence is the number of the next event; -1 where they have none.
func (s *Server) sequence() int64 {
	if !s.numbered.Load() {
		return -1
	}
	return s.told.Add(1) - 1
}

// Actions lists the actions: name, synopsis and classes.
func (s *Server) Actions() (out [][3]string) {
	for _, a := range sortedActions(s.actions) {
		out = append(out, [3]string{a.name, a.synopsis, a.class.String()})
	}
	return out
}

// Close ends all sessions.
func (s *Server) Close() {
	s.plain.Close()
	s.secure.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for o := range s.sessions {
		o.end()
	}
}
