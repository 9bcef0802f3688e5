package agi

import (
	"cmp"
	"fmt"
	"strings"

	"obelisk/pbx"
)

// unknown is what a program is told of who has no number or name.
const unknown = "unknown"

// environment is the block that a program is told at first: what the call is.
func (s *session) environment(request string) string {
	v := s.c.View()
	id, rdnis := v.CallerID, ""
	if r := s.c.Redirecting(); r != nil {
		rdnis = r.Num
	}
	pres := id.Presented().Number
	if id.Num == "" && id.Name == "" {
		pres = pbx.PresentationOf("unavailable").Number
	}
	enhanced := "0.0"
	if s.script != nil && s.script.audio != nil {
		enhanced = "1.0"
	}
	var b strings.Builder
	line := func(name string, value any) { fmt.Fprintf(&b, "agi_%s: %s\n", name, oneLine(fmt.Sprint(value))) }
	line("request", request)
	line("channel", s.c.Name())
	line("language", v.Language)
	line("type", s.c.TechName())
	line("uniqueid", s.c.UniqueID())
	line("version", s.m.version())
	line("callerid", cmp.Or(id.Num, unknown))
	line("calleridname", cmp.Or(id.Name, unknown))
	line("callingpres", pres)
	line("callingani2", 0)
	line("callington", 0)
	line("callingtns", 0)
	line("dnid", cmp.Or(s.c.DNID(), unknown))
	line("rdnis", cmp.Or(rdnis, unknown))
	line("context", v.At.Context)
	line("extension", v.At.Exten)
	line("priority", v.At.Priority)
	line("enhanced", enhanced)
	line("accountcode", v.AccountCode)
	line("threadid", s.number)
	for i, a := range s.args {
		line(fmt.Sprintf("arg_%d", i+1), a)
	}
	return b.String() + "\n"
}

// oneLine keeps a value from beginning another line.
//
// Differs: with Asterisk a caller's name with a line break in it adds to the block.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\r' {
			return ' '
		}
		return r
	}, text)
}
