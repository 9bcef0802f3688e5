package sipconf

import "obelisk/internal/sipstack"

func setLimit(field func(*sipstack.Limits) *int) func(*optionReader, string) {
	return func(r *optionReader, v string) {
		if n, ok := r.number(v); ok {
			*field(&r.g.Limits) = n
		}
	}
}

func setNumber(field func(*General) *int) func(*optionReader, string) {
	return func(r *optionReader, v string) {
		if n, ok := r.number(v); ok {
			*field(r.g) = n
		}
	}
}

func setPercent(field func(*General) *int) func(*optionReader, string) {
	return func(r *optionReader, v string) {
		n, err := r.integer(v)
		if err != nil || n < 0 || n > 100 {
			r.bad(v, "a number from 0 to 100")
			return
		}
		*field(r.g) = n
	}
}

func setMaxSubscriptions(r *optionReader, v string) {
	if n, ok := r.number(v); ok {
		r.e.MaxSubscriptions = n
	}
}

func setCallRate(r *optionReader, v string) {
	n, ok := r.number(v)
	switch {
	case !ok:
	case r.p == nil:
		r.g.Limits.CallRate = n
	default:
		r.e.CallRate = n
	}
}
