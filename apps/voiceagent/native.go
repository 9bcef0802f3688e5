package voiceagent

import (
	"cmp"
	"encoding/json"
	"errors"

	"obelisk/media/program"
)

// dialect is how an agent is spoken with. The methods may be called from anywhere; those that are told
// something on a stream's loop (marked, drained, full) must not block.
type dialect interface {
	protocols() []string
	// start are the first messages of a connection; stop are the last ones.
	start(t *talk, resumed bool) []message
	stop(t *talk) []message
	// audio is the caller's, at the agent's rate; take is what the agent says.
	audio(t *talk, pcm []int16) message
	take(t *talk, text bool, b []byte) error

	marked(t *talk, id string, flushed bool)
	drained(t *talk)
	full(t *talk, on bool)
	key(t *talk, d byte)
	speaks(t *talk, on bool) // the caller
	interrupted(t *talk, x interruption)
	// hushes says whether the agent cannot be heard from an interruption on until the caller has
	// finished, or it says that it knows; else the dialect sees to that.
	hushes() bool
}

var dialects = map[string]func() dialect{
	"native": func() dialect { return &native{} },
	"twilio": newTwilio,
	"openai": func() dialect { return &openai{} },
}

// object is one of JSON.
type object map[string]any

func (o object) message() message {
	b, err := json.Marshal(o)
	if err != nil {
		b = []byte("{}")
	}
	return text(b)
}

var errMessage = errors.New("the agent sends what is no message of its dialect")

func (*native) hushes() bool { return true }

// native is that of the media WebSocket with JSON, and more: resumption, interruptions, transfers.
type native struct{ pcm []int16 }

func (*native) protocols() []string { return []string{"media"} }

func (*native) start(t *talk, resumed bool) []message {
	v := t.c.View()
	params := object{}
	for _, p := range t.p.Parameters {
		params[p[0]] = p[1]
	}
	return []message{object{"event": "MEDIA_START", "connection_id": t.token, "channel": t.c.Name(), "channel_id": t.c.UniqueID(),
		"format": t.p.Format.Name, "optimal_frame_size": t.p.Format.Frame, "ptime": 20, "resume_token": t.token, "resumed": resumed,
		"caller": object{"number": v.CallerID.Num, "name": v.CallerID.Name}, "called": cmp.Or(t.c.DNID(), v.At.Exten),
		"parameters": params}.message()}
}

func (*native) stop(*talk) []message { return nil }

func (*native) audio(_ *talk, pcm []int16) message {
	return message{binary: true, b: program.Bytes(make([]byte, 0, 2*len(pcm)), pcm)}
}

func (n *native) take(t *talk, text bool, b []byte) error {
	if !text {
		n.pcm = program.Samples(n.pcm[:0], b)
		t.say(n.pcm)
		return nil
	}
	var c struct {
		Command string `json:"command"`
		ID      string `json:"correlation_id"`
		To      string `json:"to"`
		Summary string `json:"summary"`
	}
	if json.Unmarshal(b, &c) != nil {
		return errMessage
	}
	switch c.Command {
	case "MARK_MEDIA":
		if _, room := t.said.Marks(); room {
			t.said.Mark(c.ID)
		}
	case "FLUSH_MEDIA":
		t.flush(false)
	case "REPORT_QUEUE_DRAINED":
		t.said.Report(false)
	case "PAUSE_MEDIA", "CONTINUE_MEDIA":
		t.said.Pause(c.Command == "PAUSE_MEDIA")
	case "MASK_KEYS":
		t.masked.Store(true)
	case "SUMMARY_START", "SUMMARY_END":
		t.record(c.Command == "SUMMARY_START")
	case "TRANSFER":
		t.wants(order{"transfer", c.To, c.Summary})
	case "HANGUP":
		t.wants(order{kind: "hangup"})
	case "DONE":
		t.wants(order{kind: "done"})
	case "ANSWER", "START_MEDIA_BUFFERING", "STOP_MEDIA_BUFFERING":
	default:
		t.send(object{"event": "ERROR", "channel_id": t.c.UniqueID(), "error_text": "unknown command"}.message())
	}
	return nil
}

func (*native) event(t *talk, name string, more object) {
	o := object{"event": name, "channel_id": t.c.UniqueID()}
	for k, v := range more {
		o[k] = v
	}
	t.send(o.message())
}

func (n *native) marked(t *talk, id string, flushed bool) {
	if !flushed {
		n.event(t, "MEDIA_MARK_PROCESSED", object{"correlation_id": id})
	}
}
func (n *native) drained(t *talk) { n.event(t, "QUEUE_DRAINED", nil) }
func (n *native) full(t *talk, on bool) {
	n.event(t, map[bool]string{true: "MEDIA_XOFF", false: "MEDIA_XON"}[on], nil)
}
func (n *native) key(t *talk, d byte) { n.event(t, "DTMF_END", object{"digit": string(d)}) }
func (n *native) speaks(t *talk, on bool) {
	n.event(t, map[bool]string{true: "SPEECH_STARTED", false: "SPEECH_ENDED"}[on], nil)
}
func (n *native) interrupted(t *talk, x interruption) {
	n.event(t, "BARGE_IN", object{"heard_ms": x.Heard.Milliseconds(), "sent_ms": x.Sent.Milliseconds(),
		"dropped_ms": x.Dropped.Milliseconds(), "mark": x.Mark})
}
