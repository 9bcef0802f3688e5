package voiceagent

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"obelisk/dialplan"
	"obelisk/internal/config"
	"obelisk/internal/testkit/handset"
	"obelisk/internal/trace"
	"obelisk/internal/wsock"
	"obelisk/media"
	"obelisk/media/program"
	"obelisk/pbx"
	"obelisk/pbx/prompt"

	"github.com/rs/zerolog"
)

// phone is the caller.
type phone struct{ *handset.Handset }

func (phone) Call(pbx.CallInfo) {}

// house is a switchboard with agents, and a caller who is with one.
type house struct {
	*testing.T
	m    *Module
	core *pbx.Core
	p    phone
	end  chan string // VOICEAGENTSTATUS and where the call is then
}

const plan = `[in]
exten => s,1,VoiceAgent(agent,colour=blue)
 same => n,Told()
exten => 120,1,Told()
[lost]
exten => s,1,Told()
`

func newHouse(t *testing.T, conf string) *house {
	engine, err := media.New(media.Config{Listen: func(netip.AddrPort) (net.PacketConn, error) { return nil, net.ErrClosed }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { engine.Close() })
	h := &house{T: t, core: pbx.NewCore(pbx.Config{Log: zerolog.Nop(), Book: trace.NewBook(10)}), end: make(chan string, 10)}
	h.m = New(&prompt.Player{}, t.TempDir())
	h.m.Furnish(h.core)
	h.core.RegisterApp(pbx.App{Name: "Told", Exec: func(c *pbx.Channel, _ string) dialplan.Result {
		at := c.View().At
		sound, _ := c.Var("VOICEAGENT_SUMMARY_SOUND")
		if sound != "" {
			if i, err := os.Stat(sound + ".wav"); err != nil || i.Size() < 1000 {
				t.Errorf("%v %v", i, err)
			}
		}
		keys, _ := c.Var("VOICEAGENT_KEYS")
		summary, _ := c.Var("VOICEAGENT_SUMMARY")
		status, _ := c.Var(statusVariable)
		h.end <- strings.TrimSpace(fmt.Sprintf("%s %s@%s %s %s", status, at.Exten, at.Context, keys, summary))
		return dialplan.End
	}})
	next, diags := h.m.Prepare(texts{"voiceagent.conf": conf})
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	next.Commit()
	compiled, _ := dialplan.Compile(texts{"x": plan}.File("x"), nil)
	h.core.SetPlan(compiled)
	return h
}

// call begins a call.
func (h *house) call() {
	h.p = phone{handset.New(h.engine(), "caller")}
	if _, err := h.core.Incoming(pbx.NewCall{Tech: "Phone", Leg: h.p, Context: "in", Exten: "s",
		CallerID: pbx.CallerID{Num: "201", Name: "Ann"}, Trace: h.core.Book().Open()}); err != nil {
		h.Fatal(err)
	}
	h.Cleanup(func() { h.p.Channel().Post(pbx.Event{Kind: pbx.EventHungUp, Cause: pbx.CauseNormal}) })
}

func (h *house) engine() *media.Engine {
	e, err := media.New(media.Config{Listen: func(netip.AddrPort) (net.PacketConn, error) { return nil, net.ErrClosed }})
	if err != nil {
		h.Fatal(err)
	}
	h.Cleanup(func() { e.Close() })
	return e
}

func (h *house) ends(want string) {
	h.Helper()
	select {
	case got := <-h.end:
		if got != want {
			h.Errorf("%q, not %q", got, want)
		}
	case <-time.After(20 * time.Second):
		h.Fatal("the conversation does not end: " + want)
	}
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

// agent is a stand-in.
type agent struct {
	*testing.T
	*wsock.Conn
	query string
	texts chan map[string]any
	audio chan []byte
}

// agents serves stand-ins; each connection comes out of the channel.
func agents(t *testing.T) (uri string, came chan *agent) {
	s, came := office(t)
	s.Start()
	return address(s), came
}

// address is where it is reached; before it is started connections wait.
func address(s *httptest.Server) string { return "ws://" + s.Listener.Addr().String() + "/" }

// office is a server of stand-ins that does not work yet.
func office(t *testing.T) (s *httptest.Server, came chan *agent) {
	came = make(chan *agent, 10)
	s = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := wsock.Accept(w, r, "media")
		if err != nil {
			return
		}
		a := &agent{T: t, Conn: conn, query: r.URL.RawQuery, texts: make(chan map[string]any, 10000), audio: make(chan []byte, 10000)}
		came <- a
		go func() {
			defer close(a.texts)
			for {
				words, b, err := conn.Read()
				if err != nil {
					return
				}
				if !words {
					a.audio <- append([]byte(nil), b...)
					continue
				}
				var o map[string]any
				if json.Unmarshal(b, &o) != nil {
					t.Errorf("no JSON: %s", b)
				}
				a.texts <- o
			}
		}()
	}))
	t.Cleanup(s.Close)
	return s, came
}

func (h *house) comes(came chan *agent) *agent {
	h.Helper()
	select {
	case a := <-came:
		return a
	case <-time.After(20 * time.Second):
		h.Fatal("nobody connects")
		return nil
	}
}

// until waits for an event, by the member that names it.
func (a *agent) until(member, want string) map[string]any {
	a.Helper()
	for patience := time.After(20 * time.Second); ; {
		select {
		case o, ok := <-a.texts:
			if !ok {
				a.Fatalf("it has ended before %s", want)
			}
			if o[member] == want {
				return o
			}
		case <-patience:
			a.Fatalf("%s did not come", want)
		}
	}
}

func (a *agent) send(o object) { a.Text(o.message().b) }

func (h *house) speaks(d time.Duration) {
	time.Sleep(800 * time.Millisecond) // the detector learns what silence is
	h.p.Far().Play(media.NewClip(voiced(d, 140, 8000)), nil)
}

// left waits until the agent was heard for so long.
func (h *house) left(d time.Duration) {
	h.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		h.m.mu.Lock()
		for t := range h.m.talks {
			if t.time(t.said.Left()) >= d {
				h.m.mu.Unlock()
				return
			}
		}
		h.m.mu.Unlock()
	}
	h.Fatal("the agent is not heard")
}

func TestNativeInterruption(t *testing.T) {
	uri, came := agents(t)
	h := newHouse(t, "[agent]\nuri="+uri+"\nrate=16000\nparameter=shop=7\n")
	h.p = phone{}
	h.call()
	a := h.comes(came)
	e := a.until("event", "MEDIA_START")
	params := e["parameters"].(map[string]any)
	if e["format"] != "slin16" || e["caller"].(map[string]any)["number"] != "201" || params["shop"] != "7" || params["colour"] != "blue" {
		t.Errorf("%v", e)
	}
	quiet := make([]byte, 640)
	go func() { // the caller's line is open
		for range 1000 {
			h.p.Far().Forward(media.Slin, quiet[:320], 160)
			time.Sleep(20 * time.Millisecond)
		}
	}()
	<-a.audio
	a.Binary(program.Bytes(nil, voiced(time.Second, 200, 3000)))
	a.send(object{"command": "MARK_MEDIA", "correlation_id": "one"})
	for range 20 { // twenty seconds, each by itself: a message has a limit
		a.Binary(make([]byte, 640*50))
	}
	a.send(object{"command": "MARK_MEDIA", "correlation_id": "two"})
	a.until("event", "MEDIA_MARK_PROCESSED")
	h.left(1100 * time.Millisecond)
	h.speaks(2 * time.Second)
	e = a.until("event", "BARGE_IN")
	if e["mark"] != "one" || e["heard_ms"].(float64) < 500 || e["dropped_ms"].(float64) < 1000 {
		t.Errorf("%v", e)
	}
	a.Binary(make([]byte, 640*50)) // it does not know yet
	a.until("event", "SPEECH_ENDED")
	a.send(object{"command": "REPORT_QUEUE_DRAINED"})
	a.until("event", "QUEUE_DRAINED")
	a.Binary(program.Bytes(nil, voiced(100*time.Millisecond, 200, 3000)))
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		h.m.mu.Lock()
		n := h.m.whole.n
		h.m.mu.Unlock()
		if n > 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the turn is not counted")
		}
	}
	a.send(object{"command": "SUMMARY_START"})
	a.Binary(program.Bytes(nil, voiced(time.Second, 200, 3000)))
	a.send(object{"command": "SUMMARY_END"})
	a.send(object{"command": "TRANSFER", "to": "999"})
	a.until("event", "TRANSFER_FAILED")
	a.send(object{"command": "TRANSFER", "to": "120", "summary": "wants a refund"})
	h.ends("TRANSFER 120@in  wants a refund")
}

func TestMaskedKeysAndDone(t *testing.T) {
	uri, came := agents(t)
	h := newHouse(t, "[agent]\nuri="+uri+"\nmask_digits=yes\n")
	h.call()
	a := h.comes(came)
	a.until("event", "MEDIA_START")
	for _, k := range []byte("41") {
		h.p.Channel().Post(pbx.Event{Kind: pbx.EventDigit, Digit: k})
		if e := a.until("event", "DTMF_END"); e["digit"] != "*" {
			t.Error(e)
		}
	}
	a.Close(wsock.Normal)
	h.ends("DONE s@in 41")
}

// Keys pressed while the agent is being reached are told once it is there.
func TestKeysBeforeTheAgent(t *testing.T) {
	s, came := office(t)
	h := newHouse(t, "[agent]\nuri="+address(s)+"\n")
	h.call()
	h.p.Channel().Post(pbx.Event{Kind: pbx.EventDigit, Digit: '4'})
	h.p.Channel().Post(pbx.Event{Kind: pbx.EventDigit, Digit: '1'})
	s.Start()
	a := h.comes(came)
	for _, want := range []string{"4", "1"} {
		if e := a.until("event", "DTMF_END"); e["digit"] != want {
			t.Errorf("%v, not %s", e, want)
		}
	}
	a.Close(wsock.Normal)
	h.ends("DONE s@in")
}

// The connection breaks: it is made again under the same token, and in the end there is the fall-back.
func TestBrokenConnections(t *testing.T) {
	uri, came := agents(t)
	h := newHouse(t, "[agent]\nuri="+uri+"\nretries=1\nretry_interval=10\nfallback=s@lost\n")
	h.call()
	a := h.comes(came)
	token := a.until("event", "MEDIA_START")["resume_token"].(string)
	a.Break()
	b := h.comes(came)
	if e := b.until("event", "MEDIA_START"); e["resumed"] != true || e["resume_token"] != token || b.query != "resume="+token {
		t.Errorf("%v %s", e, b.query)
	}
	b.Text([]byte("no JSON"))
	c := h.comes(came)
	c.until("event", "MEDIA_START")
	c.send(object{"command": "HANGUP"})
	for !h.p.Ended() {
		time.Sleep(5 * time.Millisecond)
	}
	g := newHouse(t, "[agent]\nuri=ws://127.0.0.1:1/\nretries=2\nretry_interval=1\nfallback=s@lost\n")
	g.call()
	g.ends("FALLBACK s@lost")
}

func TestTwilio(t *testing.T) {
	uri, came := agents(t)
	h := newHouse(t, "[agent]\nuri="+uri+"\ndialect=twilio\n")
	h.call()
	a := h.comes(came)
	if e := <-a.texts; e["event"] != "connected" || e["protocol"] != "Call" {
		t.Error(e)
	}
	e := <-a.texts
	start, sid := e["start"].(map[string]any), e["streamSid"]
	if e["event"] != "start" || e["sequenceNumber"] != "1" || start["streamSid"] != sid ||
		start["mediaFormat"].(map[string]any)["encoding"] != "audio/x-mulaw" ||
		start["customParameters"].(map[string]any)["colour"] != "blue" || len(sid.(string)) != 34 {
		t.Error(e)
	}
	h.p.Far().Play(media.NewKeyTone('5', 5000), nil)
	m := a.until("event", "media")["media"].(map[string]any)
	if b, err := base64.StdEncoding.DecodeString(m["payload"].(string)); err != nil || len(b) != 160 || m["track"] != "inbound" ||
		m["chunk"] != "1" {
		t.Error(m)
	}
	say := func(ms int) {
		a.send(object{"event": "media", "streamSid": sid, "media": object{"payload": base64.StdEncoding.EncodeToString(make([]byte, 8*ms))}})
	}
	say(200)
	a.send(object{"event": "mark", "streamSid": sid, "mark": object{"name": "hello"}})
	if m := a.until("event", "mark"); m["mark"].(map[string]any)["name"] != "hello" {
		t.Error(m)
	}
	say(60000)
	a.send(object{"event": "mark", "streamSid": sid, "mark": object{"name": "long"}})
	a.send(object{"event": "clear", "streamSid": sid})
	a.until("event", "mark") // at once
	h.p.Channel().Post(pbx.Event{Kind: pbx.EventDigit, Digit: '9'})
	if e := a.until("event", "dtmf"); e["dtmf"].(map[string]any)["digit"] != "9" {
		t.Error(e)
	}
	h.p.Channel().Post(pbx.Event{Kind: pbx.EventHungUp, Cause: pbx.CauseNormal})
	a.until("event", "stop")
}

func TestOpenAI(t *testing.T) {
	uri, came := agents(t)
	h := newHouse(t, "[agent]\nuri="+uri+"\ndialect=openai\nvoice=marin\ninstructions=Be kind.\ngreeting=Say hello.\n"+
		"header=Authorization: Bearer x\n")
	h.call()
	a := h.comes(came)
	s := a.until("type", "session.update")["session"].(map[string]any)
	if s["instructions"] != "Be kind." || s["audio"].(map[string]any)["output"].(map[string]any)["voice"] != "marin" {
		t.Error(s)
	}
	a.until("type", "response.create")
	h.p.Far().Play(media.NewKeyTone('5', 5000), nil)
	if b, err := base64.StdEncoding.DecodeString(a.until("type", "input_audio_buffer.append")["audio"].(string)); err != nil ||
		len(b) < 900 || len(b) > 1000 {
		t.Errorf("%d bytes, %v", len(b), err)
	}
	say := func(item string, ms int) {
		a.send(object{"type": "response.output_audio.delta", "item_id": item, "delta": base64.StdEncoding.EncodeToString(make([]byte, 48*ms))})
	}
	for range 20 {
		say("item1", 1000)
	}
	h.left(500 * time.Millisecond)
	a.send(object{"type": "input_audio_buffer.speech_started"})
	a.until("type", "response.cancel")
	e := a.until("type", "conversation.item.truncate")
	if ms := e["audio_end_ms"].(float64); e["item_id"] != "item1" || ms < 400 || ms > 60000 {
		t.Error(e)
	}
	say("item1", 10000) // it was on its way
	a.send(object{"type": "response.function_call_arguments.done", "name": "transfer", "arguments": `{"to":"120","summary":"a refund"}`})
	h.ends("TRANSFER 120@in  a refund")
}

func TestConfig(t *testing.T) {
	list, diags := readProfiles(texts{"x": `[general]
[a]
uri=wss://x/
bargein=no
dialect=twilio
[b]
dialect=none
uri=ws://x
rate=11025
[c]
header=x
fallback=x
parameter=x
uri=http://x
[d]
uri=ws://x
dialect=openai
rate=8000
`}.File("x"))
	if len(list) != 3 || len(diags) != 8 || list["a"].Format.Name != "ulaw" || list["a"].BargeIn {
		t.Errorf("%v", diags)
	}
}

func FuzzTake(f *testing.F) {
	f.Add([]byte(`{"command":"MARK_MEDIA","correlation_id":"x"}`), true)
	f.Add([]byte(`{"event":"media","media":{"payload":"AAAA"}}`), true)
	f.Add([]byte(`{"type":"response.audio.delta","delta":"AAAA","item_id":"x"}`), true)
	f.Fuzz(func(t *testing.T, b []byte, words bool) {
		for name := range dialects {
			p := newProfile(name)
			p.Dialect = name
			x := newTalk(New(&prompt.Player{}, ""), p, nil)
			func() {
				defer func() { recover() }() // without a channel there is nobody to tell of errors
				x.d.take(x, words, b)
			}()
		}
	})
}
