package web

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/netip"
	"sync/atomic"
	"time"

	"obelisk/internal/config"
	"obelisk/internal/crowd"
	"obelisk/internal/listen"
	"obelisk/internal/rawnet"

	"github.com/rs/zerolog"
)

// Server is the HTTP server.
type Server struct {
	mux       *http.ServeMux
	http      *http.Server
	now       atomic.Pointer[inForce]
	log       zerolog.Logger
	plain     listen.Door // HTTP
	secure    listen.Door // HTTPS
	cert      listen.Certificate
	authority atomic.Pointer[authority] // nil without acme
	silent    crowd.Crowd[net.Conn]     // that have no whole request at work
	kept      kept

	metrics atomic.Pointer[measured] // nil while there are none
	uris    map[string]bool          // where they are or have been; of who calls ServeMetrics
}

const (
	headerTime  = 10 * time.Second // for a TLS handshake and the lines of a request
	requestTime = 20 * time.Second // for these and the body
	idleTime    = 15 * time.Second
	maxHeader   = 16 << 10
	maxBody     = 1 << 20
)

// connection is the key under which a request knows its own.
type connection struct{}

// inForce is what of http.conf holds for requests.
type inForce struct {
	prefix  string
	name    string       // of the header Server
	handler http.Handler // of the paths below it
	limits  crowd.Limits

	restrictions []Restriction
	redirects    []Redirect
	own          [][2]string // paths of the server itself: path, what it is
}

// New makes the server, which listens nowhere yet.
func New(log zerolog.Logger) *Server {
	s := &Server{mux: http.NewServeMux(), uris: map[string]bool{}, log: log}
	s.now.Store(&inForce{handler: s.mux})
	s.http = &http.Server{Handler: s, ReadHeaderTimeout: headerTime, ReadTimeout: requestTime, IdleTimeout: idleTime,
		MaxHeaderBytes: maxHeader, ConnState: s.state,
		ConnContext: func(ctx context.Context, c net.Conn) context.Context { return context.WithValue(ctx, connection{}, c) }}
	return s
}

// Listen has the server listen where http.conf says. What cannot be opened, or read, is told
// in the log and costs that listener alone; Listen with the next reading tries again. A
// certificate that cannot be read anew leaves the one before.
func (s *Server) Listen(c Config) {
	s.now.Store(&inForce{c.Prefix, c.ServerName, http.StripPrefix(c.Prefix, s.withOwn(c)),
		crowd.Limits{All: c.Sessions, Source: c.SourceSessions}, c.Restrictions, c.Redirects, ownPaths(c)})
	at, secureAt := c.Bind, c.TLSBind
	if !c.Enabled {
		at = netip.AddrPort{}
	}
	s.open(&s.plain, "HTTP", at, nil, c.BindPos)
	if !c.Enabled || !c.TLSEnabled {
		secureAt = netip.AddrPort{}
	} else if err := s.cert.Load(c.Cert, c.Key); err != nil && !(c.ACME.On() && c.Cert == "") {
		s.log.Error().Msgf("%s: HTTPS: %v", c.CertPos, err)
		if !s.cert.Loaded() && !c.ACME.On() {
			secureAt = netip.AddrPort{}
		}
	}
	s.setAuthority(c.ACME)
	s.open(&s.secure, "HTTPS", secureAt, s.tls(), c.TLSPos)
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
		return a.String(), s.now.Load().prefix
	}
	return "", s.now.Load().prefix
}

// Addresses are where it listens for HTTP and HTTPS, "" for nowhere.
func (s *Server) Addresses() (plain, secure string) {
	if a := s.plain.Addr(); a.IsValid() {
		plain = a.String()
	}
	if a := s.secure.Addr(); a.IsValid() {
		secure = a.String()
	}
	return plain, secure
}

// Handle serves a path, below the prefix.
func (s *Server) Handle(path string, h http.Handler) { s.mux.Handle(path, h) }

// ServeHTTP implements http.Handler: it reads a request to its end before anybody works on it.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	now := s.now.Load()
	if now.name != "" {
		w.Header().Set("Server", now.name)
	}
	if s.challenged(w, r) {
		return
	}
	if now.denies(r.URL.Path, r.RemoteAddr) {
		s.tellDenied(r)
		http.Error(w, "403 Access Denied", http.StatusForbidden)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		http.Error(w, "the request cannot be read", http.StatusBadRequest)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if c, ok := r.Context().Value(connection{}).(net.Conn); ok {
		s.silent.Remove(c)
	}
	http.NewResponseController(w).SetWriteDeadline(time.Time{}) // of the request before
	if !now.elsewhere(w, r) {
		now.handler.ServeHTTP(w, r)
	}
}

// state keeps those who have no request at work: with more than sessionlimit of them, or
// sessionsourcelimit of one source, the oldest of the source that holds most goes.
func (s *Server) state(c net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew, http.StateIdle:
		if state == http.StateNew && !s.kept.add(c) {
			s.refuse(c)
			return
		}
		remote, _ := netip.ParseAddrPort(c.RemoteAddr().String())
		l := s.now.Load().limits
		if share := rawnet.Share(); rawnet.Reserved(c) { // a few are enough for the health page
			l = crowd.Limits{All: min(l.All, share), Source: min(l.Source, max(share/2, 1))}
		}
		gone, full := s.silent.Add(remote.Addr(), c, l)
		if !full {
			return
		}
		gone.Close()
		if s.silent.Tells() {
			s.log.Warn().Msgf("HTTP: too many connections without a request, one of %s makes room (sessionlimit, sessionsourcelimit)",
				gone.RemoteAddr())
		}
	case http.StateClosed, http.StateHijacked:
		s.silent.Remove(c)
		s.kept.remove(c)
	}
}

// refuse closes a connection for which there is no room in the reserve of descriptors.
func (s *Server) refuse(c net.Conn) {
	c.Close()
	if s.silent.Tells() {
		s.log.Warn().Msgf("HTTP: no file descriptor is left for a connection of %s (reservedfiles)", c.RemoteAddr())
	}
}

// Refused counts the connections that had to make room.
func (s *Server) Refused() uint64 { return s.silent.Out() }

// Close ends all but what has become a WebSocket.
func (s *Server) Close() {
	s.plain.Close()
	s.secure.Close()
	s.http.Close()
}
