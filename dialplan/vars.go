package dialplan

import (
	"slices"
	"strings"
)

// Vars holds the variables of one channel, or the globals. It is not safe for
// use by several goroutines; its owner guards it.
type Vars struct {
	list []variable // oldest first
	size int        // of all, in bytes
}

// MostVars is how many bytes Vars may hold in all: a loop that sets one after another would
// take all memory. (Asterisk has no bound.)
const MostVars = 16 << 20

// entrySize is what a variable takes besides its name and value.
const entrySize = 40

type variable struct {
	name, value string
	inherit     uint8 // 0 none, 1 the next channel ("_name"), 2 all ("__name")
}

// usualVars is room for the variables of a channel that is called, callerVars for those of one that calls.
const (
	usualVars  = 4
	callerVars = 16
)

// Set assigns. Leading underscores say how far the variable is inherited and
// are not part of its name; an existing variable is replaced whole. False when there is no
// room for it (MostVars).
func (v *Vars) Set(name, value string) bool {
	bare := strings.TrimPrefix(name, "_")
	bare = strings.TrimPrefix(bare, "_")
	inherit := uint8(len(name) - len(bare))
	for i := range v.list {
		if v.list[i].name == bare {
			more := len(value) - len(v.list[i].value)
			if !v.room(more) {
				return false
			}
			v.size += more
			v.list = append(slices.Delete(v.list, i, i+1), variable{bare, value, inherit}) // it is the newest one now
			return true
		}
	}
	more := entrySize + len(bare) + len(value)
	if !v.room(more) {
		return false
	}
	v.size += more
	if v.list == nil {
		v.list = make([]variable, 0, usualVars)
	}
	if len(v.list) == usualVars && cap(v.list) == usualVars {
		v.list = slices.Grow(v.list, callerVars-usualVars)
	}
	v.list = append(v.list, variable{bare, value, inherit})
	return true
}

func (v *Vars) room(more int) bool { return more <= 0 || v.size+more <= MostVars }

// Get reads a variable.
func (v *Vars) Get(name string) (string, bool) {
	for i := range v.list {
		if v.list[i].name == name {
			return v.list[i].value, true
		}
	}
	return "", false
}

// Unset removes a variable.
func (v *Vars) Unset(name string) {
	for i := range v.list {
		if v.list[i].name == name {
			v.size -= entrySize + len(name) + len(v.list[i].value)
			v.list = append(v.list[:i], v.list[i+1:]...)
			return
		}
	}
}

// Each visits all variables, newest first, as the console shows them.
func (v *Vars) Each(f func(name, value string)) {
	for i := len(v.list) - 1; i >= 0; i-- {
		f(v.list[i].name, v.list[i].value)
	}
}

// EachFull is Each with the names as they were set: "_x" and "__x" are inherited.
func (v *Vars) EachFull(f func(name, value string)) {
	for i := len(v.list) - 1; i >= 0; i-- {
		f("__"[:v.list[i].inherit]+v.list[i].name, v.list[i].value)
	}
}

// InheritTo copies what a channel made by this one gets: "_x" arrives as "x",
// "__x" as "__x".
func (v *Vars) InheritTo(child *Vars) {
	for _, e := range v.list {
		switch e.inherit {
		case 1:
			child.Set(e.name, e.value)
		case 2:
			child.Set("__"+e.name, e.value)
		}
	}
}

// CopyTo copies all, which remain as inheritable as they are.
func (v *Vars) CopyTo(to *Vars) {
	for _, e := range v.list {
		to.Set("__"[:e.inherit]+e.name, e.value)
	}
}
