package agi

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"obelisk/internal/config"
)

func TestConfig(t *testing.T) {
	f, err := config.Load(
		config.FS{FS: fstest.MapFS{"agi.conf": {Data: []byte(
			"[general]\nnotice=5\nsilencetimeout=90\nhanguptimeout=0\nconecttimeout=1\n[x]\n")}}}, "agi.conf", config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	l, diags := readConfig(f)
	if l.notice != 5*time.Second || l.silence != 90*time.Second || l.hangup != usualLimits.hangup || l.connect != usualLimits.connect {
		t.Errorf("%+v", l)
	}
	var got []string
	for _, d := range diags {
		got = append(got, d.String())
	}
	want := "agi.conf:4: WARNING: '0' is not a valid value of 'hanguptimeout': it takes 1 to 86400; it keeps what it had\nagi.conf:5: " +
		"WARNING: unknown option 'conecttimeout' in [general] (did you mean 'connecttimeout'?)\nagi.conf:6: WARNING: [x] is not read: " +
		"agi.conf has [general] only"
	if text := strings.Join(got, "\n"); text != want {
		t.Errorf("%s\nwant\n%s", text, want)
	}
	if l, diags := readConfig(nil); l != usualLimits || diags != nil {
		t.Error("without a file")
	}
}
