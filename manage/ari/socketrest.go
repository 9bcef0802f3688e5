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
	Type                                               *string
	TransactionID, RequestID, Method, URI, ContentType string
	Query                                              url.Values // query_strings
	Body                                               string     // message_body
	oddQuery                                           bool       // one of query_strings is no name with a value
}

// readRequest takes one in: what is of another type than it is to be counts as missing. False: it is no JSON.
func readRequest(text []byte) (q restRequest, ok bool) {
	var shape any
	if json.Unmarshal(text, &shape) != nil {
		return q, false
	}
	o, isObject := shape.(map[string]any)
	if _, isList := shape.([]any); !isObject && !isList {
		return q, false
	}
	if kind, given := o["type"].(string); given {
		q.Type = &kind
	}
	for name, to := range map[string]*string{"transaction_id": &q.TransactionID, "request_id": &q.RequestID, "method": &q.Method,
		"uri": &q.URI, "content_type": &q.ContentType, "message_body": &q.Body} {
		*to, _ = o[name].(string)
	}
	q.Query = url.Values{}
	list, _ := o["query_strings"].([]any)
	for _, x := range list {
		pair, _ := x.(map[string]any)
		name, named := pair["name"].(string)
		value, valued := pair["value"].(string)
		q.oddQuery = q.oddQuery || !named || !valued
		q.Query.Add(name, value)
	}
	return q, true
}

var restMethods = []string{"GET", "POST", "PUT", "DELETE", "OPTIONS"}

// request answers one. They are answered in the order in which they come.
func (k *socket) request(text []byte) {
	k.s.requests.Add(1)
	q, ok := readRequest(text)
	if !ok {
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
	for name, list := range q.Query {
		values[name] = append(values[name], list...)
	}
	a := k.s.perform(k, q, values)
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
	case !slices.Contains(restMethods, q.Method):
		return "Unknown or missing 'method' property."
	case q.oddQuery:
		return "Unable to parse 'query_strings' array."
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

// perform carries a request of a socket out, by the rights of its user.
func (s *Server) perform(k *socket, q restRequest, values url.Values) reply {
	user := k.user
	method, rest := q.Method, strings.TrimPrefix(strings.TrimPrefix(q.URI, "/"), "ari/")
	if user == nil {
		return failure(401, "Authentication required")
	}
	if bad := s.standing(method, rest, user); bad.status != 0 {
		s.rejected.Add(1)
		return bad
	}
	if name, docs := strings.CutPrefix(rest, "api-docs/"); docs {
		return s.docs(method, k.base, name)
	}
	n, vars := s.route(rest)
	switch {
	case n == nil:
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
