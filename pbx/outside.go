package pbx

import "os/exec"

// Outside stands in for what calls reach outside the switchboard, where they are only rehearsed: no program
// is run, no server is asked, no file is written.
type Outside interface {
	// Program is a command line of a shell, a program of AGI with its arguments, or an address that is asked.
	// status is that with which it ends, 0 when it went well; text is what it prints. It does not wait.
	Program(what string) (text string, status int)
}

// Outside is what stands in for it; nil: calls are real.
func (c *Core) Outside() Outside { return c.cfg.Outside }

// Command runs a command line that follows something, such as a recording: how it went is for the log.
func (c *Core) Command(line string) error {
	if out := c.cfg.Outside; out != nil {
		out.Program(line)
		return nil
	}
	return exec.Command("/bin/sh", "-c", line).Run()
}
