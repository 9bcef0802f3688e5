package plan

import (
	"cmp"
	"path"
	"regexp"
	"slices"
	"strings"

	"obelisk/dialplan"
	"obelisk/internal/check/look"
	"obelisk/internal/config"
)

// sections are those of a file but [general], by name.
func (j *judge) sectionsOf(file string) (names []string, there bool) {
	f := j.File(file)
	if f == nil {
		return nil, false
	}
	for _, s := range f.Visible() {
		if !strings.EqualFold(s.Name, "general") {
			names = append(names, s.Name)
		}
	}
	return names, true
}

func contains(list []string, name string) bool {
	return slices.ContainsFunc(list, func(n string) bool { return strings.EqualFold(n, name) })
}

func (j *judge) hasContext(name string) bool { return look.Has(j.plan, strings.TrimSpace(name)) }

func (j *judge) likeContext(name string) string { return look.Like(name, j.Contexts()) }

// oldBox is a mailbox behind the letters of old versions: u1001.
var oldBox = regexp.MustCompile(`^[subj]{1,3}([0-9]{2,}|\$\{)`)

// voicemail looks at boxes that are named, and at mailboxes that are open to everybody.
func (s *step) voicemail() {
	boxes, options := s.arg(0), s.arg(1)
	main := s.app == "voicemailmain"
	if main && strings.Contains(options, "s") && boxes != "" && !strings.Contains(s.args, "$") {
		s.say("plan-voicemail-open", "without option s the password is asked for",
			"option s skips the password: whoever calls extension '%s' hears the messages of %s and deletes them", s.Extension.Name, boxes)
	}
	if main && strings.Contains(options, "s") && strings.Contains(boxes, "${EXTEN") {
		s.say("plan-voicemail-open", "without option s the password is asked for", "option s skips the password and the caller says whose "+
			"box it is: whoever calls extension '%s' hears anybody's messages", s.Extension.Name)
	}
	if main && strings.Contains(options, "s") && strings.Contains(boxes, "${CALLERID(") && s.j.outside[s.Context.Name] != "" {
		s.say("plan-voicemail-open", "without option s the password is asked for", "option s skips the password, and calls come here from "+
			"outside (%s): whoever shows one of your numbers as his own hears the messages of that box", s.j.outside[s.Context.Name])
	}
	if main && s.j.outside[s.Context.Name] != "" && boxes == "" {
		s.note("plan-voicemail-outside", "", "callers from outside (%s) may try passwords here", s.j.outside[s.Context.Name])
	}
	if oldBox.MatchString(boxes) {
		s.say("plan-voicemail-old", "VoiceMail("+strings.TrimLeft(boxes, "subj")+","+boxes[:len(boxes)-len(strings.TrimLeft(boxes, "subj"))]+")",
			"the letter before the box is the form of old versions: a box '%s' is looked for, and there is no such one; options stand behind a "+
				"comma", boxes)
		return
	}
	if known(options) && strings.Contains(options, "@") {
		s.say("plan-arguments-swapped", "VoiceMail("+options+","+boxes+")", "options and mailbox are swapped: '%s' is taken as the mailbox",
			boxes)
		return
	}
	s.boxes(boxes)
}

// boxes looks whether mailboxes are there.
func (s *step) boxes(list string) {
	all := s.j.Boxes()
	if !all.Kept {
		return
	}
	for _, text := range strings.Split(list, "&") {
		box, context, _ := strings.Cut(strings.TrimSpace(text), "@")
		if strings.Contains(box, "$") && context == "" && !strings.Contains(text, "@") {
			s.boxOfDefault(text)
		}
		context = cmp.Or(context, "default")
		if box == "" && known(context) && context != "default" && s.j.File("voicemail.conf").Section(context) == nil {
			s.say("plan-voicemail-missing", look.Like(context, visible(s.j.File("voicemail.conf"))),
				"there is no [%s] in voicemail.conf: no mailbox is found there", context)
		}
		box = literal(s.Extension, box)
		if box == "" || strings.Contains(box+context, "$") || slices.Contains(all.Homes[box], context) {
			continue
		}
		hint := ""
		if len(all.Homes[box]) > 0 {
			hint = box + "@" + all.Homes[box][0]
		}
		s.say("plan-voicemail-missing", hint, "there is no box %s in [%s] of voicemail.conf: it is not defined, and nobody can leave "+
			"a message",
			box, context)
	}
}

// queue looks at Queue(name,options,URL,announcement,timeout,...).
func (s *step) queue() {
	options := s.arg(1)
	if number(options) && len(options) > 0 {
		s.say("plan-arguments-swapped", "Queue("+s.arg(0)+",,,,"+options+")", "'%s' stands where the options are, not the timeout: "+
			"the order "+
			"is queue, options, URL, announcement, timeout; the caller waits without end", options)
	}
	if url := s.arg(2); number(url) && s.arg(4) == "" {
		s.say("plan-arguments-swapped", "Queue("+s.arg(0)+","+options+",,,"+url+")", "'%s' stands where the URL is, not the timeout: the "+
			"order is queue, options, URL, announcement, timeout; the caller waits without end", url)
	}
	if url := s.arg(2); options == "" && known(url) && strings.Trim(url, "tTwWkKhHcCrRinxX") == "" {
		s.say("plan-arguments-swapped", "Queue("+s.arg(0)+","+url+")", "the options '%s' stand where the URL is: there is a comma too "+
			"many, and "+
			"none of them is in effect", url)
	}
	if agi := s.arg(5); agi != "" && number(agi) && s.arg(4) == "" {
		s.say("plan-arguments-swapped", "Queue("+strings.Join(s.f[:4], ",")+","+agi+")", "'%s' stands where an AGI script is, not the "+
			"timeout, which is the fifth argument: there is a comma too many, and the caller waits without end", agi)
	}
	if t := s.arg(4); known(t) && !number(t) {
		s.say("plan-timeout", "", "the timeout '%s' is no number of seconds", t)
	}
	letters := parenthesised.ReplaceAllString(options, "")
	if caller := s.j.outside[s.Context.Name]; caller != "" && known(options) && strings.Contains(letters, "T") {
		s.say("plan-caller-transfers", "t is for the member", "option T lets the caller transfer, and calls come here from outside (%s): he "+
			"may send them on to any number at your expense", caller)
	}
	if sub := s.arg(7); known(sub) {
		if f := strings.Split(sub, "^"); !s.j.hasContext(f[0]) && !strings.Contains(sub, ",") {
			s.say("plan-context-missing", s.j.likeContext(f[0]),
				"the subroutine '%s': there is no such context, it does not exist: nothing is run when a member answers", sub)
		}
	}
	if sub := s.arg(6); known(sub) {
		s.macroThere(sub)
	}
	if names, there := s.j.sectionsOf("queues.conf"); there && known(s.arg(0)) && !contains(names, s.arg(0)) &&
		!s.j.Core().HasModule("app_queue") {
		s.say("plan-queue-missing", look.Like(s.arg(0), names),
			"there is no queue '%s' in queues.conf: it is not defined, and the caller goes on at once", s.arg(0))
	}
}

// confbridge looks at ConfBridge(conference,bridge profile,user profile,menu).
func (s *step) confbridge() {
	f := s.j.File("confbridge.conf")
	if f == nil || s.args == "" {
		return
	}
	for n, kind := range map[int]string{1: "bridge", 2: "user", 3: "menu"} {
		name := s.arg(n)
		if !known(name) {
			continue
		}
		x := f.Section(name)
		if x == nil && strings.HasPrefix(name, "default_") {
			continue // built in
		}
		switch {
		case x == nil:
			s.say("plan-conference-profile", look.Like(name, visible(f)),
				"there is no %s profile '%s' in confbridge.conf: it is not defined, and nobody gets in", kind, name)
		case !strings.EqualFold(x.Get("type"), kind):
			s.say("plan-conference-profile", "ConfBridge(number,bridge,user,menu)",
				"'%s' is of type %s in confbridge.conf and stands where the %s profile is: there is no such %s, and nobody gets in", name,
				x.Get("type"), kind, kind)
		}
	}
}

func visible(f *config.File) (out []string) {
	for _, s := range f.Visible() {
		out = append(out, s.Name)
	}
	return out
}

// followme looks at FollowMe(profile).
func (s *step) followme() {
	if names, there := s.j.sectionsOf("followme.conf"); there && known(s.arg(0)) && !contains(names, s.arg(0)) {
		s.say("plan-followme-missing", look.Like(s.arg(0), names),
			"there is no '%s' in followme.conf: it is not defined, and nobody is looked for", s.arg(0))
	}
}

// park looks at Park(lot,...).
func (s *step) park() {
	if s.app == "parkedcall" && number(s.arg(0)) && known(s.arg(1)) && !number(s.arg(1)) {
		s.say("plan-arguments-swapped", "ParkedCall("+s.arg(1)+","+s.arg(0)+")", "lot and place are swapped: the order is lot, place, and "+
			"there "+
			"is no such lot '%s'", s.arg(0))
		return
	}
	if names, there := s.j.sectionsOf("res_parking.conf"); there && known(s.arg(0)) && !contains(names, s.arg(0)) &&
		!strings.EqualFold(s.arg(0), "default") {
		s.say("plan-parking-missing", look.Like(s.arg(0), names),
			"there is no parking lot '%s' in res_parking.conf: it is not defined, and the call is not parked", s.arg(0))
	}
}

// agent looks at AgentLogin(agent).
func (s *step) agent() {
	if names, there := s.j.sectionsOf("agents.conf"); there && known(s.arg(0)) && !contains(names, s.arg(0)) {
		s.say("plan-agent-missing", look.Like(s.arg(0), names), "there is no agent '%s' in agents.conf: it is not defined, and cannot log in",
			s.arg(0))
	}
}

// directory looks at Directory(voicemail context,dialplan context,options).
func (s *step) directory() {
	if f := s.j.File("voicemail.conf"); f != nil && known(s.arg(0)) && f.Section(s.arg(0)) == nil && s.arg(0) != "default" {
		s.say("plan-directory", "", "there is no [%s] in voicemail.conf: the directory is empty", s.arg(0))
	}
	if c := s.arg(1); known(c) && !s.j.hasContext(c) {
		s.say("plan-context-missing", s.j.likeContext(c), "there is no such context '%s', it does not exist: who is chosen cannot be "+
			"called", c)
	}
}

// music looks at MusicOnHold(class,seconds).
func (s *step) music() { s.musicClass(s.arg(0)) }

func (s *step) musicClass(class string) {
	names, there := s.j.sectionsOf("musiconhold.conf")
	if there && known(class) && !contains(names, class) && class != "default" {
		s.say("plan-music-class", look.Like(class, names),
			"there is no class '%s' in musiconhold.conf: it is not defined, and that of default is played, or nothing", class)
	}
}

// mixmonitor looks at MixMonitor(file.ext,options,command).
func (s *step) mixmonitor() {
	file := s.arg(0)
	if s.app == "monitor" {
		return
	}
	if known(file) && path.Ext(file) == "" {
		s.say("plan-recording-format", "MixMonitor("+file+".wav)",
			"the file name '%s' has no extension, which says the format: nothing is recorded", file)
	}
	if whole := s.withValues(file); !known(file) && plainVars.MatchString(whole) {
		s.note("plan-recording-format", "MixMonitor("+file+".wav)", "the file name '%s' has no extension, which says the format: what "+
			"follows a dot in it is taken for one", file)
	}
	if file == "" {
		s.say("plan-recording-format", "MixMonitor(file.wav)", "no file name: nothing is recorded")
	}
	s.recorded(file)
}

// plainVars are names of files made of variables of a call, which bring no extension with them.
var plainVars = regexp.MustCompile(`^([\w/-]|\$\{(UNIQUEID|EXTEN|ARG[1-9]|CALLERID\((num|name|all)\)|EPOCH|LINKEDID|CHANNEL\(\w+\)|` +
	`STRFTIME\([^.]*\))(:\d+)?\})*$`)

// writes are formats that Asterisk 20 writes files in.
var writes = strings.Fields("wav wav49 gsm ulaw ul mu pcm alaw al alw au sln sln12 sln16 sln24 sln32 sln44 sln48 sln96 sln192 " +
	"slin raw " +
	"g722 g723 g726-16 g726-24 g726-32 g726-40 g729 ilbc siren7 siren14 vox ogg ogg16 ogg24 ogg48 opus speex spx h263 h264")

// recorded looks at the format that the name of a file ends with.
func (s *step) recorded(file string) {
	end := path.Ext(file[strings.LastIndexAny(file, "})")+1:])
	if end == "" || strings.Contains(end, "$") || contains(writes, end[1:]) {
		return
	}
	hint := "name.wav"
	if strings.EqualFold(end, ".mp3") {
		hint = "name.wav, and a command behind it that makes an MP3 of it"
	}
	s.say("plan-recording-format", hint, "no recording is written as %s: nothing is recorded", end)
}

// record looks at Record(file.ext,silence,seconds,options).
func (s *step) record() {
	file := s.arg(0)
	switch {
	case known(file) && strings.Contains(file, ":"):
		s.say("plan-recording-format", "Record("+strings.ReplaceAll(file, ":", ".")+")",
			"the format stands behind a dot, not behind a colon as in old versions")
	case known(file) && path.Ext(file) == "":
		s.say("plan-recording-format", "Record("+file+".wav)", "the file name '%s' has no extension, which says the format: nothing is "+
			"recorded",
			file)
	}
}

// disa looks at DISA(password,context,...).
func (s *step) disa() {
	pin, context := s.arg(0), s.arg(1)
	who := cmp.Or(s.j.outside[s.Context.Name], "whoever calls here")
	switch {
	case strings.EqualFold(pin, "no-password") && s.j.CalledByPhones(s.Context.Name):
		s.note("plan-disa-open", "DISA(a long number,"+context+")",
			"no-password: a dial tone without a password; phones alone call here as far as it is written, and calls that are sent on to this "+
				"extension get it too")
	case strings.EqualFold(pin, "no-password"):
		s.say("plan-disa-open", "DISA(a long number,"+context+")",
			"no-password: %s gets a dial tone without a password and calls at your expense", who)
	case known(pin) && number(pin) && (len(pin) < 5 || look.Guessable(pin)):
		s.say("plan-disa-open", "a long number", "the password '%s' is one that is guessed: %s gets a dial tone and calls at your "+
			"expense", pin,
			who)
	}
	if known(context) && !s.j.hasContext(context) {
		s.say("plan-context-missing", s.j.likeContext(context), "there is no such context '%s', it does not exist: no number is "+
			"found", context)
	}
}

// authenticate looks at Authenticate(password,options).
func (s *step) authenticate() {
	pin := s.arg(0)
	if number(pin) && (len(pin) < 4 || look.Guessable(pin)) {
		s.note("plan-pin-guessable", "a longer one", "the password '%s' is one that is guessed first", pin)
	}
	if pin == "" {
		s.say("plan-arguments-missing", "Authenticate(number)", "without a password everybody is let through who presses #")
	}
}

// chanspy looks at who may listen.
func (s *step) chanspy() {
	if who := s.arg(0); s.app == "chanspy" && number(who) {
		s.say("plan-dial-no-technology", "ChanSpy(SIP/"+who+")", "no channel has a name that begins with '%s': SIP/name is meant, and "+
			"there is "+
			"nobody to listen to", who)
	}
	if _, context, ok := strings.Cut(s.arg(0), "@"); s.app == "extenspy" && ok && known(context) && !s.j.hasContext(context) {
		s.say("plan-context-missing", s.j.likeContext(context), "there is no such context '%s', it does not exist: nobody is listened "+
			"to", context)
	}
	guarded := slices.ContainsFunc(s.Extension.Priorities(), func(o *dialplan.Priority) bool {
		return o.N < s.Step.N && (strings.EqualFold(o.App, "Authenticate") || strings.EqualFold(o.App, "VMAuthenticate") ||
			strings.HasPrefix(strings.ToLower(o.App), "gotoif"))
	})
	if caller := s.j.outside[s.Context.Name]; caller == "" && !guarded && !strings.Contains(s.arg(1), "g(") && !s.Extension.HasCID {
		s.note("plan-spy-open", "Authenticate(...) before it", "whoever calls extension '%s' listens to the calls of others, without a "+
			"password", s.Extension.Name)
	} else if caller != "" {
		s.say("plan-spy-open", "Authenticate(...) before it", "callers from outside (%s) reach this and listen to the calls of "+
			"others", caller)
	}
}

// agi looks at AGI(script).
func (s *step) agi() {
	if s.args == "" {
		s.say("plan-arguments-missing", "AGI(script)", "no script: nothing is run")
		return
	}
	file := s.f[0]
	name, rest, blank := strings.Cut(strings.TrimSpace(file), " ")
	if blank && !strings.Contains(name, "://") && !strings.Contains(name, "$") {
		s.say("plan-program-missing", "AGI("+name+","+strings.Join(strings.Fields(rest), ",")+")", "the arguments of a script stand behind "+
			"commas: "+
			"with a blank '%s' is the name of one program, which is not there", strings.TrimSpace(file))
	}
}
