package pbx

// What a channel asks of those who are dialled from it (CHANNEL(secure_bridge_signaling) and
// CHANNEL(secure_bridge_media)).

// The names of the wishes.
const (
	SecureSignaling = "secure_bridge_signaling"
	SecureMedia     = "secure_bridge_media"
)

// Securing is a Tech that can keep to such a wish.
type Securing interface {
	// Secures says so.
	Secures() bool
}

// AskSecure notes a wish of the channel, or takes it back.
func (c *Channel) AskSecure(what string, wanted bool) {
	value := ""
	if wanted {
		value = "1"
	}
	c.SetFact(what, value)
}

// SecureAsked says what the caller wishes of a leg; asked is false where he has said nothing about
// either, and the leg is as its own configuration wants it.
func (r Request) SecureAsked() (signaling, media, asked bool) {
	if r.Caller == nil {
		return false, false, false
	}
	s, first := r.Caller.Fact(SecureSignaling)
	m, second := r.Caller.Fact(SecureMedia)
	return s != "", m != "", first || second
}

// secures says whether a technology can do what the caller asks of it.
func secures(t Tech, r Request) bool {
	signaling, media, _ := r.SecureAsked()
	able, ok := t.(Securing)
	return !signaling && !media || ok && able.Secures()
}
