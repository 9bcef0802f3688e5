package say

// The grammars of numbers of other languages, from 1 up, with the prompts that their sound sets
// have. What is too large for a language is not said.

// gendered is a digit, for one and two perhaps with a letter for the gender.
func gendered(n int, letter string) string { return digit(n) + letter }

// german says the ones before the tens, and "eine Million".
func german(n int, gender string) []string { return germanPart(n, gender, false) }

func germanPart(n int, gender string, within bool) (out []string) {
	for _, u := range []struct {
		size      int
		one, many string
	}{{1_000_000_000, "milliard", "milliards"}, {1_000_000, "million", "millions"}} {
		switch count := n / u.size; {
		case count == 1:
			out = append(out, "digits/1F", "digits/"+u.one)
		case count > 1:
			out = append(append(out, germanPart(count, gender, false)...), "digits/"+u.many)
		}
		within = within || n >= u.size
		n %= u.size
	}
	for _, u := range []unit{{1000, "thousand"}, {100, "hundred"}} {
		switch count := n / u.size; {
		case count == 0:
			continue
		case count == 1 && (within || n > u.size):
			out = append(out, "digits/1N")
		case count > 1 && u.size == 1000:
			out = append(out, germanPart(count, gender, false)...)
		case count > 1:
			out = append(out, digit(count))
		}
		out = append(out, "digits/"+u.name)
		n %= u.size
		within = true
	}
	switch {
	case n == 1 && gender == "f":
		out = append(out, "digits/1F")
	case n > 19 && n%10 > 0:
		out = append(out, digit(n%10)+"-and", digit(n/10*10))
	case n > 0:
		out = append(out, digit(n))
	}
	return out
}

// dutch says the ones before the tens, and hundreds up to ninety-nine of them.
func dutch(n int, gender string) (out []string) {
	switch {
	case n >= 1_000_000_000:
		return nil
	case n >= 1_000_000:
		out = append(dutch(n/1_000_000, gender), "digits/million")
		n %= 1_000_000
	}
	switch {
	case n >= 10_000:
		out = append(append(out, dutch(n/1000, gender)...), "digits/thousand")
		n %= 1000
	case n >= 2000 || n >= 1100:
		out = append(append(out, dutch(n/100, gender)...), "digits/hundred")
		n %= 100
	case n >= 1000:
		out = append(out, "digits/thousand")
		n %= 1000
	}
	if n >= 100 {
		if n >= 200 {
			out = append(out, digit(n/100))
		}
		out = append(out, "digits/hundred")
		n %= 100
	}
	switch {
	case n > 20 && n%10 > 0:
		out = append(out, digit(n%10), "digits/nl-en", digit(n/10*10))
	case n > 0:
		out = append(out, digit(n))
	}
	return out
}

// french counts on from sixty to seventy-nine, and from eighty to ninety-nine.
func french(n int, gender string) (out []string) {
	if n >= 1_000_000_000 {
		return nil
	}
	for _, u := range []unit{{1_000_000, "million"}, {1000, "thousand"}, {100, "hundred"}} {
		if count := n / u.size; count > 0 {
			if count > 1 || u.size > 1000 {
				out = append(out, french(count, gender)...)
			}
			out = append(out, "digits/"+u.name)
			n %= u.size
		}
	}
	switch {
	case n > 79:
		out = append(out, "digits/80")
		n -= 80
	case n > 20:
		base := min(n/10*10, 60)
		out = append(out, digit(base))
		if n -= base; n%10 == 1 {
			out = append(out, "digits/et")
		}
	}
	switch {
	case n == 1 && gender == "f":
		out = append(out, "digits/1F")
	case n > 0:
		out = append(out, digit(n))
	}
	return out
}

// spanish has a word for each hundred, and "y" between tens and ones.
func spanish(n int, gender string) (out []string) {
	if n >= 2_147_483_640 {
		return nil
	}
	if count := n / 1_000_000; count == 1 {
		out = append(out, "digits/1M", "digits/million")
	} else if count > 1 {
		out = append(spanish(count, gender), "digits/millions")
	}
	n %= 1_000_000
	if count := n / 1000; count > 0 {
		if count > 1 {
			out = append(out, spanish(count, gender)...)
		}
		out = append(out, "digits/thousand")
		n %= 1000
	}
	switch {
	case n == 100:
		return append(out, "digits/100")
	case n > 199:
		out = append(out, digit(n/100*100))
	case n > 100:
		out = append(out, "digits/100-and")
	}
	if n %= 100; n > 30 {
		out = append(out, digit(n/10*10))
		if n %= 10; n > 0 {
			out = append(out, "digits/and")
		}
	}
	letter := map[string]string{"f": "F", "m": "M"}[gender]
	switch {
	case n == 1:
		out = append(out, gendered(1, letter))
	case n > 0:
		out = append(out, digit(n))
	}
	return out
}

// italian has a word of its own for tens with one and with eight.
func italian(n int, gender string) []string {
	if n >= 1_000_000_000 {
		return nil
	}
	var out []string
	for _, u := range []struct {
		size      int
		one, many string
	}{{1_000_000, "million", "millions"}, {1000, "thousand", "thousands"}, {100, "hundred", "hundred"}} {
		switch count := n / u.size; {
		case count == 1:
			out = append(out, "digits/"+u.one)
		case count > 1:
			out = append(append(out, italian(count, gender)...), "digits/"+u.many)
		}
		n %= u.size
	}
	switch ones := n % 10; {
	case n == 0:
		return out
	case n < 21 || ones == 0 || ones == 1 || ones == 8:
		return append(out, digit(n))
	}
	return append(out, digit(n/10*10), digit(n%10))
}

// portuguese has "e" before the last part of a group.
func portuguese(n int, gender string) (out []string) {
	const and = "digits/pt-e"
	letter := ""
	if gender == "f" {
		letter = "F"
	}
	if n >= 1_000_000_000 {
		return nil
	}
	if count := n / 1_000_000; count > 0 {
		out = append(out, portuguese(count, gender)...)
		if count == 1 {
			out = append(out, "digits/1000000")
		} else {
			out = append(out, "digits/1000000S")
		}
		thousands, rest := n/1000%1000, n%1000
		if n%1_000_000 > 0 && (thousands == 0 && (rest < 100 || n%100 == 0) || rest == 0 && (thousands < 100 || thousands%100 == 0)) {
			out = append(out, and)
		}
		n %= 1_000_000
	}
	if count := n / 1000; count > 0 {
		if count > 1 {
			out = append(out, portuguese(count, gender)...)
		}
		out = append(out, "digits/1000")
		if n %= 1000; n > 0 && (n < 100 || n%100 == 0) {
			out = append(out, and)
		}
	}
	if n >= 100 {
		switch {
		case n == 100:
			out = append(out, "digits/100")
		case n < 200: // its word has the "e" already
			out = append(out, "digits/100E")
		default:
			out = append(out, gendered(n/100*100, letter))
			if n%100 > 0 {
				out = append(out, and)
			}
		}
		n %= 100
	}
	if n >= 20 {
		out = append(out, digit(n/10*10))
		if n %= 10; n > 0 {
			out = append(out, and)
		}
	}
	switch {
	case n == 1 || n == 2:
		out = append(out, gendered(n, letter))
	case n > 0:
		out = append(out, digit(n))
	}
	return out
}

// russian has three forms of thousand and million by what precedes them; one and two have a
// gender, and thousands are feminine.
func russian(n int, gender string) (out []string) {
	if n >= 1_000_000_000 {
		return nil
	}
	if count := n / 1_000_000; count > 0 {
		out = append(russian(count, ""), "digits/"+[]string{"million", "million-a", "millions"}[slavicForm(count)])
		n %= 1_000_000
	}
	if count := n / 1000; count > 0 {
		out = append(append(out, russian(count, "f")...), "digits/"+[]string{"thousand", "thousands-i", "thousands"}[slavicForm(count)])
		n %= 1000
	}
	return append(out, slavicSmall(n, func(n int) string {
		if n < 3 {
			return gendered(n, gender)
		}
		return digit(n)
	})...)
}

// slavicSmall says 1 to 999 with a word for each hundred, ten and one.
func slavicSmall(n int, one func(int) string) (out []string) {
	if n >= 100 {
		out = append(out, digit(n/100*100))
		n %= 100
	}
	if n >= 20 {
		out = append(out, digit(n/10*10))
		n %= 10
	}
	if n > 0 {
		out = append(out, one(n))
	}
	return out
}

// polish has three forms of thousand, million and more, by what precedes them.
func polish(n int, gender string) (out []string) {
	for _, size := range []int{1_000_000_000, 1_000_000, 1000} {
		if count := n / size; count > 0 {
			out = append(append(out, polishGroup(count, gender)...), digit(size)+polishForm(count))
			n %= size
		}
	}
	return append(out, polishGroup(n, gender)...)
}

// polishGroup says 1 to 999: of men each word has an ending, of women two.
func polishGroup(n int, gender string) []string {
	words := slavicSmall(n, digit)
	last, small := len(words)-1, n%100
	teen := small > 9 && small < 20
	for i := range words {
		ones := i == last && !teen && n%10 > 0 // the word is of the ones
		switch {
		case gender == "f" && ones && n%10 == 2:
			words[i] = "digits/2z"
		case gender == "m" && ones && n%10 == 1:
		case gender == "m" && ones && n%10 < 5:
			words[i] += "-2m"
		case gender == "m":
			words[i] += "m"
		}
	}
	return words
}

// polishForm is what is appended to a power of thousand after a number of them.
func polishForm(n int) string {
	switch ones := n % 10; {
	case n == 1:
		return ""
	case ones > 1 && ones < 5 && n/10%10 != 1:
		return ".2"
	}
	return ".5"
}
