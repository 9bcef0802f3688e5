package app

import (
	"testing"

	"obelisk/dialplan/fn"
	"obelisk/internal/rehearse"
	"obelisk/internal/testkit/script"
	"obelisk/pbx"
	"obelisk/sounds"
)

func furnish(core *pbx.Core, lib *sounds.Library) {
	Register(core, lib)
	fn.Register(core)
}

// Scripts have a dialplan, calls into it and what is expected of each.
func TestScripts(t *testing.T) { script.Run(t, "testdata/*.txt", furnish) }

// newBoard is a switchboard with all applications and functions, Local channels and no network.
func newBoard(t *testing.T, plan string) *rehearse.Board {
	t.Helper()
	return script.Board(t, plan, furnish)
}
