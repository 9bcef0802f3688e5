package boot

import (
	"strings"

	"obelisk/manage/ami"
	"obelisk/manage/cli"
)

// NeedsRestart implements cli.Operation.
func (o operation) NeedsRestart() []string { return needRestart(o.conf.modules) }

// insideView is the system as the console asks of its inside.
type insideView struct{ s *System }

// Names implements cli.Inside.
func (v insideView) Names() cli.Names {
	every, entries := v.s.conf.names.Refreshing()
	return cli.Names{Every: every, Entries: entries}
}

// LookUpNames implements cli.Inside.
func (v insideView) LookUpNames() { v.s.conf.names.LookUp() }

// Countries implements cli.Inside.
func (v insideView) Countries() (out []cli.Country, main string) {
	list, main := v.s.core.Countries()
	for _, c := range list {
		out = append(out, cli.Country(c))
	}
	return out, main
}

// AddTone implements cli.Inside.
func (v insideView) AddTone(country, name, tones string) error {
	return v.s.core.AddTone(country, name, tones)
}

// RemoveTone implements cli.Inside.
func (v insideView) RemoveTone(country, name string) bool { return v.s.core.RemoveTone(country, name) }

// Streams implements cli.Inside.
func (v insideView) Streams() (out []cli.Stream) {
	for _, ch := range v.s.core.Channels() {
		s := ch.Leg().Stream()
		if s == nil || s.Local().Port() == 0 {
			continue
		}
		st, source := s.Stats(), "-"
		if st.Source.IsValid() {
			source = st.Source.String()
		}
		out = append(out, cli.Stream{Channel: ch.Name(), Local: s.Local().String(), Source: source, Received: uint64(st.RxPackets),
			Sent: uint64(st.TxPackets),
			Lost: uint64(st.Lost), BadSource: uint64(st.BadSource)})
	}
	return out
}

// LocalChannels implements cli.Inside.
func (v insideView) LocalChannels() (out [][2]string) {
	for _, ch := range v.s.core.Channels() {
		if leg, ok := ch.Leg().(interface{ Resource() string }); ok && ch.TechName() == "Local" && strings.HasSuffix(ch.Name(), ";1") {
			out = append(out, [2]string{ch.Name(), leg.Resource()})
		}
	}
	return out
}

// shownClasses are the rights of a manager user, as Asterisk lists them.
func shownClasses(c ami.Class) string {
	text := c.String()
	if c.All() {
		return text
	}
	return strings.TrimSuffix(text, ",all")
}
