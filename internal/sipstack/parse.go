package sipstack

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// parser is sipgo's, with no eager header parsers but Content-Length: From,
// Contact and the rest are read here, because one bad header must not lose
// the message and two goroutines may read it.
var parser = sip.NewParser(sip.WithHeadersParsers(map[string]sip.HeaderParser{
	"content-length": contentLength,
	"l":              contentLength,
}))

func contentLength(name []byte, value string) (sip.Header, error) {
	n, err := strconv.Atoi(value)
	if err != nil || n < 0 {
		return nil, fmt.Errorf("'%s' is no Content-Length", value)
	}
	h := sip.ContentLengthHeader(n)
	return &h, nil
}

// Reject is a message that cannot be used. Status is the answer that is due,
// 0 for none (responses, ACK, or no way back).
type Reject struct {
	Status int
	Reason string
	Why    error
	Msg    *Message // as far as it was understood; enough to answer
}

func (r *Reject) Error() string { return fmt.Sprintf("%d %s: %v", r.Status, r.Reason, r.Why) }

// Parse turns bytes into a checked message. The error is a *Reject.
func Parse(data []byte) (*Message, error) {
	b, err := normalise(data)
	if err == nil && len(b) > 0 && (b[0] == '\r' || b[0] == '\n') {
		b = bytes.TrimLeft(b, "\r\n")
	}
	if err != nil {
		status, reason := 400, "Bad Request"
		if errors.Is(err, ErrTooLarge) {
			status, reason = 513, "Message Too Large"
		}
		return nil, reject(salvage(data), status, reason, err)
	}
	m, err := startLine(b)
	if err != nil {
		return nil, reject(salvage(b), 400, "Bad Request", err)
	}
	head, restore := substituteStart(m, b)
	msg, err := parser.ParseSIP(head)
	restore()
	if err != nil && !(errors.Is(err, sip.ErrParseReadBodyIncomplete) && msg != nil) {
		return nil, reject(salvage(b), 400, "Bad Request", err)
	}
	incomplete := err != nil
	m.Size, m.Body = len(data), msg.Body()
	if h, ok := msg.(interface{ Headers() []sip.Header }); ok {
		m.headers = h.Headers()
	}
	if status, reason, err := m.check(); err != nil {
		return nil, reject(m, status, reason, err)
	}
	if incomplete {
		return nil, reject(m, 400, "Bad Request", errors.New("the Content-Length is larger than the message"))
	}
	return m, nil
}

// startLine reads the first line. Methods keep their case (RFC 3261 7.1).
func startLine(b []byte) (*Message, error) {
	line, _, _ := bytes.Cut(b, []byte("\r\n"))
	f := strings.SplitN(string(line), " ", 3)
	if strings.HasPrefix(f[0], "SIP/") {
		if len(f) < 2 {
			return nil, errors.New("status line is cut short")
		}
		n, err := strconv.Atoi(f[1])
		if err != nil || n < 100 || n > 699 {
			return nil, fmt.Errorf("status '%s' is no status", f[1])
		}
		m := &Message{Status: n}
		if len(f) == 3 {
			m.Reason = f[2]
		}
		return m, nil
	}
	f = strings.Fields(string(line))
	if len(f) != 3 || strings.Count(string(line), " ") != 2 {
		return nil, errors.New("request line is not 'METHOD URI SIP/2.0'")
	}
	return &Message{Method: f[0], RequestURI: f[1], Reason: f[2]}, nil
}

// substituteStart gives sipgo a start line it accepts, whatever the method
// and URI of the real one are: both were read above. The line is written over
// the end of the real one, which restore puts back.
func substituteStart(m *Message, b []byte) (out []byte, restore func()) {
	i := bytes.IndexByte(b, '\n') + 1
	start := "OPTIONS sip:x SIP/2.0\r\n"
	if m.Status != 0 {
		start = "SIP/2.0 200 OK\r\n"
	}
	if i < len(start) {
		return append([]byte(start), b[i:]...), func() {}
	}
	out = b[i-len(start):]
	saved := string(out[:len(start)])
	copy(out, start)
	return out, func() { copy(out, saved) }
}

// check fills the mandatory fields and applies the rules of RFC 3261 8.1.1
// and 7.3. The status is what a request deserves when err is set.
func (m *Message) check() (status int, reason string, err error) {
	version := m.Reason
	if m.IsRequest() {
		m.Reason = ""
	}
	counts := map[string]int{}
	for _, h := range m.headers {
		switch name := strings.ToLower(h.Name()); name {
		case "from", "to", "call-id", "cseq", "via", "content-length", "max-forwards":
			counts[name]++
			m.take(name, h.Value())
		}
	}
	if m.Via.Host == "" {
		return 400, "Bad Request", errors.New("Via is missing or cannot be read")
	}
	if m.IsRequest() && !strings.EqualFold(version, "SIP/2.0") {
		return 505, "Version Not Supported", fmt.Errorf("version '%s'", version)
	}
	for _, name := range []string{"from", "to", "call-id", "cseq"} {
		if counts[name] != 1 {
			return 400, "Bad Request", fmt.Errorf("%d %s headers", counts[name], name)
		}
	}
	if counts["content-length"] > 1 {
		return 400, "Bad Request", errors.New("several Content-Length headers")
	}
	if m.CallID == "" || m.From.URI == "" || m.To.URI == "" {
		return 400, "Bad Request", errors.New("a From, To or Call-ID that cannot be read")
	}
	return m.checkCSeq()
}

// take reads one of the mandatory headers.
func (m *Message) take(name, value string) {
	switch name {
	case "from":
		m.FromRaw = value
		m.From, _ = ParseNameAddr(value)
	case "to":
		m.ToRaw = value
		m.To, _ = ParseNameAddr(value)
	case "call-id":
		m.CallID = strings.TrimSpace(value)
	case "via":
		if m.Via.Host == "" {
			if list := SplitList(value); len(list) > 0 {
				m.Via, _ = ParseVia(list[0])
			}
		}
	}
}

func (m *Message) checkCSeq() (int, string, error) {
	f := strings.Fields(m.Header("CSeq"))
	if len(f) != 2 {
		return 400, "Bad Request", errors.New("no 'number METHOD' in CSeq")
	}
	n, err := strconv.ParseUint(f[0], 10, 32)
	if err != nil || n > 1<<31 {
		return 400, "Bad Request", fmt.Errorf("CSeq number '%s'", f[0])
	}
	m.CSeq = uint32(n)
	if m.IsRequest() && f[1] != m.Method {
		return 400, "Bad Request", fmt.Errorf("CSeq method %s in a %s request", f[1], m.Method)
	}
	m.Method = f[1]
	return 0, "", nil
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
	head := b[:min(len(b), maxMessage)]
	lines := strings.Split(strings.ReplaceAll(string(head), "\r\n", "\n"), "\n")
	f := strings.Fields(lines[0])
	if len(f) == 0 || strings.HasPrefix(f[0], "SIP/") {
		return nil
	}
	m := &Message{Method: f[0]}
	for _, l := range lines[1:min(len(lines), 64)] {
		name, value, ok := strings.Cut(l, ":")
		if l == "" {
			break
		}
		if !ok {
			continue
		}
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if len(name) == 1 && compact[name[0]|0x20] != "" {
			name = compact[name[0]|0x20]
		}
		h := sip.NewHeader(name, value)
		m.headers = append(m.headers, h)
		m.take(strings.ToLower(name), value)
	}
	return m
}
