package websocket

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"obelisk/internal/config"
	"obelisk/internal/wsock"
	"obelisk/media"
	"obelisk/pbx"
)

// house is a module, and an HTTP server with its page.
type house struct {
	*testing.T
	m      *Module
	engine *media.Engine
	server *httptest.Server
}

func newHouse(t *testing.T, files map[string]string) *house {
	e, err := media.New(media.Config{Listen: func(netip.AddrPort) (net.PacketConn, error) { return nil, fmt.Errorf("no sockets here") }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	h := &house{T: t, engine: e, m: New(func() *media.Engine { return e }, "20")}
	next, diags := h.m.Prepare(texts(files))
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	next.Commit()
	h.server = httptest.NewServer(h.m)
	t.Cleanup(h.server.Close)
	return h
}

// texts are files of a test.
type texts map[string]string

func (x texts) File(name string) *config.File {
	text, ok := x[name]
	if !ok {
		return nil
	}
	f, err := config.Load(config.FS{FS: fstest.MapFS{name: {Data: []byte(text)}}}, name, config.Options{})
	if err != nil {
		return nil
	}
	return f
}

func (h *house) request(resource string) *leg {
	h.Helper()
	l, err := tech{h.m}.Request(pbx.Request{Resource: resource})
	if err != nil {
		h.Fatal(err)
	}
	h.Cleanup(func() { l.Hangup(pbx.CauseNormal) })
	l.Call(pbx.CallInfo{})
	return l.(*leg)
}

func (h *house) uri(id string) string {
	return strings.Replace(h.server.URL, "http", "ws", 1) + Path + id
}

// connect is a program that connects to a channel.
func (h *house) connect(l *leg) *prog {
	h.Helper()
	c := &wsock.Client{URI: h.uri(l.id), Timeout: 5 * time.Second}
	conn, err := c.Dial(context.Background(), "", "media")
	if err != nil {
		h.Fatal(err)
	}
	return read(h.T, conn)
}

// prog is a program with what it got.
type prog struct {
	*testing.T
	*wsock.Conn
	texts chan string
	audio chan []byte
}

// read is a program that reads, behind what it got before.
func read(t *testing.T, conn *wsock.Conn, before ...string) *prog {
	p := &prog{T: t, Conn: conn, texts: make(chan string, 1000), audio: make(chan []byte, 1000)}
	for _, s := range before {
		p.texts <- s
	}
	t.Cleanup(conn.Break)
	go func() {
		defer close(p.texts)
		for {
			text, b, err := conn.Read()
			switch {
			case err != nil:
				return
			case text:
				p.texts <- string(b)
			default:
				select {
				case p.audio <- append([]byte(nil), b...):
				default:
				}
			}
		}
	}()
	return p
}

// says waits for a text that begins so.
func (p *prog) says(prefix string) string {
	p.Helper()
	for patience := time.After(10 * time.Second); ; {
		select {
		case s, ok := <-p.texts:
			if !ok {
				p.Fatalf("it has ended before %q", prefix)
			}
			if strings.HasPrefix(s, prefix) {
				return s
			}
			p.Fatalf("%q, not %q", s, prefix)
		case <-patience:
			p.Fatalf("%q did not come", prefix)
		}
	}
}

func TestServerInPlainWords(t *testing.T) {
	h := newHouse(t, nil)
	l := h.request("INCOMING/c(slin16)")
	p := h.connect(l)
	p.says("MEDIA_START connection_id:" + l.id + " channel:WebSocket/INCOMING/0x1 channel_id: format:slin16 optimal_frame_size:640 ptime:20")
	for _, x := range [][2]string{
		{"GET_STATUS", "STATUS channel_id: queue_length:0 xon_level:800 xoff_level:900 queue_full:false bulk_media:false media_paused:false"},
		{"MARK_MEDIA a b", "MEDIA_MARK_PROCESSED a b"}, {"MARK_MEDIA", "MEDIA_MARK_PROCESSED"}, {"REPORT_QUEUE_DRAINED", "QUEUE_DRAINED"},
		{"STOP_MEDIA_BUFFERING x", "MEDIA_BUFFERING_COMPLETED x"},
		{"SET_MEDIA_DIRECTION in", "ERROR channel_id: error_text:SET_MEDIA_DIRECTION only supports JSON format.\n"},
	} {
		for _, ignored := range []string{"get_status", "NONSENSE", "GET_STATUS" + strings.Repeat(" ", 200)} {
			p.Text([]byte(ignored))
		}
		p.Text([]byte(x[0]))
		if got := p.says(""); got != x[1] {
			t.Errorf("%s: %q", x[0], got)
		}
	}
	p.Text([]byte("PAUSE_MEDIA"))
	p.Text([]byte("START_MEDIA_BUFFERING"))
	for range 4 {
		p.Binary(make([]byte, 225*640))
	}
	p.says("MEDIA_XOFF")
	p.Text([]byte("GET_STATUS"))
	p.says("STATUS channel_id: queue_length:900 xon_level:800 xoff_level:900 queue_full:true bulk_media:true media_paused:true")
	p.Text([]byte("FLUSH_MEDIA"))
	p.Text([]byte("GET_STATUS"))
	p.says("STATUS channel_id: queue_length:0 xon_level:800 xoff_level:900 queue_full:true bulk_media:false media_paused:true")
	p.Text([]byte("CONTINUE_MEDIA"))
	p.says("MEDIA_XON")
	p.Text([]byte("HANGUP"))
	for range p.texts { // until it ends
	}
	<-l.gone
	if c := (&wsock.Client{URI: h.uri(l.id), Timeout: 5 * time.Second}); dialled(c) {
		t.Error("a channel that is over is found")
	}
}

func dialled(c *wsock.Client) bool {
	conn, err := c.Dial(context.Background(), "", "media")
	if err == nil {
		conn.Break()
	}
	return err == nil
}

func TestServerInJSON(t *testing.T) {
	h := newHouse(t, map[string]string{"chan_websocket.conf": "[global]\ntype=global\ncontrol_message_format=json\n"})
	p := h.connect(h.request("INCOMING"))
	var e map[string]any
	if err := json.Unmarshal([]byte(p.says("{")), &e); err != nil || e["event"] != "MEDIA_START" || e["optimal_frame_size"] != 160.0 {
		t.Fatalf("%v %v", err, e)
	}
	for _, x := range [][2]string{
		{`{"command":"MARK_MEDIA","correlation_id":"<q>"}`, `{"event":"MEDIA_MARK_PROCESSED","channel_id":"","correlation_id":"<q>"}`},
		{`{"command":"MARK_MEDIA"}`, `{"event":"MEDIA_MARK_PROCESSED","channel_id":"","correlation_id":""}`},
		{`MARK_MEDIA`, `{"event":"ERROR","channel_id":"","error_text":"Unable to parse JSON command"}`},
		{`{"command":"SET_MEDIA_DIRECTION"}`,
			`{"event":"ERROR","channel_id":"","error_text":"SET_MEDIA_DIRECTION requires a 'direction' parameter.\n"}`},
		{`{"command":"SET_MEDIA_DIRECTION","direction":"up"}`,
			`{"event":"ERROR","channel_id":"","error_text":"'up' is not a valid direction for SET_MEDIA_DIRECTION.\n"}`},
		{`{"command":"REPORT_QUEUE_DRAINED"}`, `{"event":"QUEUE_DRAINED","channel_id":""}`},
	} {
		p.Text([]byte(x[0]))
		if got, want := p.says(""), strings.ReplaceAll(x[1], "\n", `\n`); got != want {
			t.Errorf("%s: %s", x[0], got)
		}
	}
	p.Text([]byte(`{"command":"SET_MEDIA_DIRECTION","direction":"in"}`))
	p.Text([]byte(`{"command":"FLUSH_MEDIA"}`))
	p.says(`{"event":"ERROR","channel_id":"","error_text":"FLUSH_MEDIA not supported while media direction is 'in'"}`)
}

// What is said at one end is heard at the other, both ways, whatever the format.
func TestAudioPasses(t *testing.T) {
	for _, format := range []string{"ulaw", "slin", "slin16", "slin24", "g722", "gsm"} {
		h := newHouse(t, nil)
		l := h.request("INCOMING/c(" + format + ")")
		p := h.connect(l)
		p.says("MEDIA_START")
		heard := make(chan int, 1000)
		l.near.Overhear(media.In, func(_ media.Codec, _, _ uint32, payload []byte) {
			loud := 0
			for i := 0; i < len(payload); i += 2 {
				loud = max(loud, int(int16(uint16(payload[i])<<8|uint16(payload[i+1]))))
			}
			select {
			case heard <- loud:
			default:
			}
		})
		l.near.Play(media.NewKeyTone('5', 5000), nil)
		wait := time.After(10 * time.Second)
		for n := 0; n < 10; n++ {
			select {
			case b := <-p.audio:
				p.Binary(b)
			case <-wait:
				t.Fatal(format + ": nothing came")
			}
		}
		for loud := 0; loud < 1000; {
			select {
			case loud = <-heard:
			case <-wait:
				t.Fatal(format + ": it was not heard")
			}
		}
	}
}

// A codec that is not converted here passes as it is.
func TestPassthrough(t *testing.T) {
	h := newHouse(t, nil)
	l := h.request("INCOMING/c(g729)")
	if c := l.Codecs(); len(c) != 1 || c[0] != media.G729 {
		t.Fatal(c)
	}
	p := h.connect(l)
	p.says("MEDIA_START connection_id:" + l.id + " channel:WebSocket/INCOMING/0x1 channel_id: format:g729 optimal_frame_size:0 ptime:20")
	p.Text([]byte("MARK_MEDIA"))
	p.says("ERROR channel_id: error_text:MARK_MEDIA not supported in passthrough mode")
	heard := make(chan media.Codec, 10)
	l.near.Overhear(media.In, func(c media.Codec, _, _ uint32, payload []byte) {
		if len(payload) == 20 {
			heard <- c
		}
	})
	p.Binary(make([]byte, 20))
	if c := <-heard; c != media.G729 {
		t.Error(c)
	}
	l.near.Forward(media.G729, make([]byte, 20), 160)
	if b := <-p.audio; len(b) != 20 {
		t.Errorf("%d bytes", len(b))
	}
}

func TestOnlyOneConnects(t *testing.T) {
	h := newHouse(t, nil)
	l := h.request("INCOMING")
	h.connect(l)
	for uri, want := range map[string]int{l.id: 409, "nobody": 404} {
		r := httptest.NewRequest("GET", Path+uri, nil)
		r.Header.Set("Upgrade", "websocket")
		w := httptest.NewRecorder()
		if h.m.ServeHTTP(w, r); w.Code != want {
			t.Errorf("%s: %d", uri, w.Code)
		}
	}
	w := httptest.NewRecorder()
	if h.m.ServeHTTP(w, httptest.NewRequest("GET", Path+h.request("INCOMING").id, nil)); w.Code != 426 {
		t.Error(w.Code)
	}
}

func TestClient(t *testing.T) {
	came := make(chan *prog, 1)
	agent := httptest.NewServer(accept(t, came))
	defer agent.Close()
	h := newHouse(t, map[string]string{"websocket_client.conf": "[agent]\ntype=websocket_client\nuri=" + strings.Replace(agent.URL, "http",
		"ws", 1) + "/x?a=1\nprotocols=media\n" +
		"[gone]\nuri=ws://127.0.0.1:1/\nreconnect_attempts=2\nreconnect_interval=1\n"})
	l := h.request("agent/c(alaw)v(b=2,c=3)")
	p := <-came
	p.says("GET /x?a=1&b=2&c=3")
	p.says("MEDIA_START connection_id:" + l.id + " channel:WebSocket/agent/0x1 channel_id: format:alaw")
	l.Hangup(pbx.CauseNormal)
	for range p.texts { // until it ends
	}
	<-h.request("gone").gone
	for _, bad := range []string{"", "nobody", "INCOMING/v(a=b)", "agent/c(h264)", "agent/f(xml)", "agent/d(up)", "agent/z", "agent/v(a b)",
		"agent/c(ulaw"} {
		if l, err := (tech{h.m}).Request(pbx.Request{Resource: bad}); err == nil {
			l.Hangup(pbx.CauseNormal)
			t.Errorf("%q is taken", bad)
		}
	}
}

func FuzzOptions(f *testing.F) {
	f.Add("c(slin16)f(json)npv(a=b,c=d)d(in)")
	f.Add(")(n)")
	f.Fuzz(func(t *testing.T, text string) { readOptions(text, nil, false) })
}

func FuzzCommand(f *testing.F) {
	f.Add([]byte(`{"command":"MARK_MEDIA","correlation_id":1}`), true)
	f.Fuzz(func(t *testing.T, b []byte, json bool) { (&leg{o: options{json: json}}).parse(b) })
}

// accept is a program that waits to be called.
func accept(t *testing.T, came chan<- *prog) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		conn, err := wsock.Accept(w, r, "media")
		if err != nil {
			return
		}
		came <- read(t, conn, "GET "+r.URL.RequestURI())
	}
}
