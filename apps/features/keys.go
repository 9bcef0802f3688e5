package features

import (
	"strings"

	"obelisk/media"
	"obelisk/pbx"
)

// doing is what a code does to who has pressed it.
type doing func(c *pbx.Channel)

// keyed is a feature of a channel.
type keyed struct {
	name, code string
	why        string // that it works, or does not
	do         doing  // nil: it does not
}

// letters are those of the applications that let a party have a feature, of the caller and of who is called.
var letters = map[pbx.May]string{pbx.MayTransfer: "T or t", pbx.MayHangUp: "H or h", pbx.MayPark: "K or k", pbx.MayRecord: "W or w",
	pbx.MayMix: "X or x"}

// featuresOf are all of a channel in a call, also those that do not work for it.
func (m *Module) featuresOf(c *pbx.Channel, may pbx.May) (out []keyed) {
	s := m.of(c)
	taken := map[string]string{}
	add := func(k keyed) {
		switch other := taken[k.code]; {
		case k.do == nil:
		case k.code == "":
			k.do, k.why = nil, "it has no code in features.conf"
		case other != "":
			k.do, k.why = nil, "its code is that of "+other
		default:
			taken[k.code] = k.name
		}
		out = append(out, k)
	}
	for _, b := range []struct {
		may  pbx.May
		name string
		do   doing
	}{
		{pbx.MayTransfer, "blindxfer", m.blind},
		{pbx.MayTransfer, "atxfer", m.attended},
		{pbx.MayHangUp, "disconnect", m.disconnect},
		{pbx.MayMix, "automixmon", m.record},
		{pbx.MayRecord, "automon", m.record},
		{pbx.MayPark, "parkcall", m.park},
	} {
		k := keyed{name: b.name, code: s.codeOf(c, b.name), why: "option " + letters[b.may] + " lets it"}
		if k.do = b.do; may&b.may == 0 {
			k.do, k.why = nil, "no option "+letters[b.may]+" lets it"
		}
		add(k)
	}
	for name := range strings.SplitSeq(c.Variable("DYNAMIC_FEATURES"), "#") {
		if name = strings.TrimSpace(name); name != "" {
			m.dynamic(s, name, add)
		}
	}
	return out
}

// keysOf are the codes of a channel that comes together with another one; nil: none.
func (m *Module) keysOf(c *pbx.Channel, may pbx.May) *pbx.Keys {
	if sound := c.Variable("BRIDGE_PLAY_SOUND"); sound != "" { // for its first moment in a call
		c.SetVar("BRIDGE_PLAY_SOUND", "")
		if b := c.Bridge(); b != nil {
			b.Lend(c, func(c *pbx.Channel) { m.says(c, sound) })
		}
	}
	if may == 0 && c.Variable("DYNAMIC_FEATURES") == "" {
		return nil
	}
	codes, does := map[string]int{}, []doing{}
	for _, k := range m.featuresOf(c, may) {
		if k.do != nil {
			codes[k.code] = len(does)
			does = append(does, k.do)
		}
	}
	table, err := media.NewKeyTable(codes, m.of(c).digitWait)
	if len(codes) == 0 || err != nil {
		return nil
	}
	return &pbx.Keys{Table: table, Do: func(c *pbx.Channel, n int) { does[n](c) }}
}

// park parks the other party, in the lot of who has pressed the keys.
func (m *Module) park(c *pbx.Channel) {
	if p := m.core.Parking(); p != nil {
		p.ParkCall(c)
	}
}

// disconnect ends the call: who has pressed it leaves as if he hung up, and the other one goes on.
func (m *Module) disconnect(c *pbx.Channel) {
	c.Trace().Note("%s ends the call by keys", c.Name())
	c.Kick()
}
