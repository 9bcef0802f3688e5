//go:build !linux

package memorydisk

func home() string { return "" }
