package calls

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"obelisk/dialplan"
	"obelisk/dialplan/app"
	"obelisk/dialplan/fn"
	"obelisk/internal/store"
	"obelisk/internal/trace"
	"obelisk/pbx"
	"obelisk/sounds"

	"github.com/rs/zerolog"
)

// Functions about files, the machine, locks and web servers; those that a running Asterisk
// could be asked about answer as it did.
func TestFunctionsOfTheSystem(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	ff, crlf := file("ff.txt", "line one\nsecond\nthird line\n"), file("crlf.txt", "a\r\nb\r\n")
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.ParseForm()
		w.Write([]byte(r.Method + " " + r.URL.Path + " " + r.PostForm.Get("x") + " " + r.Header.Get("X-A") + "\n"))
	}))
	defer web.Close()

	core := pbx.NewCore(pbx.Config{Log: zerolog.Nop(), Book: trace.NewBook(1)})
	app.Register(core, &sounds.Library{})
	fn.Register(core)
	fn.Database(core, store.Memory())
	a, b := core.Bare(dialplan.Location{Context: "c", Exten: "s", Priority: 1}), core.Bare(dialplan.Location{Context: "c", Exten: "s",
		Priority: 1})
	names := strings.NewReplacer("FF", ff, "CRLF", crlf, "DIR", dir, "WEB", web.URL)
	for _, row := range [][2]string{
		{"${FILE(FF,0,5)}", "line "}, {"${FILE(FF,-4)}", "ine\n"}, {"${FILE(FF,2,-3)}", "ne one\nsecond\nthird line"},
		{"${FILE(FF,1,1,l)}", "second\n"}, {"${FILE(FF,-1,1,l)}", "third line\n"}, {"${FILE(FF,0,-1,l)}", "line one\nsecond\n"},
		{"${FILE(DIR/nope)}", ""}, {"${STAT(e,FF)}${STAT(d,DIR)}${STAT(f,FF)}${STAT(e,/nope)}${STAT(s,/nope)}${STAT(x,DIR)}", "111000"},
		{"${STAT(s,FF)} ${STAT(m,FF)}", "27 100644"},
		{"${FILE_COUNT_LINE(FF)} ${FILE_COUNT_LINE(CRLF,d)} ${FILE_COUNT_LINE(DIR/nope)} ${FILE_FORMAT(FF)}${FILE_FORMAT(CRLF)}", "3 2 -1 ud"},
		{"${LOCK(a)}${TRYLOCK(a)}${TRYLOCK(b)}${UNLOCK(b)}${UNLOCK(c)}", "11110"},
		{"${VERSION(ASTERISK_VERSION_NUM)}", "202001"}, {"${IFMODULE(app_dial.so)}${IFMODULE(app_nope.so)}${IFMODULE(func_cut.so)}", "101"},
		{"${BLACKLIST()}", "0"}, {"${SYSINFO(nope)}", ""}, {"${SYSINFO(numcalls)}", "0"},
		{"${CURL(WEB/p)}", "GET /p  "}, {"${CURL(WEB/p,x=1&y=2)}", "POST /p 1 "}, {"${CURL(http://127.0.0.1:1/)}", ""},
		{"${JSON_DECODE(J,a.b.1)} ${JSON_DECODE(J,a.b,.,c)} ${JSON_DECODE(J,a/c,/)} ${JSON_DECODE(J,x.y)}", `two 2 1.5 `},
		{"${STRBETWEEN(S,.):0:5}", "x.<.m"},
	} {
		a.SetVar("J", `{"a":{"b":["one","two"],"c":1.5}}`)
		a.SetVar("S", "x<mid>y")
		if got := dialplan.Expand(names.Replace(row[0]), a); got != row[1] {
			t.Errorf("%s: %q, want %q", row[0], got, row[1])
		}
	}
	for _, row := range [][3]string{{"FILE", "DIR/w", "hello"}, {"FILE", "DIR/w,0,2", "XX"}, {"FILE", "DIR/w2,,,al,u", "line1"},
		{"FILE", "DIR/w2,,,al,u", "line2"}, {"FILE", "DIR/w2,0,1,l", "new"}, {"DIALGROUP", "g", "SIP/a&SIP/b"}, {"DIALGROUP", "g,add", "SIP/c"},
		{"DIALGROUP", "g,del", "SIP/a"}, {"CURLOPT", "httpheader", "X-A: yes"}} {
		if err := a.WriteFunction(row[0], names.Replace(row[1]), row[2]); err != nil {
			t.Error(err)
		}
	}
	if got := dialplan.Expand(names.Replace("${FILE(DIR/w)} ${FILE(DIR/w2)}${DIALGROUP(g)} ${CURL(WEB/)}"),
		a); got != "XXllo new\nline2\nSIP/b&SIP/c GET /  yes" {
		t.Errorf("written: %q", got)
	}
	if got := dialplan.Expand("${TRYLOCK(a)}", b); got != "0" {
		t.Error("another channel takes a lock that is held")
	}
	core.Drop(a)
	if got := dialplan.Expand("${TRYLOCK(a)}", b); got != "1" {
		t.Error("a lock outlives its channel")
	}
}
