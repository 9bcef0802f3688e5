package files

import (
	"slices"
	"strings"

	"obelisk/internal/check/look"
	"obelisk/internal/config"
)

// families are tables that Asterisk 20 asks for.
var families = strings.Fields("sippeers sipusers sipregs iaxusers iaxpeers voicemail voicemail_data queues queue_members queue_rules " +
	"queue_log meetme extensions followme followme_numbers musiconhold musiconhold_entry acls ps_endpoints ps_auths ps_aors " +
	"ps_domain_aliases ps_endpoint_id_ips ps_registrations ps_contacts ps_transports ps_globals ps_systems ps_subscription_persistence " +
	"ps_asterisk_publications ps_inbound_publications ps_outbound_publishes ps_resource_list cdr cel realtime_ext lua calendars minivm " +
	"phoneprov dundi")

// drivers are those of tables, and whether they are here.
var drivers = map[string]bool{"odbc": false, "mysql": false, "pgsql": true, "sqlite": false, "sqlite3": true, "ldap": false, "curl": true}

// external judges extconfig.conf.
func external(l *look.Look) {
	s := l.File("extconfig.conf").Section("settings")
	if f := l.File("extconfig.conf"); s == nil {
		if f != nil && len(f.Visible()) > 0 && len(f.Visible()[0].Vars) > 0 {
			x := f.Visible()[0]
			l.Say("extconfig-section", x.Pos, "[settings]",
				"[%s] of extconfig.conf is not read: the lines belong into [settings], and no table is asked", x.Name)
		}
		return
	}
	seen := map[string]config.Var{}
	for _, v := range s.Vars {
		driver, rest, _ := strings.Cut(v.Value, ",")
		driver = strings.ToLower(strings.TrimSpace(driver))
		file := strings.HasSuffix(strings.ToLower(v.Name), ".conf")
		if old, twice := seen[strings.ToLower(v.Name)]; twice && strings.EqualFold(old.Value, v.Value) {
			l.Say("extconfig-twice", v.Pos, "one of them", "%s is mapped twice (%s): the second one is asked when the first one does not answer",
				v.Name, old.Pos)
		}
		seen[strings.ToLower(v.Name)] = v
		_, known := drivers[driver]
		switch {
		case !strings.Contains(v.Value, ",") && driver != "":
			l.Say("extconfig-form", v.Pos, v.Name+" => odbc,asterisk,"+v.Name,
				"'%s' is no driver, a comma and a database: the line is ignored, and the table is never asked", v.Value)
		case driver == "":
			l.Say("extconfig-form", v.Pos, v.Name+" => odbc,asterisk,"+v.Name, "'%s' names no driver: the table is never asked", v.Name)
		case strings.Contains(driver, "|") || strings.Contains(driver, "/"):
			l.Say("extconfig-form", v.Pos, v.Name+" => odbc,asterisk,"+v.Name,
				"driver, database and table are parted by commas: '%s' is no driver, unknown", driver)
		case !known:
			l.Say("extconfig-driver", v.Pos, look.Like(driver, driverNames()),
				"there is no driver '%s': it is unknown, and the table is never asked", driver)
		case strings.TrimSpace(rest) == "":
			l.Say("extconfig-form", v.Pos, v.Name+" => "+driver+",asterisk,"+v.Name, "%s names no database: the table is never asked", v.Name)
		}
		if file {
			base := l.File(v.Name)
			if base != nil {
				l.Say("extconfig-file", v.Pos, "", "%s is read from a table by this line, and the file of that name in this folder has no effect "+
					"at all", v.Name)
			}
			continue
		}
		if !slices.Contains(families, strings.ToLower(v.Name)) {
			if near := config.Nearest(v.Name, families); near != "" {
				l.Say("extconfig-family", v.Pos, "did you mean '"+near+"'?",
					"nothing asks for a family '%s': it is unknown, unless a dialplan names it in REALTIME or a switch", v.Name)
			} else {
				l.SayAs(config.Note, "extconfig-family", v.Pos, "",
					"no module asks for a family '%s': a dialplan must name it in REALTIME or a switch", v.Name)
			}
		}
	}
	if u, ok := seen["sipusers"]; ok {
		if _, both := seen["sippeers"]; !both {
			l.Say("extconfig-family", u.Pos, "sippeers", "sipusers alone is not asked since Asterisk 1.8: phones are in the family sippeers")
		}
	}
}

func driverNames() (out []string) {
	for name := range drivers {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}
