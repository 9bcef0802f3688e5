package web

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/rs/zerolog"
)

// Server is the HTTP server; with enabled=no it listens nowhere.
type Server struct {
	mux    *http.ServeMux
	prefix string
	http   *http.Server
	limit  int
	on     bool
	bound  string

	mu     sync.Mutex
	silent []net.Conn // that have sent no whole request yet, oldest first
}

const (
	headerTime = 10 * time.Second // for a TLS handshake and the lines of a request
	idleTime   = 15 * time.Second
	maxHeader  = 16 << 10
)

// Start listens where http.conf says. The error names the address or the file.
func Start(c Config, log zerolog.Logger) (*Server, error) {
	s := &Server{mux: http.NewServeMux(), prefix: c.Prefix, limit: c.Sessions, on: c.Enabled, bound: c.Bind.String()}
	s.http = &http.Server{Handler: http.HandlerFunc(s.serve), ReadHeaderTimeout: headerTime, IdleTimeout: idleTime, MaxHeaderBytes: maxHeader, ConnState: s.state}
	if c.Enabled {
		if err := s.listen("HTTP", c.Bind, nil, log); err != nil {
			return nil, err
		}
	}
	if c.Enabled && c.TLSEnabled {
		pair, err := tls.LoadX509KeyPair(c.Cert, c.Key)
		if err != nil {
			s.Close()
			return nil, fmt.Errorf("http.conf, tlscertfile: %w", err)
		}
		if err := s.listen("HTTPS", c.TLSBind, &tls.Config{Certificates: []tls.Certificate{pair}}, log); err != nil {
			s.Close()
			return nil, err
		}
	}
	return s, nil
}

func (s *Server) listen(what string, addr netip.AddrPort, conf *tls.Config, log zerolog.Logger) error {
	l, err := net.Listen("tcp", addr.String())
	if err != nil {
		return fmt.Errorf("%s on %s: %w", what, addr, err)
	}
	if conf != nil {
		l = tls.NewListener(l, conf)
	}
	log.Info().Msgf("%s server listens at %s", what, l.Addr())
	go s.http.Serve(l)
	return nil
}

// Listens says whether the server is enabled.
func (s *Server) Listens() bool { return s.on }

// Bound is where it listens, "" for nowhere, and below which prefix its paths are.
func (s *Server) Bound() (addr, prefix string) {
	if !s.on {
		return "", s.prefix
	}
	return s.bound, s.prefix
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
func (s *Server) Close() { s.http.Close() }
