package files

import (
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/internal/check/look"
	"obelisk/internal/config"
)

// soundFormats are those that messages are written in.
var soundFormats = []string{"wav", "wav49", "gsm", "g729", "g723sf", "ulaw", "alaw", "pcm", "sln", "sln16", "g722", "ogg", "ilbc", "vox",
	"WAV", "au", "al", "ul", "mp3"}

var mailAddress = regexp.MustCompile(`^[^@\s,|]+@[^@\s,|]+$`)

// voicemail judges voicemail.conf.
func voicemail(l *look.Look) {
	f := l.File("voicemail.conf")
	if f == nil {
		return
	}
	g := f.Section("general")
	voicemailGeneral(l, g)
	zones := map[string]bool{}
	for _, v := range l.SetIn("voicemail.conf", "zonemessages") {
		zones[strings.ToLower(v.Name)] = true
		zone(l, v)
	}
	if v, ok := g.Lookup("tz"); ok && v.Value != "" && !zones[strings.ToLower(v.Value)] {
		var known []string
		for z := range zones {
			known = append(known, z)
		}
		l.Say("voicemail-zone", v.Pos, look.Like(v.Value, known),
			"tz=%s is not defined: there is no such zone in [zonemessages], and times are told in that of the machine", v.Value)
	}
	for _, s := range f.Visible() {
		if n := strings.ToLower(s.Name); n == "general" || n == "zonemessages" || n == "zones" {
			continue
		}
		first := map[string]config.Var{}
		for _, v := range s.Vars {
			if old, twice := first[v.Name]; twice {
				l.Say("voicemail-box-twice", v.Pos, "one of them", "box %s stands twice in [%s] (%s): the first line counts, and this one is "+
					"ignored",
					v.Name, s.Name, old.Pos)
			}
			first[v.Name] = v
			box(l, g, s, v, zones)
		}
	}
}

func voicemailGeneral(l *look.Look, g *config.Section) {
	if g == nil {
		return
	}
	if v, ok := g.Lookup("format"); ok {
		for _, w := range strings.FieldsFunc(v.Value, func(r rune) bool { return r == '|' || r == ',' || r == ' ' }) {
			if !slices.Contains(soundFormats, w) {
				l.Say("voicemail-format", v.Pos, look.Like(w, soundFormats),
					"format '%s' is unknown: no such sound format is there, and messages are not recorded in it", w)
			}
		}
		if strings.Contains(v.Value, ",") {
			l.Say("voicemail-format", v.Pos, strings.ReplaceAll(v.Value, ",", "|"),
				"formats are separated by |: with a comma '%s' is one name, which is unknown", v.Value)
		}
	} else {
		l.SayAs(config.Note, "voicemail-format", g.Pos, "format=wav", "no format is given: wav is taken")
	}
	low, ok := g.Lookup("minsecs")
	high, ok2 := g.Lookup("maxsecs")
	a, isA := atoi(low.Value)
	b, isB := atoi(high.Value)
	if ok && ok2 && isA && isB && b > 0 && a >= b {
		l.Say("voicemail-seconds", low.Pos, "", "minsecs=%d is not below maxsecs=%d: every message is too short, and thrown away", a, b)
	}
	if ok2 && isB && b > 0 && b < 10 {
		l.Say("voicemail-seconds", high.Pos, "maxsecs=180", "maxsecs=%d: a message ends after %d seconds; it is in seconds, not minutes", b, b)
	}
	if v, has := g.Lookup("maxmsg"); has {
		if n, is := atoi(v.Value); is && n > 0 && n < 5 {
			l.SayAs(config.Note, "voicemail-few", v.Pos, "maxmsg=100", "maxmsg=%d: after %d messages the box is full", n, n)
		}
	}
	if v, has := g.Lookup("serveremail"); has && strings.ContainsAny(v.Value, " ,;") {
		l.Say("voicemail-email", v.Pos, "serveremail=asterisk@example.com", "serveremail=%s is no address", v.Value)
	}
	voicemailMail(l, g, low)
	operator(l, g)
}

// operator looks whether 0 in a mailbox leads to somebody.
func operator(l *look.Look, g *config.Section) {
	v, ok := g.Lookup("operator")
	if _, elsewhere := g.Lookup("exitcontext"); !ok || elsewhere || !on(g, "operator", false) || l.Plan() == nil {
		return
	}
	asked, there := "", false
	l.Plan().EachStep(func(at dialplan.Place) {
		if strings.EqualFold(at.Step.App, "VoiceMail") {
			asked = at.Context.Name
			there = there || strings.HasPrefix(asked, "macro-") || l.Plan().Exists(asked, "o", dialplan.Query{})
		}
	})
	if asked != "" && !there {
		l.Say("voicemail-operator", v.Pos, "exten => o,1,Dial(SIP/name)",
			"operator=yes: who presses 0 goes to extension o, which no context has that calls VoiceMail ('%s'): the key does nothing", asked)
	}
}

// voicemailMail judges what is sent of a message. least is minsecs.
func voicemailMail(l *look.Look, g *config.Section, least config.Var) {
	a, isA := atoi(least.Value)
	if v, has := g.Lookup("mailcmd"); has {
		f := strings.Fields(v.Value)
		if len(f) == 1 && slices.Contains([]string{"sendmail", "exim", "exim4", "msmtp"}, path.Base(f[0])) {
			l.Say("voicemail-mailcmd", v.Pos, "mailcmd="+f[0]+" -t",
				"mailcmd=%s without -t does not look for the address in the mail: it has no recipient, and nothing is sent", v.Value)
		}
	}
	if v, has := g.Lookup("maxsilence"); has && isA {
		if n, is := atoi(v.Value); is && n > 0 && n >= a {
			l.SayAs(config.Note, "voicemail-seconds", v.Pos, "maxsilence="+strconv.Itoa(max(1, a-1)),
				"maxsilence=%d is not below minsecs=%d: a message of nothing but silence is long enough to be kept", n, a)
		}
	}
	for _, name := range []string{"emailsubject", "emailbody", "pagerbody", "pagersubject"} {
		v, has := g.Lookup(name)
		if has && strings.Contains(v.Value, "$(VM_") {
			l.Say("voicemail-variable", v.Pos, "${VM_...}", "$(...) is no variable: it has curly brackets, and is sent as it stands")
		}
		for _, m := range otherVariable.FindAllStringSubmatch(v.Value, -1) {
			if name := "VM_" + m[1]; slices.Contains(mailVariables, name) {
				l.Say("voicemail-variable", v.Pos, "${"+name+"}", "${%s} of %s is no variable of a mail: it reads as nothing", m[1], v.Name)
			}
		}
		for _, m := range mailVariable.FindAllStringSubmatch(v.Value, -1) {
			if !slices.Contains(mailVariables, m[1]) {
				l.Say("voicemail-variable", v.Pos, look.Like(m[1], mailVariables), "${%s} of %s is no variable of a mail: it reads as nothing; "+
					"there "+
					"are %s", m[1], v.Name, strings.Join(mailVariables, ", "))
			}
		}
	}
}

var otherVariable = regexp.MustCompile(`\$\{([A-Z][A-Z_]*)[}:]`)

var mailVariable = regexp.MustCompile(`\$\{(VM_[A-Za-z_]*)[}:]`)

// mailVariables are those of the mail about a message.
var mailVariables = strings.Fields("VM_NAME VM_DUR VM_MSGNUM VM_CALLERID VM_CIDNUM VM_CIDNAME VM_MAILBOX VM_DATE VM_MESSAGEFILE " +
	"VM_CATEGORY " +
	"VM_PRIORITY VM_CONTEXT VM_FLAG")

// zone judges a line of [zonemessages].
func zone(l *look.Look, v config.Var) {
	name, format, ok := strings.Cut(v.Value, "|")
	if f := strings.Split(v.Value, ","); len(f) > 2 && strings.Trim(v.Name, "0123456789") == "" && strings.Trim(f[0], "-0123456789") == "" {
		l.Say("voicemail-lost", v.Pos, "[default] before it", "'%s' is written as a mailbox and stands in [zonemessages]: there is no such box; "+
			"boxes stand below the name of their context", v.Name)
		return
	}
	if !ok || strings.TrimSpace(format) == "" {
		l.Say("voicemail-zone", v.Pos, "Europe/Berlin|'vm-received' Q 'digits/at' kM",
			"zone '%s' needs a time zone and a format, parted by |: it is ignored", v.Name)
		return
	}
	zoneForm(l, v, format)
	if _, err := time.LoadLocation(strings.TrimSpace(name)); err != nil {
		l.Say("voicemail-zone", v.Pos, "a name as Europe/Berlin",
			"zone '%s': there is no time zone '%s', it is unknown: times are told in that of the machine", v.Name, name)
	}
}

// zoneForm tells of letters that the form of a zone has and that mean nothing: names of prompts without their marks.
func zoneForm(l *look.Look, v config.Var, format string) {
	unknown := ""
	for _, c := range quotedPrompt.ReplaceAllString(format, "") {
		if !strings.ContainsRune("AaBbhdeYIlkHMNPpQqRST \t", c) {
			unknown += string(c)
		}
	}
	if unknown != "" {
		l.Say("voicemail-zone", v.Pos, "'vm-received' Q 'digits/at' kM", "the form of zone '%s' has letters that are unknown (%s): "+
			"prompts are named "+
			"within '...', and what stands outside is read letter by letter", v.Name, unknown)
	}
}

// quotedPrompt is a prompt, or a variable, within the form of a zone.
var quotedPrompt = regexp.MustCompile(`'[^']*'|\$\{[^}]*\}`)

// box judges NUMBER => PIN,NAME,EMAIL,PAGER,OPTIONS.
func box(l *look.Look, g, s *config.Section, v config.Var, zones map[string]bool) {
	f := strings.SplitN(v.Value, ",", 5)
	for i := range f {
		f[i] = strings.TrimSpace(f[i])
	}
	pin := strings.TrimPrefix(f[0], "-")
	cutByComment(l, v, f)
	switch {
	case strings.EqualFold(v.Name, "include") || strings.EqualFold(v.Name, "exten"):
		return
	case strings.Contains(v.Name, "@") && strings.Contains(v.Value, "@"):
		return // another name of a box, for aliasescontext
	case strings.Contains(v.Name, "@"):
		number, _, _ := strings.Cut(v.Name, "@")
		l.Say("voicemail-box-form", v.Pos, number+" => "+v.Value,
			"'%s' is the number of the box as it stands: the context is the section that it stands in, [%s], and no box %s is there", v.Name,
			s.Name, number)
		return
	case generalOption(v.Name) && !strings.Contains(v.Value, ","):
		l.Say("voicemail-option-place", v.Pos, "into [general], or behind a box",
			"'%s' in [%s] is read as a mailbox of that name, not as an option: options belong into [general]", v.Name, s.Name)
		return
	case pin == "" && len(f) == 1:
		l.Say("voicemail-box-form", v.Pos, v.Name+" => 4711,Name,mail@example.com",
			"box %s has neither a PIN nor a name: whoever dials it hears its messages, without a password", v.Name)
	case pin == "":
		l.Say("voicemail-pin-empty", v.Pos, "digits", "box %s has no PIN: whoever dials it hears its messages, without a password", v.Name)
	case strings.Trim(pin, "0123456789") != "" && strings.HasPrefix(pin, "*"):
		l.Say("voicemail-pin-digits", v.Pos, "digits", "the PIN of box %s begins with *, which ends the dialling of it: it can never be "+
			"dialled",
			v.Name)
	case strings.Trim(pin, "0123456789") != "":
		l.Say("voicemail-pin-digits", v.Pos, "digits", "the PIN of box %s is not digits: it cannot be dialled on a telephone%s", v.Name,
			order(f))
	case pin == v.Name:
		l.SayAs(config.Warning, "voicemail-pin-guessable", v.Pos, "a longer one",
			"the PIN of box %s is equal to its number, which is guessed first: whoever calls hears its messages", v.Name)
	case look.Guessable(pin) || len(pin) < 3:
		l.SayAs(config.Note, "voicemail-pin-guessable", v.Pos, "a longer one", "the PIN of box %s is one that is guessed first", v.Name)
	}
	least, _ := atoi(g.Get("minpassword"))
	if least > 0 && pin != "" && len(pin) < least {
		l.SayAs(config.Note, "voicemail-pin-short", v.Pos, "", "the PIN of box %s is shorter than minpassword=%d asks of new ones", v.Name,
			least)
	}
	for n, what := range map[int]string{2: "email", 3: "pager"} {
		if len(f) > n && f[n] != "" {
			mailTo(l, v, what, f[n])
		}
	}
	mailInName(l, v, f)
	if len(f) > 4 {
		boxOptions(l, g, v, f, zones)
	} else if boxWithout(f) && on(g, "delete", false) {
		l.Say("voicemail-lost", v.Pos, "", "box %s deletes its messages and has no email address: they are lost", v.Name)
	}
}

// cutByComment tells of a semicolon where a comma is meant: what follows is a comment.
func cutByComment(l *look.Look, v config.Var, f []string) {
	line := strings.TrimSpace(l.Line(v.Pos))
	head, rest, cut := strings.Cut(line, ";")
	if next, _, _ := strings.Cut(rest, ","); cut && len(f) > 2 && mailAddress.MatchString(next) && strings.HasSuffix(head, f[len(f)-1]) {
		l.Say("voicemail-box-form", v.Pos, head+"|"+next, "what stands behind the ; is a comment: nothing is sent to %s; several addresses "+
			"are parted by |", next)
		return
	}
	if !cut || len(f) > 1 || rest == "" || strings.ContainsAny(rest[:1], " -;\t") || strings.TrimRight(head, " \t\\") != head {
		return
	}
	l.Say("voicemail-box-form", v.Pos, head+","+rest, "what stands behind the ; is a comment: box %s has no '%s'; fields are parted by "+
		"commas",
		v.Name, rest)
}

// mailInName finds an address that stands in the field of the name.
func mailInName(l *look.Look, v config.Var, f []string) {
	if len(f) < 2 {
		return
	}
	if mailAddress.MatchString(f[1]) {
		l.Say("voicemail-box-form", v.Pos, v.Name+" => "+f[0]+",Name,"+f[1],
			"box %s: the address stands where the name is; the order is PIN, name, email, pager, options", v.Name)
	} else if m := addressWithin.FindString(f[1]); m != "" && boxWithout(f) {
		l.Say("voicemail-box-form", v.Pos, v.Name+" => "+f[0]+","+strings.Trim(strings.Replace(f[1], m, "", 1), "<> ")+","+m,
			"box %s: the address %s stands in the field of the name: fields are parted by commas, and nothing is sent", v.Name, m)
	}
}

var addressWithin = regexp.MustCompile(`[\w.+-]+@[\w-]+(\.[\w-]+)+`)

func boxWithout(f []string) bool { return len(f) < 3 || f[2] == "" }

func order(f []string) string {
	if len(f) > 1 && strings.Trim(f[1], "0123456789") == "" && f[1] != "" {
		return "; PIN and name are swapped"
	}
	return ""
}

func mailTo(l *look.Look, v config.Var, what, text string) {
	for _, one := range strings.Split(text, "|") {
		if one = strings.TrimSpace(one); one != "" && !mailAddress.MatchString(one) {
			if strings.Contains(one, "=") {
				l.Say("voicemail-box-form", v.Pos, "a comma more",
					"box %s: the option '%s' stands where the %s address is; options are the fifth field", v.Name, one, what)
				return
			}
			l.Say("voicemail-email", v.Pos, "name@example.com", "box %s: '%s' is no %s address: nothing is sent", v.Name, one, what)
		}
	}
}

// boxOptionNames are what may stand behind a box.
var boxOptionNames = strings.Fields("attach attachfmt attachextrecs serveremail fromstring emailsubject emailbody emaildateformat " +
	"language locale tz volgain passwordlocation saycid sayduration saydurationm sendvoicemail review tempgreetwarn messagewrap operator " +
	"envelope moveheard forcename forcegreetings hidefromdir callback dialout exitcontext maxmsg maxsecs minsecs maxlogins nextaftercmd " +
	"delete deletevoicemail backupdeleted minpassword imapuser imappassword imapfolder imapvmshareid imapserver imapport imapflags alias " +
	"leaveurgent pagersubject pagerbody")

func boxOptions(l *look.Look, g *config.Section, v config.Var, f []string, zones map[string]bool) {
	if strings.Contains(f[4], ",") {
		l.Say("voicemail-box-options", v.Pos, strings.ReplaceAll(f[4], ",", "|"),
			"the options of box %s are separated by |: with a comma the rest is a part of the first one's value, and ignored", v.Name)
	}
	deletes, attached := false, on(g, "attach", true)
	for _, o := range strings.FieldsFunc(f[4], func(r rune) bool { return r == '|' || r == ',' }) {
		name, value, ok := strings.Cut(strings.TrimSpace(o), "=")
		name = strings.ToLower(strings.TrimSpace(name))
		switch {
		case !ok:
			l.Say("voicemail-box-options", v.Pos, name+"=yes", "option '%s' of box %s has no value: it is ignored", name, v.Name)
		case !slices.Contains(boxOptionNames, name):
			l.Say("voicemail-box-options", v.Pos, look.Like(name, boxOptionNames), "there is no option '%s' for box %s: it is unknown and "+
				"ignored",
				name, v.Name)
		case name == "tz" && !zones[strings.ToLower(value)]:
			var known []string
			for z := range zones {
				known = append(known, z)
			}
			l.Say("voicemail-zone", v.Pos, look.Like(value, known), "tz=%s of box %s is not defined: there is no such zone in [zonemessages], "+
				"and times are told in that of the machine", value, v.Name)
		case name == "delete" || name == "deletevoicemail":
			deletes, _ = config.Bool(value)
		case name == "attach":
			attached, _ = config.Bool(value)
		}
	}
	switch {
	case deletes && boxWithout(f):
		l.Say("voicemail-lost", v.Pos, "an email address",
			"delete=yes of box %s, which has no email address: its messages are deleted and nobody gets them, they are lost", v.Name)
	case deletes && !attached:
		l.Say("voicemail-lost", v.Pos, "attach=yes", "delete=yes of box %s with attach=no: its messages are deleted and not sent with the "+
			"mail, they are lost", v.Name)
	}
}

var generalOptions = func() map[string]bool {
	m := map[string]bool{}
	for _, n := range strings.Fields("format attach maxmsg maxsecs minsecs serveremail maxsilence review operator saycid envelope delete " +
		"emailbody emailsubject fromstring skipms maxlogins maxgreet silencethreshold usedirectory charset mailcmd sendvoicemail " +
		"nextaftercmd") {
		m[n] = true
	}
	return m
}()

func generalOption(name string) bool { return generalOptions[strings.ToLower(name)] }
