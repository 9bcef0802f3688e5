package check

import (
	"os"
	"testing"

	"obelisk/internal/testkit/memorydisk"
)

func TestMain(m *testing.M) { os.Exit(memorydisk.Run(m)) }
