package ami

import (
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"time"

	"obelisk/internal/config"
	"obelisk/internal/listen"
)

// Listen has the ports open that manager.conf asks for. What cannot be opened, or read, is
// told in the log and costs that listener alone; Listen after the next SetConfig tries
// again. A certificate that cannot be read anew leaves the one before.
func (s *Server) Listen() {
	c := s.Config()
	at, secureAt := c.Bind, c.TLSBind
	if !c.Enabled {
		at = netip.AddrPort{}
	}
	s.open(&s.plain, at, nil, c.BindPos)
	if !c.Enabled || !c.TLSEnabled {
		secureAt = netip.AddrPort{}
	} else if err := s.cert.Load(c.Cert, c.Key); err != nil {
		s.rooms.Log.Error().Msgf("%s: manager interface over TLS: %v", c.CertPos, err)
		if !s.cert.Loaded() {
			secureAt = netip.AddrPort{}
		}
	}
	s.open(&s.secure, secureAt, s.cert.Server(), c.TLSPos)
}

// Listens says whether a port is open.
func (s *Server) Listens() bool { return s.plain.Addr().IsValid() || s.secure.Addr().IsValid() }

// open has a door at an address; the zero value closes it.
func (s *Server) open(d *listen.Door, at netip.AddrPort, conf *tls.Config, pos config.Pos) {
	err := d.Set(at, func(l net.Listener) {
		s.rooms.Log.Info().Msgf("manager interface listens at %s", l.Addr())
		if conf != nil {
			l = tls.NewListener(l, conf)
		}
		s.accept(l)
	})
	if err != nil {
		s.rooms.Log.Error().Msgf("%s: manager interface: %v", pos, err)
	}
}

// accept takes connections until the listener is closed.
func (s *Server) accept(l net.Listener) {
	for {
		c, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			time.Sleep(100 * time.Millisecond) // out of descriptors, perhaps
			continue
		}
		o := s.enter(c) // here, in the order in which they come
		go o.work()
	}
}
