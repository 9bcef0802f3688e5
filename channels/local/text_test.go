package local

import (
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/testkit/handset"
	"obelisk/pbx"
)

// reader is a phone that shows text.
type reader struct{ *handset.Handset }

func (r reader) Call(pbx.CallInfo)    { r.Channel().Post(pbx.Event{Kind: pbx.EventAnswered}) }
func (r reader) SendText(text string) { r.Note("text:" + text) }

type readers struct{ r reader }

func (readers) Name() string                           { return "Reader" }
func (t readers) Request(pbx.Request) (pbx.Leg, error) { return t.r, nil }

// Text goes through a Local channel that stays in the call, from either side.
func TestTextThroughLocal(t *testing.T) {
	onBoard(t, func(t *testing.T, b *board) {
		far := reader{handset.New(b.tech.media, "far")}
		b.core.RegisterTech(readers{far})
		r := b.core.Originate(pbx.Originate{Tech: "Local", Resource: "text@in/n", App: "SendText", Data: "hello", Timeout: 5 * time.Second})
		synctest.Wait()
		if r.Reason != pbx.OriginateAnswered || far.Heard() != "text:hello" {
			t.Errorf("%v: the phone has %q", r, far.Heard())
		}
		for _, c := range b.core.Channels() {
			c.SoftHangup(pbx.CauseNormal)
		}
	})
}
