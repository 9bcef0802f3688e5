package boot

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rs/zerolog"
)

// A container behind a bridge says so at the start, with what helps; one with the host's
// network, or that knows its address, does not.
func TestContainerIsHonest(t *testing.T) {
	for name, c := range map[string]struct {
		links map[string][2]string
		sip   string
		want  string
	}{
		"a bridge": {map[string][2]string{"lo": {"1", "1"}, "eth0": {"7", "8"}}, "",
			"behind a bridge (eth0): phones are told an address that only the host can reach; run it with the host's network"},
		"an address of its own": {map[string][2]string{"lo": {"1", "1"}, "eth0": {"7", "8"}},
			"externaddr=198.51.100.7\nlocalnet=172.17.0.0/16\n", ""},
		"the host's network": {map[string][2]string{"lo": {"1", "1"}, "eth0": {"2", "2"}, "veth1": {"9", "3"}}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			root, dir := t.TempDir(), t.TempDir()
			os.WriteFile(filepath.Join(root, ".dockerenv"), nil, 0o644)
			for link, n := range c.links {
				p := filepath.Join(root, "sys/class/net", link)
				os.MkdirAll(p, 0o755)
				os.WriteFile(filepath.Join(p, "ifindex"), []byte(n[0]+"\n"), 0o644)
				os.WriteFile(filepath.Join(p, "iflink"), []byte(n[1]+"\n"), 0o644)
			}
			var conf strings.Builder
			conf.WriteString("[directories](!)\n")
			for _, d := range []string{"astetcdir", "astvarlibdir", "astdbdir", "astdatadir", "astspooldir", "astrundir", "astlogdir"} {
				conf.WriteString(d + " => " + dir + "\n")
			}
			os.WriteFile(filepath.Join(dir, "asterisk.conf"), []byte(conf.String()), 0o644)
			os.WriteFile(filepath.Join(dir, "sip.conf"), []byte("[general]\nudpbindaddr=0.0.0.0:0\n"+c.sip), 0o644)
			var log bytes.Buffer
			sys, err := Start(Options{ConfFile: filepath.Join(dir, "asterisk.conf"), Home: t.TempDir(), NoConsole: true, Root: root,
				Log: zerolog.New(zerolog.SyncWriter(&log))})
			if err != nil {
				t.Fatal(err)
			}
			sys.Stop("now")
			sys.Wait()
			text := log.String()
			if c.want == "" && strings.Contains(text, "behind a bridge") || !strings.Contains(text, c.want) {
				t.Errorf("want %q in\n%s", c.want, text)
			}
		})
	}
}
