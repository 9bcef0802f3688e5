package calls

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"obelisk/internal/boot"
	"obelisk/internal/testkit"

	"github.com/rs/zerolog"
)

// givenUp counts what the log says of panics.
type givenUp struct{ n atomic.Int32 }

func (g *givenUp) Write(b []byte) (int, error) {
	if bytes.Contains(b, []byte("given up")) || bytes.Contains(b, []byte("panic")) {
		g.n.Add(1)
	}
	return len(b), nil
}

// FuzzManager sends whole sessions of somebody who may do everything.
func FuzzManager(f *testing.F) {
	dir, log := f.TempDir(), &givenUp{}
	for name, text := range map[string]string{"asterisk.conf": "[directories]\nastdbdir => " + dir + "/lib\nastlogdir => " + dir +
		"/log\nastrundir => " + dir + "/run\nastspooldir => " + dir + "/spool\nastdatadir => " + dir + "/data\n",
		"sip.conf": baseSIP, "extensions.conf": baseExtensions, "manager.conf": managerConf} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			f.Fatal(err)
		}
	}
	sys, err := boot.Start(boot.Options{ConfFile: filepath.Join(dir, "asterisk.conf"), Log: zerolog.New(log), NoConsole: true,
		SoundHomes: []string{}, ListenUDP: testkit.NewNetwork(testkit.Faults{}).Listen, Resolve: names})
	if err != nil {
		f.Fatal(err)
	}
	defer func() {
		sys.Stop("now")
		sys.Wait()
	}()
	for _, a := range sys.AMI().Actions() {
		for _, fields := range []string{"", "Channel: Local/600@inside\r\nContext: inside\r\nExten: 600\r\nPriority: 1\r\nVariable: A=1,B\r\n" +
			"Family: f\r\nKey: k\r\nVal: v\r\nFilename: sip.conf\r\nCommand: core show channels\r\nMailbox: 1@default"} {
			f.Add(strings.TrimSuffix("Action: "+a[0]+"\r\nActionID: 1\r\n"+fields, "\r\n"))
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, word := range []string{"stop", "restart", "waitevent", "logoff", "system", "shell", "exec", "file(", "curl"} {
			if strings.Contains(strings.ToLower(text), word) {
				t.Skip("it would wait, end or reach the machine")
			}
		}
		near, far := net.Pipe()
		go sys.AMI().Serve(near)
		go fmt.Fprintf(far, "Action: Login\r\nUsername: admin\r\nSecret: secret\r\nEvents: off\r\n\r\n%s\r\n\r\nAction: Logoff\r\n\r\n", text)
		far.SetReadDeadline(time.Now().Add(2 * time.Second))
		answers, _ := io.ReadAll(far)
		far.Close()
		if log.n.Load() > 0 || bytes.Contains(answers, []byte("internal error")) {
			t.Errorf("something was given up: %s", answers)
		}
	})
}
