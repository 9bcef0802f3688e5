package queue

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"obelisk/internal/config"
)

// settings are a queue's options. They are never changed, only replaced by a reload. Times are
// in whole seconds.
type settings struct {
	strategy Strategy

	timeout, retry, wrapup int64 // of a member's ringing, 0: none; between two attempts; after a call
	timeoutConf            bool  // timeoutpriority=conf: the queue's timeout goes before the application's
	timeoutRestart         bool
	memberDelay            int64
	maxLen, weight         int
	serviceLevel           int64
	autofill, ringInUse    bool
	penaltyMembersLimit    int
	joinEmpty, leaveEmpty  conditions

	autopause                       autopauseMode
	autopauseDelay                  int64
	autopauseBusy, autopauseUnavail bool

	music, announce, context string
	macro, gosub, rule       string
	monitorFormat            string
	mixMonitor               bool

	announceFrequency, minAnnounceFrequency int64
	announceFirst                           bool // announce-to-first-user
	announceHold                            holdMode
	announcePosition                        positionMode
	positionOnlyUp                          bool
	positionLimit                           int
	roundSeconds                            int64
	reportHold                              bool

	periodic          []string // prompts
	periodicFrequency int64
	periodicStart     int64 // until the first one, -1: periodicFrequency
	periodicRelative  bool
	periodicRandom    bool

	setInterfaceVar, setQueueVar, setEntryVar bool
	logRestricted                             bool

	sounds map[string]string // prompts by the names of their options
}

// holdMode is announce-holdtime.
type holdMode uint8

const (
	holdNever holdMode = iota
	holdAlways
	holdOnce
)

// positionMode is announce-position.
type positionMode uint8

const (
	positionNever positionMode = iota
	positionAlways
	positionLimited // up to positionLimit
	positionMore    // beyond it: that there are more
)

// autopauseMode is autopause.
type autopauseMode uint8

const (
	autopauseOff autopauseMode = iota
	autopauseOn
	autopauseAll // in all queues
)

// The defaults of Asterisk 20.
const (
	defaultTimeout = 15
	defaultRetry   = 5
	defaultPause   = 15 // between two announcements of the position
	defaultLimit   = 10
	mostPeriodic   = 10 // prompts of periodic-announce
)

// soundNames are the options that name a prompt, with the prompt that is said without them.
var soundNames = map[string]string{"queue-youarenext": "queue-youarenext", "queue-thereare": "queue-thereare",
	"queue-callswaiting": "queue-callswaiting", "queue-quantity1": "queue-quantity1", "queue-quantity2": "queue-quantity2",
	"queue-holdtime": "queue-holdtime", "queue-minutes": "queue-minutes", "queue-minute": "queue-minute", "queue-seconds": "queue-seconds",
	"queue-thankyou": "queue-thankyou", "queue-reporthold": "queue-reporthold",
	"queue-callerannounce": ""}

// soundOrder has them in order.
var soundOrder = slices.Sorted(maps.Keys(soundNames))

func defaults(g *General) *settings {
	return &settings{timeout: defaultTimeout, retry: defaultRetry, minAnnounceFrequency: defaultPause, announceHold: holdAlways,
		announcePosition: positionAlways, positionLimit: defaultLimit, ringInUse: true, autofill: g.Autofill, mixMonitor: g.MixMonitor,
		periodic: []string{"queue-periodic-announce"}, periodicStart: -1,
		logRestricted: true, sounds: map[string]string{}}
}

// sound is the prompt of an option, "" for none.
func (s *settings) sound(name string) string {
	if file, set := s.sounds[name]; set {
		return file
	}
	return soundNames[name]
}

// option is one of queues.conf, in a section of a queue. set returns what is wrong with a value,
// "" for nothing.
type option struct {
	names string // the first one is its own, the others are old ones
	help  string
	set   func(s *settings, value string) string
}

// options are all that there are, but for member and the queue-* prompts.
var options = []option{
	{"strategy", "who rings: ringall, leastrecent, fewestcalls, random, rrmemory, rrordered, linear, wrandom",
		func(s *settings, v string) string {
			known := false
			if s.strategy, known = ParseStrategy(v); !known {
				return fmt.Sprintf("'%s' isn't a valid strategy, using ringall instead", v)
			}
			return ""
		}},
	{"musicclass music musiconhold", "music that callers hear", text(func(s *settings) *string { return &s.music })},
	{"announce", "prompt for who has answered", text(func(s *settings) *string { return &s.announce })},
	{"context", "whose extensions a waiting caller may dial to leave", text(func(s *settings) *string { return &s.context })},
	{"timeout", "how long a member rings, 0 for ever", seconds(func(s *settings) *int64 { return &s.timeout }, 0, defaultTimeout)},
	{"retry", "pause between two attempts", seconds(func(s *settings) *int64 { return &s.retry }, 1, defaultRetry)},
	{"timeoutpriority", "conf: timeout goes before that of Queue()", func(s *settings, v string) string {
		s.timeoutConf = strings.EqualFold(v, "conf")
		return ""
	}},
	{"timeoutrestart", "a member who is busy begins the timeout anew", truth(func(s *settings) *bool { return &s.timeoutRestart })},
	{"wrapuptime", "how long a member is left alone after a call", seconds(func(s *settings) *int64 { return &s.wrapup }, minus, 0)},
	{"memberdelay", "silence between the answer and the caller", seconds(func(s *settings) *int64 { return &s.memberDelay }, minus, 0)},
	{"maxlen", "callers that may wait, 0 any number", count(func(s *settings) *int { return &s.maxLen }, 0)},
	{"weight", "queues of more weight get a common member first", count(func(s *settings) *int { return &s.weight }, minus)},
	{"servicelevel", "within which a call counts as answered soon", seconds(func(s *settings) *int64 { return &s.serviceLevel }, minus, 0)},
	{"autofill", "as many callers are served at a time as members are free", truth(func(s *settings) *bool { return &s.autofill })},
	{"ringinuse", "members ring whose device is in use", truth(func(s *settings) *bool { return &s.ringInUse })},
	{"penaltymemberslimit", "with so many members or fewer penalties count nothing",
		count(func(s *settings) *int { return &s.penaltyMembersLimit }, minus)},
	{"joinempty", "who enters when no member can take the call: yes, no, strict, loose, or a list of paused, penalty, inuse, ringing, " +
		"unavailable, invalid, unknown, wrapup",
		func(s *settings, v string) string { return s.joinEmpty.read(v, true) }},
	{"leavewhenempty", "who has to leave then", func(s *settings, v string) string { return s.leaveEmpty.read(v, false) }},
	{"autopause", "a member who does not answer is paused: yes, no, all (in all queues)", func(s *settings, v string) string {
		on, _ := config.Bool(v)
		switch {
		case on:
			s.autopause = autopauseOn
		case strings.EqualFold(v, "all"):
			s.autopause = autopauseAll
		default:
			s.autopause = autopauseOff
		}
		return ""
	}},
	{"autopausedelay", "so long after his last call he is not", seconds(func(s *settings) *int64 { return &s.autopauseDelay }, minus, 0)},
	{"autopausebusy", "who is busy is paused too", truth(func(s *settings) *bool { return &s.autopauseBusy })},
	{"autopauseunavail", "and who cannot be reached", truth(func(s *settings) *bool { return &s.autopauseUnavail })},
	{"membermacro", "macro on the channel of who has answered", text(func(s *settings) *string { return &s.macro })},
	{"membergosub", "subroutine on it", text(func(s *settings) *string { return &s.gosub })},
	{"defaultrule", "section of queuerules.conf", text(func(s *settings) *string { return &s.rule })},
	{"monitor-format", "calls are recorded, in this format", text(func(s *settings) *string { return &s.monitorFormat })},
	{"monitor-type", "mixmonitor", func(s *settings, v string) string {
		s.mixMonitor = s.mixMonitor || strings.EqualFold(v, "mixmonitor")
		return ""
	}},
	{"announce-frequency", "how often callers are told their place, 0 never",
		seconds(func(s *settings) *int64 { return &s.announceFrequency }, minus, 0)},
	{"min-announce-frequency", "least time between two of these", seconds(func(s *settings) *int64 { return &s.minAnnounceFrequency }, minus,
		0)},
	{"announce-to-first-user", "the first caller is told too", truth(func(s *settings) *bool { return &s.announceFirst })},
	{"announce-holdtime", "how long it will take: yes, no, once", func(s *settings, v string) string {
		on, _ := config.Bool(v)
		switch {
		case strings.EqualFold(v, "once"):
			s.announceHold = holdOnce
		case on:
			s.announceHold = holdAlways
		default:
			s.announceHold = holdNever
		}
		return ""
	}},
	{"announce-position", "the place: yes, no, limit, more", func(s *settings, v string) string {
		on, _ := config.Bool(v)
		switch {
		case strings.EqualFold(v, "limit"):
			s.announcePosition = positionLimited
		case strings.EqualFold(v, "more"):
			s.announcePosition = positionMore
		case on:
			s.announcePosition = positionAlways
		default:
			s.announcePosition = positionNever
		}
		return ""
	}},
	{"announce-position-only-up", "only when it is better than before", truth(func(s *settings) *bool { return &s.positionOnlyUp })},
	{"announce-position-limit", "up to which place, or from which on", count(func(s *settings) *int { return &s.positionLimit }, minus)},
	{"announce-round-seconds", "seconds are said in steps of 5, 10, 15, 20 or 30, 0 not at all", func(s *settings, v string) string {
		switch s.roundSeconds = int64(atoi(v)); s.roundSeconds {
		case 0, 5, 10, 15, 20, 30:
			return ""
		}
		s.roundSeconds = 0
		return fmt.Sprintf("'%s' isn't a valid value for announce-round-seconds, using 0 instead", v)
	}},
	{"reportholdtime", "who has answered is told how long the caller has waited", truth(func(s *settings) *bool { return &s.reportHold })},
	{"periodic-announce", "prompts for who waits, parted by commas", func(s *settings, v string) string {
		s.periodic = strings.FieldsFunc(v, func(r rune) bool { return r == ',' || r == '|' && strings.Contains(v, ",") })
		s.periodic = s.periodic[:min(len(s.periodic), mostPeriodic)]
		return ""
	}},
	{"periodic-announce-frequency", "how often they are played, 0 never", seconds(func(s *settings) *int64 { return &s.periodicFrequency },
		minus, 0)},
	{"periodic-announce-startdelay", "until the first one", seconds(func(s *settings) *int64 { return &s.periodicStart }, minus, 0)},
	{"relative-periodic-announce", "the time counts from the end of the last one",
		truth(func(s *settings) *bool { return &s.periodicRelative })},
	{"random-periodic-announce", "any of the prompts, not one after the other", truth(func(s *settings) *bool { return &s.periodicRandom })},
	{"setinterfacevar", "MEMBERINTERFACE and its like are set on both channels",
		truth(func(s *settings) *bool { return &s.setInterfaceVar })},
	{"setqueuevar", "QUEUENAME and its like", truth(func(s *settings) *bool { return &s.setQueueVar })},
	{"setqueueentryvar", "QEHOLDTIME and QEORIGINALPOS", truth(func(s *settings) *bool { return &s.setEntryVar })},
	{"log-restricted-caller-id", "numbers that are withheld are in queue_log", truth(func(s *settings) *bool { return &s.logRestricted })},
}

// minus stands for a bound where every number is taken.
const minus = -1 << 31

func text(to func(*settings) *string) func(*settings, string) string {
	return func(s *settings, v string) string { *to(s) = v; return "" }
}

func truth(to func(*settings) *bool) func(*settings, string) string {
	return func(s *settings, v string) string { *to(s), _ = config.Bool(v); return "" }
}

// seconds reads a time; one below least is the default.
func seconds(to func(*settings) *int64, least, otherwise int64) func(*settings, string) string {
	return func(s *settings, v string) string {
		if *to(s) = int64(atoi(v)); *to(s) < least {
			*to(s) = otherwise
		}
		return ""
	}
}

func count(to func(*settings) *int, least int) func(*settings, string) string {
	return func(s *settings, v string) string { *to(s) = max(atoi(v), least); return "" }
}

// atoi is the whole number that a text begins with, 0 for none, as C's has it.
func atoi(text string) int {
	n, _ := number(text)
	return n
}

// number is atoi; ok is false where there is no number.
func number(text string) (n int, ok bool) {
	text = strings.TrimLeft(text, " \t\n\v\f\r")
	end := 0
	for end < len(text) && (text[end] >= '0' && text[end] <= '9' || end == 0 && (text[0] == '-' || text[0] == '+')) {
		end++
	}
	wide, err := strconv.ParseInt(text[:end], 10, 64)
	return int(max(min(wide, 1<<31-1), minus)), err == nil
}

// byName finds an option.
var byName = func() map[string]*option {
	all := map[string]*option{}
	for i := range options {
		for _, name := range strings.Fields(options[i].names) {
			all[name] = &options[i]
		}
	}
	return all
}()
