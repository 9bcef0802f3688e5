package cli

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ManagerUser is one user of manager.conf.
type ManagerUser struct {
	Name                           string
	Secret, ACL                    bool
	Read, Write                    string
	DisplayConnects, AllowMultiple bool
	Variables                      [][2]string
	Rules                          [][2]string // allow or deny, network
}

// ManagerSession is somebody who is logged in.
type ManagerSession struct {
	User, Remote string
	Since        time.Time
	Read, Write  uint32
	Number       int // of the session, which no other has
}

// Manager is what the manager commands ask of the manager interface.
type Manager interface {
	Users() []string
	User(name string) (ManagerUser, bool)
	Sessions() []ManagerSession
	// Actions lists name, synopsis and classes.
	Actions() [][3]string
	// Events lists the events that may come, each with its fields behind its name.
	Events() [][]string
	// Kick ends a session; false when there is none of that number.
	Kick(number int) bool
	// Debug says whether events are numbered; SetDebug has them be, or not.
	Debug() bool
	SetDebug(on bool)
	// Settings lists label and value, in order.
	Settings() [][2]string
}

// AddManager adds the manager commands.
func (c *Console) AddManager(m Manager) {
	k := managerCommands{m}
	c.Add([]Command{
		{"manager show users", "list the users of manager.conf", k.users},
		{"manager show user", "<name>: one user in detail", k.user},
		{"manager show connected", "list who is logged in", k.connected},
		{"manager show commands", "list the actions", k.commands},
		{"manager show command", "<action>: one action", k.command},
		{"manager show eventq", "events that wait for clients: each has a queue of its own here", k.queue},
		{"manager show settings", "show what manager.conf says", k.settings},
		{"manager show events", "list the events that may come", k.events},
		{"manager show event", "<name>: the fields of an event", k.event},
		{"manager kick session", "<number>: end a session of the manager interface", k.kick},
		{"manager set debug", "[on|off]: number the events", k.debug},
	}...)
	c.Completes("manager show event", func(args []string) []string {
		var names []string
		for _, e := range m.Events() {
			names = append(names, e[0])
		}
		return oneOf(names...)(args)
	})
	c.Completes("manager set debug", oneOf("off", "on"))
}

type managerCommands struct{ m Manager }

func (k managerCommands) users(w io.Writer, _ []string) bool {
	names := k.m.Users()
	if len(names) == 0 {
		fmt.Fprintln(w, "There are no manager users.")
		return true
	}
	fmt.Fprintln(w, "\nusername\n--------")
	for _, n := range names {
		fmt.Fprintln(w, n)
	}
	printf(w, "-------------------\n%d manager users configured.\n", len(names))
	return true
}

func (k managerCommands) user(w io.Writer, args []string) bool {
	if len(args) != 1 {
		return usage(w)
	}
	u, ok := k.m.User(args[0])
	if !ok {
		printf(w, "There is no manager called %s\n", args[0])
		return true
	}
	printf(w, "\n          username: %s\n            secret: %s\n               ACL: %s\n         read perm: %s\n        write perm: %s\n "+
		"  displayconnects: %s\nallowmultiplelogin: %s\n",
		u.Name, map[bool]string{true: "<Set>", false: "(N/A)"}[u.Secret], yesOrNo(u.ACL), u.Read, u.Write, yesOrNo(u.DisplayConnects),
		yesOrNo(u.AllowMultiple))
	fmt.Fprintln(w, "         Variables: ")
	for _, v := range slices.Backward(u.Variables) {
		printf(w, "                 %s = %s\n", v[0], v[1])
	}
	if u.ACL {
		fmt.Fprint(w, "ACL: (unnamed)\n---------------------------------------------\n")
		showRules(w, "", u.Rules)
	}
	return true
}

func yesOrNo(on bool) string {
	if on {
		return "yes"
	}
	return "no"
}

func (k managerCommands) connected(w io.Writer, _ []string) bool {
	row := "  %-15.15s  %-55.55s  %-10.10s  %-10.10s  %-8.8s  %-8.8s  %-10.10s  %-10.10s\n"
	printf(w, row, "Username", "IP Address", "Start", "Elapsed", "FileDes", "HttpCnt", "ReadPerms", "WritePerms")
	list := k.m.Sessions()
	for _, s := range list {
		printf(w, row, s.User, s.Remote, fmt.Sprint(s.Since.Unix()), fmt.Sprint(int(time.Since(s.Since).Seconds())), strconv.Itoa(s.Number), "0",
			fmt.Sprintf("%010d", s.Read), fmt.Sprintf("%010d", s.Write))
	}
	printf(w, "%d users connected.\n", len(list))
	return true
}

func (k managerCommands) commands(w io.Writer, _ []string) bool {
	list, width := k.m.Actions(), 0
	for _, a := range list {
		width = max(width, len(a[0]))
	}
	row := fmt.Sprintf("  %%-%ds  %%s\n", width)
	printf(w, row+row, "Action", "Synopsis", "------", "--------")
	for _, a := range list {
		printf(w, row, a[0], a[1])
	}
	return true
}

func (k managerCommands) command(w io.Writer, args []string) bool {
	if len(args) == 0 {
		return usage(w)
	}
	for _, a := range k.m.Actions() {
		if slices.ContainsFunc(args, func(name string) bool { return strings.EqualFold(a[0], name) }) {
			printf(w, "\n  -= Info about Manager Command '%s' =- \n\n[Synopsis]\n%s \n\n[Syntax]\nAction: %s\n[ActionID:] <value>\n\n"+
				"[Privilege]\n%s\n\n", a[0], a[1], a[0], a[2])
		}
	}
	return true // Asterisk says nothing of one that is not there
}

func (k managerCommands) events(w io.Writer, _ []string) bool {
	list := k.m.Events()
	fmt.Fprint(w, "Events:\n"+strings.Repeat("  "+strings.Repeat("-", eventWidth), 3)+"  \n")
	for row := range slices.Chunk(list, 3) {
		for _, e := range row {
			printf(w, "  %-26.26s", e[0])
		}
		fmt.Fprintln(w)
	}
	printf(w, "\n%d events registered.\n", len(list))
	return true
}

// eventWidth is that of a column of manager show events.
const eventWidth = 26

func (k managerCommands) event(w io.Writer, args []string) bool {
	if len(args) != 1 {
		return usage(w)
	}
	for _, e := range k.m.Events() {
		if !strings.EqualFold(e[0], args[0]) {
			continue
		}
		printf(w, "Event: %s\n\n  -= Info about Manager Event '%s' =- \n\n[Syntax]\nEvent: %s\n", args[0], e[0], e[0])
		for _, field := range e[1:] {
			printf(w, "%s: <value>\n", field)
		}
		fmt.Fprintln(w)
		return true
	}
	printf(w, "Could not find event '%s'\n", args[0])
	return true
}

// queue is what Asterisk keeps of events that some client has not read: each client has a
// queue of its own here, and of all of them nothing is left but the first event's place.
func (k managerCommands) queue(w io.Writer, _ []string) bool {
	fmt.Fprint(w, "Usecount: 0\nCategory: 0\nEvent:\nEvent: Placeholder\n\n")
	return true
}

// kick ends a session, which manager show connected names by a number in the place of
// Asterisk's file descriptor.
func (k managerCommands) kick(w io.Writer, args []string) bool {
	if len(args) != 1 {
		return usage(w)
	}
	n, err := strconv.Atoi(args[0])
	switch {
	case err != nil || n <= 0:
		printf(w, "Invalid AMI file descriptor: %s\n", args[0])
		return false
	case k.m.Kick(n):
		printf(w, "Kicking manager session connected using file descriptor %d\n", n)
	default:
		printf(w, "No manager session found using file descriptor %d\n", n)
	}
	return true
}

// debug numbers the events. Differs: those of Asterisk tell of a place in its source too.
func (k managerCommands) debug(w io.Writer, args []string) bool {
	switch {
	case len(args) == 0:
		printf(w, "manager debug is %s\n", map[bool]string{true: "on", false: "off"}[k.m.Debug()])
	case len(args) == 1 && (args[0] == "on" || args[0] == "off"):
		k.m.SetDebug(args[0] == "on")
	default:
		return usage(w)
	}
	return true
}

func (k managerCommands) settings(w io.Writer, _ []string) bool {
	fmt.Fprintln(w, "\nGlobal Settings:\n----------------")
	for _, s := range k.m.Settings() {
		if s[0] == "Channel vars" || s[0] == "Disabled events" {
			printf(w, "  %-25s  %s\n", s[0]+":", s[1])
		} else {
			printf(w, "  %-25s  %-15s\n", s[0]+":", s[1])
		}
	}
	return true
}
