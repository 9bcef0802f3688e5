package boot

import (
	"fmt"
	"os"
	"strings"
	"time"

	"obelisk/internal/config"
)

// logConfig is logger.conf.
type logConfig struct {
	dateFormat string // of C's strftime; "" for 2026-11-26 10:30:00
	host       string
	strategy   rotation
	channels   []logChannelConfig
}

type logChannelConfig struct {
	name   string
	levels map[string]bool // WARNING, ERROR ...
	json   bool
}

// defaultLogs are the channels without a logger.conf.
func defaultLogs() logConfig {
	host, _ := os.Hostname()
	return logConfig{host: host, channels: []logChannelConfig{{name: "messages", levels: map[string]bool{"WARNING": true, "ERROR": true}}, {name: "security", levels: map[string]bool{"SECURITY": true}}}}
}

// logLevels are the words of logger.conf and what they let through; verbose lines are
// notices here.
var logLevels = map[string]string{"debug": "DEBUG", "notice": "NOTICE", "verbose": "NOTICE", "warning": "WARNING", "error": "ERROR", "security": "SECURITY", "dtmf": "", "fax": ""}

// readLogger reads logger.conf; f may be nil.
func readLogger(f *config.File) (c logConfig, diags []config.Diagnostic) {
	c = defaultLogs()
	if f == nil {
		return c, nil
	}
	warn := func(v config.Var, format string, args ...any) {
		diags = append(diags, config.Diagnostic{Pos: v.Pos, Text: fmt.Sprintf(format, args...)})
	}
	c.channels = nil
	for _, s := range f.Visible() {
		for _, v := range s.Vars {
			switch strings.ToLower(s.Name) {
			case "general":
				c.general(v, warn)
			case "logfiles":
				c.channel(v, warn)
			}
		}
	}
	return c, diags
}

func (c *logConfig) general(v config.Var, warn func(config.Var, string, ...any)) {
	switch strings.ToLower(v.Name) {
	case "dateformat":
		c.dateFormat = strings.ReplaceAll(v.Value, "%3q", "%L")
	case "rotatestrategy":
		c.strategy = rotation(strings.ToLower(v.Value))
		if !c.strategy.known() {
			warn(v, "rotatestrategy takes none, sequential, rotate or timestamp; it is sequential")
			c.strategy = ""
		}
	case "appendhostname", "use_callids", "queue_log", "queue_log_to_file", "queue_log_name", "queue_log_realtime_use_gmt", "exec_after_rotate", "logger_queue_limit", "queue_adaptive_realtime":
	default:
		warn(v, "unknown option '%s' in [general] is ignored", v.Name)
	}
}

// channel reads "name => [format]level,level(number)"; the console's is another matter.
func (c *logConfig) channel(v config.Var, warn func(config.Var, string, ...any)) {
	if strings.EqualFold(v.Name, "console") {
		return
	}
	ch := logChannelConfig{name: v.Name, levels: map[string]bool{}}
	text := strings.TrimSpace(v.Value)
	if format, rest, ok := strings.Cut(strings.TrimPrefix(text, "["), "]"); ok && strings.HasPrefix(text, "[") {
		ch.json, text = strings.EqualFold(format, "json"), rest
	}
	for _, word := range strings.Split(text, ",") {
		word, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(word)), "(")
		level, known := logLevels[word]
		switch {
		case word == "*":
			for _, l := range logLevels {
				ch.levels[l] = l != ""
			}
		case !known:
			warn(v, "unknown level '%s' is ignored", word)
		case level != "":
			ch.levels[level] = true
		}
	}
	c.channels = append(c.channels, ch)
}

// rotation is what becomes of a file that is put aside: rotatestrategy.
type rotation string

func (r rotation) known() bool {
	switch r {
	case "", "none", "sequential", "rotate", "timestamp":
		return true
	}
	return false
}

// aside moves a file out of the way: "rotate" makes the newest one .0, "sequential" the
// oldest, "timestamp" puts the time behind its name, "none" leaves it for others to move.
func (r rotation) aside(path string) error {
	next := func(n int) string { return fmt.Sprint(path, ".", n) }
	there := func(p string) bool { _, err := os.Lstat(p); return err == nil }
	switch r {
	case "none":
		return nil
	case "timestamp":
		return os.Rename(path, fmt.Sprint(path, ".", time.Now().Unix()))
	}
	free := 0
	for there(next(free)) {
		free++
	}
	if r == "rotate" {
		for n := free; n > 0; n-- {
			if err := os.Rename(next(n-1), next(n)); err != nil {
				return err
			}
		}
		free = 0
	}
	return os.Rename(path, next(free))
}
