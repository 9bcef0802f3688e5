package features

import (
	"strings"

	"obelisk/media"
	"obelisk/pbx"
)

// doing is what a code does to who has pressed it.
type doing func(c *pbx.Channel)

// keysOf are the codes of a channel that comes together with another one; nil: none.
func (m *Module) keysOf(c *pbx.Channel, may pbx.May) *pbx.Keys {
	names := c.Variable("DYNAMIC_FEATURES")
	if may == 0 && names == "" {
		return nil
	}
	s := m.of(c)
	codes, does := map[string]int{}, []doing{}
	add := func(code string, do doing) {
		if _, taken := codes[code]; code != "" && !taken {
			codes[code] = len(does)
			does = append(does, do)
		}
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
		if may&b.may != 0 {
			add(s.codeOf(c, b.name), b.do)
		}
	}
	for name := range strings.SplitSeq(names, "#") {
		m.dynamic(s, strings.TrimSpace(name), add)
	}
	table, err := media.NewKeyTable(codes, s.digitWait)
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
