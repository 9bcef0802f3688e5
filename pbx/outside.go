package pbx

import (
	"errors"
	"os/exec"
)

// Outside stands in for what calls reach outside the switchboard, where they are only rehearsed: no program
// is run, no server is asked, no file is written.
type Outside interface {
	// Program is a command line of a shell, a program of AGI with its arguments, or an address that is asked.
	// status is that with which it ends, 0 when it went well; text is what it prints. It does not wait.
	Program(what string) (text string, status int)
}

// Outside is what stands in for it; nil: calls are real.
func (c *Core) Outside() Outside { return c.cfg.Outside }

// NotRun is the status of a command line that could not be run, as a shell has it.
const NotRun = 127

// Command has a shell run a command line, or asks what stands in for it, and waits for its end. err says why
// the status is not 0, where the command was real.
func (c *Core) Command(line string) (status int, err error) {
	if out := c.cfg.Outside; out != nil {
		_, status = out.Program(line)
		return status, nil
	}
	err = exec.Command("/bin/sh", "-c", line).Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0, nil
	case errors.As(err, &exit):
		return exit.ExitCode(), err
	}
	return NotRun, err
}
