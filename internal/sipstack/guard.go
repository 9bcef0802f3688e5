package sipstack

import (
	"bytes"
	"errors"
	"strings"
)

// Limits of one message, close to what chan_sip takes (20,480 bytes, 64
// headers, 256 body lines). They bound the parser's work.
const (
	maxMessage    = 20480
	maxHeaders    = 100
	maxSemicolons = 64  // in one line; sipgo's parameter insertion is quadratic
	maxSemiTotal  = 256 // in the whole header
)

// Errors of the guard.
var (
	ErrTooLarge = errors.New("message is larger than 20480 bytes")
	errTooMany  = errors.New("too many header lines or parameters")
	errNUL      = errors.New("NUL in the message header")
	errNoEnd    = errors.New("no empty line after the header")
)

var compact = map[byte]string{
	'a': "Accept-Contact", 'b': "Referred-By", 'c': "Content-Type", 'd': "Request-Disposition", 'e': "Content-Encoding",
	'f': "From", 'i': "Call-ID", 'j': "Reject-Contact", 'k': "Supported", 'l': "Content-Length", 'm': "Contact",
	'n': "Identity-Info", 'o': "Event", 'r': "Refer-To", 's': "Subject", 't': "To", 'u': "Allow-Events", 'v': "Via",
	'x': "Session-Expires", 'y': "Identity",
}

// normalise checks the limits and returns the message in the form the parser
// wants: CR LF line ends and full header names. The input is returned
// as it is when it already has that form.
func normalise(b []byte) ([]byte, error) {
	if len(b) > maxMessage {
		return nil, ErrTooLarge
	}
	end, clean, err := inspect(b)
	if err != nil || clean {
		return b, err
	}
	var out bytes.Buffer
	out.Grow(len(b) + 64)
	for rest := b[:end]; len(rest) > 0; {
		line := rest
		if i := bytes.IndexByte(rest, '\n'); i >= 0 {
			line, rest = rest[:i], rest[i+1:]
		} else {
			rest = nil
		}
		line = bytes.TrimRight(line, "\r")
		if name := expanded(line); name != "" {
			out.WriteString(name)
			line = bytes.TrimLeft(line[1:], " \t")
		}
		out.Write(line)
		out.WriteString("\r\n")
	}
	out.Write(b[end:])
	return out.Bytes(), nil
}

// expanded returns the full name of a compact header line, "" for others.
func expanded(line []byte) string {
	if len(line) < 2 {
		return ""
	}
	rest := bytes.TrimLeft(line[1:], " \t")
	if len(rest) == 0 || rest[0] != ':' {
		return ""
	}
	return compact[line[0]|0x20]
}

// inspect walks the header once. end is the offset of the body; clean means
// nothing needs rewriting.
func inspect(b []byte) (end int, clean bool, err error) {
	clean = true
	lines, total := 0, 0
	for at := 0; at < len(b); {
		n := bytes.IndexByte(b[at:], '\n')
		if n < 0 {
			break
		}
		line := b[at : at+n]
		at += n + 1
		if m := len(line); m > 0 && line[m-1] == '\r' {
			line = line[:m-1]
		} else {
			clean = false
		}
		if len(line) == 0 {
			if lines == 0 {
				continue // CR LF before the start line
			}
			return at, clean, nil
		}
		if lines++; lines > maxHeaders+1 {
			return 0, false, errTooMany
		}
		semis := bytes.Count(line, []byte{';'})
		if total += semis; semis > maxSemicolons || total > maxSemiTotal {
			return 0, false, errTooMany
		}
		if bytes.IndexByte(line, 0) >= 0 {
			return 0, false, errNUL
		}
		if clean && lines > 1 && expanded(line) != "" {
			clean = false
		}
	}
	return 0, false, errNoEnd
}

// isKeepalive tells the empty datagrams that phones send to hold a NAT mapping.
func isKeepalive(b []byte) bool {
	return len(b) <= 4 && strings.Trim(string(b), "\r\n\x00 ") == "" || len(b) == 0
}
