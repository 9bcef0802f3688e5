package ari

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"obelisk/apps/stasis"
	"obelisk/internal/config"
)

// ask is a request, over HTTP or a program's WebSocket.
type ask struct {
	s      *Server
	user   *User
	path   map[string]string
	values []url.Values   // a JSON body's go before the query's, a form's behind them
	object map[string]any // a body that is a JSON object; nil: there is none
	raw    []byte         // that body
	listed bool           // the body is a JSON array
	host   string
}

// reply is the answer.
type reply struct {
	status   int
	body     any // an Object and the like; nil: none
	location string
	file     io.ReadCloser // in place of body
	kind     string        // its content type
}

// mostBody is how long the body of a request may be, in bytes.
const mostBody = 40960

// failure is an answer that says what went wrong.
func failure(status int, text string) reply {
	return reply{status: status, body: stasis.Object{"message", text}}
}

// result is an answer with a body, or what went wrong.
func result(body any, err error) reply {
	if err != nil {
		return refused(err)
	}
	return reply{status: 200, body: body}
}

// done is an answer without a body, or what went wrong.
func done(err error) reply {
	if err != nil {
		return refused(err)
	}
	return reply{status: 204}
}

func refused(err error) reply {
	if err == stasis.ErrAllocation { // its name is another one, as with Asterisk
		return reply{status: 500, body: stasis.Object{"error", stasis.ErrAllocation.Text}}
	}
	if r, ok := err.(*stasis.Refusal); ok {
		return failure(r.Status, r.Text)
	}
	return failure(500, "Internal Server Error")
}

// explained adds to a refusal by a channel's state what that is, for who asks with explain=yes.
func (a *ask) explained(r reply) reply {
	if r.status != 409 && r.status != 412 || !a.truth("explain") || a.path["channelId"] == "" {
		return r
	}
	if o, ok := r.body.(stasis.Object); ok {
		r.body = append(slices.Clone(o), a.s.stasis.Standing(a.path["channelId"])...)
	}
	return r
}

// made is the answer to what has made something that can be asked for by another path.
func made(body any, err error, at ...string) reply {
	if err != nil {
		return refused(err)
	}
	location := "/ari"
	for _, part := range at {
		location += "/" + url.PathEscape(part)
	}
	return reply{status: 201, body: body, location: location}
}

// read takes in query and body. An answer with a status says what is wrong with these.
func (a *ask) read(query url.Values, kind string, body []byte) (bad reply) {
	if len(body) > mostBody {
		return failure(413, "Request body too large")
	}
	media, _, _ := mime.ParseMediaType(kind)
	defer func() { a.values = append(a.values, query) }()
	switch {
	case len(body) == 0:
	case media == "application/x-www-form-urlencoded":
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return failure(400, "Error parsing request body")
		}
		a.values = append(a.values, query, form)
	case media == "application/json":
		return a.readJSON(body)
	}
	return reply{}
}

// readJSON takes in an object, whose members are parameters. An array has none.
func (a *ask) readJSON(body []byte) (bad reply) {
	var value any
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	if dec.Decode(&value) != nil || dec.More() {
		return failure(400, "Error parsing request body")
	}
	o, ok := value.(map[string]any)
	if _, a.listed = value.([]any); a.listed {
		return reply{}
	}
	if !ok {
		return failure(400, "Error parsing request body")
	}
	a.object, a.raw = o, body
	given := url.Values{}
	for name, v := range o {
		switch v := v.(type) {
		case []any:
			for _, x := range v {
				if text, ok := scalar(x); ok {
					given.Add(name, text)
				}
			}
		default:
			if text, ok := scalar(v); ok {
				given.Set(name, text)
			}
		}
	}
	a.values = append(a.values, given)
	return reply{}
}

// scalar is a text, a number or a truth of JSON as a text.
func scalar(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		return strconv.FormatBool(v), true
	}
	return "", false
}

// get is the first value of a parameter, "" without one.
func (a *ask) get(name string) string {
	v, _ := a.lookup(name)
	return v
}

func (a *ask) lookup(name string) (string, bool) {
	for _, values := range a.values {
		if list := values[name]; len(list) > 0 {
			return list[0], true
		}
	}
	return "", false
}

// list are the values of one that is a list: it repeats, or has commas.
func (a *ask) list(name string) (out []string) {
	for _, values := range a.values {
		for _, v := range values[name] {
			out = append(out, strings.Split(v, ",")...)
		}
		if len(out) > 0 {
			return out
		}
	}
	return out
}

// number is one, or what it is without being given.
func (a *ask) number(name string, otherwise int) int {
	text, ok := a.lookup(name)
	if !ok {
		return otherwise
	}
	text = strings.TrimSpace(text)
	end := 0
	for end < len(text) && (text[end] >= '0' && text[end] <= '9' || end == 0 && (text[0] == '-' || text[0] == '+')) {
		end++
	}
	n, _ := strconv.Atoi(text[:end])
	return n
}

func (a *ask) truth(name string) bool {
	on, _ := config.Bool(strings.TrimSpace(a.get(name)))
	return on
}

func (a *ask) seconds(name string, otherwise int) time.Duration {
	return time.Duration(a.number(name, otherwise)) * time.Second
}

func (a *ask) millis(name string, otherwise int) time.Duration {
	return time.Duration(a.number(name, otherwise)) * time.Millisecond
}

// args are appArgs: parted by commas.
func (a *ask) args() []string {
	if v := a.get("appArgs"); v != "" {
		return strings.Split(v, ",")
	}
	return nil
}

var (
	errVariableShape = stasis.Refuse(400, "Each value in 'variables' must be a string or an object with 'value' and optional 'report_events'")
	errVariableValue = stasis.Refuse(400, "Each object value in 'variables' must include string field 'value'")
	errVariableShow  = stasis.Refuse(400, "Field 'report_events' in 'variables' entries must be boolean")
)

// variables are those of the body's object "variables", by name; given says whether there is one. What is
// no object is none.
func (a *ask) variables() (out []stasis.Variable, given bool, err error) {
	o, ok := a.object["variables"].(map[string]any)
	if !ok {
		return nil, false, nil
	}
	for name, v := range o {
		x := stasis.Variable{Name: name}
		if entry, nested := v.(map[string]any); nested {
			if x.Value, ok = entry["value"].(string); !ok {
				return nil, true, errVariableValue
			}
			if show, given := entry["report_events"]; given {
				if x.Show, ok = show.(bool); !ok {
					return nil, true, errVariableShow
				}
			}
		} else if x.Value, ok = v.(string); !ok {
			return nil, true, errVariableShape
		}
		out = append(out, x)
	}
	slices.SortFunc(out, func(a, b stasis.Variable) int { return strings.Compare(a.Name, b.Name) })
	return out, true, nil
}

// texts are those of a message, which are texts and nothing else.
func (a *ask) texts() ([]stasis.Variable, error) {
	vars, _, err := a.variables()
	o, _ := a.object["variables"].(map[string]any)
	for _, v := range o {
		if _, ok := v.(string); !ok || err != nil {
			return nil, stasis.Refuse(400, "Only string values in the 'variables' object allowed")
		}
	}
	return vars, nil
}

// payload is the body's object "variables" with whatever it has, in its order; nil: there is none. ok is
// false for what is no object.
func (a *ask) payload() (out stasis.Object, ok bool) {
	var body struct {
		Variables json.RawMessage `json:"variables"`
	}
	if a.raw == nil || json.Unmarshal(a.raw, &body) != nil || len(body.Variables) == 0 {
		return nil, true
	}
	dec := json.NewDecoder(bytes.NewReader(body.Variables))
	if first, err := dec.Token(); err != nil || first != json.Delim('{') {
		return nil, first == nil && err == nil // null is nothing
	}
	for dec.More() {
		name, err := dec.Token()
		var value json.RawMessage
		if err != nil || dec.Decode(&value) != nil {
			return nil, false
		}
		var tight bytes.Buffer
		if json.Compact(&tight, value) != nil {
			return nil, false
		}
		out = append(out, name, stasis.Raw(tight.Bytes()))
	}
	return out, true
}

// pairs are variables of a new channel.
func pairs(list []stasis.Variable) (out [][2]string) {
	for _, v := range list {
		out = append(out, [2]string{v.Name, v.Value})
	}
	return out
}

// rendered is a body as bytes.
func rendered(body any, pretty bool) []byte {
	b := stasis.JSON(body)
	if !pretty {
		return b
	}
	var out bytes.Buffer
	if json.Indent(&out, b, "", "  ") != nil {
		return b
	}
	return out.Bytes()
}

// statusText is the reason of a status.
func statusText(status int) string { return http.StatusText(status) }
