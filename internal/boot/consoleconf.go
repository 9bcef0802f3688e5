package boot

import (
	"fmt"
	"os"
	"os/user"
	"strconv"
	"strings"

	"obelisk/internal/config"
	"obelisk/manage/cli"
	"obelisk/pbx"
)

// aliasModule is cli_aliases.conf: other names of commands.
func (s *System) aliasModule() pbx.Module {
	return own{name: "res_clialiases", synopsis: "CLI Aliases", read: func(r *reading) step {
		list := readAliases(r.file("cli_aliases.conf"))
		return step{commit: func() { s.aliases.Store(&list) }}
	}}
}

// readAliases reads cli_aliases.conf: alias and command of the section that template= names. f may be nil.
func readAliases(f *config.File) (out [][2]string) {
	if f == nil || f.Section("general") == nil {
		return nil
	}
	template, ok := f.Section("general").Lookup("template")
	if s := f.Section(template.Value); ok && s != nil {
		for _, v := range s.Vars {
			out = append(out, [2]string{strings.Join(strings.Fields(v.Name), " "), v.Value})
		}
	}
	return out
}

// permissions reads cli_permissions.conf.
//
// Differs: a file that cannot be read lets root and the user of the switchboard do anything and others
// nothing; Asterisk lets everybody.
func (c *configuration) permissions() (out cli.Permissions, diags []config.Diagnostic) {
	f, err := c.optional("cli_permissions.conf")
	if err != nil { // who may do what is not known
		all := []cli.PermitOne{{Permit: true, Command: "all"}}
		out = cli.Permissions{Deny: true, Users: map[string][]cli.PermitOne{"root": all}}
		if me, err := user.Current(); err == nil {
			out.Users[me.Username] = all
		}
		return out, []config.Diagnostic{unreadable(c.src.Resolve("cli_permissions.conf"), err)}
	}
	if f == nil {
		return out, nil
	}
	out.Users = map[string][]cli.PermitOne{}
	warn := func(v config.Var, format string, args ...any) {
		diags = append(diags, config.Diagnostic{Pos: v.Pos, Text: fmt.Sprintf(format, args...)})
	}
	for _, s := range f.Visible() {
		for _, v := range s.Vars {
			key, value := strings.ToLower(v.Name), strings.ToLower(v.Value)
			switch {
			case strings.EqualFold(s.Name, "general") && key == "default_perm":
				if out.Deny = value == "deny"; value != "deny" && value != "permit" {
					warn(v, "default_perm takes permit or deny; it is permit")
				}
			case strings.EqualFold(s.Name, "general"):
				warn(v, "unknown option '%s' in [general] is ignored", v.Name)
			case key == "permit", key == "deny":
				out.Users[s.Name] = append(out.Users[s.Name], cli.PermitOne{Permit: key == "permit", Command: v.Value})
			default:
				warn(v, "'%s' is neither permit nor deny and is ignored", v.Name)
			}
		}
	}
	return out, append(f.Diags, diags...)
}

// rereadPermissions reads cli_permissions.conf for cli reload permissions.
func (s *System) rereadPermissions() (cli.Permissions, error) {
	if _, err := s.conf.optional("cli_permissions.conf"); err != nil {
		return cli.Permissions{}, err
	}
	p, diags := s.conf.permissions()
	s.report(diags)
	return p, nil
}

// socketAccess is [files] of asterisk.conf.
func (c *configuration) socketAccess() (a cli.Access) {
	if c.ast.File == nil {
		return a
	}
	s := c.ast.File.Section("files")
	if n, err := strconv.ParseUint(s.Get("astctlpermissions"), 8, 32); err == nil {
		a.Mode = os.FileMode(n)
	}
	a.Owner, a.Group = s.Get("astctlowner"), s.Get("astctlgroup")
	return a
}
