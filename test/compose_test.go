package test

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"obelisk/internal/check"
)

const compose = "../docs/packaging/compose"

// The files that the containers run have nothing that check would mend but the secrets that
// are to be changed.
func TestComposeFilesPassCheck(t *testing.T) {
	for _, dir := range []string{"office", "postgres"} {
		list, err := check.Run(filepath.Join(compose, dir), t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range list {
			if f.Severity == "error" || f.Severity == "warning" {
				t.Errorf("%s: %s:%d: %s", dir, f.File, f.Line, f.Message)
			}
		}
	}
}

// The one with a database finds its phones in the tables that come with it.
func TestComposeWithPostgres(t *testing.T) {
	alongside(t, &peersLane)
	p := newPostgres(t)
	tables, err := os.ReadFile(filepath.Join(compose, "postgres/tables.sql"))
	if err != nil {
		t.Fatal(err)
	}
	p.sql(string(tables))
	files := map[string]string{}
	for _, name := range []string{"sip.conf", "extensions.conf", "extconfig.conf", "res_pgsql.conf", "cdr_pgsql.conf"} {
		b, err := os.ReadFile(filepath.Join(compose, "postgres", name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = strings.NewReplacer("127.0.0.1", p.dir, "5432", strconv.Itoa(p.port), "udpbindaddr=0.0.0.0",
			"udpbindaddr=127.0.0.1:0").Replace(string(b))
	}
	sys := started(t, "none", files)
	var shown bytes.Buffer
	sys.Console().Run(&shown, "realtime load sippeers name 101")
	if !strings.Contains(shown.String(), "Reception") {
		t.Errorf("%s", shown.String())
	}
	shown.Reset()
	sys.Console().Run(&shown, "cdr show stores")
	if !strings.Contains(shown.String(), "takes records") {
		t.Errorf("%s", shown.String())
	}
}
