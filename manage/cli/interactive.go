package cli

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"golang.org/x/term"
)

// View is how a console of -r is shown.
type View struct {
	Host    string // in the prompt
	Verbose int
	Colours bool
}

// Interactive is the console of -r: a line editor with completion and a history that
// outlives it on a terminal, plain lines otherwise. The log is shown in between. It returns
// when the user leaves or the switchboard does.
func Interactive(c *Client, v View) error {
	fd := int(os.Stdin.Fd())
	if !term.IsTerminal(fd) {
		return plainLoop(c, v)
	}
	old, err := term.MakeRaw(fd)
	if err != nil {
		return err
	}
	defer term.Restore(fd, old)
	t := term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{os.Stdin, os.Stdout}, v.Host+"*CLI> ")
	if w, h, err := term.GetSize(fd); err == nil {
		t.SetSize(w, h)
	}
	t.History = openHistory()
	t.AutoCompleteCallback = func(line string, pos int, key rune) (string, int, bool) {
		if key != '\t' {
			return "", 0, false
		}
		full := c.complete(t, line[:pos])
		return full + line[pos:], len(full), true
	}
	if err := c.Listen(t, v.Verbose, v.Colours); err != nil {
		return err
	}
	go func() { // the switchboard ends: so does the reading of lines
		<-c.gone
		term.Restore(fd, old)
		fmt.Println("\r\nDisconnected from the switchboard.")
		os.Exit(1)
	}()
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

// complete asks the switchboard how a line may go on. Where there are several ways and
// nothing that they share, they are shown.
func (c *Client) complete(t io.Writer, line string) string {
	var out strings.Builder
	if ok, err := c.Run(completeCommand+" "+line, &out); !ok || err != nil {
		return line
	}
	list := strings.Fields(strings.ReplaceAll(out.String(), " ", "\x00"))
	if len(list) == 0 {
		return line
	}
	begun := line[strings.LastIndexByte(line, ' ')+1:]
	common := list[0]
	for _, w := range list[1:] {
		for !strings.HasPrefix(w, common) {
			common = common[:len(common)-1]
		}
	}
	switch {
	case len(list) == 1:
		common += " "
	case len(common) <= len(begun):
		fmt.Fprintln(t, strings.Join(list, "  "))
		return line
	}
	return line[:len(line)-len(begun)] + strings.ReplaceAll(common, "\x00", " ")
}

// plainLoop takes commands from a file or a pipe.
func plainLoop(c *Client, v View) error {
	if err := c.Listen(os.Stdout, v.Verbose, v.Colours); err != nil {
		return err
	}
	lines := make(chan string)
	go func() {
		defer close(lines)
		for in := bufio.NewScanner(os.Stdin); in.Scan(); {
			lines <- strings.TrimSpace(in.Text())
		}
	}()
	for {
		select {
		case <-c.gone:
			return errClosed
		case line, more := <-lines:
			if !more || line == "exit" || line == "quit" {
				return nil
			}
			if line == "" {
				continue
			}
			if _, err := c.Run(line, os.Stdout); err != nil {
				return err
			}
		}
	}
}

// historyFile is Asterisk's, in the home of who is at the console.
const historyFile = ".asterisk_history"

// keptHistory is how many lines are remembered.
const keptHistory = 500

// history is what was entered, the newest last. It implements term.History.
type history struct {
	path string

	mu    sync.Mutex // guards lines
	lines []string
}

func openHistory() *history {
	h := &history{}
	home, err := os.UserHomeDir()
	if err != nil {
		return h
	}
	h.path = filepath.Join(home, historyFile)
	b, err := os.ReadFile(h.path)
	if err != nil {
		return h
	}
	for _, l := range strings.Split(string(b), "\n") {
		if l = strings.ReplaceAll(l, "\\040", " "); l != "" && !strings.HasPrefix(l, "_HiStOrY_") {
			h.lines = append(h.lines, l)
		}
	}
	if over := len(h.lines) - keptHistory; over > 0 {
		h.lines = h.lines[over:]
		h.write(os.O_TRUNC, h.lines)
	}
	return h
}

// write adds lines to the file, in the form of editline, which Asterisk uses.
func (h *history) write(how int, lines []string) {
	_, err := os.Stat(h.path)
	f, e := os.OpenFile(h.path, os.O_CREATE|os.O_WRONLY|os.O_APPEND|how, 0o600)
	if h.path == "" || e != nil {
		return
	}
	defer f.Close()
	if err != nil || how == os.O_TRUNC {
		fmt.Fprintln(f, "_HiStOrY_V2_")
	}
	for _, l := range lines {
		fmt.Fprintln(f, strings.ReplaceAll(l, " ", "\\040"))
	}
}

// Add implements term.History.
func (h *history) Add(line string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if line = strings.TrimSpace(line); line == "" || len(h.lines) > 0 && h.lines[len(h.lines)-1] == line {
		return
	}
	h.lines = append(h.lines, line)
	h.write(0, []string{line})
}

// Len implements term.History.
func (h *history) Len() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.lines)
}

// At implements term.History; 0 is the newest.
func (h *history) At(i int) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.lines[len(h.lines)-1-i]
}
