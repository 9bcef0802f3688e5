package pbx

import (
	"testing"
	"time"

	"obelisk/media"
)

// A function that is evaluated without a call while the switchboard waits for the last one.
func TestDropTellsThatTheSwitchboardIsIdle(t *testing.T) {
	c := NewCore(Config{})
	ch := c.Bare(Nowhere)
	idle := c.Refuse(true)
	c.Drop(ch)
	select {
	case <-idle:
	case <-time.After(10 * time.Second):
		t.Fatal("no channel is left and nobody is told: a graceful stop waits for ever")
	}
}

// Channels that have exchanged their names are taken off the list, whichever is first, and
// also when one of them was gone already.
func TestExchangedNamesAreTakenOff(t *testing.T) {
	for _, gone := range []bool{false, true} {
		c := NewCore(Config{})
		a, b := c.Bare(Nowhere), c.Bare(Nowhere)
		if gone {
			c.remove(b)
		}
		a.exchange(b)
		if !c.remove(a) || c.remove(b) == gone {
			t.Errorf("gone %v: %d channels left", gone, len(c.channels))
		}
	}
}

// mediaLess is a leg without media.
type mediaLess struct{ Leg }

func (mediaLess) Stream() *media.Stream { return nil }

// A tone, or music, that was begun on a leg with media is ended on one that has none: the
// leg of a channel may be exchanged meanwhile.
func TestSilenceWithoutMedia(t *testing.T) {
	c := NewCore(Config{}).Bare(Nowhere)
	c.leg = mediaLess{}
	e, err := media.New(media.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	before, _ := e.Pipe(nil)
	c.toning, c.hears = before.Play(media.NewClip(nil), nil), &music{plays: true, voice: before.Play(media.NewClip(nil), nil)}
	c.StopTone()
	c.StopMusic()
	if c.toning != nil || c.hears.plays {
		t.Error("it goes on")
	}
}

// A leg that has just gone to another channel, while the call that it was for is put through,
// leaves none behind that has media.
func TestBridgeWithoutMedia(t *testing.T) {
	Link(mediaLess{}, departed{mediaLess{}})
	Unlink(departed{mediaLess{}})
}
