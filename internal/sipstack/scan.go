package sipstack

import (
	"errors"
	"math"
	"strings"
	"unsafe"
)

var errFold = errors.New("a folded line with nothing before it")

// scan cuts a message into its start line, headers and body, in one pass that
// keeps to the limits: lines may end in LF alone, may be folded (RFC 3261
// 7.3.1), names may be compact, the empty line may be missing where nothing
// follows it (a datagram has an end of its own). The strings are parts of data, which must not
// change any more.
func (m *Message) scan(data []byte) (start string, err error) {
	if len(data) > maxMessage {
		return "", ErrTooLarge
	}
	s := unsafe.String(unsafe.SliceData(data), len(data))
	m.headers = fields{text: s, at: m.room[:0]}
	for len(s) > 0 && (s[0] == '\r' || s[0] == '\n') {
		s = s[1:] // CR LF before the start line (RFC 3261 7.5)
	}
	for semicolons, lines := 0, 0; ; lines++ {
		line, rest, ended := strings.Cut(s, "\n")
		if !ended && lines == 0 {
			return start, errNoEnd
		}
		line, s = strings.TrimSuffix(line, "\r"), rest
		if line == "" {
			break
		}
		semis := strings.Count(line, ";")
		if semicolons += semis; lines > maxHeaders || semis > maxSemicolons || semicolons > maxSemiTotal {
			return start, errTooMany
		}
		if strings.IndexByte(line, 0) >= 0 || strings.IndexByte(line, '\r') >= 0 {
			return start, errNUL
		}
		if lines == 0 {
			start = line
			continue
		}
		if err = m.headers.appendLine(line); err != nil {
			return start, err
		}
	}
	if n := m.headers.contentLength(len(s)); n > 0 {
		m.Body = data[len(data)-len(s):][:n:n]
	}
	return start, nil
}

// appendLine takes one line: a new field, or the rest of the last one. A line that is no
// header (no colon, a name that is no token) is nobody's, as in chan_sip.
func (f *fields) appendLine(line string) error {
	if line[0] == ' ' || line[0] == '\t' {
		if f.len() == 0 {
			return errFold
		}
		last := f.line(f.len() - 1)
		last.value = trim(last.value + " " + trim(line))
		f.set(f.len()-1, last)
		return nil
	}
	name, value, found := strings.Cut(line, ":")
	if name = trimEnd(name); !found || !isToken(name) {
		f.add(field{})
		return nil
	}
	if len(name) == 1 {
		if full := compact[name[0]|0x20]; full != "" {
			name = full
		}
	}
	f.add(field{name, trim(value)})
	return nil
}

func trim(s string) string {
	for s != "" && (s[0] == ' ' || s[0] == '\t') {
		s = s[1:]
	}
	return trimEnd(s)
}

// trimEnd is trim for the end only.
func trimEnd(s string) string {
	for s != "" && (s[len(s)-1] == ' ' || s[len(s)-1] == '\t') {
		s = s[:len(s)-1]
	}
	return s
}

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

// contentLength is how many of rest bytes are the body. As in chan_sip that is all that has
// come, whatever the Content-Length says, but for 0, which is no body: some devices count wrong.
// Over TCP the framer has cut by it before. The first Content-Length counts.
func (f *fields) contentLength(rest int) int {
	for i := range f.len() {
		h := f.line(i)
		if !equalName(h.name, "Content-Length") {
			continue
		}
		if n, _, ok := leadingNumber(h.value); ok {
			if n == 0 {
				return 0
			}
		}
		break
	}
	return rest
}

// leadingNumber reads the digits that a text begins with; rest is what follows them. A
// number that needs more than 32 bits is none.
func leadingNumber(s string) (n uint64, rest string, ok bool) {
	i := 0
	for ; i < len(s) && '0' <= s[i] && s[i] <= '9'; i++ {
		if n = n*10 + uint64(s[i]-'0'); n > math.MaxUint32 {
			return 0, s, false
		}
	}
	return n, s[i:], i > 0
}

// equalName compares header names without case.
func equalName(a, b string) bool { return len(a) == len(b) && (a == b || strings.EqualFold(a, b)) }
