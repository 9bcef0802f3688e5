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
	tries         int           // that were made already
	archive, keep bool
}

// parse reads a call file. Unknown lines are named in notes; the error says why there is
// no call in it.
func parse(text string) (f *callFile, notes []string, err error) {
	f = &callFile{retryTime: 300 * time.Second, call: pbx.Originate{Timeout: 45 * time.Second, At: dialplan.Location{Priority: 1, Exten: "s", Context: "default"}}}
	priority := "1"
	for n, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' || line[0] == ';' {
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		if value = strings.TrimSpace(value); !ok {
			notes = append(notes, fmt.Sprintf("line %d has no ':'", n+1))
			continue
		}
		if name = strings.ToLower(strings.TrimSpace(name)); name == "priority" {
			priority = value
		} else if note := f.line(name, value); note != "" {
			notes = append(notes, fmt.Sprintf("line %d: %s", n+1, note))
		}
	}
	if f.call.At.Priority, err = strconv.Atoi(priority); err != nil || f.call.At.Priority < 1 {
		return nil, notes, fmt.Errorf("priority '%s' is no number", priority)
	}
	switch {
	case f.call.Tech == "":
		return nil, notes, fmt.Errorf("there is no line 'Channel: technology/resource'")
	case f.call.App == "" && f.call.At.Exten == "":
		return nil, notes, fmt.Errorf("there is neither an Application nor an Extension")
	}
	return f, notes, nil
}

// line reads one line; note says what is wrong with it.
func (f *callFile) line(name, value string) (note string) {
	c := &f.call
	seconds := func(to *time.Duration) string {
		n, err := strconv.Atoi(value)
		if err != nil || n < 0 {
			return fmt.Sprintf("'%s' is no number of seconds", value)
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
		n, err := strconv.Atoi(value)
		if err != nil || n < 0 {
			return fmt.Sprintf("'%s' is no number", value)
		}
		f.maxRetries = n
	case "retrytime":
		return seconds(&f.retryTime)
	case "waittime":
		return seconds(&c.Timeout)
	case "set", "setvar":
		variable, text, _ := strings.Cut(value, "=")
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
		f.tries++
	case "endretry", "abortretry", "delayedretry", "status":
	default:
		return fmt.Sprintf("unknown keyword '%s'", name)
	}
	return ""
}
