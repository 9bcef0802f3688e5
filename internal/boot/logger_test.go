package boot

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rs/zerolog"
)

// The channels of logger.conf, their levels and forms, and what becomes of files that are
// put aside.
func TestLoggerConf(t *testing.T) {
	w := newWorldWith(t, map[string]string{"sip.conf": baseSIP, "extensions.conf": "[inside]\nexten => 1,1,Nope()\n",
		"logger.conf": "[general]\ndateformat=%F %H\nrotatestrategy=rotate\n[logfiles]\nconsole => debug\nfull => notice,warning,error,verbose(3),security\nonly => error\nfull.json => [json]warning,sekurity\n"})
	w.stop() // its own log is silent, and then these are too
	os.RemoveAll(filepath.Join(w.dir, "log"))
	sys, err := Start(Options{ConfFile: filepath.Join(w.dir, "asterisk.conf"), Log: zerolog.New(io.Discard), NoConsole: true, ListenUDP: w.net.Listen})
	if err != nil {
		t.Fatal(err)
	}
	w.sys = sys
	w.sys.logs.event(`SecurityEvent="X"`)
	read := func(name string) string {
		b, _ := os.ReadFile(filepath.Join(w.dir, "log", name))
		return string(b)
	}
	if out := w.console("logger rotate"); out != "" {
		t.Error(out)
	}
	w.sys.log.Warn().Msg("second")
	w.console("logger rotate")
	w.sys.log.Error().Msg("third")
	w.stop()
	all := read("full.1") + read("full.0") + read("full")
	for _, want := range []string{"NOTICE[", "WARNING[", "SECURITY[", ": SecurityEvent=\"X\"\n", "application 'Nope' is not there"} {
		if !strings.Contains(all, want) {
			t.Errorf("no %q in full:\n%s", want, all)
		}
	}
	if !strings.HasPrefix(all, "[20") || all[11:14] == "" || strings.Index(all, "]") != 14 {
		t.Errorf("dateformat: %s", all[:40])
	}
	if only := read("only.1") + read("only.0") + read("only"); !strings.Contains(only, "third") || strings.Contains(only, "WARNING") {
		t.Errorf("only: %s", only)
	}
	var l struct {
		Logmsg struct{ Level, Message string }
	}
	first, _, _ := strings.Cut(read("full.json.1")+read("full.json.0")+read("full.json"), "\n")
	if err := json.Unmarshal([]byte(first), &l); err != nil || l.Logmsg.Level != "WARNING" {
		t.Errorf("%v %s", err, first)
	}
	if !strings.Contains(all, "unknown level 'sekurity' is ignored") {
		t.Error("an unknown level is not told of")
	}
}
