package sdp

import (
	"net/netip"
	"strings"
	"testing"
)

// bria is the offer of the Bria in the owner's reading: eight codecs, private
// a=alt lines, static numbers without rtpmap.
const bria = `v=0
o=- 1 2 IN IP4 192.168.50.32
s=CounterPath Bria Professional
c=IN IP4 192.168.50.32
t=0 0
m=audio 3564 RTP/AVP 107 119 100 106 0 98 8 18 101
a=alt:1 3 : 3RJcASQD J+MIobg5 192.168.50.32 3564
a=fmtp:18 annexb=yes
a=fmtp:101 0-15
a=rtpmap:107 BV32/16000
a=rtpmap:119 BV32-FEC/16000
a=rtpmap:100 SPEEX/16000
a=rtpmap:106 SPEEX-FEC/16000
a=rtpmap:98 iLBC/8000
a=rtpmap:18 G729/8000
a=rtpmap:101 telephone-event/8000
a=sendrecv
a=x-rtp-session-id:56A9F9BE76774F7C962FD8ACDB1B86E1
`

func TestParseBria(t *testing.T) {
	s, err := Parse([]byte(bria))
	if err != nil {
		t.Fatal(err)
	}
	m := s.Media[0]
	if len(m.Formats) != 9 || m.Remote() != netip.MustParseAddrPort("192.168.50.32:3564") || m.Direction != SendRecv || m.OnHold() {
		t.Errorf("%+v", m)
	}
	if f := m.Formats[7]; f.Payload != 18 || f.Name != "G729" || f.FMTP != "annexb=yes" {
		t.Errorf("%+v", f)
	}
	if f := m.Formats[8]; f.Name != "telephone-event" || f.Rate != 8000 || f.FMTP != "0-15" {
		t.Errorf("%+v", f)
	}
	if s.OriginVersion != "2" {
		t.Errorf("version %q", s.OriginVersion)
	}
}

func TestHoldSpellings(t *testing.T) {
	for text, want := range map[string]struct {
		hold   bool
		answer Direction
	}{
		"c=IN IP4 1.2.3.4\nm=audio 4000 RTP/AVP 0\na=sendonly":             {true, RecvOnly},
		"c=IN IP4 1.2.3.4\na=inactive\nm=audio 4000 RTP/AVP 0\na=sendrecv": {false, SendRecv},
		"c=IN IP4 1.2.3.4\na=sendrecv\nm=audio 4000 RTP/AVP 0\na=sendonly": {true, RecvOnly},
		"c=IN IP4 1.2.3.4\na=inactive\nm=audio 4000 RTP/AVP 0":             {true, Inactive},
		"c=IN IP4 1.2.3.4\nm=audio 0 RTP/AVP 0":                            {true, SendRecv},
		"c=IN IP6 ::\nm=audio 4000 RTP/AVP 0":                              {true, SendRecv},
		"c=IN IP4 0.0.0.0\nm=audio 4000 RTP/AVP 0":                         {true, SendRecv},
		"c=IN IP4 1.2.3.4\nm=audio 4000 RTP/AVP 0\na=recvonly":             {false, SendOnly},
		"m=audio 4000 RTP/AVP 0\nc=IN IP4 1.2.3.4":                         {false, SendRecv},
	} {
		s, err := Parse([]byte("v=0\n" + text))
		if err != nil {
			t.Fatal(err)
		}
		if m := s.Media[0]; m.OnHold() != want.hold || m.Direction.Answer() != want.answer {
			t.Errorf("%q: %v %v", text, m.OnHold(), m.Direction.Answer())
		}
	}
}

// Where media goes, and the name where that has to be looked up first.
func TestRemote(t *testing.T) {
	for text, want := range map[string]struct {
		remote string
		name   string
	}{
		"c=IN IP4 1.2.3.4\nm=audio 4000 RTP/AVP 0":     {"1.2.3.4:4000", ""},
		"c=IN IP4 1.2.3.4\nm=audio 0 RTP/AVP 0":        {"invalid AddrPort", ""},
		"c=IN IP4 0.0.0.0\nm=audio 4000 RTP/AVP 0":     {"invalid AddrPort", ""},
		"c=IN IP6 ::\nm=audio 4000 RTP/AVP 0":          {"invalid AddrPort", ""},
		"c=IN IP4 pc.example\nm=audio 4000 RTP/AVP 0":  {"invalid AddrPort", "pc.example"},
		"m=audio 4000 RTP/AVP 0\nc=IN IP6 2001:db8::7": {"[2001:db8::7]:4000", ""},
	} {
		s, err := Parse([]byte("v=0\n" + text))
		if err != nil {
			t.Fatal(err)
		}
		if m := s.Media[0]; m.Remote().String() != want.remote || m.Named() != want.name {
			t.Errorf("%q: %v %q", text, m.Remote(), m.Named())
		}
	}
}

func TestBadBodies(t *testing.T) {
	for _, text := range []string{"", "hello", "v=0\n", "v=0\nm=audio x RTP/AVP 0", "v=0\nm=audio",
		"v=0\n" + strings.Repeat("a=x\n", 300), "v=0\nc=IN IP4 1.2.3.4\n" + strings.Repeat("m=audio 1 RTP/AVP 0\n", 65)} {
		if _, err := Parse([]byte(text)); err == nil {
			t.Errorf("%.30q was taken", text)
		}
	}
}

func TestWrite(t *testing.T) {
	d := Description{Owner: "root", ID: 5, Version: 6, Session: "Obelisk", Origin: netip.MustParseAddr("10.0.0.1"),
		Conn:      netip.MustParseAddr("10.0.0.1"),
		Bandwidth: 384, Media: []*Media{
			{Kind: "audio", Port: 10000, Proto: "RTP/AVP", Direction: SendRecv, Ptime: 30, Formats: []Format{{0, "PCMU", 8000, ""},
				{101, "telephone-event", 8000, "0-16"}}},
			{Kind: "video", Proto: "RTP/AVP", RawFmt: "99"},
			{Kind: "image", Port: 4000, Proto: "udptl", RawFmt: "t38", Attributes: []string{"T38FaxVersion:0"}}}}
	want := "v=0\r\no=root 5 6 IN IP4 10.0.0.1\r\ns=Obelisk\r\nc=IN IP4 10.0.0.1\r\nb=CT:384\r\nt=0 0\r\nm=audio 10000 RTP/AVP 0 101\r\n" +
		"a=rtpmap:0 PCMU/8000\r\n" +
		"a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=ptime:30\r\na=maxptime:140\r\na=sendrecv\r\nm=video 0 RTP/AVP 99\r\n" +
		"m=image 4000 udptl t38\r\na=T38FaxVersion:0\r\n"
	if got := string(d.Bytes()); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if s, err := Parse(d.Bytes()); err != nil || len(s.Media) != 3 || len(s.Media[2].Attributes) != 1 {
		t.Errorf("%v %v", s, err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(bria))
	f.Add([]byte("v=0\no=a b\nm=image 5 udptl t38\na=rtpmap:0 x/y/z\na=fmtp:1"))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := Parse(b)
		if err != nil {
			return
		}
		for i := range s.Media {
			s.Media[i].Remote()
			s.Media[i].OnHold()
		}
	})
}

// The names of sections and the group that shares a transport are read, and written where there are some.
func TestBundle(t *testing.T) {
	s, err := Parse([]byte("v=0\r\nc=IN IP4 192.0.2.9\r\na=group:LS a b\r\na=group:BUNDLE 0 1\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n" +
		"m=video 9 " +
		"UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\nm=text 0 RTP/AVP 98\r\na=mid:a b\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Bundle) != 2 || s.Bundle[0] != "0" || s.Media[0].Mid != "0" || s.Media[1].Mid != "1" || s.Media[2].Mid != "" {
		t.Errorf("%q %q %q %q", s.Bundle, s.Media[0].Mid, s.Media[1].Mid, s.Media[2].Mid)
	}
	d := Description{Session: "s", Origin: netip.MustParseAddr("192.0.2.1"), Conn: netip.MustParseAddr("192.0.2.1"), Bundle: "0",
		Media: []*Media{{Kind: "audio", Port: 4000, Proto: "UDP/TLS/RTP/SAVPF", Formats: []Format{{Name: "PCMU", Rate: 8000}}, Mid: "0",
			Direction: SendRecv}, s.Media[1].Refused()}}
	text := string(d.Bytes())
	for _, want := range []string{"t=0 0\r\na=group:BUNDLE 0\r\nm=audio", "a=rtpmap:0 PCMU/8000\r\na=mid:0\r\n",
		"m=video 0 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}
