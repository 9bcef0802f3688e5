package ari

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"obelisk/apps/stasis"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
)

// socket is a WebSocket of a program: events go out, requests come in. It is the stasis.Sink of its
// applications.
type socket struct {
	s       *Server
	user    *User
	base    string // where it has found the interface
	remote  string
	conn    net.Conn      // set before there is closed
	there   chan struct{} // closed when it is connected
	apps    []string
	out     chan []byte // text frames that wait
	gone    chan struct{}
	ends    sync.Once
	side    ws.State
	since   time.Time
	name    string // of an outbound one, "" else
	pause   time.Duration
	more    stasis.Resume // what it asks for besides
	writing sync.Mutex    // guards writes of frames
}

const (
	// mostEvents may wait for a program that does not read.
	mostEvents = 4096
	// mostFrame is how long a request over the socket may be, in bytes.
	mostFrame = 128 << 10
	// mostSockets at a time, and most applications of one.
	mostSockets = 2000
	mostApps    = 100
	// goodbye is how long the last words may take.
	goodbye = time.Second
)

// upgrade is GET /events.
func (s *Server) upgrade(w http.ResponseWriter, r *http.Request, user *User) {
	c := s.conf.Load()
	apps := (&ask{values: []url.Values{r.URL.Query()}}).list("app")
	switch {
	case !strings.EqualFold(r.Header.Get("Upgrade"), "websocket"):
		s.upgradeRequired(w)
		return
	case len(apps) == 0 || slices.Contains(apps, ""):
		s.write(w, c, failure(400, "HTTP request is missing param: [app]"))
		return
	case len(apps) > mostApps:
		s.write(w, c, failure(400, "too many applications"))
		return
	case foreign(r, c):
		s.rejected.Add(1)
		s.write(w, c, failure(403, "Origin not allowed"))
		return
	case !s.room():
		s.write(w, c, failure(503, "Too many WebSockets"))
		return
	}
	more, bad := resumption(r.URL.Query())
	for _, app := range apps {
		if err := s.stasis.CanResume(app, more); err != nil && bad.status == 0 {
			bad = refused(err)
		}
	}
	if bad.status != 0 {
		s.write(w, c, bad)
		return
	}
	k := s.newSocket(r.RemoteAddr, user, apps, ws.StateServerSide)
	k.more, k.base = more, baseOf(r)
	k.register((&ask{values: []url.Values{r.URL.Query()}}).truth("subscribeAll")) // who is told that it is connected may ask at once
	u := ws.HTTPUpgrader{Timeout: goodbye, Protocol: func(p string) bool { return p == "ari" }}
	conn, rw, _, err := u.Upgrade(r, w)
	if err != nil {
		k.unregister()
		if conn != nil {
			conn.Close()
		}
		return
	}
	k.serve(conn, rw.Reader)
}

// mostGrace is how long an application may go on without its program.
const mostGrace = time.Hour

// resumption reads what a program asks for besides: numbered=yes, since=N (which means that), grace=SECONDS
// and fallback=CONTEXT.
func resumption(q url.Values) (r stasis.Resume, bad reply) {
	a := &ask{values: []url.Values{q}}
	r = stasis.Resume{Numbered: a.truth("numbered"), Since: -1, Fallback: a.get("fallback")}
	if text := a.get("since"); text != "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 0 {
			return r, failure(400, "since is the number of an event")
		}
		r.Since, r.Numbered = n, true
	}
	if text := a.get("grace"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 || time.Duration(n)*time.Second > mostGrace {
			return r, failure(400, "grace is in seconds, 3600 at most")
		}
		r.Grace, r.Numbered = time.Duration(n)*time.Second, true
	}
	return r, bad
}

// foreign says whether a page of another origin asks with the password that a browser keeps. Programs give an
// Origin, too (http://localhost/ is what the usual library for Go says whatever it connects to): they are not browsers.
func foreign(r *http.Request, c *Config) bool {
	origin := r.Header.Get("Origin")
	if origin == "" || !browser(r) || r.URL.Query().Has("api_key") || c.allows(origin) {
		return false
	}
	u, err := url.Parse(origin)
	return err != nil || !strings.EqualFold(u.Host, r.Host)
}

// browser says whether a browser asks: what a page cannot take away tells, the agent's name, which all of them begin
// alike, and where the request comes from, which newer ones say to addresses that they trust.
func browser(r *http.Request) bool {
	return strings.HasPrefix(r.UserAgent(), "Mozilla/") || r.Header.Get("Sec-Fetch-Site") != "" || r.Header.Get("Sec-Fetch-Mode") != ""
}

// upgradeRequired is for who asks for events without a WebSocket.
func (s *Server) upgradeRequired(w http.ResponseWriter) {
	h := w.Header()
	s.signed(h)
	h.Set("Cache-Control", "no-cache, no-store")
	h.Set("Upgrade", "websocket")
	h.Set("Content-Type", "text/html")
	w.WriteHeader(http.StatusUpgradeRequired)
	io.WriteString(w, "<html><head><title>426 Upgrade Required</title></head><body><h1>Upgrade Required</h1></body></html>\r\n")
}

func (s *Server) room() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.sockets) < mostSockets && !s.closed
}

func (s *Server) newSocket(remote string, user *User, apps []string, side ws.State) *socket {
	return &socket{s: s, user: user, remote: remote, apps: apps, out: make(chan []byte, mostEvents), gone: make(chan struct{}),
		there: make(chan struct{}), side: side, since: time.Now(),
		pause: max(s.conf.Load().WriteTimeout, 100*time.Millisecond)}
}

// register makes it the sink of its applications; unregister ends that.
func (k *socket) register(all bool) {
	for _, app := range k.apps {
		if k.more.Numbered {
			k.s.stasis.Return(app, k, all, k.more)
		} else {
			k.s.stasis.Register(app, k, all)
		}
	}
}

func (k *socket) unregister() {
	for _, app := range k.apps {
		k.s.stasis.Leave(app, k)
	}
}

// serve reads until the socket ends.
func (k *socket) serve(conn net.Conn, in io.Reader) {
	k.conn = conn
	close(k.there)
	k.s.mu.Lock()
	k.s.sockets[k] = true
	k.s.mu.Unlock()
	go k.write()
	k.read(in)
	k.unregister()
	k.close(1000)
	k.s.mu.Lock()
	delete(k.s.sockets, k)
	k.s.mu.Unlock()
}

// Event implements stasis.Sink.
func (k *socket) Event(event []byte) {
	if k.s.conf.Load().Pretty {
		event = rendered(stasis.Raw(event), true)
	}
	k.send(event)
}

// send has a text go out. Who takes none, while many wait, is cut off.
func (k *socket) send(text []byte) {
	select {
	case k.out <- text:
	case <-k.gone:
	default:
		k.s.cut.Add(1)
		k.s.house.Log().Warn().Msgf("the program of '%s' at %s takes no events: %d wait, and its connection is ended", strings.Join(k.apps, ","),
			k.remote, mostEvents)
		go func() {
			<-k.there
			k.close(1008)
		}()
	}
}

// write sends what waits. It never stops to wait for a program that reads slowly: the queue takes that
// up, and its bound ends it.
func (k *socket) write() {
	for {
		select {
		case text := <-k.out:
			if k.frame(ws.NewTextFrame(text), k.patience()) != nil {
				k.end()
				return
			}
		case <-k.gone:
			return
		}
	}
}

// patience is how long one frame may take: long while there is room for more, and as
// websocket_write_timeout says where there is not.
func (k *socket) patience() time.Duration {
	if len(k.out) > mostEvents*3/4 {
		return k.pause
	}
	return 30 * time.Second
}

func (k *socket) frame(f ws.Frame, patience time.Duration) error {
	if k.side.ClientSide() {
		f = ws.MaskFrameInPlace(f)
	}
	b, err := ws.CompileFrame(f)
	if err != nil {
		return err
	}
	k.writing.Lock()
	defer k.writing.Unlock()
	k.conn.SetWriteDeadline(time.Now().Add(patience))
	_, err = k.conn.Write(b)
	return err
}

// close ends the socket with a code.
func (k *socket) close(code ws.StatusCode) {
	k.ends.Do(func() {
		close(k.gone)
		k.conn.SetWriteDeadline(time.Now().Add(goodbye)) // a write that stands there ends
		k.frame(ws.NewCloseFrame(ws.NewCloseFrameBody(code, "")), goodbye)
		k.conn.Close()
	})
}

// end is close without a word.
func (k *socket) end() {
	k.ends.Do(func() {
		close(k.gone)
		k.conn.Close()
	})
}

var errFrame = errors.New("the frame is too long")

// read takes in frames until the socket ends.
func (k *socket) read(in io.Reader) {
	control := func(h ws.Header, r io.Reader) error {
		if h.Length > ws.MaxControlFramePayloadSize {
			return errFrame
		}
		payload := make([]byte, h.Length)
		if _, err := io.ReadFull(r, payload); err != nil {
			return err
		}
		switch h.OpCode {
		case ws.OpPing:
			return k.frame(ws.NewPongFrame(payload), 5*time.Second)
		case ws.OpClose:
			k.close(1000)
			return io.EOF
		}
		return nil
	}
	r := wsutil.Reader{Source: in, State: k.side, CheckUTF8: false, MaxFrameSize: mostFrame, OnIntermediate: control}
	for {
		h, err := r.NextFrame()
		switch {
		case errors.Is(err, wsutil.ErrFrameTooLarge):
			k.close(1009)
			return
		case err != nil:
			if _, wrong := err.(ws.ProtocolError); wrong {
				k.close(1002)
			}
			return
		case h.OpCode.IsControl():
			if control(h, &r) != nil {
				return
			}
			continue
		}
		b, err := io.ReadAll(io.LimitReader(&r, mostFrame+1))
		switch {
		case err != nil:
			return
		case len(b) > mostFrame:
			k.close(1009)
			return
		case h.OpCode == ws.OpText:
			k.request(b)
		}
	}
}

// String is how it is shown to people.
func (k *socket) String() string {
	return fmt.Sprintf("%s %s", k.remote, strings.Join(k.apps, ","))
}
