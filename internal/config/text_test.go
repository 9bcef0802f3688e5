package config

import (
	"testing"
	"testing/fstest"

	"obelisk/internal/testkit/golden"
)

// What the dialect makes of lines: the sections of a file, with where each value was written.
func TestDialect(t *testing.T) {
	golden.Run(t, "testdata/text/*.txt", func(_ *testing.T, files map[string]string) func(string) string {
		all := fstest.MapFS{}
		for name, text := range files {
			all[name] = &fstest.MapFile{Data: []byte(text)}
		}
		return func(name string) string {
			f, err := Load(FS{FS: all}, name, Options{})
			if err != nil {
				return err.Error()
			}
			return dump(f)
		}
	})
}
