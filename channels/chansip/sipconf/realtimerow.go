package sipconf

import (
	"encoding/hex"
	"sort"
	"strings"

	"obelisk/internal/config"
	"obelisk/internal/store/realtime"
)

// A section of sip.conf and a row of the table sippeers say the same: a column for each
// option, its values between semicolons; what is a semicolon in a value is ^3B, as in
// Asterisk.

// notOptions are columns that tell where a phone is, not how it is configured.
var notOptions = map[string]bool{"id": true, "name": true, "ipaddr": true, "regseconds": true, "fullcontact": true, "regserver": true,
	"lastms": true, "useragent": true, "path": true}

// RowOf writes a section as a row.
func RowOf(s *config.Section) realtime.Row {
	values := map[string][]string{}
	var names []string
	for _, v := range s.Vars {
		name := strings.ToLower(v.Name)
		if o := optionIndex[name]; o != nil {
			name = o.Name
		}
		if values[name] == nil {
			names = append(names, name)
		}
		values[name] = append(values[name], encodeValue(v.Value))
	}
	row := realtime.Row{{Name: "name", Value: s.Name}}
	for _, n := range names {
		row = append(row, realtime.Field{Name: n, Value: strings.Join(values[n], ";")})
	}
	return row
}

// SectionOf reads a row as a section: each column that is an option, "disallow" first.
// Other columns are passed over.
func SectionOf(name string, row realtime.Row) *config.Section {
	pos := config.Pos{File: "realtime sippeers"}
	s := &config.Section{Name: name, Pos: pos}
	dynamic := strings.EqualFold(row.Get("host"), "dynamic")
	for _, f := range row {
		option := strings.ToLower(f.Name)
		if optionIndex[option] == nil {
			option = strings.ReplaceAll(option, "_", "-")
		}
		if o := optionIndex[option]; o == nil || o.scope&inPeer == 0 || notOptions[option] || f.Value == "" || option == "port" && dynamic {
			continue
		}
		for _, v := range strings.Split(f.Value, ";") {
			s.Vars = append(s.Vars, config.Var{Name: option, Value: strings.TrimSpace(decodeValue(v)), Pos: pos})
		}
	}
	sort.SliceStable(s.Vars, func(i, j int) bool { return s.Vars[i].Name == "disallow" && s.Vars[j].Name != "disallow" })
	if _, ok := s.Lookup("type"); !ok {
		s.Vars = append(s.Vars, config.Var{Name: "type", Value: "friend", Pos: pos})
	}
	return s
}

var encoding = strings.NewReplacer("^", "^5E", ";", "^3B")

func encodeValue(v string) string { return encoding.Replace(v) }

// decodeValue reads ^XX; anything malformed stays as it is.
func decodeValue(v string) string {
	if !strings.Contains(v, "^") {
		return v
	}
	var b strings.Builder
	for i := 0; i < len(v); i++ {
		if v[i] == '^' && i+2 < len(v) {
			if c, err := hex.DecodeString(v[i+1 : i+3]); err == nil {
				b.WriteByte(c[0])
				i += 2
				continue
			}
		}
		b.WriteByte(v[i])
	}
	return b.String()
}
