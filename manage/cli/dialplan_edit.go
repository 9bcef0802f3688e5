package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"obelisk/dialplan"
)

// Changes of the dialplan in force, until the next reload. The texts are Asterisk's.

func (c *Console) addDialplanEdits(k planCommands) {
	c.Add([]Command{
		{"dialplan add extension", "<exten>,<priority>,<app>[(<data>)] into <context> [replace]: add a step", k.addExtension},
		{"dialplan remove extension", "<exten>[/<cid>]@<context> [priority]: remove an extension, or one of its steps", k.removeExtension},
		{"dialplan add include", "<context> into <context>: include a context in another", k.addInclude},
		{"dialplan remove include", "<context> from <context>: take an include out", k.removeInclude},
		{"dialplan add ignorepat", "<pattern> into <context>: add a pattern after which dialtone goes on", k.addIgnorePat},
		{"dialplan remove ignorepat", "<pattern> from <context>: remove one", k.removeIgnorePat},
		{"dialplan remove context", "<context>: remove a context", k.removeContext},
		{"dialplan save", "[directory]: write the dialplan in force to extensions.conf", k.save},
	}...)
}

// cutPhrase splits "what into where" at the word; ok is false for another form.
func cutPhrase(args []string, word string) (what, where string, rest []string, ok bool) {
	i := slices.Index(args, word)
	if i < 1 || i+1 >= len(args) {
		return "", "", nil, false
	}
	return strings.Join(args[:i], " "), args[i+1], args[i+2:], true
}

// edit changes the plan in force.
func (k planCommands) edit(f func(*dialplan.Plan) (*dialplan.Plan, error)) error {
	return k.core.EditPlan(f)
}

// creates says that a context will be made.
func (k planCommands) creates(w io.Writer, context, what string) {
	if k.core.Plan().Contexts[context] == nil {
		printf(w, "Context '%s' did not exist prior to add %s - the context will be created.\n", context, what)
	}
}

func (k planCommands) addExtension(w io.Writer, args []string) bool {
	line, context, rest, ok := cutPhrase(args, "into")
	replace := ok && slices.Equal(rest, []string{"replace"})
	exten, after, hasPriority := strings.Cut(line, ",")
	priority, app, hasApp := strings.Cut(after, ",")
	if !ok || len(rest) > 0 && !replace || !hasPriority || !hasApp || exten == "" {
		return usage(w)
	}
	number, label, _ := strings.Cut(priority, "(")
	if _, err := strconv.Atoi(number); err != nil && number != "hint" {
		printf(w, "'%s' is not a valid priority\n", priority)
		return usage(w)
	}
	if name, data, comma := strings.Cut(app, ","); comma && !strings.Contains(name, "(") && number != "hint" {
		app = name + "(" + data + ")"
	}
	if label != "" {
		label = "(" + label
	}
	there := false
	k.creates(w, context, "extension")
	err := k.edit(func(p *dialplan.Plan) (*dialplan.Plan, error) {
		step := exten + "," + number + label + "," + app
		n, err := p.WithStep(context, step, false)
		if there = errors.Is(err, dialplan.ErrExists); there && replace {
			return p.WithStep(context, step, true)
		}
		return n, err
	})
	switch {
	case errors.Is(err, dialplan.ErrExists):
		printf(w, "Extension %s@%s with priority %s already exists\n", exten, context, number)
	case err != nil:
		printf(w, "Failed to add '%s,%s,%s' extension into '%s' context: %v\n", exten, priority, app, context, err)
	case there:
		printf(w, "Extension %s@%s (%s) replace by '%s,%s,%s'\n", exten, context, number, exten, priority, app)
	default:
		printf(w, "Extension '%s,%s,%s' added into '%s' context\n", exten, priority, app, context)
	}
	return err == nil
}

func (k planCommands) removeExtension(w io.Writer, args []string) bool {
	if len(args) < 1 || len(args) > 2 {
		return usage(w)
	}
	exten, context, ok := strings.Cut(args[0], "@")
	if !ok || exten == "" || context == "" {
		printf(w, "Missing extension or context name in third argument '%s'\n", args[0])
		return false
	}
	n := 0
	if len(args) == 2 && args[1] != "hint" {
		var err error
		if n, err = strconv.Atoi(args[1]); err != nil || n < 1 {
			printf(w, "Invalid priority '%s'\n", args[1])
			return false
		}
	}
	err := k.edit(func(p *dialplan.Plan) (*dialplan.Plan, error) { return p.WithoutExtension(context, exten, n) })
	name, _, _ := strings.Cut(exten, "/")
	switch {
	case err != nil:
		printf(w, "Failed to remove extension %s@%s\n", exten, context)
	case n > 0:
		printf(w, "Extension %s@%s with priority %d removed\n", name, context, n)
	default:
		printf(w, "Whole extension %s@%s removed\n", name, context)
	}
	return err == nil
}

// change runs "what into|from where", and says how it went.
func (k planCommands) change(w io.Writer, args []string, word string,
	f func(p *dialplan.Plan, context, what string) (*dialplan.Plan, error), say func(what, context string, err error) string) bool {
	what, context, rest, ok := cutPhrase(args, word)
	if !ok || len(rest) > 0 {
		return usage(w)
	}
	err := k.edit(func(p *dialplan.Plan) (*dialplan.Plan, error) { return f(p, context, what) })
	fmt.Fprintln(w, say(what, context, err))
	return err == nil
}

func (k planCommands) addInclude(w io.Writer, args []string) bool {
	if _, context, rest, ok := cutPhrase(args, "into"); ok && len(rest) == 0 {
		k.creates(w, context, "include")
	}
	return k.change(w, args, "into", (*dialplan.Plan).WithInclude,
		func(what, context string, err error) string {
			if err != nil {
				return fmt.Sprintf("Context '%s' already included in '%s' context", what, context)
			}
			return fmt.Sprintf("Context '%s' included in '%s' context", what, context)
		})
}

func (k planCommands) removeInclude(w io.Writer, args []string) bool {
	return k.change(w, args, "from", (*dialplan.Plan).WithoutInclude,
		func(what, context string, err error) string {
			if err != nil {
				return fmt.Sprintf("Failed to remove '%s' include from '%s' context", what, context)
			}
			return fmt.Sprintf("We are not including '%s' into '%s' now", what, context)
		})
}

func (k planCommands) addIgnorePat(w io.Writer, args []string) bool {
	return k.change(w, args, "into", (*dialplan.Plan).WithIgnorePat,
		func(what, context string, err error) string {
			switch {
			case errors.Is(err, dialplan.ErrExists):
				return fmt.Sprintf("Ignore pattern '%s' already included in '%s' context", what, context)
			case err != nil:
				return fmt.Sprintf("Failed to add ignore pattern '%s' into '%s' context", what, context)
			}
			return fmt.Sprintf("Ignore pattern '%s' added into '%s' context", what, context)
		})
}

func (k planCommands) removeIgnorePat(w io.Writer, args []string) bool {
	return k.change(w, args, "from", (*dialplan.Plan).WithoutIgnorePat,
		func(what, context string, err error) string {
			switch {
			case errors.Is(err, dialplan.ErrNotThere):
				return fmt.Sprintf("There is no existence of '%s' ignore pattern in '%s' context", what, context)
			case err != nil:
				return fmt.Sprintf("Failed to remove ignore pattern '%s' from '%s' context", what, context)
			}
			return fmt.Sprintf("Ignore pattern '%s' removed from '%s' context", what, context)
		})
}

func (k planCommands) removeContext(w io.Writer, args []string) bool {
	if len(args) != 1 {
		return usage(w)
	}
	if k.edit(func(p *dialplan.Plan) (*dialplan.Plan, error) { return p.WithoutContext(args[0]) }) != nil {
		printf(w, "There is no such context as '%s'\n", args[0])
	} else {
		printf(w, "Removed context '%s'\n", args[0])
	}
	return true
}

// save replaces extensions.conf by the dialplan in force; what was there stays beside it
// as extensions.conf.old, because comments and includes are not in the new one.
func (k planCommands) save(w io.Writer, args []string) bool {
	plan := k.core.Plan()
	if !plan.Static || plan.WriteProtect {
		fmt.Fprintln(w, "I can't save dialplan now, see '[general]' of extensions.conf: it takes static=yes and writeprotect=no.")
		return false
	}
	dir := k.core.BuiltIn("ASTETCDIR")
	if len(args) > 0 {
		dir = args[0]
	}
	path := filepath.Join(dir, "extensions.conf")
	var globals [][2]string
	k.core.Globals(func(name, value string) { globals = append(globals, [2]string{name, value}) })
	slices.Reverse(globals) // they are told newest first
	var b bytes.Buffer
	plan.Save(&b, globals)
	if err := replaceFile(path, b.Bytes()); err != nil {
		printf(w, "Failed to create file '%s': %v\n", path, err)
		return false
	}
	printf(w, "Dialplan successfully saved into '%s'\n", path)
	return true
}

// replaceFile writes a file whole or not at all, and keeps the one that was there.
func replaceFile(path string, text []byte) error {
	temporary := path + ".new"
	if err := os.WriteFile(temporary, text, 0o640); err != nil {
		return err
	}
	if err := os.Link(path, path+".old.new"); err == nil {
		os.Rename(path+".old.new", path+".old")
	}
	return os.Rename(temporary, path)
}
