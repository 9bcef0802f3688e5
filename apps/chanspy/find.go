package chanspy

import (
	"slices"
	"strings"

	"obelisk/pbx"
)

// candidates are the channels that may be listened to now, the oldest first. False: the unique id
// is nobody's.
func (m *Module) candidates(spy *pbx.Channel, w *wish) (out []*pbx.Channel, ok bool) {
	for _, c := range spy.Core().Channels() {
		if w.unique != "" && w.is(c) {
			ok = true
		}
		if m.fits(spy, c, w) {
			out = append(out, c)
		}
	}
	slices.SortStableFunc(out, func(a, b *pbx.Channel) int { return a.Created().Compare(b.Created()) })
	return out, ok || w.unique == ""
}

// fits says whether a spy may listen to a channel.
func (m *Module) fits(spy, c *pbx.Channel, w *wish) bool {
	v := c.View()
	switch {
	case c == spy, v.Gone, m.isSpy(c), c.Leg() == nil || c.Leg().Stream() == nil:
		return false
	case w.unique != "" && !w.is(c), !begins(c.Name(), w.prefix):
		return false
	case w.exten != "" && (v.At.Exten != w.exten || v.At.Context != w.context):
		return false
	case w.bridged && v.BridgeID == "":
		return false
	case w.groups != nil && !meet(w.groups, strings.Split(variable(c, "SPYGROUP"), ":")):
		return false
	case w.enforced != nil && !slices.ContainsFunc(w.enforced, func(name string) bool { return strings.EqualFold(name, device(c.Name())) }):
		return false
	}
	return true
}

// is says whether a channel has the unique id, or the whole name, that option u goes by.
func (w *wish) is(c *pbx.Channel) bool {
	return c.UniqueID() == w.unique || strings.EqualFold(c.Name(), w.unique)
}

// begins compares the beginning of a channel's name, any case.
func begins(name, prefix string) bool {
	return len(name) >= len(prefix) && strings.EqualFold(name[:len(prefix)], prefix)
}

// device is a channel's name up to its last part: SIP/101.
func device(name string) string {
	head, _, _ := strings.Cut(name, "-")
	return head
}

func meet(a, b []string) bool {
	return slices.ContainsFunc(a, func(x string) bool { return slices.Contains(b, x) })
}

// variable is one of another channel.
func variable(c *pbx.Channel, name string) string {
	v, _ := c.Var(name)
	return v
}
