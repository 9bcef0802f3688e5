package testkit

import (
	"fmt"
	"strings"
)

// Offer is our SDP, with a direction such as "sendrecv".
func (c *Call) Offer(direction string) string {
	var maps strings.Builder
	for _, f := range strings.Fields(c.Formats) {
		switch f {
		case "0":
			maps.WriteString("a=rtpmap:0 PCMU/8000\r\n")
		case "8":
			maps.WriteString("a=rtpmap:8 PCMA/8000\r\n")
		case "9":
			maps.WriteString("a=rtpmap:9 G722/8000\r\n")
		case "18":
			maps.WriteString("a=rtpmap:18 G729/8000\r\n")
		case "101":
			maps.WriteString("a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\n")
		}
	}
	if c.Ptime != "" {
		maps.WriteString("a=ptime:" + c.Ptime + "\r\n")
	}
	c.mu.Lock()
	ip, port := c.Media.Addr().Addr().String(), int(c.Media.Addr().Port())
	if c.lieIP != "" {
		ip, port = c.lieIP, c.liePort
	}
	c.mu.Unlock()
	at := "IN IP4 " + ip
	if strings.Contains(ip, ":") {
		at = "IN IP6 " + ip
	}
	return fmt.Sprintf("v=0\r\no=- 1 1 %s\r\ns=-\r\nc=%s\r\nt=0 0\r\nm=audio %d RTP/AVP %s\r\n%sa=%s\r\n", at, at, port, c.Formats,
		maps.String(), direction) + c.videoSection() + c.textSection()
}

// videoSection is H.264 with the number 97, which is nobody's default; refused where
// the phone has no video and the other side offered some.
func (c *Call) videoSection() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	offered := c.sdp != "" || c.invite != nil
	switch has := strings.Contains(c.sdp, "m=video"); {
	case c.Video != nil && (has || !offered):
		return fmt.Sprintf("m=video %d RTP/AVP 97\r\na=rtpmap:97 H264/90000\r\na=fmtp:97 %s\r\n", c.Video.Addr().Port(), c.p.Video)
	case has:
		return "m=video 0 RTP/AVP 99\r\n"
	}
	return ""
}

// textSection is real-time text, refused where the phone has none and the other side offered some.
func (c *Call) textSection() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	offered := c.sdp != "" || c.invite != nil
	has := strings.Contains(c.sdp, "m=text")
	switch {
	case c.Text == nil && has:
		return "m=text 0 RTP/AVP 98\r\n"
	case c.Text == nil || offered && !has:
		return ""
	}
	return c.TextOffer()
}

// TextOffer is the section that says what real-time text the phone takes.
func (c *Call) TextOffer() string {
	maps := ""
	if strings.Contains(c.p.Text, "98") {
		maps = "a=rtpmap:98 t140/1000\r\n"
	}
	if strings.Contains(c.p.Text, "99") {
		maps += "a=rtpmap:99 red/1000\r\na=fmtp:99 98/98/98\r\n"
	}
	return fmt.Sprintf("m=text %d RTP/AVP %s\r\n", c.Text.Addr().Port(), c.p.Text) + maps
}

// FaxOffer is an SDP for T.38 on the port of the audio.
func (c *Call) FaxOffer() string {
	a := c.Media.Addr()
	return fmt.Sprintf("v=0\r\no=- 1 2 IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\nm=image %d udptl t38\r\na=T38FaxVersion:0\r\n"+
		"a=T38FaxMaxDatagram:200\r\na=T38FaxUdpEC:t38UDPRedundancy\r\n", a.Addr(), a.Addr(), a.Port())
}

// Lie puts another media address into our SDP, as phones behind NAT do.
func (c *Call) Lie(ip string, port int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lieIP, c.liePort = ip, port
}

func (c *Call) learnOffer() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sdp = c.invite.Body
	c.aim()
}

// aim sends the media where the last SDP says; the caller holds mu.
func (c *Call) aim() {
	c.Media.aim(c.sdp, "audio", "image")
	if c.Video != nil {
		c.Video.aim(c.sdp, "video")
	}
	if c.Text != nil {
		c.Text.aim(c.sdp, "text")
	}
}

// SDP is the last description of the other side.
func (c *Call) SDP() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sdp
}
