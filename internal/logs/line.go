package logs

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	"obelisk/internal/printable"
	"obelisk/internal/strftime"
)

// Line is something that is told.
type Line struct {
	When    time.Time
	Level   string // NOTICE, WARNING, ERROR, DEBUG, VERBOSE, SECURITY
	Verbose int    // of VERBOSE: 0 to 4
	Call    string // "C-00000001", or ""
	Source  string
	Text    string
	dates   string // dateformat, where it was told
}

// usualDates is Asterisk's where logger.conf has no dateformat: Dec  2 06:33:36.
const usualDates = "%b %e %T"

// stamp is the time as dateformat wants it, in files and on consoles.
func (l *Line) stamp() string {
	if l.dates == usualDates {
		return l.When.Format(time.Stamp)
	}
	return strftime.Format(l.When, l.dates)
}

// call is the call's number in brackets.
func (l *Line) call() string {
	if l.Call == "" {
		return ""
	}
	return "[" + l.Call + "]"
}

// plain is a line of a file. A text of several lines, such as a message of SIP, cannot begin
// one that is taken for another entry.
func (l *Line) plain() []byte {
	return fmt.Appendf(nil, "[%s] %s[%d]%s %s: %s\n", l.stamp(), l.Level, os.Getpid(), l.call(), l.Source, printable.Indented(l.Text))
}

// json is a line in the form of Asterisk's [json] channels.
func (l *Line) json(c *Config) []byte {
	var call any
	if l.Call != "" {
		call = l.call()
	}
	b, _ := json.Marshal(map[string]any{"hostname": c.host, "timestamp": l.stamp(), "identifiers": map[string]any{"lwp": os.Getpid(),
		"callid": call},
		"logmsg": map[string]any{"location": map[string]any{"filename": l.Source, "function": nil, "line": nil}, "level": l.Level,
			"message": l.Text}})
	return append(b, '\n')
}

// prefixes of messages about calls, by their level.
var prefixes = []string{"", " ", "  == ", "    -- ", "       > "}

// Prefix is what stands before a message about a call on a console.
func (l *Line) Prefix() string { return prefixes[min(max(l.Verbose, 0), len(prefixes)-1)] }

// Colours of consoles.
const (
	plainText = "\x1b[0m"
	grey      = "\x1b[1;30m"
	red       = "\x1b[1;31m"
	yellow    = "\x1b[1;33m"
	magenta   = "\x1b[1;35m"
	cyan      = "\x1b[1;36m"
	white     = "\x1b[1;37m"
)

// levelColours are Asterisk's.
var levelColours = map[string]string{"NOTICE": yellow, "WARNING": red, "ERROR": red, "DEBUG": "\x1b[1;32m", "SECURITY": yellow}

// Console is the line as a console shows it.
func (l *Line) Console(colours bool) string {
	paint := func(colour, s string) string {
		if !colours || s == "" {
			return s
		}
		return colour + s + plainText
	}
	if l.Level != "VERBOSE" {
		return fmt.Sprintf("[%s] %s[%d]%s: %s: %s", l.stamp(), paint(levelColours[l.Level], l.Level), os.Getpid(), l.call(),
			paint(white, l.Source), printable.Indented(l.Text))
	}
	text := printable.Indented(l.Text)
	// Executing [600@q:1] Answer("SIP/x", "") in new stack
	if head, rest, ok := strings.Cut(text, "] "); ok && colours && strings.HasPrefix(text, "Executing [") {
		if app, args, ok := strings.Cut(rest, "("); ok {
			if args, tail, ok := cutLast(args, ") in "); ok {
				if channel, args, ok := strings.Cut(args, ", "); ok {
					text = head + "] " + paint(cyan, app) + "(" + paint(magenta, channel) + ", " + paint(magenta, args) + ") in " + tail
				}
			}
		}
	}
	return paint(grey, l.Prefix()) + text
}

func cutLast(s, sep string) (before, after string, ok bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}
