package voiceagent

import (
	"encoding/base64"
	"encoding/json"
	"sync"

	"obelisk/media/program"
)

// openai is the dialect of OpenAI's realtime interface over a WebSocket: signed linear at 24 kHz in base64.
// Here speech is detected at both ends: whoever hears the caller first silences the agent, and the
// model is told how much of its sentence was heard.
type openai struct {
	pcm []int16

	mu   sync.Mutex // guards the next
	item string     // what is said, of the agent
	dead string     // of which no more is to be heard
}

func (*openai) hushes() bool { return false }

func (*openai) protocols() []string { return nil }

func (o *openai) start(t *talk, resumed bool) []message {
	pcm := object{"type": "audio/pcm", "rate": 24000}
	output := object{"format": pcm}
	if t.p.Voice != "" {
		output["voice"] = t.p.Voice
	}
	session := object{"type": "realtime", "output_modalities": []string{"audio"},
		"audio": object{"input": object{"format": pcm, "turn_detection": object{"type": "server_vad"}}, "output": output},
		"tools": []object{
			{"type": "function", "name": "transfer", "description": "Hands the call over to an extension.", "parameters": object{"type": "object",
				"properties": object{"to": object{"type": "string"}, "summary": object{"type": "string"}}, "required": []string{"to"}}},
			{"type": "function", "name": "hangup", "description": "Ends the call.", "parameters": object{"type": "object", "properties": object{}}},
		}}
	if t.p.Instructions != "" {
		session["instructions"] = t.p.Instructions
	}
	out := []message{object{"type": "session.update", "session": session}.message()}
	if t.p.Greeting != "" && !resumed {
		out = append(out, object{"type": "response.create", "response": object{"instructions": t.p.Greeting}}.message())
	}
	return out
}

func (*openai) stop(*talk) []message { return nil }

func (*openai) audio(_ *talk, pcm []int16) message {
	b := program.Bytes(make([]byte, 0, 2*len(pcm)), pcm)
	return object{"type": "input_audio_buffer.append", "audio": base64.StdEncoding.EncodeToString(b)}.message()
}

func (o *openai) take(t *talk, text bool, b []byte) error {
	var e struct {
		Type      string `json:"type"`
		Delta     string `json:"delta"`
		Item      string `json:"item_id"`
		Name      string `json:"name"`
		Arguments string `json:"arguments"`
		Error     struct {
			Message string `json:"message"`
		} `json:"error"`
	}
	if !text || json.Unmarshal(b, &e) != nil {
		return errMessage
	}
	switch e.Type {
	case "response.output_audio.delta", "response.audio.delta":
		raw, err := base64.StdEncoding.DecodeString(e.Delta)
		if err != nil {
			return errMessage
		}
		o.mu.Lock()
		next, dead := e.Item != o.item, e.Item != "" && e.Item == o.dead
		o.item = e.Item
		o.mu.Unlock()
		if dead {
			return nil
		}
		if next {
			t.sentence()
		}
		o.pcm = program.Samples(o.pcm[:0], raw)
		t.say(o.pcm)
	case "input_audio_buffer.speech_started":
		if n, _ := t.said.Length(); n > 0 {
			t.interrupt()
		}
	case "response.function_call_arguments.done":
		o.called(t, e.Name, e.Arguments)
	case "error":
		t.c.Warn("VoiceAgent: " + t.p.Name + " says: " + e.Error.Message)
	}
	return nil
}

// called is a function that the model calls.
func (*openai) called(t *talk, name, arguments string) {
	var a struct{ To, Summary string }
	json.Unmarshal([]byte(arguments), &a) // what is not there is empty
	switch name {
	case "transfer":
		t.wants(order{"transfer", a.To, a.Summary})
	case "hangup":
		t.wants(order{kind: "hangup"})
	}
}

func (*openai) marked(*talk, string, bool) {}
func (*openai) drained(*talk)              {}
func (*openai) full(*talk, bool)           {}
func (*openai) speaks(*talk, bool)         {}

// key tells of one as of words of the caller.
func (*openai) key(t *talk, d byte) {
	t.send(object{"type": "conversation.item.create", "item": object{"type": "message", "role": "user",
		"content": []object{{"type": "input_text", "text": "(the caller pressed the key " + string(d) + ")"}}}}.message())
}

func (o *openai) interrupted(t *talk, x interruption) {
	o.mu.Lock()
	item := o.item
	o.dead = item
	o.mu.Unlock()
	t.send(object{"type": "response.cancel"}.message())
	if item != "" {
		t.send(object{"type": "conversation.item.truncate", "item_id": item, "content_index": 0,
			"audio_end_ms": x.Heard.Milliseconds()}.message())
	}
}
