package multicast

import (
	"encoding/hex"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"obelisk/media"
	"obelisk/pbx"
)

// Dial strings, and what is wrong with them.
func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		"basic/239.1.1.1:5000":                                "basic 239.1.1.1:5000 loop",
		"BASIC/[ff15::1]:5000//c(g722)t(4)l(0)i(127.0.0.1)":   "basic [ff15::1]:5000 g722 4 hops from 127.0.0.1",
		"linksys/239.1.1.1:5000/224.168.168.168:6061/c(alaw)": "linksys 239.1.1.1:5000 224.168.168.168:6061 alaw loop",
		"basic":                                "'' is no address with a port",
		"telex/239.1.1.1:5000":                 "there is no type 'telex'",
		"basic/239.1.1.1":                      "'239.1.1.1' is no address",
		"basic/239.1.1.1:0":                    "is no address with a port",
		"basic/239.1.1.1:5000/c(ulaw)":         "options stand behind a second slash",
		"basic/239.1.1.1:5000//c(opus)":        "'opus' is no codec",
		"basic/239.1.1.1:5000//x(1)":           "there is no option 'x'",
		"basic/239.1.1.1:5000//t(900)":         "'900' is no number of hops",
		"basic/239.1.1.1:5000//c":              "takes a value in brackets",
		"basic/239.1.1.1:5000//i(eth0)":        "'eth0' is no address of an interface",
		"linksys/239.1.1.1:5000":               "linksys takes an IPv4 group and control address",
		"linksys/[ff15::1]:5000/224.1.1.1:600": "linksys takes an IPv4 group",
	} {
		to, err := parse(text)
		got := ""
		if err != nil {
			got = err.Error()
		} else {
			got = describe(to)
		}
		if err == nil && got != want || err != nil && !strings.Contains(got, want) {
			t.Errorf("%s: %s\nnot: %s", text, got, want)
		}
	}
}

func describe(t target) string {
	out := "basic " + t.group.String()
	if t.linksys {
		out = "linksys " + t.group.String() + " " + t.control.String()
	}
	if t.codec != media.NoCodec {
		out += " " + t.codec.String()
	}
	if t.hops > 0 {
		out += fmt.Sprintf(" %d hops", t.hops)
	}
	if t.bind.IsValid() {
		out += " from " + t.bind.String()
	}
	if t.loop {
		out += " loop"
	}
	return out
}

// What Linksys phones are told, to the byte.
func TestControlPacket(t *testing.T) {
	to, err := parse("linksys/127.0.0.1:6000/127.0.0.1:7000")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Unix(0x6b0dab01, 0)
	if got := hex.EncodeToString(controlPacket(to, linksysStart, at)); got != "6b0dab01000000067f00000100001770" {
		t.Errorf("start: %s", got)
	}
	if got := hex.EncodeToString(controlPacket(to, linksysStop, at.Add(time.Second))); got != "6b0dab02000000077f00000100001770" {
		t.Errorf("stop: %s", got)
	}
}

// listen is somebody who hears a group: the loopback stands for it.
func listen(t *testing.T) *net.UDPConn {
	t.Helper()
	c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func read(t *testing.T, c *net.UDPConn) []byte {
	t.Helper()
	b := make([]byte, 2000)
	c.SetReadDeadline(time.Now().Add(10 * time.Second))
	n, err := c.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	return b[:n]
}

// What is played to the channel comes to the group, in the codec of the caller or the one that is asked
// for; Linksys phones are told twice of its beginning and its end.
func TestPage(t *testing.T) {
	engine, err := media.New(media.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	group, control := listen(t), listen(t)
	for option, payload := range map[string]byte{"": 8, "c(g722)": 9} {
		made, err := New(engine).Request(pbx.Request{Resource: fmt.Sprintf("linksys/%s/%s/%s", group.LocalAddr(), control.LocalAddr(), option),
			Codecs: []media.Codec{media.ALaw, media.ULaw}})
		if err != nil {
			t.Fatal(err)
		}
		made.Call(pbx.CallInfo{})
		made.Stream().Play(media.NewKeyTone('1', 1000), nil)
		for range 5 {
			if b := read(t, group); len(b) != 12+160 || b[1]&0x7f != payload {
				t.Errorf("%s: %d bytes of payload type %d", option, len(b), b[1]&0x7f)
			}
		}
		made.Hangup(pbx.CauseNormal)
		made.Hangup(pbx.CauseNormal)
		for i, command := range []byte{6, 6, 7, 7} {
			if b := read(t, control); len(b) != 16 || b[7] != command {
				t.Errorf("control packet %d: %x", i, b)
			}
		}
		for drained := false; !drained; { // what was on its way
			group.SetReadDeadline(time.Now().Add(300 * time.Millisecond))
			_, err := group.Read(make([]byte, 2000))
			drained = err != nil
		}
	}
	if _, err := New(engine).Request(pbx.Request{Resource: "basic/nowhere"}); err == nil {
		t.Error("a group that is none is called")
	}
}

func FuzzParse(f *testing.F) {
	f.Add("basic/239.1.1.1:5000//c(ulaw)t(3)")
	f.Add("linksys/239.1.1.1:5000/224.168.168.168:6061/i(::1)")
	f.Fuzz(func(t *testing.T, text string) { parse(text) })
}
