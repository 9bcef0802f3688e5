package sipstack

import (
	"fmt"
	"net"
	"net/netip"
)

// Local is an address that we listen at: of UDP, else of a stream transport; that of loopback
// while there is none.
func (s *Stack) Local() netip.AddrPort {
	if a := s.LocalUDP(); a.IsValid() {
		return a
	}
	for _, p := range [2]Proto{TCP, TLS} {
		if a := s.LocalStream(p); a.IsValid() {
			return a
		}
	}
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), UDP.Port())
}

// Listen has a transport served at an address. TCP and TLS move there, and stop listening
// for the zero value; UDP, which calls hang on, is opened where it is not open yet. The
// error names transport and address, and what listened before goes on.
func (s *Stack) Listen(p Proto, at netip.AddrPort) error {
	s.listening.Lock()
	defer s.listening.Unlock()
	if s.closed {
		return net.ErrClosed
	}
	err := s.listen(p, at)
	if err != nil {
		return fmt.Errorf("SIP over %s on %s: %w", p, at, err)
	}
	return nil
}

// listen is that with the lock held.
func (s *Stack) listen(p Proto, at netip.AddrPort) error {
	if p != UDP {
		return s.streams.listen(p, at, s.cfg.ServerTLS)
	}
	open := *s.udp.Load()
	if s.running && len(open) > 0 {
		return nil
	}
	var u udpSocket
	var err error
	if s.cfg.ListenUDP != nil {
		u, err = newConnSocket(s.cfg.ListenUDP, at, len(open))
	} else {
		u, err = newSystemSocket(at, len(open), s.cfg.Marks)
	}
	if err != nil {
		return err
	}
	open = append(open[:len(open):len(open)], u)
	s.udp.Store(&open)
	if s.running {
		s.read(open[len(open)-1:])
	}
	return nil
}
