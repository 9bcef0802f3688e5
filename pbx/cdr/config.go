package cdr

import (
	"fmt"
	"path/filepath"
	"strings"

	"obelisk/internal/config"
)

// Config is cdr.conf.
type Config struct {
	Enable     bool // default yes
	ByDefault  bool // channels have records unless CDR_PROP says no (channeldefaultenabled), default yes
	Unanswered bool // write records without destination channel and answer
	Congestion bool // calls that met congestion are CONGESTION, not FAILED
	Cancelled  bool // calls that the caller gave up are CANCEL, not NO ANSWER (canceldispositionenabled)
	EndBeforeH bool // a record ends before the extension h runs (endbeforehexten), default yes
	// IgnoreDials (ignoredialchanges) and IgnoreBridges (ignorestatechanges) have a channel keep
	// one record, whomever it dials and meets.
	IgnoreDials, IgnoreBridges bool
	Debug                      bool // each record that is written is told in the log
	InitiatedSec               bool // a second that was begun is billed (initiatedseconds)
	UseGMTime                  bool // [csv] usegmtime
	LogUniqueID                bool // [csv] loguniqueid
	LogUserField               bool // [csv] loguserfield
	AccountLogs                bool // [csv] accountlogs, default yes
	NewColumns                 bool // [csv] newcdrcolumns: peeraccount, linkedid and sequence too
}

// DefaultConfig is what an absent cdr.conf means.
func DefaultConfig() Config {
	return Config{Enable: true, ByDefault: true, EndBeforeH: true, AccountLogs: true}
}

// ReadConfig reads cdr.conf; f may be nil. Keys that are not there yet are
// reported.
func ReadConfig(f *config.File) (Config, []config.Diagnostic) {
	c := DefaultConfig()
	if f == nil {
		return c, nil
	}
	var diags []config.Diagnostic
	keys := map[string]*bool{"general/enable": &c.Enable, "general/channeldefaultenabled": &c.ByDefault, "general/unanswered": &c.Unanswered,
		"general/congestion": &c.Congestion, "general/canceldispositionenabled": &c.Cancelled, "general/endbeforehexten": &c.EndBeforeH,
		"general/initiatedseconds": &c.InitiatedSec, "general/ignoredialchanges": &c.IgnoreDials, "general/ignorestatechanges": &c.IgnoreBridges,
		"general/debug": &c.Debug, "csv/usegmtime": &c.UseGMTime, "csv/loguniqueid": &c.LogUniqueID, "csv/loguserfield": &c.LogUserField,
		"csv/accountlogs": &c.AccountLogs, "csv/newcdrcolumns": &c.NewColumns}
	for _, name := range []string{"general", "csv"} {
		s := f.Section(name)
		if s == nil {
			continue
		}
		for _, v := range s.Vars {
			if p := keys[name+"/"+strings.ToLower(v.Name)]; p != nil {
				*p, _ = config.Bool(v.Value)
				continue
			}
			if written[strings.ToLower(v.Name)] {
				continue
			}
			diags = append(diags, config.Diagnostic{Pos: v.Pos, Text: fmt.Sprintf("option '%s' of [%s] is not supported yet and has no effect",
				v.Name, name)})
		}
	}
	return c, diags
}

// written are options of batches. Differs: records are not held back; those that come
// together are written together, at once, and no call's media or signalling waits.
var written = map[string]bool{"batch": true, "size": true, "time": true, "scheduleronly": true, "safeshutdown": true}

// ReadCustom reads cdr_custom.conf: the files below cdr-custom and what is written into
// them; f may be nil.
func ReadCustom(f *config.File) (out [][2]string) {
	if f == nil || f.Section("mappings") == nil {
		return nil
	}
	for _, v := range f.Section("mappings").Vars {
		out = append(out, [2]string{filepath.Base(v.Name), v.Value})
	}
	return out
}

// Disposition is what a record says of a call that Dial left with a status (ANSWER, BUSY,
// NOANSWER, CANCEL, CONGESTION, CHANUNAVAIL).
func (c *Config) Disposition(status string) string {
	switch {
	case status == "ANSWER":
		return Answered
	case status == "BUSY":
		return Busy
	case status == "CANCEL" && c.Cancelled:
		return Cancel
	case status == "NOANSWER", status == "CANCEL":
		return NoAnswer
	case status == "CONGESTION" && c.Congestion:
		return Congestion
	}
	return Failed
}

// byCause is what a record says of a call that ended unanswered with a hangup cause; "" is
// written as NO ANSWER.
func (c *Config) byCause(cause int) string {
	switch cause {
	case 17: // busy
		return Busy
	case 34: // congestion
		return c.Disposition("CONGESTION")
	case 0, 3, 20: // none, no route, subscriber absent
		return Failed
	case 16, 19: // normal clearing, no answer
		return NoAnswer
	}
	return ""
}
