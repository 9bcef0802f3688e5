package logs

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"obelisk/internal/config"
)

// Config is logger.conf.
type Config struct {
	dateFormat string // of C's strftime and %q; the first of several counts
	dated      bool   // logger.conf has it
	host       string
	callIDs    bool // use_callids, default yes
	strategy   rotation
	channels   []channelConfig
	console    levels   // of all consoles
	before     int      // how many channels stand before console in the file
	own        []string // custom_levels: the dialplan's Log() writes them
	written    bool     // there is a file that says all this
	queue      string   // queue_log_name; "": what queues do is not logged (queue_log)
}

// levels are words of logger.conf in capitals: WARNING, ERROR ...
type levels map[string]bool

type channelConfig struct {
	name    string
	levels  levels
	json    bool
	verbose int // up to this level; asRoot: as the process was started with
}

// asRoot is the level of "verbose" without a number.
const asRoot = -1

// Default is what an absent logger.conf means.
func Default() Config {
	host, _ := os.Hostname()
	return Config{dateFormat: usualDates, host: host, callIDs: true, queue: "queue_log",
		channels: []channelConfig{{name: "messages", levels: levels{"WARNING": true, "ERROR": true}},
			{name: "security", levels: levels{"SECURITY": true}}},
		console: levels{"NOTICE": true, "WARNING": true, "ERROR": true, "VERBOSE": true}}
}

// words are those of logger.conf and what they let through.
var words = map[string]string{"debug": "DEBUG", "notice": "NOTICE", "verbose": "VERBOSE", "warning": "WARNING", "error": "ERROR",
	"security": "SECURITY", "dtmf": "DTMF", "fax": "FAX"}

// ReadConfig reads logger.conf; f may be nil.
func ReadConfig(f *config.File) (c Config, diags []config.Diagnostic) {
	c = Default()
	if f == nil {
		return c, nil
	}
	warn := func(v config.Var, format string, args ...any) {
		diags = append(diags, config.Diagnostic{Pos: v.Pos, Text: fmt.Sprintf(format, args...)})
	}
	c.channels, c.console, c.written = nil, nil, true
	c.own = OwnLevels(f)
	for _, s := range f.Visible() {
		for _, v := range s.Vars {
			switch strings.ToLower(s.Name) {
			case "general":
				c.general(v, warn)
			case "logfiles":
				if ch := readChannel(v, c.own, warn); strings.EqualFold(v.Name, "console") {
					c.console, c.before = ch.levels, len(c.channels)
				} else {
					c.channels = append(c.channels, ch)
				}
			}
		}
	}
	return c, diags
}

func (c *Config) general(v config.Var, warn func(config.Var, string, ...any)) {
	switch strings.ToLower(v.Name) {
	case "dateformat":
		if !c.dated {
			c.dateFormat, c.dated = v.Value, true
		}
	case "use_callids":
		c.callIDs, _ = config.Bool(v.Value)
	case "rotatestrategy":
		c.strategy = rotation(strings.ToLower(v.Value))
		if !c.strategy.known() {
			warn(v, "rotatestrategy takes none, sequential, rotate or timestamp; it is sequential")
			c.strategy = ""
		}
	case "queue_log":
		if on, _ := config.Bool(v.Value); !on {
			c.queue = ""
		}
	case "queue_log_name":
		if c.queue != "" {
			c.queue = filepath.Base(v.Value)
		}
	case "custom_levels": // OwnLevels
	case "appendhostname", "queue_log_to_file", "queue_log_realtime_use_gmt", "exec_after_rotate", "logger_queue_limit",
		"queue_adaptive_realtime":
	default:
		warn(v, "unknown option '%s' in [general] is ignored", v.Name)
	}
}

// maxOwn is how many levels of its own a logger.conf may have, as in Asterisk.
const maxOwn = 16

// OwnLevels are those of custom_levels in a logger.conf, as written, 16 at most; nil without any.
func OwnLevels(f *config.File) (own []string) {
	v, _ := f.Section("general").Lookup("custom_levels")
	for _, name := range strings.Split(v.Value, ",") {
		if name = strings.TrimSpace(name); name != "" && len(own) < maxOwn {
			own = append(own, name)
		}
	}
	return own
}

// levelOf is a level by its word; "" with known: one that says nothing here.
func levelOf(word string, own []string) (level string, known bool) {
	if i := slices.IndexFunc(own, func(name string) bool { return strings.EqualFold(name, word) }); i >= 0 {
		return own[i], true
	}
	level, known = words[strings.ToLower(word)]
	return level, known
}

// readChannel reads "name => [format]level,verbose(number)"; own are levels beside the usual.
func readChannel(v config.Var, own []string, warn func(config.Var, string, ...any)) channelConfig {
	ch := channelConfig{name: v.Name, levels: levels{}, verbose: asRoot}
	text := strings.TrimSpace(v.Value)
	if format, rest, ok := strings.Cut(strings.TrimPrefix(text, "["), "]"); ok && strings.HasPrefix(text, "[") {
		ch.json, text = strings.EqualFold(format, "json"), rest
	}
	for _, word := range strings.Split(text, ",") {
		word, number, _ := strings.Cut(strings.ToLower(strings.TrimSpace(word)), "(")
		level, known := levelOf(word, own)
		switch {
		case word == "*":
			for _, l := range words {
				ch.levels[l] = l != ""
			}
			for _, l := range own {
				ch.levels[l] = true
			}
		case !known:
			warn(v, "unknown level '%s' is ignored", word)
		case level != "":
			ch.levels[level] = true
		}
		if n, err := strconv.Atoi(strings.TrimSuffix(number, ")")); err == nil && level == "VERBOSE" {
			ch.verbose = n
		}
	}
	return ch
}
