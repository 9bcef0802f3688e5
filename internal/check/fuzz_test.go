package check

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"obelisk/internal/check/tell"
)

// FuzzCheck: whatever is in the files, check says something of it and ends; so does the diff.
func FuzzCheck(f *testing.F) {
	for _, name := range []string{"sip.conf", "extensions.conf", "voicemail.conf", "queues.conf", "confbridge.conf", "features.conf",
		"res_parking.conf", "musiconhold.conf", "followme.conf", "manager.conf", "rtp.conf", "logger.conf", "cel.conf", "modules.conf",
		"extconfig.conf", "indications.conf", "asterisk.conf", "acl.conf", "agents.conf", "http.conf"} {
		text, err := os.ReadFile("testdata/office/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(name, text)
	}
	f.Add("extensions.conf", []byte("[a]\nexten => _[9-,1,GotoIf($[${A = \"]?:)\nexten => |,|,Set(=)\nsame => n,Dial(&,,L())\nexten => "+
		"h,hint,&&\n"))
	f.Add("sip.conf", []byte("[general]\nregister => ?@:/~\n[a](!)\n[ ](a)\npermit=!/\ncallerid=\"<\nhost=[::\n"))
	f.Add("voicemail.conf", []byte("[general]\n[a]\n=\n1 => ,,,,|=|\n"))
	f.Fuzz(func(t *testing.T, name string, text []byte) {
		if filepath.Base(name) != name || filepath.Ext(name) != ".conf" || name == ".conf" || bytes.ContainsRune([]byte(name), 0) ||
			len(name) > 60 {
			return
		}
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o640); err != nil {
			return
		}
		list, err := Run(dir, dir)
		if err != nil {
			return
		}
		var b bytes.Buffer
		for _, format := range tell.Formats {
			if err := (tell.Report{Format: format, Totals: true}).Write(&b, list); err != nil {
				t.Fatal(err)
			}
		}
		if err := Fix(&b, list); err != nil {
			t.Fatal(err)
		}
	})
}
