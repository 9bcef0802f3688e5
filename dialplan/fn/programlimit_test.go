package fn

import (
	"testing"
	"testing/synctest"
	"time"

	"obelisk/dialplan"
	"obelisk/internal/trace"
	"obelisk/pbx"

	"github.com/rs/zerolog"
)

// So many ask at once; the next one waits its turn, and not for ever.
func TestGate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		core := pbx.NewCore(pbx.Config{Log: zerolog.Nop(), Book: trace.NewBook(1)})
		c := core.Bare(dialplan.Location{Context: "c", Exten: "s", Priority: 1})
		g := make(gate, 1)
		end := make(chan struct{})
		go g.off(c, func() { <-end })
		synctest.Wait()
		if err := g.off(c, func() { t.Error("two at once") }); err != errTurns {
			t.Errorf("%v", err)
		}
		go func() {
			time.Sleep(time.Second)
			close(end)
		}()
		ran := false
		if err := g.off(c, func() { ran = true }); err != nil || !ran {
			t.Errorf("%v, ran %v", err, ran)
		}
	})
}
