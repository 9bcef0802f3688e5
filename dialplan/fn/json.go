package fn

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"obelisk/pbx"
)

var errJSON = errors.New("the variable has no object or list of JSON")

// jsonDecode walks a path such as "a.b.2", parted by a separator of one character. What is
// neither object nor list ends it; objects and lists are told as they are written, without
// blanks.
func jsonDecode(c *pbx.Channel, args string) (string, error) {
	f := append(raw(args, 4), "", "", "")
	if len(f) < 5 || f[0] == "" || f[1] == "" {
		return "", errArguments
	}
	separator := "."
	if len(f[2]) == 1 {
		separator = f[2]
	}
	text := valueOf(c, f[0])
	if text == "" {
		return "", nil
	}
	if text = strings.TrimLeft(text, blanks); text == "" || text[0] != '{' && text[0] != '[' || !json.Valid([]byte(text)) {
		return "", errJSON
	}
	at, path := json.RawMessage(text), strings.Split(f[1], separator)
	for ; len(path) > 0 && (at[0] == '{' || at[0] == '['); path = path[1:] {
		if at = member(at, path[0]); at == nil {
			return "", nil
		}
	}
	return jsonText(at, strings.Contains(f[3], "c"))
}

// member is what an object or list has at a key, nil for nothing.
func member(of json.RawMessage, key string) json.RawMessage {
	if of[0] == '{' {
		var object map[string]json.RawMessage
		if json.Unmarshal(of, &object) != nil {
			return nil
		}
		return object[key]
	}
	var list []json.RawMessage
	n, err := strconv.Atoi(key)
	if json.Unmarshal(of, &list) != nil || err != nil || n < 0 || n >= len(list) {
		return nil
	}
	return list[n]
}

// jsonText is a value as a variable has it; of a list, count may ask how long it is.
func jsonText(v json.RawMessage, count bool) (string, error) {
	switch v[0] {
	case '"':
		var s string
		err := json.Unmarshal(v, &s)
		return cString(s), err
	case 't':
		return "1", nil
	case 'f':
		return "0", nil
	case 'n':
		return "", nil
	case '{', '[':
		var list []json.RawMessage
		if count && json.Unmarshal(v, &list) == nil {
			return strconv.Itoa(len(list)), nil
		}
		var b bytes.Buffer
		err := json.Compact(&b, v)
		return b.String(), err
	}
	if n, err := strconv.ParseInt(string(v), 10, 64); err == nil {
		return strconv.Itoa(int(int32(n))), nil // of 32 bits, as in Asterisk
	}
	x, err := strconv.ParseFloat(string(v), 64)
	return conversion{precision: 17}.float(x, 'g'), err
}
