package convert

import (
	"fmt"
	"slices"
	"strings"
)

// line is one "key=value" of a file to be written.
type line struct{ key, value string }

// lines are those of a section, in order.
type lines []line

// several are options of which each line adds to the one before; of all others the last counts.
var several = map[string]bool{
	"set_var": true, "setvar": true, "permit": true, "deny": true, "acl": true, "contact_permit": true, "contact_deny": true,
	"contact_acl": true, "contactpermit": true, "contactdeny": true, "contactacl": true, "auth": true, "contact": true, "match": true,
	"header": true, "local_net": true, "localnet": true, "allow": false, "disallow": false, "directmediapermit": true,
	"directmediadeny": true,
}

// put sets an option; one of which several count gets one more.
func (l *lines) put(key, value string) {
	if !several[key] {
		for i := range *l {
			if (*l)[i].key == key {
				(*l)[i].value = value
				return
			}
		}
	}
	*l = append(*l, line{key, value})
}

func (l lines) get(key string) string {
	for i := len(l) - 1; i >= 0; i-- {
		if l[i].key == key {
			return l[i].value
		}
	}
	return ""
}

func (l lines) has(key string) bool {
	return slices.ContainsFunc(l, func(x line) bool { return x.key == key })
}

func (l lines) all(key string) (out []string) {
	for _, x := range l {
		if x.key == key {
			out = append(out, x.value)
		}
	}
	return out
}

// beside has what must be written where base is inherited, so that the whole comes to l. It is
// not ok where something of base cannot be undone.
func (l lines) beside(base lines) (out lines, ok bool) {
	for _, b := range base {
		if several[b.key] {
			if !slices.Equal(base.all(b.key), l.all(b.key)[:min(len(base.all(b.key)), len(l.all(b.key)))]) {
				return nil, false
			}
		} else if !l.has(b.key) {
			return nil, false
		}
	}
	skipped := map[string]int{}
	for _, x := range l {
		if several[x.key] {
			if skipped[x.key] < len(base.all(x.key)) {
				skipped[x.key]++
				continue
			}
		} else if base.has(x.key) && base.get(x.key) == x.value {
			continue
		}
		out = append(out, x)
	}
	return out, true
}

// block is a section to be written.
type block struct {
	name     string
	template bool
	bases    []string
	comment  []string
	lines    lines
}

// escape writes a value so that the reader of .conf files takes it whole.
func escape(value string) string { return strings.ReplaceAll(value, ";", `\;`) }

func (b *block) write(w *strings.Builder) {
	for _, c := range b.comment {
		fmt.Fprintf(w, "; %s\n", c)
	}
	mods := b.bases
	if b.template {
		mods = append([]string{"!"}, mods...)
	}
	w.WriteString("[" + b.name + "]")
	if len(mods) > 0 {
		w.WriteString("(" + strings.Join(mods, ",") + ")")
	}
	w.WriteString("\n")
	for _, x := range b.lines {
		fmt.Fprintf(w, "%s=%s\n", x.key, escape(x.value))
	}
	w.WriteString("\n")
}

// text writes sections, with what stands above them.
func text(head string, blocks []block) string {
	var w strings.Builder
	w.WriteString(head)
	for i := range blocks {
		blocks[i].write(&w)
	}
	return strings.TrimRight(w.String(), "\n") + "\n"
}

// family is what templates give: for each the lines that it comes to.
type family map[string]lines

// under has the bases that may stay above a section, and the lines that it then needs.
func (f family) under(bases []string, all lines) (kept []string, out lines) {
	kept, out = f.below(bases, all)
	for len(kept) > 1 { // what a template gives, those that it goes on from need not give
		fewer, same := f.below(kept[1:], all)
		if len(same) != len(out) {
			break
		}
		kept = fewer
	}
	return kept, out
}

func (f family) below(bases []string, all lines) (kept []string, out lines) {
	var inherited lines
	out, _ = all.beside(nil)
	for _, b := range bases {
		theirs, known := f[b]
		if !known {
			continue
		}
		next := slices.Clone(inherited)
		for _, x := range theirs {
			if several[x.key] && slices.Contains(inherited.all(x.key), x.value) {
				continue
			}
			next.put(x.key, x.value)
		}
		if rest, ok := all.beside(next); ok {
			inherited, out, kept = next, rest, append(kept, b)
		}
	}
	return kept, out
}
