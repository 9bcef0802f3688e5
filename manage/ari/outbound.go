package ari

import (
	"bufio"
	"context"
	"net"
	"time"

	"obelisk/internal/wsock"

	"github.com/gobwas/ws"
)

// Programs that the switchboard calls itself: sections outbound_websocket of ari.conf, and those of
// websocket_client.conf that they name.

// outgoing is an outbound_websocket at work.
type outgoing struct {
	s      *Server
	conf   Outbound
	client *wsock.Client
	ctx    context.Context
	stop   context.CancelFunc
}

// follow begins and ends those that a new reading of the files has changed.
func (s *Server) follow(c *Config, known map[string]*wsock.Client) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range s.dialled {
		o.stop()
	}
	s.dialled = map[string]*outgoing{}
	if s.closed || !c.Enabled {
		return
	}
	for _, conf := range c.Outbound {
		to := known[conf.Client]
		if to == nil || len(conf.Apps) == 0 {
			continue
		}
		o := &outgoing{s: s, conf: conf, client: to}
		o.ctx, o.stop = context.WithCancel(context.Background())
		s.dialled[conf.Name] = o
		if to.Persistent {
			go o.persist()
		}
	}
}

// persist keeps the program connected.
func (o *outgoing) persist() {
	for failed := 0; o.ctx.Err() == nil; {
		err := o.connect(o.conf.Apps)
		if err == nil {
			failed = 0
		} else if failed++; o.client.Tries == 0 || failed <= o.client.Tries {
			o.s.house.Log().Warn().Msgf("%s: the program of '%s' at %s cannot be reached: %v", o.conf.Pos, o.conf.Name, o.client.URI, err)
		}
		select {
		case <-time.After(o.client.Pause):
		case <-o.ctx.Done():
		}
	}
}

// connect calls the program, and serves it until that ends.
func (o *outgoing) connect(apps []string) error {
	conn, early, err := o.client.Connect(o.ctx, "", "ari")
	if err != nil {
		return err
	}
	k := o.s.newSocket(conn.RemoteAddr().String(), o.s.conf.Load().Users[o.conf.User], apps, ws.StateClientSide)
	k.name = o.conf.Name
	k.register(o.conf.SubscribeAll)
	end := context.AfterFunc(o.ctx, func() {
		<-k.there
		k.close(1001)
	})
	defer end()
	o.s.house.Log().Info().Msgf("the program of '%s' is connected at %s", o.conf.Name, o.client.URI)
	k.serve(conn, reader(conn, early))
	return nil
}

// reader reads what came with the handshake first.
func reader(conn net.Conn, early *bufio.Reader) interface{ Read([]byte) (int, error) } {
	if early != nil {
		return early
	}
	return conn
}
