package ari

import (
	"cmp"
	"encoding/json"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"obelisk/apps/stasis"
)

// REST over the WebSocket: a request is an object of type RESTRequest, its answer one of type
// RESTResponse.

// restRequest is what comes.
type restRequest struct {
	Type          *string `json:"type"`
	TransactionID string  `json:"transaction_id"`
	RequestID     string  `json:"request_id"`
	Method        string  `json:"method"`
	URI           string  `json:"uri"`
	ContentType   string  `json:"content_type"`
	Query         []struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	} `json:"query_strings"`
	Body string `json:"message_body"`
}

var restMethods = []string{"GET", "POST", "PUT", "DELETE", "OPTIONS"}

// request answers one. They are answered in the order in which they come.
func (k *socket) request(text []byte) {
	k.s.requests.Add(1)
	var shape struct {
		Query json.RawMessage `json:"query_strings"`
	}
	var q restRequest
	if err := json.Unmarshal(text, &q); err != nil {
		if json.Unmarshal(text, &shape) == nil && len(shape.Query) > 0 {
			k.reject(q, "Unable to parse 'query_strings' array.")
			return
		}
		k.send(k.s.restAnswer(k, q, 400, "Failed to parse request message JSON", nil))
		return
	}
	uri, query, _ := strings.Cut(q.URI, "?")
	q.URI = uri
	if why := q.wrong(); why != "" {
		k.reject(q, why)
		return
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		values = url.Values{}
	}
	for _, v := range q.Query {
		values.Add(v.Name, v.Value)
	}
	a := k.s.perform(k.user, q, values)
	k.send(k.s.restAnswer(k, q, a.status, statusText(a.status), a.body))
}

// wrong says what is missing.
func (q *restRequest) wrong() string {
	switch {
	case q.Type == nil:
		return "No 'type' property."
	case *q.Type != "RESTRequest":
		return "Unknown request type."
	case q.URI == "":
		return "Empty or missing 'uri' property."
	case !slices.Contains(restMethods, strings.ToUpper(q.Method)):
		return "Unknown or missing 'method' property."
	case q.Body != "" && q.ContentType == "":
		return "No 'content_type' for 'message_body'."
	case q.Body != "" && q.ContentType != "application/json" && q.ContentType != "application/x-www-form-urlencoded":
		return "Unknown content type."
	}
	return ""
}

func (k *socket) reject(q restRequest, why string) {
	k.send(k.s.restAnswer(k, q, 400, "Bad request", stasis.Object{"message", why}))
}

// perform carries a request out by the rights of a user.
func (s *Server) perform(user *User, q restRequest, values url.Values) reply {
	method, rest := strings.ToUpper(q.Method), strings.TrimPrefix(strings.TrimPrefix(q.URI, "/"), "ari/")
	if user == nil {
		return failure(401, "Authentication required")
	}
	if bad := s.standing(method, rest, user); bad.status != 0 {
		s.rejected.Add(1)
		return bad
	}
	n, vars := s.route(rest)
	switch {
	case n == nil || len(n.ops) == 0:
		return failure(404, "Resource not found")
	case method == "OPTIONS":
		return reply{status: 204}
	case n.ops[method] == nil:
		return failure(405, "Invalid method")
	}
	a := &ask{s: s, user: user, path: vars}
	if bad := a.read(values, q.ContentType, []byte(q.Body)); bad.status != 0 {
		return bad
	}
	answer := a.explained(n.ops[method].Run(a))
	if answer.file != nil {
		io.Closer(answer.file).Close()
		return failure(406, "Binary content not available over a WebSocket")
	}
	return answer
}

// restAnswer is the answer as it is sent.
func (s *Server) restAnswer(k *socket, q restRequest, status int, reason string, body any) []byte {
	o := stasis.Object{"type", "RESTResponse", "transaction_id", q.TransactionID, "request_id", q.RequestID, "status_code", status,
		"reason_phrase", cmp.Or(reason, "Unknown"), "uri", q.URI}
	if body != nil {
		o = append(o, "content_type", "application/json", "message_body", string(rendered(body, false)))
	}
	app := ""
	if len(k.apps) > 0 {
		app = k.apps[0]
	}
	o = append(o, "application", app, "timestamp", stasis.Time(time.Now()), "asterisk_id", s.stasis.EntityID())
	return rendered(o, s.conf.Load().Pretty)
}
