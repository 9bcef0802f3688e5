package voicemail

import (
	"errors"
	"strings"

	"obelisk/apps/voicemail/spool"
	"obelisk/internal/config"
	"obelisk/internal/store/realtime"
)

// Tables is what mailboxes need of a database: *realtime.Tables.
type Tables interface {
	Has(family string) bool
	Load(family string, where ...realtime.Condition) (realtime.Row, bool, error)
	Update(family string, where realtime.Condition, set realtime.Row) (int64, error)
	Insert(family string, set realtime.Row) error
	Delete(family string, where ...realtime.Condition) (int64, error)
}

// tableName is the family of extconfig.conf that has mailboxes.
const tableName = "voicemail"

// find is a mailbox of voicemail.conf, or of the table voicemail; nil for none.
func (d *desk) find(s *Settings, context, box string) *Box {
	b := s.Find(context, box)
	if b != nil || d.tables == nil || !d.tables.Has(tableName) || box == "" {
		return b
	}
	where := []realtime.Condition{{Field: "mailbox", Value: box}}
	if context != "" || !s.SearchContexts {
		if context == "" {
			context = "default"
		}
		where = append(where, realtime.Condition{Field: "context", Value: context})
	}
	row, ok, err := d.tables.Load(tableName, where...)
	if err != nil {
		d.log.Error().Msgf("voicemail: mailbox %s@%s cannot be looked up: %v", box, context, err)
	}
	if !ok || err != nil {
		return nil
	}
	return s.fromRow(row, spool.Ref{Context: context, Box: box})
}

// named is one by "box[@context]".
func (d *desk) named(s *Settings, text string) *Box {
	box, context, _ := strings.Cut(text, "@")
	return d.find(s, context, box)
}

// fromRow is the mailbox of a row.
func (s *Settings) fromRow(row realtime.Row, r spool.Ref) *Box {
	var vars []config.Var
	for _, f := range row {
		switch strings.ToLower(f.Name) {
		case "context":
			r.Context = f.Value
		case "mailbox":
		default:
			if f.Value != "" {
				vars = append(vars, config.Var{Name: f.Name, Value: f.Value})
			}
		}
	}
	b := &Box{Ref: r, Preferences: s.Preferences, stored: row.Get("uniqueid"), inTable: true}
	b.UniqueID, b.HideFromDir = "", false
	b.assign(vars)
	if !b.Valid() {
		return nil
	}
	return b
}

// assign gives a mailbox what a section of users.conf or a row has of it.
func (b *Box) assign(vars []config.Var) {
	for _, v := range vars {
		switch strings.ToLower(v.Name) {
		case "vmsecret":
			b.Password = v.Value
		case "secret", "password":
			if b.Password == "" && !strings.HasPrefix(v.Value, "*") {
				b.Password = v.Value
			}
		case "fullname":
			b.FullName = v.Value
		case "email":
			b.Email = v.Value
		case "pager":
			b.Pager = v.Value
		case "alias":
			b.Aliases = append(b.Aliases, v.Value)
		default:
			if o := optionNamed(v.Name); o != nil && o.own != nil {
				o.own(&b.Preferences, v.Value)
			}
		}
	}
}

// keepInTable writes a password into the row of a mailbox.
func (d *desk) keepInTable(b *Box, password string) error {
	if b.stored == "" {
		return errors.New("the table voicemail has no column uniqueid, by which its row is found")
	}
	n, err := d.tables.Update(tableName, realtime.Condition{Field: "uniqueid", Value: b.stored},
		realtime.Row{{Name: "password", Value: password}})
	if err == nil && n == 0 {
		err = errors.New("the row is gone")
	}
	return err
}
