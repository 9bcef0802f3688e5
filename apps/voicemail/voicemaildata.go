package voicemail

import (
	"obelisk/apps/voicemail/spool"
	"obelisk/internal/store/realtime"
)

// filedIn is the family of extconfig.conf with a row for each message: what its text file has, and
// its path, as Asterisk keeps it for programs. The messages themselves are in the spool.
const filedIn = "voicemail_data"

// filedFields are those of the text file that a row has.
var filedFields = []string{"origmailbox", "context", "macrocontext", "exten", "priority", "callerchan", "callerid", "origdate", "origtime",
	"category", "duration"}

// mostFiled changes may wait for the database.
const mostFiled = 10_000

// file has a table follow the spool, where there is one: beside the calls, in their order. done is closed when all was brought into it,
// after stop; nil: there is no table.
func (d *desk) file(stop <-chan struct{}) (done chan struct{}) {
	if d.tables == nil || !d.tables.Has(filedIn) {
		return nil
	}
	filing := make(chan func(), mostFiled)
	done = make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case change := <-filing:
				change()
			case <-stop:
				for len(filing) > 0 {
					(<-filing)()
				}
				return
			}
		}
	}()
	d.store.Watch(func(from, to string, text *spool.Text) {
		select {
		case filing <- func() { d.fileOne(from, to, text) }:
		default:
			d.log.Error().Msgf("voicemail: the table %s is behind: %d changes wait for it, and that of %s is left out", filedIn, mostFiled, from+to)
		}
	})
	return done
}

// fileOne brings one change into the table.
func (d *desk) fileOne(from, to string, text *spool.Text) {
	var err error
	was := realtime.Condition{Field: "filename", Value: from}
	switch {
	case from == "":
		row := realtime.Row{{Name: "filename", Value: to}}
		for _, name := range filedFields {
			row = append(row, realtime.Field{Name: name, Value: text.Get(name)})
		}
		if _, err = d.tables.Delete(filedIn, realtime.Condition{Field: "filename", Value: to}); err == nil {
			err = d.tables.Insert(filedIn, row)
		}
	case to == "":
		_, err = d.tables.Delete(filedIn, was)
	default:
		_, err = d.tables.Update(filedIn, was, realtime.Row{{Name: "filename", Value: to}})
	}
	if err != nil {
		d.log.Error().Msgf("voicemail: %s in the table %s: %v", from+to, filedIn, err)
	}
}
