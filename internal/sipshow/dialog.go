package sipshow

import (
	"fmt"
	"strings"
	"time"

	"obelisk/manage/cli"
)

// Dialog lists the rows of sip show channel for the dialogs whose Call-ID begins with text.
func (v Console) Dialog(text string) (out [][][2]string) {
	for _, d := range v.Driver.DialogDetails(text) {
		direction, agent := "Outgoing", d.Agent
		if d.Incoming {
			direction = "Incoming"
		}
		transfer := "closed"
		if d.Transfer {
			transfer = "open"
		}
		events := "0"
		if d.Events {
			events = "1"
		}
		out = append(out, [][2]string{{"Curr. trans. direction: ", direction}, {"Call-ID:", d.CallID},
			{"Owner channel ID:", or(d.Channel, "<none>")}, {"Our Codec Capability:", d.Ours}, {"Non-Codec Capability (DTMF):  ", events},
			{"Their Codec Capability:  ", d.Theirs}, {"Joint Codec Capability:  ", d.Theirs}, {"Format:", d.Format}, {"T.38 support", yes(d.T38)},
			{"Video support", yes(d.Video)}, {"MaxCallBR:", fmt.Sprintf("%d kbps", d.Bitrate)}, {"Theoretical Address:", d.Remote},
			{"Received Address:", d.Remote}, {"SIP Transfer mode:", transfer}, {"Force rport:", d.Forcerport}, {"Audio IP:", d.Audio},
			{"Our Tag:", d.OurTag}, {"Their Tag:", d.TheirTag}, {"SIP User agent:", agent}, {"Username:", d.User}, {"Peername:", d.Peer},
			{"Original uri:", d.URI}, {"Caller-ID:", d.CallerID}, {"Need Destroy:", "No"}, {"Last Message:", d.Last},
			{"Promiscuous Redir:", yes(d.Promiscuous)}, {"Route:", or(d.Route, "N/A")}, {"DTMF Mode:", d.DTMF}, {"SIP Options:", "(none)"},
			{"Session-Timer:", d.Timer}, {"Transport:", d.Transport}, {"Media:", "RTP"}})
	}
	return out
}

// Statistics lists the rows of sip show channelstats.
func (v Console) Statistics() (out []cli.SIPStatistics) {
	for _, d := range v.Driver.DialogDetails("") {
		q := d.Quality
		out = append(out, cli.SIPStatistics{Addr: strings.TrimSuffix(d.Remote, d.Remote[strings.LastIndexByte(d.Remote, ':'):]),
			CallID: d.CallID, Lasted: time.Since(d.Created), Received: q.Received, Sent: q.Sent, Lost: q.Lost, RemoteLost: q.RemoteLost,
			Jitter: q.Jitter, RemoteJitter: q.RemoteJitter})
	}
	return out
}
