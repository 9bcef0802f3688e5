package chansip

import "testing"

// Of all steps of offer and answer only those of the table are legal: an offer of either side
// never meets an open one, and what is settled is left by an offer alone.
func TestExchangeSteps(t *testing.T) {
	legal := map[[2]exchange]bool{
		{exchangeNone, exchangeTheirs}: true, {exchangeNone, exchangeOurs}: true, {exchangeNone, exchangeOursLate}: true,
		{exchangeTheirs, exchangeSettled}: true,
		{exchangeOurs, exchangeSettled}:   true, {exchangeOurs, exchangeOurs}: true,
		{exchangeOursLate, exchangeSettled}: true, {exchangeOursLate, exchangeOursLate}: true,
		{exchangeSettled, exchangeSettled}: true, {exchangeSettled, exchangeOurs}: true, {exchangeSettled, exchangeOursAgain}: true,
		{exchangeSettled, exchangeOursLateAgain}: true, {exchangeOursAgain, exchangeSettled}: true, {exchangeOursAgain, exchangeOursAgain}: true,
		{exchangeOursLateAgain, exchangeSettled}: true,
	}
	for x := exchangeNone; x <= exchangeOursLateAgain; x++ {
		for next := exchangeNone; next <= exchangeOursLateAgain; next++ {
			if x.may(next) != legal[[2]exchange{x, next}] {
				t.Errorf("from %s to %s: %v", x, next, x.may(next))
			}
		}
		if x.agreed() != (x >= exchangeSettled) || x.late() != (x == exchangeOursLate || x == exchangeOursLateAgain) {
			t.Errorf("%s: agreed %v, late %v", x, x.agreed(), x.late())
		}
	}
}
