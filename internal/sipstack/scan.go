package sipstack

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unsafe"
)

// field is one header line, folded lines joined. The name is the full one.
type field struct{ name, value string }

var (
	errColon  = errors.New("a header line without a colon")
	errName   = errors.New("a header name that is none")
	errLength = errors.New("the Content-Length is no number")
	errShort  = errors.New("the Content-Length is larger than the message")
)

// scan cuts a message into its start line, header and body, in one pass that
// keeps to the limits: lines may end in LF alone, may be folded (RFC 3261
// 7.3.1), names may be compact. The strings are parts of data, which must not
// change any more. errShort comes with everything but the body.
func scan(data []byte) (start string, headers []field, body []byte, err error) {
	if len(data) > maxMessage {
		return "", nil, nil, ErrTooLarge
	}
	s := unsafe.String(unsafe.SliceData(data), len(data))
	for len(s) > 0 && (s[0] == '\r' || s[0] == '\n') {
		s = s[1:] // CR LF before the start line (RFC 3261 7.5)
	}
	headers = make([]field, 0, 16)
	for semicolons, lines := 0, 0; ; lines++ {
		end := strings.IndexByte(s, '\n')
		if end < 0 {
			return start, headers, nil, errNoEnd
		}
		line := strings.TrimSuffix(s[:end], "\r")
		s = s[end+1:]
		if line == "" {
			break
		}
		semis := strings.Count(line, ";")
		if semicolons += semis; lines > maxHeaders || semis > maxSemicolons || semicolons > maxSemiTotal {
			return start, headers, nil, errTooMany
		}
		if strings.IndexByte(line, 0) >= 0 || strings.IndexByte(line, '\r') >= 0 {
			return start, headers, nil, errNUL
		}
		if lines == 0 {
			start = line
			continue
		}
		if headers, err = appendLine(headers, line); err != nil {
			return start, headers, nil, err
		}
	}
	n, err := contentLengthOf(headers, len(s))
	if err != nil {
		return start, headers, nil, err
	}
	if n > 0 {
		body = data[len(data)-len(s):][:n:n]
	}
	return start, headers, body, nil
}

// appendLine takes one line: a new field, or the rest of the last one.
func appendLine(headers []field, line string) ([]field, error) {
	if line[0] == ' ' || line[0] == '\t' {
		if len(headers) == 0 {
			return headers, errColon
		}
		last := &headers[len(headers)-1]
		last.value = trim(last.value + " " + trim(line))
		return headers, nil
	}
	colon := strings.IndexByte(line, ':')
	if colon < 0 {
		return headers, errColon
	}
	name := strings.TrimRight(line[:colon], " \t")
	if !isToken(name) {
		return headers, errName
	}
	if len(name) == 1 {
		if full := compact[name[0]|0x20]; full != "" {
			name = full
		}
	}
	return append(headers, field{name, trim(line[colon+1:])}), nil
}

func trim(s string) string { return strings.Trim(s, " \t") }

// cutBlank cuts at the first white space, a blank or a tab (RFC 3261 25.1), and
// takes away what is around.
func cutBlank(s string) (before, after string) {
	s = trim(s)
	i := 0
	for i < len(s) && s[i] != ' ' && s[i] != '\t' {
		i++
	}
	return s[:i], trim(s[i:])
}

// isToken says whether s is a token (RFC 3261 section 25.1).
func isToken(s string) bool {
	for i := 0; i < len(s); i++ {
		if !tokenByte[s[i]] {
			return false
		}
	}
	return s != ""
}

var tokenByte = func() (t [256]bool) {
	for _, c := range []byte("-.!%*_+`'~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") {
		t[c] = true
	}
	return
}()

// contentLengthOf is how many of rest bytes are the body: all without a
// Content-Length, as in a datagram.
func contentLengthOf(headers []field, rest int) (int, error) {
	for i := range headers {
		if !equalName(headers[i].name, "Content-Length") {
			continue
		}
		n, err := strconv.Atoi(headers[i].value)
		switch {
		case err != nil || n < 0:
			return 0, fmt.Errorf("%w: '%s'", errLength, headers[i].value)
		case n > rest:
			return 0, errShort
		}
		return n, nil
	}
	return rest, nil
}

// equalName compares header names without case.
func equalName(a, b string) bool { return len(a) == len(b) && (a == b || strings.EqualFold(a, b)) }
