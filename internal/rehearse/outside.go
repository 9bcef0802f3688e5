package rehearse

import (
	"errors"
	"strconv"
	"strings"
	"sync"
)

// Programs stand in for programs and servers: pbx.Outside. Who is not mentioned in a test ends well and
// says nothing.
type Programs struct {
	mu   sync.Mutex
	acts []program
	told func(what string) // of each one that is run; nil: nobody is
}

// program is how a program behaves that is run.
type program struct {
	what   glob
	status int
	prints string
}

// Program implements pbx.Outside.
func (p *Programs) Program(what string) (text string, status int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.told != nil {
		p.told(what)
	}
	for _, a := range p.acts {
		if a.what.MatchString(what) {
			return a.prints, a.status
		}
	}
	return "", 0
}

// play has it behave as a test says.
func (p *Programs) play(acts []program, told func(what string)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.acts, p.told = acts, told
}

var errProgram = errors.New("a program is written: program lookup.sh* = prints TEXT, or = status 1, or = status 1, prints TEXT")

// readProgram reads "status 1, prints a line | another line".
func readProgram(what, text string) (p program, err error) {
	p.what = glob(what)
	if rest, ok := strings.CutPrefix(text, "status "); ok {
		number, more, given := strings.Cut(rest, ",")
		if p.status, err = strconv.Atoi(strings.TrimSpace(number)); err != nil || p.status < 0 || p.status > 255 {
			return p, errors.New("a status is a number of 0 to 255")
		}
		if text = strings.TrimSpace(more); !given {
			return p, nil
		}
	}
	lines, ok := strings.CutPrefix(text, "prints ")
	if !ok || what == "" {
		return p, errProgram
	}
	p.prints = strings.ReplaceAll(lines, " | ", "\n") + "\n"
	return p, nil
}
