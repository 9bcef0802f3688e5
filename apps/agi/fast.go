package agi

import (
	"context"
	"errors"
	"net"
	"strconv"
	"strings"
	"time"

	"obelisk/pbx"
)

// port is that of FastAGI servers.
const port = "4573"

// address is a server as the dialplan names it.
type address struct{ host, script string }

// parse reads what follows "agi://": a host with or without a port, and what it is to do.
func parse(rest string) address {
	host, script, _ := strings.Cut(rest, "/")
	return address{host, script}
}

// fast has a server work the call.
func (s *session) fast() status {
	conn, a, err := s.connect()
	if err != nil {
		s.warn(err.Error())
		return failure
	}
	s.wire = newWire(conn, conn)
	defer s.finish()
	head := "agi_network: yes\n"
	if a.script != "" {
		head += "agi_network_script: " + oneLine(a.script) + "\n"
	}
	s.send(head)
	return s.run(s.request)
}

// connect finds a server that takes the call; a caller who hangs up meanwhile ends that.
func (s *session) connect() (conn net.Conn, a address, err error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	over := make(chan struct{})
	go func() {
		defer close(over)
		conn, a, err = s.reach(ctx)
	}()
	if !s.dead {
		if _, why := s.c.Await(pbx.Wait{Also: over}); why != pbx.Also {
			cancel()
		}
	}
	s.c.Until(over)
	return conn, a, err
}

// reach tries one server after the other.
func (s *session) reach(ctx context.Context) (net.Conn, address, error) {
	_, rest, _ := strings.Cut(s.request, "://")
	a := parse(rest)
	if strings.EqualFold(s.request[:1], "a") || strings.Contains(a.host, ":") {
		conn, err := s.call(ctx, a.host)
		return conn, a, err
	}
	find, cancel := context.WithTimeout(ctx, s.limits.connect)
	defer cancel()
	_, records, err := s.m.net.srv(find, "agi", "tcp", a.host)
	if err != nil {
		return nil, a, errors.New("SRV lookup failed for " + a.host + ": " + err.Error())
	}
	for _, r := range records {
		conn, e := s.call(ctx, net.JoinHostPort(strings.TrimSuffix(r.Target, "."), strconv.Itoa(int(r.Port))))
		if e == nil {
			return conn, a, nil
		}
		err = errors.Join(err, e)
	}
	return nil, a, errors.Join(errors.New("no server of "+a.host+" takes the call"), err)
}

// call connects to a host, with or without a port, by its addresses in turn.
func (s *session) call(ctx context.Context, to string) (net.Conn, error) {
	host, number, err := net.SplitHostPort(to)
	if err != nil {
		host, number = strings.Trim(to, "[]"), port
	}
	find, cancel := context.WithTimeout(ctx, s.limits.connect)
	defer cancel()
	list, err := s.m.net.lookup(find, host)
	if err != nil {
		return nil, errors.New("Unable to locate host '" + host + "': " + err.Error())
	}
	for _, ip := range list {
		var conn net.Conn
		if conn, err = s.dial(ctx, net.JoinHostPort(ip, number)); err == nil {
			return conn, nil
		}
	}
	return nil, errors.New("Couldn't connect to " + to + ": " + err.Error())
}

// dial connects to an address, in time.
func (s *session) dial(ctx context.Context, address string) (net.Conn, error) {
	ctx, cancel := context.WithDeadline(ctx, time.Now().Add(s.limits.connect))
	defer cancel()
	return s.m.net.dial(ctx, "tcp", address)
}
