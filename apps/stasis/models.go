package stasis

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"obelisk/pbx"
	"obelisk/pbx/event"
)

// timeForm is how times are written: milliseconds, and a zone without a colon.
const timeForm = "2006-01-02T15:04:05.000-0700"

// Time is a moment as programs are told it.
func Time(t time.Time) string { return t.Format(timeForm) }

// Channel is the model of that name.
func Channel(s *pbx.Snapshot) Object {
	o := Object{
		"id", s.UniqueID, "name", s.Name, "state", s.State.String(), "protocol_id", s.CallID,
		"caller", callerID(s.CallerID), "connected", callerID(s.Connected), "accountcode", s.AccountCode,
		"dialplan", Object{"context", s.At.Context, "exten", cmp.Or(s.At.Exten, "s"), "priority", max(s.At.Priority, 1), "app_name", s.App,
			"app_data", s.AppData},
		"creationtime", Time(s.Created), "language", s.Language,
	}
	if len(s.Shown) > 0 {
		var vars Object
		for _, v := range s.Shown {
			vars = append(vars, v[0], v[1])
		}
		o = append(o, "channelvars", vars)
	}
	return append(o, "caller_rdnis", some(s.RDNIS))
}

func callerID(c event.Party) Object { return Object{"name", c.Name, "number", c.Num} }

// bridgeModel is the model Bridge, of any bridge. shown bounds its members; below 0: all.
func (m *Module) bridgeModel(b *pbx.Bridge, shown int) Object {
	members := b.Members()
	if shown >= 0 && shown < len(members) {
		members = members[:shown]
	}
	ids := make([]string, len(members))
	for i, x := range members {
		ids[i] = x.Channel.UniqueID()
	}
	slices.Sort(ids)
	v, kind := b.View(), "mixing"
	if b.Policy().Apart {
		kind = "holding"
	}
	mode, source, vars := "none", "", Object(nil)
	if own := m.bridge(b.ID()); own != nil {
		mode, source, vars = own.shown()
		if mode == "sfu" && !b.Policy().Apart {
			v.Technology = "softmix"
		}
	}
	o := Object{"id", b.ID(), "technology", v.Technology, "bridge_type", kind, "bridge_class", v.Kind, "creator", v.Creator, "name", v.Name,
		"channels", ids, "creationtime", Time(b.Made()), "video_mode", mode, "video_source_id", some(source)}
	if len(vars) > 0 {
		o = append(o, "bridgevars", vars)
	}
	return o
}

// endpointOf is the endpoint of a channel by its name: SIP/1001 of SIP/1001-00000000.
func endpointOf(channel string) string {
	if at := strings.LastIndexByte(channel, '-'); at > 0 {
		return channel[:at]
	}
	return channel
}
