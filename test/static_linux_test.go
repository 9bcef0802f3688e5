package test

import (
	"bytes"
	"debug/elf"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// static is the program as the tarball and the container have it, in a folder of its own.
func static(t *testing.T) (root string) {
	t.Helper()
	root = t.TempDir()
	os.Mkdir(filepath.Join(root, "tmp"), 0o777) // the image has it too
	build := exec.Command("go", "build", "-tags", "static", "-o", filepath.Join(root, "obelisk"), "obelisk/cmd/obelisk")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return root
}

// alone is a command of the program with nothing else in its world.
func alone(root string, args ...string) *exec.Cmd {
	cmd := exec.Command("/obelisk", args...)
	cmd.Env = []string{"HOME=/state"}
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root}
	return cmd
}

// The container's image has the program, no loader and no library: it runs in an empty world, is
// asked by its own console, and carries a call.
func TestStaticProgramRunsAlone(t *testing.T) {
	alongside(t, nil)
	root := static(t)
	file, err := elf.Open(filepath.Join(root, "obelisk"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, p := range file.Progs {
		if p.Type == elf.PT_INTERP {
			t.Error("it asks for a dynamic loader")
		}
	}
	if libs, _ := file.ImportedLibraries(); len(libs) > 0 {
		t.Errorf("it asks for %v", libs)
	}
	out, err := alone(root, "version").CombinedOutput()
	if errors.Is(err, syscall.EPERM) {
		t.Skip("an empty world (chroot) needs root")
	}
	if err != nil || !strings.HasPrefix(string(out), "Obelisk ") {
		t.Fatalf("%v %s", err, out)
	}
	if out, err := alone(root, "demo").CombinedOutput(); err != nil || !strings.Contains(string(out), "200 OK") {
		t.Errorf("demo: %v\n%s", err, out)
	}

	etc := filepath.Join(root, "etc/asterisk")
	os.MkdirAll(etc, 0o755)
	os.WriteFile(filepath.Join(etc, "sip.conf"),
		[]byte("[general]\nudpbindaddr=127.0.0.1:0\n[100]\ntype=friend\nhost=dynamic\nsecret=abc12345\n"), 0o644)
	os.WriteFile(filepath.Join(etc, "extensions.conf"), []byte("[default]\nexten => 100,1,Dial(SIP/100)\n"), 0o644)
	server := alone(root, "-f")
	var log bytes.Buffer
	server.Stdout, server.Stderr = &log, &log
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		server.Process.Signal(syscall.SIGTERM)
		server.Wait()
		if t.Failed() {
			t.Log(log.String())
		}
	}()
	for end := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		out, err = alone(root, "-rx", "sip show peers").CombinedOutput()
		if err == nil && strings.Contains(string(out), "100 ") {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("%v %s", err, out)
		}
	}
}
