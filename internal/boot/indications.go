package boot

import (
	"fmt"
	"slices"
	"strings"

	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/config"
	"obelisk/media"
	"obelisk/pbx"
)

// indicationsModule is indications.conf: the tones of countries.
func (s *System) indicationsModule() pbx.Module {
	return own{name: "indications", synopsis: "Indication Tone Handling", read: func(r *reading) step {
		tones, diags := readTones(r.file("indications.conf"))
		r.note(diags)
		r.tones = &tones
		return step{commit: func() { s.core.SetTones(tones) }}
	}}
}

// knownZones tells of countries in sip.conf that have no tones.
func knownZones(d *sipconf.Directory, t pbx.Tones) (out []config.Diagnostic) {
	if d == nil {
		return nil
	}
	all, told := t.With(), map[config.Pos]bool{}
	for _, p := range d.Peers {
		at := p.Line("tonezone")
		if at == p.Pos {
			at = d.Line("tonezone") // of [general]
		}
		if p.ToneZone != "" && !all.Has(p.ToneZone) && !told[at] {
			told[at] = true
			out = append(out, config.Diagnostic{Pos: at,
				Text: fmt.Sprintf("there are no tones of tonezone '%s' (indications.conf); the default ones are played", p.ToneZone)})
		}
	}
	return out
}

// readTones reads indications.conf; f may be nil.
func readTones(f *config.File) (out pbx.Tones, diags []config.Diagnostic) {
	out.Zones = map[string]map[string]media.Tone{}
	if f == nil {
		return out, nil
	}
	for _, s := range f.Visible() {
		if strings.EqualFold(s.Name, "general") {
			if v, ok := s.Lookup("country"); ok {
				out.Default = strings.ToLower(v.Value)
			}
			continue
		}
		tones, written := map[string]media.Tone{}, pbx.Country{Name: strings.ToLower(s.Name)}
		for _, v := range s.Vars {
			name := strings.ToLower(v.Name)
			switch name {
			case "description":
				written.Description = v.Value
				continue
			case "ringcadence", "ringcadance":
				written.Tones = slices.Insert(written.Tones, 0, [2]string{"<ringcadence>", v.Value})
				continue
			case "alias":
				continue
			}
			t, err := media.ParseTone(v.Value)
			if err != nil {
				diags = append(diags, config.Diagnostic{Pos: v.Pos, Text: fmt.Sprintf("tone '%s' of [%s] cannot be read: %v", v.Name, s.Name, err)})
				continue
			}
			tones[name] = t
			written.Tones = append(written.Tones, [2]string{name, v.Value})
		}
		out.Written = append(out.Written, written)
		out.Zones[strings.ToLower(s.Name)] = tones
	}
	slices.SortFunc(out.Written, func(a, b pbx.Country) int { return strings.Compare(a.Name, b.Name) })
	if out.Default != "" && !out.With().Has(out.Default) {
		diags = append(diags, config.Diagnostic{Pos: f.Section("general").Pos,
			Text: fmt.Sprintf("country '%s' has no section; North American tones are played", out.Default)})
	}
	return out, diags
}
