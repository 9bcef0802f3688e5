package moh

import (
	"io"

	"obelisk/internal/printable"
	"obelisk/pbx"
)

// Commands implements pbx.Commander.
func (m *Module) Commands() []pbx.Command {
	return []pbx.Command{
		{Name: "moh show classes", Usage: "list the classes of music on hold", Run: m.showClasses},
		{Name: "moh show files", Usage: "list their files", Run: m.showFiles},
		{Name: "moh reload", Usage: "read musiconhold.conf anew", Run: m.reload},
	}
}

func (m *Module) showClasses(w io.Writer, _ []string) bool {
	for _, c := range m.box.Classes() {
		printable.Fprintf(w, "Class: %s\n\tMode: %s\n\tDirectory: %s\n", c.Name, c.Mode, c.Dir)
	}
	return true
}

func (m *Module) showFiles(w io.Writer, _ []string) bool {
	for _, c := range m.box.Classes() {
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
