package cluster

import (
	"fmt"
	"io"
)

// Command is "obelisk cluster init DIR NODE ..."; it returns the status.
func Command(args []string, out, errs io.Writer) int {
	if len(args) < 3 || args[0] != "init" {
		fmt.Fprintln(errs, "Usage: obelisk cluster init DIR NODE ...")
		return 2
	}
	written, err := InitAuthority(args[1], args[2:])
	for _, file := range written {
		fmt.Fprintln(out, "wrote "+file)
	}
	if err != nil {
		fmt.Fprintln(errs, "obelisk cluster: "+err.Error())
		return 1
	}
	if len(written) == 0 {
		fmt.Fprintln(out, "all of it is there already")
	}
	return 0
}
