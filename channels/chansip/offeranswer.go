package chansip

// exchange is where offer and answer of a call stand (RFC 3264, RFC 6337). A description is
// judged first, which changes nothing; what is taken, and what we send, moves it. Each early
// dialog of a callee that forks has an exchange of its own beside it (fork).
//
//	exchange      stimulus                                            next
//	none          the far side's INVITE brings an offer               theirs
//	none          our INVITE goes out; again for a challenge          ours
//	none          our offer goes out in a 1xx or 2xx; once more       oursLate
//	theirs        our answer goes out in a 1xx or 2xx                 settled
//	ours          a usable answer in a 1xx or 2xx                     settled
//	oursLate      a usable answer in the PRACK or ACK                 settled
//	oursLate      an unusable one in the PRACK (488)                  oursLate
//	settled       another answer to our INVITE, of another fork       settled
//	settled       our INVITE goes out once more, as for a challenge   ours
//	settled       an offer in a re-INVITE, UPDATE, PRACK is taken     settled
//	settled       our re-INVITE or UPDATE goes out                    oursAgain
//	settled       we answer a re-INVITE without one by an offer       oursLateAgain
//	oursAgain     the final response: taken, refused or unusable      settled
//	oursAgain     it goes out once more, as for a challenge           oursAgain
//	oursLateAgain an answer in the ACK, or none                       settled
//	any of ours   an offer of the far side                            unchanged: 491
//
// An unusable answer in a 2xx or an ACK ends the call, in any exchange.
type exchange uint8

const (
	exchangeNone exchange = iota
	exchangeTheirs
	exchangeOurs
	exchangeOursLate
	exchangeSettled
	exchangeOursAgain
	exchangeOursLateAgain
)

func (x exchange) String() string {
	return [...]string{"none", "theirs", "ours", "oursLate", "settled", "oursAgain", "oursLateAgain"}[x]
}

// agreed reports whether a session has been agreed, be it that an offer is open again.
func (x exchange) agreed() bool { return x >= exchangeSettled }

// late reports whether our offer in a response waits for the answer in a PRACK or ACK.
func (x exchange) late() bool { return x == exchangeOursLate || x == exchangeOursLateAgain }

// exchanges are the legal steps, as bits.
var exchanges = [...]uint8{
	exchangeNone:          1<<exchangeTheirs | 1<<exchangeOurs | 1<<exchangeOursLate,
	exchangeTheirs:        1 << exchangeSettled,
	exchangeOurs:          1<<exchangeSettled | 1<<exchangeOurs,
	exchangeOursLate:      1<<exchangeSettled | 1<<exchangeOursLate,
	exchangeSettled:       1<<exchangeSettled | 1<<exchangeOurs | 1<<exchangeOursAgain | 1<<exchangeOursLateAgain,
	exchangeOursAgain:     1<<exchangeSettled | 1<<exchangeOursAgain,
	exchangeOursLateAgain: 1 << exchangeSettled,
}

// may reports whether a step is legal.
func (x exchange) may(next exchange) bool { return exchanges[x]&(1<<next) != 0 }

// exchangeTo takes a step. One that is not legal is a mistake of ours: it is logged, and taken.
func (l *Leg) exchangeTo(next exchange) {
	if !l.exchange.may(next) {
		l.d.log.Error().Msgf("offer and answer of %s went from %s to %s", l.CallID, l.exchange, next)
	}
	if l.exchange = next; (next == exchangeOursAgain || next == exchangeOursLateAgain) && l.stream != nil {
		l.stream.Offered()
	}
}

// ourOffer is the step of an offer of ours in a response.
func (l *Leg) ourOffer() {
	if l.exchange.agreed() {
		l.exchangeTo(exchangeOursLateAgain)
	} else {
		l.exchangeTo(exchangeOursLate)
	}
}

// offerOver is the step of the final response to a re-INVITE or UPDATE of ours, whatever it says.
func (l *Leg) offerOver() {
	if l.exchange == exchangeOursAgain {
		l.exchangeTo(exchangeSettled)
	}
}
