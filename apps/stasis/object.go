package stasis

import (
	"bytes"
	"encoding/json"
	"strconv"
	"unicode/utf8"
)

// Object is a JSON object whose members stay in their order: name, value, name, value ... A value is a
// string, a number, a bool, nil, an Object, a Raw, or a slice of strings, objects or values. A value
// of Absent is left out.
type Object []any

// Raw is a value that is JSON already.
type Raw []byte

type absent struct{}

// Absent is the value of a member that is not there.
var Absent absent

// some is a text, or Absent where it is empty.
func some(text string) any {
	if text == "" {
		return Absent
	}
	return text
}

// with has a member that it has once.
func (o Object) with(name string, value any) Object {
	for i := 0; i+1 < len(o); i += 2 {
		if o[i] == any(name) {
			o[i+1] = value
			return o
		}
	}
	return append(o, name, value)
}

// MarshalJSON implements json.Marshaler.
func (o Object) MarshalJSON() ([]byte, error) { return appendObject(nil, o), nil }

// JSON is any of these values as JSON.
func JSON(v any) []byte { return appendValue(nil, v) }

func appendObject(b []byte, o Object) []byte {
	b = append(b, '{')
	return append(appendMembers(b, o), '}')
}

// appendMembers adds what stands between the braces.
func appendMembers(b []byte, o Object) []byte {
	first := len(b) == 0 || b[len(b)-1] == '{'
	for i := 0; i+1 < len(o); i += 2 {
		if o[i+1] == any(Absent) {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = appendText(b, o[i].(string))
		b = append(b, ':')
		b = appendValue(b, o[i+1])
	}
	return b
}

func appendValue(b []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...)
	case string:
		return appendText(b, v)
	case int:
		return strconv.AppendInt(b, int64(v), 10)
	case int64:
		return strconv.AppendInt(b, v, 10)
	case bool:
		return strconv.AppendBool(b, v)
	case Object:
		return appendObject(b, v)
	case Raw:
		return append(b, v...)
	case []string:
		return appendList(b, v)
	case []Object:
		return appendList(b, v)
	case []any:
		return appendList(b, v)
	}
	var w bytes.Buffer
	enc := json.NewEncoder(&w)
	enc.SetEscapeHTML(false)
	if enc.Encode(v) != nil {
		return append(b, "null"...)
	}
	return append(b, bytes.TrimRight(w.Bytes(), "\n")...)
}

func appendList[T any](b []byte, list []T) []byte {
	b = append(b, '[')
	for i, v := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendValue(b, v)
	}
	return append(b, ']')
}

// appendText writes a string; bytes that are no UTF-8 are replaced.
func appendText(b []byte, s string) []byte {
	const digits = "0123456789abcdef"
	b = append(b, '"')
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c == '\n':
			b = append(b, '\\', 'n')
		case c == '\r':
			b = append(b, '\\', 'r')
		case c == '\t':
			b = append(b, '\\', 't')
		case c < 0x20:
			b = append(b, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
		case c < utf8.RuneSelf:
			b = append(b, c)
		default:
			r, n := utf8.DecodeRuneInString(s[i:])
			b = utf8.AppendRune(b, r)
			i += n
			continue
		}
		i++
	}
	return append(b, '"')
}

// appendDecimal writes a number with a fraction, which it has always.
func appendDecimal(b []byte, x float64) []byte {
	from := len(b)
	b = strconv.AppendFloat(b, x, 'f', -1, 64)
	if !bytes.ContainsRune(b[from:], '.') {
		b = append(b, ".0"...)
	}
	return b
}
