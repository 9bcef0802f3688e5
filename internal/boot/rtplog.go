package boot

import (
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"obelisk/internal/sipstack"
	"obelisk/internal/trace"
	"obelisk/media"
)

// witnesses share the one of the media engine: the log of packets, and calls whose audio is
// kept.
type witnesses struct {
	mu       sync.Mutex // guards all below
	debug    media.Witness
	captured map[netip.AddrPort]string // local ports, and the ID of the call
	calls    map[string]int            // how often each was asked for
}

// apply tells the engine whom to tell; mu is held.
func (w *witnesses) apply(e *media.Engine, book *trace.Book) {
	debug, ports := w.debug, make(map[netip.AddrPort]string, len(w.captured))
	for a, id := range w.captured {
		ports[a] = id
	}
	if debug == nil && len(ports) == 0 {
		e.SetWitness(nil)
		return
	}
	e.SetWitness(func(p media.Packet) {
		if debug != nil {
			debug(p)
		}
		if id, ok := ports[p.Local]; ok {
			from, to := p.Local, p.Peer
			if p.In {
				from, to = to, from
			}
			book.Media.Note(from, to, time.Now(), id, p.Data)
		}
	})
}

// debugged is whom a command limits debugging to, with port 0 at each of its ports; the zero value is everybody.
func debugged(address string) (only netip.AddrPort, err error) {
	if address == "" {
		return only, nil
	}
	return sipstack.ParseAddress(address, 0)
}

// concerns says whether a peer is one of those that are debugged.
func concerns(only, peer netip.AddrPort) bool {
	return !only.IsValid() || peer.Addr().Unmap() == only.Addr() && (only.Port() == 0 || peer.Port() == only.Port())
}

// DebugPackets implements cli.Operation.
func (o operation) DebugPackets(on bool, address string) (string, error) {
	only, err := debugged(address)
	if err != nil {
		return "", err
	}
	w := &o.witnesses
	w.mu.Lock()
	defer w.mu.Unlock()
	w.debug = nil
	if on {
		w.debug = func(p media.Packet) {
			if !concerns(only, p.Peer) {
				return
			}
			text := "Sent RTP packet to      "
			if p.In {
				text = "Got  RTP packet from    "
			}
			o.logs.Say(0, "", "res_rtp_asterisk.c", fmt.Sprintf("%s%s (type %.2d, seq %.6d, ts %.6d, len %.6d)", text, p.Peer, p.PayloadType,
				p.Sequence, p.Timestamp, p.Payload))
		}
	}
	w.apply(o.media, o.core.Book())
	return only.String(), nil
}

// DebugControl implements cli.Operation.
func (o operation) DebugControl(on bool, address string) (string, error) {
	only, err := debugged(address)
	if err != nil {
		return "", err
	}
	if !on {
		o.media.SetControl(nil)
		return "", nil
	}
	o.media.SetControl(func(p media.Control) {
		if !concerns(only, p.Peer) {
			return
		}
		text := "Sent RTCP to "
		if p.In {
			text = "Got RTCP from "
		}
		o.logs.Say(0, "", "res_rtp_asterisk.c", fmt.Sprintf("%s%s: %s", text, p.Peer, p.Text))
	})
	return only.String(), nil
}

// errNoAudio: a call has no channel with audio of its own.
var errNoAudio = errors.New("the call has no audio at the moment")

// CaptureCall implements cli.System: the audio of a call is kept for a while. With 0 it
// ends.
func (s *System) CaptureCall(c *trace.Call, d time.Duration) error {
	w := &s.witnesses
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.captured == nil {
		w.captured, w.calls = map[netip.AddrPort]string{}, map[string]int{}
	}
	w.forget(c.ID)
	if d > 0 {
		found := false
		for _, ch := range s.core.Channels() {
			if st := ch.Leg().Stream(); ch.Trace() == c && st != nil && !st.Inner() {
				w.captured[st.Local()], found = c.ID, true
			}
		}
		if !found {
			return errNoAudio
		}
		w.calls[c.ID]++
		turn := w.calls[c.ID]
		time.AfterFunc(d, func() {
			w.mu.Lock()
			defer w.mu.Unlock()
			if w.calls[c.ID] == turn { // nobody asked anew
				w.forget(c.ID)
				delete(w.calls, c.ID)
				w.apply(s.media, s.core.Book())
			}
		})
	}
	w.apply(s.media, s.core.Book())
	return nil
}

func (w *witnesses) forget(id string) {
	for a, of := range w.captured {
		if of == id {
			delete(w.captured, a)
		}
	}
}
