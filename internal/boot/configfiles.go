package boot

import (
	"cmp"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"sync"

	"obelisk/pbx"
)

// usedFiles are the files that modules have read last.
type usedFiles struct {
	mu   sync.Mutex
	list []usedFile // by path and module
}

// keep has what modules have read now in place of what they had read before.
func (u *usedFiles) keep(r *reading) {
	u.mu.Lock()
	defer u.mu.Unlock()
	list := slices.DeleteFunc(slices.Clone(u.list), func(f usedFile) bool {
		return slices.ContainsFunc(r.next, func(p prepared) bool { return p.module == f.module })
	})
	for _, f := range r.used {
		if !slices.Contains(r.kept, f.module) {
			list = append(list, f)
		}
	}
	slices.SortFunc(list, func(a, b usedFile) int {
		return cmp.Or(cmp.Compare(a.path, b.path), cmp.Compare(a.module, b.module))
	})
	u.list = slices.Compact(list)
}

// all lists them; what is returned does not change.
func (u *usedFiles) all() []usedFile {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.list
}

func (c colleague) list(w io.Writer, args []string) bool {
	if len(args) > 0 {
		return pbx.Misused(w, "config list")
	}
	for _, f := range c.s.used.all() {
		if f.there {
			fmt.Fprintf(w, "%-20.20s %-50s\n", f.module, f.path)
		}
	}
	return true
}

// reload reads anew what a file is for. The name may be short, as in the folder, or the path.
func (c colleague) reload(w io.Writer, args []string) bool {
	if len(args) != 1 {
		return pbx.Misused(w, "config reload <filename.conf>\n   Reloads all modules that reference <filename.conf>")
	}
	done := false
	for _, f := range c.s.used.all() {
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
	for _, f := range c.s.used.all() {
		if f.there {
			out = append(out, f.path)
		}
	}
	return slices.Compact(out)
}
