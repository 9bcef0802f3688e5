package test

import (
	"bytes"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"obelisk/internal/check"
	"obelisk/internal/testkit"
)

// pageNet is the network of the pages: 192.168.1.10 is the switchboard, others are phones. Each
// folder has one of its own on loopback, so that it runs beside others.
const pageNet = "192.168.1."

// guideRun is one folder of the guide while it runs.
type guideRun struct {
	*process
	folder *guideFolder
	home   string
	net    string            // its network, as 127.0.100.
	names  *strings.Replacer // addresses of the pages by ours
}

// address is that of the switchboard.
func (g *guideRun) address() string { return g.net + "10" }

func TestGuide(t *testing.T) {
	t.Parallel()
	folders := readGuide(t)
	for name := range guideCalls {
		if !slices.ContainsFunc(folders, func(f *guideFolder) bool { return f.name == name }) {
			t.Errorf("no page has the folder %s", name)
		}
	}
	for i, f := range folders {
		t.Run(f.name, func(t *testing.T) {
			alongside(t, nil)
			runGuide(t, f, fmt.Sprintf("127.0.%d.", 100+i))
		})
	}
}

// guidePaths are the paths of the pages by those of a folder.
func guidePaths(dir string) *strings.Replacer {
	packaging, _ := filepath.Abs("../docs/packaging")
	return strings.NewReplacer("/etc/asterisk", dir, "/var/log/asterisk", dir+"/log", "/var/spool/asterisk", dir+"/spool",
		"/var/lib/asterisk", dir+"/lib", "/var/run/asterisk", dir+"/run", "/usr/share/doc/obelisk", packaging)
}

func asteriskConf(dir string) string {
	return fmt.Sprintf("[directories]\nastdbdir => %[1]s/lib\nastvarlibdir => %[1]s/lib\nastlogdir "+
		"=> %[1]s/log\nastrundir => %[1]s/run\nastspooldir => %[1]s/spool\n", dir)
}

func writeFiles(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		os.MkdirAll(filepath.Dir(path), 0o755)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

var guideListens = regexp.MustCompile(`(?m)^(;?\w*bindaddr ?= ?)0\.0\.0\.0`)

// runGuide checks a folder, starts it, makes its calls and runs its commands.
func runGuide(t *testing.T, f *guideFolder, net string) {
	g := &guideRun{folder: f, home: t.TempDir(), net: net, names: strings.NewReplacer(pageNet, net)}
	if nodes := f.nodes(); nodes != nil {
		dir := filepath.Join(g.home, nodes[0])
		g.process = &process{t: t, dir: dir, conf: filepath.Join(dir, "asterisk.conf")}
		g.machines(t)
		g.run()
		return
	}
	dir := filepath.Join(g.home, "office")
	files := map[string]string{"asterisk.conf": asteriskConf(dir)}
	for name, text := range f.files {
		files[name] = guideListens.ReplaceAllString(g.names.Replace(guidePaths(dir).Replace(text)), "${1}"+g.address())
	}
	writeFiles(t, dir, files)
	g.process = &process{t: t, dir: dir, conf: filepath.Join(dir, "asterisk.conf")}
	if f.files["extensions.conf"] != "" {
		g.check()
	}
	g.tools()
	starts := slices.ContainsFunc(f.fences, func(x guideFence) bool { return x.lang == "sh" && x.word == "start" })
	if calls := guideCalls[f.name]; !starts && (calls != nil || f.files["sip.conf"] != "") {
		g.begin(func() { g.start() })
		if calls != nil {
			calls(g)
		}
	}
	g.run()
}

// run runs the commands of the folder.
func (g *guideRun) run() {
	f, paths := g.folder, guidePaths(g.dir)
	for i := 0; i < len(f.fences); i++ {
		x := &f.fences[i]
		if x.lang != "sh" {
			continue
		}
		promised := ""
		if i+1 < len(f.fences) && f.fences[i+1].lang == "text" && f.fences[i+1].word == "" {
			promised = paths.Replace(g.names.Replace(f.fences[i+1].text))
		}
		script := paths.Replace(g.names.Replace(x.text))
		switch x.word {
		case "machine":
			g.read(x)
		case "start":
			if f.nodes() != nil { // systemctl starts them, and returns
				g.sh(x, script, "")
			} else {
				g.begin(func() { g.background(script) })
			}
			if calls := guideCalls[f.name]; calls != nil {
				calls(g)
			}
		default:
			g.sh(x, script, promised)
		}
	}
}

// check holds what obelisk check tells of the files against what the page says it would.
func (g *guideRun) check() {
	g.t.Helper()
	list, err := check.Run(g.dir, g.dir)
	if err != nil {
		g.t.Fatal(err)
	}
	found := map[string]bool{}
	for _, x := range list {
		if x.Severity == "note" {
			continue
		}
		found[x.Code] = true
		if !slices.Contains(g.folder.finds, x.Code) {
			g.t.Errorf("obelisk check: %s:%d: %s [%s]", x.File, x.Line, x.Message, x.Code)
		}
	}
	for _, code := range g.folder.finds {
		if !found[code] {
			g.t.Errorf("obelisk check does not find %s", code)
		}
	}
}

// tools makes the commands of the pages: obelisk is this program, and its console that of the
// folder; sudo is nothing.
func (g *guideRun) tools() {
	path, err := program()
	if err != nil {
		g.t.Fatal(err)
	}
	bin := filepath.Join(g.home, "bin")
	os.MkdirAll(bin, 0o755)
	obelisk := fmt.Sprintf("#!/bin/sh\ncase \"$1\" in -r*) exec %[1]s -C %[2]s \"$@\";; esac\nexec %[1]s \"$@\"\n", path, g.conf)
	for name, text := range map[string]string{"obelisk": obelisk, "sudo": "#!/bin/sh\nexec \"$@\"\n"} {
		if err := os.WriteFile(filepath.Join(bin, name), []byte(text), 0o755); err != nil {
			g.t.Fatal(err)
		}
	}
}

func (g *guideRun) bash(args ...string) *exec.Cmd {
	cmd := exec.Command("bash", args...)
	cmd.Dir = g.dir
	cmd.Env = append(os.Environ(), "HOME="+g.home, "PATH="+filepath.Join(g.home, "bin")+":"+os.Getenv("PATH"))
	return cmd
}

// begin starts the switchboard and waits until it takes calls.
func (g *guideRun) begin(start func()) {
	g.t.Helper()
	start()
	for end := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		if out, code := g.rx("core waitfullybooted"); code == 0 && strings.Contains(out, "fully booted") {
			return
		}
		if time.Now().After(end) {
			g.t.Fatalf("it does not start:\n%s", g.out.String())
		}
	}
}

// background runs the commands that start the switchboard.
func (g *guideRun) background(script string) {
	g.cmd = g.bash("-c", "exec 2>&1\n"+script)
	g.cmd.Stdout = &g.out
	if err := g.cmd.Start(); err != nil {
		g.t.Fatal(err)
	}
	g.t.Cleanup(func() { g.rx("core stop now"); g.cmd.Process.Kill(); g.cmd.Wait() })
}

// sh runs commands. Without an output that is promised they must do what they do.
func (g *guideRun) sh(x *guideFence, script, promised string) {
	g.t.Helper()
	var out bytes.Buffer
	cmd := g.bash("-c", script)
	late := time.AfterFunc(3*time.Minute, func() { cmd.Process.Kill() })
	defer late.Stop()
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	if promised == "" && err != nil {
		g.t.Errorf("%s: %v\n%s", x.at(), err, out.String())
	}
	if line := shown(promised, out.String()); line != "" {
		g.t.Errorf("%s: the page promises\n  %s\nand it is\n%s", x.at(), line, out.String())
	}
}

// read looks at commands that are not run: bash understands them, and obelisk has such commands.
func (g *guideRun) read(x *guideFence) {
	g.t.Helper()
	if out, err := g.bash("-n", "-c", x.text).CombinedOutput(); err != nil {
		g.t.Errorf("%s: %s", x.at(), out)
	}
	for _, m := range regexp.MustCompile(`\bobelisk ([a-z]+)\b`).FindAllStringSubmatch(x.text, -1) {
		if out, err := g.bash("-c", "obelisk help "+m[1]).CombinedOutput(); err != nil {
			g.t.Errorf("%s: obelisk %s: %s", x.at(), m[1], out)
		}
	}
}

// phone is a phone that is registered, on a host of the network of the phones.
func (g *guideRun) phone(host int, user, secret string) *testkit.Phone {
	g.t.Helper()
	p := g.newPhone(host, user, secret)
	if status, _, err := p.Register(300); status != 200 {
		g.t.Fatalf("%s is not registered: %d %v", user, status, err)
	}
	return p
}

// newPhone is one that is not registered yet.
func (g *guideRun) newPhone(host int, user, secret string) *testkit.Phone {
	g.t.Helper()
	return g.newPhoneOf(g.address(), host, user, secret)
}

// newPhoneOf is newPhone for another registrar.
func (g *guideRun) newPhoneOf(registrar string, host int, user, secret string) *testkit.Phone {
	g.t.Helper()
	at := netip.MustParseAddrPort(fmt.Sprintf("%s%d:5060", g.net, host))
	p, err := testkit.NewPhone(testkit.SystemListen, at, netip.MustParseAddrPort(registrar+":5060"), user, secret)
	if err != nil {
		g.t.Fatal(err)
	}
	g.t.Cleanup(p.Close)
	return p
}

// talks calls a number, which another phone answers where there is one.
func (g *guideRun) talks(from *testkit.Phone, number string, to *testkit.Phone) (out, in *testkit.Call) {
	g.t.Helper()
	out = from.Dial(number)
	if to != nil {
		select {
		case in = <-to.Incoming:
			in.Ring()
			in.Answer()
		case <-time.After(patience):
			g.t.Fatalf("%s does not ring the phone", number)
		}
	}
	if !out.Wait("200", patience) {
		g.t.Fatalf("%s is not answered", number)
	}
	return out, in
}
