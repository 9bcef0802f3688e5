package test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"obelisk/internal/auth"
	"obelisk/internal/boot"
)

// postgres is a PostgreSQL server of its own, on a socket in a folder.
type postgres struct {
	t    testing.TB
	bin  string // folder of its programs
	dir  string
	port int
	cred *syscall.Credential // nil: as we are
}

const postgresPort = 5985

// newPostgres makes a server and starts it; the test is skipped where Debian's package is
// not installed.
func newPostgres(t testing.TB) *postgres {
	t.Helper()
	list, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(list) == 0 {
		if os.Getenv("OBELISK_PEERS") != "" {
			t.Fatal("PostgreSQL is not installed")
		}
		t.Skip("PostgreSQL is not installed; make test installs it")
	}
	dir, err := os.MkdirTemp("", "pg-")
	if err != nil {
		t.Fatal(err)
	}
	p := &postgres{t: t, bin: filepath.Dir(list[len(list)-1]), dir: dir, port: postgresPort}
	if os.Getuid() == 0 { // it does not run as root
		u, err := user.Lookup("postgres")
		if err != nil {
			t.Fatal(err)
		}
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		p.cred = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		os.Chown(dir, uid, gid)
	}
	p.run("initdb", "-D", filepath.Join(dir, "data"), "-U", "asterisk", "-A", "trust", "-N", "--no-instructions")
	t.Cleanup(func() {
		p.stop("immediate")
		os.RemoveAll(dir)
	})
	p.start()
	p.run("psql", "-h", dir, "-p", strconv.Itoa(p.port), "-U", "asterisk", "-d", "postgres", "-c", "CREATE DATABASE asterisk")
	return p
}

func (p *postgres) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(p.bin, name), args...)
	cmd.Dir = p.dir
	if p.cred != nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: p.cred}
	}
	return cmd
}

func (p *postgres) run(name string, args ...string) string {
	p.t.Helper()
	out, err := p.command(name, args...).CombinedOutput()
	if err != nil {
		p.t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return string(out)
}

func (p *postgres) start() {
	p.t.Helper()
	p.run("pg_ctl", "-D", filepath.Join(p.dir, "data"), "-w", "-l", filepath.Join(p.dir, "log"), "-o",
		fmt.Sprintf("-p %d -k %s -c listen_addresses= -c fsync=off", p.port, p.dir), "start")
}

func (p *postgres) stop(mode string) {
	p.command("pg_ctl", "-D", filepath.Join(p.dir, "data"), "-m", mode, "-w", "stop").Run()
}

// sql runs statements and returns what they print.
func (p *postgres) sql(text string) string {
	p.t.Helper()
	return strings.TrimSpace(p.run("psql", "-h", p.dir, "-p", strconv.Itoa(p.port), "-U", "asterisk", "-At", "-v", "ON_ERROR_STOP=1", "-c",
		text))
}

// files are the configuration of a switchboard on it.
func (p *postgres) files(general string) map[string]string {
	return map[string]string{
		"sip.conf":        fmt.Sprintf("[general]\nudpbindaddr=127.0.0.1:%d\nstranger_rate=0\nstrangers_rate=0\n%s", obeliskPort, general),
		"extensions.conf": "[default]\nswitch => Realtime/@\n",
		"extconfig.conf":  "[settings]\nsippeers => pgsql,asterisk,sip_peers\nextensions => pgsql,asterisk,extensions\n",
		"res_pgsql.conf":  fmt.Sprintf("[general]\ndbsock=%s\ndbport=%d\ndbname=asterisk\ndbuser=asterisk\n", p.dir, p.port),
	}
}

// registrant registers phones from one socket, as fast as they are answered.
type registrant struct {
	t    testing.TB
	conn net.Conn
	buf  []byte
	n    int
}

func newRegistrant(t testing.TB) *registrant {
	c, err := net.Dial("udp", fmt.Sprintf("127.0.0.1:%d", obeliskPort))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return &registrant{t: t, conn: c, buf: make([]byte, 4096)}
}

// register is the final status for one phone.
func (r *registrant) register(name, secret string) string {
	credentials := ""
	for try := 0; ; try++ {
		r.n++
		fmt.Fprintf(r.conn, "REGISTER sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP %[1]s;branch=z9hG4bK%[2]d;rport\r\nMax-Forwards: 70\r\nFrom: "+
			"<sip:%[3]s@127.0.0.1>;tag=f\r\nTo: <sip:%[3]s@127.0.0.1>\r\nCall-ID: %[3]s-call\r\nCSeq: %[2]d REGISTER\r\nContact: "+
			"<sip:%[3]s@%[1]s>\r\nExpires: 600\r\n%[4]sContent-Length: 0\r\n\r\n",
			r.conn.LocalAddr(), r.n, name, credentials)
		answer := r.read()
		ch, ok := auth.ParseDigest(header([]byte(answer), "WWW-Authenticate"))
		if !ok || credentials != "" && ch["stale"] != "true" || try > 3 {
			line, _, _ := strings.Cut(answer, "\r\n")
			return strings.TrimPrefix(line, "SIP/2.0 ")
		}
		credentials = "Authorization: " + auth.Credentials{User: name, Password: secret}.Answer(ch, "REGISTER", "sip:127.0.0.1", 1) + "\r\n"
	}
}

// read is the answer to the last request.
func (r *registrant) read() string {
	want := fmt.Sprintf("CSeq: %d ", r.n)
	for {
		r.conn.SetReadDeadline(time.Now().Add(5 * time.Second))
		n, err := r.conn.Read(r.buf)
		if err != nil {
			return "no answer\r\n"
		}
		if text := string(r.buf[:n]); strings.Contains(text, want) && strings.HasPrefix(text, "SIP/2.0") {
			return text
		}
	}
}

// Endpoints and extensions in PostgreSQL, made by obelisk migrate: phones register, where
// they are is in the table and known after a restart; the server is killed while phones
// register, and nothing is lost.
func TestPostgres(t *testing.T) {
	alongside(t, &peersLane)
	p := newPostgres(t)
	dir := t.TempDir()
	for name, text := range p.files("[71]\ntype=friend\nhost=dynamic\nsecret=pw\\;1\nallow=ulaw\nallow=alaw\n[72]\ntype=friend\n" +
		"host=dynamic\nmd5secret=" + auth.MD5.HA1("72", "asterisk", "x") + "\n") {
		os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644)
	}
	var said strings.Builder
	if err := boot.Migrate(dir, dir, false, &said); err != nil {
		t.Fatal(err)
	}
	if got := said.String(); !strings.Contains(got, "table sip_peers of pgsql, asterisk: made\n") ||
		!strings.Contains(got, "2 endpoints of sip.conf put into the table") {
		t.Error(got)
	}
	const many = 300
	p.sql(fmt.Sprintf("INSERT INTO sip_peers (name, type, host, secret) SELECT 'p' || i, 'friend', 'dynamic', 's' || i FROM "+
		"generate_series(1, %d) i", many))
	p.sql("INSERT INTO extensions (context, exten, priority, app, appdata) VALUES ('default', '_7X', '1', 'Dial', 'SIP/${EXTEN},20')")

	sys := started(t, "none", p.files("rtsavesysname=yes\n"))
	r := newRegistrant(t)
	for name, secret := range map[string]string{"71": "pw;1", "72": "x"} {
		if got := r.register(name, secret); got != "200 OK" {
			t.Errorf("%s: %s", name, got)
		}
	}
	if got := r.register("71", "wrong"); got != "403 Forbidden" {
		t.Error(got)
	}
	within(t, 5*time.Second, "the table says where the phone is", func() bool {
		return p.sql("SELECT ipaddr, port > 0, regseconds > extract(epoch from now()) + 500, fullcontact LIKE 'sip:71@127.0.0.1:%' FROM "+
			"sip_peers WHERE name = '71'") == "127.0.0.1|t|t|t"
	})

	// The server is killed in the middle of a storm. Who is known goes on; who is not is
	// told to come later, and does.
	for i := 1; i <= many/2; i++ {
		if got := r.register(fmt.Sprintf("p%d", i), fmt.Sprintf("s%d", i)); got != "200 OK" {
			t.Errorf("p%d: %s", i, got)
		}
		if i == many/3 {
			p.stop("immediate")
			time.Sleep(time.Second)
			break
		}
	}
	for i := 1; i <= many/3; i++ {
		if got := r.register(fmt.Sprintf("p%d", i), fmt.Sprintf("s%d", i)); got != "200 OK" {
			t.Errorf("a refresh of p%d without the database: %s", i, got)
		}
	}
	if got := r.register(fmt.Sprintf("p%d", many), fmt.Sprintf("s%d", many)); !strings.HasPrefix(got, "503 ") {
		t.Errorf("an unknown phone without the database: %s", got)
	}
	p.start()
	later := many - many/3
	for i := many/3 + 1; i <= many; i++ {
		within(t, 10*time.Second, fmt.Sprintf("p%d", i), func() bool {
			return r.register(fmt.Sprintf("p%d", i), fmt.Sprintf("s%d", i)) == "200 OK"
		})
	}
	within(t, 20*time.Second, "all registrations are in the table", func() bool {
		return p.sql("SELECT count(*) FROM sip_peers WHERE name LIKE 'p%' AND regseconds > extract(epoch from now()) + 500") == strconv.Itoa(
			many/3+later)
	})
	if n := len(sys.Driver().Bindings("")); n != many+2 {
		t.Errorf("%d bindings", n)
	}
}

// A column that is added does not spoil a question: the server refuses what it had prepared
// before, on each connection once.
func TestColumnsAreAdded(t *testing.T) {
	alongside(t, &peersLane)
	p := newPostgres(t)
	p.sql("CREATE TABLE sip_peers (id SERIAL PRIMARY KEY, name VARCHAR(80) NOT NULL UNIQUE, type TEXT, host TEXT, secret TEXT)")
	p.sql("INSERT INTO sip_peers (name, type, host, secret) SELECT 'p' || i, 'friend', 'dynamic', 's' || i FROM generate_series(1, 40) i")
	dir := t.TempDir()
	for name, text := range p.files("[71]\ntype=friend\nhost=dynamic\nsecret=a\nqualify=yes\n[72]\ntype=friend\nhost=dynamic\nsecret=b\n" +
		"allow=ulaw\nlanguage=de\n[73]\ntype=friend\nhost=dynamic\nsecret=c\nmailbox=73\n") {
		os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644)
	}
	var said strings.Builder
	if err := boot.Migrate(dir, dir, false, &said); err != nil {
		t.Fatalf("%v\n%s", err, said.String())
	}
	if got := p.sql("SELECT name, qualify, language, mailbox FROM sip_peers WHERE name LIKE '7%' ORDER BY name"); got != "71|yes||\n72||de|\n73|||73" {
		t.Error(got)
	}

	started(t, "none", p.files(""))
	r := newRegistrant(t)
	for i := 1; i <= 40; i++ {
		if i%10 == 0 {
			p.sql(fmt.Sprintf("ALTER TABLE sip_peers ADD COLUMN extra%d TEXT", i))
		}
		if got := r.register(fmt.Sprintf("p%d", i), fmt.Sprintf("s%d", i)); got != "200 OK" {
			t.Errorf("p%d: %s", i, got)
		}
	}
}
