package web

import (
	"crypto/tls"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"time"

	"obelisk/internal/config"
	"obelisk/internal/listen"

	"github.com/rs/zerolog"
)

// Server is the HTTP server.
type Server struct {
	mux    *http.ServeMux
	prefix string
	http   *http.Server
	limit  int
	log    zerolog.Logger
	plain  listen.Door // HTTP
	secure listen.Door // HTTPS
	cert   listen.Certificate

	mu     sync.Mutex
	silent []net.Conn // that have sent no whole request yet, oldest first
}

const (
	headerTime = 10 * time.Second // for a TLS handshake and the lines of a request
	idleTime   = 15 * time.Second
	maxHeader  = 16 << 10
)

// New makes the server, which listens nowhere yet.
func New(c Config, log zerolog.Logger) *Server {
	s := &Server{mux: http.NewServeMux(), prefix: c.Prefix, limit: c.Sessions, log: log}
	s.http = &http.Server{Handler: http.HandlerFunc(s.serve), ReadHeaderTimeout: headerTime, IdleTimeout: idleTime, MaxHeaderBytes: maxHeader, ConnState: s.state}
	return s
}

// Listen has the server listen where http.conf says. What cannot be opened, or read, is told
// in the log and costs that listener alone; Listen with the next reading tries again. A
// certificate that cannot be read anew leaves the one before.
func (s *Server) Listen(c Config) {
	at, secureAt := c.Bind, c.TLSBind
	if !c.Enabled {
		at = netip.AddrPort{}
	}
	s.open(&s.plain, "HTTP", at, nil, c.BindPos)
	if !c.Enabled || !c.TLSEnabled {
		secureAt = netip.AddrPort{}
	} else if err := s.cert.Load(c.Cert, c.Key); err != nil {
		s.log.Error().Msgf("%s: HTTPS: %v", c.CertPos, err)
		if !s.cert.Loaded() {
			secureAt = netip.AddrPort{}
		}
	}
	s.open(&s.secure, "HTTPS", secureAt, s.cert.Server(), c.TLSPos)
}

// open has a door at an address; the zero value closes it.
func (s *Server) open(d *listen.Door, what string, at netip.AddrPort, conf *tls.Config, pos config.Pos) {
	err := d.Set(at, func(l net.Listener) {
		s.log.Info().Msgf("%s server listens at %s", what, l.Addr())
		if conf != nil {
			l = tls.NewListener(l, conf)
		}
		s.http.Serve(l)
	})
	if err != nil {
		s.log.Error().Msgf("%s: %s: %v", pos, what, err)
	}
}

// Listens says whether the server can be reached.
func (s *Server) Listens() bool { return s.plain.Addr().IsValid() || s.secure.Addr().IsValid() }

// Bound is where it listens, "" for nowhere, and below which prefix its paths are.
func (s *Server) Bound() (addr, prefix string) {
	if a := s.plain.Addr(); a.IsValid() {
		return a.String(), s.prefix
	}
	return "", s.prefix
}

// Handle serves a path, below the prefix.
func (s *Server) Handle(path string, h http.Handler) { s.mux.Handle(s.prefix+path, h) }

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	s.heard(r.RemoteAddr)
	s.mux.ServeHTTP(w, r)
}

// state keeps the list of those who have sent nothing whole: with more than
// sessionlimit of them the oldest goes.
func (s *Server) state(c net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		s.mu.Lock()
		s.silent = append(s.silent, c)
		var oldest net.Conn
		if len(s.silent) > s.limit {
			oldest, s.silent = s.silent[0], s.silent[1:]
		}
		s.mu.Unlock()
		if oldest != nil {
			oldest.Close()
		}
	case http.StateClosed, http.StateHijacked:
		s.heard(c.RemoteAddr().String())
	}
}

func (s *Server) heard(remote string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.silent = slices.DeleteFunc(s.silent, func(c net.Conn) bool { return c.RemoteAddr().String() == remote })
}

// Close ends all but what has become a WebSocket.
func (s *Server) Close() {
	s.plain.Close()
	s.secure.Close()
	s.http.Close()
}
