package calls

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
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
		"video":                                 {all, []step{{offersVideo, "video P RTP/AVP 31"}}},
		"text":                                  {all, []step{{offersT140, "text P RTP/AVP 106"}}},
		"image":                                 {all, []step{{offersImage, "image 0 udptl t38"}}},
		"images":                                {all, []step{{offersRTPFax + offersImage, "image 0 RTP/AVP t38;image 0 udptl t38"}}},
		"none wanted":                           {"", []step{{offersVideo, ""}}},
		"no text wanted":                        {"", []step{{offersT140, ""}}},
		"no fax wanted":                         {"", []step{{offersImage, ""}}},
		"video of another codec":                {all, []step{{offersTheora, ""}}},
		"fax over RTP":                          {all, []step{{offersRTPFax, ""}}},
		"nothing known":                         {all, []step{{offersNothing, ""}}},
		"audio 0 and video":                     {all, []step{{pausesAudio + offersVideo, "audio 0 RTP/AVP 0;video P RTP/AVP 31"}}},
		"audio 0 and text":                      {all, []step{{pausesAudio + offersT140, "audio 0 RTP/AVP 0;text P RTP/AVP 106"}}},
		"audio 0 and image":                     {all, []step{{pausesAudio + offersImage, "audio 0 RTP/AVP 0;image 0 udptl t38"}}},
		"audio 0":                               {all, []step{{pausesAudio, ""}}},
		"other audio and video":                 {all, []step{{offersG729 + offersVideo, "audio 0 RTP/AVP 18;video P RTP/AVP 31"}}},
		"audio and other video":                 {all, []step{{offersAudio + offersTheora, "audio P RTP/AVP 0;video 0 RTP/AVP 98"}}},
		"other audio, then audio":               {all, []step{{offersG729 + offersAudio, ""}}},
		"text, video":                           {all, []step{{offersT140 + offersVideo, "text P RTP/AVP 106;video P RTP/AVP 31"}}},
		"video, image":                          {all, []step{{offersVideo + offersImage, "video P RTP/AVP 31;image 0 udptl t38"}}},
		"something, video":                      {all, []step{{offersNothing + offersVideo, "application 0 UDP/BFCP *;video P RTP/AVP 31"}}},
		"video twice":                           {all, []step{{offersVideo + offersVideo, "video P RTP/AVP 31;video 0 RTP/AVP 31"}}},
		"secured audio without keys, and video": {all, []step{{strings.Replace(offersAudio, "AVP", "SAVP", 1) + offersVideo, ""}}},
		"encryption, plain video":               {all + "encryption=yes\n", []step{{offersVideo, ""}}},
		"video, then audio":                     {all, []step{{offersVideo, "video P RTP/AVP 31"}, {offersAudio, "audio P RTP/AVP 0"}}},
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
						offer = strings.Replace(head, "- 1 1 ", fmt.Sprintf("- 1 %d ", i+1), 1) + offer
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

// With noload => res_srtp.so no call is encrypted, as with chan_sip (seen on 20.20.1): an offer with keys
// gets 488, and who must be called with them is not.
func TestWithoutSRTP(t *testing.T) {
	for modules, keys := range map[string]bool{"": true, "noload => res_srtp.so\n": false} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorldWith(t, map[string]string{"modules.conf": "[modules]\nautoload=yes\n" + modules,
				"sip.conf": baseSIP + "[bare]\ntype=friend\nhost=10.0.0.60\ninsecure=port,invite\ncontext=inside\n" +
					"[enc]\ntype=peer\nhost=10.0.0.61\nencryption=yes\n",
				"extensions.conf": "[inside]\nexten => 600,1,Answer()\nsame => n,Wait(60)\nexten => 601,1,Dial(SIP/enc,1)\n" +
					"same => n,Set(GLOBAL(SEEN)=${DIALSTATUS} ${HANGUPCAUSE})\n"})
			u := newBare(t, w, "10.0.0.60:5060")
			defer u.conn.Close()
			const line = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:qa7LFKEFmfQF4exgJl2q78jJnxTGgsGJVjZqqg3u\r\n"
			secured := strings.Replace(u.sdp(), "RTP/AVP", "RTP/SAVP", 1) + line
			want := map[bool]string{true: "200 OK", false: "488 Not acceptable here"}[keys]
			g := u.dial("600")
			if m := g.ask("INVITE", "", secured); codeOf(m) != want {
				t.Errorf("%q: %s, not %s", modules, codeOf(m), want)
			}
			if keys {
				g.ask("BYE", "", "")
			}
			u.dial("601").request("INVITE", "", u.sdp())
			time.Sleep(5 * time.Second)
			if got := w.global("SEEN"); (got == "CHANUNAVAIL 0") == keys {
				t.Errorf("%q: the call to who needs keys: %s", modules, got)
			}
			time.Sleep(2 * time.Minute)
			w.stop()
		})
	}
}

// A re-INVITE that cannot be used and has the version of the description before is answered as that one was, as
// with chan_sip, unless ignoresdpversion=yes; one of a new version gets 488.
func TestOfferOfAnOldVersion(t *testing.T) {
	for _, row := range []struct {
		options, version, offer, want string
	}{
		{"", "1", offersVideo, "200 OK"}, {"", "1", offersG729, "200 OK"}, {"", "2", offersVideo, "488 Not acceptable here"},
		{"ignoresdpversion=yes\n", "1", offersVideo, "488 Not acceptable here"}, {"t38pt_udptl=yes\n", "1", offersImage, "200 OK"},
		{"t38pt_udptl=yes\n", "2", offersImage, "488 Not acceptable here"},
	} {
		bareWorld(t, row.options, "", func(w *world, a *testkit.Phone, u *bareUA) {
			g := u.dial("600")
			first := g.ask("INVITE", "", u.sdp())
			head, _, _ := strings.Cut(u.sdp(), "m=")
			m := u.final(g.request("INVITE", "", strings.Replace(head, "- 1 1 ", "- 1 "+row.version+" ", 1)+row.offer), 90*time.Second)
			g.send(g.cseq, "ACK", "", "")
			if codeOf(m) != row.want || row.want == "200 OK" && sectionsOf(bodyOf(m)) != sectionsOf(bodyOf(first)) {
				t.Errorf("%+v: %s\n%s", row, codeOf(m), bodyOf(m))
			}
			time.Sleep(100 * time.Millisecond)
			g.ask("BYE", "", "")
		})
	}
}
