package agi

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// The page has every command, as the table has it.
func TestPage(t *testing.T) {
	const path, head = "../../docs/agi.md", "\n## Commands\n\n"
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for i := range commands {
		k := &commands[i]
		mark := ""
		if k.dead {
			mark = " (dead)"
		}
		fmt.Fprintf(&b, "- `%s`%s: %s\n", k.syntax, mark, strings.ReplaceAll(k.help, "\n", "\n  "))
	}
	before, list, _ := strings.Cut(string(page), head)
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(path, []byte(before+head+b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if list != b.String() {
		t.Errorf("%s has other commands than there are: UPDATE_GOLDEN=1 writes it", path)
	}
}
