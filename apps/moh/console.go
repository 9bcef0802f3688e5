package moh

import (
	"cmp"
	"io"

	"obelisk/internal/printable"
	"obelisk/pbx"
)

// Commands implements pbx.Commander.
func (m *Module) Commands() []pbx.Command {
	return []pbx.Command{
		{Name: "moh show classes", Usage: "list the classes of music on hold", Run: m.showClasses},
		{Name: "moh show files", Usage: "list their files", Run: m.showFiles},
		{Name: "moh unregister class", Usage: "<class>: forget a class that was read from a table", Run: m.unregister,
			Complete: m.tabled, Help: unregisterUsage},
		{Name: "moh reload", Usage: "read musiconhold.conf anew", Run: m.reload},
	}
}

const unregisterUsage = "moh unregister class <class>\n       Forgets a class of music that was read from a table."

// unregister forgets a class of a table, which is read anew when it is played next.
func (m *Module) unregister(w io.Writer, args []string) bool {
	if len(args) != 1 {
		return pbx.Misused(w, unregisterUsage)
	}
	if !m.box.rows.forgetOne(args[0]) {
		printable.Fprintf(w, "No such realtime moh class '%s'\n", args[0])
	}
	return true
}

// tabled are the classes of a table that are known.
func (m *Module) tabled(args []string) (out []string) {
	if len(args) > 0 {
		return nil
	}
	for _, c := range m.box.rows.known() {
		out = append(out, c.Name)
	}
	return out
}

func (m *Module) showClasses(w io.Writer, args []string) bool {
	if len(args) > 0 {
		return pbx.Misused(w, "moh show classes\n       Lists all MusicOnHold classes.")
	}
	for _, c := range m.box.all() {
		dir := cmp.Or(c.Dir, noFolder)
		if c.Mode == "files" {
			dir = c.Dir
		}
		printable.Fprintf(w, "Class: %s\n\tMode: %s\n\tDirectory: %s\n", c.Name, c.Mode, dir)
		if c.announcement != "" {
			printable.Fprintf(w, "\tAnnouncement: %s\n", c.announcement)
		}
		if c.application != "" {
			method := "process_group"
			if c.one {
				method = "process"
			}
			printable.Fprintf(w, "\tApplication: %s\n\tKill Escalation Delay: %d ms\n\tKill Method: %s\n", c.application,
				c.escalation.Milliseconds(), method)
		}
		if c.Mode != "files" {
			printable.Fprintf(w, "\tFormat: %s\n", c.format)
		}
	}
	return true
}

func (m *Module) showFiles(w io.Writer, args []string) bool {
	if len(args) > 0 {
		return pbx.Misused(w, "moh show files\n       Lists all loaded file-based MusicOnHold classes and their\n       files.")
	}
	for _, c := range m.box.all() {
		if c.program != nil {
			continue
		}
		printable.Fprintf(w, "Class: %s\n", c.Name)
		for _, f := range c.Files {
			printable.Fprintf(w, "\tFile: %s\n", f)
		}
	}
	return true
}

func (m *Module) reload(w io.Writer, _ []string) bool {
	if err := m.core.Reload(m.Name()); err != nil {
		printable.Fprintf(w, "Reload refused, everything stays as it was: %v\n", err)
		return false
	}
	return true
}
