package sipstack

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"obelisk/internal/printable"
)

// Reject is a message that cannot be used. Status is the answer that is due,
// 0 for none (responses, ACK, or no way back).
type Reject struct {
	Status int
	Reason string
	Why    error
	Msg    *Message // as far as it was understood; enough to answer
}

func (r *Reject) Error() string { return fmt.Sprintf("%d %s: %v", r.Status, r.Reason, r.Why) }

// Parse turns bytes into a checked message, which keeps parts of them. The
// error is a *Reject.
//
// sipgo's parser reads the same (a test holds the two against each other), but
// it makes an object for each header and costs three times as much.
func Parse(data []byte) (*Message, error) {
	m := new(Message)
	start, err := m.scan(data)
	if err != nil {
		status, reason := 400, "Bad Request"
		if errors.Is(err, ErrTooLarge) {
			status, reason = 513, "Message Too Large"
		}
		return nil, reject(salvage(data), status, reason, err)
	}
	if wrong := m.startLine(start); wrong != nil {
		return nil, reject(salvage(data), 400, "Bad Request", wrong)
	}
	m.Size = len(data)
	if status, reason, err := m.check(); err != nil {
		return nil, reject(m, status, reason, err)
	}
	return m, nil
}

// startLine reads the first line. As in chan_sip blanks may be anywhere around its three
// parts, and the URI may stand in angle brackets.
func (m *Message) startLine(line string) error {
	first, rest := cutBlank(line)
	if strings.HasPrefix(first, "SIP/") {
		code, reason := cutBlank(rest)
		n, err := strconv.Atoi(code)
		if err != nil || n < 100 || n > 699 {
			return fmt.Errorf("status '%s' is no status", code)
		}
		m.Status, m.Reason = n, reason
		return nil
	}
	uri, version := cutBlank(rest)
	uri = strings.TrimSuffix(strings.TrimPrefix(uri, "<"), ">")
	if uri == "" || version == "" || strings.ContainsAny(version, " \t\r") {
		return errors.New("request line is not 'METHOD URI SIP/2.0'")
	}
	m.Method, m.RequestURI, m.Reason = first, printable.Name(uri), version
	return nil
}

// check fills the mandatory fields and applies the rules of RFC 3261 8.1.1
// and 7.3. The status is what a request deserves when err is set.
func (m *Message) check() (status int, reason string, err error) {
	version := m.Reason
	if m.IsRequest() {
		m.Reason = ""
	}
	var via, from, to, callID, cseq bool
	for i := range m.headers.len() {
		h := m.headers.line(i)
		switch { // of several the first counts, as in chan_sip
		case !via && equalName(h.name, "Via"):
			via = true
			m.takeVia(h.value)
		case !from && equalName(h.name, "From"):
			from = true
			m.FromRaw = h.value
			m.From, _ = ParseNameAddr(h.value)
		case !to && equalName(h.name, "To"):
			to = true
			m.ToRaw = h.value
			m.To = parseTo(h.value)
		case !callID && equalName(h.name, "Call-ID"):
			callID = true
			m.CallID = h.value
		case !cseq && equalName(h.name, "CSeq"):
			cseq = true
			m.cseq = h.value
		}
	}
	if m.Via.Host == "" {
		return 400, "Bad Request", errors.New("Via is missing or cannot be read")
	}
	if m.IsRequest() && !strings.EqualFold(version, "SIP/2.0") {
		return 505, "Version Not Supported", fmt.Errorf("version '%s'", version)
	}
	if m.CallID == "" || m.ToRaw == "" || m.FromRaw == "" {
		return 400, "Bad Request", errors.New("no From, To or Call-ID")
	}
	if m.From.URI == "" {
		return 416, "Unsupported URI scheme", errors.New("a From that cannot be read")
	}
	return m.checkCSeq()
}

// takeVia reads the topmost Via. When that cannot be read the ones below do not
// stand in for it: the answer would go to somebody else.
func (m *Message) takeVia(value string) {
	first, _ := cutOutside(value, ',')
	m.Via, _ = ParseVia(first)
}

// checkCSeq reads the number. What follows it is the method of the request that a
// response answers; in a request nobody needs it, and chan_sip does not look.
func (m *Message) checkCSeq() (int, string, error) {
	n, method, ok := leadingNumber(strings.TrimPrefix(m.cseq, "+"))
	if !ok {
		return 400, "Bad Request", fmt.Errorf("CSeq without a number: '%s'", m.cseq)
	}
	m.CSeq = uint32(n)
	if m.IsRequest() {
		m.Method = knownMethod(m.Method)
		return 0, "", nil
	}
	if method = trim(method); !isToken(method) {
		return 400, "Bad Request", errors.New("no 'number METHOD' in CSeq")
	}
	m.Method = knownMethod(method)
	return 0, "", nil
}

// knownMethod gives the usual methods as constants, so that who keeps one does
// not keep the message. Case does not matter, as in chan_sip.
func knownMethod(m string) string {
	for _, k := range [...]string{"INVITE", "ACK", "BYE", "CANCEL", "REGISTER", "OPTIONS", "INFO", "NOTIFY", "SUBSCRIBE", "REFER", "MESSAGE",
		"UPDATE", "PRACK", "PUBLISH"} {
		if strings.EqualFold(m, k) {
			return k
		}
	}
	return m
}

func reject(m *Message, status int, reason string, why error) *Reject {
	r := &Reject{Status: status, Reason: reason, Why: why, Msg: m}
	if m == nil || !m.IsRequest() || m.Method == "ACK" || m.Via.Host == "" {
		r.Status = 0
	}
	return r
}

// salvage reads what an answer needs from a message the parser refused.
func salvage(b []byte) *Message {
	head := strings.ReplaceAll(string(b[:min(len(b), maxMessage)]), "\r\n", "\n")
	lines := strings.Split(head, "\n")
	f := strings.Fields(lines[0])
	if len(f) == 0 || strings.HasPrefix(f[0], "SIP/") {
		return nil
	}
	m := &Message{Method: f[0], headers: fields{text: head}}
	for _, l := range lines[1:min(len(lines), 64)] {
		if l == "" {
			break
		}
		_ = m.headers.appendLine(l) // a fold with nothing before it is nothing
	}
	m.check() // as far as it goes
	m.Method = f[0]
	return m
}
