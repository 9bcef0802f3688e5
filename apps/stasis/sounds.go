package stasis

import (
	"cmp"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"obelisk/dialplan/say"
	"obelisk/media"
	"obelisk/media/soundfile"
	"obelisk/pbx"
)

// What a media URI names: "sound:", "recording:", "number:", "digits:", "characters:" and "tone:".

var (
	errNoMedia   = errors.New("there is no such kind of media")
	errNoNumber  = errors.New("it is no number")
	errNoTone    = errors.New("there is no such tone")
	errNoSound   = errors.New("there is nothing to play")
	errBadName   = errors.New("it is no name of a recording")
	errTooLong   = errors.New("it is too long")
	mostToSay    = 1000 // characters
	mostPrompts  = 2000 // in one of these
	clipPromises = 10 * 60
)

// open is what a media URI names, to be played once. c is the channel that hears it; nil: a bridge.
func (m *Module) open(uri, language string, c *pbx.Channel) (media.Source, error) {
	scheme, rest, _ := strings.Cut(uri, ":")
	voice := say.Voice{Language: language, Has: func(name string) bool { return m.house.Lib.Has(name, language) }}
	switch {
	case scheme != "sound" && scheme != "recording" && len(rest) > mostToSay:
		return nil, errTooLong
	case scheme == "sound":
		return m.prompts([]string{rest}, language)
	case scheme == "recording":
		return m.openRecording(rest)
	case scheme == "number":
		n, err := strconv.Atoi(strings.TrimSpace(rest))
		if err != nil {
			return nil, errNoNumber
		}
		return m.said(voice.Number(n, ""), language)
	case scheme == "digits":
		return m.said(voice.Digits(rest), language)
	case scheme == "characters":
		return m.said(voice.Alpha(rest, say.CaseNone), language)
	case scheme == "tone":
		return m.tone(rest, c)
	}
	return nil, errNoMedia
}

// said are prompts of which those that are not there are left out.
func (m *Module) said(names []string, language string) (media.Source, error) {
	var there []string
	for _, n := range names {
		if m.house.Lib.Has(n, language) {
			there = append(there, n)
		}
	}
	if len(there) == 0 {
		return media.NewClip(nil), nil // as with Asterisk it was said
	}
	return m.prompts(there[:min(len(there), mostPrompts)], language)
}

// prompts are some, one after the other, at the rate of the best of them.
func (m *Module) prompts(names []string, language string) (media.Source, error) {
	var clips []soundfile.Clip
	rate := 0
	for _, n := range names {
		file, data, err := m.house.Lib.Find(n, language)
		if err != nil {
			return nil, err
		}
		clip, err := soundfile.Decode(file, data)
		if err != nil {
			return nil, err
		}
		clips, rate = append(clips, clip), max(rate, clip.Rate)
	}
	return joined(clips, rate)
}

func joined(clips []soundfile.Clip, rate int) (media.Source, error) {
	if len(clips) == 1 {
		return clips[0].Source(), nil
	}
	var pcm []int16
	for _, c := range clips {
		pcm = append(pcm, c.At(rate).PCM...)
		if len(pcm) > rate*clipPromises {
			return nil, errTooLong
		}
	}
	return media.NewClipAt(rate, pcm), nil
}

// openRecording is a stored one.
func (m *Module) openRecording(name string) (media.Source, error) {
	file, _, ok := m.stored(name)
	if !ok {
		return nil, errBadName
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	clip, err := soundfile.Decode(filepath.Base(file), data)
	if err != nil {
		return nil, err
	}
	return clip.Source(), nil
}

// tone is one by its name, of a country or the channel's ("ring;tonezone=fr"), or as indications.conf
// writes them.
func (m *Module) tone(text string, c *pbx.Channel) (media.Source, error) {
	name, options, _ := strings.Cut(text, ";")
	zone := ""
	for _, o := range strings.Split(options, ";") {
		if k, v, _ := strings.Cut(o, "="); strings.TrimSpace(k) == "tonezone" {
			zone = strings.TrimSpace(v)
		}
	}
	if zone == "" && c != nil {
		zone = c.View().ToneZone
	}
	t := m.core.ToneOf(zone, strings.TrimSpace(name))
	if t == nil {
		var err error
		if t, err = media.ParseTone(name); err != nil || name == "" {
			return nil, errNoTone
		}
	}
	return t.Source(), nil
}

// Sounds are the models of prompts, of a language and a format where these are not "".
func (m *Module) Sounds(language, format string) ([]Object, error) {
	out := []Object{}
	for _, s := range m.house.Lib.Sounds() {
		if o := soundModel(s.Name, s.Forms, language, format); o != nil {
			out = append(out, o)
		}
	}
	if len(out) == 0 {
		return nil, Refuse(404, "No sounds found that matched the query")
	}
	return out, nil
}

// Sound is one of them.
func (m *Module) Sound(id string) (Object, error) {
	for _, s := range m.house.Lib.Sounds() {
		if s.Name == id {
			return soundModel(s.Name, s.Forms, "", ""), nil
		}
	}
	return nil, Refuse(404, "Sound not found")
}

func soundModel(name string, forms [][2]string, language, format string) Object {
	var list []Object
	for _, f := range forms {
		kind := f[1]
		if known := soundfile.ByName(kind); known != nil {
			kind = cmp.Or(asteriskFormats[known.Extension()], known.Extension())
		}
		if (language == "" || f[0] == language) && (format == "" || kind == format) {
			list = append(list, Object{"language", f[0], "format", kind})
		}
	}
	if len(list) == 0 {
		return nil
	}
	return Object{"id", name, "formats", list}
}

// asteriskFormats are formats by the extensions of their files, where these are not the same.
var asteriskFormats = map[string]string{"wav": "slin", "sln": "slin", "sln16": "slin16", "ul": "ulaw", "al": "alaw"}
