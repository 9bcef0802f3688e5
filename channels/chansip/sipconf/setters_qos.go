package sipconf

import (
	"strconv"
	"strings"

	"obelisk/internal/rawnet"
)

// dscp are the names of RFC 2474, RFC 2597 and RFC 3246, as the byte of the IP header.
var dscp = func() map[string]int {
	m := map[string]int{"ef": 46 << 2}
	for class := range 8 {
		m["cs"+strconv.Itoa(class)] = class << 5
	}
	for class := 1; class <= 4; class++ {
		for drop := 1; drop <= 3; drop++ {
			m["af"+strconv.Itoa(class*10+drop)] = class<<5 | drop<<3
		}
	}
	return m
}()

// NameOfTOS is the name of a byte of the IP header, by the six bits that are DSCP.
func NameOfTOS(tos int) string {
	for name, n := range dscp {
		if n>>2 == tos>>2 {
			return strings.ToUpper(name)
		}
	}
	return "unknown"
}

func setTOS(field func(*General) *rawnet.Marks) func(*optionReader, string) {
	return func(r *optionReader, v string) {
		n, named := dscp[strings.ToLower(v)]
		if !named {
			i, err := strconv.ParseUint(v, 0, 8)
			if err != nil {
				r.bad(v, "cs0 to cs7, af11 to af43, ef, or a number up to 255")
				return
			}
			n = int(i)
		}
		field(r.g).TOS = n
	}
}

func setCOS(field func(*General) *rawnet.Marks) func(*optionReader, string) {
	return func(r *optionReader, v string) {
		n, err := strconv.Atoi(v)
		if err != nil || n < 0 || n > 7 {
			r.bad(v, "0 to 7")
			return
		}
		field(r.g).Priority = n
	}
}
