package ami

import (
	"bufio"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"obelisk/internal/rawnet"
)

// Bounds of what waits for a client, in bytes.
const (
	maxQueued = 4 << 20 // for one that does not read; then it is cut
	maxHeld   = 1 << 20 // events behind the response of an action that takes its time
)

// session is one client.
type session struct {
	srv    *Server
	conn   net.Conn      // nil for one of HTTP
	kept   bool          // it has a file descriptor of the reserve
	in     *bufio.Reader // of it
	remote netip.AddrPort
	since  time.Time // of the beginning
	number int       // that no other session has

	working sync.Mutex // held by a request of HTTP
	asked   time.Time  // of its last one; guarded by working
	cookie  string     // of HTTP, from the login on; "" for one that is known by its nonce

	nonce   string    // of digest authentication
	made    time.Time // when the nonce was
	counted uint32    // the highest nonce-count; guarded by srv.mu

	challenges []string // that an MD5 login may answer; owned by the request that runs

	mu        sync.Mutex // guards all below
	user      *User      // nil before the login
	mask      Class      // of events, as the client wishes
	filters   []filter
	out       []string // what waits to be written
	size      int      // of it
	held      bool     // an action runs: events wait until its response is written
	later     []string
	laterSize int
	kick      chan struct{}
	stirred   chan struct{} // an event came
	gone      chan struct{}
	over      bool
}

func (s *Server) newSession(conn net.Conn, remote netip.AddrPort) *session {
	now := time.Now()
	return &session{srv: s, conn: conn, remote: rawnet.Unmapped(remote), since: now, asked: now,
		mask: classAll, number: int(s.begunLast.Add(1)),
		kept: conn != nil && rawnet.Reserved(conn), kick: make(chan struct{}, 1), stirred: make(chan struct{}, 1), gone: make(chan struct{})}
}

// account is the user who has logged in, nil before.
func (o *session) account() *User {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.user
}

// wants says whether the client is to hear of events of some classes.
func (o *session) wants(c Class) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.user != nil && o.user.Read&o.mask&c != 0
}

// event queues an event, unless a filter keeps it back.
func (o *session) event(name, text string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !passes(o.user.Filters, name, text) || !passes(o.filters, name, text) {
		return
	}
	select {
	case o.stirred <- struct{}{}:
	default:
	}
	if o.held && o.laterSize+len(text) > maxHeld {
		o.letGo() // the client may read them; what it does not read has the bound of all
	}
	if o.held {
		o.later, o.laterSize = append(o.later, text), o.laterSize+len(text)
		return
	}
	o.queue(text)
}

// letGo queues the events that wait for a response. It is called with mu held.
func (o *session) letGo() {
	o.held = false
	for _, text := range o.later {
		o.queue(text)
	}
	o.later, o.laterSize = nil, 0
}

// queue is called with mu held. Who does not read is cut.
func (o *session) queue(text string) {
	if o.over {
		return
	}
	if o.size += len(text); o.size > maxQueued {
		if o.conn == nil { // nobody fetches them
			for o.size > maxQueued/2 {
				o.size -= len(o.out[0])
				o.out = o.out[1:]
				o.srv.tally.Left.Add(1)
			}
		} else {
			o.srv.tally.Cut.Add(1)
			o.srv.rooms.Log.Warn().Msgf("manager client %s does not read its events; it is cut", o.remote)
			o.out, o.size = nil, 0
			o.close()
			return
		}
	}
	o.out = append(o.out, text)
	select {
	case o.kick <- struct{}{}:
	default:
	}
}

// say queues what is no event.
func (o *session) say(text string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.queue(text)
}

// hold keeps events back while an action runs; release lets them go behind its response.
func (o *session) hold() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.held = true
}

func (o *session) release() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.letGo()
}

// take empties the queue.
func (o *session) take() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	text := strings.Join(o.out, "")
	o.out, o.size = nil, 0
	return text
}

// write is the goroutine that sends. A client that does not take what it is sent within
// writetimeout is cut.
func (o *session) write() {
	for {
		select {
		case <-o.kick:
		case <-o.gone:
			o.conn.SetWriteDeadline(time.Now().Add(time.Second))
			o.conn.Write([]byte(o.take()))
			o.conn.Close()
			return
		}
		text := o.take()
		patience := 100 * time.Millisecond
		if u := o.account(); u != nil {
			patience = u.WriteTimeout
		}
		for text != "" {
			part := text[:min(len(text), 16<<10)]
			o.conn.SetWriteDeadline(time.Now().Add(patience))
			n, err := o.conn.Write([]byte(part))
			if err != nil {
				o.end()
				o.conn.Close()
				return
			}
			text = text[n:]
		}
	}
}

// end has the session end when what waits is written.
func (o *session) end() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.close()
}

func (o *session) close() {
	if !o.over {
		o.over = true
		close(o.gone)
	}
}

// Serve works a connection until it ends.
func (s *Server) Serve(conn net.Conn) { s.enter(conn).work() }

// enter lets a connection in. Where many come at once it has to be called in their order, so
// that the oldest of them makes room.
func (s *Server) enter(conn net.Conn) *session {
	remote, _ := netip.ParseAddrPort(conn.RemoteAddr().String())
	o := s.newSession(conn, remote)
	s.admit(o)
	return o
}

// work serves a session on a connection.
func (o *session) work() {
	s, conn := o.srv, o.conn
	s.join(o)
	written := make(chan struct{})
	go func() {
		defer close(written)
		o.write()
	}()
	late := time.AfterFunc(s.Config().AuthTimeout, func() {
		if o.account() == nil {
			conn.Close()
		}
	})
	defer late.Stop()
	o.say("Asterisk Call Manager/" + ProtocolVersion + "\r\n")
	o.in = bufio.NewReaderSize(conn, maxLine)
	for {
		m, err := read(o.in)
		if err != nil {
			break
		}
		o.hold()
		on := o.handle(m)
		o.release()
		if !on {
			break
		}
	}
	o.end()
	<-written
	s.forget(o)
}

// join makes a session one of those that end with the server and may hear events.
func (s *Server) join(o *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sessions[o] = true
	if s.closed {
		o.end()
	}
}

func (s *Server) forget(o *session) {
	defer s.attend()
	s.strangers.Remove(o)
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sessions, o)
	if o.account() != nil {
		o.show("off")
	}
}

// show tells the console that somebody has logged on or off.
func (o *session) show(which string) {
	if u := o.account(); u.DisplayConnects {
		o.srv.rooms.Core.Show(2, "manager.c", "Manager '%s' logged %s from %s", u.Name, which, o.remote.Addr())
	}
}
