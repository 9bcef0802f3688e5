package sdp

import (
	"strings"
	"testing"
)

const (
	plainOrigin  = "o=u 1 1 IN IP4 192.0.2.9"
	plainConn    = "c=IN IP4 192.0.2.9"
	plainAudio   = "m=audio 4000 RTP/AVP 8 101"
	plainSession = "v=0\r\n" + plainOrigin + "\r\ns=-\r\n" + plainConn + "\r\nt=0 0\r\n" + plainAudio + "\r\n"
)

// Which c= lines name a host (asked of chan_sip line by line: those that do not are 488 where
// there is no other). A name that may be one is looked up later.
func TestConnectionLines(t *testing.T) {
	for value, want := range map[string]string{
		"IN IP4 192.0.2.7": "192.0.2.7", "IN  IP4  192.0.2.7": "192.0.2.7", "IN IP4 192.0.2.7 x": "192.0.2.7", "IN\tIP4\t1.2.3.4": "1.2.3.4",
		"IN IP4 0.0.0.0": "0.0.0.0", "IN IP4 224.2.1.1": "224.2.1.1", "IN IP4 255.255.255.255": "255.255.255.255",
		"IN IP4 192.0.2.7:4000": "192.0.2.7", "IN IP4 192.0.2.7:": "192.0.2.7", "IN IP4 [192.0.2.7]:50": "192.0.2.7",
		"IN IP4 1": "0.0.0.1", "IN IP4 0": "0.0.0.0", "IN IP4 127.1": "127.0.0.1", "IN IP4 1.2.3": "1.2.0.3", "IN IP4 256": "0.0.1.0",
		"IN IP4 01.2.3.4": "1.2.3.4", "IN IP4 0x7f.1": "127.0.0.1", "IN IP4 ::ffff:192.0.2.7": "::ffff:192.0.2.7",
		"IN IP6 ::1": "::1", "IN IP6 ::": "::", "IN IP6 [::1]": "::1", "IN IP6 [::1]:50": "::1", "IN IP6 ::ffff:1.2.3.4": "::ffff:1.2.3.4",
		"IN IP6 fe80::1%lo": "fe80::1%lo", "IN IP4 pc.example": "pc.example", "IN IP4 LOCALHOST": "LOCALHOST", "IN IP4 localhost:80": "localhost",
		"IN IP4 local_host": "local_host",

		"": "", "IN": "", "IN IP4": "", "in ip4 192.0.2.7": "", "XIN IP4 1.2.3.4": "", "IN IP5 192.0.2.7": "", "ATM NSAP 47": "",
		"TN RFC2543 +1-201-406-4090": "", "IN IP4 224.2.1.1/127": "", "IN IP4 192.0.2.7/127/3": "", "IN IP4 192.0.2.7/": "",
		"IN IP6 ff15::101/3": "", "IN IP6 ::1/3": "", "IN IP6 192.0.2.7": "", "IN IP6 pc.example": "", "IN IP4 ::1": "", "IN IP6 ::1:99999": "",
		"IN IP4 999.1.1.1": "", "IN IP4 1.2.3.4.5": "", "IN IP4 4294967296": "", "IN IP4 192.0.2.7:x": "", "IN IP4 192.0.2.7,": "",
		"IN IP4 -": "", "IN IP4 .": "", "IN IP4 $": "", "IN IP4 08.1.1.1": "", "IN IP4 [192.0.2.7": "",
	} {
		if got := connection(value); got != want {
			t.Errorf("c=%s: %q", value, got)
		}
	}
}

// What chan_sip takes and refuses, each asked of it.
func TestTakenAndRefused(t *testing.T) {
	for _, c := range []struct {
		what, from, to string
		taken          bool
	}{
		{"no connection", plainConn + "\r\n", "", false},
		{"one of the section", plainConn + "\r\nt=0 0\r\n" + plainAudio, "t=0 0\r\n" + plainAudio + "\r\n" + plainConn, true},
		{"a bad one in the section", plainAudio, plainAudio + "\r\nc=IN", true},
		{"a bad one before a good one", plainConn, "c=IN IP4 192.0.2.9/127\r\n" + plainConn, true},
		{"one of another section", plainConn + "\r\nt=0 0\r\n" + plainAudio,
			"t=0 0\r\n" + plainAudio + "\r\nm=video 4000 RTP/AVP 34\r\n" + plainConn, false},
		{"one of the second audio", plainConn + "\r\nt=0 0\r\n" + plainAudio,
			"t=0 0\r\n" + plainAudio + "\r\nm=audio 4002 RTP/AVP 0\r\n" + plainConn, false},
		{"a blank before c=", "c=", " c=", false},
		{"a blank within c=", "c=", "c =", false},
		{"a blank behind c=", "c=", "c= ", true},
		{"C=", "c=", "C=", false},
		{"M=", "m=", "M=", true},
		{"O=", plainOrigin, "O=x", true},

		{"no origin", plainOrigin + "\r\n", "", true},
		{"origin of nothing", plainOrigin, "o=", false},
		{"origin of a name", plainOrigin, "o=u", false},
		{"origin without version", plainOrigin, "o=u 1", false},
		{"origin without network", plainOrigin, "o=u 1 1", false},
		{"origin without address", plainOrigin, "o=u 1 1 IN", true},
		{"a version of letters", plainOrigin, "o=u 1 b IN IP4 192.0.2.9", false},
		{"an id of letters", plainOrigin, "o=u a 1 IN IP4 192.0.2.9", true},
		{"a signed version", plainOrigin, "o=u 1 -1 IN IP4 192.0.2.9", true},
		{"a version of more", plainOrigin, "o=u 1 1x IN IP4 192.0.2.9", true},
		{"dashes", plainOrigin, "o=- - - - - -", false},
		{"three blanks", plainOrigin, "o=u   1 1 IN", true},
		{"tabs", plainOrigin, "o=u\t1\t1\tIN", false},
		{"the last of several is bad", plainOrigin, plainOrigin + "\r\no=x", false},
		{"a bad one in a section", plainOrigin + "\r\ns=-\r\n" + plainConn + "\r\nt=0 0\r\n" + plainAudio,
			plainConn + "\r\n" + plainAudio + "\r\no=x", true},

		{"a port of more than 16 bits", plainAudio, "m=audio 99999 RTP/AVP 8", true},
		{"a signed port", plainAudio, "m=audio +4000 RTP/AVP 8", true},
		{"a negative port", plainAudio, "m=audio -1 RTP/AVP 8", false},
		{"no format", plainAudio, "m=audio 4000 RTP/AVP", false},
		{"a format of letters", plainAudio, "m=audio 4000 RTP/AVP 8 x", false},
		{"formats with commas", plainAudio, "m=audio 4000 RTP/AVP 8,0", false},
		{"a hexadecimal format", plainAudio, "m=audio 4000 RTP/AVP 0x8", false},
		{"a format that is none", plainAudio, "m=audio 4000 RTP/AVP 8 300 -1", true},
		{"a second audio without format", plainAudio, plainAudio + "\r\nm=audio 4000 RTP/AVP x", true},
		{"a first one that nobody uses", plainAudio, "m=audio 4000 UDP x\r\n" + plainAudio, true},
		{"a first one without protocol", plainAudio, "m=audio 4000\r\n" + plainAudio, false},
		{"video without protocol", plainAudio, plainAudio + "\r\nm=video 4000", true},
		{"video without port", plainAudio, plainAudio + "\r\nm=video x RTP/AVP 34", false},
		{"video of letters", plainAudio, plainAudio + "\r\nm=video 4000 RTP/AVP x", true},
		{"a fax without protocol", plainAudio, plainAudio + "\r\nm=image 4000", false},
		{"a fax of nothing", plainAudio, plainAudio + "\r\nm=image 4000 udptl", false},
		{"a fax of something", plainAudio, plainAudio + "\r\nm=image 4000 udptl x", false},
		{"a fax", plainAudio, plainAudio + "\r\nm=image 4000 udptl t38", true},
		{"pictures", plainAudio, plainAudio + "\r\nm=image 4000 RTP/AVP x", true},
		{"many sections", plainAudio, plainAudio + strings.Repeat("\r\nm=video 0 RTP/AVP 34", 17), true},
		{"many lines", plainAudio, plainAudio + strings.Repeat("\r\na=x:1", 300), true},
	} {
		text := strings.Replace(plainSession, c.from, c.to, 1)
		if text == plainSession && c.from != c.to {
			t.Fatalf("%s: nothing to replace", c.what)
		}
		if _, err := Parse([]byte(text)); (err == nil) != c.taken {
			t.Errorf("%s: %v", c.what, err)
		}
	}
}
