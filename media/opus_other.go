//go:build !linux || !(amd64 || arm64)

package media

// loadOpus: here Opus only passes through.
func loadOpus() {}
