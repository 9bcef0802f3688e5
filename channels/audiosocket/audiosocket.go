package audiosocket

import (
	"net"
	"strings"

	"obelisk/dialplan"
	"obelisk/media"
	"obelisk/pbx"
)

const usage = `AudioSocket(uuid,host:port)
Gives the audio of the call to the program that listens there, signed linear at 8 kHz, until that ends
it: then the next step runs. It does not answer. Where the program cannot be reached, or sends what is
no AudioSocket, the call ends.`

// Module is the application and the technology.
type Module struct{ media func() *media.Engine }

// New makes the module; media gives the engine, nil or returning nil: there is none.
func New(m func() *media.Engine) *Module { return &Module{m} }

// Name implements pbx.Module.
func (*Module) Name() string { return "chan_audiosocket" }

// Synopsis implements pbx.Described.
func (*Module) Synopsis() string { return "AudioSocket Channel" }

// Furnish implements pbx.Furnisher.
func (m *Module) Furnish(core *pbx.Core) {
	core.RegisterTech(&Tech{media: m.media})
	core.RegisterApp(pbx.App{Name: "AudioSocket", Synopsis: "Transmit and receive audio between a channel and a TCP socket", Usage: usage,
		Exec: run, Check: check})
}

// check finds mistakes in the arguments.
func check(text string) []string {
	if strings.Contains(text, "$") {
		return nil
	}
	if _, _, why := arguments(text); why != "" {
		return []string{why}
	}
	return nil
}

func arguments(text string) (id [16]byte, at, why string) {
	name, at, _ := strings.Cut(text, ",")
	id, err := ParseUUID(name)
	if err != nil {
		return id, at, "AudioSocket: " + err.Error()
	}
	at = strings.TrimSpace(at)
	if _, _, err := net.SplitHostPort(at); err != nil {
		return id, at, "AudioSocket: '" + at + "' is not host:port"
	}
	return id, at, ""
}

// run is the application.
func run(c *pbx.Channel, text string) dialplan.Result {
	id, at, why := arguments(text)
	stream := c.Leg().Stream()
	switch {
	case why != "":
		c.Warn(why)
		return dialplan.End
	case stream == nil:
		c.Warn("AudioSocket: a message has no audio")
		return dialplan.End
	}
	s := newSession(at, id, 0, stream.SendDigit)
	defer s.end()
	var conn net.Conn
	var err error
	if done := beside(func() { conn, err = s.dial() }); !wait(c, s, done) {
		s.end()
		if <-done; conn != nil {
			conn.Close()
		}
		return dialplan.End
	}
	if err != nil {
		c.Warn("AudioSocket: " + err.Error())
		return dialplan.End
	}
	tap := stream.Overhear(media.In, s.hear)
	defer tap.Stop()
	voice := stream.Start(s.queue, media.Play{})
	defer voice.Stop()
	done := beside(func() { err = s.serve(conn) })
	if !wait(c, s, done) {
		s.end()
		<-done
		return dialplan.End
	}
	if err != nil {
		c.Warn("AudioSocket: " + err.Error())
		return dialplan.End
	}
	return dialplan.Continue
}

// beside runs f beside the channel's worker, and closes what it returns when it is through.
func beside(f func()) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	return done
}

// wait waits for done and tells the program of keys meanwhile; false: the call has ended, or was sent
// elsewhere.
func wait(c *pbx.Channel, s *session, done <-chan struct{}) bool {
	for {
		e, why := c.Await(pbx.Wait{Keys: true, Also: done})
		switch {
		case why == pbx.Also:
			return !c.Gone()
		case why != pbx.Came:
			return false
		case e.Kind == pbx.EventDigit:
			s.key(e.Digit)
		}
	}
}
