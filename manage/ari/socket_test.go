package ari

import (
	"obelisk/internal/wsock"

	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"obelisk/apps/stasis"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
)

// A program is told of its calls, and of what it does to them; another of its name takes its place.
func TestEvents(t *testing.T) {
	w := newWorld(t, files{"ari.conf": conf})
	p := w.connect("app=hello&api_key=prog:right").read()
	w.wants(200, "", "POST", "channels?endpoint=Local/up@default&app=hello&appArgs=a,b&channelId=c1")
	e := p.until("StasisStart")
	if e["application"] != "hello" || fmt.Sprint(e["args"]) != "[a b]" || e["channel"].(map[string]any)["id"] != "c1" ||
		e["asterisk_id"] == "" {
		t.Errorf("%v", e)
	}
	if vars := fmt.Sprint(e["channel"].(map[string]any)["channelvars"]); vars != "map[CALLERID(num): FOO:]" {
		t.Error(vars)
	}
	w.wants(200, "", "POST", "bridges/b1")
	w.wants(204, "", "POST", "bridges/b1/addChannel?channel=c1")
	p.until("ChannelEnteredBridge")
	if a := w.ask("POST", "channels/c1/play/p1?media=tone:ring", ""); a.status != 201 || a.header.Get("Location") != "/ari/playbacks/p1" {
		t.Error(a)
	}
	p.until("PlaybackStarted")
	w.wants(204, "", "DELETE", "playbacks/p1")
	p.until("PlaybackFinished")
	w.wants(204, "", "DELETE", "channels/c1")
	p.until("StasisEnd")
	second := w.connect("app=hello,other&api_key=prog:right&subscribeAll=true").read()
	p.until("ApplicationReplaced")
	w.wants(204, "", "DELETE", "bridges/b1")
	if e := second.until("BridgeDestroyed"); e["application"] != "hello" && e["application"] != "other" {
		t.Errorf("%v", e)
	}
	p.conn.Close() // that of an old program ends nothing
	w.wants(200, "", "GET", "applications/hello")
	second.conn.Close()
	for i := 0; w.s.stasis.Active("hello"); i++ {
		if time.Sleep(10 * time.Millisecond); i > 1000 {
			t.Fatal("the application stays")
		}
	}
	w.wants(404, "", "GET", "applications/hello")
}

// Requests over the socket, by the rights of its user.
func TestRequestsOverSocket(t *testing.T) {
	w := newWorld(t, files{"ari.conf": conf})
	p := w.connect("app=x&api_key=looker:look").read()
	for _, x := range []struct {
		text   string
		status float64
		body   string
	}{
		{`{bad`, 400, ""}, {`{}`, 400, "No 'type' property."}, {`{"type":"x"}`, 400, "Unknown request type."},
		{`{"type":"RESTRequest"}`, 400, "Empty or missing 'uri' property."}, {`{"type":"RESTRequest","uri":"channels"}`, 400,
			"Unknown or missing 'method' property."},
		{`{"type":"RESTRequest","uri":"channels","method":"GET","query_strings":1}`, 200, "[]"},
		{`{"type":"RESTRequest","uri":"channels","method":"GET","query_strings":[{"name":"x"}]}`, 400,
			"Unable to parse 'query_strings' array."},
		{`[]`, 400, "No 'type' property."}, {`"x"`, 400, ""}, {`{"type":"RESTRequest","uri":"events?app=x","method":"GET"}`, 400,
			"Can't upgrade to websocket from a websocket"},
		{`{"type":"RESTRequest","uri":"channels","method":"get"}`, 400, "Unknown or missing 'method' property."},
		{`{"type":"RESTRequest","uri":"channels/x","method":"GET","transaction_id":7}`, 404, "Channel not found"},
		{`{"type":"RESTRequest","uri":"channels","method":"GET","message_body":"x"}`, 400, "No 'content_type' for 'message_body'."},
		{`{"type":"RESTRequest","uri":"channels","method":"GET","message_body":"x","content_type":"text/html"}`, 400, "Unknown content type."},
		{`{"type":"RESTRequest","uri":"nosuch?x=1","method":"GET"}`, 404, "Resource not found"},
		{`{"type":"RESTRequest","uri":"channels","method":"PUT"}`, 403, "Write access denied"},
		{`{"type":"RESTRequest","uri":"/ari/channels","method":"GET"}`, 200, "[]"},
		{`{"type":"RESTRequest","uri":"asterisk/variable","method":"GET","query_strings":[{"name":"variable","value":"NOSUCH"}]}`, 200,
			`{"value":""}`},
	} {
		p.say(x.text)
		e := p.until("RESTResponse")
		body, _ := e["message_body"].(string)
		if e["status_code"] != x.status || body != x.body && body != says(x.body) {
			t.Errorf("%s: %v", x.text, e)
		}
	}
	p.say(`{"type":"RESTRequest","transaction_id":"t","request_id":"r","uri":"channels?x=1","method":"GET"}`)
	if e := p.until("RESTResponse"); e["transaction_id"] != "t" || e["request_id"] != "r" || e["uri"] != "channels" ||
		e["reason_phrase"] != "OK" {
		t.Errorf("%v", e)
	}
}

// A program that does not read is cut off, and nobody waits for it; too long a frame ends a socket.
func TestSlowAndHuge(t *testing.T) {
	w := newWorld(t, files{"ari.conf": conf})
	slow := w.connect("app=slow&api_key=prog:right&subscribeAll=true")
	payload := stasis.Object{"x", strings.Repeat("y", 4000)}
	for i := 0; w.s.cut.Load() == 0; i++ {
		if i > 50000 {
			t.Fatal("it is never cut off")
		}
		w.s.stasis.UserEvent("x", "slow", nil, payload)
	}
	slow.conn.Close()
	huge := w.connect("app=huge&api_key=prog:right")
	wsutil.WriteClientText(huge.conn, []byte(strings.Repeat("x", mostFrame+1))) // which may fail
	huge.conn.SetReadDeadline(time.Now().Add(20 * time.Second))
	if _, _, err := wsutil.ReadServerData(huge.conn); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%v", err)
	}
	wrong := w.connect("app=wrong&api_key=prog:right")
	wrong.conn.Write([]byte{0xf3, 0x80, 0, 0, 0, 0})
	wrong.conn.SetReadDeadline(time.Now().Add(20 * time.Second))
	if _, _, err := wsutil.ReadServerData(wrong.conn); err == nil {
		t.Error("wrong frames are taken")
	}
	ping := w.connect("app=ping&api_key=prog:right")
	ws.WriteFrame(ping.conn, ws.MaskFrame(ws.NewPingFrame([]byte("hi"))))
	if f, err := ws.ReadFrame(ping.conn); err != nil || f.Header.OpCode != ws.OpPong || string(f.Payload) != "hi" {
		t.Errorf("%v %v", f, err)
	}
}

// A program that listens itself is called, hears events and asks; a reading without it ends that.
func TestOutbound(t *testing.T) {
	came := make(chan *program, 10)
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "u" || password != "p" {
			rw.WriteHeader(401)
			return
		}
		u := ws.HTTPUpgrader{Protocol: func(string) bool { return true }}
		conn, _, _, err := u.Upgrade(r, rw)
		if err != nil {
			return
		}
		p := &program{conn: conn, t: t, got: make(chan map[string]any, 100)}
		go func() {
			defer close(p.got)
			for {
				b, _, err := wsutil.ReadClientData(conn)
				if err != nil {
					return
				}
				var o map[string]any
				if json.Unmarshal(b, &o) == nil {
					p.got <- o
				}
			}
		}()
		came <- p
	}))
	defer server.Close()
	f := files{"ari.conf": conf + "[centre]\ntype=outbound_websocket\nwebsocket_client_id=c\napps=centre\nlocal_ari_user=prog\n",
		"websocket_client.conf": "[c]\ntype=websocket_client\nconnection_type=persistent\nconnection_timeout=20000\nusername=u\npassword=p\n" +
			"uri=ws" + strings.TrimPrefix(server.URL, "http") + "/x\n"}
	w := newWorld(t, f)
	p := <-came
	for i := 0; !w.s.stasis.Active("centre"); i++ {
		if time.Sleep(10 * time.Millisecond); i > 1000 {
			t.Fatal("it is no application")
		}
	}
	w.wants(204, "", "POST", "events/user/Foo?application=centre")
	p.until("ChannelUserevent")
	wsutil.WriteServerText(p.conn, []byte(`{"type":"RESTRequest","uri":"bridges/out","method":"POST"}`))
	if e := p.until("RESTResponse"); e["status_code"] != 200.0 {
		t.Errorf("%v", e)
	}
	p.conn.Close()
	p = <-came // again
	next, _ := w.s.Prepare(files{"ari.conf": conf})
	next.Commit()
	for range p.got { // until it ends
	}
	if _, diags := wsock.ReadClients(files{"x": "[a]\nuri=http://x\n[b]\nconnection_type=no\n"}.File("x")); len(diags) != 4 {
		t.Errorf("%v", diags)
	}
}
