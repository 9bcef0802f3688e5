package chansip

import (
	"sort"
	"strings"
	"time"

	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/sipstack"
	"obelisk/media"
)

// DialogDetail is what sip show channel shows of a dialog.
type DialogDetail struct {
	DialogInfo
	Incoming, Events, T38, Video, Transfer, Promiscuous bool
	Channel, Ours, Theirs, Remote, Forcerport, Audio    string
	OurTag, TheirTag, Agent, URI, CallerID, Route, DTMF string
	Timer, Transport                                    string
	Bitrate                                             int
	Created                                             time.Time
	Quality                                             media.Quality
}

// DialogDetails describes the dialogs whose Call-ID begins with a text, oldest first.
func (d *Driver) DialogDetails(text string) (out []DialogDetail) {
	var streams []*media.Stream
	d.stack.EachShard(func(sh *sipstack.Shard) {
		for id, legs := range data(sh).legs {
			if !strings.HasPrefix(id, text) {
				continue
			}
			for _, l := range legs {
				out, streams = append(out, l.dialogDetail()), append(streams, l.stream)
			}
		}
	})
	for i, s := range streams { // not on the shard: it waits for the media
		if s != nil {
			out[i].Quality = s.Quality()
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Created.Before(out[j].Created) })
	return out
}

// dialogDetail is called on the leg's shard.
func (l *Leg) dialogDetail() DialogDetail {
	e := l.Endpoint()
	i := DialogDetail{DialogInfo: l.dialogInfo(), Incoming: !l.outbound, T38: e.T38.Enabled, Video: l.video != nil, Transfer: e.AllowTransfer,
		Promiscuous: e.PromiscRedir, Remote: l.Flow.Remote.String(), Audio: l.Flow.Local.Addr().String() + " (local)", OurTag: l.LocalTag,
		TheirTag: l.RemoteTag, URI: l.Target, Bitrate: e.MaxCallBitrate,
		Transport: l.Flow.Proto.String(), Timer: "Inactive"}
	i.Created = i.DialogInfo.Created
	p := &sipconf.Peer{}
	p.Codecs, p.DTMF, p.NAT = e.Codecs, e.DTMF, l.NAT
	info := PeerInfo{Peer: p}
	i.Ours, i.DTMF = p.CodecList(), p.DTMFName()
	i.Forcerport, _ = info.NATColumns()
	l.mu.Lock()
	if l.exchange.agreed() {
		p.Codecs = l.codecs
	} else {
		p.Codecs = nil
	}
	l.mu.Unlock()
	i.Theirs = p.CodecList()
	i.Events = e.DTMF == sipconf.DTMFRFC2833 || e.DTMF == sipconf.DTMFAuto
	if l.session.interval > 0 {
		i.Timer = "Active"
	}
	i.Route = strings.Join(l.RouteSet, ", ")
	if l.ch != nil {
		i.Channel, i.CallerID = l.ch.Name(), l.ch.View().CallerID.Num
	}
	switch {
	case l.invite != nil:
		i.Agent = l.invite.Header("User-Agent")
	case l.Peer != nil:
		i.Agent = l.d.info(l.Peer).agent()
	}
	return i
}
