package websocket

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"obelisk/media/program"
	"obelisk/pbx"
)

// Commands of a program and events for it, in plain words or as JSON.

// mostCommand is how long a command may be, in bytes; longer ones are ignored, as in Asterisk.
const mostCommand = 128

// Levels of the queue, in frames of 20 ms: full, the program is asked to stop, it may go on.
const (
	levelFull = 1000
	levelOff  = 900
	levelOn   = 800
)

// command is one of a program.
type command struct{ Name, ID, Way string }

// parse reads one; what it must be told of it is wrong.
func (l *leg) parse(b []byte) (c command, wrong string) {
	if !l.o.json {
		name, rest, _ := strings.Cut(string(b), " ")
		return command{Name: name, ID: strings.TrimSpace(rest)}, ""
	}
	var x struct {
		Command   string `json:"command"`
		ID        any    `json:"correlation_id"`
		Direction string `json:"direction"`
	}
	if json.Unmarshal(b, &x) != nil {
		return c, "Unable to parse JSON command"
	}
	id, _ := x.ID.(string)
	return command{Name: x.Command, ID: id, Way: x.Direction}, ""
}

// order does what a program wants.
func (l *leg) order(b []byte) {
	if len(b) == 0 || len(b) > mostCommand {
		return
	}
	c, wrong := l.parse(b)
	if wrong != "" {
		l.wrong(wrong)
		return
	}
	switch c.Name {
	case "ANSWER":
		l.answered()
	case "HANGUP":
		l.over(pbx.CauseNormal)
	case "GET_STATUS":
		l.status()
	case "SET_MEDIA_DIRECTION":
		l.turn(c)
	case "START_MEDIA_BUFFERING", "STOP_MEDIA_BUFFERING", "MARK_MEDIA", "FLUSH_MEDIA", "REPORT_QUEUE_DRAINED", "PAUSE_MEDIA",
		"CONTINUE_MEDIA":
		switch {
		case l.o.through:
			l.wrong(c.Name + " not supported in passthrough mode")
		case l.direction() == onlyIn:
			l.wrong(c.Name + " not supported while media direction is 'in'")
		default:
			l.play(c)
		}
	}
}

// play does what a program wants of its queue.
func (l *leg) play(c command) {
	switch c.Name {
	case "START_MEDIA_BUFFERING":
		l.bulk.Store(true)
	case "STOP_MEDIA_BUFFERING":
		l.bulk.Store(false)
		l.reader.Forget()
		l.mark(mark{"MEDIA_BUFFERING_COMPLETED", c.ID})
	case "MARK_MEDIA":
		l.mark(mark{"MEDIA_MARK_PROCESSED", c.ID})
	case "FLUSH_MEDIA":
		l.bulk.Store(false)
		l.reader.Forget()
		l.queue.Flush(false)
	case "REPORT_QUEUE_DRAINED":
		l.queue.Report(false)
	case "PAUSE_MEDIA", "CONTINUE_MEDIA":
		l.queue.Pause(c.Name == "PAUSE_MEDIA")
	}
}

// mark is what is told when it is reached.
type mark struct{ event, id string }

func (l *leg) mark(m mark) {
	if _, room := l.queue.Marks(); !room {
		l.wrong("too many marks wait")
		return
	}
	l.queue.Mark(m)
}

// turn is SET_MEDIA_DIRECTION.
func (l *leg) turn(c command) {
	switch {
	case !l.o.json:
		l.wrong("SET_MEDIA_DIRECTION only supports JSON format.\n")
	case c.Way == "":
		l.wrong("SET_MEDIA_DIRECTION requires a 'direction' parameter.\n")
	case !direction(c.Way).valid():
		l.wrong("'" + c.Way + "' is not a valid direction for SET_MEDIA_DIRECTION.\n")
	default:
		way := direction(c.Way)
		l.way.Store(&way)
	}
}

// notice is told by the queue.
func (l *leg) notice(n program.Notice) {
	switch n.Kind {
	case program.Marked:
		m := n.ID.(mark)
		if l.o.json {
			l.tell(m.event, field{"channel_id", l.channelID()}, field{"correlation_id", m.id})
		} else if m.id != "" {
			l.text(m.event + " " + m.id)
		} else {
			l.text(m.event)
		}
	case program.Drained:
		l.bare("QUEUE_DRAINED")
	case program.HasRoom:
		l.bare("MEDIA_XON")
	}
}

// field of an event.
type field struct {
	name  string
	value any
}

// bare is an event that says no more than its name.
func (l *leg) bare(event string) {
	if l.o.json {
		l.tell(event, field{"channel_id", l.channelID()})
	} else {
		l.text(event)
	}
}

// tell sends an event: in plain words name:value after value, in order.
func (l *leg) tell(event string, fields ...field) {
	var b strings.Builder
	if l.o.json {
		b.WriteString(`{"event":` + quoted(event))
		for _, f := range fields {
			b.WriteString("," + quoted(f.name) + ":" + quoted(f.value))
		}
		b.WriteString("}")
	} else {
		b.WriteString(event)
		for _, f := range fields {
			fmt.Fprintf(&b, " %s:%v", f.name, f.value)
		}
	}
	l.text(b.String())
}

// quoted is a value as JSON.
func quoted(v any) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(v) != nil {
		return "null"
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func (l *leg) wrong(text string) {
	l.tell("ERROR", field{"channel_id", l.channelID()}, field{"error_text", text})
}

// start is the first event.
func (l *leg) start() {
	fields := []field{{"connection_id", l.id}, {"channel", l.name}, {"channel_id", l.channelID()}, {"format", l.o.format.Name},
		{"optimal_frame_size", l.o.format.Frame}, {"ptime", 20}}
	if l.o.json {
		fields = append(fields, field{"channel_variables", json.RawMessage(l.variables())})
	}
	l.tell("MEDIA_START", fields...)
}

// variables are those of the channel, as an object of JSON.
func (l *leg) variables() string {
	var pairs []string
	if c := l.ch.Load(); c != nil {
		c.EachVar(func(name, value string) {
			if !strings.HasPrefix(name, pbx.GroupPrefix) {
				pairs = append(pairs, quoted(name)+":"+quoted(value))
			}
		})
	}
	slices.Reverse(pairs) // the newest came first
	return "{" + strings.Join(pairs, ",") + "}"
}

// status answers GET_STATUS.
func (l *leg) status() {
	n, paused := l.queue.Length()
	frame := l.o.format.Rate / 50
	if bulk := l.bulk.Load(); !bulk {
		n += frame - 1
	}
	l.tell("STATUS", field{"channel_id", l.channelID()}, field{"queue_length", n / frame}, field{"xon_level", levelOn},
		field{"xoff_level", levelOff}, field{"queue_full", l.queue.Off()}, field{"bulk_media", l.bulk.Load()}, field{"media_paused", paused})
}
