// Package handset has what all phones of tests without a network have in common: a leg of no
// protocol, with audio that leads nowhere. A test's own phone embeds it and says what it does
// when it is called.
package handset

import (
	"strings"
	"sync"

	"obelisk/media"
	"obelisk/pbx"
)

// Handset implements pbx.Leg but for Call. It is safe for use by several goroutines.
type Handset struct {
	Name        string
	stream, far *media.Stream

	mu    sync.Mutex // guards all below
	ch    *pbx.Channel
	told  []string
	cause pbx.Cause
	over  bool
}

// New makes one.
func New(e *media.Engine, name string) *Handset {
	h := &Handset{Name: name}
	h.stream, h.far = e.Pipe(nil)
	return h
}

// Channel is the one that it has now.
func (h *Handset) Channel() *pbx.Channel {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.ch
}

// Far is the end at which a person would speak and hear.
func (h *Handset) Far() *media.Stream { return h.far }

// Note adds to what it was told.
func (h *Handset) Note(text string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.told = append(h.told, text)
}

// Heard is what it was told, with blanks between; Forget begins anew.
func (h *Handset) Heard() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return strings.Join(h.told, " ")
}

// Forget forgets what it was told.
func (h *Handset) Forget() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.told = nil
}

// Ended says whether it is hung up, by whichever side.
func (h *Handset) Ended() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.over
}

// Cause is the one with which it was hung up first.
func (h *Handset) Cause() pbx.Cause {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.cause
}

// Bind implements pbx.Leg.
func (h *Handset) Bind(c *pbx.Channel) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ch = c
}

// Hangup implements pbx.Leg.
func (h *Handset) Hangup(cause pbx.Cause) {
	h.mu.Lock()
	again := h.over
	if !again {
		h.over, h.cause = true, cause
	}
	h.mu.Unlock()
	if !again {
		h.stream.Close()
		h.far.Close()
	}
}

// The rest implements pbx.Leg.
func (h *Handset) Resource() string        { return h.Name }
func (h *Handset) Rebind(c *pbx.Channel)   { h.Bind(c) }
func (h *Handset) Indicate(pbx.Indication) {}
func (h *Handset) Answer()                 { h.Note("answered") }
func (h *Handset) Stream() *media.Stream   { return h.stream }
func (h *Handset) Codecs() []media.Codec   { return nil }
func (h *Handset) Restrict([]media.Codec)  {}

// Speak sends a moment of audio, as who holds it would.
func (h *Handset) Speak() { h.far.Play(media.NewKeyTone('1', 20), nil) }
