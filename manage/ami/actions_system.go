package ami

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"obelisk/internal/config"
	"obelisk/pbx"
)

// systemActions are about the switchboard as a whole.
var systemActions = []action{
	{"CoreStatus", "Show PBX core status variables.", ClassSystem | ClassReporting, false, coreStatus},
	{"CoreSettings", "Show PBX core settings (version etc).", ClassSystem | ClassReporting, false, coreSettings},
	{"Command", "Execute Asterisk CLI Command.", ClassCommand, false, command},
	{"Reload", "Send a reload event.", ClassSystem | ClassConfig, false, reload},
	{"ModuleCheck", "Check if module is loaded.", ClassSystem, false, moduleCheck},
	{"LoggerRotate", "Reload and rotate the Asterisk logger.", ClassSystem | ClassReporting, false, loggerRotate},
	{"GetConfig", "Retrieve configuration.", ClassSystem | ClassConfig, false, getConfig},
	{"GetConfigJSON", "Retrieve configuration (JSON format).", ClassSystem | ClassConfig, false, getConfigJSON},
	{"ListCategories", "List categories in configuration file.", ClassConfig, false, listCategories},
}

func coreStatus(a *act) {
	channels, _, _ := a.core().Counts() // as Asterisk, which calls them calls here (seen on 20.20.1)
	begun, reloaded := a.core().Begun(), a.o.srv.rooms.System.LastReload()
	a.respond("Success", header{"CoreStartupDate", begun.Format(time.DateOnly)}, header{"CoreStartupTime", begun.Format(time.TimeOnly)},
		header{"CoreReloadDate", reloaded.Format(time.DateOnly)}, header{"CoreReloadTime", reloaded.Format(time.TimeOnly)},
		header{"CoreCurrentCalls", strconv.Itoa(channels)},
		header{"CoreProcessedCalls", strconv.Itoa(a.processed())})
}

func (a *act) processed() int {
	_, _, n := a.core().Counts()
	return int(n)
}

// yesNo is "Yes" or "No".
func yesNo(on bool) string {
	if on {
		return "Yes"
	}
	return "No"
}

func coreSettings(a *act) {
	sys := a.o.srv.rooms.System
	maxLoad, customSounds := sys.Options()
	list := []header{{"AMIversion", ProtocolVersion}, {"AsteriskVersion", sys.Version()},
		{"SystemName", a.core().SystemName()}, {"CoreMaxCalls", strconv.Itoa(a.core().MaxCalls())},
		{"CoreMaxLoadAvg", fmt.Sprintf("%f", maxLoad)}, {"CoreRunUser", ""}, {"CoreRunGroup", ""}, {"CoreMaxFilehandles", "0"},
		{"CoreRealTimeEnabled", yesNo(sys.Realtime())}, {"CoreCDRenabled", yesNo(sys.Records())},
		{"CoreHTTPenabled", yesNo(sys.Web() && a.o.srv.Config().WebEnabled)}, {"SoundsSearchCustomDir", yesNo(customSounds)}}
	if node := a.core().Node(); node != "" {
		list = append(list, header{"Node", node})
	}
	a.respond("Success", list...)
}

// mayCommand says whether the user has, beside the class command, the right for what a line
// does. Differs: with Asterisk that class alone writes the dialplan, and stops.
func (a *act) mayCommand(text string) bool {
	lists, possible := a.o.srv.rooms.System.CommandNeeds(text)
	for _, list := range lists {
		c, _ := parseClasses(list)
		possible = possible && a.may(c)
	}
	if !possible {
		a.o.srv.rooms.Log.Warn().Msgf("manager user '%s' may not run the command '%s'; it needs write=%s", a.o.account().Name, text,
			strings.Join(lists, " and "))
	}
	return possible
}

func command(a *act) {
	text := a.m.get("Command")
	if text == "" {
		a.fail("No command provided")
		return
	}
	if !a.mayCommand(text) {
		a.fail("Permission denied")
		return
	}
	var out strings.Builder
	result := "Success"
	if !a.o.srv.rooms.System.Command(&out, text) {
		result = "Error"
	}
	fields := []header{{"Message", "Command output follows"}}
	if s := strings.TrimSuffix(out.String(), "\n"); s != "" {
		for _, l := range strings.Split(s, "\n") {
			fields = append(fields, header{"Output", l})
		}
	}
	a.respond(result, fields...)
}

// reload reads configuration anew, of all or of a module of Asterisk's.
func reload(a *act) {
	known, err := a.o.srv.rooms.System.ReloadPart(a.m.get("Module"))
	switch {
	case !known:
		a.fail("No such module")
	case errors.Is(err, pbx.ErrNoReload):
		a.fail("Module does not support reload")
	case err != nil:
		a.fail("Reload refused, everything stays as it was: " + err.Error())
	default:
		a.ok("Module Reloaded")
	}
}

// moduleCheck says whether what a module of Asterisk gives is there.
func moduleCheck(a *act) {
	if !a.core().HasModule(a.m.get("Module")) {
		a.fail("Module not loaded")
		return
	}
	a.respond("Success", header{"Version", ""})
}

func loggerRotate(a *act) {
	if err := a.o.srv.rooms.System.RotateLogs(); err != nil {
		a.fail("Failed to reload the logger and rotate log files")
		return
	}
	a.ok("Reloaded the logger and rotated log files")
}

// configFile reads the file that the request names, and has the sections of a name, "" for
// any, that its filter asks for; false after an error.
func (a *act) configFile(only, filter string) ([]ConfigSection, bool) {
	name := a.m.get("Filename")
	switch {
	case name == "":
		a.fail("Filename not specified")
		return nil, false
	case name != filepath.Base(name):
		a.fail(elsewhere)
		return nil, false
	}
	list, err := a.o.srv.rooms.System.ConfigFile(name)
	if err == nil && a.hidden(name) {
		err = errHidden
	}
	if err != nil {
		a.fail("Config file not found")
		return nil, false
	}
	f := config.ParseFilter(filter)
	return slices.DeleteFunc(list, func(s ConfigSection) bool {
		return only != "" && !strings.EqualFold(s.Name, only) || !f.Fits(s.Template, s.Lines)
	}), true
}

func getConfig(a *act) {
	list, ok := a.configFile(a.m.get("Category"), a.m.get("Filter"))
	if !ok {
		return
	}
	var out []header
	for i, s := range list {
		out = append(out, header{fmt.Sprintf("Category-%06d", i), s.Name})
		if s.Template {
			out = append(out, header{fmt.Sprintf("IsTemplate-%06d", i), "1"})
		}
		if len(s.Bases) > 0 {
			out = append(out, header{fmt.Sprintf("Templates-%06d", i), strings.Join(s.Bases, ",")})
		}
		for j, l := range s.Lines {
			out = append(out, header{fmt.Sprintf("Line-%06d-%06d", i, j), l[0] + "=" + l[1]})
		}
	}
	if len(list) == 0 && a.m.get("Category") != "" {
		a.remark("No categories found")
		return
	}
	a.respond("Success", out...)
}

// remark is a response with a line that is no header.
func (a *act) remark(line string) {
	a.respond("Success")
	text := strings.TrimSuffix(a.out.String(), "\r\n")
	a.out.Reset()
	a.out.WriteString(text + line + "\r\n\r\n")
}

// getConfigJSON writes each section as an object; a name that a section has twice is there
// twice, as Asterisk has it.
func getConfigJSON(a *act) {
	list, ok := a.configFile(a.m.get("Category"), a.m.get("Filter"))
	if !ok {
		return
	}
	var all []string
	for _, s := range list {
		var out []string
		if s.Template {
			out = append(out, `"istemplate":1`)
		}
		if len(s.Bases) > 0 {
			out = append(out, `"templates":`+quoted(strings.Join(s.Bases, ",")))
		}
		for _, l := range s.Lines {
			out = append(out, quoted(l[0])+":"+quoted(l[1]))
		}
		all = append(all, quoted(s.Name)+":{"+strings.Join(out, ",")+"}")
	}
	a.respond("Success", header{"JSON", "{" + strings.Join(all, ",") + "}"})
}

// quoted is a text of JSON.
func quoted(text string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.Encode(text) // a string always can be
	return strings.TrimSuffix(b.String(), "\n")
}

func listCategories(a *act) {
	list, ok := a.configFile("", a.m.get("Match"))
	if !ok {
		return
	}
	if len(list) == 0 {
		a.remark("Error: no categories found")
		return
	}
	var out []header
	for i, s := range list {
		out = append(out, header{fmt.Sprintf("Category-%06d", i), s.Name})
	}
	a.respond("Success", out...)
}
