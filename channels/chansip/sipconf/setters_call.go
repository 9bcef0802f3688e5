package sipconf

import (
	"strconv"
	"strings"
	"time"

	"obelisk/internal/config"
	"obelisk/pbx"
)

// endpointSeconds takes a number of seconds, 0 included.
func endpointSeconds(field func(*Endpoint) *time.Duration) func(*optionReader, string) {
	return func(r *optionReader, v string) {
		if n, ok := r.number(v); ok {
			*field(r.e) = time.Duration(n) * time.Second
		}
	}
}

func setCallLimit(r *optionReader, v string) {
	if n, ok := r.number(v); ok {
		r.p.CallLimit = n
	}
}

// setCallCounter (callcounter) counts calls by a call-limit that is never reached, NoCallLimit. The
// later line of callcounter and call-limit counts.
func setCallCounter(r *optionReader, v string) {
	on := r.truth(v)
	switch {
	case r.p == nil:
		r.e.CallCounter = on
	case on:
		r.p.CallLimit = NoCallLimit
	default:
		r.p.CallLimit = 0
	}
}

func setSendRPID(r *optionReader, v string) {
	on, told := config.Bool(v)
	switch v := strings.ToLower(v); {
	case v == SendPAI:
		r.e.SendRPID = SendPAI
	case v == SendRPID || on:
		r.e.SendRPID = SendRPID
	case told:
		r.e.SendRPID = ""
	default:
		r.warn("'%s' is neither yes nor no for 'sendrpid', nor rpid or pai; it counts as no", v)
		r.e.SendRPID = ""
	}
}

func setTrustOut(r *optionReader, v string) {
	switch {
	case strings.EqualFold(v, "legacy"):
		r.e.TrustOut = "legacy"
	case r.truth(v):
		r.e.TrustOut = "yes"
	default:
		r.e.TrustOut = "no"
	}
}

func setSessionTimers(r *optionReader, v string) {
	switch m := SessionTimers(strings.ToLower(v)); m {
	case SessionTimersAccept, SessionTimersOriginate, SessionTimersRefuse:
		r.e.SessionTimers = m
	default:
		r.bad(v, "accept, originate or refuse")
	}
}

func setSessionSeconds(field func(*Endpoint) *int) func(*optionReader, string) {
	return func(r *optionReader, v string) {
		const least = 90 // RFC 4028 section 5
		n, err := r.integer(v)
		if err != nil || n < least {
			r.bad(v, "90 seconds or more")
			return
		}
		*field(r.e) = n
	}
}

func setRefresher(r *optionReader, v string) {
	switch v = strings.ToLower(v); v {
	case "uac", "uas":
		r.e.Refresher = v
	default:
		r.bad(v, "uas or uac")
	}
}

func setTCPAuthTimeout(r *optionReader, v string) {
	if n, ok := r.number(v); ok && n > 0 {
		r.g.TCPAuthTimeout = time.Duration(n) * time.Second
	}
}

func setTCPAuthLimit(r *optionReader, v string) {
	if n, ok := r.number(v); ok && n > 0 {
		r.g.TCPAuthLimit = n
	}
}

// setCallingPres reads a presentation by name or number.
func setCallingPres(r *optionReader, v string) {
	word := strings.ToLower(v)
	n, err := strconv.Atoi(word)
	for _, p := range pbx.Presentations {
		if p.Word == word || err == nil && p.Number == n {
			r.rare().Presentation = p.Word
			return
		}
	}
	r.bad(v, "allowed, allowed_not_screened, ..., prohib, ..., unavailable or a number")
}

// setGroup reads "1,3-5" into bits; a part that is no group is left out.
func setGroup(field func(*pbx.Groups) *uint64) func(*optionReader, string) {
	return func(r *optionReader, v string) {
		var bits uint64
		for _, w := range strings.Split(v, ",") {
			low, high, isRange := strings.Cut(strings.TrimSpace(w), "-")
			if !isRange {
				high = low
			}
			a, err := strconv.Atoi(strings.TrimSpace(low))
			b, err2 := strconv.Atoi(strings.TrimSpace(high))
			if err != nil || err2 != nil || a < 0 || b > 63 || a > b {
				r.warn("'%s' of '%s' is left out (groups 0 to 63, such as 1,3-5)", w, r.name)
				continue
			}
			for n := a; n <= b; n++ {
				bits |= 1 << n
			}
		}
		*field(&r.rare().Groups) = bits
	}
}

func setNamedGroup(field func(*pbx.Groups) *[]string) func(*optionReader, string) {
	return func(r *optionReader, v string) {
		var names []string
		for _, w := range strings.Split(v, ",") {
			if w = strings.TrimSpace(w); w != "" {
				names = append(names, w)
			}
		}
		*field(&r.rare().Groups) = names
	}
}

func setKeepAlive(r *optionReader, v string) {
	const usual = time.Minute
	n, err := r.integer(v)
	switch {
	case strings.EqualFold(v, "yes"):
		r.e.KeepAlive = usual
	case strings.EqualFold(v, "no"):
		r.e.KeepAlive = 0
	case err == nil && n >= 0:
		r.e.KeepAlive = time.Duration(n) * time.Second
	default:
		r.warn("keepalive should be 'yes', 'no', or a number of seconds, not '%s'; it is off", v)
		r.e.KeepAlive = 0
	}
}

func setQualifyPeers(r *optionReader, v string) {
	if n, ok := r.number(v); ok {
		r.g.QualifyPeers = max(n, 1)
	}
}

func setAMAFlags(r *optionReader, v string) {
	switch w := strings.ToUpper(v); w {
	case "OMIT", "BILLING", "DOCUMENTATION":
		r.rare().AMAFlags = w
	case "DEFAULT":
		r.rare().AMAFlags = ""
	default:
		r.bad(v, "default, omit, billing, documentation")
	}
}

func setSecureDialog(r *optionReader, v string) {
	switch p := SecureDialog(strings.ToLower(v)); p {
	case SecureDialogNo, SecureDialogChallenge, SecureDialogRefuse:
		r.e.SecureDialog = p
	default:
		r.bad(v, "no, challenge, refuse")
	}
}

func setAnswersFrom(r *optionReader, v string) {
	switch strings.ToLower(v) {
	case "peer", "any":
		r.e.AnswersFromAny = strings.EqualFold(v, "any")
	default:
		r.bad(v, "peer, any")
	}
}

func setRel(r *optionReader, v string) {
	switch m := Rel100(strings.ToLower(v)); m {
	case Rel100No, Rel100Accept, Rel100Yes:
		r.e.Rel = m
	default:
		r.bad(v, "no, accept, yes")
	}
}
