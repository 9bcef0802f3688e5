package pbx

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"sync"

	"obelisk/media"
)

// Tones are the sounds of call progress by country (indications.conf), each by name:
// dial, busy, ring, congestion and so on.
type Tones struct {
	Default string // country
	Zones   map[string]map[string]media.Tone
	Written []Country // as the file has them, by name; none without a file
}

// Country is a section of indications.conf as it is written.
type Country struct {
	Name, Description string
	Tones             [][2]string // name, tones
}

// countries are the tones that are known without an indications.conf, by ITU-T E.180
// and its list of national tones: dial, ring, busy, congestion.
var countries = map[string][4]string{
	"us": {"350+440", "440+480/2000,0/4000", "480+620/500,0/500", "480+620/250,0/250"},
	"uk": {"350+440", "400+450/400,0/200,400+450/400,0/2000", "400/375,0/375", "400/400,0/350,400/225,0/525"},
	"de": {"425", "425/1000,0/4000", "425/480,0/480", "425/240,0/240"},
	"at": {"420", "420/1000,0/5000", "420/400,0/400", "420/200,0/200"},
	"ch": {"425", "425/1000,0/4000", "425/500,0/500", "425/200,0/200"},
	"fr": {"440", "440/1500,0/3500", "440/500,0/500", "440/250,0/250"},
	"be": {"425", "425/1000,0/3000", "425/500,0/500", "425/167,0/167"},
	"nl": {"425", "425/1000,0/4000", "425/500,0/500", "425/250,0/250"},
	"it": {"425/200,0/200,425/600,0/1000", "425/1000,0/4000", "425/500,0/500", "425/200,0/200"},
	"es": {"425", "425/1500,0/3000", "425/200,0/200", "425/200,0/200,425/200,0/200,425/200,0/600"},
	"au": {"413+438", "413+438/400,0/200,413+438/400,0/2000", "425/375,0/375", "425/375,0/375,420/375,0/375"},
}

// builtIn are these, read.
var builtIn = sync.OnceValue(func() *Tones {
	t := &Tones{Default: "us", Zones: map[string]map[string]media.Tone{}}
	for country, texts := range countries {
		t.Zones[country] = map[string]media.Tone{}
		for i, name := range [4]string{"dial", "ring", "busy", "congestion"} {
			tone, err := media.ParseTone(texts[i])
			if err != nil {
				panic(err) // a table of ours
			}
			t.Zones[country][name] = tone
		}
	}
	return t
})

// With gives tones together with those that are known without them.
func (t Tones) With() Tones {
	out := Tones{Written: t.Written, Default: cmp.Or(t.Default, builtIn().Default), Zones: maps.Clone(builtIn().Zones)}
	maps.Copy(out.Zones, t.Zones)
	return out
}

// Has says whether there is a country of that name.
func (t Tones) Has(country string) bool { return t.Zones[strings.ToLower(country)] != nil }

// SetTones puts tones in force, beside those that are known.
func (c *Core) SetTones(t Tones) {
	all := t.With()
	c.tones.Store(&all)
}

// Countries are those of indications.conf, else those that are known without it, by name, and
// the default one.
func (c *Core) Countries() (list []Country, main string) {
	t := c.allTones()
	if len(t.Written) > 0 {
		return t.Written, t.Default
	}
	for _, name := range slices.Sorted(maps.Keys(countries)) {
		country := Country{Name: name}
		for i, tone := range [4]string{"dial", "ring", "busy", "congestion"} {
			country.Tones = append(country.Tones, [2]string{tone, countries[name][i]})
		}
		list = append(list, country)
	}
	return list, t.Default
}

// AddTone gives a country a tone, or another one by that name, until indications.conf is read anew. A
// country that is not there comes to be. An error says what is wrong with the tone.
func (c *Core) AddTone(country, name, text string) error {
	tone, err := media.ParseTone(text)
	if err != nil {
		return err
	}
	country, name = strings.ToLower(country), strings.ToLower(name)
	c.changeTones(func(t *Tones) bool {
		zone := maps.Clone(t.Zones[country])
		if zone == nil {
			zone = map[string]media.Tone{}
		}
		zone[name] = tone
		t.Zones[country] = zone
		at, found := slices.BinarySearchFunc(t.Written, country, func(w Country, name string) int { return strings.Compare(w.Name, name) })
		if !found {
			t.Written = slices.Insert(t.Written, at, Country{Name: country})
		}
		was := slices.DeleteFunc(slices.Clone(t.Written[at].Tones), func(w [2]string) bool { return w[0] == name })
		t.Written[at].Tones = append(was, [2]string{name, text})
		return true
	})
	return nil
}

// RemoveTone takes a tone of a country away, or with "" the country; false when it is not there.
func (c *Core) RemoveTone(country, name string) (found bool) {
	country, name = strings.ToLower(country), strings.ToLower(name)
	is := func(w Country) bool { return w.Name == country }
	return c.changeTones(func(t *Tones) bool {
		switch at := slices.IndexFunc(t.Written, is); {
		case t.Zones[country] == nil:
			return false
		case name == "":
			delete(t.Zones, country)
			t.Written = slices.DeleteFunc(t.Written, is)
		case t.Zones[country][name] == nil:
			return false
		default:
			t.Zones[country] = maps.Clone(t.Zones[country])
			delete(t.Zones[country], name)
			if at >= 0 {
				t.Written[at].Tones = slices.DeleteFunc(slices.Clone(t.Written[at].Tones), func(w [2]string) bool { return w[0] == name })
			}
		}
		return true
	})
}

// changeTones puts a changed copy of the tones in force, unless change says that there is nothing to change.
func (c *Core) changeTones(change func(*Tones) bool) bool {
	for {
		now := c.tones.Load()
		written, main := c.Countries()
		t := Tones{Default: main, Zones: maps.Clone(c.allTones().Zones), Written: slices.Clone(written)}
		if !change(&t) {
			return false
		}
		if c.tones.CompareAndSwap(now, &t) {
			return true
		}
	}
}

// HasToneZone says whether there is a country of that name.
func (c *Core) HasToneZone(name string) bool { return c.allTones().Has(name) }

func (c *Core) allTones() *Tones {
	if t := c.tones.Load(); t != nil {
		return t
	}
	return builtIn()
}

// Tone is a sound of the channel's country, else of the default one; nil where
// neither has it.
func (c *Channel) Tone(name string) media.Tone { return c.core.ToneOf(c.View().ToneZone, name) }

// ToneOf is a sound of a country, else of the default one; nil where neither has it.
func (c *Core) ToneOf(zone, name string) media.Tone {
	t := c.allTones()
	for _, zone := range []string{zone, t.Default, builtIn().Default} {
		if tone := t.Zones[strings.ToLower(zone)][name]; tone != nil {
			return tone
		}
	}
	return nil
}

// PlayTone plays a tone until StopTone, or until something else is played.
func (c *Channel) PlayTone(t media.Tone) {
	if s := c.Leg().Stream(); s != nil && t != nil {
		c.toning = s.Play(t.Source(), nil)
	}
}

// StopTone ends it.
func (c *Channel) StopTone() {
	if c.toning != nil {
		c.toning.Stop()
		c.toning = nil
	}
}

// Indicate tells the channel what happens. One that hears already, because it is up or
// has early media, hears ringing as a tone.
func (c *Channel) Indicate(i Indication) {
	up := c.View().State == StateUp
	if i == IndicateRinging && (up || c.early) {
		c.PlayTone(c.Tone("ring"))
	}
	if up {
		return
	}
	c.early = c.early || i == IndicateProgress
	c.Leg().Indicate(i)
}
