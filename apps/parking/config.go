package parking

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"obelisk/internal/config"
)

const file = "res_parking.conf"

// Names that have a meaning of their own.
const (
	defaultLot = "default"
	parkDial   = "park-dial" // context of the extensions at which who comes back calls who has parked him
)

// settings are a res_parking.conf. They are never changed, only replaced by a reload.
type settings struct {
	dynamic bool        // dialplans may make lots
	lots    []*rules    // by name; "default" is always there
	music   []lotOption // the classes of music that lots name, for obelisk check
}

// lotOption is a line that names what is elsewhere.
type lotOption struct {
	lot, value string
	pos        config.Pos
}

// rules are what a section says of its lot.
type rules struct {
	name        string
	pos         config.Pos
	ext         string // parkext, "" for none
	exclusive   bool
	hints       bool
	first, last int // slots
	context     string
	time        time.Duration // how long a call waits
	next        bool          // findslot
	toOrigin    bool          // comebacktoorigin
	comeback    string        // comebackcontext
	dialTime    int           // comebackdialtime, seconds
	courtesy    string
	play        parties // who hears that
	transfers, reparking, hangup,
	recording parties
	music string
}

// parties of a call that is fetched: who fetches it is the caller.
type parties uint8

const (
	caller parties = 1 << iota
	callee
)

// Bounds of a lot.
const (
	mostSlots    = 10_000
	mostSeconds  = 7 * 24 * 3600
	standardTime = 45 * time.Second
)

func standard(name string) *rules {
	return &rules{name: name, first: 701, last: 750, context: "parkedcalls", time: standardTime, toOrigin: true,
		comeback: "parkedcallstimeout", dialTime: 30, play: caller}
}

var general = config.Table[settings]{File: file, Section: "general", Options: []config.Option[settings]{
	{Name: "parkeddynamic", Takes: "yes|no", Default: "no", Help: "Park() with a lot that is not there makes it, by PARKINGDYNAMIC, " +
		"PARKINGDYNCONTEXT, PARKINGDYNEXTEN and PARKINGDYNPOS",
		Set: config.SetBool(func(s *settings) *bool { return &s.dynamic })},
}}

var lotTable = config.Table[rules]{File: file, Section: "a lot", Options: []config.Option[rules]{
	{Name: "parkext", Takes: "an extension", Help: "calls are parked there; with it every space is an extension too",
		Set: config.SetText(func(r *rules) *string { return &r.ext })},
	yesNo("parkext_exclusive", "no", "parkext parks in this lot whatever the call's own lot is",
		func(r *rules) *bool { return &r.exclusive }),
	{Name: "parkpos", Takes: "FIRST-LAST", Default: "701-750", Help: "the spaces", Set: setSpaces},
	{Name: "context", Takes: "a context", Default: "parkedcalls", Help: "of those extensions",
		Set: config.SetText(func(r *rules) *string { return &r.context })},
	yesNo("parkinghints", "no", "each space has a hint, park:SPACE@context", func(r *rules) *bool { return &r.hints }),
	{Name: "parkingtime", Takes: "0 to 604800 s", Default: "45", Help: "after that a call comes back; 0: never",
		Set: config.SetTime(time.Second, 0, mostSeconds, func(r *rules) *time.Duration { return &r.time })},
	{Name: "findslot", Takes: "first|next", Default: "first",
		Help: "the first space that is free, or the next one after that which was given last", Set: setFind},
	yesNo("comebacktoorigin", "yes", "a call that comes back calls who has parked it; else it goes to comebackcontext",
		func(r *rules) *bool { return &r.toOrigin }),
	{Name: "comebackdialtime", Takes: "0 to 604800 s", Default: "30", Help: "how long that one is called",
		Set: config.SetInt(0, mostSeconds, func(r *rules) *int { return &r.dialTime })},
	{Name: "comebackcontext", Takes: "a context", Default: "parkedcallstimeout", Help: "of the extension TECH_device, else s",
		Set: config.SetText(func(r *rules) *string { return &r.comeback })},
	{Name: "courtesytone", Takes: "a prompt", Help: "heard when a call is fetched",
		Set: config.SetText(func(r *rules) *string { return &r.courtesy })},
	who("parkedplay", "caller", "who hears it: who fetches the call (caller), or who was parked (callee)",
		func(r *rules) *parties { return &r.play }),
	who("parkedcalltransfers", "no", "who may transfer by keys once the call is fetched", func(r *rules) *parties { return &r.transfers }),
	who("parkedcallreparking", "no", "who may park by keys", func(r *rules) *parties { return &r.reparking }),
	who("parkedcallhangup", "no", "who may hang up by keys", func(r *rules) *parties { return &r.hangup }),
	who("parkedcallrecording", "no", "who may record by keys", func(r *rules) *parties { return &r.recording }),
	{Name: "parkedmusicclass", Takes: "a class of musiconhold.conf", Help: "heard while waiting, unless the channel has one of its own",
		Set: config.SetText(func(r *rules) *string { return &r.music })},
}}

func yesNo(name, otherwise, help string, field func(*rules) *bool) config.Option[rules] {
	return config.Option[rules]{Name: name, Takes: "yes|no", Default: otherwise, Help: help, Set: config.SetBool(field)}
}

func who(name, otherwise, help string, field func(*rules) *parties) config.Option[rules] {
	words := map[string]parties{"no": 0, "caller": caller, "callee": callee, "both": caller | callee}
	if name == "parkedplay" {
		words["parked"] = callee // as the sample file of Asterisk has it
	}
	return config.Option[rules]{Name: name, Takes: "no|caller|callee|both", Default: otherwise, Help: help,
		Set: func(r *rules, value string) error {
			p, ok := words[strings.ToLower(strings.TrimSpace(value))]
			if !ok {
				return errors.New("it takes no, caller, callee or both")
			}
			*field(r) = p
			return nil
		}}
}

func setFind(r *rules, value string) error {
	switch strings.ToLower(strings.TrimSpace(value)) {
	case "first":
		r.next = false
	case "next":
		r.next = true
	default:
		return errors.New("it takes first or next")
	}
	return nil
}

// setSpaces reads "701-720"; leading zeros do not count.
func setSpaces(r *rules, value string) error {
	low, high, cut := strings.Cut(value, "-")
	first, err := strconv.Atoi(strings.TrimSpace(low))
	last, err2 := strconv.Atoi(strings.TrimSpace(high))
	switch {
	case !cut || err != nil || err2 != nil || first < 1:
		return errors.New("it takes two numbers, 701-720")
	case last < first:
		return errors.New("the last space is before the first one")
	case last-first >= mostSlots:
		return fmt.Errorf("a lot has %d spaces at most", mostSlots)
	}
	r.first, r.last = first, last
	return nil
}

// read reads res_parking.conf; f may be nil.
func read(f *config.File) (s *settings, diags []config.Diagnostic) {
	s = &settings{}
	byName := map[string]*rules{}
	if f != nil {
		for _, x := range f.Visible() {
			if strings.EqualFold(x.Name, "general") {
				diags = append(diags, general.Read(x, s, nil)...)
				continue
			}
			r := byName[x.Name]
			if r == nil {
				r = standard(x.Name)
				r.pos = x.Pos
				byName[x.Name] = r
			}
			diags = append(diags, lotTable.Read(x, r, nil)...)
			s.music = append(s.music, naming(x)...)
		}
	}
	if byName[defaultLot] == nil {
		byName[defaultLot] = standard(defaultLot)
		if f != nil { // as in Asterisk; without a file there is only what Park() needs
			byName[defaultLot].ext = "700"
		}
	}
	for _, r := range byName {
		s.lots = append(s.lots, r)
	}
	slices.SortFunc(s.lots, func(a, b *rules) int { return cmp.Compare(a.name, b.name) })
	return s, append(diags, s.overlaps()...)
}

// naming are the lines of a section that name what is elsewhere.
func naming(x *config.Section) (out []lotOption) {
	for _, v := range x.Vars {
		if strings.EqualFold(v.Name, "parkedmusicclass") {
			out = append(out, lotOption{x.Name, v.Value, v.Pos})
		}
	}
	return out
}

// overlaps finds extensions that two lots want: the first one has them.
//
// Differs: Asterisk has no parking at all then, also not that of the other lots.
func (s *settings) overlaps() (diags []config.Diagnostic) {
	steps := map[string]string{} // context and extension, to the lot
	for _, r := range s.lots {
		if r.ext == "" {
			continue
		}
		for _, exten := range r.extensions() {
			place := r.context + "\x00" + exten
			other, taken := steps[place]
			switch o := s.named(other); {
			case !taken:
				steps[place] = r.name
			case exten == r.ext && exten == o.ext && !r.exclusive && !o.exclusive: // both are Park()
			default:
				diags = append(diags,
					config.Diagnostic{Pos: r.pos, Text: fmt.Sprintf("extension %s of context '%s' is one of lot '%s' already; lot '%s' does not get it",
						exten, r.context, other, r.name)})
			}
		}
	}
	return diags
}

// named is the lot of a name; nil: there is none.
func (s *settings) named(name string) *rules {
	i := slices.IndexFunc(s.lots, func(r *rules) bool { return r.name == name })
	if i < 0 {
		return nil
	}
	return s.lots[i]
}

// extensions are those that the lot has with a parkext.
func (r *rules) extensions() []string {
	out := []string{r.ext}
	for n := r.first; n <= r.last; n++ {
		out = append(out, strconv.Itoa(n))
	}
	return out
}
