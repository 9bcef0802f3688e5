package cdr

import (
	"encoding/csv"
	"strings"
	"testing"
	"time"
)

func at(s string) time.Time {
	t, _ := time.ParseInLocation(time.DateTime, s, time.Local)
	return t
}

// The line of the reference, taken from a running Asterisk.
func TestLineAsAsterisk(t *testing.T) {
	c := Config{LogUniqueID: true, LogUserField: true}
	r := Record{AccountCode: "acc1", Src: "100", Dst: "201", DContext: "internal", CLID: `"Alice A" <100>`, Channel: "SIP/alice-00000004",
		DstChannel: "SIP/bob-00000005", LastApp: "Dial", LastData: "SIP/bob&SIP/carol,2", Start: at("2026-11-20 21:08:10"),
		End: at("2026-11-20 21:08:12"), Disposition: NoAnswer, AMAFlags: "DOCUMENTATION", UniqueID: "1795208890.116"}
	want := `"acc1","100","201","internal","""Alice A"" <100>","SIP/alice-00000004","SIP/bob-00000005","Dial","SIP/bob&SIP/carol,2","2026-11-20 21:08:10",,"2026-11-20 21:08:12",2,0,"NO ANSWER","DOCUMENTATION","1795208890.116",""` + "\n"
	if got := c.Line(&r); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// Whatever a record holds, it is one line.
func FuzzLine(f *testing.F) {
	f.Add("x\"\r\n\"\",\"admin\",\x00")
	f.Fuzz(func(t *testing.T, s string) {
		r := Record{AccountCode: s, Src: s, Dst: s, CLID: s, Channel: s, LastData: s, UserField: s, UniqueID: s}
		c := Config{LogUniqueID: true, LogUserField: true, NewColumns: true}
		line := c.Line(&r)
		if strings.Count(line, "\n") != 1 || strings.ContainsAny(line, "\r\x00\x1b") {
			t.Fatalf("%q", line)
		}
		fields, err := csv.NewReader(strings.NewReader(line)).Read()
		if err != nil || len(fields) != 21 {
			t.Fatalf("%d fields, %v: %q", len(fields), err, line)
		}
	})
}
