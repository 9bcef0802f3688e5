package sipstack

import (
	"io"
	"sync/atomic"
)

// heard is an accepted connection as its framer has it. Who has sent what is no SIP, and
// nothing yet that was let in, keeps the connection until his time is over (tcpauthtimeout),
// as with chan_sip; nothing of it is listened to.
type heard struct {
	*stream
	over atomic.Bool // the far side has closed it, or its time is up
}

// maxBabble bounds what is read of it, in bytes.
const maxBabble = 1 << 20

// Read implements net.Conn.
func (h *heard) Read(b []byte) (int, error) {
	n, err := h.stream.Read(b)
	if err != nil {
		h.over.Store(true)
	}
	return n, err
}

// Close implements net.Conn, for the framer.
func (h *heard) Close() error {
	if h.over.Swap(true) || !h.stranger() {
		return h.stream.Close()
	}
	go func() {
		io.Copy(io.Discard, io.LimitReader(h.stream, maxBabble)) // until its deadline
		h.stream.Close()
	}()
	return nil
}

// stranger says whether nothing of the connection was let in yet.
func (c *stream) stranger() bool {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	for _, o := range c.s.strangers {
		if o == c {
			return true
		}
	}
	return false
}
