package ami

import (
	"bufio"
	"errors"
	"strings"

	"obelisk/dialplan"
)

// message is a request: its headers in their order, without lines that are too long.
type message struct {
	headers []header
	cut     bool // there was such a line
}

type header struct{ name, value string }

// Bounds of a request.
const (
	maxHeaders = 256
	longLine   = 1022     // octets, without the line's end; what is longer is refused, as by Asterisk
	maxLine    = 16 << 10 // what is longer ends the session
)

var errTooLong = errors.New("a request is too long")

// get is the value of the first header of that name, any case.
func (m *message) get(name string) string {
	for _, h := range m.headers {
		if strings.EqualFold(h.name, name) {
			return h.value
		}
	}
	return ""
}

// has says whether a header is there.
func (m *message) has(name string) bool {
	for _, h := range m.headers {
		if strings.EqualFold(h.name, name) {
			return true
		}
	}
	return false
}

// all are the values of every header of that name.
func (m *message) all(name string) (out []string) {
	for _, h := range m.headers {
		if strings.EqualFold(h.name, name) {
			out = append(out, h.value)
		}
	}
	return out
}

// variables reads "Variable: a=1,b=2" lines; quotes and backslashes protect a comma.
func (m *message) variables() (out [][2]string) {
	for _, v := range m.all("Variable") {
		for _, pair := range dialplan.SplitArgs(v, 0) {
			if name, value, ok := strings.Cut(pair, "="); ok {
				out = append(out, [2]string{strings.TrimSpace(name), value})
			}
		}
	}
	return out
}

// read reads the next request; lines end with CR LF, or LF.
func read(in *bufio.Reader) (*message, error) {
	m := &message{}
	for {
		line, err := in.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			return nil, errTooLong
		}
		if err != nil {
			return nil, err
		}
		text := strings.TrimRight(string(line), "\r\n")
		if text == "" {
			return m, nil
		}
		if len(m.headers) >= maxHeaders {
			return nil, errTooLong
		}
		if len(text) > longLine {
			m.cut = true
			continue
		}
		name, value, _ := strings.Cut(text, ":")
		m.headers = append(m.headers, header{strings.TrimSpace(name), strings.TrimLeft(value, " ")})
	}
}
