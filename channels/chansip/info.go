package chansip

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"obelisk/channels/chansip/body"
	"obelisk/internal/sipstack"
	"obelisk/media"
	"obelisk/pbx"
)

// Keys in INFO, in the forms that phones use.

// info takes an INFO of the call. What cannot be read of a type that is known is answered
// 200 all the same, as chan_sip does.
func (l *Leg) info(tx *sipstack.ServerTx, m *sipstack.Message) {
	switch code := m.Header("X-ClientCode"); { // the buttons of snom phones
	case code != "":
		l.clientCode(tx, code)
		return
	case m.Has("Record"):
		l.record(tx, m.Header("Record"))
		return
	}
	if len(m.Body) == 0 {
		l.d.respond(tx, 200, "OK")
		return
	}
	p, _ := body.Find(m, "application/dtmf-relay", "application/vnd.nortelnetworks.digits", "application/dtmf", "audio/telephone-event",
		"application/hook-flash", "application/media_control+xml", "")
	if p == nil {
		l.d.refuseBody(tx, m, body.KeyTypes)
		return
	}
	switch {
	case p.Kind == "application/media_control+xml":
		l.tell(pbx.Event{Kind: pbx.EventPicture})
	case isFlash(p):
		if l.ch != nil {
			l.ch.Flash()
		}
	case p.Kind == "audio/telephone-event" && len(p.Text) == 4 && int(p.Text[0]) < len(media.EventDigits):
		l.heardEvent(media.EventDigits[p.Text[0]], p.Text[1]&0x80 != 0)
	default:
		if key, ok := keyIn(p); ok {
			l.stream.PressFor(key, lengthIn(p))
		}
	}
	l.d.respond(tx, 200, "OK")
}

// isFlash says whether an INFO tells of a hook flash: by its type, or by the event 16 (RFC 2833
// section 3.10) where a key would be.
func isFlash(p *body.Part) bool {
	switch p.Kind {
	case "application/hook-flash":
		return true
	case "application/dtmf-relay", "application/vnd.nortelnetworks.digits":
		return namedKey(string(p.Text), "=") == "16"
	case "application/dtmf":
		return strings.TrimSpace(string(p.Text)) == "16"
	}
	return false
}

// record is the button for one-touch recording. There is no such recording here: as in
// chan_sip where features.conf maps no key to the feature, 403 tells the phone not to ask again.
func (l *Leg) record(tx *sipstack.ServerTx, what string) {
	e := l.Endpoint()
	feature, known := map[string]string{"on": e.RecordOn, "off": e.RecordOff}[strings.ToLower(strings.TrimSpace(what))]
	switch {
	case !known:
		l.d.log.Error().Ctx(l.trace.Context()).Msgf("Received INFO requesting to record with invalid value: %s", what)
	case feature != "":
		l.d.log.Warn().Ctx(l.trace.Context()).Msg("Recording requested, but no One Touch Monitor registered. (See features.conf)")
	}
	l.d.respond(tx, 403, "Forbidden")
}

// clientCode takes the account code that the phone wants the call to have (useclientcode).
func (l *Leg) clientCode(tx *sipstack.ServerTx, code string) {
	if !l.Endpoint().ClientCode {
		l.d.respond(tx, 403, "Forbidden")
		return
	}
	if l.ch != nil {
		l.ch.Records().SetUserField(code)
		l.trace.Note("%s gives the call the code %s", l.resource, code)
	}
	l.d.respond(tx, 200, "OK")
}

// heardKey takes a key as if it had come in the audio's stream, through the same gate.
func (l *Leg) heardKey(key byte) { l.stream.Press(key) }

// heardEvent takes a key as a payload of RFC 4733: one that only ends what an earlier one
// began is no further key.
func (l *Leg) heardEvent(key byte, ends bool) {
	if ends && l.infoKey == key {
		l.infoKey = 0
		return
	}
	if l.infoKey = 0; !ends {
		l.infoKey = key
	}
	l.heardKey(key)
}

// keyIn reads the key of an INFO; false where there is none.
func keyIn(p *body.Part) (key byte, ok bool) {
	text := string(p.Text)
	digit := ""
	switch p.Kind {
	case "application/dtmf-relay", "application/vnd.nortelnetworks.digits":
		digit = namedKey(text, "=")
	case "application/dtmf":
		digit = strings.TrimSpace(text)
	case "audio/telephone-event":
		if digit = namedKey(strings.ReplaceAll(text, ":", "="), "="); digit == "" {
			digit = strings.TrimSpace(text)
		}
	}
	if n, err := strconv.Atoi(digit); err == nil && len(digit) == 2 && n >= 10 && n < len(media.EventDigits) {
		digit = media.EventDigits[n : n+1]
	}
	if digit = strings.ToUpper(digit); len(digit) != 1 || !strings.Contains(media.EventDigits, digit) {
		return 0, false
	}
	return digit[0], true
}

// lengthIn is how long the key of an INFO was pressed: its line Duration, else 100 ms.
func lengthIn(p *body.Part) time.Duration {
	for line := range strings.Lines(string(p.Text)) {
		k, v, _ := strings.Cut(line, "=")
		if n, err := strconv.ParseUint(strings.TrimSpace(v), 10, 16); err == nil && n > 0 && strings.EqualFold(strings.TrimSpace(k),
			"Duration") {
			return time.Duration(n) * time.Millisecond
		}
	}
	return 100 * time.Millisecond
}

// namedKey finds the line that names the key: "Signal=5", "d=5", "Digit: 5".
func namedKey(text, sep string) (digit string) {
	for _, line := range strings.FieldsFunc(text, func(r rune) bool { return r == '\r' || r == '\n' }) {
		k, v, _ := strings.Cut(line, sep)
		switch strings.ToLower(strings.TrimSpace(k)) {
		case "signal", "d", "digit", "event":
			digit = strings.TrimSpace(v)
		}
	}
	return digit
}

// sendInfo sends a key in an INFO: "Signal=5", or with dtmfmode=shortinfo the
// number of the event alone.
func (l *Leg) sendInfo(key byte, short bool) {
	if l.state != legUp {
		return
	}
	kind, body := "application/dtmf-relay", fmt.Appendf(nil, "Signal=%c\r\nDuration=250\r\n", key)
	if short {
		kind, body = "application/dtmf", fmt.Appendf(nil, "%d\r\n", strings.IndexByte(media.EventDigits, key))
	}
	l.askWith("INFO", kind, body)
}

// refuseBody answers 415.
func (d *Driver) refuseBody(tx *sipstack.ServerTx, m *sipstack.Message, takes string) {
	d.respond(tx, 415, "Unsupported Media Type", body.AcceptHeaders(m, takes)...)
}
