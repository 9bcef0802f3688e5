package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// SocketName is the control socket's name in astrundir, Asterisk's.
const SocketName = "asterisk.ctl"

// The protocol on the socket: a command line goes in; its output comes back,
// then a zero byte and the status, '0' for success.
const endOfAnswer = 0

// Serve listens on the control socket in dir until stop is closed. A socket
// left behind by a dead process is replaced; a live one is an error.
func (c *Console) Serve(dir string, stop <-chan struct{}) error {
	path := filepath.Join(dir, SocketName)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("control socket: %w", err)
	}
	if conn, err := net.Dial("unix", path); err == nil {
		conn.Close()
		return fmt.Errorf("control socket %s: another switchboard is running there", path)
	}
	os.Remove(path)
	l, err := net.Listen("unix", path)
	if err != nil {
		return fmt.Errorf("control socket: %w", err)
	}
	os.Chmod(path, 0o700)
	go func() {
		<-stop
		l.Close()
	}()
	go func() {
		for {
			conn, err := l.Accept()
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err != nil {
				time.Sleep(100 * time.Millisecond)
				continue
			}
			go c.session(conn)
		}
	}()
	return nil
}

func (c *Console) session(conn net.Conn) {
	defer conn.Close()
	in := bufio.NewScanner(conn)
	for in.Scan() {
		out := bufio.NewWriter(conn)
		status := byte('1')
		if c.Run(out, in.Text()) {
			status = '0'
		}
		out.Write([]byte{endOfAnswer, status})
		if out.Flush() != nil {
			return
		}
	}
}

// unreachable is the socket path nobody serves, with the text Asterisk prints.
type unreachable string

func (u unreachable) Error() string {
	return "Unable to connect to remote asterisk (does " + string(u) + " exist?)"
}

// Client is a connection to a running switchboard.
type Client struct {
	conn net.Conn
	in   *bufio.Reader
}

// Dial connects to the switchboard whose control socket is in dir.
func Dial(dir string) (*Client, error) {
	path := filepath.Join(dir, SocketName)
	conn, err := net.Dial("unix", path)
	if err != nil {
		return nil, unreachable(path)
	}
	return &Client{conn, bufio.NewReader(conn)}, nil
}

// Run sends one command and copies its answer to w.
func (c *Client) Run(line string, w io.Writer) (ok bool, err error) {
	if _, err := fmt.Fprintln(c.conn, strings.ReplaceAll(line, "\n", " ")); err != nil {
		return false, err
	}
	b, err := c.in.ReadBytes(endOfAnswer)
	if err != nil {
		w.Write(b)
		return false, errors.New("the switchboard closed the connection")
	}
	w.Write(b[:len(b)-1])
	status, err := c.in.ReadByte()
	return status == '0', err
}

// Close ends the connection.
func (c *Client) Close() { c.conn.Close() }
