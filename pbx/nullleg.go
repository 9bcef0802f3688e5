package pbx

import "obelisk/media"

// phantomLeg is the phone that some channels do not have: those of messages, the one that runs
// the extension "failed", and the bare ones of no call.
type phantomLeg struct {
	name, resource string
	done           func()
}

func (l *phantomLeg) ChannelName() string  { return l.name }
func (l *phantomLeg) Resource() string     { return l.resource }
func (*phantomLeg) Bind(*Channel)          {}
func (*phantomLeg) Rebind(*Channel)        {}
func (*phantomLeg) Call(CallInfo)          {}
func (*phantomLeg) Indicate(Indication)    {}
func (*phantomLeg) Answer()                {}
func (l *phantomLeg) Hangup(Cause)         { l.done() }
func (*phantomLeg) Stream() *media.Stream  { return nil }
func (*phantomLeg) Codecs() []media.Codec  { return nil }
func (*phantomLeg) Restrict([]media.Codec) {}

// IsBare says whether it is a channel of no call (Core.Bare).
func (c *Channel) IsBare() bool { return c.bare }
