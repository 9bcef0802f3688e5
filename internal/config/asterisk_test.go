package config

import (
	"strings"
	"testing"
	"testing/fstest"
)

// An option of asterisk.conf that wants what is not here is told of; one that wants what is, is not.
func TestUnmetOptions(t *testing.T) {
	f, err := Load(FS{FS: fstest.MapFS{"asterisk.conf": {Data: []byte("[options]\nlanguageprefix=yes\nmindtmfduration=80\n" +
		"transmit_silence=off\n" +
		"stdexten=gosub\nnocolor=yes\ncache_record_files=yes\nmindtmfduration=120\nstdexten=macro\n")}}}, "asterisk.conf", Options{})
	if err != nil {
		t.Fatal(err)
	}
	ReadAsterisk(f)
	var got []string
	for _, d := range f.Diags {
		got = append(got, strings.Join(strings.Fields(d.Text)[:2], " "))
	}
	if want := "option 'cache_record_files' option 'mindtmfduration' option 'stdexten'"; strings.Join(got, " ") != want {
		t.Errorf("told: %s, want %s", strings.Join(got, " "), want)
	}
}
