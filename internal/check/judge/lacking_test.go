package judge

import (
	"strings"
	"testing"

	"obelisk/internal/config"
)

// What a missing include may have is a note; what stands in another file's room stays a warning.
func TestLacking(t *testing.T) {
	at := config.Pos{File: "/etc/asterisk/extensions.conf", Line: 3}
	list := lacking([]config.Diagnostic{
		{Pos: at, Code: "file-include", Severity: config.Error, Text: "cannot include 'local.conf'"},
		{Pos: config.Pos{File: at.File, Line: 9}, Code: "plan-context-missing", Severity: config.Warning,
			Hint: "did you mean 'x'?", Text: "gone"},
		{Pos: config.Pos{File: at.File, Line: 10}, Code: "plan-voicemail-missing", Severity: config.Warning, Text: "no box"},
	}, map[string]string{at.File: "extensions.conf"})
	if list[1].Severity != config.Note || list[1].Hint != "" || !strings.Contains(list[1].Text, "extensions.conf:3") {
		t.Errorf("%+v", list[1])
	}
	if list[2].Severity != config.Warning || list[0].Severity != config.Error {
		t.Errorf("%+v", list)
	}
}
