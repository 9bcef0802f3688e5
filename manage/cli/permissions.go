package cli

import (
	"fmt"
	"io"
	"os"
	"os/user"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Permissions is cli_permissions.conf: which commands the users of the system may run on
// the control socket.
type Permissions struct {
	Deny  bool                   // default_perm = deny
	Users map[string][]PermitOne // by user, or "@group"
}

// PermitOne is a line "permit = command" or "deny = command"; later ones go over earlier
// ones. A command is meant when it begins with the text; "*" stands for anything.
type PermitOne struct {
	Permit  bool
	Command string // "all": every one
}

func (p PermitOne) means(line string) bool {
	if strings.EqualFold(p.Command, "all") {
		return true
	}
	pattern := regexp.QuoteMeta(strings.Join(strings.Fields(p.Command), " "))
	pattern = strings.NewReplacer(`\*`, ".*", `\[`, "[", `\]`, "]", `\-`, "-").Replace(pattern)
	re, err := regexp.Compile("(?i)^" + pattern)
	return err == nil && re.MatchString(line)
}

// SetPermissions puts cli_permissions.conf in force.
func (c *Console) SetPermissions(p Permissions) { c.permissions.Store(&p) }

// RereadsPermissions says how the file is read anew; an error says why it stays as it was.
func (c *Console) RereadsPermissions(read func() (Permissions, error)) {
	c.Add(Command{Name: "cli reload permissions", Usage: "read cli_permissions.conf anew", Run: func(w io.Writer, _ []string) bool {
		p, err := read()
		if err != nil {
			printf(w, "The permissions stay as they were: %v\n", err)
			return false
		}
		c.SetPermissions(p)
		return true
	}})
}

// permitted is what is in force.
func (c *Console) permitted() Permissions {
	if p := c.permissions.Load(); p != nil {
		return *p
	}
	return Permissions{}
}

// Allows says whether a user, who is in these groups, may run a line. What is said of
// himself goes over what is said of a group.
func (c *Console) Allows(name string, groups []string, line string) bool {
	line = strings.Join(c.words(line), " ")
	if rest, ok := strings.CutPrefix(line, completeCommand); ok {
		line = strings.TrimSpace(rest)
	}
	permissions := c.permitted()
	permit := !permissions.Deny
	judge := func(list []PermitOne) {
		for _, p := range list {
			if p.means(line) {
				permit = p.Permit
			}
		}
	}
	for _, g := range groups {
		judge(permissions.Users["@"+g])
	}
	judge(permissions.Users[name])
	return permit
}

func (c *Console) showPermissions(w io.Writer, _ []string) bool {
	var names []string
	permissions := c.permitted()
	for n := range permissions.Users {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		kind := "user"
		if strings.HasPrefix(n, "@") {
			kind = "group"
		}
		printf(w, "%s: %s\n", kind, strings.TrimPrefix(n, "@"))
		fmt.Fprintln(w, "Permissions:")
		for _, p := range permissions.Users[n] {
			printf(w, "\t%s -> %s\n", map[bool]string{true: "permit", false: "deny"}[p.Permit], p.Command)
		}
		fmt.Fprintln(w)
	}
	return true
}

func (c *Console) checkPermissions(w io.Writer, args []string) bool {
	if len(args) == 0 {
		return usage(w)
	}
	name, group, _ := strings.Cut(args[0], "@")
	who := name
	if who == "" {
		who = args[0]
	}
	if line := strings.Join(args[1:], " "); line != "" {
		word := "is allowed to run"
		if !c.Allows(name, []string{group}, line) {
			word = "is not allowed to run"
		}
		printf(w, "'%s' %s command: '%s'\n", who, word, line)
		return true
	}
	printf(w, "'%s' is allowed to run:\n", who)
	for _, cmd := range c.commands {
		if c.Allows(name, []string{group}, cmd.Name) && !strings.HasPrefix(cmd.Name, "_") {
			fmt.Fprintln(w, cmd.Name)
		}
	}
	return true
}

// Access is [files] of asterisk.conf: who may open the control socket.
type Access struct {
	Mode         os.FileMode // astctlpermissions, 0: the owner only
	Owner, Group string      // astctlowner and astctlgroup, names or numbers; "" as it is
}

func (a Access) apply(path string) error {
	mode := a.Mode
	if mode == 0 {
		mode = 0o700
	}
	if err := os.Chmod(path, mode); err != nil {
		return err
	}
	uid, gid := -1, -1
	if a.Owner != "" {
		u, err := user.Lookup(a.Owner)
		if err != nil {
			if u, err = user.LookupId(a.Owner); err != nil {
				return err
			}
		}
		uid, _ = strconv.Atoi(u.Uid)
	}
	if a.Group != "" {
		g, err := user.LookupGroup(a.Group)
		if err != nil {
			if g, err = user.LookupGroupId(a.Group); err != nil {
				return err
			}
		}
		gid, _ = strconv.Atoi(g.Gid)
	}
	if uid < 0 && gid < 0 {
		return nil
	}
	return os.Chown(path, uid, gid)
}
