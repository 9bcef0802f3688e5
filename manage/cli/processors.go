package cli

import (
	"fmt"
	"io"
)

// ping has one of those that work in turn do nothing, and tells how long that took: what waits
// comes before it.
func (k systemCommands) ping(w io.Writer, args []string) bool {
	if len(args) != 1 {
		return usage(w)
	}
	if !k.isProcessor(args[0]) {
		printf(w, "\nping failed: %s not found\n\n", args[0])
		return true
	}
	printf(w, "\npinging %s ...\n", args[0])
	took := k.o.PingProcessor(args[0])
	printf(w, "\t%24s ping time: %.6f sec\n\n", args[0], took.Seconds())
	return true
}

// resetOne begins the counts of one anew.
func (k systemCommands) resetOne(w io.Writer, args []string) bool {
	if len(args) != 1 {
		return usage(w)
	}
	if !k.isProcessor(args[0]) {
		printf(w, "\nReset failed: %s not found\n\n", args[0])
		return true
	}
	printf(w, "\nResetting %s\n\n", args[0])
	k.o.ResetProcessors(args[0])
	return true
}

// resetAll begins the counts of all anew.
func (k systemCommands) resetAll(w io.Writer, _ []string) bool {
	fmt.Fprint(w, "\nResetting stats for all taskprocessors\n\n")
	k.o.ResetProcessors("")
	return true
}

func (k systemCommands) isProcessor(name string) bool {
	for _, p := range k.o.Processors() {
		if p.Name == name {
			return true
		}
	}
	return false
}

// processorNames are what the name of one may be.
func (k systemCommands) processorNames(args []string) (out []string) {
	if len(args) > 0 {
		return nil
	}
	for _, p := range k.o.Processors() {
		out = append(out, p.Name)
	}
	return out
}
