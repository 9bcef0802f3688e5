package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
)

// agentStreams are the streams of the scenario agents, two to a bridge; a flag sets them.
var agentStreams = 500

// serveAgents adds ARI and the media over WebSockets to the files.
func serveAgents(list map[string]string) {
	_, port, _ := strings.Cut(pbxHTTP, ":")
	list["http.conf"] = "[general]\nenabled=yes\nbindaddr=127.0.0.1\nbindport=" + port + "\nsessionlimit=2000\nsessionsourcelimit=2000\n"
	list["ari.conf"] = "[general]\nenabled=yes\n[rig]\ntype=user\npassword=rigsecret\n"
}

// agentModules are what Asterisk needs besides for that.
const agentModules = " res_stasis res_stasis_answer res_stasis_playback res_stasis_recording res_stasis_snoop res_stasis_device_state res_ari " +
	"res_ari_model res_ari_channels res_ari_bridges res_ari_events res_http_websocket res_websocket_client chan_websocket app_stasis"

// asked is one request of ARI; out takes its answer.
func asked(method, path string, query url.Values, out any) error {
	query.Set("api_key", "rig:rigsecret")
	q, err := http.NewRequest(method, "http://"+pbxHTTP+"/ari/"+path+"?"+query.Encode(), nil)
	if err != nil {
		return err
	}
	r, err := http.DefaultClient.Do(q)
	if err != nil {
		return err
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err == nil && r.StatusCode >= 300 {
		err = fmt.Errorf("%s %s: %s %s", method, path, r.Status, b)
	}
	if err != nil || out == nil {
		return err
	}
	return json.Unmarshal(b, out)
}

// socket is a WebSocket of a program.
type socket struct {
	net.Conn
	in *bufio.Reader
}

// connect opens one.
func connect(path string, protocols ...string) (*socket, error) {
	conn, early, _, err := ws.Dialer{Protocols: protocols, Timeout: 10 * time.Second}.Dial(context.Background(), "ws://"+pbxHTTP+path)
	if err != nil {
		return nil, err
	}
	if early == nil {
		early = bufio.NewReader(conn)
	}
	return &socket{conn, early}, nil
}

func (s *socket) Read(b []byte) (int, error) { return s.in.Read(b) }

// message waits for the next one.
func (s *socket) message() (text bool, b []byte, err error) {
	b, op, err := wsutil.ReadServerData(s)
	return op == ws.OpText, b, err
}

// say sends audio.
func (s *socket) say(b []byte) error { return wsutil.WriteClientBinary(s, b) }

// stream makes a channel whose far end is this program, and connects.
func stream(id string) (*socket, error) {
	var c struct {
		Vars map[string]string `json:"channelvars"`
	}
	err := asked("POST", "channels/externalMedia", url.Values{"app": {"rig"}, "channelId": {id}, "format": {"ulaw"}, "encapsulation": {"none"},
		"transport": {"websocket"}, "connection_type": {"server"}, "external_host": {"INCOMING"}}, &c)
	if err != nil {
		return nil, err
	}
	return connect("/media/"+c.Vars["MEDIA_WEBSOCKET_CONNECTION_ID"], "media")
}

// couple are a stream that speaks and one that echoes, in a bridge.
type couple struct {
	speaks, echoes *socket
	mu             sync.Mutex // guards what follows
	sent           time.Time  // of the last loud frame
	delays         []time.Duration
	asked          int // loud frames
}

func newCouple(i int) (*couple, error) {
	a, b, room := fmt.Sprintf("a%d", i), fmt.Sprintf("b%d", i), fmt.Sprintf("room%d", i)
	c := &couple{}
	var err error
	if c.speaks, err = stream(a); err == nil {
		c.echoes, err = stream(b)
	}
	if err == nil {
		err = asked("POST", "bridges", url.Values{"bridgeId": {room}, "type": {"mixing"}}, nil)
	}
	for try := 0; err == nil; try++ {
		if err = asked("POST", "bridges/"+room+"/addChannel", url.Values{"channel": {a + "," + b}}, nil); err == nil || try == 50 {
			break
		}
		time.Sleep(20 * time.Millisecond)
		err = nil // it is not in the application yet
	}
	if err != nil {
		return nil, err
	}
	go c.echo()
	go c.hear()
	return c, nil
}

// echo sends back what comes, piece by piece.
func (c *couple) echo() {
	for {
		text, b, err := c.echoes.message()
		if err != nil || !text && c.echoes.say(b) != nil {
			return
		}
	}
}

var (
	quietFrame = bytes.Repeat([]byte{0xff}, 160)
	loudFrame  = bytes.Repeat([]byte{0x00}, 160)
)

// hear notes when a loud frame comes back.
func (c *couple) hear() {
	for {
		text, b, err := c.speaks.message()
		if err != nil {
			return
		}
		if text {
			continue
		}
		c.mu.Lock()
		if at := bytes.IndexByte(b, 0x00); at >= 0 && !c.sent.IsZero() {
			c.delays = append(c.delays, time.Since(c.sent))
			c.sent = time.Time{}
		}
		c.mu.Unlock()
	}
}

// say sends a frame every 20 ms until a time; each fiftieth is loud.
func (c *couple) say(until time.Time) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for i := 0; time.Now().Before(until); i++ {
		frame := quietFrame
		if i%50 == 49 {
			frame = loudFrame
			c.mu.Lock()
			c.sent, c.asked = time.Now(), c.asked+1
			c.mu.Unlock()
		}
		if c.speaks.say(frame) != nil {
			return
		}
		<-tick.C
	}
}

// agents measures streams of programs: CPU for each, and how late an echo comes back through the switchboard.
func agents(t *table, s starter) error {
	p, err := s.start(shape{agents: true})
	if err != nil {
		return err
	}
	defer p.stop()
	events, err := connect("/ari/events?app=rig&api_key=rig:rigsecret", "ari")
	if err != nil {
		return err
	}
	go func() {
		for err := error(nil); err == nil; {
			_, _, err = events.message()
		}
	}()
	defer events.Close()
	var all []*couple
	for i := range agentStreams / 2 {
		c, err := newCouple(i)
		if err != nil {
			return err
		}
		all = append(all, c)
	}
	const long = 20 * time.Second
	var speaking sync.WaitGroup
	until := time.Now().Add(long)
	from := p.cpu()
	for _, c := range all {
		speaking.Go(func() { c.say(until) })
	}
	speaking.Wait()
	used := p.cpu() - from
	time.Sleep(time.Second)
	var delays []time.Duration
	loud := 0
	for _, c := range all {
		c.mu.Lock()
		delays, loud = append(delays, c.delays...), loud+c.asked
		c.mu.Unlock()
		c.speaks.Close()
		c.echoes.Close()
	}
	if len(delays) == 0 {
		return errors.New("no echo was heard")
	}
	what := fmt.Sprintf("%d streams of agents: ", agentStreams)
	t.add(p, what+"CPU of a second of one", "ms", false, float64(used.Microseconds())/1000/long.Seconds()/float64(agentStreams))
	t.add(p, what+"echo p50", "ms", false, float64(percentile(delays, 50).Microseconds())/1000)
	t.add(p, what+"echo p99", "ms", false, float64(percentile(delays, 99).Microseconds())/1000)
	t.add(p, what+"echoes heard", "%", true, 100*float64(len(delays))/float64(loud))
	return nil
}
