package enum

import "strings"

// tree is where a number is looked for.
type tree struct {
	infra  bool   // in the branch of providers, behind the country code
	direct bool   // by the number as it stands
	zone   string // e164.arpa
}

// branch is the label of the providers' tree: i.9.4.e164.arpa (RFC 5067, as its interim form has it).
const branch = "i"

// plainNumber is a number without dashes.
func plainNumber(number string) string { return strings.ReplaceAll(number, "-", "") }

// domain is the name of a number: +4930 is 0.3.9.4.e164.arpa (RFC 6116 3.2), 1234*256 of ISN is
// 4.3.2.1.256.freenum.org. "" when there is nothing to ask for.
func domain(number string, t tree) string {
	own, organisation, isn := strings.Cut(number, "*")
	switch {
	case isn:
		number = labels(own) + "." + organisation
	case t.direct && !t.infra:
		number = strings.TrimPrefix(number, "+")
	case t.infra:
		number = digits(number)
		code := min(countryCode(number), len(number))
		number = labels(number[code:]) + "." + branch + "." + labels(number[:code])
	default:
		number = labels(number)
	}
	number = strings.Trim(number, ".")
	if number == "" || t.zone == "" {
		return ""
	}
	return number + "." + t.zone
}

// digits of a number; all else goes.
func digits(number string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, number)
}

// labels are the digits of a number from the last one on, parted by dots.
func labels(number string) string {
	number = digits(number)
	var b strings.Builder
	for i := len(number) - 1; i >= 0; i-- {
		b.WriteByte(number[i])
		if i > 0 {
			b.WriteByte('.')
		}
	}
	return b.String()
}

// twoDigitCodes are country codes of two digits (ITU-T E.164).
const twoDigitCodes = " 20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82 84 86 " +
	"90 91 92 93 94 95 98 "

// countryCode is how many digits of a number are its country's.
func countryCode(number string) int {
	switch {
	case strings.HasPrefix(number, "1") || strings.HasPrefix(number, "7"):
		return 1
	case len(number) >= 2 && strings.Contains(twoDigitCodes, " "+number[:2]+" "):
		return 2
	}
	return 3
}
