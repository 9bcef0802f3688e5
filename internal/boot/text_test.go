package boot

import (
	"testing"

	"obelisk/internal/testkit/golden"
)

// What is in force of small configurations, as the console shows it.
func TestInForce(t *testing.T) {
	golden.Run(t, "testdata/files/*.txt", func(t *testing.T, files map[string]string) func(string) string {
		h := newHouse(t, files)
		h.start(false)
		t.Cleanup(h.stop)
		return h.run
	})
}
