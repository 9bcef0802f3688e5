package unicast

import (
	"encoding/binary"
	"net"
	"testing"
	"time"

	"obelisk/media"
	"obelisk/pbx"
)

func engine(t *testing.T) *media.Engine {
	e, err := media.New(media.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

// RTP goes to the program's address and comes from there, in the codec that was asked for.
func TestThereAndBack(t *testing.T) {
	program, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer program.Close()
	e := engine(t)
	l, err := New(e).Request(pbx.Request{Resource: program.LocalAddr().String() + "/c(alaw)"})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Hangup(pbx.CauseNormal)
	if c := l.Codecs(); len(c) != 1 || c[0] != media.ALaw {
		t.Error(c)
	}
	vars := map[string]string{}
	for _, v := range l.(pbx.Housed).House().Vars {
		vars[v[0]] = v[1]
	}
	l.Stream().Play(media.NewKeyTone('5', 20000), nil)
	b := make([]byte, 2000)
	program.SetDeadline(time.Now().Add(20 * time.Second))
	n, from, err := program.ReadFrom(b)
	if err != nil {
		t.Fatal(err)
	}
	if n != 172 || b[1]&0x7f != 8 || from.String() != net.JoinHostPort(vars["UNICASTRTP_LOCAL_ADDRESS"], vars["UNICASTRTP_LOCAL_PORT"]) {
		t.Errorf("%d bytes of type %d from %v; %v", n, b[1]&0x7f, from, vars)
	}
	heard := make(chan media.Codec, 10)
	l.Stream().Overhear(media.In, func(c media.Codec, _, ts uint32, payload []byte) {
		if len(payload) == 160 {
			select {
			case heard <- c:
			default:
			}
		}
	})
	for seq := uint16(1); ; seq++ {
		p := make([]byte, 172)
		p[0], p[1] = 0x80, 8
		binary.BigEndian.PutUint16(p[2:], seq)
		binary.BigEndian.PutUint32(p[4:], 160*uint32(seq))
		program.WriteTo(p, from)
		select {
		case c := <-heard:
			if c != media.ALaw {
				t.Error(c)
			}
			return
		case <-time.After(20 * time.Millisecond):
		}
		if seq > 1000 {
			t.Fatal("nothing was heard")
		}
	}
}

func TestRefused(t *testing.T) {
	for _, bad := range []string{"", "host", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:99999", "127.0.0.1:5000/c(h999)", "[::1:5000",
		"127.0.0.1:x"} {
		if l, err := New(engine(t)).Request(pbx.Request{Resource: bad}); err == nil {
			l.Hangup(pbx.CauseNormal)
			t.Errorf("%q is taken", bad)
		}
	}
}

// Without c() it is the best codec of the caller; after the end there is no other one.
func TestCodecOfTheCaller(t *testing.T) {
	l, err := New(engine(t)).Request(pbx.Request{Resource: "127.0.0.1:5000", Codecs: []media.Codec{media.G722, media.ULaw}})
	if err != nil {
		t.Fatal(err)
	}
	if c := l.Codecs(); c[0] != media.G722 {
		t.Error(c)
	}
	l.Hangup(pbx.CauseNormal)
	l.Hangup(pbx.CauseNormal)
}

func TestOption(t *testing.T) {
	for text, want := range map[string]string{"c(ulaw)": "ulaw", "b(x)c(alaw)": "alaw", "": "", "c()": ""} {
		if got, _ := option(text, 'c'); got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
}
