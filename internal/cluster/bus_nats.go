//go:build nats

package cluster

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"time"

	"obelisk/internal/store"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// startup is how long a bus of our own may take to be ready.
const startup = 5 * time.Second

// natsBus is core NATS: no JetStream, nothing is kept.
type natsBus struct {
	conn *nats.Conn
	own  *server.Server // nil: the bus is external
}

// OpenBus makes the bus that cluster.conf asks for. lost is told of what goes wrong later.
func OpenBus(c *Config, lost func(string)) (store.Bus, error) {
	options := []nats.Option{nats.Name("obelisk " + c.Node), nats.MaxReconnects(-1), nats.ReconnectWait(250 * time.Millisecond),
		nats.ReconnectBufSize(-1),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				lost("the bus is lost: " + err.Error())
			}
		}),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { lost("the bus: " + err.Error()) })}
	if c.Bus == "external" {
		if c.TLS() {
			conf, err := c.tlsConfig()
			if err != nil {
				return nil, err
			}
			options = append(options, nats.Secure(conf))
		}
		conn, err := nats.Connect(c.URL, append(options, nats.RetryOnFailedConnect(true))...)
		if err != nil {
			return nil, err
		}
		return &natsBus{conn: conn}, nil
	}
	own, token, err := startServer(c)
	if err != nil {
		return nil, err
	}
	conn, err := nats.Connect("", append(options, nats.InProcessServer(own), nats.Token(token))...)
	if err != nil {
		own.Shutdown()
		return nil, err
	}
	return &natsBus{conn, own}, nil
}

// startServer starts a server that has routes to the others. Its own clients come within the
// process; the port that it opens for others is of loopback, and nobody knows the token.
func startServer(c *Config) (*server.Server, string, error) {
	secret := make([]byte, 24)
	rand.Read(secret)
	o := &server.Options{ServerName: c.Node, Host: "127.0.0.1", Port: server.RANDOM_PORT, Authorization: hex.EncodeToString(secret),
		NoSigs: true, NoLog: true, Cluster: server.ClusterOpts{Name: "obelisk", Host: c.Listen.Addr().String(), Port: int(c.Listen.Port()),
			PoolSize: -1, NoAdvertise: true, ConnectRetries: 1 << 30}}
	for _, peer := range c.Peers {
		o.Routes = append(o.Routes, &url.URL{Scheme: "nats-route", Host: peer})
	}
	if c.TLS() {
		conf, err := c.tlsConfig()
		if err != nil {
			return nil, "", err
		}
		o.Cluster.TLSConfig, o.Cluster.TLSTimeout = conf, 5
	}
	s, err := server.NewServer(o)
	if err != nil {
		return nil, "", err
	}
	go s.Start()
	if !s.ReadyForConnections(startup) {
		s.Shutdown()
		return nil, "", fmt.Errorf("it cannot listen on %s", c.Listen)
	}
	return s, o.Authorization, nil
}

func (b *natsBus) Publish(subject string, data []byte) error {
	err := b.conn.Publish(subject, data)
	if errors.Is(err, nats.ErrReconnectBufExceeded) {
		return errors.New("it is away")
	}
	return err
}

func (b *natsBus) Subscribe(subject string, f func(data []byte)) (end func(), err error) {
	s, err := b.conn.Subscribe(subject, func(m *nats.Msg) { f(m.Data) })
	if err != nil {
		return nil, err
	}
	return func() { s.Unsubscribe() }, nil
}

func (b *natsBus) Close() {
	b.conn.FlushTimeout(time.Second)
	b.conn.Close()
	if b.own != nil {
		b.own.Shutdown()
	}
}
