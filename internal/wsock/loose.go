package wsock

import (
	"io"
	"net"
	"time"
)

// loose is a connection that nobody waits for: it is looked at when its time comes, and what cannot be
// sent at once waits here.
type loose struct {
	fd    int       // guarded by Conn.mu; -1: closed
	waits []byte    // to be sent; guarded by Conn.mu
	since time.Time // when it began to wait; guarded by Conn.mu
}

// atOnce is how many bytes are read for a look.
const atOnce = 64 << 10

// Loosen has the connection read by Poll from now on, and no call of Text, Binary or Close wait: a loop
// that has many of them looks at each in turn, and no goroutine is woken for a message. It is called
// before the first Read. false: it cannot be had of this one (TLS, a pipe in memory), which stays as it was.
func (c *Conn) Loosen() bool {
	tcp, ok := c.conn.(*net.TCPConn)
	if !ok {
		return false
	}
	fd, ok := takeDescriptor(tcp)
	if !ok {
		return false
	}
	c.loose = &loose{fd: fd}
	tcp.Close() // the descriptor is a second one
	return true
}

// Waiting is how many bytes of a loose connection wait to be sent.
func (c *Conn) Waiting() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.loose.waits)
}

// Poll gives f the messages that have come over a loose connection, in their order, and sends what
// waits. It never waits. The messages are only lent. An error is that of Read.
func (c *Conn) Poll(f func(text bool, message []byte)) error {
	if err := c.flush(); err != nil {
		return err
	}
	err := c.fetch()
	for {
		m, found, wrong := c.frames.next(c)
		switch {
		case wrong != nil:
			return wrong
		case found == nothingWhole:
			return err
		case found == aMessage:
			f(m.text, m.b)
		}
	}
}

// fetch reads what is there.
func (c *Conn) fetch() error {
	for got := 0; got < atOnce; {
		space := c.frames.space()
		c.mu.Lock()
		if c.loose.fd < 0 {
			c.mu.Unlock()
			return net.ErrClosed
		}
		n, err := readNow(c.loose.fd, space)
		c.mu.Unlock()
		switch {
		case err != nil:
			return err
		case n < 0: // nothing is there
			return nil
		case n == 0:
			return io.ErrUnexpectedEOF
		}
		c.frames.came(n)
		if got += n; n < len(space) {
			return nil
		}
	}
	return nil
}

// flush sends what waits; who takes nothing for ten seconds is gone.
func (c *Conn) flush() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.loose
	switch {
	case l.fd < 0:
		return net.ErrClosed
	case len(l.waits) == 0:
		return nil
	case time.Since(l.since) > writePatience:
		return errSlow
	}
	n, err := writeNow(l.fd, l.waits)
	if n > 0 {
		l.waits = l.waits[:copy(l.waits, l.waits[n:])]
		l.since = time.Now()
	}
	return err
}

// put sends b, or what of it has room, and keeps the rest. Callers hold mu.
func (l *loose) put(b []byte) error {
	if l.fd < 0 {
		return net.ErrClosed
	}
	if len(l.waits) == 0 {
		n, err := writeNow(l.fd, b)
		if err != nil {
			return err
		}
		if b = b[n:]; len(b) == 0 {
			return nil
		}
		l.since = time.Now()
	}
	l.waits = append(l.waits, b...)
	return nil
}

// shut ends it. Callers hold mu.
func (l *loose) shut() {
	if l.fd >= 0 {
		closeNow(l.fd)
		l.fd = -1
	}
}
