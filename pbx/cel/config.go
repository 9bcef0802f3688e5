// Package cel logs what happens to channels, event by event (Asterisk's channel event
// logging): it hears the core's news and makes events of them.
package cel

import (
	"path/filepath"
	"strings"

	"obelisk/dialplan"
	"obelisk/internal/config"
)

// Kinds are the events that there are, in the order of Asterisk's.
func Kinds() []string { return kinds }

var kinds = []string{"CHAN_START", "CHAN_END", "HANGUP", "ANSWER", "APP_START", "APP_END", "BRIDGE_ENTER", "BRIDGE_EXIT", "BLINDTRANSFER",
	"ATTENDEDTRANSFER", "USER_DEFINED", "LINKEDID_END", "PICKUP", "PARK_START", "PARK_END", "FORWARD", "LOCAL_OPTIMIZE",
	"LOCAL_OPTIMIZE_BEGIN", "STREAM_BEGIN", "STREAM_END", "DTMF"}

// Config is cel.conf and cel_custom.conf.
type Config struct {
	Enabled    bool
	Events     map[string]bool // those that are wanted
	Apps       map[string]bool // whose start and end are told of, lower case
	DateFormat string          // of eventtime, as of C's strftime; "" for seconds
	Manager    bool            // they are events of the manager interface too
	// ShowUserDefined has the manager's events of CELGenUserEvent keep their kind as EventName
	ShowUserDefined bool
	Custom          []Mapping
}

// Mapping is a file below cel-custom and what is written into it for each event.
type Mapping struct {
	File string
	Text *dialplan.Text
}

// ReadConfig reads both files, each of which may be nil.
func ReadConfig(f, custom *config.File) (c Config, diags []config.Diagnostic) {
	c.Events, c.Apps = map[string]bool{}, map[string]bool{}
	if f == nil {
		return c, nil
	}
	for _, s := range f.Visible() {
		for _, v := range s.Vars {
			switch strings.ToLower(s.Name) + "/" + strings.ToLower(v.Name) {
			case "general/enable":
				c.Enabled, _ = config.Bool(v.Value)
			case "general/apps":
				for _, name := range strings.Split(v.Value, ",") {
					c.Apps[strings.ToLower(strings.TrimSpace(name))] = true
				}
			case "general/events":
				diags = append(diags, c.events(v)...)
			case "general/dateformat":
				c.DateFormat = v.Value
			case "manager/enabled":
				c.Manager, _ = config.Bool(v.Value)
			case "manager/show_user_defined":
				c.ShowUserDefined, _ = config.Bool(v.Value)
			default:
				diags = append(diags, config.Unsupported(v, s.Name))
			}
		}
	}
	if custom != nil && custom.Section("mappings") != nil {
		for _, v := range custom.Section("mappings").Vars {
			c.Custom = append(c.Custom, Mapping{filepath.Base(v.Name), dialplan.CompileText(v.Value)})
		}
	}
	return c, diags
}

func (c *Config) events(v config.Var) (diags []config.Diagnostic) {
	for _, name := range strings.Split(v.Value, ",") {
		name = strings.ToUpper(strings.TrimSpace(name))
		known := name == "ALL"
		for _, k := range kinds {
			if name == "ALL" || name == k {
				c.Events[k], known = true, true
			}
		}
		if !known {
			diags = append(diags, config.Diagnostic{Pos: v.Pos, Severity: config.Note, Text: "event '" + name + "' does not happen here"})
		}
	}
	return diags
}
