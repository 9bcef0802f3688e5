package ari

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"obelisk/internal/config"

	"github.com/gobwas/ws"
)

// Programs that the switchboard calls itself: sections outbound_websocket of ari.conf, and those of
// websocket_client.conf that they name.

// client is a section of websocket_client.conf.
type client struct {
	Name               string
	URI                string
	Protocols          []string
	User, Password     string
	Persistent         bool
	Timeout, Pause     time.Duration
	Tries              int // 0: without end
	CAFile, CAPath     string
	Cert, Key          string
	TLS                bool
	SkipCert, SkipName bool
	Pos                config.Pos
}

// clients are the options of it.
var clients = config.Table[client]{File: "websocket_client.conf", Section: "a client", Options: []config.Option[client]{
	{Name: "type", Takes: "websocket_client", Help: "what the section is", Set: func(*client, string) error { return nil }},
	{Name: "uri", Takes: "ws://host/path", Help: "where it is", Set: func(c *client, v string) error {
		u, err := url.Parse(v)
		if err != nil || u.Scheme != "ws" && u.Scheme != "wss" || u.Host == "" {
			return errors.New("it takes an address that begins with ws:// or wss://")
		}
		c.URI = v
		return nil
	}},
	{Name: "protocols", Takes: "names, parted by commas", Default: "ari", Help: "subprotocols that are asked for", Set: func(c *client, v string) error {
		c.Protocols = words(v)
		return nil
	}},
	{Name: "username", Takes: "a name", Help: "for HTTP Basic", Set: config.SetText(func(c *client) *string { return &c.User })},
	{Name: "password", Takes: "a text", Help: "likewise", Set: config.SetText(func(c *client) *string { return &c.Password })},
	{Name: "connection_type", Takes: "persistent|per_call_config", Default: "per_call_config", Help: "persistent: it is connected from the start on", Set: func(c *client, v string) error {
		switch strings.ToLower(v) {
		case "persistent", "per_call_config", "client":
			c.Persistent = strings.EqualFold(v, "persistent")
			return nil
		}
		return errors.New("it takes persistent or per_call_config")
	}},
	{Name: "connection_timeout", Takes: "1 to 60000 ms", Default: "500", Help: "for a connection", Set: config.SetTime(time.Millisecond, 1, 60000, func(c *client) *time.Duration { return &c.Timeout })},
	{Name: "reconnect_interval", Takes: "1 to 3600000 ms", Default: "500", Help: "between two tries", Set: config.SetTime(time.Millisecond, 1, 3600000, func(c *client) *time.Duration { return &c.Pause })},
	{Name: "reconnect_attempts", Takes: "0 to 1000000", Default: "4", Help: "tries in a row, each warned of; after them it goes on, and says no more", Set: config.SetInt(0, 1000000, func(c *client) *int { return &c.Tries })},
	{Name: "tls_enabled", Takes: "yes|no", Default: "no", Help: "wss is", Set: config.SetBool(func(c *client) *bool { return &c.TLS })},
	{Name: "ca_list_file", Takes: "a file", Help: "whose certificates are believed", Set: config.SetText(func(c *client) *string { return &c.CAFile })},
	{Name: "ca_list_path", Takes: "a folder", Help: "likewise", Missing: "ca_list_file is"},
	{Name: "cert_file", Takes: "a file", Help: "our own certificate", Set: config.SetText(func(c *client) *string { return &c.Cert })},
	{Name: "priv_key_file", Takes: "a file", Help: "its key", Set: config.SetText(func(c *client) *string { return &c.Key })},
	{Name: "verify_server_cert", Takes: "yes|no", Default: "yes", Help: "whether its certificate is checked", Set: not(func(c *client) *bool { return &c.SkipCert })},
	{Name: "verify_server_hostname", Takes: "yes|no", Default: "yes", Help: "whether its name is", Set: not(func(c *client) *bool { return &c.SkipName })},
}}

// not reads yes as false.
func not(field func(*client) *bool) func(*client, string) error {
	return func(c *client, v string) error {
		on, ok := config.Bool(v)
		if !ok {
			return errors.New("it takes yes or no")
		}
		*field(c) = !on
		return nil
	}
}

// readClients reads websocket_client.conf; f may be nil.
func readClients(f *config.File) (out map[string]*client, diags []config.Diagnostic) {
	out = map[string]*client{}
	if f == nil {
		return out, nil
	}
	for _, s := range f.Visible() {
		if strings.EqualFold(s.Name, "general") {
			continue
		}
		c := &client{Name: s.Name, Protocols: []string{"ari"}, Timeout: 500 * time.Millisecond, Pause: 500 * time.Millisecond, Tries: 4, Pos: s.Pos}
		diags = append(diags, clients.Read(s, c, nil)...)
		if c.URI == "" {
			diags = append(diags, config.Diagnostic{Pos: s.Pos, Text: fmt.Sprintf("client '%s' has no uri and has no effect", s.Name)})
			continue
		}
		out[s.Name] = c
	}
	return out, diags
}

// outgoing is an outbound_websocket at work.
type outgoing struct {
	s      *Server
	conf   Outbound
	client *client
	ctx    context.Context
	stop   context.CancelFunc
}

// follow begins and ends those that a new reading of the files has changed.
func (s *Server) follow(c *Config, known map[string]*client) {
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
	ctx, cancel := context.WithTimeout(o.ctx, o.client.Timeout)
	defer cancel()
	d := ws.Dialer{Protocols: o.client.Protocols, Timeout: o.client.Timeout}
	if o.client.User != "" {
		basic := base64.StdEncoding.EncodeToString([]byte(o.client.User + ":" + o.client.Password))
		d.Header = ws.HandshakeHeaderHTTP(http.Header{"Authorization": {"Basic " + basic}})
	}
	conf, err := o.client.tls()
	if err != nil {
		return err
	}
	d.TLSConfig = conf
	conn, early, _, err := d.Dial(ctx, o.client.URI)
	if err != nil {
		return err
	}
	conn.SetDeadline(time.Time{})
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

// tls is how its certificate is checked.
func (c *client) tls() (*tls.Config, error) {
	conf := &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: c.SkipCert}
	if c.CAFile != "" {
		pem, err := os.ReadFile(c.CAFile)
		if err != nil {
			return nil, err
		}
		if conf.RootCAs = x509.NewCertPool(); !conf.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s has no certificate", c.CAFile)
		}
	}
	if c.Cert != "" {
		key := c.Key
		if key == "" {
			key = c.Cert
		}
		pair, err := tls.LoadX509KeyPair(c.Cert, key)
		if err != nil {
			return nil, err
		}
		conf.Certificates = []tls.Certificate{pair}
	}
	if c.SkipName && !c.SkipCert {
		roots := conf.RootCAs
		conf.InsecureSkipVerify = true
		conf.VerifyConnection = func(state tls.ConnectionState) error {
			options := x509.VerifyOptions{Roots: roots, Intermediates: x509.NewCertPool()}
			for _, cert := range state.PeerCertificates[1:] {
				options.Intermediates.AddCert(cert)
			}
			_, err := state.PeerCertificates[0].Verify(options)
			return err
		}
	}
	return conf, nil
}
