package calls

import (
	"strings"
	"testing"
	"time"

	"obelisk/internal/testkit"
)

// Sections of an offer.
const (
	offersAudio   = "m=audio 4000 RTP/AVP 0\r\n"
	offersG729    = "m=audio 4000 RTP/AVP 18\r\n"
	pausesAudio   = "m=audio 0 RTP/AVP 0\r\n"
	offersVideo   = "m=video 4002 RTP/AVP 31\r\na=rtpmap:31 H261/90000\r\n"
	offersTheora  = "m=video 4002 RTP/AVP 98\r\na=rtpmap:98 THEORA/90000\r\n"
	offersT140    = "m=text 4004 RTP/AVP 106\r\na=rtpmap:106 T140/1000\r\n"
	offersNothing = "m=application 4008 UDP/BFCP *\r\n"
	offersImage   = "m=image 4006 udptl t38\r\na=T38FaxVersion:0\r\n"
	offersRTPFax  = "m=image 4006 RTP/AVP t38\r\n"
)

// sectionsOf are the first lines of a description's sections, P for a port.
func sectionsOf(sdp string) string {
	var out []string
	for _, l := range strings.Split(sdp, "\r\n") {
		if section, ok := strings.CutPrefix(l, "m="); ok {
			kind, rest, _ := strings.Cut(section, " ")
			if port, formats, _ := strings.Cut(rest, " "); port != "0" {
				rest = "P " + formats
			}
			out = append(out, kind+" "+rest)
		}
	}
	return strings.Join(out, ";")
}

// Each kind of media of an offer stands for itself, as with chan_sip (seen on 20.20.1): any of
// them makes a call, and what cannot be used is refused with port 0 at its place. A row is an
// INVITE and the re-INVITEs behind it, each with what answers it; "" is 488.
func TestOffersWithoutAudio(t *testing.T) {
	all := "videosupport=yes\ntextsupport=yes\nt38pt_udptl=yes\ndisallow=all\nallow=ulaw,h261,t140\n"
	type step struct{ offer, answer string }
	rows := map[string]struct {
		options string
		steps   []step
	}{
		"video":                   {all, []step{{offersVideo, "video P RTP/AVP 31"}}},
		"text":                    {all, []step{{offersT140, "text P RTP/AVP 106"}}},
		"image":                   {all, []step{{offersImage, "image 0 udptl t38"}}},
		"images":                  {all, []step{{offersRTPFax + offersImage, "image 0 RTP/AVP t38;image 0 udptl t38"}}},
		"none wanted":             {"", []step{{offersVideo, ""}}},
		"no text wanted":          {"", []step{{offersT140, ""}}},
		"no fax wanted":           {"", []step{{offersImage, ""}}},
		"video of another codec":  {all, []step{{offersTheora, ""}}},
		"fax over RTP":            {all, []step{{offersRTPFax, ""}}},
		"nothing known":           {all, []step{{offersNothing, ""}}},
		"audio 0 and video":       {all, []step{{pausesAudio + offersVideo, "audio 0 RTP/AVP 0;video P RTP/AVP 31"}}},
		"audio 0 and text":        {all, []step{{pausesAudio + offersT140, "audio 0 RTP/AVP 0;text P RTP/AVP 106"}}},
		"audio 0 and image":       {all, []step{{pausesAudio + offersImage, "audio 0 RTP/AVP 0;image 0 udptl t38"}}},
		"audio 0":                 {all, []step{{pausesAudio, ""}}},
		"other audio and video":   {all, []step{{offersG729 + offersVideo, "audio 0 RTP/AVP 18;video P RTP/AVP 31"}}},
		"audio and other video":   {all, []step{{offersAudio + offersTheora, "audio P RTP/AVP 0;video 0 RTP/AVP 98"}}},
		"other audio, then audio": {all, []step{{offersG729 + offersAudio, ""}}},
		"text, video":             {all, []step{{offersT140 + offersVideo, "text P RTP/AVP 106;video P RTP/AVP 31"}}},
		"video, image":            {all, []step{{offersVideo + offersImage, "video P RTP/AVP 31;image 0 udptl t38"}}},
		"something, video":        {all, []step{{offersNothing + offersVideo, "application 0 UDP/BFCP *;video P RTP/AVP 31"}}},
		"video twice":             {all, []step{{offersVideo + offersVideo, "video P RTP/AVP 31;video 0 RTP/AVP 31"}}},
		"encryption, plain video": {all + "encryption=yes\n", []step{{offersVideo, ""}}},
		"video, then audio":       {all, []step{{offersVideo, "video P RTP/AVP 31"}, {offersAudio, "audio P RTP/AVP 0"}}},
		"video, then audio too": {all, []step{{offersVideo, "video P RTP/AVP 31"},
			{offersVideo + offersAudio, "video P RTP/AVP 31;audio P RTP/AVP 0"}}},
		"image, then audio": {all, []step{{offersImage, "image 0 udptl t38"}, {offersAudio, "audio P RTP/AVP 0"}}},
		"audio, then text":  {all, []step{{offersAudio, "audio P RTP/AVP 0"}, {offersT140, "text P RTP/AVP 106"}}},
		"audio, then video": {all, []step{{offersAudio, "audio P RTP/AVP 0"}, {offersVideo, ""}, {offersAudio, "audio P RTP/AVP 0"}}},
		"audio goes, video stays": {all, []step{{offersAudio + offersVideo, "audio P RTP/AVP 0;video P RTP/AVP 31"},
			{offersVideo, "video P RTP/AVP 31"}}},
		"audio 0, video stays": {all, []step{{offersAudio + offersVideo, "audio P RTP/AVP 0;video P RTP/AVP 31"},
			{pausesAudio + offersVideo, "audio 0 RTP/AVP 0;video P RTP/AVP 31"}}},
		"video, then no statement": {all, []step{{offersVideo, "video P RTP/AVP 31"}, {"", "video P RTP/AVP 31"}}},
	}
	for name, r := range rows {
		t.Run(name, func(t *testing.T) {
			bareWorld(t, r.options, "", func(w *world, a *testkit.Phone, u *bareUA) {
				g := u.dial("600")
				head, _, _ := strings.Cut(u.sdp(), "m=")
				for i, s := range r.steps {
					offer := s.offer
					if offer != "" {
						offer = head + offer
					}
					m := ""
					if s.offer == "" {
						m = u.final(g.request("INVITE", "", ""), 5*time.Second)
						g.send(g.cseq, "ACK", "", head+offersVideo)
					} else {
						m = g.ask("INVITE", "", offer)
					}
					want := "200 OK"
					if s.answer == "" {
						want = "488 Not acceptable here"
					}
					if codeOf(m) != want || sectionsOf(bodyOf(m)) != s.answer {
						t.Fatalf("%d: %s %s, not %q", i, codeOf(m), sectionsOf(bodyOf(m)), s.answer)
					}
					time.Sleep(100 * time.Millisecond)
				}
				if last := r.steps[len(r.steps)-1]; last.answer != "" {
					if m := g.ask("BYE", "", ""); codeOf(m) != "200 OK" {
						t.Errorf("BYE: %s", codeOf(m))
					}
				}
			})
		})
	}
}
