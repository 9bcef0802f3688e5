package confbridge

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"obelisk/internal/config"
)

// user is a user profile: what one member may, hears and is. It does not change once it is used.
type user struct {
	name                   string
	admin, marked          bool
	sendEvents, echoEvents bool
	startMuted             bool
	musicWhenEmpty         bool
	musicClass             string
	musicAt                config.Pos // of its line
	quiet, hearOwnJoin     bool
	count                  bool // announce_user_count
	countAll               int  // announce_user_count_all: to all from more than so many on; below 0: never
	onlyUser               bool // announce_only_user
	waitMarked             bool
	endMarked, endAny      bool
	talkEvents             bool
	passDigits             bool
	names, review          bool // announce_join_leave, _review
	pin, announcement      string
	denoise, jitterBuffer  bool
	dropSilence            bool
	silence                time.Duration // dsp_silence_threshold
	talking                int           // dsp_talking_threshold, a media.Loudness
	timeout                time.Duration // 0: none
	texts, answer          bool
}

// bridge is a bridge profile: what a conference is. It does not change once it is used.
type bridge struct {
	name              string
	jitterBuffer      bool
	rate, maximumRate int // Hz; 0: as its members need
	interval          int // ms
	language          string
	record            bool
	recordFile        string
	append, timestamp bool
	recordOptions     string
	recordCommand     string
	regContext        string
	video             string // video_mode
	videoDiscard      int
	rembInterval      int
	rembBehavior      string
	rembBitrate       int
	maxMembers        int // 0: no limit
	loudest           int // loudest_talkers; 0: all
	events, binaural  bool
	sounds            map[string]string // that are not the usual ones; never changed, only replaced
}

// defaults are profiles of which nothing is written.
func newUser(name string) *user {
	return &user{name: name, hearOwnJoin: true, countAll: -1, onlyUser: true, silence: 2500 * time.Millisecond, talking: 160, texts: true,
		answer: true}
}

func newBridge(name string) *bridge {
	return &bridge{name: name, interval: 20, language: "en", append: true, timestamp: true, video: "none", videoDiscard: 2000,
		rembBehavior: "average"}
}

// soundRows are the prompts of a conference in the order in which the console shows them: what a
// line calls them, what the console does, and which they are.
var soundRows = []struct{ option, shown, file string }{
	{"sound_only_person", "sound_only_person:    ", "conf-onlyperson"},
	{"sound_only_one", "sound_only_one:       ", "conf-onlyone"},
	{"sound_has_joined", "sound_has_joined:     ", "conf-hasjoin"},
	{"sound_has_left", "sound_has_left:       ", "conf-hasleft"},
	{"sound_kicked", "sound_kicked:         ", "conf-kicked"},
	{"sound_muted", "sound_muted:          ", "conf-muted"},
	{"sound_unmuted", "sound_unmuted:        ", "conf-unmuted"},
	{"sound_binaural_on", "sound_binaural_on:    ", "confbridge-binaural-on"},
	{"sound_binaural_off", "sound_binaural_off:   ", "confbridge-binaural-off"},
	{"sound_there_are", "sound_there_are:      ", "conf-thereare"},
	{"sound_other_in_party", "sound_other_in_party: ", "conf-otherinparty"},
	{"sound_place_into_conference", "sound_place_into_conference: ", "conf-placeintoconf"},
	{"sound_wait_for_leader", "sound_wait_for_leader:       ", "conf-waitforleader"},
	{"sound_leader_has_left", "sound_leader_has_left:       ", "conf-leaderhasleft"},
	{"sound_get_pin", "sound_get_pin:        ", "conf-getpin"},
	{"sound_invalid_pin", "sound_invalid_pin:    ", "conf-invalidpin"},
	{"sound_locked", "sound_locked:         ", "conf-locked"},
	{"sound_unlocked_now", "sound_unlocked_now:   ", "conf-unlockednow"},
	{"sound_locked_now", "sound_lockednow:      ", "conf-lockednow"},
	{"sound_error_menu", "sound_error_menu:     ", "conf-errormenu"},
	{"sound_join", "sound_join:           ", "confbridge-join"},
	{"sound_leave", "sound_leave:          ", "confbridge-leave"},
	{"sound_participants_muted", "sound_participants_muted:     ", "conf-now-muted"},
	{"sound_participants_unmuted", "sound_participants_unmuted:     ", "conf-now-unmuted"},
	{"sound_begin", "sound_begin:          ", "confbridge-conf-begin"},
}

// usualSounds are the same by option.
var usualSounds = func() map[string]string {
	out := map[string]string{}
	for _, s := range soundRows {
		out[s.option] = s.file
	}
	return out
}()

// sound is a prompt by its option.
func (b *bridge) sound(option string) string {
	if s, ok := b.sounds[option]; ok {
		return s
	}
	return usualSounds[option]
}

type (
	userOption   = config.Option[user]
	bridgeOption = config.Option[bridge]
)

func truth(name, usual, help string, to func(*user) *bool) userOption {
	return userOption{Name: name, Takes: "yes|no", Default: usual, Help: help, Set: config.SetBool(to)}
}

const longest = 365 * 24 * time.Hour

var userTable = config.Table[user]{File: "confbridge.conf", Section: "a user", Options: []userOption{
	{Name: "type", Takes: "user", Help: "what the section is"},
	truth("admin", "no", "may use the menu's admin actions, and comes in where it is locked or full",
		func(u *user) *bool { return &u.admin }),
	truth("send_events", "no", "is sent events of the conference as texts (JSON), where the bridge has enable_events",
		func(u *user) *bool { return &u.sendEvents }),
	truth("echo_events", "no", "is sent those too that it is the cause of", func(u *user) *bool { return &u.echoEvents }),
	truth("marked", "no", "is a leader: others may have to wait for one (wait_marked) and leave with the last (end_marked)",
		func(u *user) *bool { return &u.marked }),
	truth("startmuted", "no", "is muted when it comes", func(u *user) *bool { return &u.startMuted }),
	truth("music_on_hold_when_empty", "no", "hears music while it is alone or waits for a leader",
		func(u *user) *bool { return &u.musicWhenEmpty }),
	truth("quiet", "no", "comes and leaves without sounds and names, and is not told that it is alone or put out",
		func(u *user) *bool { return &u.quiet }),
	truth("hear_own_join_sound", "yes", "hears the sound of its own coming", func(u *user) *bool { return &u.hearOwnJoin }),
	truth("announce_user_count", "no", "is told how many others there are when it comes", func(u *user) *bool { return &u.count }),
	{Name: "announce_user_count_all", Takes: "yes|no|number", Default: "no",
		Help: "all are told how many there are when it comes; from more than a number on", Set: setCountAll},
	truth("announce_only_user", "yes", "is told that it is the only one", func(u *user) *bool { return &u.onlyUser }),
	truth("wait_marked", "no", "waits, muted, until there is a leader", func(u *user) *bool { return &u.waitMarked }),
	truth("end_marked", "no", "is put out when the last leader leaves", func(u *user) *bool { return &u.endMarked }),
	truth("end_marked_any", "no", "is put out when any leader leaves", func(u *user) *bool { return &u.endAny }),
	truth("talk_detection_events", "no", "ConfbridgeTalking tells when it begins and ends to talk",
		func(u *user) *bool { return &u.talkEvents }),
	truth("dtmf_passthrough", "no", "its keys that are not the menu's are sent to the others", func(u *user) *bool { return &u.passDigits }),
	truth("announce_join_leave", "no", "says its name when it comes, which is played to all then and when it leaves",
		func(u *user) *bool { return &u.names }),
	truth("announce_join_leave_review", "no", "as announce_join_leave; it may listen to its name and say it again",
		func(u *user) *bool { return &u.review }),
	{Name: "pin", Takes: "digits", Help: "asked for before it is let in", Set: config.SetText(func(u *user) *string { return &u.pin })},
	{Name: "music_on_hold_class", Takes: "a class", Default: "default", Help: "of musiconhold.conf",
		Set: config.SetText(func(u *user) *string { return &u.musicClass })},
	{Name: "announcement", Takes: "a prompt", Help: "played to it when it comes",
		Set: config.SetText(func(u *user) *string { return &u.announcement })},
	truth("denoise", "no", "has no effect: noise is not taken out", func(u *user) *bool { return &u.denoise }),
	truth("dsp_drop_silence", "no", "is not heard while it does not talk", func(u *user) *bool { return &u.dropSilence }),
	{Name: "dsp_silence_threshold", Takes: "ms", Default: "2500", Help: "silence that ends its talk", Set: config.SetTime(time.Millisecond, 0,
		600000, func(u *user) *time.Duration { return &u.silence })},
	{Name: "dsp_talking_threshold", Takes: "loudness", Default: "160", Help: "mean magnitude of samples from which on it talks",
		Set: config.SetInt(0, 32767, func(u *user) *int { return &u.talking })},
	truth("jitterbuffer", "no", "has no effect: every member has one, of 10 to 90 ms by what its line needs",
		func(u *user) *bool { return &u.jitterBuffer }),
	{Name: "template", Takes: "a user", Help: "of CONFBRIDGE(): begin with that profile"},
	{Name: "timeout", Takes: "seconds", Default: "0", Help: "it is put out after so long; 0: never",
		Set: config.SetTime(time.Second, 0, int(longest/time.Second), func(u *user) *time.Duration { return &u.timeout })},
	truth("text_messaging", "yes", "is sent the texts of the others", func(u *user) *bool { return &u.texts }),
	truth("answer_channel", "yes", "is answered when it comes", func(u *user) *bool { return &u.answer }),
}}

// setCountAll reads announce_user_count_all.
func setCountAll(u *user, value string) error {
	if n, err := strconv.Atoi(strings.TrimSpace(value)); err == nil && n > 1 {
		u.countAll = n
		return nil
	}
	on, ok := config.Bool(value)
	switch {
	case !ok:
		return fmt.Errorf("it takes yes, no or a number")
	case on:
		u.countAll = 0
	default:
		u.countAll = -1
	}
	return nil
}

func oneOf(to func(*bridge) *string, words ...string) func(*bridge, string) error {
	return func(b *bridge, value string) error {
		value = strings.ToLower(strings.TrimSpace(value))
		if !slices.Contains(words, value) {
			return fmt.Errorf("it takes %s", strings.Join(words, ", "))
		}
		*to(b) = value
		return nil
	}
}

// setRate takes a rate in Hz, or a word for none.
func setRate(word string, to func(*bridge) *int) func(*bridge, string) error {
	return func(b *bridge, value string) error {
		if value = strings.TrimSpace(value); strings.EqualFold(value, word) {
			*to(b) = 0
			return nil
		}
		n, err := strconv.Atoi(value)
		if err != nil || n < 8000 || n > 192000 {
			return fmt.Errorf("it takes %s, or 8000 to 192000", word)
		}
		*to(b) = n
		return nil
	}
}

func setInterval(b *bridge, value string) error {
	switch n, _ := strconv.Atoi(strings.TrimSpace(value)); n {
	case 10, 20, 40, 80:
		b.interval = n
		return nil
	}
	return fmt.Errorf("it takes 10, 20, 40 or 80")
}

func setting(name, usual, help string, to func(*bridge) *bool) bridgeOption {
	return bridgeOption{Name: name, Takes: "yes|no", Default: usual, Help: help, Set: config.SetBool(to)}
}

var bridgeTable = config.Table[bridge]{File: "confbridge.conf", Section: "a bridge", Options: append([]bridgeOption{
	{Name: "type", Takes: "bridge", Help: "what the section is"},
	setting("jitterbuffer", "no", "has no effect: every member has one", func(b *bridge) *bool { return &b.jitterBuffer }),
	{Name: "internal_sample_rate", Takes: "auto|Hz", Default: "auto",
		Help: "8000: it mixes at 8 kHz for all; else at 8 and 16 kHz, as its members hear",
		Set:  setRate("auto", func(b *bridge) *int { return &b.rate })},
	{Name: "maximum_sample_rate", Takes: "none|Hz", Default: "none", Help: "below 16000: it mixes at 8 kHz for all",
		Set: setRate("none", func(b *bridge) *int { return &b.maximumRate })},
	{Name: "language", Takes: "a language", Default: "en", Help: "of what is said to all",
		Set: config.SetText(func(b *bridge) *string { return &b.language })},
	{Name: "mixing_interval", Takes: "10|20|40|80", Default: "20", Help: "has no effect: it mixes every 20 ms", Set: setInterval},
	setting("binaural_active", "no", "has no effect: there is no stereo", func(b *bridge) *bool { return &b.binaural }),
	setting("record_conference", "no", "record it, from the first one to the last", func(b *bridge) *bool { return &b.record }),
	{Name: "record_file", Takes: "a file", Help: "of the recording; without it confbridge-NAME-TIME.wav",
		Set: config.SetText(func(b *bridge) *string { return &b.recordFile })},
	setting("record_file_append", "yes", "a recording that begins again goes on in its file", func(b *bridge) *bool { return &b.append }),
	setting("record_file_timestamp", "yes", "the time is a part of the file's name", func(b *bridge) *bool { return &b.timestamp }),
	{Name: "record_options", Takes: "options", Help: "of MixMonitor: a goes on with a file that is there, d deletes it afterwards, V(n) " +
		"and W(n) make it louder, t(file) and r(file) write one direction; others have nothing to do here",
		Set: config.SetText(func(b *bridge) *string { return &b.recordOptions })},
	{Name: "record_command", Takes: "a command", Help: "run when the recording has ended",
		Set: config.SetText(func(b *bridge) *string { return &b.recordCommand })},
	{Name: "regcontext", Takes: "a context", Help: "has the conference's name as an extension while it is there",
		Set: config.SetText(func(b *bridge) *string { return &b.regContext })},
	{Name: "video_mode", Takes: "none|follow_talker|last_marked|first_marked|sfu", Default: "none",
		Help: "who is seen; sfu, all who are there, is not here: nobody", Set: oneOf(func(b *bridge) *string { return &b.video }, "none",
			"follow_talker", "last_marked", "first_marked", "sfu")},
	{Name: "max_members", Takes: "number", Default: "0", Help: "how many may take part; 0: any number",
		Set: config.SetInt(0, 1<<20, func(b *bridge) *int { return &b.maxMembers })},
	{Name: "video_update_discard", Takes: "ms", Default: "2000", Help: "has no effect",
		Set: config.SetInt(0, 1<<30, func(b *bridge) *int { return &b.videoDiscard })},
	{Name: "remb_send_interval", Takes: "ms", Default: "0", Help: "has no effect",
		Set: config.SetInt(0, 1<<30, func(b *bridge) *int { return &b.rembInterval })},
	{Name: "remb_behavior", Takes: "average|lowest|highest|average_all|lowest_all|highest_all|force", Default: "average",
		Help: "has no effect", Set: oneOf(func(b *bridge) *string { return &b.rembBehavior }, "average", "lowest", "highest", "average_all",
			"lowest_all", "highest_all", "force")},
	{Name: "remb_estimated_bitrate", Takes: "bit/s", Help: "has no effect",
		Set: config.SetInt(0, 1<<30, func(b *bridge) *int { return &b.rembBitrate })},
	setting("enable_events", "no", "members with send_events are sent texts of what happens (JSON)",
		func(b *bridge) *bool { return &b.events }),
	{Name: "loudest_talkers", Takes: "number", Default: "0",
		Help: "only so many are heard at a time, the loudest; 0: all. Not of Asterisk, which refuses a file with it",
		Set:  config.SetInt(0, 16, func(b *bridge) *int { return &b.loudest })},
	{Name: "template", Takes: "a bridge", Help: "of CONFBRIDGE(): begin with that profile"},
}, soundOptions()...)}

// soundOptions are the prompts; each may be set, and with nothing be left out.
func soundOptions() (out []bridgeOption) {
	for _, s := range soundRows {
		set := func(b *bridge, value string) error {
			b.sounds = maps.Clone(b.sounds)
			if b.sounds == nil {
				b.sounds = map[string]string{}
			}
			b.sounds[s.option] = strings.TrimSpace(value)
			return nil
		}
		o := bridgeOption{Name: s.option, Takes: "a prompt", Default: s.file, Help: "prompt", Set: set}
		if s.option == "sound_locked_now" {
			o.Aliases = []string{"sound_lockednow"}
		}
		out = append(out, o)
	}
	return out
}
