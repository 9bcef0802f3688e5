package cli

import (
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// Interactive is the console of -r: a line editor with history and completion
// on a terminal, plain lines otherwise. It returns when the user leaves or the
// switchboard does.
func Interactive(c *Client, host string) error {
	fmt.Printf("Connected to Obelisk on %s. Type 'core show help' for the commands, 'exit' to leave.\n", host)
	fd := int(os.Stdin.Fd())
	if !term.IsTerminal(fd) {
		return plainLoop(c)
	}
	old, err := term.MakeRaw(fd)
	if err != nil {
		return err
	}
	defer term.Restore(fd, old)
	t := term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{os.Stdin, os.Stdout}, host+"*CLI> ")
	var help strings.Builder
	c.Run("core show help", &help)
	var names []string
	for _, l := range strings.Split(help.String(), "\n") {
		if len(l) > 30 {
			names = append(names, strings.TrimSpace(l[:30]))
		}
	}
	t.AutoCompleteCallback = func(line string, pos int, key rune) (string, int, bool) {
		if key != '\t' {
			return "", 0, false
		}
		full := complete(names, line[:pos])
		return full + line[pos:], len(full), full != line[:pos]
	}
	for {
		line, err := t.ReadLine()
		if err != nil || line == "exit" || line == "quit" {
			return nil
		}
		if strings.TrimSpace(line) == "" {
			continue
		}
		if _, err := c.Run(line, t); err != nil {
			return err
		}
	}
}

func plainLoop(c *Client) error {
	var line strings.Builder
	b := make([]byte, 1)
	for {
		n, err := os.Stdin.Read(b)
		if n == 1 && b[0] != '\n' {
			line.WriteByte(b[0])
			continue
		}
		if text := strings.TrimSpace(line.String()); text == "exit" || text == "quit" {
			return nil
		} else if text != "" {
			if _, err := c.Run(text, os.Stdout); err != nil {
				return err
			}
		}
		line.Reset()
		if err != nil {
			return nil
		}
	}
}

// complete extends a line to what all commands that begin with it share.
func complete(names []string, line string) string {
	common := ""
	for _, n := range names {
		if !strings.HasPrefix(n, line) {
			continue
		}
		if common == "" {
			common = n
			continue
		}
		for !strings.HasPrefix(n, common) {
			common = common[:len(common)-1]
		}
	}
	if common == "" {
		return line
	}
	return common
}
