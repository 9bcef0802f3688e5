package boot

import (
	"os"
	"testing"
)

// TestMain leaves out the sound set of this machine: prompts have the length of those built in.
func TestMain(m *testing.M) {
	soundHomes = nil
	os.Exit(m.Run())
}
