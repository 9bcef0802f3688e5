package main

import (
	"fmt"
	"strings"
)

// Completions for shells, from the table of commands.

func runCompletion(o options) int {
	script := map[string]func() string{"bash": bashCompletion, "zsh": zshCompletion, "fish": fishCompletion}[o.args[0]]
	if script == nil {
		return status(usageError{"there is no completion for '" + o.args[0] + "', but for bash, zsh and fish", "completion"})
	}
	fmt.Print(script())
	return 0
}

// names of the options of a command that are worth completing.
func (c command) names() (out []string) {
	for _, f := range c.flags {
		if !f.quiet {
			out = append(out, f.names...)
		}
	}
	return out
}

func words() (out []string) {
	for _, c := range commands()[1:] {
		out = append(out, c.name)
	}
	return out
}

func bashCompletion() string {
	var b strings.Builder
	b.WriteString("# bash completion of obelisk; written by \"obelisk completion bash\"\n_obelisk() {\n\tlocal " +
		"cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} word command=\n" +
		"\tfor word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n\t\tcase $word in\n")
	fmt.Fprintf(&b, "\t\t%s) command=$word; break ;;\n\t\tesac\n\tdone\n\tcase $command:$prev in\n", strings.Join(words(), "|"))
	for _, c := range commands()[1:] {
		for _, f := range c.flags {
			if f.among != nil {
				fmt.Fprintf(&b, "\t%s:%s) COMPREPLY=($(compgen -W '%s' -- \"$cur\")); return ;;\n", c.name, f.names[0], strings.Join(f.among, " "))
			}
		}
	}
	b.WriteString("\tesac\n\tlocal options=\n\tcase $command in\n")
	for _, c := range commands() {
		fmt.Fprintf(&b, "\t'%s') options='%s' ;;\n", c.name, strings.Join(c.names(), " "))
	}
	fmt.Fprintf(&b, "\tesac\n\tcase $command:$cur in\n\t*:-*) COMPREPLY=($(compgen -W \"$options\" -- \"$cur\")) ;;\n\t:* | help:*) "+
		"COMPREPLY=($(compgen -W '%s' -- \"$cur\")) ;;\n", strings.Join(words(), " "))
	b.WriteString("\tcompletion:*) COMPREPLY=($(compgen -W 'bash zsh fish' -- \"$cur\")) ;;\n\t*) COMPREPLY=($(compgen -f -- \"$cur\")) " +
		";;\n\tesac\n}\ncomplete -o filenames -F _obelisk obelisk\n")
	return b.String()
}

// quoted is a text in single quotes of a shell; colons and brackets mean something to zsh.
func quoted(text string) string { return strings.ReplaceAll(text, "'", `'\''`) }

func zshCompletion() string {
	spec := func(f flag) (out []string) {
		text := strings.NewReplacer("[", `\[`, "]", `\]`, ":", `\:`).Replace(quoted(f.help))
		for _, n := range f.names {
			s := n + "[" + text + "]"
			switch {
			case f.among != nil:
				s += ":" + strings.ToLower(f.takes) + ":(" + strings.Join(f.among, " ") + ")"
			case f.takes == "FILE" || f.takes == "DIR":
				s += ":" + strings.ToLower(f.takes) + ":_files"
			case f.takes != "":
				s += ":" + strings.ToLower(f.takes) + ":"
			}
			out = append(out, "'"+s+"'")
		}
		return out
	}
	var b strings.Builder
	b.WriteString("#compdef obelisk\n# zsh completion of obelisk; written by \"obelisk completion zsh\"\nlocal context state line\nlocal " +
		"-a subcommands # commands is zsh's own\nsubcommands=(\n")
	for _, c := range commands()[1:] {
		fmt.Fprintf(&b, "\t'%s:%s'\n", c.name, quoted(c.short))
	}
	b.WriteString(")\n_arguments -C")
	for _, f := range commands()[0].flags {
		if !f.quiet {
			b.WriteString(" \\\n\t" + strings.Join(spec(f), " \\\n\t"))
		}
	}
	b.WriteString(" \\\n\t'(-)1:command:->command' \\\n\t'(-)*::argument:->argument' && return\ncase $state in\ncommand) _describe " +
		"command subcommands ;;\nargument)\n\tcase $line[1] in\n")
	for _, c := range commands()[1:] {
		fmt.Fprintf(&b, "\t%s) _arguments", c.name)
		for _, f := range c.flags {
			b.WriteString(" " + strings.Join(spec(f), " "))
		}
		switch c.name {
		case "help":
			b.WriteString(" '*:topic:(" + strings.Join(words(), " ") + ")' ;;\n")
		case "completion":
			b.WriteString(" '1:shell:(bash zsh fish)' ;;\n")
		default:
			b.WriteString(" '*:file:_files' ;;\n")
		}
	}
	b.WriteString("\tesac ;;\nesac\n")
	return b.String()
}

func fishCompletion() string {
	var b strings.Builder
	b.WriteString("# fish completion of obelisk; written by \"obelisk completion fish\"\n")
	option := func(when string, f flag) {
		for _, n := range f.names {
			kind := "-o"
			switch {
			case strings.HasPrefix(n, "--"):
				kind = "-l"
			case len(n) == 2:
				kind = "-s"
			}
			fmt.Fprintf(&b, "complete -c obelisk %s %s %s -d '%s'", when, kind, strings.TrimLeft(n, "-"), quoted(f.help))
			switch {
			case f.among != nil:
				fmt.Fprintf(&b, " -x -a '%s'", strings.Join(f.among, " "))
			case f.takes != "":
				b.WriteString(" -r")
			}
			b.WriteString("\n")
		}
	}
	for _, f := range commands()[0].flags {
		if !f.quiet {
			option("-n __fish_use_subcommand", f)
		}
	}
	for _, c := range commands()[1:] {
		fmt.Fprintf(&b, "complete -c obelisk -n __fish_use_subcommand -a %s -d '%s'\n", c.name, quoted(c.short))
		for _, f := range c.flags {
			option("-n '__fish_seen_subcommand_from "+c.name+"'", f)
		}
	}
	fmt.Fprintf(&b, "complete -c obelisk -n '__fish_seen_subcommand_from help' -x -a '%s'\n", strings.Join(words(), " "))
	b.WriteString("complete -c obelisk -n '__fish_seen_subcommand_from completion' -x -a 'bash zsh fish'\n")
	return b.String()
}
