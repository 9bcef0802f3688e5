package plan

import (
	"regexp"
	"strconv"
	"strings"

	"obelisk/dialplan"
)

var parenthesised = regexp.MustCompile(`\([^)]*\)`)

// dial looks at Dial(destinations,timeout,options,URL).
func (s *step) dial() {
	if s.args == "" {
		s.say("plan-dial-empty", "Dial(SIP/name,20)", "no destination: nobody is called")
		return
	}
	s.dialled(s.arg(0))
	s.ringsForGood()
	s.offsetOutside()
	s.openDestination()
	timeout, options := s.j.Known(s.arg(1)), s.arg(2)
	switch {
	case strings.Contains(timeout, "/") && !strings.Contains(timeout, "$"):
		s.say("plan-dial-comma", s.arg(0)+"&"+timeout,
			"'%s' stands where the timeout is: several destinations are parted by &, and this one is never called", timeout)
		return
	case timeout == "" && number(options):
		s.say("plan-arguments-swapped", "Dial("+s.arg(0)+","+options+")", "'%s' stands where the options are, not the timeout: the order is "+
			"destinations, timeout, options, and it rings without end", options)
		return
	case known(timeout) && !isSeconds(timeout) && number(options):
		s.say("plan-arguments-swapped", "Dial("+s.arg(0)+","+options+","+timeout+")", "timeout and options are swapped: '%s' is no "+
			"number of "+
			"seconds, and '%s' is no option; the order is destinations, timeout, options", timeout, options)
		return
	case known(timeout) && !isSeconds(timeout) && strings.Trim(timeout, "0123456789.tTrRmgkKwWhHxXo") == "" && strings.Trim(timeout,
		"tTrRmgkKwWhHxXo") == "":
		s.say("plan-arguments-swapped", "Dial("+s.arg(0)+",,"+timeout+")",
			"the options '%s' stand where the timeout is: the call rings without end, and no option is in effect", timeout)
		return
	case known(timeout) && !isSeconds(timeout) && timeout[0] >= '0' && timeout[0] <= '9':
		s.say("plan-timeout", "a number of seconds", "the timeout '%s' is no number of seconds: Asterisk takes the digits that it "+
			"begins with",
			timeout)
	case known(timeout) && !isSeconds(timeout):
		s.say("plan-timeout", "a number of seconds", "the timeout '%s' is invalid: it is no number of seconds, and the call rings "+
			"without end",
			timeout)
	case timeout == "0":
		s.note("plan-timeout", "", "a timeout of 0 is none: it rings without end")
	}
	if n, err := strconv.Atoi(timeout); err == nil && n > 1000 {
		s.note("plan-timeout", "Dial("+s.arg(0)+","+strconv.Itoa(n/1000)+")", "the timeout is in seconds: %d are %d minutes", n, n/60)
	}
	s.dialOptions(options)
	s.withoutNumber()
	s.numberAsPhone()
	s.numbers()
}

// offsetOutside tells of digits that are cut off behind the braces.
func (s *step) offsetOutside() {
	if m := cutOutside.FindStringSubmatch(s.args + ","); m != nil && !strings.Contains(s.args, "?") {
		s.say("plan-variable-offset", "${"+m[1]+":"+m[2]+"}", "':%s' behind ${%s} is a part of the number: digits are cut off within the "+
			"braces",
			m[2], m[1])
	}
}

// cutOutside finds an offset that stands behind a variable, not within it.
var cutOutside = regexp.MustCompile(`\$\{([A-Z]+)\}:(-?[0-9]+)(?:[,&/)]|$)`)

// withoutNumber tells of a provider that is called and no number of his.
func (s *step) withoutNumber() {
	if s.j.sip == nil {
		return
	}
	name, ok := strings.CutPrefix(strings.TrimSpace(s.j.Known(s.arg(0))), "SIP/")
	if p := s.j.sip.Lookup(name); ok && p != nil && !p.Dynamic && p.DefaultUser != "" && s.toTrunk() {
		s.note("plan-trunk-no-number", s.arg(0)+"/${EXTEN}",
			"'%s' is called without a number: it is asked for '%s', which is our own account there", name, p.DefaultUser)
	}
}

// isSeconds says whether a text is a timeout: a number, or two as in 20^5.
func isSeconds(text string) bool {
	return strings.Trim(strings.TrimSpace(text), "0123456789.^") == "" && strings.TrimSpace(text) != ""
}

// dialOptions looks at who may transfer, and at what options name.
func (s *step) dialOptions(options string) {
	if options == "" || strings.HasPrefix(options, "$") {
		return
	}
	letters := parenthesised.ReplaceAllString(options, "")
	caller := s.j.outside[s.Context.Name]
	if caller != "" && strings.Contains(letters, "T") {
		s.say("plan-caller-transfers", "t is for who is called", "option T lets the caller transfer, and calls come here from outside (%s): "+
			"he may send them on to any number at your expense", caller)
	}
	if caller == "" && strings.Contains(letters, "t") && s.toTrunk() {
		s.note("plan-callee-transfers", "T is for who calls", "option t lets who is called transfer, and that is somebody outside: he may "+
			"send the call on within this switchboard")
	}
	for _, o := range dialplan.SplitOutside(options, ',', 0) {
		parsed := dialplan.ParseOptions(o, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
		if class := parsed.Arg('m'); class != "" {
			s.musicClass(class)
		}
		if sub := parsed.Arg('M'); known(sub) {
			name, _, _ := strings.Cut(sub, "^")
			s.macroThere(name)
		}
		if sub := parsed.Arg('U'); known(sub) {
			name, _, _ := strings.Cut(sub, "^")
			if !s.j.hasContext(name) && !strings.Contains(name, ",") {
				s.say("plan-context-missing", s.j.likeContext(name),
					"option U(%s): there is no such context, it does not exist: the called side is hung up when it answers", sub)
			}
		}
		if target := parsed.Arg('G'); known(target) {
			if f := strings.Split(target, "^"); len(f) == 3 && !s.j.hasContext(f[0]) {
				s.say("plan-context-missing", s.j.likeContext(f[0]),
					"option G(%s): there is no such context, it does not exist: the call ends when it is answered", target)
			}
		}
		if limit := parsed.Arg('L'); known(limit) {
			first, _, _ := strings.Cut(limit, ":")
			switch n, err := strconv.Atoi(first); {
			case err != nil || n < 1000:
				s.say("plan-dial-limit", "L(60000:10000)", "option L(%s) takes milliseconds: this ends the call within a second, or is no number "+
					"at all", limit)
			case n < 10000:
				s.say("plan-dial-limit", "L("+first+"000)", "option L(%s) takes milliseconds: the call ends after %d seconds", limit, n/1000)
			}
		}
	}
}

// toTrunk says whether a step dials a static peer.
func (s *step) toTrunk() bool {
	if s.j.sip == nil {
		return false
	}
	for _, dest := range strings.Split(s.j.Known(s.arg(0)), "&") {
		if resource, ok := strings.CutPrefix(strings.TrimSpace(dest), "SIP/"); ok {
			name, _, _ := strings.Cut(resource, "/")
			if at := strings.LastIndexByte(name, '@'); at >= 0 {
				name = name[at+1:]
			}
			if p := s.j.sip.Lookup(name); p != nil && !p.Dynamic {
				return true
			}
		}
	}
	return false
}

// openDestination reports a caller who dials whatever he says: with & and / in the number.
func (s *step) openDestination() {
	anything := s.Extension.Pattern() && strings.ContainsAny(s.Extension.Name, ".!")
	if !anything || !strings.Contains(unfiltered(s.arg(0), false), "${EXTEN") {
		return
	}
	s.unfilteredNumber("what a caller puts into the number")
}

// unfilteredNumber reports a destination with a text of the caller's in it.
func (s *step) unfilteredNumber(what string) {
	if s.j.sip != nil && !s.j.sip.SafeNames {
		s.say("plan-dial-unfiltered", "safenames=yes, or FILTER()",
			"a caller who calls '1&SIP/x' dials what he likes by extension '%s' (safenames=no): %s is dialled", s.Extension.Name, what)
		return
	}
	s.note("plan-dial-unfiltered", "${FILTER(0-9+*#,${EXTEN})}", "Asterisk dials %s at extension '%s', "+
		"'1&SIP/x' for example: without FILTER it is an injection; here safenames refuses such numbers", what, s.Extension.Name)
}

func (s *step) available() { s.dialled(s.arg(0)) }

// page looks at Page(destinations,options,timeout).
func (s *step) page() {
	s.dialled(s.arg(0))
	if number(s.arg(1)) && known(s.arg(2)) && !number(s.arg(2)) {
		s.say("plan-arguments-swapped", "", "options and timeout are swapped: the order is destinations, options, timeout")
	} else if number(s.arg(1)) {
		s.say("plan-arguments-swapped", "Page("+s.arg(0)+",,"+s.arg(1)+")",
			"the timeout '%s' stands where the options are: the order is destinations, options, timeout", s.arg(1))
	}
}

// originate looks at Originate(tech/data,app|exten,...).
func (s *step) originate() {
	s.dialled(s.arg(0))
	if kind := s.arg(1); known(kind) && kind != "app" && kind != "exten" {
		s.say("plan-originate", "Originate("+s.arg(0)+",exten,context,extension,1)", "'%s' is neither app nor exten: nothing is originated",
			kind)
	}
}

// transfer looks at Transfer([tech/]destination).
func (s *step) transfer() {
	if s.args == "" {
		s.say("plan-arguments-missing", "Transfer(SIP/number)", "no destination: nothing is transferred")
	}
}

// member looks at AddQueueMember(queue,interface,...).
func (s *step) member() {
	if m := bareCaller.FindString(s.arg(1)); m != "" {
		s.say("plan-dial-no-technology", "SIP/"+m, "'%s' is a number alone: it names no technology, SIP/name is meant, and such a member is "+
			"never called", m)
		return
	}
	if device := s.arg(1); known(device) && !strings.Contains(device, "/") {
		s.say("plan-dial-no-technology", "SIP/"+device, "'%s' names no technology: SIP/name is meant, and such a member is never "+
			"called", device)
	} else if known(device) {
		s.dialled(device)
	}
}

// bareCaller is a number of the call, and nothing before it.
var bareCaller = regexp.MustCompile(`^\$\{(CALLERID\((num|number|ani)\)|EXTEN)(:-?[0-9]+)*\}$`)

// header looks at SIPAddHeader(Name: value).
func (s *step) header() {
	s.headerLate()
	if h := s.args; h != "" && !strings.HasPrefix(h, "$") && !strings.Contains(withoutFunctions(strings.ReplaceAll(h, `"`, "")), ":") {
		s.say("plan-header-colon", "SIPAddHeader("+strings.Replace(h, "=", ": ", 1)+")",
			"there is no colon in '%s': a header is a name, a colon and a value, and this one is not sent", h)
	}
}

// pickup looks at Pickup(extension[@context]).
func (s *step) pickup() {
	if len(s.f) > 1 {
		s.say("plan-argument", "Pickup("+strings.Join(s.f, "&")+")", "several extensions are parted by &: of '%s' only the first one is "+
			"picked up", s.args)
	}
	for _, t := range strings.Split(s.args, "&") {
		if tech, _, slash := strings.Cut(t, "/"); slash && (strings.EqualFold(tech, "SIP") || s.j.here(tech)) {
			s.say("plan-argument", "PickupChan("+t+")", "'%s' is a device: Pickup takes an extension, as 201@office, and no such one is "+
				"ringing", t)
			continue
		}
		if _, context, ok := strings.Cut(t, "@"); ok && known(context) && !strings.EqualFold(context, "PICKUPMARK") && !s.j.hasContext(context) {
			s.say("plan-context-missing", s.j.likeContext(context), "there is no such context '%s', it does not exist: nothing is picked up",
				context)
		}
	}
}
