package fn

import (
	"errors"
	"time"

	"obelisk/pbx"
)

// A function that waits for something outside, a command or a server, does that off the
// channel's goroutine, so that the call is served meanwhile; and no more than so many do it at
// once, whatever a dialplan of many calls asks for. (Asterisk has no bound.)

// gate lets so many through; others wait their turn.
type gate chan struct{}

var (
	commands = make(gate, 100) // SHELL
	servers  = make(gate, 200) // CURL
	lookups  = make(gate, 100) // SRVQUERY
)

// turnPatience is how long a call waits for its turn.
const turnPatience = 10 * time.Second

var errTurns = errors.New("too many calls do that already")

// off runs f when it is its turn.
func (g gate) off(c *pbx.Channel, f func()) (err error) {
	wait := func() {
		turn := time.NewTimer(turnPatience)
		defer turn.Stop()
		select {
		case g <- struct{}{}:
			defer func() { <-g }()
			f()
		case <-turn.C:
			err = errTurns
		}
	}
	if c.IsBare() { // of no call
		wait()
	} else {
		c.Off(wait)
	}
	return err
}
