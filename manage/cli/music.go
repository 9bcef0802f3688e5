package cli

import (
	"io"

	"obelisk/pbx"
)

// AddMusic adds the commands about music on hold.
func (c *Console) AddMusic(core *pbx.Core, sys System) {
	k := musicCommands{core, sys}
	c.Add([]Command{
		{"moh show classes", "list the classes of music on hold", k.classes},
		{"moh show files", "list their files", k.files},
		{"moh reload", "read musiconhold.conf anew", k.reload},
	}...)
}

type musicCommands struct {
	core *pbx.Core
	sys  System
}

func (k musicCommands) classes(w io.Writer, _ []string) bool {
	for _, m := range k.core.Music().Classes() {
		printf(w, "Class: %s\n\tMode: %s\n\tDirectory: %s\n", m.Name, m.Mode, m.Dir)
	}
	return true
}

func (k musicCommands) files(w io.Writer, _ []string) bool {
	for _, m := range k.core.Music().Classes() {
		printf(w, "Class: %s\n", m.Name)
		for _, f := range m.Files {
			printf(w, "\tFile: %s\n", f)
		}
	}
	return true
}

func (k musicCommands) reload(w io.Writer, _ []string) bool {
	if _, err := k.sys.ReloadOr("moh", false); err != nil {
		printf(w, "Reload refused, everything stays as it was: %v\n", err)
		return false
	}
	return true
}
