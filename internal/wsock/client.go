package wsock

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

// Client is a section of websocket_client.conf.
type Client struct {
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
	Headers            [][2]string // of the request
	Pos                config.Pos
}

// Clients are the options of it.
var Clients = config.Table[Client]{File: "websocket_client.conf", Section: "a client", Options: []config.Option[Client]{
	{Name: "type", Takes: "websocket_client", Help: "what the section is", Set: func(*Client, string) error { return nil }},
	{Name: "uri", Takes: "ws://host/path", Help: "where it is", Set: func(c *Client, v string) error {
		u, err := url.Parse(v)
		if err != nil || u.Scheme != "ws" && u.Scheme != "wss" || u.Host == "" {
			return errors.New("it takes an address that begins with ws:// or wss://")
		}
		c.URI = v
		return nil
	}},
	{Name: "protocols", Takes: "names, parted by commas", Default: "ari", Help: "subprotocols that are asked for",
		Set: func(c *Client, v string) error {
			c.Protocols = words(v)
			return nil
		}},
	{Name: "username", Takes: "a name", Help: "for HTTP Basic", Set: config.SetText(func(c *Client) *string { return &c.User })},
	{Name: "password", Takes: "a text", Help: "likewise", Set: config.SetText(func(c *Client) *string { return &c.Password })},
	{Name: "connection_type", Takes: "persistent|per_call_config", Default: "per_call_config",
		Help: "persistent: it is connected from the start on", Set: func(c *Client, v string) error {
			switch strings.ToLower(v) {
			case "persistent", "per_call_config", "client":
				c.Persistent = strings.EqualFold(v, "persistent")
				return nil
			}
			return errors.New("it takes persistent or per_call_config")
		}},
	{Name: "connection_timeout", Takes: "1 to 60000 ms", Default: "500", Help: "for a connection", Set: config.SetTime(time.Millisecond, 1,
		60000, func(c *Client) *time.Duration { return &c.Timeout })},
	{Name: "reconnect_interval", Takes: "1 to 3600000 ms", Default: "500", Help: "between two tries", Set: config.SetTime(time.Millisecond, 1,
		3600000, func(c *Client) *time.Duration { return &c.Pause })},
	{Name: "reconnect_attempts", Takes: "0 to 1000000", Default: "4",
		Help: "tries in a row, each warned of; after them it goes on, and says no more",
		Set:  config.SetInt(0, 1000000, func(c *Client) *int { return &c.Tries })},
	{Name: "tls_enabled", Takes: "yes|no", Default: "no", Help: "wss is", Set: config.SetBool(func(c *Client) *bool { return &c.TLS })},
	{Name: "ca_list_file", Takes: "a file", Help: "whose certificates are believed",
		Set: config.SetText(func(c *Client) *string { return &c.CAFile })},
	{Name: "ca_list_path", Takes: "a folder", Help: "likewise", Missing: "ca_list_file is"},
	{Name: "cert_file", Takes: "a file", Help: "our own certificate", Set: config.SetText(func(c *Client) *string { return &c.Cert })},
	{Name: "priv_key_file", Takes: "a file", Help: "its key", Set: config.SetText(func(c *Client) *string { return &c.Key })},
	{Name: "verify_server_cert", Takes: "yes|no", Default: "yes", Help: "whether its certificate is checked",
		Set: not(func(c *Client) *bool { return &c.SkipCert })},
	{Name: "verify_server_hostname", Takes: "yes|no", Default: "yes", Help: "whether its name is",
		Set: not(func(c *Client) *bool { return &c.SkipName })},
}}

// not reads yes as false.
func not(field func(*Client) *bool) func(*Client, string) error {
	return func(c *Client, v string) error {
		on, ok := config.Bool(v)
		if !ok {
			return errors.New("it takes yes or no")
		}
		*field(c) = !on
		return nil
	}
}

// ReadClients reads websocket_client.conf; f may be nil.
func ReadClients(f *config.File) (out map[string]*Client, diags []config.Diagnostic) {
	out = map[string]*Client{}
	if f == nil {
		return out, nil
	}
	for _, s := range f.Visible() {
		if strings.EqualFold(s.Name, "general") {
			continue
		}
		c := &Client{Name: s.Name, Timeout: 500 * time.Millisecond, Pause: 500 * time.Millisecond, Tries: 4, Pos: s.Pos}
		diags = append(diags, Clients.Read(s, c, nil)...)
		if c.URI == "" {
			diags = append(diags, config.Diagnostic{Pos: s.Pos, Text: fmt.Sprintf("client '%s' has no uri and has no effect", s.Name)})
			continue
		}
		out[s.Name] = c
	}
	return out, diags
}

func words(v string) (out []string) {
	for _, w := range strings.Split(v, ",") {
		if w = strings.TrimSpace(w); w != "" {
			out = append(out, w)
		}
	}
	return out
}

// Dial connects to the program once, within its time. more is added to the query of its address;
// protocols are asked for where the section names none.
func (c *Client) Dial(ctx context.Context, more string, protocols ...string) (*Conn, error) {
	conn, early, err := c.Connect(ctx, more, protocols...)
	if err != nil {
		return nil, err
	}
	return newConn(conn, early, ws.StateClientSide), nil
}

// Connect is Dial for who reads and writes frames itself. early has what came with the handshake, nil
// for nothing.
func (c *Client) Connect(ctx context.Context, more string, protocols ...string) (conn net.Conn, early *bufio.Reader, err error) {
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	if len(c.Protocols) > 0 {
		protocols = c.Protocols
	}
	d := ws.Dialer{Protocols: protocols, Timeout: c.Timeout}
	header := http.Header{}
	for _, h := range c.Headers {
		header.Set(h[0], h[1])
	}
	if c.User != "" {
		header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(c.User+":"+c.Password)))
	}
	d.Header = ws.HandshakeHeaderHTTP(header)
	conf, err := c.tls()
	if err != nil {
		return nil, nil, err
	}
	d.TLSConfig = conf
	uri := c.URI
	if more != "" {
		sign := "?"
		if strings.Contains(uri, "?") {
			sign = "&"
		}
		uri += sign + more
	}
	conn, early, _, err = d.Dial(ctx, uri)
	if err != nil {
		return nil, nil, err
	}
	conn.SetDeadline(time.Time{})
	if early != nil && early.Buffered() == 0 {
		ws.PutReader(early)
		early = nil
	}
	return conn, early, nil
}

// tls is how its certificate is checked.
func (c *Client) tls() (*tls.Config, error) {
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
