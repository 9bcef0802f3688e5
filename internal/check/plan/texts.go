package plan

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"obelisk/internal/check/look"
	"obelisk/internal/config"
)

var (
	roundBrackets = regexp.MustCompile(`\$\(([A-Za-z_][A-Za-z_0-9]*)\)`)
	noBrackets    = regexp.MustCompile(`(^|[^$\\{A-Za-z0-9])\$([A-Z][A-Z_0-9]{2,})`)
	noDollar      = regexp.MustCompile(`(^|[^${A-Za-z_0-9])\{([A-Z][A-Z_0-9]{2,}(:[0-9-]+)?)\}`)
	dollarBlank   = regexp.MustCompile(`\$ +([{\[])`)
	percent       = regexp.MustCompile(`%\{([A-Z][A-Z_0-9]+)\}`)
	innerBlank    = regexp.MustCompile(`\$\{( +[A-Za-z_][A-Za-z_0-9]*| *[A-Za-z_][A-Za-z_0-9]* +)\}`)
	minus         = regexp.MustCompile(`\$\{([A-Z][A-Z_0-9]*)([-+.,;])([0-9]+)\}`)
	curlyFunction = regexp.MustCompile(`\$\{([A-Z][A-Z_0-9]+)\{`)
	squareVar     = regexp.MustCompile(`\$\[([A-Z][A-Z_0-9]{2,})\]`)
)

// texts looks at how variables are written in the arguments.
func (s *step) texts() {
	a := s.args
	if !strings.ContainsAny(a, "${%") {
		s.items()
		return
	}
	if !onlyReads(a) {
		s.brackets()
	}
	s.items()
	s.appInValue()
	s.given()
	s.underscores()
	s.wordMarks()
}

// onlyReads says whether ${NAME} is all that a text has of what brackets looks for: as most texts.
func onlyReads(text string) bool {
	for {
		before, rest, found := strings.Cut(text, "${")
		if strings.ContainsAny(before, "${}%") {
			return false
		} else if !found {
			return true
		}
		n := strings.IndexFunc(rest, func(r rune) bool {
			return r != '_' && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && (r < '0' || r > '9')
		})
		if n < 0 || rest[n] != '}' {
			return false
		}
		text = rest[n+1:]
	}
}

// brackets looks for variables and expressions that are none as they are written.
func (s *step) brackets() {
	a := s.args
	say := func(code, wrong, right, why string) {
		s.say(code, right, "'%s' %s", wrong, why)
	}
	if m := roundBrackets.FindStringSubmatch(a); m != nil && s.app != "system" && s.app != "trysystem" {
		say("plan-variable-brackets", m[0], "${"+m[1]+"}", "is no variable: it has round brackets, and stays as it is written")
	}
	if m := noBrackets.FindStringSubmatch(a); m != nil && !strings.Contains(strings.ToLower(s.app), "system") && !strings.Contains(a,
		"SHELL(") && s.app != "agi" && s.app != "mixmonitor" {
		say("plan-variable-brackets", "$"+m[2], "${"+m[2]+"}", "is no variable: without curly brackets it stays as it is written")
	}
	if m := noDollar.FindStringSubmatch(a); m != nil && s.app != "noop" && s.app != "verbose" && s.app != "log" {
		say("plan-variable-brackets", "{"+m[2]+"}", "${"+m[2]+"}", "is no variable: the $ before it is missing, and it stays as it is written")
	}
	if m := dollarBlank.FindStringSubmatch(a); m != nil {
		say("plan-variable-brackets", m[0], "$"+m[1], "has a blank in it: it is no variable and no expression, and stays as it is written")
	}
	if m := percent.FindStringSubmatch(a); m != nil {
		say("plan-variable-brackets", m[0], "${"+m[1]+"}", "is no variable: it begins with $")
	}
	if m := innerBlank.FindStringSubmatch(a); m != nil {
		say("plan-variable-blank", m[0], "${"+strings.TrimSpace(m[1])+"}",
			"names a variable with a blank in its name, which is not set: it reads as nothing")
	}
	if m := minus.FindStringSubmatch(a); m != nil {
		say("plan-variable-offset", m[0], fmt.Sprintf("${%s:%s}", m[1], m[3]),
			"is no part of a variable: digits are cut off with a colon, and this reads as nothing")
	}
	if m := curlyFunction.FindStringSubmatch(a); m != nil && s.j.Core().Func(m[1]) != nil {
		say("plan-variable-brackets", m[0], "${"+m[1]+"(...)}", "has curly brackets: the arguments of a function stand in round ones")
	}
	if m := squareVar.FindStringSubmatch(a); m != nil {
		say("plan-variable-brackets", m[0], "${"+m[1]+"}", "is an expression, and its value the word itself: a variable has curly brackets")
	}
	if plain := quotedText.ReplaceAllString(a, ""); strings.Count(plain, "}") > strings.Count(plain, "{") && strings.Contains(plain, "${") {
		s.say("plan-brackets", "", "a } stands in '%s' that nothing opens: it is a part of the text", a)
	}
	if m := trailing.FindString(a); m != "" && !strings.Contains(m, `"`) {
		s.say("plan-expression-side", "", "'%s' ends with an operator: a syntax error, and its value is 0", m)
	}
}

var (
	trailing = regexp.MustCompile(`\$\[[^\[\]]*[-+*/<>&|=]\s*\]`)
	itemOf   = regexp.MustCompile(`\b(CALLERID|DB|DB_EXISTS|DB_DELETE|CHANNEL)\(([^(),$}]*)[,)]`)
)

// callerItems are what CALLERID takes.
var callerItems = strings.Fields("all name name-valid name-charset name-pres num num-valid num-plan num-pres number subaddr " +
	"subaddr-valid subaddr-type subaddr-odd tag priv-all priv-name priv-name-valid priv-name-charset priv-name-pres priv-num " +
	"priv-num-valid priv-num-plan priv-num-pres priv-subaddr priv-subaddr-valid priv-subaddr-type priv-subaddr-odd priv-tag ani-all " +
	"ani-name ani-num ani-tag ani ani2 rdnis dnid dnid-num-plan dnid-subaddr pres ton")

// channelItems are what CHANNEL takes, as far as they are misspelt easily.
var channelItems = strings.Fields("language musicclass accountcode callgroup pickupgroup tonezone parkinglot state channeltype " +
	"peername useragent userfield linkedid uniqueid audioreadformat audiowriteformat audionativeformat hangup_handler_push " +
	"hangup_handler_pop hangup_handler_wipe after_bridge_goto amaflags peerip recvip rxgain txgain transfercapability context exten " +
	"priority callid name namedcallgroup namedpickupgroup rtpqos")

var (
	volumeOf     = regexp.MustCompile(`\bVOLUME\(([A-Za-z]+)[,)]`)
	conferenceOf = regexp.MustCompile(`\bCONFBRIDGE\(([a-z_A-Z]+)(?:,([a-z_A-Z]+))?\)`)
)

// conferences are what CONFBRIDGE sets, by kind of profile.
var conferences = map[string][]string{
	"user": strings.Fields("template clear admin marked startmuted music_on_hold_when_empty quiet announce_user_count " +
		"announce_user_count_all announce_only_user wait_marked end_marked end_marked_any dtmf_passthrough announce_join_leave " +
		"announce_join_leave_review pin music_on_hold_class announcement denoise dsp_drop_silence dsp_silence_threshold " +
		"dsp_talking_threshold jitterbuffer " +
		"talk_detection_events timeout hear_own_join_sound send_events echo_events text_messaging answer_channel"),
	"bridge": strings.Fields("template clear jitterbuffer internal_sample_rate maximum_sample_rate language mixing_interval " +
		"record_conference record_file record_file_append record_file_timestamp record_options record_command regcontext max_members " +
		"video_mode video_update_discard enable_events remb_send_interval remb_behavior remb_estimated_bitrate binaural_active"),
	"menu": {"template", "clear"},
}

// conferenceItems looks at what is set of a conference.
func (s *step) conferenceItems(text string) {
	m := conferenceOf.FindStringSubmatch(text)
	if m == nil {
		return
	}
	list, ok := conferences[strings.ToLower(m[1])]
	switch item := strings.ToLower(m[2]); {
	case !ok:
		s.say("plan-function-item", "user, bridge or menu", "CONFBRIDGE has no '%s', it is unknown: it takes user, bridge or menu, and "+
			"nothing is set", m[1])
	case item != "" && !slices.Contains(list, item) && !strings.HasPrefix(item, "sound_"):
		s.say("plan-function-item", look.Like(item, list), "CONFBRIDGE(%s) has no option '%s', it is unknown: nothing is set", m[1], m[2])
	}
}

// items looks at what functions are asked for.
func (s *step) items() {
	text := s.args
	if !strings.Contains(text, "(") {
		return
	}
	s.conferenceItems(text)
	if m := volumeOf.FindStringSubmatch(text); m != nil && !strings.EqualFold(m[1], "TX") && !strings.EqualFold(m[1], "RX") {
		s.say("plan-function-item", "VOLUME(TX)", "VOLUME has no '%s', it is unknown: it takes TX or RX, and no volume is set", m[1])
	}
	for _, m := range itemOf.FindAllStringSubmatch(text, -1) {
		item := strings.ToLower(strings.TrimSpace(m[2]))
		switch m[1] {
		case "CALLERID":
			if item != "" && !slices.Contains(callerItems, item) {
				s.say("plan-function-item", look.Like(item, callerItems), "CALLERID has no '%s', it is unknown: nothing is read or set", m[2])
			}
		case "CHANNEL":
			if like := config.Nearest(item, channelItems); item != "" && !slices.Contains(channelItems, item) && like != "" && look.Slip(item,
				like) {
				s.say("plan-function-item", "did you mean '"+like+"'?", "CHANNEL has no '%s', it is unknown: nothing is read or set", m[2])
			}
		case "DB", "DB_EXISTS", "DB_DELETE":
			if item != "" && !strings.Contains(item, "/") {
				s.say("plan-function-item", "DB(family/key)", "%s takes a family and a key, parted by /: '%s' is neither read nor "+
					"written", m[1], m[2])
			}
		}
	}
}

var called = regexp.MustCompile(`\$\{([A-Z][A-Za-z]+)\(`)

// appInValue finds an application that is read as if it were a function.
func (s *step) appInValue() {
	for _, m := range called.FindAllStringSubmatch(s.args, -1) {
		if s.j.Core().Func(m[1]) == nil && s.j.Core().Func(strings.ToUpper(m[1])) == nil && s.j.Core().App(m[1]) != nil {
			s.say("plan-app-as-function", m[1]+"(...) in a step of its own",
				"'%s' is an application, not a function: it reads as nothing, and is not run", m[1])
		}
	}
}
