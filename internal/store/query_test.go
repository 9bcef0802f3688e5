package store

import (
	"strings"
	"testing"
)

func TestQuery(t *testing.T) {
	d := Memory()
	d.Put("a", "b", "1")
	d.Put("a", "c", "2")
	d.Put("x", "y", "")
	for text, want := range map[string]string{
		"SELECT * FROM astdb ORDER BY key":                      "key=/a/b value=1|key=/a/c value=2|key=/x/y value=",
		"select count(*) AS n from astdb where key like '/a%';": "n=2",
		"SELECT key FROM astdb WHERE key='/q'":                  "",
		"SELECT nope FROM astdb":                                "error",
		"DELETE FROM astdb":                                     "error",
		"ATTACH '/tmp/x' AS y":                                  "error",
		"SELECT 1; DELETE FROM astdb":                           "error?",
		"":                                                      "error",
	} {
		var rows []string
		err := d.Query(text, func(columns, values []string) {
			var cells []string
			for i := range columns {
				cells = append(cells, columns[i]+"="+values[i])
			}
			rows = append(rows, strings.Join(cells, " "))
		})
		switch {
		case want == "error?": // whatever SQLite makes of two, nothing is changed
		case (err != nil) != (want == "error"):
			t.Errorf("%s: %v", text, err)
		case err == nil && strings.Join(rows, "|") != want:
			t.Errorf("%s: %q", text, rows)
		}
	}
	if len(d.List("")) != 3 {
		t.Error("a question has changed something")
	}
}
