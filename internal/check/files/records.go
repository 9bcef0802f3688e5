package files

import (
	"regexp"
	"slices"
	"strings"

	"obelisk/internal/check/look"
	"obelisk/internal/config"
)

// records judges the files of call records and events.
func records(l *look.Look) {
	if g := l.File("cdr.conf").Section("general"); g != nil {
		cdr(l, g)
	}
	if g := l.File("cel.conf").Section("general"); g != nil {
		cel(l, g)
	}
	for _, name := range []string{"cdr_custom.conf", "cel_custom.conf"} {
		custom(l, name)
	}
	for _, name := range []string{"cdr_sqlite3_custom.conf", "cel_sqlite3_custom.conf"} {
		columns(l, name)
	}
	if f := l.File("cdr_manager.conf"); f != nil {
		g := f.Section("general")
		if v, ok := g.Lookup("enabled"); !ok || !on(g, "enabled", false) {
			if len(l.SetIn("cdr_manager.conf", "mappings")) > 0 {
				pos := v.Pos
				if !ok && g != nil {
					pos = g.Pos
				}
				l.SayAs(config.Note, "cdr-manager-off", pos, "enabled=yes", "cdr_manager is off: no event Cdr is sent, and [mappings] has no effect")
			}
		}
		for _, v := range l.SetIn("cdr_manager.conf", "mappings") {
			if !strings.Contains(v.Name, "(") {
				l.SayAs(config.Note, "cdr-manager-mapping", v.Pos, "", "mapping '%s' is a field of the record: ${CDR(%s)} is sent as %s", v.Name,
					v.Name, v.Value)
			}
		}
	}
}

func cdr(l *look.Look, g *config.Section) {
	if v, ok := g.Lookup("enable"); ok && !on(g, "enable", true) {
		l.Say("cdr-off", v.Pos, "enable=yes", "enable=no: no call is recorded, anywhere; there is no bill to check and no list of who called")
	}
	if v, ok := g.Lookup("safeshutdown"); ok && !on(g, "safeshutdown", true) && on(g, "batch", false) {
		l.Say("cdr-batch", v.Pos, "safeshutdown=yes", "safeshutdown=no with batch=yes: what has not been written is lost at every stop")
	}
	for _, name := range []string{"size", "time", "scheduleronly", "safeshutdown"} {
		if v, ok := g.Lookup(name); ok && !on(g, "batch", false) {
			l.SayAs(config.Note, "cdr-batch", v.Pos, "batch=yes", "%s has no effect without batch=yes", name)
		}
	}
	if v, ok := g.Lookup("size"); ok && on(g, "batch", false) {
		if n, is := atoi(v.Value); is && n > 10000 {
			l.Say("cdr-batch", v.Pos, "size=100", "size=%d: so many records are lost when the machine stops", n)
		}
	}
}

func cel(l *look.Look, g *config.Section) {
	apps, hasApps := g.Lookup("apps")
	events, hasEvents := g.Lookup("events")
	enabled := on(g, "enable", false)
	if hasEvents && !enabled {
		v, ok := g.Lookup("enable")
		if !ok {
			v = events
		}
		l.SayAs(config.Note, "cel-off", v.Pos, "enable=yes", "cel.conf is off (enable): no event is recorded, and events has no effect")
	}
	upper := strings.ToUpper(events.Value)
	if hasApps && strings.TrimSpace(apps.Value) != "" && enabled && !strings.Contains(upper, "APP_") && !strings.Contains(upper, "ALL") {
		l.Say("cel-apps", apps.Pos, "events=APP_START,APP_END,...",
			"apps=%s has no effect: events has neither APP_START nor APP_END, and Asterisk does not load cel.conf at all", apps.Value)
	}
	if (strings.Contains(upper, "APP_START") || strings.Contains(upper, "APP_END")) && enabled && strings.TrimSpace(apps.Value) == "" {
		l.Say("cel-apps", events.Pos, "apps=dial,park", "APP_START and APP_END are recorded of the applications that apps names, and it "+
			"names none: nothing is recorded of them")
	}
	if enabled && !hasEvents {
		l.Say("cel-events", g.Pos, "events=ALL", "enable=yes without events: no event is named, and nothing is recorded")
	}
}

// custom judges FILE => FORMAT.
func custom(l *look.Look, name string) {
	f := l.File(name)
	if f == nil {
		return
	}
	s := f.Section("mappings")
	if s == nil {
		for _, x := range f.Visible() {
			if _, fields := x.Lookup("fields"); !fields {
				l.Say("custom-section", x.Pos, "[mappings]", "[%s] of %s is not read: what is written is in [mappings]", x.Name, name)
			}
		}
		return
	}
	for _, v := range s.Vars {
		switch {
		case strings.TrimSpace(v.Value) == "":
			l.Say("custom-format", v.Pos, `${CSV_QUOTE(${CDR(src)})},...`, "%s has no format: nothing is written", v.Name)
		case strings.Count(v.Value, "{") != strings.Count(v.Value, "}") || strings.Count(v.Value, "(") != strings.Count(v.Value, ")"):
			l.Say("custom-brackets", v.Pos, "", "the brackets of the format of %s do not match: what is written is not what is meant", v.Name)
		case name == "cdr_custom.conf" && wrongField(v.Value) != "":
			field := wrongField(v.Value)
			l.Say("custom-field", v.Pos, "${CDR("+fieldLike(field)+")}", "CDR has no field '%s': it is empty in each record", field)
		case !strings.Contains(v.Value, "${"):
			l.SayAs(config.Note, "custom-format", v.Pos, "${CDR(src)}", "the format of %s has no variable: each line is the same", v.Name)
		}
	}
}

// fields are those that each record has; Set(CDR(name)=...) makes others.
var fields = strings.Fields("clid src dst dcontext channel dstchannel lastapp lastdata start answer end duration billsec disposition " +
	"amaflags accountcode uniqueid userfield peeraccount linkedid sequence")

// meantFields are words that are taken for fields.
var meantFields = map[string]string{"dest": "dst", "destination": "dst", "source": "src", "callerid": "clid", "cid": "clid", "from": "src",
	"to": "dst", "context": "dcontext", "status": "disposition", "account": "accountcode", "id": "uniqueid", "bill": "billsec",
	"answered": "answer", "started": "start", "ended": "end", "date": "start", "time": "start", "calldate": "start"}

var fieldRead = regexp.MustCompile(`\$\{CDR\(([a-z]+)[,)]`)

// wrongField is a field in a format that is none, and is nearly one; "" for none.
func wrongField(format string) string {
	for _, m := range fieldRead.FindAllStringSubmatch(format, -1) {
		if !slices.Contains(fields, m[1]) && fieldLike(m[1]) != "" {
			return m[1]
		}
	}
	return ""
}

func fieldLike(name string) string {
	if meant := meantFields[name]; meant != "" {
		return meant
	}
	if like := config.Nearest(name, fields); like != "" && look.Slip(name, like) {
		return like
	}
	return ""
}

// columns judges a table's columns and their values.
func columns(l *look.Look, name string) {
	for _, s := range visibleOf(l, name) {
		c, ok := s.Lookup("columns")
		v, ok2 := s.Lookup("values")
		if !ok || !ok2 {
			continue
		}
		if a, b := len(splitActions(c.Value)), len(quotedValues(v.Value)); a != b {
			l.Say("custom-columns", v.Pos, "as many values as columns", "%d columns (%s) and %d values: no record is written into the table", a,
				c.Pos, b)
		}
	}
}

func visibleOf(l *look.Look, name string) []*config.Section {
	if f := l.File(name); f != nil {
		return f.Visible()
	}
	return nil
}

// quotedValues parts 'a','b' at commas outside quotation marks and brackets.
func quotedValues(text string) (out []string) {
	depth, from, quoted := 0, 0, false
	for i, c := range text {
		switch {
		case c == '\'':
			quoted = !quoted
		case quoted:
		case c == '(' || c == '{':
			depth++
		case c == ')' || c == '}':
			depth--
		case c == ',' && depth == 0:
			out, from = append(out, text[from:i]), i+1
		}
	}
	return append(out, text[from:])
}
