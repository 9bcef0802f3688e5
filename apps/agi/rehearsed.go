package agi

import (
	"bufio"
	"io"
	"net"
	"strings"

	"obelisk/pbx"
)

// rehearsed has a script of a test stand in for the program: what that prints are its commands.
func (s *session) rehearsed(out pbx.Outside) status {
	text, code := out.Program(strings.Join(append([]string{s.request}, s.args...), " "))
	if code != 0 && text == "" {
		return failure
	}
	s.kind = kindFast // there is no process
	near, far := net.Pipe()
	s.wire = newWire(near, near)
	go sayLines(far, text)
	defer s.finish()
	s.send("")
	if st := s.run(s.request); code == 0 {
		return st
	}
	return failure
}

// sayLines is the program: it reads what it is told, and then for each command one answer.
func sayLines(far net.Conn, text string) {
	defer far.Close()
	in := bufio.NewReader(far)
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		if line == "\n" {
			break
		}
	}
	for line := range strings.Lines(text) {
		if _, err := io.WriteString(far, strings.TrimRight(line, "\n")+"\n"); err != nil {
			return
		}
		if _, err := in.ReadString('\n'); err != nil {
			return
		}
	}
}
