package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
)

// Client is a connection to a running switchboard.
type Client struct {
	conn net.Conn
	in   *bufio.Reader // of one that does not listen

	// Of one that listens.
	answers chan reply
	gone    chan struct{} // closed when the switchboard is
}

type reply struct {
	text   []byte
	status byte
}

// errClosed says that the switchboard has ended, or no longer wants us.
var errClosed = errors.New("the switchboard closed the connection")

// Dial connects to the switchboard whose control socket is in dir.
func Dial(dir string) (*Client, error) {
	path := filepath.Join(dir, SocketName)
	conn, err := net.Dial("unix", path)
	if err != nil {
		return nil, unreachable(path)
	}
	return &Client{conn: conn}, nil
}

// Listen has the log written to w from now on, messages about calls up to a level of
// verbosity.
func (c *Client) Listen(w io.Writer, verbose int, colours bool) error {
	c.answers, c.gone = make(chan reply), make(chan struct{})
	go c.receive(w)
	how := fmt.Sprint(verbose)
	if colours {
		how += " colours"
	}
	_, err := fmt.Fprintln(c.conn, listenLine+how)
	return err
}

// receive parts the log from the answers.
func (c *Client) receive(log io.Writer) {
	defer close(c.gone)
	in := bufio.NewReader(c.conn)
	for {
		b, err := in.ReadBytes(endOfAnswer)
		if err != nil {
			return
		}
		status, err := in.ReadByte()
		if err != nil {
			return
		}
		if b = b[:len(b)-1]; status == logLine {
			log.Write(b)
			continue
		}
		c.answers <- reply{b, status}
	}
}

// Run sends one command and copies its answer to w.
func (c *Client) Run(line string, w io.Writer) (ok bool, err error) {
	if _, err := fmt.Fprintln(c.conn, strings.ReplaceAll(line, "\n", " ")); err != nil {
		return false, err
	}
	if c.answers == nil {
		return c.stream(w)
	}
	select {
	case r := <-c.answers:
		w.Write(r.text)
		return r.status == succeeded, nil
	case <-c.gone:
		return false, errClosed
	}
}

// stream copies an answer while it comes.
func (c *Client) stream(w io.Writer) (ok bool, err error) {
	if c.in == nil {
		c.in = bufio.NewReader(c.conn)
	}
	for {
		b, err := c.in.ReadSlice(endOfAnswer)
		switch {
		case err == bufio.ErrBufferFull:
			w.Write(b)
			continue
		case err != nil:
			w.Write(b)
			return false, errClosed
		}
		w.Write(b[:len(b)-1])
		status, err := c.in.ReadByte()
		return status == succeeded, err
	}
}

// Close ends the connection.
func (c *Client) Close() { c.conn.Close() }
