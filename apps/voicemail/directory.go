package voicemail

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"obelisk/apps/voicemail/spool"
	"obelisk/dialplan"
	"obelisk/internal/config"
	"obelisk/pbx"
)

const directoryUsage = `Directory([vmcontext[,dialcontext[,options]]])
  e  say the extension with the name    s  only set DIRECTORY_EXTEN
  f(n)  by first name, n keys           l(n)  by last name, n keys     b(n)  by either
  a  other names (alias=) too           m  offer names as a menu
  p(ms)  pause before the names         n  do not answer
  c(file)  people of this file, in place of voicemail.conf
  DIRECTORY_RESULT: OPERATOR, ASSISTANT, TIMEOUT, HANGUP, SELECTED, USEREXIT, FAILED`

// search is Directory at work.
type search struct {
	call
	desk     *desk
	settings *Settings
	context  string // of voicemail.conf; ""
	dial     string // where extensions are; "": the current context
	digits   int
	first    bool // by first name
	last     bool
	aliases  bool
	menu     bool
	sayExten bool
	only     bool // DIRECTORY_EXTEN is set and nothing is dialled
	inside   bool // VoiceMailMain asks
	pause    time.Duration
	chosen   string // extension
}

// found is somebody who fits.
type found struct {
	spool.Ref        // the extension, and where the recorded name is
	name      string // that fits
	key       string // by which they are sorted
}

// Results of a search, for DIRECTORY_RESULT.
const (
	dirOperator  = "OPERATOR"
	dirAssistant = "ASSISTANT"
	dirTimeout   = "TIMEOUT"
	dirHangup    = "HANGUP"
	dirSelected  = "SELECTED"
	dirUserExit  = "USEREXIT"
	dirFailed    = "FAILED"
	dirAgain     = "" // nobody was chosen
)

func (d *desk) directory(c *pbx.Channel, args string) dialplan.Result {
	l := d.line(c)
	f := words(args, 3)
	o := dialplan.ParseOptions(f[2], "eflbvmanpcsd")
	s := &search{call: l, desk: d, settings: d.settings(), context: f[0], dial: f[1], sayExten: o.Has('e'), menu: o.Has('m'),
		aliases: o.Has('a'), only: o.Has('s'), inside: o.Has('v'), digits: 3, first: o.Has('f') || o.Has('b'), last: o.Has('l') || o.Has('b')}
	for _, letter := range []byte("flb") {
		if n, err := strconv.Atoi(o.Arg(letter)); o.Has(letter) && err == nil {
			s.digits = min(n, 9)
		}
	}
	if s.digits < 1 {
		s.digits = 3
	}
	if ms, err := strconv.Atoi(o.Arg('p')); err == nil && o.Has('p') {
		s.pause = time.Duration(min(max(ms, 0), 3000)) * time.Millisecond
	}
	if o.Has('c') {
		s.settings = d.fromFile(c.Warn, o.Arg('c'))
	}
	if o.Has('d') {
		c.Warn("Directory: option d has no effect: there are no ADSI telephones on SIP")
	}
	s.last = s.last || !s.first
	if !o.Has('n') {
		l.answer()
	}
	result := s.run()
	if l.gone() && result != dirSelected {
		result = dirHangup
	}
	if result != dirAgain {
		c.SetVar("DIRECTORY_RESULT", result)
	}
	if result == dirFailed || result == dirHangup {
		return dialplan.End
	}
	return dialplan.Continue
}

// fromFile is another file in the form of voicemail.conf; what is in force where it cannot be read.
func (d *desk) fromFile(warn func(string), name string) *Settings {
	file, err := config.Load(config.Dir(d.etc), strings.TrimSpace(name), config.Options{})
	if err != nil {
		warn("Directory: option c: " + err.Error() + "; voicemail.conf is searched")
		return d.settings()
	}
	s, _ := Compile(file, nil, nil)
	return s
}

// fromDirectory is the directory as VoiceMailMain has it: the extension of who was chosen.
func (d *desk) fromDirectory(c call, s *Settings, context string) (string, key) {
	x := &search{call: c, desk: d, settings: s, context: context, inside: true, digits: 3, last: true}
	if x.context == "" {
		x.context = "default"
	}
	if x.run(); c.gone() {
		return "", gone
	}
	return x.chosen, none
}

// run asks for a name until somebody is chosen or nobody presses a key.
func (s *search) run() string {
	k := none
	for {
		if k == none {
			k = all(s, s.question()...)
		}
		if k == none {
			k = s.wait(5 * time.Second)
		}
		switch k {
		case gone:
			return dirHangup
		case none:
			return dirTimeout
		}
		var result string
		if result, k = s.begin(k); result != dirAgain {
			return result
		}
	}
}

func (s *search) question() []string {
	intro := s.settings.IntroOf[s.context]
	if intro = cmp.Or(intro, s.settings.DirectoryIntro); intro != "" {
		return []string{soundName(intro)}
	}
	by := "dir-last"
	switch {
	case s.first && s.last:
		by = "dir-firstlast"
	case s.first:
		by = "dir-first"
	}
	return append(append([]string{"dir-welcome", "dir-pls-enter"}, s.voice().Number(s.digits, "")...), by, "dir-usingkeypad")
}

// begin is a search from its first key on. A key that ends the last prompt begins the next one.
func (s *search) begin(first key) (result string, next key) {
	switch {
	case first == '0' && s.aside("o"):
		return dirOperator, none
	case first == '*' && s.aside("a"):
		return dirAssistant, none
	}
	typed := string(rune(first))
	for len(typed) < s.digits {
		k := s.wait(3 * time.Second)
		if k == gone {
			return dirHangup, none
		}
		if k == none || k == '#' {
			break
		}
		typed += string(rune(k))
	}
	list := s.find(typed)
	if len(list) == 0 {
		return dirAgain, all(s, "dir-nomatch")
	}
	early := none
	if s.pause > 0 {
		early = s.wait(s.pause)
	}
	if s.menu {
		result = s.offerMenu(list)
	} else {
		result = s.offer(list, early)
	}
	if result == dirAgain {
		next = all(s, "dir-nomore")
	}
	return result, next
}

// aside goes to extension o or a, if it is there.
func (s *search) aside(exten string) bool {
	at := s.place()
	context := cmp.Or(s.dial, at.context)
	switch {
	case s.exists(context, exten):
		s.goTo(context, exten)
	case at.macro != "" && s.exists(at.macro, exten):
		s.goTo(at.macro, exten)
	default:
		s.warn("Can't find extension '" + exten + "' in current context.  Not Exiting the Directory!")
		return false
	}
	return true
}

// pad is the key of a letter on a telephone; 0 for what is on none.
func pad(c byte) byte {
	switch {
	case c >= '1' && c <= '9':
		return c
	case c >= 'a' && c <= 'z':
		return "22233344455566677778889999"[c-'a']
	}
	return 0
}

// fits says whether a name begins with the keys. Blanks and control characters are passed over.
func fits(name, typed string) bool {
	name = strings.ToLower(name)
	for i := range len(typed) {
		for name != "" && name[0] <= ' ' {
			name = name[1:]
		}
		if name == "" || pad(name[0]) != typed[i] {
			return false
		}
		name = name[1:]
	}
	return true
}

// find looks for those who fit, in the order of their names: mailboxes of the context, and people
// of users.conf, who belong to all.
func (s *search) find(typed string) (out []found) {
	context := s.context
	if context == "" && !s.settings.SearchContexts {
		context = "default"
	}
	for _, b := range s.settings.Boxes {
		if b.HideFromDir || b.users || context != "" && !strings.EqualFold(b.Context, context) {
			continue
		}
		out = s.consider(out, typed, b.Ref, b.FullName, b.Aliases)
	}
	for _, p := range s.settings.People {
		out = s.consider(out, typed, spool.Ref{Context: cmp.Or(context, "default"), Box: p.Number}, p.FullName, p.Aliases)
	}
	slices.SortStableFunc(out, func(a, b found) int { return strings.Compare(strings.ToLower(a.key), strings.ToLower(b.key)) })
	return out
}

// consider adds somebody who fits.
func (s *search) consider(out []found, typed string, r spool.Ref, name string, aliases []string) []found {
	if name == "" {
		return out
	}
	first, last, two := strings.Cut(name, " ")
	if !two {
		first, last = "", name
	}
	switch {
	case s.last && fits(last, typed):
		return append(out, found{r, name, last + first})
	case s.first && fits(name, typed):
		return append(out, found{r, name, name})
	case s.aliases:
		if i := slices.IndexFunc(aliases, func(a string) bool { return fits(a, typed) }); i >= 0 {
			return append(out, found{r, aliases[i], aliases[i]})
		}
	}
	return out
}

// sayOwner says who somebody is.
func (s *search) sayOwner(f found) key {
	extension := func() key {
		if !s.sayExten {
			return none
		}
		if k := all(s, "vm-extension"); k != none {
			return k
		}
		return all(s, s.spell(f.Box)...)
	}
	if s.desk.store.HasGreeting(f.Ref, spool.Name) {
		if k := s.play(anyKey, s.desk.store.Greeting(f.Ref, spool.Name)); k != none {
			return k
		}
		return extension()
	}
	if k := all(s, s.spell(f.name)...); k != none {
		return k
	}
	return extension()
}

// offer names them one after the other, each three times.
func (s *search) offer(list []found, k key) string {
	for _, f := range list {
	again:
		for range 3 {
			if k == none {
				k = s.sayOwner(f)
			}
			if k == none {
				k = all(s, "dir-instr")
			}
			if k == none {
				k = s.wait(3 * time.Second)
			}
			switch k {
			case gone:
				return dirHangup
			case '0':
				s.aside("o")
				return dirOperator
			case '1':
				return s.choose(f)
			case '*':
				k = none
				break again
			case '#':
				return dirUserExit
			}
			k = none
		}
	}
	return dirAgain
}

// offerMenu names up to eight at a time, each with a key.
func (s *search) offerMenu(list []found) string {
	const each = 8
	for len(list) > 0 {
		block := list[:min(each, len(list))]
		list = list[len(block):]
		k := none
		for i, f := range block {
			if k = all(s, "dir-multi1", "digits/"+strconv.Itoa(i+1), "dir-multi2"); k == none {
				k = s.sayOwner(f)
			}
			if k == none {
				k = s.wait(800 * time.Millisecond)
			}
			if k != none {
				break
			}
		}
		if k == none && len(list) > 0 {
			k = all(s, "dir-multi9")
		}
		if k == none {
			k = s.wait(3 * time.Second)
		}
		if k == gone {
			return dirHangup
		}
		if k > '0' && int(k-'0') <= len(block) {
			return s.choose(block[k-'1'])
		}
	}
	return dirAgain
}

// choose goes to who was chosen.
func (s *search) choose(f found) string {
	s.chosen = f.Box
	context := cmp.Or(s.dial, s.context, f.Context)
	switch {
	case s.inside:
	case s.only:
		s.setVar("DIRECTORY_EXTEN", f.Box)
	case s.exists(context, f.Box):
		s.goTo(context, f.Box)
	default:
		s.warn("Can't find extension '" + f.Box + "' in context '" + context + "'.  Did you pass the wrong context to Directory?")
		return dirFailed
	}
	return dirSelected
}
