package cli

import (
	"slices"

	"obelisk/pbx"
)

// oneOf completes a first argument that is one of some words.
func oneOf(words ...string) completer {
	return func(args []string) []string {
		if len(args) > 0 {
			return nil
		}
		return words
	}
}

// completeCore says how arguments go on that are channels, places of the dialplan,
// applications and functions.
func (c *Console) completeCore(core *pbx.Core) {
	first := func(list func() []string) completer {
		return func(args []string) []string {
			if len(args) > 0 {
				return nil
			}
			return list()
		}
	}
	channels := func() (out []string) {
		for _, ch := range core.Channels() {
			out = append(out, ch.Name())
		}
		return out
	}
	places := func() (out []string) {
		for _, x := range core.Plan().Order {
			out = append(out, x.Name)
			for _, e := range x.Extensions {
				out = append(out, e.Name+"@"+x.Name)
			}
		}
		return out
	}
	c.Completes("core show channel", first(channels))
	c.Completes("channel redirect", first(channels))
	c.Completes("channel request hangup", first(func() []string { return append(channels(), "all") }))
	c.Completes("dialplan show chanvar", first(channels))
	c.Completes("dialplan set chanvar", first(channels))
	c.Completes("dialplan show", first(places))
	c.Completes("dialplan explain", first(places))
	c.Completes("dialplan debug", first(places))
	c.Completes("core show application", first(core.AppNames))
	c.Completes("core show function", first(func() (out []string) {
		for _, f := range core.Funcs() {
			out = append(out, f.Name)
		}
		return out
	}))
	c.Completes("core show channels", first(func() []string { return []string{"concise", "verbose", "count"} }))
	c.Completes("core show uptime", first(func() []string { return []string{"seconds"} }))
	c.Completes("channel originate", func(args []string) []string {
		switch {
		case len(args) == 1:
			return []string{"application", "extension"}
		case len(args) == 2 && args[1] == "application":
			return core.AppNames()
		case len(args) == 2 && args[1] == "extension":
			return places()
		}
		return nil
	})
}

// completeSIP says how arguments go on that are endpoints.
func (c *Console) completeSIP(s SIP) {
	peers := func() (out []string) {
		for _, p := range s.Peers() {
			out = append(out, p.Name)
		}
		return out
	}
	for _, command := range []string{"sip show peer", "sip qualify peer", "sip unregister", "sip show registrations"} {
		c.Completes(command, func(args []string) []string {
			if len(args) > 0 {
				return nil
			}
			return peers()
		})
	}
	c.Completes("sip notify", func(args []string) []string {
		if len(args) == 0 {
			return nil
		}
		return slices.DeleteFunc(peers(), func(p string) bool { return slices.Contains(args[1:], p) })
	})
	c.Completes("sip set debug", func(args []string) []string {
		switch {
		case len(args) == 0:
			return []string{"on", "off", "ip", "peer", "call"}
		case len(args) == 1 && args[0] == "peer":
			return peers()
		}
		return nil
	})
}
