package spool

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// Header is what is known of a message when its recording begins.
type Header struct {
	Box          string // as it was dialled
	Context      string // where the dialplan was
	MacroContext string
	Exten        string
	Priority     int
	RDNIS        string // who sent the call on; "": nobody
	Channel      string
	CallerID     string // "Name" <number>
	Category     string
	ID           string
	At           time.Time
}

// text is the part of a message's text file that is written before the recording, byte for byte
// as Asterisk writes it.
func (h Header) text() string {
	rdnis := h.RDNIS
	if rdnis == "" {
		rdnis = "unknown"
	}
	caller := h.CallerID
	if caller == "" {
		caller = "Unknown"
	}
	var b strings.Builder
	b.WriteString(";\n; Message Information file\n;\n[message]\n")
	for _, line := range [][2]string{
		{"origmailbox", h.Box}, {"context", h.Context}, {"macrocontext", h.MacroContext}, {"exten", h.Exten}, {"rdnis", rdnis},
		{"priority", strconv.Itoa(h.Priority)}, {"callerchan", h.Channel}, {"callerid", caller},
		{"origdate", h.At.UTC().Format("Mon Jan _2 03:04:05 PM UTC 2006")}, {"origtime", strconv.FormatInt(h.At.Unix(), 10)},
		{"category", h.Category}, {"msg_id", h.ID},
	} {
		fmt.Fprintf(&b, "%s=%s\n", line[0], oneLine(line[1]))
	}
	return b.String()
}

// oneLine keeps a text from making further lines of the file.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\r' || r == 0 {
			return ' '
		}
		return r
	}, s)
}

// Text is the text file of a message: its lines as they are, whoever wrote them.
type Text struct{ lines []string }

// ReadText reads one. Programs beside us write these files: unknown lines, missing ones and
// carriage returns are no error.
func ReadText(file string) (*Text, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return &Text{strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")}, nil
}

// find is where a key is; -1 without it.
func (t *Text) find(key string) int {
	for i, l := range t.lines {
		if name, _, ok := strings.Cut(l, "="); ok && strings.EqualFold(strings.TrimSpace(name), key) {
			return i
		}
	}
	return -1
}

// Get is the value of a key, "" without it.
func (t *Text) Get(key string) string {
	i := t.find(key)
	if i < 0 {
		return ""
	}
	_, value, _ := strings.Cut(t.lines[i], "=")
	return strings.TrimSpace(strings.TrimPrefix(value, ">"))
}

// Set changes a key, or adds it at the end.
func (t *Text) Set(key, value string) {
	line := key + "=" + oneLine(value)
	if i := t.find(key); i >= 0 {
		t.lines[i] = line
		return
	}
	t.lines = append(t.lines, line)
}

// space writes each line as "key = value", which is what Asterisk leaves of a message that it gave
// an introduction.
func (t *Text) space() {
	for i, l := range t.lines {
		if name, value, ok := strings.Cut(l, "="); ok && !strings.HasPrefix(l, ";") {
			t.lines[i] = strings.TrimSpace(name) + " = " + strings.TrimSpace(value)
		}
	}
}

// Bytes is the file.
func (t *Text) Bytes() []byte { return []byte(strings.Join(t.lines, "\n") + "\n") }

// Message is one of a folder.
type Message struct {
	Number  int
	Path    string // without extension
	Text    *Text
	Origin  time.Time // when it was left; zero when the file does not say
	Seconds int       // how long it is
}

func (m *Message) Get(key string) string { return m.Text.Get(key) }

// ID is the message's own name, which no other one has.
func (m *Message) ID() string { return m.Get("msg_id") }

// CallerID is who has left it.
func (m *Message) CallerID() string { return m.Get("callerid") }

// Flag is "Urgent", "PRIORITY" or "".
func (m *Message) Flag() string { return m.Get("flag") }

// Context is where the dialplan was: that of a macro names where it was called.
func (m *Message) Context() string {
	c := m.Get("context")
	if len(c) >= 5 && strings.EqualFold(c[:5], "macro") {
		c = m.Get("macrocontext")
	}
	return c
}

// read is a message from its text file.
func read(dir string, n int) (*Message, error) {
	m := &Message{Number: n, Path: base(dir, n)}
	var err error
	if m.Text, err = ReadText(m.Path + ".txt"); err != nil {
		return nil, err
	}
	if at, err := strconv.ParseInt(m.Get("origtime"), 10, 64); err == nil {
		m.Origin = time.Unix(at, 0)
	}
	m.Seconds, _ = strconv.Atoi(m.Get("duration"))
	return m, nil
}
