package test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// beside is a switchboard that runs beside the test.
type beside struct {
	b    *testing.B
	dir  string
	bin  string
	cmd  *exec.Cmd
	from time.Time
}

func (o *beside) start() {
	o.from = time.Now()
	o.cmd = exec.Command(o.bin, "-q", "-f", "-C", filepath.Join(o.dir, "asterisk.conf"))
	if err := o.cmd.Start(); err != nil {
		o.b.Fatal(err)
	}
}

func (o *beside) ask(command string) string {
	out, _ := exec.Command(o.bin, "-C", filepath.Join(o.dir, "asterisk.conf"), "-rx", command).CombinedOutput()
	return string(out)
}

// until waits for a console answer that ends in the text.
func (o *beside) until(command, want string) time.Duration {
	for time.Since(o.from) < time.Minute {
		if strings.HasSuffix(o.ask(command), want) {
			return time.Since(o.from)
		}
		time.Sleep(20 * time.Millisecond)
	}
	o.b.Fatalf("%s: not %q but %q", command, want, o.ask(command))
	return 0
}

func (o *beside) stop() {
	o.cmd.Process.Signal(os.Interrupt)
	o.cmd.Wait()
}

// cpu is the CPU time used so far; memory the resident memory in KB.
func (o *beside) cpu() time.Duration {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", o.cmd.Process.Pid))
	f := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+2:]))
	user, _ := strconv.Atoi(f[11])
	system, _ := strconv.Atoi(f[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}

func (o *beside) memory() float64 {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", o.cmd.Process.Pid))
	_, after, _ := strings.Cut(string(b), "VmRSS:")
	n, _ := strconv.ParseFloat(strings.Fields(after)[0], 64)
	return n
}

// A hundred thousand endpoints in PostgreSQL, ten thousand of them registered: CPU for a
// first registration and for a refresh, memory for a phone, and how long after a restart
// all are known again.
func BenchmarkRealtime(b *testing.B) {
	const all, registered = 100_000, 10_000
	p := newPostgres(b)
	p.sql("CREATE TABLE sip_peers (id SERIAL PRIMARY KEY, name VARCHAR(40) NOT NULL UNIQUE, type TEXT, host TEXT, secret TEXT, context " +
		"TEXT, ipaddr VARCHAR(45), port INTEGER, regseconds BIGINT, defaultuser TEXT, fullcontact TEXT, regserver TEXT, useragent TEXT, " +
		"lastms INTEGER)")
	p.sql(fmt.Sprintf("INSERT INTO sip_peers (name, type, host, secret, context) SELECT 'p' || i, 'friend', 'dynamic', 's' || i, "+
		"'default' FROM generate_series(0, %d) i", all-1))
	p.sql("CREATE TABLE extensions (context TEXT, exten TEXT, priority TEXT, app TEXT, appdata TEXT)")
	for _, mode := range []string{"", "rtcachefriends=yes\n"} {
		name := "read"
		if mode != "" {
			name = "cached"
		}
		b.Run(name, func(b *testing.B) {
			o := &beside{b: b, dir: b.TempDir(), bin: filepath.Join(b.TempDir(), "obelisk")}
			if out, err := exec.Command("go", "build", "-o", o.bin, "../cmd/obelisk").CombinedOutput(); err != nil {
				b.Fatalf("%s", out)
			}
			files := p.files(mode)
			files["asterisk.conf"] = fmt.Sprintf("[directories]\nastdbdir => %[1]s/lib\nastlogdir => %[1]s/log\nastrundir => %[1]s/run\n"+
				"astspooldir => %[1]s/spool\nastdatadir => %[1]s/data\n", o.dir)
			files["logger.conf"] = "[general]\n"
			for name, text := range files {
				os.WriteFile(filepath.Join(o.dir, name), []byte(text), 0o644)
			}
			o.start()
			o.until("realtime show status", "1 databases, 0 writes wait\n")
			time.Sleep(time.Second)
			empty := o.memory()
			round := func() float64 {
				begun := o.cpu()
				var wg sync.WaitGroup
				for k := range 4 {
					r := newRegistrant(b)
					wg.Go(func() {
						for i := k; i < registered; i += 4 {
							if got := r.register(fmt.Sprintf("p%d", i), fmt.Sprintf("s%d", i)); got != "200 OK" {
								b.Errorf("p%d: %s", i, got)
							}
						}
					})
				}
				wg.Wait()
				o.until("realtime show status", "1 databases, 0 writes wait\n")
				return float64((o.cpu() - begun).Microseconds()) / registered
			}
			first := round()
			o.from = time.Now()
			second := round()
			time.Sleep(3 * time.Second)
			full := o.memory()
			o.stop()
			o.start()
			known := o.until("sip show registrations", fmt.Sprintf("%d contacts.\n", registered))
			b.ReportMetric(first, "us-CPU/first-registration")
			b.ReportMetric(second, "us-CPU/refresh")
			b.ReportMetric((full-empty)/registered, "KB/phone")
			b.ReportMetric(known.Seconds(), "s-to-know-all-again")
			b.ReportMetric(0, "ns/op")
			o.stop()
		})
	}
}
