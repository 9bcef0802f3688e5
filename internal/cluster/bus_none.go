//go:build !nats

package cluster

import (
	"errors"

	"obelisk/internal/store"
)

// This build has no NATS, which is larger than many features together (docs/decisions).

var errNoBus = errors.New("this build has no bus between nodes; take the one with it (go build -tags nats ./cmd/obelisk)")

// OpenBus says so.
func OpenBus(*Config, func(string)) (store.Bus, error) { return nil, errNoBus }
