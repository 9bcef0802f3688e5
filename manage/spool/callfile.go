// Package spool begins the calls of call files: texts that programs move into
// <astspooldir>/outgoing.
package spool

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/internal/config"
	"obelisk/media"
	"obelisk/pbx"
)

// callFile is what a file asks for.
type callFile struct {
	call          pbx.Originate
	maxRetries    int           // beside the first try
	retryTime     time.Duration // between tries
	tries         int           // that were made already, to their end
	open          bool          // another one was begun, and nobody has written its end
	archive, keep bool
}

// parse reads a call file. Unknown lines are named in notes; the error says why there is
// no call in it.
func parse(text string) (f *callFile, notes []string, err error) {
	f = &callFile{retryTime: 300 * time.Second, call: pbx.Originate{Timeout: 45 * time.Second,
		At: dialplan.Location{Priority: 1, Context: "default"}}}
	for n, line := range strings.Split(text, "\n") {
		if line = strings.TrimRight(uncomment(line), " \t\r\n\v\f"); line == "" {
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		if value = strings.TrimSpace(value); !ok {
			notes = append(notes, fmt.Sprintf("line %d has no ':'", n+1))
			continue
		}
		if note := f.line(strings.ToLower(name), value); note != "" {
			notes = append(notes, fmt.Sprintf("line %d: %s", n+1, note))
		}
	}
	switch {
	case f.call.Tech == "":
		return f, notes, fmt.Errorf("there is no line 'Channel: technology/resource'")
	case f.call.App == "" && f.call.At.Exten == "":
		return f, notes, fmt.Errorf("there is neither an Application nor an Extension")
	}
	f.call.Vars = append(f.call.Vars, [2]string{"AST_OUTGOING_ATTEMPT", strconv.Itoa(f.tries + 1)})
	return f, notes, nil
}

// uncomment cuts a remark off: behind "#" at the beginning or after a blank, or behind ";" that
// has no backslash before it.
func uncomment(line string) string {
	for i := 0; i < len(line); i++ {
		if line[i] == '#' && (i == 0 || line[i-1] == ' ' || line[i-1] == '\t') {
			line = line[:i]
		}
	}
	for i := 0; i < len(line); i++ {
		switch {
		case line[i] != ';':
		case i > 0 && line[i-1] == '\\':
			line = line[:i-1] + line[i:]
			i--
		default:
			return line[:i]
		}
	}
	return line
}

// leading is the whole number that a text begins with.
func leading(text string) (n int, ok bool) {
	end := 0
	for end < len(text) && (text[end] >= '0' && text[end] <= '9' || end == 0 && (text[0] == '-' || text[0] == '+')) {
		end++
	}
	n, err := strconv.Atoi(text[:min(end, 10)])
	return n, err == nil
}

// line reads one line; note says what is wrong with it.
func (f *callFile) line(name, value string) (note string) {
	c := &f.call
	seconds := func(to *time.Duration) string {
		n, ok := leading(value)
		if !ok || n < 1 {
			return fmt.Sprintf("'%s' is no number of seconds; it stays %d", value, int(to.Seconds()))
		}
		*to = time.Duration(n) * time.Second
		return ""
	}
	switch name {
	case "channel":
		tech, resource, ok := strings.Cut(value, "/")
		if !ok || resource == "" {
			return "Channel takes technology/resource"
		}
		c.Tech, c.Resource = tech, resource
	case "callerid":
		c.CallerID = pbx.ParseCallerID(value)
	case "application":
		c.App = value
	case "data":
		c.Data = value
	case "context":
		c.At.Context = value
	case "extension":
		c.At.Exten = value
	case "account":
		c.AccountCode = value
	case "maxretries":
		n, ok := leading(value)
		if f.maxRetries = n; !ok {
			return fmt.Sprintf("'%s' is no number", value)
		}
	case "priority":
		n, ok := leading(value)
		if c.At.Priority = max(n, 1); !ok || n < 1 {
			return fmt.Sprintf("priority '%s' is no number; it is 1", value)
		}
	case "retrytime":
		return seconds(&f.retryTime)
	case "waittime":
		return seconds(&c.Timeout)
	case "set", "setvar":
		variable, text, ok := strings.Cut(value, "=")
		if !ok {
			return name + " takes variable=value"
		}
		c.Vars = append(c.Vars, [2]string{strings.TrimSpace(variable), text})
	case "codecs":
		c.Codecs = append(c.Codecs, media.CodecsNamed(value)...)
	case "archive":
		f.archive, _ = config.Bool(value)
	case "alwaysdelete":
		on, _ := config.Bool(value)
		f.keep = !on
	case "early_media":
		c.Early, _ = config.Bool(value)
	case "startretry":
		f.open = true
	case "endretry", "abortretry", "retry":
		f.tries, f.open = f.tries+1, false
	case "delayedretry", "status":
	default:
		return fmt.Sprintf("unknown keyword '%s'", name)
	}
	return ""
}
