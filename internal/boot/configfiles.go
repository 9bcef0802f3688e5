package boot

import (
	"cmp"
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"obelisk/pbx"
)

// files lists which module reads which file, by path and module. The files are looked at for
// that, and nothing of them comes into force.
func (c colleague) files() []usedFile {
	r := c.s.conf.read(nil)
	r.discard()
	slices.SortFunc(r.used, func(a, b usedFile) int {
		return cmp.Or(cmp.Compare(a.path, b.path), cmp.Compare(a.module, b.module))
	})
	return slices.Compact(r.used)
}

func (c colleague) list(w io.Writer, args []string) bool {
	if len(args) > 0 {
		return pbx.Misused(w, "config list")
	}
	for _, f := range c.files() {
		fmt.Fprintf(w, "%-20.20s %-50s\n", f.module, f.path)
	}
	return true
}

// reload reads anew what a file is for. The name may be short, as in the folder, or the path.
func (c colleague) reload(w io.Writer, args []string) bool {
	if len(args) != 1 {
		return pbx.Misused(w, "config reload <filename.conf>\n   Reloads all modules that reference <filename.conf>")
	}
	done := false
	for _, f := range c.files() {
		if f.path != args[0] && filepath.Base(f.path) != args[0] {
			continue
		}
		done = true
		if err := c.s.Reload(f.module); err != nil {
			fmt.Fprintf(w, "Module '%s' reload refused: %v\n", f.module, err)
			return false
		}
		fmt.Fprintf(w, "Module '%s' reloaded successfully.\n", f.module)
	}
	if !done {
		fmt.Fprintf(w, "No module reads '%s'.\n", args[0])
	}
	return done
}

// completeFile lists the files for the tabulator key.
func (c colleague) completeFile(args []string) (out []string) {
	if len(args) > 0 {
		return nil
	}
	for _, f := range c.files() {
		out = append(out, f.path)
	}
	return slices.Compact(out)
}
