// Package ari is Asterisk's REST interface: what programs ask over HTTP, or over their WebSocket, and the
// events that they are sent. What becomes of it is apps/stasis' business.
package ari

import (
	"bytes"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"obelisk/apps/stasis"
	"obelisk/internal/auth"
	"obelisk/internal/config"
	"obelisk/internal/wsock"
	"obelisk/pbx"

	"github.com/rs/zerolog"
)

// House is what the interface asks of the rest of the switchboard.
type House interface {
	// Version is the one that programs are told.
	Version() string
	// Booted says whether calls are taken.
	Booted() bool
	// Info are the parts of GET /asterisk/info: build, system, config, status.
	Info() map[string]stasis.Object
	// Modules lists what there is, by its name with ".so", and what it is.
	Modules() [][2]string
	// ReloadModule reads a module's files anew.
	ReloadModule(name string) error
	// LogChannels lists log files and the like; the others make one, take it away and begin it anew.
	LogChannels() []LogChannel
	AddLog(name, levels string) error
	DeleteLog(name string) bool
	RotateLog(name string) bool
	// Serve hangs a handler into the HTTP server.
	Serve(path string, h http.Handler)
	Log() *zerolog.Logger
}

// LogChannel is a log file, or the system's log.
type LogChannel struct{ Name, Type, Status, Levels string }

// Server is the interface. It is a module: res_ari.
type Server struct {
	house  House
	stasis *stasis.Module
	root   *node
	conf   atomic.Pointer[Config]
	served sync.Once
	known  atomic.Pointer[map[string]*wsock.Client] // websocket_client.conf

	mu      sync.Mutex // guards the next
	sockets map[*socket]bool
	dialled map[string]*outgoing // by name
	closed  bool

	requests, rejected, cut atomic.Uint64
}

// New makes it; it serves once a file was read.
func New(h House, m *stasis.Module) *Server {
	s := &Server{house: h, stasis: m, sockets: map[*socket]bool{}, dialled: map[string]*outgoing{}}
	s.root = tree(operations)
	s.known.Store(&map[string]*wsock.Client{})
	s.conf.Store(&Config{Realm: defaultRealm, Users: map[string]*User{}})
	return s
}

// Name implements pbx.Module.
func (s *Server) Name() string { return "res_ari" }

// Synopsis implements pbx.Described.
func (s *Server) Synopsis() string { return "Asterisk RESTful Interface" }

// Options implements pbx.Optioned.
func (s *Server) Options() []config.OptionRow {
	return slices.Concat(general.Rows(), users.Rows(), outbound.Rows())
}

// Prepare implements pbx.Configured.
func (s *Server) Prepare(src pbx.Files) (pbx.Next, []config.Diagnostic) {
	var lists map[string]auth.ACL
	if l, ok := src.(interface{ AccessLists() map[string]auth.ACL }); ok {
		lists = l.AccessLists()
	}
	c, diags := ReadConfig(src.File("ari.conf"), lists)
	known, _ := wsock.ReadClients(src.File("websocket_client.conf")) // what is wrong with it chan_websocket tells
	for _, o := range c.Outbound {
		if o.Client != "" && known[o.Client] == nil {
			diags = append(diags, config.Diagnostic{Pos: o.Pos, Text: "outbound websocket '" + o.Name + "': there is no section [" + o.Client +
				"] in websocket_client.conf"})
		}
	}
	return &next{s, c, known, noload(src.File("modules.conf"))}, diags
}

// next implements pbx.Next.
type next struct {
	s       *Server
	c       *Config
	clients map[string]*wsock.Client
	noload  []string
}

func (n *next) Changes() (out []string) {
	old := n.s.conf.Load()
	for _, name := range n.c.names() {
		if old.Users[name] == nil {
			out = append(out, "user '"+name+"' is new")
		}
	}
	for _, name := range old.names() {
		if n.c.Users[name] == nil {
			out = append(out, "user '"+name+"' is gone")
		}
	}
	return out
}

func (n *next) Commit() {
	n.s.conf.Store(n.c)
	n.s.known.Store(&n.clients)
	n.s.stasis.Core().ShowVariables(n.c.ChannelVars)
	n.s.served.Do(func() {
		n.s.house.Serve("/ari", n.s)
		n.s.house.Serve("/ari/", n.s)
		for _, module := range n.noload {
			n.s.stasis.Core().Unload(n.s.stasis.Core().AppIn(module), true)
		}
	})
	n.s.follow(n.c, n.clients)
}

func (n *next) Discard() {}

// Close implements pbx.Closer: programs are told goodbye.
func (s *Server) Close() {
	s.mu.Lock()
	s.closed = true
	var list []*socket
	for k := range s.sockets {
		list = append(list, k)
	}
	for _, o := range s.dialled {
		o.stop()
	}
	s.mu.Unlock()
	for _, k := range list {
		k.close(1001)
	}
}

// Measure implements pbx.Meter.
func (s *Server) Measure(m *pbx.Measures) {
	s.mu.Lock()
	n := len(s.sockets)
	s.mu.Unlock()
	m.Gauge("obelisk_ari_sockets", "Programs that are connected by WebSocket", float64(n))
	m.Count("obelisk_ari_requests_total", "Requests of programs", float64(s.requests.Load()))
	m.Count("obelisk_ari_refused_total", "Requests that were refused: no password, no right", float64(s.rejected.Load()))
	m.Count("obelisk_ari_cut_total", "Programs that were cut off because they took no events", float64(s.cut.Load()))
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := s.conf.Load()
	if !c.Enabled {
		http.NotFound(w, r)
		return
	}
	s.requests.Add(1)
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // it is gone
	}
	s.allowOrigin(w, r, c)
	rest := strings.TrimPrefix(strings.TrimPrefix(r.URL.EscapedPath(), "/ari"), "/")
	user, bad := s.admit(r, c)
	if bad.status == 0 {
		bad = s.standing(r.Method, rest, user)
	}
	if bad.status == 0 && !slices.Contains(reading, r.Method) && foreign(r, c) {
		bad = failure(403, "Origin not allowed")
	}
	if bad.status != 0 {
		s.rejected.Add(1)
		if bad.status == http.StatusUnauthorized {
			w.Header().Set("WWW-Authenticate", "Basic realm="+strconv.Quote(c.Realm))
		}
		s.write(w, c, bad)
		return
	}
	if rest == "events" && r.Method == http.MethodGet {
		s.upgrade(w, r, user)
		return
	}
	if name, docs := strings.CutPrefix(rest, "api-docs/"); docs {
		s.write(w, c, s.docs(r.Method, baseOf(r), name))
		return
	}
	n, vars := s.route(rest)
	switch {
	case n == nil:
		s.write(w, c, failure(404, "Resource not found"))
	case r.Method == http.MethodOptions:
		s.preflight(w, r, n)
	case n.ops[r.Method] == nil:
		w.Header().Set("Allow", n.methods())
		s.write(w, c, failure(405, "Invalid method"))
	default:
		a := &ask{s: s, user: user, path: vars, host: r.Host}
		answer := a.read(r.URL.Query(), r.Header.Get("Content-Type"), body)
		if answer.status == 0 {
			answer = a.explained(n.ops[r.Method].Run(a))
		}
		s.write(w, c, answer)
	}
}

// reading are the methods that change nothing.
var reading = []string{http.MethodGet, http.MethodHead, http.MethodOptions}

// baseOf is where a request has found the interface.
func baseOf(r *http.Request) string {
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + r.Host + "/ari"
}

// route finds the node of a path, as it came.
func (s *Server) route(rest string) (*node, map[string]string) {
	var parts []string
	if rest == "" {
		return s.root, nil
	}
	for _, p := range strings.Split(rest, "/") {
		text, err := url.PathUnescape(p)
		if err != nil {
			return nil, nil
		}
		parts = append(parts, text)
	}
	vars := map[string]string{}
	return s.root.find(parts, vars), vars
}

// admit finds who asks.
func (s *Server) admit(r *http.Request, c *Config) (*User, reply) {
	name, password, ok := r.BasicAuth()
	if !ok {
		name, password, ok = strings.Cut(r.URL.Query().Get("api_key"), ":")
	}
	u := c.Users[name]
	if !ok || u == nil || !u.right(password) {
		return nil, failure(401, "Authentication required")
	}
	remote, err := netip.ParseAddrPort(r.RemoteAddr)
	if u.Access.Any() && (err != nil || !u.Access.Allows(remote.Addr())) {
		return nil, failure(403, "Access denied by ACL")
	}
	return u, reply{}
}

// standing is what is looked at before a path is.
func (s *Server) standing(method, rest string, u *User) reply {
	switch {
	case !s.house.Booted():
		return failure(503, "Asterisk not booted")
	case u.ReadOnly && method != http.MethodGet && method != http.MethodOptions:
		return failure(403, "Write access denied")
	case strings.HasSuffix(rest, "/"):
		return failure(404, "ARI URLs do not end with a slash. Try /ari/"+strings.TrimSuffix(rest, "/"))
	}
	return reply{}
}

// allowOrigin lets a page of an allowed origin read the answer.
func (s *Server) allowOrigin(w http.ResponseWriter, r *http.Request, c *Config) {
	if origin := r.Header.Get("Origin"); origin != "" && c.allows(origin) {
		w.Header().Set("Access-Control-Allow-Origin", origin)
		w.Header().Set("Access-Control-Allow-Credentials", "true")
	}
}

func (c *Config) allows(origin string) bool {
	return slices.Contains(c.Origins, "*") || slices.Contains(c.Origins, origin)
}

// preflight answers OPTIONS.
func (s *Server) preflight(w http.ResponseWriter, r *http.Request, n *node) {
	h := w.Header()
	h.Set("Allow", n.methods())
	if h.Get("Access-Control-Allow-Origin") != "" && r.Header.Get("Access-Control-Request-Method") != "" {
		h.Set("Access-Control-Allow-Methods", n.methods())
		if asked := r.Header.Get("Access-Control-Request-Headers"); asked != "" {
			h.Set("Access-Control-Allow-Headers", asked)
		}
	}
	s.write(w, s.conf.Load(), reply{status: 204})
}

// signed names the server, where servername of http.conf does not.
func (s *Server) signed(h http.Header) {
	if h.Get("Server") == "" {
		h.Set("Server", "Asterisk/"+s.house.Version())
	}
}

// write sends an answer.
func (s *Server) write(w http.ResponseWriter, c *Config, a reply) {
	h := w.Header()
	s.signed(h)
	h.Set("Cache-Control", "no-cache, no-store")
	h["Content-Type"] = nil
	if a.status == http.StatusRequestEntityTooLarge {
		h.Set("Connection", "close")
	}
	if a.location != "" {
		h.Set("Location", a.location)
	}
	if a.file != nil {
		defer a.file.Close()
		h.Set("Content-Type", a.kind)
		w.WriteHeader(a.status)
		io.Copy(w, a.file)
		return
	}
	if a.body == nil {
		w.WriteHeader(a.status)
		return
	}
	h["Content-type"] = []string{"application/json"}
	b := rendered(a.body, c.Pretty)
	h.Set("Content-Length", strconv.Itoa(len(b)))
	w.WriteHeader(a.status)
	io.Copy(w, bytes.NewReader(b))
}
