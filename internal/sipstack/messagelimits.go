package sipstack

import (
	"errors"
	"strings"
)

// Limits of one message, close to what chan_sip takes (20,480 bytes, 64
// headers, 256 body lines). They bound the work that a message can cause.
const (
	maxMessage    = 20480
	maxHeaders    = 100
	maxSemicolons = 64  // in one line
	maxSemiTotal  = 256 // in the whole header
)

// Errors of the guard.
var (
	ErrTooLarge = errors.New("message is larger than 20480 bytes")
	errTooMany  = errors.New("too many header lines or parameters")
	errNUL      = errors.New("NUL or a bare CR in the message header")
	errNoEnd    = errors.New("one line without an end")
)

// compact are the one-letter header names (RFC 3261 7.3.3 and later ones).
var compact = [256]string{
	'a': "Accept-Contact", 'b': "Referred-By", 'c': "Content-Type", 'd': "Request-Disposition", 'e': "Content-Encoding",
	'f': "From", 'i': "Call-ID", 'j': "Reject-Contact", 'k': "Supported", 'l': "Content-Length", 'm': "Contact",
	'n': "Identity-Info", 'o': "Event", 'r': "Refer-To", 's': "Subject", 't': "To", 'u': "Allow-Events", 'v': "Via",
	'x': "Session-Expires", 'y': "Identity",
}

// isKeepalive tells the empty datagrams that phones send to hold a NAT mapping.
func isKeepalive(b []byte) bool {
	return len(b) <= 4 && strings.Trim(string(b), "\r\n\x00 ") == "" || len(b) == 0
}
