package voiceagent

import (
	"encoding/base64"
	"encoding/json"
	"strconv"
	"sync/atomic"
	"time"

	"obelisk/media/program"
)

// twilio is the dialect of Twilio's bidirectional media streams: mu-law at 8 kHz in base64.
type twilio struct {
	seq, chunk atomic.Uint64
	begun      time.Time
	enc        *program.Hearer // of the caller's audio; of who writes it
	dec        *program.Reader // of the agent's; of who reads
}

func newTwilio() dialect {
	ulaw, _ := program.Named("ulaw")
	return &twilio{begun: time.Now(), enc: program.NewHearer(ulaw), dec: program.NewReader(ulaw)}
}

func (w *twilio) hushes() bool { return true }

func (w *twilio) protocols() []string { return nil }

func (w *twilio) event(t *talk, name string, more object) message {
	more["event"], more["sequenceNumber"], more["streamSid"] = name, strconv.FormatUint(w.seq.Add(1), 10), w.stream(t)
	return more.message()
}

// Ids look as theirs do: two letters and 32 digits.
func (w *twilio) stream(t *talk) string { return "MZ" + t.token }
func (w *twilio) call(t *talk) string   { return "CA" + t.token }
func (w *twilio) account() string       { return "AC00000000000000000000000000000000" }

func (w *twilio) start(t *talk, resumed bool) []message {
	w.seq.Store(0)
	w.chunk.Store(0)
	params := object{}
	for _, p := range t.p.Parameters {
		params[p[0]] = p[1]
	}
	if resumed {
		params["resume"] = t.token
	}
	return []message{
		object{"event": "connected", "protocol": "Call", "version": "1.0.0"}.message(),
		w.event(t, "start", object{"start": object{"accountSid": w.account(), "streamSid": w.stream(t), "callSid": w.call(t),
			"tracks": []string{"inbound"}, "mediaFormat": object{"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
			"customParameters": params}}),
	}
}

func (w *twilio) stop(t *talk) []message {
	return []message{w.event(t, "stop", object{"stop": object{"accountSid": w.account(), "callSid": w.call(t)}})}
}

func (w *twilio) audio(t *talk, pcm []int16) message {
	b := w.enc.Write(nil, pcm)
	return w.event(t, "media", object{"media": object{"track": "inbound", "chunk": strconv.FormatUint(w.chunk.Add(1), 10),
		"timestamp": strconv.FormatInt(time.Since(w.begun).Milliseconds(), 10), "payload": base64.StdEncoding.EncodeToString(b)}})
}

func (w *twilio) take(t *talk, text bool, b []byte) error {
	var e struct {
		Event string `json:"event"`
		Media struct {
			Payload string `json:"payload"`
		} `json:"media"`
		Mark struct {
			Name string `json:"name"`
		} `json:"mark"`
	}
	if !text || json.Unmarshal(b, &e) != nil {
		return errMessage
	}
	switch e.Event {
	case "media":
		raw, err := base64.StdEncoding.DecodeString(e.Media.Payload)
		if err != nil {
			return errMessage
		}
		t.say(w.dec.Read(raw))
	case "mark":
		if _, room := t.said.Marks(); room {
			t.said.Mark(e.Mark.Name)
		}
	case "clear":
		t.flush(true)
	}
	return nil
}

// marked is told of marks that are reached, and of those that are cleared.
func (w *twilio) marked(t *talk, id string, _ bool) {
	t.send(w.event(t, "mark", object{"mark": object{"name": id}}))
}
func (w *twilio) drained(*talk)    {}
func (w *twilio) full(*talk, bool) {}
func (w *twilio) key(t *talk, d byte) {
	t.send(w.event(t, "dtmf", object{"dtmf": object{"track": "inbound_track", "digit": string(d)}}))
}
func (w *twilio) speaks(*talk, bool)              {}
func (w *twilio) interrupted(*talk, interruption) {} // the marks come back, as after a clear
