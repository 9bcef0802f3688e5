package boot

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// Levels of custom_levels are written by Log(), and shown.
func TestOwnLevels(t *testing.T) {
	h := newHouse(t, map[string]string{"extensions.conf": "[inside]\nexten => 1,1,Log(FOO,one)\n same => n,Log(call notes,two)\n" +
		" same => n,Log(bar,three)\n",
		"logger.conf": "[general]\ncustom_levels=foo, Call Notes\n[logfiles]\nmine => foo\nall => *\nnotes => call notes,warning\n"})
	h.start(false)
	h.run("channel originate Local/1@inside application Wait 1")
	for range 100 {
		if strings.Contains(h.read("log/notes"), "Log: 'bar' is not error") {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	show := h.run("logger show channels")
	levels := h.run("logger show levels")
	h.stop()
	for file, want := range map[string]string{"mine": ": one", "notes": ": two", "all": ": two"} {
		if text := h.read("log/" + file); !strings.Contains(text, "Ext. 1"+want) {
			t.Errorf("%s: %s", file, text)
		}
	}
	if text := h.read("log/mine"); strings.Count(text, "\n") != 1 || !strings.Contains(text, "] foo[") {
		t.Errorf("mine: %s", text)
	}
	if !strings.Contains(show, "Call Notes") || !strings.Contains(levels, "   16 foo\n   17 Call Notes\n   21 SECURITY\n") {
		t.Errorf("%s%s", show, levels)
	}
}

// The channels of logger.conf, their levels and forms, and what becomes of files that are
// put aside.
func TestLoggerConf(t *testing.T) {
	h := newHouse(t, map[string]string{"extensions.conf": "[inside]\nexten => 1,1,Nope()\n",
		"logger.conf": "[general]\ndateformat=%F %H\nrotatestrategy=rotate\n[logfiles]\nconsole => debug\nfull => " +
			"notice,warning,error,verbose(3),security\nonly => error\nfull.json => [json]warning,sekurity\n"})
	h.start(false)
	h.logs.Security(`SecurityEvent="X"`)
	read := func(name string) string {
		return h.read("log/"+name+".1") + h.read("log/"+name+".0") + h.read("log/"+name)
	}
	if out := h.run("logger rotate"); out != "" {
		t.Error(out)
	}
	h.log.Warn().Msg("second")
	h.run("logger rotate")
	h.log.Error().Msg("third")
	h.stop()
	all := read("full")
	for _, want := range []string{"NOTICE[", "WARNING[", "SECURITY[", ": SecurityEvent=\"X\"\n",
		"extensions.conf:2: application 'Nope' is not there"} {
		if !strings.Contains(all, want) {
			t.Errorf("no %q in full:\n%s", want, all)
		}
	}
	if !strings.HasPrefix(all, "[20") || all[11:14] == "" || strings.Index(all, "]") != 14 {
		t.Errorf("dateformat: %s", all[:40])
	}
	if only := read("only"); !strings.Contains(only, "third") || strings.Contains(only, "WARNING") {
		t.Errorf("only: %s", only)
	}
	var l struct {
		Logmsg struct{ Level, Message string }
	}
	first, _, _ := strings.Cut(read("full.json"), "\n")
	if err := json.Unmarshal([]byte(first), &l); err != nil || l.Logmsg.Level != "WARNING" {
		t.Errorf("%v %s", err, first)
	}
	if !strings.Contains(all, "unknown level 'sekurity' is ignored") {
		t.Error("an unknown level is not told of")
	}
}
