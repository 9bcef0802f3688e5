// Package websocket is the channel technology WebSocket: audio to and from a program over a WebSocket,
// which is called from here (a section of websocket_client.conf) or calls (INCOMING, at /media/ID of the
// HTTP server). Binary messages are audio; messages of text are commands and events.
package websocket

import (
	"fmt"
	"html"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"

	"obelisk/internal/config"
	"obelisk/internal/wsock"
	"obelisk/media"
	"obelisk/pbx"
)

// Module is chan_websocket. It is a pbx.Tech as well.
type Module struct {
	media   func() *media.Engine
	conf    atomic.Pointer[conf]
	next    atomic.Uint64
	version string
	serve   func(path string, h http.Handler)
	served  sync.Once

	mu      sync.Mutex      // guards waiting
	waiting map[string]*leg // INCOMING channels by connection id, until they end

	connected, failed, dropped atomic.Uint64
}

// conf is what the files say.
type conf struct {
	json    bool
	clients map[string]*wsock.Client
}

// Path is where programs connect to, with the id behind it.
const Path = "/media/"

// New makes the module; media gives the engine, nil or returning nil: there is none.
func New(m func() *media.Engine, version string) *Module {
	x := &Module{media: m, version: version, waiting: map[string]*leg{}}
	x.conf.Store(&conf{})
	return x
}

// Hang says how the module's page hangs into the HTTP server; it is called before the files are read.
func (m *Module) Hang(serve func(path string, h http.Handler)) { m.serve = serve }

// Synopsis implements pbx.Described.
func (m *Module) Synopsis() string { return "Websocket Media Channel" }

// Furnish implements pbx.Furnisher.
func (m *Module) Furnish(core *pbx.Core) { core.RegisterTech(tech{m}) }

// Name implements pbx.Module.
func (m *Module) Name() string { return "chan_websocket" }

// global are the options of chan_websocket.conf.
var global = config.Table[conf]{File: "chan_websocket.conf", Section: "global", Options: []config.Option[conf]{
	{Name: "type", Takes: "global", Help: "what the section is", Set: func(*conf, string) error { return nil }},
	{Name: "control_message_format", Takes: "plain-text|json", Default: "plain-text",
		Help: "how commands and events are written, unless a call says otherwise", Set: func(c *conf, v string) error {
			json, ok := formatNamed(v)
			if !ok {
				return fmt.Errorf("it takes plain-text or json")
			}
			c.json = json
			return nil
		}},
}}

// formatNamed is how commands and events are written.
func formatNamed(v string) (json, ok bool) {
	switch strings.ToLower(v) {
	case "json":
		return true, true
	case "plain-text":
		return false, true
	}
	return false, false
}

// Options implements pbx.Optioned.
func (m *Module) Options() []config.OptionRow { return append(global.Rows(), wsock.Clients.Rows()...) }

// Prepare implements pbx.Configured.
func (m *Module) Prepare(src pbx.Files) (pbx.Next, []config.Diagnostic) {
	c := &conf{}
	var diags []config.Diagnostic
	if f := src.File("chan_websocket.conf"); f != nil {
		diags = global.Read(f.Section("global"), c, nil)
	}
	known, more := wsock.ReadClients(src.File("websocket_client.conf"))
	c.clients = known
	return &prepared{m, c}, append(diags, more...)
}

// prepared implements pbx.Next.
type prepared struct {
	m *Module
	c *conf
}

func (n *prepared) Changes() []string { return nil }
func (n *prepared) Discard()          {}
func (n *prepared) Commit() {
	n.m.conf.Store(n.c)
	if n.m.serve != nil {
		n.m.served.Do(func() {
			n.m.serve(Path, n.m)
			n.m.serve(strings.TrimSuffix(Path, "/"), n.m)
		})
	}
}

// Measure implements pbx.Meter.
func (m *Module) Measure(s *pbx.Measures) {
	s.Count("obelisk_websocket_connected_total", "WebSockets of audio that were connected", float64(m.connected.Load()))
	s.Count("obelisk_websocket_failed_total", "Programs that could not be reached", float64(m.failed.Load()))
	s.Count("obelisk_websocket_dropped_total", "Pieces of audio that were left out: a program took none, or sent too much",
		float64(m.dropped.Load()))
}

// ServeHTTP implements http.Handler: a program connects to a channel that waits for it.
func (m *Module) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	l := m.waiting[strings.TrimPrefix(r.URL.Path, Path)]
	taken := false
	if l != nil && wsock.Wants(r) {
		taken, l.taken = l.taken, true
	}
	m.mu.Unlock()
	switch {
	case l == nil:
		m.refuse(w, http.StatusNotFound, "Not found", "WebSocket instance not found")
		return
	case taken:
		m.refuse(w, http.StatusConflict, "Conflict", "Another websocket connection exists for this connection id")
		return
	case !wsock.Wants(r):
		w.Header().Set("Upgrade", "websocket")
		m.refuse(w, http.StatusUpgradeRequired, "Upgrade Required", "It takes a WebSocket")
		return
	}
	conn, err := wsock.Accept(w, r, "media")
	if err != nil {
		m.mu.Lock()
		l.taken = false
		m.mu.Unlock()
		return
	}
	l.serve(conn)
}

// refuse answers as Asterisk does.
func (m *Module) refuse(w http.ResponseWriter, status int, title, text string) {
	h := w.Header()
	h.Set("Server", "Asterisk/"+m.version)
	h.Set("Cache-Control", "no-cache, no-store")
	h.Set("Content-Type", "text/html")
	w.WriteHeader(status)
	fmt.Fprintf(w, "<!DOCTYPE HTML PUBLIC \"-//IETF//DTD HTML 2.0//EN\">\r\n<html><head>\r\n<title>%d %s</title>\r\n</head><body>\r\n"+
		"<h1>%[2]s</h1>\r\n<p>%s</p>\r\n<hr />\r\n<address>Asterisk/%s</address>\r\n</body></html>\r\n",
		status, title, html.EscapeString(text), m.version)
}
