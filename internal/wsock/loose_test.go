//go:build linux

package wsock

import (
	"bytes"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"
)

// loosePair is a loose connection of a server and the bare other side of it, over loopback.
func loosePair(t *testing.T) (*Conn, net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	far, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	near, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	c := newConn(near, nil, ws.StateServerSide)
	if !c.Loosen() {
		t.Fatal("it stays as it is")
	}
	t.Cleanup(func() { c.Break(); far.Close() })
	return c, far
}

// looks polls until enough says so or the connection has ended.
func looks(t *testing.T, c *Conn, f func(text bool, b []byte), enough func() bool) error {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if err := c.Poll(f); err != nil || enough() {
			return err
		}
	}
	t.Fatal("it does not come")
	return nil
}

func TestPollTakesMessagesAsTheyCome(t *testing.T) {
	c, far := loosePair(t)
	long := strings.Repeat("y", 100_000)
	var all []byte
	for _, b := range [][]byte{masked(false, ws.OpText, "one "), masked(true, ws.OpPing, "ping"), masked(false, ws.OpContinuation, "two "),
		masked(true, ws.OpContinuation, "three"), masked(true, ws.OpBinary, "\x00\x01"), masked(true, ws.OpBinary, long[:200]),
		masked(true, ws.OpText, long)} {
		all = append(all, b...)
	}
	go func() {
		for i := range 20 { // cut anywhere
			far.Write(all[i : i+1])
			time.Sleep(time.Millisecond)
		}
		far.Write(all[20:])
	}()
	var got []string
	err := looks(t, c, func(text bool, b []byte) {
		if text {
			got = append(got, "text "+string(b))
		} else {
			got = append(got, "binary "+string(b))
		}
	}, func() bool { return len(got) == 4 })
	want := []string{"text one two three", "binary \x00\x01", "binary " + long[:200], "text " + long}
	for i := range want {
		if err != nil || i >= len(got) || got[i] != want[i] {
			t.Fatalf("%v: %d messages, the %dth is not %.40q", err, len(got), i, want[i])
		}
	}
	if f, err := ws.ReadFrame(far); err != nil || f.Header.OpCode != ws.OpPong || string(f.Payload) != "ping" {
		t.Errorf("%v %v", f, err)
	}
	far.Write(masked(true, ws.OpClose, "\x03\xe8"))
	if err := looks(t, c, nil, func() bool { return false }); err != io.EOF || c.Goodbye() != Normal {
		t.Error(err, c.Goodbye())
	}
	if f, err := ws.ReadFrame(far); err != nil || f.Header.OpCode != ws.OpClose {
		t.Errorf("%v %v", f, err)
	}
	if _, err := far.Read(make([]byte, 1)); err == nil {
		t.Error("it is not closed")
	}
}

func TestPollRefuses(t *testing.T) {
	for name, b := range map[string][]byte{
		"unmasked":           ws.MustCompileFrame(ws.NewTextFrame([]byte("x"))),
		"no beginning":       masked(true, ws.OpContinuation, "x"),
		"long control":       masked(true, ws.OpPing, strings.Repeat("x", 200)),
		"too long":           masked(true, ws.OpText, strings.Repeat("x", 200)),
		"too long in pieces": append(masked(false, ws.OpText, strings.Repeat("x", 90)), masked(true, ws.OpContinuation, strings.Repeat("x", 90))...),
		"longer than all":    {0x82, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0},
		"cut":                masked(true, ws.OpText, "abc")[:4],
	} {
		c, far := loosePair(t)
		c.SetLimit(100)
		far.Write(b)
		if name == "cut" {
			far.Close()
		}
		err := looks(t, c, func(bool, []byte) { t.Errorf("%s: it was taken", name) }, func() bool { return false })
		if name == "cut" && err != io.ErrUnexpectedEOF || strings.HasPrefix(name, "too long") && !errors.Is(err, ErrTooBig) || err == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A program that does not read holds nobody up; what waits comes in order when it reads.
func TestLooseNeverWaits(t *testing.T) {
	c, far := loosePair(t)
	message := bytes.Repeat([]byte("z"), 10_000)
	sent := 0
	for ; c.Waiting() < 1<<20; sent++ {
		if err := c.Binary(message); err != nil {
			t.Fatal(err)
		}
	}
	c.Text([]byte("last"))
	done := make(chan int)
	go func() {
		n := 0
		for {
			f, err := ws.ReadFrame(far)
			if err != nil || f.Header.OpCode == ws.OpText {
				break
			}
			if bytes.Equal(f.Payload, message) {
				n++
			}
		}
		done <- n
	}()
	n := -1
	looks(t, c, nil, func() bool {
		select {
		case n = <-done:
			return true
		default:
			return false
		}
	})
	if n != sent || c.Waiting() != 0 {
		t.Errorf("%d of %d came, %d bytes wait", n, sent, c.Waiting())
	}
	c.Break()
	if c.Text(nil) == nil || c.Poll(nil) == nil {
		t.Error("it lives on")
	}
}

func TestLoosenWhatIsNoSocket(t *testing.T) {
	if c, _ := pair(t); c.Loosen() {
		t.Error("a pipe")
	}
}

// A frame each way costs no memory once the buffers are there, but for the few bytes in which the library makes a header.
func TestFramesDoNotAllocate(t *testing.T) {
	c, far := loosePair(t)
	frame, back := masked(true, ws.OpBinary, strings.Repeat("x", 160)), make([]byte, 1024)
	came := 0
	f := func(bool, []byte) { came++ }
	turn := func() {
		far.Write(frame)
		for want := came + 1; came < want; {
			if err := c.Poll(f); err != nil {
				t.Fatal(err)
			}
		}
		c.Binary(frame)
		far.Read(back)
	}
	turn()
	if n := testing.AllocsPerRun(100, turn); n > 1 {
		t.Errorf("%.1f allocations a turn", n)
	}
}
