package doctor

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

var today = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)

// sound is a machine where nothing is wrong, below a folder, and what is installed there.
func sound(t *testing.T) (Machine, Installation) {
	root := t.TempDir()
	write := func(path, text string) {
		p := filepath.Join(root, path)
		os.MkdirAll(filepath.Dir(p), 0o755)
		if err := os.WriteFile(p, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		os.Chtimes(p, today.Add(-time.Hour), today.Add(-time.Hour))
	}
	for path, text := range map[string]string{
		"/etc/resolv.conf": "nameserver 192.0.2.53\n", "/proc/sys/kernel/osrelease": "6.12.1\n", "/proc/net/udp": header,
		"/proc/net/tcp": header, "/etc/asterisk/sip.conf": "[general]\n", "/proc/modules": "nf_tables 1 0\n",
		"/proc/net/snmp": "Udp: InDatagrams RcvbufErrors\nUdp: 5 0\n",
	} {
		write(path, text)
	}
	for _, d := range []string{"/var/log/asterisk", "/var/spool/asterisk", "/var/lib/asterisk", "/run/asterisk"} {
		os.MkdirAll(filepath.Join(root, d), 0o777)
		os.Chmod(filepath.Join(root, d), 0o777)
	}
	m := Machine{Root: root, Built: today.Add(-100 * time.Hour), Now: func() time.Time { return today },
		Resolve:      func(context.Context, string) error { return nil },
		Command:      func(string, ...string) (string, error) { return "", errors.New("not found") },
		Identity:     func(string) (identity, error) { return identity{"obelisk", 4711, []int{4711}}, nil },
		Addresses:    func() []netip.Addr { return []netip.Addr{netip.MustParseAddr("192.168.1.5")} },
		Synchronised: func() (bool, error) { return true, nil },
		Free:         func(string) (uint64, float64, float64, error) { return 10 << 30, 0.5, 0.5, nil }}
	for d := root; len(d) > 5; d = filepath.Dir(d) {
		os.Chmod(d, 0o755) // the folders of tests are their user's alone
	}
	in := Installation{Config: "/etc/asterisk", Files: []string{"/etc/asterisk/sip.conf"}, RTP: [2]int{10000, 20000},
		Languages: []string{"en"}, Folders: []Folder{{"/var/log/asterisk", "astlogdir"}, {"/var/spool/asterisk", "astspooldir"},
			{"/var/lib/asterisk", "astdbdir"}, {"/run/asterisk", "astrundir"}},
		Ports: []Port{{"udp", netip.MustParseAddrPort("0.0.0.0:5060"), "SIP", "sip.conf:2"}}}
	return m, in
}

const header = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"

// at0 is a line of /proc/net/udp for 0.0.0.0:5060.
const at0 = "  10: 00000000:13C4 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 4242 2 0000000000000000 0\n"

func (m Machine) write(t *testing.T, path, text string) {
	t.Helper()
	p := filepath.Join(m.Root, path)
	os.MkdirAll(filepath.Dir(p), 0o755)
	if err := os.WriteFile(p, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// has makes a process that has the socket 4242.
func (m Machine) has(t *testing.T, pid int, name string) {
	t.Helper()
	dir := fmt.Sprintf("/proc/%d", pid)
	m.write(t, dir+"/comm", name+"\n")
	os.MkdirAll(filepath.Join(m.Root, dir, "fd"), 0o755)
	os.Symlink("socket:[4242]", filepath.Join(m.Root, dir, "fd/7"))
	os.Symlink("/usr/sbin/"+name, filepath.Join(m.Root, dir, "exe"))
}

func (m Machine) certificate(t *testing.T, path string, from, to time.Time) {
	t.Helper()
	key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	c := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: from, NotAfter: to}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	k, _ := x509.MarshalECPrivateKey(key)
	m.write(t, path, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))+string(
		pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: k})))
}

func TestSoundMachine(t *testing.T) {
	m, in := sound(t)
	if lines := Examine(m, in); Worst(lines) != OK {
		var b bytes.Buffer
		Write(&b, lines)
		t.Error(b.String())
	}
}

// Addresses that a machine may listen at: its own, and any where the kernel is told so.
func TestAddressesOfTheMachine(t *testing.T) {
	m, in := sound(t)
	for _, a := range []string{"192.168.1.5:5060", "127.0.0.9:5060", "[::]:5060", "[::1]:5060", "[fe80::7%eth0]:5060"} {
		in.Ports = append(in.Ports, Port{"udp", netip.MustParseAddrPort(a), "SIP", "sip.conf:2"})
	}
	if lines := Examine(m, in); Worst(lines) != OK {
		t.Error(lines)
	}
	in.Ports = append(in.Ports, Port{"udp", netip.MustParseAddrPort("198.51.100.7:5060"), "SIP", "sip.conf:2"})
	m.write(t, "/proc/sys/net/ipv6/ip_nonlocal_bind", "1\n")
	if lines := Examine(m, in); Worst(lines) != Fail {
		t.Error("what holds for IPv6 alone: ", lines)
	}
	m.write(t, "/proc/sys/net/ipv4/ip_nonlocal_bind", "1\n")
	if lines := Examine(m, in); Worst(lines) != OK {
		t.Error(lines)
	}
}

// Broken machines: each is told by one line that names what is broken.
func TestBrokenMachines(t *testing.T) {
	for name, c := range map[string]struct {
		breaks func(t *testing.T, m *Machine, in *Installation)
		want   string
	}{
		"a port is taken": {func(t *testing.T, m *Machine, _ *Installation) {
			m.write(t, "/proc/net/udp", header+at0)
			m.has(t, 812, "kamailio")
		}, "fail ports SIP wants 0.0.0.0:5060/udp (sip.conf:2), which is taken by kamailio (process 812)"},
		"a folder is somebody else's": {func(t *testing.T, m *Machine, _ *Installation) {
			os.Chmod(filepath.Join(m.Root, "/var/spool/asterisk"), 0o755)
		}, "fail permissions user 'obelisk' cannot write in /var/spool/asterisk (astspooldir): /var/spool/asterisk belongs to " +
			userName(os.Getuid()) + " (drwxr-xr-x)"},
		"a certificate has expired": {func(t *testing.T, m *Machine, in *Installation) {
			m.certificate(t, "/etc/asterisk/tls.pem", today.Add(-1000*time.Hour), today.Add(-49*time.Hour))
			in.Certs = []Certificate{{Cert: "/etc/asterisk/tls.pem", What: "SIP over TLS", Pos: "sip.conf:9"}}
		}, "fail certificates SIP over TLS (sip.conf:9): /etc/asterisk/tls.pem has expired on 2026-11-28"},
		"DNS is dead": {func(t *testing.T, m *Machine, in *Installation) {
			m.Resolve = func(context.Context, string) error { return errors.New("i/o timeout") }
			in.Names = []Name{{"sip.example.org", "host 'sip.example.org' of 'trunk'", "sip.conf:20"}}
			in.External = true
			in.LocalNets = true
		}, "fail dns host 'sip.example.org' of 'trunk' (sip.conf:20) is not found: i/o timeout"},
		"the clock is off": {func(t *testing.T, m *Machine, _ *Installation) {
			m.Now = func() time.Time { return time.Date(2000, 1, 1, 0, 0, 5, 0, time.UTC) }
		}, "fail time the clock says 2000-01-01 00:00:05, and this program was made on 2026-11-26: certificates, time conditions and call " +
			"records are wrong"},
		"a file of tomorrow": {func(t *testing.T, m *Machine, _ *Installation) {
			os.Chtimes(filepath.Join(m.Root, "/etc/asterisk/sip.conf"), today, today.Add(30*time.Hour))
		}, "fail time the clock says 2026-11-30 12:00:00, and /etc/asterisk/sip.conf was written at 2026-12-01 18:00:00"},
		"nobody gives the time": {func(t *testing.T, m *Machine, _ *Installation) {
			m.Synchronised = func() (bool, error) { return false, nil }
		}, "warn time 2026-11-30 12:00:00, time zone UTC; no time server is followed"},
		"a file cannot be read": {func(t *testing.T, m *Machine, _ *Installation) {
			os.Chmod(filepath.Join(m.Root, "/etc/asterisk/sip.conf"), 0o600)
		}, "fail permissions user 'obelisk' cannot read /etc/asterisk/sip.conf"},
		"a disk is full": {func(t *testing.T, m *Machine, _ *Installation) {
			m.Free = func(string) (uint64, float64, float64, error) { return 1 << 20, 0.0001, 0.5, nil }
		}, "fail disk the disk of /var/log/asterisk (astlogdir) is full: 1 MB are free"},
		"no file can be made": {func(t *testing.T, m *Machine, _ *Installation) {
			m.Free = func(string) (uint64, float64, float64, error) { return 1 << 40, 0.5, 0, nil }
		}, "fail disk the disk of /var/log/asterisk (astlogdir) is full: 1048576 MB are free, and 0.0 % of its files"},
		"an Asterisk runs": {func(t *testing.T, m *Machine, _ *Installation) {
			m.has(t, 99, "asterisk")
		}, "warn asterisk an Asterisk runs here (process 99)"},
		"a firewall": {func(t *testing.T, m *Machine, _ *Installation) {
			m.Command = func(name string, _ ...string) (string, error) {
				return "table inet filter {\n\tchain input {\n\t\ttype filter hook input priority 0; policy drop;\n\t\ttcp dport 22 accept\n\t}\n}\n",
					nil
			}
		}, "warn firewall the firewall drops by default, and no rule names 5060/udp (SIP), 10000-20000/udp (audio)"},
		"a SIP-ALG": {func(t *testing.T, m *Machine, _ *Installation) {
			m.write(t, "/proc/modules", "nf_nat_sip 16384 0 - Live 0x0\n")
		}, "warn nat the kernel rewrites SIP by itself (nf_nat_sip, a SIP-ALG)"},
		"behind a router": {func(t *testing.T, m *Machine, in *Installation) { in.Outside = true },
			"warn nat this machine has private addresses only (192.168.1.5), and there are peers outside"},
		"a bridge": {func(t *testing.T, m *Machine, _ *Installation) {
			m.write(t, "/.dockerenv", "")
			m.write(t, "/sys/class/net/eth0/ifindex", "7\n")
			m.write(t, "/sys/class/net/eth0/iflink", "8\n")
		}, "warn container this is a container (docker) behind a bridge (eth0)"},
		"few files": {func(t *testing.T, m *Machine, _ *Installation) {
			m.write(t, "/proc/net/udp", header+at0)
			m.has(t, 5, "obelisk")
			m.write(t, "/proc/5/limits", "Max open files            1024                 1048576              files\n")
		}, "warn limits process 5 may have 1024 files open"},
		"packets are lost": {func(t *testing.T, m *Machine, _ *Installation) {
			m.write(t, "/proc/net/snmp", "Udp: InDatagrams RcvbufErrors\nUdp: 5 17\n")
		}, "warn limits the kernel has thrown 17 UDP packets away"},
		"an old kernel": {func(t *testing.T, m *Machine, in *Installation) {
			in.FastPath = "yes"
			m.write(t, "/proc/sys/kernel/osrelease", "5.10.0-30-amd64\n")
		}, "warn kernel rtpfastpath needs Linux 6.6, and this is 5.10.0-30-amd64"},
		"no rights": {func(t *testing.T, m *Machine, in *Installation) { in.FastPath = "yes" },
			"warn kernel rtpfastpath needs CAP_BPF and CAP_NET_ADMIN, which user 'obelisk' has not"},
		"a low port": {func(t *testing.T, m *Machine, in *Installation) {
			in.Ports = append(in.Ports, Port{"tcp", netip.MustParseAddrPort("0.0.0.0:443"), "HTTPS", "http.conf:3"})
		}, "fail ports HTTPS wants 0.0.0.0:443/tcp (http.conf:3): user 'obelisk' may not have ports below 1024"},
		"an address of another machine": {func(t *testing.T, m *Machine, in *Installation) {
			in.Ports = append(in.Ports, Port{"udp", netip.MustParseAddrPort("198.51.100.7:5060"), "SIP", "sip.conf:2"})
		}, "fail ports SIP wants 198.51.100.7:5060/udp (sip.conf:2): this machine does not have that address"},
		"no sounds": {func(t *testing.T, m *Machine, in *Installation) {
			in.Languages, in.Speaks = []string{"de"}, func(string) bool { return false }
		}, "warn sounds there is no sound set for 'de'"},
		"broken files": {func(t *testing.T, m *Machine, in *Installation) { in.Broken = "sip.conf:3: missing ']'" },
			"fail files sip.conf:3: missing ']'"},
		"no name server": {func(t *testing.T, m *Machine, in *Installation) {
			m.write(t, "/etc/resolv.conf", "search example.org\n")
			in.Names = []Name{{"sip.example.org", "x", ""}}
		}, "fail dns /etc/resolv.conf names no name server"},
		"two services": {func(t *testing.T, m *Machine, _ *Installation) {
			m.write(t, "/etc/systemd/system/multi-user.target.wants/asterisk.service", "")
			m.write(t, "/etc/systemd/system/multi-user.target.wants/obelisk.service", "")
		}, "warn asterisk the services asterisk and obelisk both start with the machine"},
	} {
		t.Run(name, func(t *testing.T) {
			m, in := sound(t)
			c.breaks(t, &m, &in)
			level, _, _ := strings.Cut(c.want, " ")
			lines := slices.DeleteFunc(Examine(m, in), func(l Line) bool { return l.Level == OK })
			if len(lines) == 0 || !strings.HasPrefix(string(lines[0].Level)+" "+lines[0].Check+" "+lines[0].Text, c.want) ||
				Worst(lines) != Level(level) {
				t.Errorf("got %+v\nwant %s", lines, c.want)
			}
		})
	}
}

func TestJSON(t *testing.T) {
	m, in := sound(t)
	m.has(t, 99, "asterisk")
	var b bytes.Buffer
	if err := WriteJSON(&b, Examine(m, in)); err != nil {
		t.Fatal(err)
	}
	var out struct {
		Level Level
		Lines []Line
	}
	if err := json.Unmarshal(b.Bytes(), &out); err != nil || out.Level != Warn || len(out.Lines) < 10 {
		t.Errorf("%v %s", err, b.String())
	}
	for _, l := range out.Lines {
		if !slices.Contains(Checks, l.Check) {
			t.Errorf("%s is not among the checks", l.Check)
		}
	}
}

func FuzzProcNet(f *testing.F) {
	f.Add(header+at0, "nf_nat_sip 1")
	f.Add("x\n  1: 0000000000000000FFFF00000100007F:0050 0:0 0A a b c d e f\n", "")
	f.Fuzz(func(t *testing.T, udp, modules string) {
		root := t.TempDir()
		e := &examination{m: Machine{Root: root}}
		e.m.write(t, "/proc/net/udp", udp)
		e.m.write(t, "/proc/net/tcp6", udp)
		e.m.write(t, "/proc/net/snmp", modules)
		for _, s := range e.sockets() {
			if !s.addr.IsValid() {
				t.Errorf("%+v", s)
			}
		}
		e.dropped()
		names(udp, 5060)
		drops(modules)
	})
}
