package audiosocket

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"obelisk/media"
	"obelisk/pbx"
)

const id = "40325ec2-5efd-4bd3-805f-53576e581d13"

func engine(t *testing.T) *media.Engine {
	e, err := media.New(media.Config{Listen: func(netip.AddrPort) (net.PacketConn, error) { return nil, errors.New("no network") }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

// agent is a program that listens.
type agent struct {
	*testing.T
	l    net.Listener
	conn net.Conn
}

func newAgent(t *testing.T) *agent {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return &agent{T: t, l: l}
}

// accept waits for the connection and the UUID.
func (a *agent) accept() {
	a.Helper()
	conn, err := a.l.Accept()
	if err != nil {
		a.Fatal(err)
	}
	a.conn = conn
	a.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	if p := a.until(kindID); len(p) != 16 || p[0] != 0x40 {
		a.Fatalf("UUID %x", p)
	}
}

// until reads up to a frame of a kind.
func (a *agent) until(kind byte) []byte {
	a.Helper()
	for {
		k, p, err := ReadFrame(a.conn, nil)
		if err != nil {
			a.Fatalf("before kind %#x: %v", kind, err)
		}
		if k == kind {
			return p
		}
	}
}

func request(t *testing.T, e *media.Engine, resource string) *leg {
	t.Helper()
	l, err := (&Tech{media: func() *media.Engine { return e }}).Request(pbx.Request{Resource: resource})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Hangup(pbx.CauseNormal) })
	l.Call(pbx.CallInfo{})
	return l.(*leg)
}

// Audio of each kind goes both ways, 20 ms a frame.
func TestEveryRate(t *testing.T) {
	e := engine(t)
	for i, name := range []string{"slin", "slin12", "slin16", "slin24", "slin32", "slin44", "slin48", "slin96", "slin192"} {
		a := newAgent(t)
		l := request(t, e, a.l.Addr().String()+"/"+id+"/c("+name+")")
		a.accept()
		loud := make(chan bool, 1)
		l.near.Overhear(media.In, func(_ media.Codec, _, _ uint32, payload []byte) {
			if len(bytes.Trim(payload, "\x00")) > 100 {
				select {
				case loud <- true:
				default:
				}
			}
		})
		l.near.Play(media.NewKeyTone('5', 20000), nil)
		for range 5 {
			if p := a.until(kindAudio + byte(i)); len(p) != rates[i]/50*2 {
				t.Fatalf("%s: %d bytes", name, len(p))
			} else {
				a.conn.Write(Frame(kindAudio+byte(i), p))
			}
		}
		<-loud
		l.Hangup(pbx.CauseNormal)
		a.until(kindEnd)
	}
}

// A frame of any rate is taken; keys go both ways.
func TestOtherRatesAndKeys(t *testing.T) {
	a := newAgent(t)
	l := request(t, engine(t), a.l.Addr().String()+"/"+strings.ReplaceAll(id, "-", ""))
	a.accept()
	keys := make(chan byte, 10)
	l.near.OnDigit(func(d byte) { keys <- d })
	a.conn.Write(Frame(kindKey, []byte("7")))
	a.conn.Write(Frame(kindKey, []byte("x")))
	a.conn.Write(Frame(kindKey, []byte("#")))
	if a, b := <-keys, <-keys; a != '7' || b != '#' {
		t.Errorf("%c %c", a, b)
	}
	a.conn.Write(Frame(kindAudio+8, make([]byte, 7680)))
	l.near.SendDigit('4')
	if p := a.until(kindKey); string(p) != "4" {
		t.Errorf("%q", p)
	}
	a.conn.Write(Frame(kindEnd, nil))
	<-l.gone
}

// What is no AudioSocket ends the call, and nothing else.
func TestWrongFrames(t *testing.T) {
	e := engine(t)
	for name, b := range map[string][]byte{
		"unknown kind": Frame(0x55, []byte("x")), "kind above": Frame(0x19, nil), "error": Frame(kindError, []byte{1}),
		"cut": Frame(kindAudio, make([]byte, 320))[:100], "odd": Frame(kindAudio, make([]byte, 3)), "end": Frame(kindEnd, []byte("with more")),
	} {
		a := newAgent(t)
		l := request(t, e, a.l.Addr().String()+"/"+id)
		a.accept()
		a.conn.Write(b)
		if name == "cut" || name == "odd" {
			a.conn.Close()
		}
		select {
		case <-l.gone:
		case <-time.After(20 * time.Second):
			t.Error(name + ": it goes on")
		}
	}
}

// A program that sends too fast has to wait; one that reads nothing loses audio; nobody else waits.
func TestFastAndSlow(t *testing.T) {
	a := newAgent(t)
	l := request(t, engine(t), a.l.Addr().String()+"/"+id)
	a.accept()
	for range 5000 { // far more than 50 pieces
		l.hear(media.Slin, 0, 0, make([]byte, 320))
	}
	sent := make(chan error, 1)
	go func() {
		var err error
		for range 60 * 50 { // a minute
			if _, err = a.conn.Write(Frame(kindAudio, make([]byte, 320))); err != nil {
				break
			}
		}
		sent <- err
	}()
	for n := 0; n < mostIn*8000; time.Sleep(time.Millisecond) {
		if n, _ = l.queue.Length(); n > mostIn*8000+160 {
			t.Fatalf("%d samples wait", n)
		}
	}
	l.Hangup(pbx.CauseNormal)
	<-sent
}

func TestNobodyThere(t *testing.T) {
	a := newAgent(t)
	at := a.l.Addr().String()
	a.l.Close()
	<-request(t, engine(t), at+"/"+id).gone
	for _, bad := range []string{"", "host", "host:1", "host:1/x", "host:1/" + id + "/c(h999)", "host:1/" + id + "/x",
		"host:1/" + id + "/c(slin"} {
		if _, err := (&Tech{media: func() *media.Engine { return nil }}).Request(pbx.Request{Resource: bad}); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
	for text, fine := range map[string]bool{id + ",host:1": true, id + ", [::1]:9 ": true, "x,host:1": false, id: false, id + ",host": false,
		"${ID},${AT}": true} {
		if got := check(text); (len(got) == 0) != fine {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func FuzzReadFrame(f *testing.F) {
	f.Add(Frame(kindAudio, make([]byte, 320)))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := bytes.NewReader(b)
		kind, p, err := ReadFrame(r, make([]byte, 10))
		if err == nil && !bytes.Equal(Frame(kind, p), b[:len(b)-r.Len()]) {
			t.Error("it is read otherwise than it is written")
		} else if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Error(err)
		}
	})
}
