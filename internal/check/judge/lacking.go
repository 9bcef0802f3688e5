package judge

import (
	"path/filepath"
	"strings"

	"obelisk/internal/config"
)

// absent are kinds of findings that say that something is nowhere, with the files that it may be in.
var absent = map[string]string{
	"plan-context-missing": "extensions.conf", "plan-include-missing": "extensions.conf", "plan-target": "extensions.conf",
	"plan-macro-missing": "extensions.conf", "plan-variable-misspelt": "extensions.conf", "plan-variable-case": "extensions.conf",
	"plan-db-key": "extensions.conf", "plan-argument-stray": "extensions.conf", "plan-return-stray": "extensions.conf",
	"plan-no-wait": "extensions.conf", "plan-unreachable": "extensions.conf", "sip-context-missing": "extensions.conf",
	"sip-subscribecontext": "extensions.conf", "sip-register-extension": "extensions.conf", "parking-not-included": "extensions.conf",
	"file-context": "extensions.conf", "plan-endpoint-missing": "sip.conf", "plan-hint-endpoint": "sip.conf extensions.conf",
	"plan-number-as-phone": "sip.conf", "queue-member-missing": "sip.conf", "sip-register-no-peer": "sip.conf", "file-template": "sip.conf",
	"plan-voicemail-missing": "voicemail.conf", "sip-mailbox-missing": "voicemail.conf", "plan-queue-missing": "queues.conf",
	"plan-conference-profile": "confbridge.conf",
}

// lacking makes notes of findings that may come of an included file that is not in the folder: what they miss is perhaps in
// it. The include itself is told of as an error. roots tells which file each path belongs to.
func lacking(list []config.Diagnostic, roots map[string]string) []config.Diagnostic {
	gone := map[string]config.Pos{}
	for _, d := range list {
		root := roots[d.Pos.File]
		if root == "" {
			root = filepath.Base(d.Pos.File)
		}
		if _, told := gone[root]; d.Code == "file-include" && !told {
			gone[root] = d.Pos
		}
	}
	if len(gone) == 0 {
		return list
	}
	for i, d := range list {
		for _, file := range strings.Fields(absent[d.Code]) {
			at, ok := gone[file]
			if ok && d.Severity == config.Warning {
				list[i].Severity, list[i].Hint = config.Note, ""
				list[i].Text += "; it may stand in the file that is included and is not here (" + at.String() + ")"
				break
			}
		}
	}
	return list
}
