package cli

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// SocketName is the control socket's name in astrundir, Asterisk's.
const SocketName = "asterisk.ctl"

// The protocol on the socket: a command line goes in; its output comes back, then a zero
// byte and the status, '0' for success. A line "\x01listen LEVEL [colours]" has the log
// sent in between, each line with a zero byte and 'L' behind it.
const (
	endOfAnswer = 0
	listenLine  = "\x01listen "
)

// Status bytes behind the zero byte.
const (
	succeeded = '0'
	failed    = '1'
	logLine   = 'L'
)

// Feed is the log, as consoles are shown it.
type Feed interface {
	// Listen has lines shown from now on; show must not wait.
	Listen(verbose int, colours bool, show func(line string)) Listening
	// Greeting is the first line of a console.
	Greeting() string
}

// Listening is a console that is shown the log.
type Listening interface {
	Verbose() int
	SetVerbose(level int) (was int)
	Mute() (muted bool)
	SetLevel(level string, on bool)
	Close()
}

// SetFeed gives consoles the log to listen to.
func (c *Console) SetFeed(f Feed) { c.feed = f }

// ErrRunning is that somebody serves the control socket already.
var ErrRunning = errors.New("another switchboard is running there")

// Serve listens on the control socket in dir until stop is closed. A socket
// left behind by a dead process is replaced; a live one is ErrRunning. Where Access cannot
// be had, which is an error too, the socket is the user's alone.
func (c *Console) Serve(dir string, stop <-chan struct{}) error {
	path := filepath.Join(dir, SocketName)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("control socket: %w", err)
	}
	if conn, err := net.Dial("unix", path); err == nil {
		conn.Close()
		return fmt.Errorf("control socket %s: %w", path, ErrRunning)
	}
	os.Remove(path)
	l, err := net.Listen("unix", path)
	if err != nil {
		return fmt.Errorf("control socket: %w", err)
	}
	if err = c.Access.apply(path); err != nil {
		err = fmt.Errorf("control socket: %w", errors.Join(err, os.Chmod(path, 0o700)))
	}
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
	return err
}

// session is one client. Its answers and the lines of the log do not mix.
type session struct {
	conn   net.Conn
	user   string // who the client is to the system; "" when that is not known
	groups []string

	mu    sync.Mutex // guards writing to one that listens
	log   Listening  // nil: it does not listen
	lines chan string
}

// heldLines are kept for a client that is slow; later ones are left out.
const heldLines = 1000

func (c *Console) session(conn net.Conn) {
	s := &session{conn: conn}
	s.user, s.groups = peerOf(conn)
	defer func() {
		if s.log != nil {
			s.log.Close()
			close(s.lines)
		}
		conn.Close()
	}()
	in := bufio.NewScanner(conn)
	for in.Scan() {
		if how, ok := strings.CutPrefix(in.Text(), listenLine); ok {
			s.listen(c, how)
			continue
		}
		if s.answer(c, in.Text()) != nil {
			return
		}
	}
}

// answer runs a command. A client that listens to the log gets the answer in one piece, so
// that no line of the log is in its midst.
func (s *session) answer(c *Console, line string) error {
	var whole bytes.Buffer
	out := &terminal{Writer: bufio.NewWriter(s.conn), session: s}
	if s.log != nil {
		out.Writer = bufio.NewWriter(&whole)
	}
	status := byte(failed)
	if c.Allows(s.user, s.groups, line) {
		if c.Run(out, line) {
			status = succeeded
		}
	} else {
		printf(out, "You don't have permissions to run '%s' command\n", strings.Join(strings.Fields(line), " "))
	}
	out.Write([]byte{endOfAnswer, status})
	if err := out.Flush(); err != nil || s.log == nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := s.conn.Write(whole.Bytes())
	return err
}

// terminal is where a command of a session writes to.
type terminal struct {
	*bufio.Writer
	session *session
	misuse  func(w io.Writer, told string)
}

// listen begins to show the log.
func (s *session) listen(c *Console, how string) {
	if c.feed == nil || s.log != nil {
		return
	}
	f := strings.Fields(how)
	verbose := 0
	if len(f) > 0 {
		verbose, _ = strconv.Atoi(f[0])
	}
	s.lines = make(chan string, heldLines)
	go func() {
		for l := range s.lines {
			if s.send(l) != nil {
				s.conn.Close()
			}
		}
	}()
	s.lines <- c.feed.Greeting()
	s.log = c.feed.Listen(verbose, len(f) > 1, func(line string) {
		select {
		case s.lines <- line:
		default: // the client does not read
		}
	})
}

func (s *session) send(line string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conn.SetWriteDeadline(time.Now().Add(10 * time.Second))
	defer s.conn.SetWriteDeadline(time.Time{})
	_, err := io.WriteString(s.conn, strings.ReplaceAll(line, "\x00", "")+"\n"+string([]byte{endOfAnswer, logLine}))
	return err
}

// unreachable is the socket path nobody serves, with the text Asterisk prints.
type unreachable string

func (u unreachable) Error() string {
	return "Unable to connect to remote asterisk (does " + string(u) + " exist?)"
}
