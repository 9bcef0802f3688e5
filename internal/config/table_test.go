package config

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

type shop struct {
	name string
	open bool
	max  int
	wait time.Duration
}

var shopTable = Table[shop]{File: "shop.conf", Section: "general", Options: []Option[shop]{
	{Name: "name", Help: "what it is called", Set: SetText(func(s *shop) *string { return &s.name })},
	{Name: "open", Aliases: []string{"opened"}, Takes: "yes|no", Default: "no", Help: "whether it is",
		Set: SetBool(func(s *shop) *bool { return &s.open })},
	{Name: "max", Takes: "1 to 9", Help: "how many", Set: SetInt(1, 9, func(s *shop) *int { return &s.max })},
	{Name: "wait", Takes: "0 to 60 s", Help: "how long", Set: SetTime(time.Second, 0, 60, func(s *shop) *time.Duration { return &s.wait })},
	{Name: "colour", Help: "has no meaning here"},
	{Name: "door", Help: "which", Missing: "there are no doors"},
}}

// A table reads what is right, keeps what was there where a value is wrong, and says which
// line it was and what it takes.
func TestTable(t *testing.T) {
	text := "[general]\nname=a\nOpened=yes\nmax=3\nmax=10\nmax=x\nwait=5\nopen=perhaps\ncolour=red\ndoor=1\nnme=b\nmember => x\n"
	f, err := Load(FS{FS: fstest.MapFS{"shop.conf": {Data: []byte(text)}}}, "shop.conf", Options{})
	if err != nil {
		t.Fatal(err)
	}
	s, members := shop{wait: time.Minute}, 0
	diags := shopTable.Read(f.Section("general"), &s, func(v Var) bool {
		if v.Name == "member" {
			members++
		}
		return v.Name == "member"
	})
	if want := (shop{"a", true, 3, 5 * time.Second}); s != want || members != 1 {
		t.Errorf("%+v, %d members", s, members)
	}
	var got []string
	for _, d := range diags {
		got = append(got, d.String())
	}
	want := []string{"shop.conf:5: WARNING: '10' is not a valid value of 'max': it takes 1 to 9; it keeps what it had",
		"shop.conf:6: WARNING: 'x' is not a valid value of 'max': it takes 1 to 9; it keeps what it had",
		"shop.conf:8: WARNING: 'perhaps' is not a valid value of 'open': it takes yes or no; it keeps what it had",
		"shop.conf:10: WARNING: door is not supported yet: there are no doors",
		"shop.conf:11: WARNING: unknown option 'nme' in [general] (did you mean 'name'?)"}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if d := shopTable.Read(nil, &s, nil); d != nil {
		t.Error(d)
	}
	rows := shopTable.Rows()
	if len(rows) != 6 || rows[1].Status != "in effect" || rows[4].Status != "accepted" || rows[5].Status != "not yet" ||
		rows[1].Aliases[0] != "opened" {
		t.Errorf("%+v", rows)
	}
}
