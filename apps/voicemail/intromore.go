package voicemail

// Languages whose counts of messages have a form of their own. Numbers are those of dialplan/say,
// which has no grammar for most of them.

// counted is a kind of messages that there are.
type counted struct {
	n    int
	name string // of its folder
}

// kinds are those that there are.
func kinds(n, old int) (out []counted) {
	for _, k := range []counted{{n, "INBOX"}, {old, "Old"}} {
		if k.n > 0 {
			out = append(out, k)
		}
	}
	return out
}

// introsOf are their functions, by the beginning of the language's name.
var introsOf = []struct {
	language string
	words    func(v *visit, list []counted) []string
}{
	{"cs", (*visit).introCzech}, {"cz", (*visit).introCzech}, {"gr", (*visit).introGreek}, {"he", (*visit).introHebrew},
	{"is", (*visit).introIcelandic}, {"ja", (*visit).introJapanese}, {"vi", (*visit).introVietnamese}, {"zh", (*visit).introChinese},
}

// joined are the words of each kind, with others between them.
func joined(list []counted, between string, words func(counted) []string) (out []string) {
	for i, k := range list {
		if i > 0 {
			out = append(out, between)
		}
		out = append(out, words(k)...)
	}
	return out
}

func (v *visit) count(n int) []string { return v.voice().Number(n, "") }

// introCzech declines what is counted, up to four.
func (v *visit) introCzech(list []counted) []string {
	if len(list) == 0 {
		return []string{"vm-youhave", "vm-no", "vm-zpravy"}
	}
	form := func(n int, words [3]string) string {
		switch {
		case n == 1:
			return words[0]
		case n < 5:
			return words[1]
		}
		return words[2]
	}
	out := append([]string{"vm-youhave"}, joined(list, "vm-and", func(k counted) []string {
		if k.name == "INBOX" && k.n == 1 {
			return []string{"digits/jednu", "vm-novou"}
		}
		number := v.count(k.n)
		if last := len(number) - 1; speaks(v, "cs") && (number[last] == "digits/1" || number[last] == "digits/2") {
			number[last] += "w"
		}
		if k.name == "INBOX" {
			return append(number, form(k.n, [3]string{"vm-novou", "vm-nove", "vm-novych"}))
		}
		return append(number, form(k.n, [3]string{"vm-starou", "vm-stare", "vm-starych"}))
	})...)
	return append(out, form(list[len(list)-1].n, [3]string{"vm-zpravu", "vm-zpravy", "vm-zprav"}))
}

// introGreek tells the new ones, and the old ones only where there are none, as Asterisk does.
func (v *visit) introGreek(list []counted) []string {
	if len(list) == 0 {
		return []string{"vm-denExeteMynhmata"}
	}
	k := list[0]
	out := append([]string{"vm-youhave"}, v.count(k.n)...)
	if k.n == 1 {
		return append(out, "vm-"+k.name, "vm-message")
	}
	return append(out, "vm-"+k.name+"s", "vm-messages")
}

func (v *visit) introHebrew(list []counted) []string {
	if len(list) == 0 {
		return []string{"vm-nomessages"}
	}
	return append([]string{"vm-youhave"}, joined(list, "vm-and", func(k counted) []string {
		switch k.n {
		case 1:
			return []string{"vm-" + k.name + "1"}
		case 2:
			return []string{"vm-shtei", "vm-" + k.name}
		}
		return append(v.count(k.n), "vm-"+k.name)
	})...)
}

// introIcelandic has numbers up to four in the gender of messages.
func (v *visit) introIcelandic(list []counted) []string {
	out := []string{"vm-youhave"}
	if len(list) == 0 {
		return append(out, "vm-no", "vm-messages")
	}
	out = append(out, joined(list, "vm-and", func(k counted) []string {
		number := v.count(k.n)
		switch {
		case k.n == 1:
			number = []string{"digits/1kvk"}
		case k.n < 5:
			number[0] += "hk"
		}
		return append(number, "vm-"+k.name)
	})...)
	return append(out, "vm-messages")
}

func (v *visit) introJapanese(list []counted) []string {
	if len(list) == 0 {
		return []string{"vm-messages", "jp-wa", "jp-arimasen"}
	}
	return append(joined(list, "silence/1", func(k counted) []string {
		return append([]string{"vm-" + k.name, "vm-message", "jp-ga"}, v.count(k.n)...)
	}), "jp-arimasu")
}

func (v *visit) introVietnamese(list []counted) []string {
	if len(list) == 0 {
		return []string{"vm-youhave", "vm-no", "vm-message"}
	}
	return append([]string{"vm-youhave"}, joined(list, "vm-and", func(k counted) []string {
		return append(v.count(k.n), "vm-"+k.name)
	})...)
}

func (v *visit) introChinese(list []counted) []string {
	out := []string{"vm-you"}
	if len(list) == 0 {
		return append(out, "vm-haveno", "vm-messages")
	}
	out = append(out, joined(list, "vm-and", func(k counted) []string {
		return append(append([]string{"vm-have"}, v.count(k.n)...), "vm-tong", "vm-"+k.name)
	})...)
	return append(out, "vm-messages")
}
