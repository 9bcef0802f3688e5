package pbx

// Partnered is a leg that wants to know with which other one it is bridged while both
// are up: two of one technology may let their far sides send media to each other.
type Partnered interface {
	// Partner is told the other leg, nil at the end.
	Partner(other Leg)
}

// pair tells two legs of each other.
func pair(a, b Leg) {
	tellPartner(a, b)
	tellPartner(b, a)
}

// unpair tells them that it is over.
func unpair(a, b Leg) {
	tellPartner(a, nil)
	tellPartner(b, nil)
}

func tellPartner(l, other Leg) {
	if p, ok := l.(Partnered); ok {
		p.Partner(other)
	}
}
