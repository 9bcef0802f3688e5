package cli

import (
	"io"
	"strings"
	"testing"

	"obelisk/pbx"
)

type helped struct{}

func (helped) Name() string { return "app_helped" }
func (helped) Commands() []pbx.Command {
	long := "queue count <queue> [twice]\n\tCounts who waits."
	return []pbx.Command{
		{Name: "queue count", Usage: "<queue>: count", Help: long, Run: func(w io.Writer, _ []string) bool { return pbx.Misused(w, long) }},
		{Name: "queue sort", Usage: "<queue>: put them in order", Run: func(w io.Writer, _ []string) bool {
			return pbx.Misused(w, "queue sort <queue>")
		}},
	}
}

// Who misuses a command reads what help tells of it.
func TestMisuseIsHelp(t *testing.T) {
	c := New(nil)
	c.AddModules([]pbx.Module{helped{}})
	c.Add(Command{"core show channel", "<name>: one channel in detail", func(w io.Writer, _ []string) bool { return usage(w) }},
		Command{"core show version", "which version this is", func(w io.Writer, _ []string) bool {
			io.WriteString(w, "20\n")
			return true
		}})
	run := func(line string) string {
		var b strings.Builder
		c.Run(&b, line)
		return b.String()
	}
	for command, want := range map[string]string{
		"core show channel":   "Usage: core show channel <channel>\n       Tells all that is known of a channel.\n",
		"queue count":         "Usage: queue count <queue> [twice]\n\tCounts who waits.\n",
		"queue sort":          "Usage: queue sort <queue>\n       Put them in order.\n",
		"core show version x": "Usage: core show version\n       Tells which version this is.\n",
	} {
		if got := run(command); got != want {
			t.Errorf("%s: %q, want %q", command, got, want)
		}
		command = strings.TrimSuffix(command, " x")
		if got := run("core show help " + command); got != want {
			t.Errorf("help of %s: %q, want %q", command, got, want)
		}
	}
	if got := run("core show version"); got != "20\n" {
		t.Errorf("without arguments: %q", got)
	}
	if got := run("core show help queue"); !strings.HasPrefix(got, "queue count                    -- Count\n") {
		t.Errorf("the list has %q", got)
	}
}

// A usage begins with the words of its command, but where one text tells of two.
func TestUsagesBeginWithTheirCommand(t *testing.T) {
	if len(usages) < 80 {
		t.Errorf("%d usages", len(usages))
	}
	for name, text := range usages {
		first, rest, _ := strings.Cut(text, "\n")
		if words := strings.Fields(name); !strings.HasPrefix(first, words[0]+" ") || strings.TrimSpace(rest) == "" {
			t.Errorf("%s is told as %q", name, text)
		}
	}
}
