package ari

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"obelisk/apps/stasis"
	"obelisk/channels/local"
	"obelisk/dialplan"
	"obelisk/dialplan/app"
	"obelisk/dialplan/fn"
	"obelisk/internal/config"
	"obelisk/internal/trace"
	"obelisk/media"
	"obelisk/media/soundfile"
	"obelisk/pbx"
	"obelisk/sounds"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
	"github.com/rs/zerolog"
)

const conf = `[general]
enabled=yes
allowed_origins=http://a.example,http://b.example
channelvars=FOO,CALLERID(num)
[prog]
type=user
password=right
[looker]
type=user
password=look
read_only=yes
[far]
type=user
password=far
deny=0.0.0.0/0
permit=10.0.0.0/8
[hashed]
type=user
password_format=crypt
password=$6$cRI3HeM0ylOaWalM$N1hhhyYNzxPETDkjR/uEI7eKZM74Wr96M458wVqHBRGVxVIREiLle3PoY.PMoDoFgxu/Z.Nm2NNJGdVwrDd4F1
`

// house is the rest of the switchboard.
type house struct {
	mux    *http.ServeMux
	booted bool
	log    zerolog.Logger

	mu   sync.Mutex
	logs map[string]string
}

func (h *house) Version() string { return "20.1.2" }
func (h *house) Booted() bool    { return h.booted }
func (h *house) Info() map[string]stasis.Object {
	return map[string]stasis.Object{"build": {"os", "Linux"}, "system": {"version", "20.1.2"}, "config": {"name", ""},
		"status": {"startup_time", ""}}
}
func (h *house) Modules() [][2]string { return [][2]string{{"app_echo.so", "Echo"}, {"res_x.so", "X"}} }
func (h *house) ReloadModule(name string) error {
	if name == "res_x" {
		return nil
	}
	return pbx.ErrNoReload
}
func (h *house) LogChannels() (out []LogChannel) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for name, levels := range h.logs {
		out = append(out, LogChannel{name, "File", "Enabled", levels})
	}
	return out
}
func (h *house) AddLog(name, levels string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.logs[name] != "" {
		return errors.New("there")
	}
	h.logs[name] = levels
	return nil
}
func (h *house) DeleteLog(name string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	_, ok := h.logs[name]
	delete(h.logs, name)
	return ok
}
func (h *house) RotateLog(name string) bool        { return name == "full" }
func (h *house) Serve(path string, x http.Handler) { h.mux.Handle(path, x) }
func (h *house) Log() *zerolog.Logger              { return &h.log }

// files are those of a test.
type files map[string]string

func (f files) File(name string) *config.File {
	if f[name] == "" {
		return nil
	}
	file, err := config.Load(config.FS{FS: fstest.MapFS{name: {Data: []byte(f[name])}}}, name, config.Options{})
	if err != nil {
		return nil
	}
	return file
}

// world is a switchboard with the interface, on a port of the loopback.
type world struct {
	t   *testing.T
	s   *Server
	h   *house
	web *httptest.Server
}

func newWorld(t *testing.T, f files) *world {
	t.Helper()
	engine, err := media.New(media.Config{Listen: func(netip.AddrPort) (net.PacketConn, error) { return nil, net.ErrClosed }})
	if err != nil {
		t.Fatal(err)
	}
	core := pbx.NewCore(pbx.Config{Log: zerolog.Nop(), Book: trace.NewBook(100)})
	lib := &sounds.Library{Extensions: soundfile.Extensions}
	app.Register(core, lib)
	fn.Register(core)
	m := stasis.New(stasis.House{Lib: lib, Spool: t.TempDir(), Media: func() *media.Engine { return engine },
		Endpoints: func() []stasis.Endpoint {
			return []stasis.Endpoint{{Tech: "SIP", Resource: "1001", State: "online"}}
		}})
	m.Furnish(core)
	core.RegisterTech(local.New(core, engine))
	file, err := config.Load(config.FS{FS: fstest.MapFS{"x": {Data: []byte("[default]\nexten => up,1,Answer()\nsame => n,Wait(600)\n")}}},
		"x", config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	plan, _ := dialplan.Compile(file, nil)
	core.SetPlan(plan)
	w := &world{t: t, h: &house{mux: http.NewServeMux(), booted: true, log: zerolog.Nop(), logs: map[string]string{}}}
	w.s = New(w.h, m)
	next, diags := w.s.Prepare(f)
	for _, d := range diags {
		t.Error(d)
	}
	next.Commit()
	w.web = httptest.NewServer(w.h.mux)
	t.Cleanup(func() {
		w.s.Close()
		w.web.Close()
		for _, c := range core.Channels() {
			c.SoftHangup(pbx.CauseNormal)
		}
		m.Close()
		engine.Close()
	})
	return w
}

// got is what came back.
type got struct {
	status int
	header http.Header
	body   string
}

// ask asks by the rights of prog, unless a header says otherwise; headers are name and value in turn.
func (w *world) ask(method, path, body string, headers ...string) got {
	w.t.Helper()
	r, err := http.NewRequest(method, w.web.URL+"/ari/"+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	r.SetBasicAuth("prog", "right")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode == http.StatusSwitchingProtocols {
		return got{res.StatusCode, res.Header, ""}
	}
	b, _ := io.ReadAll(res.Body)
	return got{res.StatusCode, res.Header, string(b)}
}

// wants asks and compares status and, where want is not "", the body.
func (w *world) wants(status int, want, method, path string, more ...string) {
	w.t.Helper()
	body := ""
	if len(more) > 0 {
		body, more = more[0], more[1:]
	}
	if a := w.ask(method, path, body, more...); a.status != status || want != "" && a.body != want {
		w.t.Errorf("%s %s: %d %s, want %d %s", method, path, a.status, a.body, status, want)
	}
}

func says(text string) string { return `{"message":"` + text + `"}` }

// program is a WebSocket.
type program struct {
	conn net.Conn
	t    *testing.T
	got  chan map[string]any
}

func (w *world) connect(query string) *program {
	w.t.Helper()
	d := ws.Dialer{Protocols: []string{"ari"}}
	conn, early, _, err := d.Dial(w.t.Context(), "ws"+strings.TrimPrefix(w.web.URL, "http")+"/ari/events?"+query)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { conn.Close() })
	if early != nil { // events that came with the answer
		conn = begun{conn, early}
	}
	return &program{conn: conn, t: w.t, got: make(chan map[string]any, 1000)}
}

// begun is a connection of which a part was read already.
type begun struct {
	net.Conn
	early *bufio.Reader
}

func (b begun) Read(p []byte) (int, error) { return b.early.Read(p) }

// read has what comes be read.
func (p *program) read() *program {
	go func() {
		defer close(p.got)
		for {
			b, op, err := wsutil.ReadServerData(p.conn)
			if err != nil {
				return
			}
			var o map[string]any
			if op == ws.OpText && json.Unmarshal(b, &o) == nil {
				p.got <- o
			}
		}
	}()
	return p
}

// until waits for an event of a type.
func (p *program) until(kind string) map[string]any {
	p.t.Helper()
	patience := time.After(20 * time.Second)
	for {
		select {
		case o, ok := <-p.got:
			if !ok {
				p.t.Fatalf("the socket ends before %s", kind)
			}
			if o["type"] == kind {
				return o
			}
		case <-patience:
			p.t.Fatalf("%s does not come", kind)
		}
	}
}

func (p *program) say(text string) {
	p.t.Helper()
	if err := wsutil.WriteClientText(p.conn, []byte(text)); err != nil {
		p.t.Error(err)
	}
}
