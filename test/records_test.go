package test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"obelisk/internal/store/realtime"
	stores "obelisk/internal/store/records"
	"obelisk/pbx/cdr"
)

// load has SIPp's own caller make so many calls in a second.
func load(t *testing.T, calls, rate int) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(tool(t, "sipp"), "-sn", "uac", "-i", "127.0.0.41", "-mi", "127.0.0.41", "-p", "5062", "-s", "1", "-m",
		fmt.Sprint(calls), "-r", fmt.Sprint(rate), "-nostdin", "-timeout", "120", "-d", "20", fmt.Sprintf("127.0.0.1:%d", obeliskPort))
	cmd.Env, cmd.Dir = append(os.Environ(), "TERM=dumb"), t.TempDir()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	return cmd
}

// Records in a table of PostgreSQL that is the user's own: with columns of numbers, of
// times, of names that he gave, one that fills itself and one that refuses. The server is
// killed while calls end, and each has one row.
func TestRecordsInPostgres(t *testing.T) {
	alongside(t, &peersLane)
	tool(t, "sipp")
	p := newPostgres(t)
	p.sql("CREATE TABLE cdr (id serial, calldate timestamp, answer timestamp, clid varchar(80), src varchar(80), dst varchar(80), " +
		"duration int, billsec float, disposition varchar(45), amaflags int, uniqueid varchar(150) PRIMARY KEY, shop varchar(8))")
	sys := started(t, "none", map[string]string{
		"sip.conf": fmt.Sprintf("[general]\nudpbindaddr=127.0.0.1:%d\ncontext=in\nstranger_rate=0\nstrangers_rate=0\nguest_calls=0\n"+
			"guests_calls=0\nguests_share=0\noverload_maxage=0\n", obeliskPort),
		"extensions.conf": "[in]\nexten => 1,1,Set(CDR(shop)=Berlin)\nsame => n,Answer()\nsame => n,Wait(10)\nexten => 2,1,Set(CDR(shop)=too " +
			"long for it)\nsame => n,Answer()\n",
		"cdr.conf":       "[general]\nunanswered=yes\n",
		"cdr_pgsql.conf": fmt.Sprintf("[global]\nhostname=%s\nport=%d\ndbname=asterisk\nuser=asterisk\ntable=cdr\n", p.dir, p.port)})
	rows := func() string { return p.sql("SELECT count(*), count(DISTINCT uniqueid) FROM cdr") }
	var shown bytes.Buffer
	sys.Console().Run(&shown, "channel originate Local/2@in/n application Wait 1")

	const calls, later = 300, 10
	caller := load(t, calls, 200)
	within(t, time.Minute, "records are there", func() bool { return p.sql("SELECT count(*) > 20 FROM cdr") == "t" })
	p.stop("immediate")
	if err := caller.Wait(); err != nil {
		t.Errorf("SIPp: %v", err)
	}
	if err := load(t, later, 10).Wait(); err != nil { // all others may have ended before
		t.Errorf("SIPp: %v", err)
	}
	within(t, time.Minute, "it is said that the database is away", func() bool {
		shown.Reset()
		sys.Console().Run(&shown, "cdr show stores")
		return strings.HasPrefix(shown.String(), "pgsql: cannot be reached; records wait in the spool")
	})
	p.start()
	want := fmt.Sprintf("%d|%d", calls+later, calls+later)
	within(t, time.Minute, "each call has a row", func() bool {
		return p.sql("SELECT count(*), count(DISTINCT uniqueid) FROM cdr WHERE shop = 'Berlin'") == want
	})
	if got := p.sql("SELECT DISTINCT dst, disposition, amaflags, duration <= 20, max(billsec) OVER () > 0.01, " +
		"answer >= calldate, calldate > now()::timestamp - interval '1 hour', id > 0 FROM cdr WHERE shop = 'Berlin'"); got !=
		"1|ANSWERED|3|t|t|t|t|t" {
		t.Errorf("%s rows; %s", rows(), got)
	}
	shown.Reset()
	sys.Console().Run(&shown, "core show settings")
	spool := ""
	for _, l := range strings.Split(shown.String(), "\n") {
		if f := strings.Fields(l); len(f) == 3 && f[0] == "Spool" {
			spool = f[2]
		}
	}
	refused, _ := os.ReadFile(filepath.Join(spool, "cdr", "pgsql.refused"))
	if !strings.Contains(string(refused), "too long for it") {
		t.Errorf("what the database refuses is not kept in %s: %s", spool, refused)
	}
}

// The process is killed while calls end and phones register: of no call that was told of
// as over the record is lost, and of no phone that had its answer the place.
func TestKilledUnderLoad(t *testing.T) {
	alongside(t, &peersLane)
	const port = 5939
	p := run(t, map[string]string{
		"sip.conf": fmt.Sprintf("[general]\nudpbindaddr=127.0.0.1:%d\ncontext=in\nstranger_rate=0\nstrangers_rate=0\nguest_calls=0\n"+
			"guests_calls=0\nguests_share=0\n%s", obeliskPort, phones(10000)),
		"extensions.conf":  "[in]\nexten => 1,1,Answer()\nsame => n,Wait(10)\n",
		"cdr.conf":         "[general]\nunanswered=yes\n[csv]\nloguniqueid=yes\n",
		"cdr_manager.conf": "[general]\nenabled=yes\n",
		"manager.conf":     fmt.Sprintf("[general]\nenabled=yes\nbindaddr=127.0.0.1\nport=%d\n[a]\nsecret=b\nread=cdr\n", port)})
	ended, told := records(t, port)
	load(t, 100000, 200)
	r := newRegistrant(t)
	var registered []string
	for until, i := time.Now().Add(2*time.Second), 0; i < 10000 && (time.Now().Before(until) || i < 100 || told() < 100); i++ {
		name := fmt.Sprintf("p%d", i)
		if got := r.register(name, "s"); got != "200 OK" {
			t.Fatalf("%s: %s", name, got)
		}
		registered = append(registered, name)
	}
	p.cmd.Process.Kill()
	p.cmd.Wait()
	list := ended()
	master, _ := os.ReadFile(filepath.Join(p.dir, "log/cdr-csv/Master.csv"))
	lost := 0
	for _, id := range list {
		if !bytes.Contains(master, []byte(`"`+id+`"`)) {
			lost++
		}
	}
	p.start()
	within(t, time.Minute, "it starts again", func() bool { _, code := p.rx("core waitfullybooted"); return code == 0 })
	peers, _ := p.rx("sip show peers")
	away := 0
	for _, name := range registered {
		if !strings.Contains(peers, "\n"+name+"/"+name+" ") {
			away++
		}
	}
	t.Logf("%d records told of, %d phones registered", len(list), len(registered))
	if len(list) < 100 || lost > 0 {
		t.Errorf("of %d records %d are lost", len(list), lost)
	}
	if len(registered) < 100 || away > 0 {
		t.Errorf("of %d phones %d are forgotten", len(registered), away)
	}
}

func phones(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "[p%d]\ntype=friend\nhost=dynamic\nsecret=s\n", i)
	}
	return b.String()
}

// records listens to the manager interface; ended waits for its end and tells the unique ids of all records, told is how many there are
// until now.
func records(t *testing.T, port int) (ended func() []string, told func() int64) {
	t.Helper()
	c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(c, "Action: Login\r\nUsername: a\r\nSecret: b\r\n\r\n")
	var out []string
	var count atomic.Int64
	var over sync.WaitGroup
	over.Go(func() {
		in := false
		for s := bufio.NewScanner(c); s.Scan(); {
			switch l := s.Text(); {
			case strings.HasPrefix(l, "Event: "):
				in = l == "Event: Cdr"
			case in && strings.HasPrefix(l, "UniqueID: "):
				out = append(out, strings.TrimPrefix(l, "UniqueID: "))
				count.Add(1)
			}
		}
	})
	return func() []string {
		defer c.Close()
		over.Wait()
		return out
	}, count.Load
}

// PostgreSQL is asked what became of a transaction whose end nobody has seen.
func TestPostgresKnowsItsTransactions(t *testing.T) {
	alongside(t, &peersLane)
	p := newPostgres(t)
	p.sql("CREATE TABLE cdr (src varchar(80))")
	sink, err := stores.NewPostgres(realtime.Source{Host: p.dir, Port: fmt.Sprint(p.port), Database: "asterisk",
		User: "asterisk"}, "", "cdr", false)
	if err != nil {
		t.Fatal(err)
	}
	defer sink.Close()
	for _, stop := range []error{nil, errors.New("no room for the note"), nil} {
		name := ""
		err := sink.Write([]cdr.Entry{{Record: cdr.Record{Src: "1001"}}}, func(tx string) error { name = tx; return stop })
		if (err == nil) != (stop == nil) {
			t.Fatalf("%v: %v", stop, err)
		}
		if taken, err := sink.Taken(name); err != nil || name == "" || taken != (stop == nil) {
			t.Errorf("%q is taken: %v, %v", name, taken, err)
		}
	}
	if taken, err := sink.Taken("4000000000"); taken || err != nil {
		t.Errorf("one that never was is taken: %v, %v", taken, err)
	}
	if got := p.sql("SELECT count(*) FROM cdr"); got != "2" {
		t.Errorf("%s rows", got)
	}
}
