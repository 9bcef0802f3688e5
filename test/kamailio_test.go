package test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"obelisk/internal/boot"
)

// kamailioPort and obeliskPort of these tests.
const kamailioPort, obeliskPort = 5987, 5986

// kamailio runs a Kamailio on a script; what it says is in the file returned.
func kamailio(t *testing.T, script string, tables map[string]string) (log string) {
	t.Helper()
	program := tool(t, "kamailio")
	dir := t.TempDir()
	for name, text := range tables {
		os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644)
	}
	head := fmt.Sprintf("#!KAMAILIO\ndebug=2\nlog_stderror=yes\nchildren=1\ndisable_tcp=yes\nauto_aliases=no\nlisten=udp:127.0.0.1:%d\n"+
		"mpath=\"/usr/lib/x86_64-linux-gnu/kamailio/modules/\"\n", kamailioPort)
	for _, m := range strings.Fields("kex corex tm sl pv xlog") {
		head += "loadmodule \"" + m + ".so\"\n"
	}
	file := filepath.Join(dir, "kamailio.cfg")
	os.WriteFile(file, []byte(head+strings.ReplaceAll(script, "DIR", dir)), 0o644)
	log = filepath.Join(dir, "log")
	out, _ := os.Create(log)
	cmd := exec.Command(program, "-DD", "-E", "-m", "64", "-M", "8", "-f", file, "-P", filepath.Join(dir, "pid"), "-Y", dir)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
		cmd.Wait()
		out.Close()
		if b, _ := os.ReadFile(log); t.Failed() {
			t.Logf("%s", b)
		}
	})
	return log
}

// within waits until f holds.
func within(t *testing.T, d time.Duration, what string, f func() bool) {
	t.Helper()
	for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if f() {
			return
		}
	}
	t.Errorf("not in %v: %s", d, what)
}

func registration(sys *boot.System) string {
	for _, r := range sys.Driver().Registrations() {
		return r.State
	}
	return "none"
}

// A Kamailio registrar that wants SHA-256 with a qop: we register there, and do not where
// sip.conf allows us nothing but MD5.
func TestRegisterWithKamailio(t *testing.T) {
	alongside(t, &peersLane)
	log := kamailio(t, `
loadmodule "textops.so"
loadmodule "auth.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
modparam("auth", "algorithm", "SHA-256")
modparam("auth", "qop", "auth")
modparam("auth", "nonce_count", 1)
modparam("auth", "nonce_expire", 60)
request_route {
	if (is_method("REGISTER")) {
		if (!pv_www_authenticate("kam.test", "secret", "0")) {
			www_challenge("kam.test", "1");
			exit;
		}
		xlog("L_ALERT", "let in: $hdr(Authorization)\n");
		save("location");
		exit;
	}
	sl_send_reply("404", "Not here");
}
`, nil)
	sip := fmt.Sprintf("[general]\nudpbindaddr=127.0.0.1:%d\nregistertimeout=1\nregister => me:secret@127.0.0.1:%d/100\n", obeliskPort,
		kamailioPort)
	for algorithms, want := range map[string]string{"": "Registered", "auth_algorithms=SHA-256,MD5\n": "Registered",
		"auth_algorithms=MD5\n": "Request Sent"} {
		t.Run(algorithms, func(t *testing.T) {
			sys := started(t, "none", map[string]string{"sip.conf": strings.Replace(sip, "registertimeout", algorithms+"registertimeout", 1),
				"extensions.conf": "[default]\n"})
			if want == "Registered" {
				within(t, 20*time.Second, "registered with Kamailio", func() bool { return registration(sys) == want })
			} else {
				time.Sleep(2 * time.Second)
			}
			if got := registration(sys); got != want {
				t.Errorf("%s, want %s", got, want)
			}
		})
	}
	b, _ := os.ReadFile(log)
	for _, l := range strings.Split(string(b), "\n") {
		if strings.Contains(l, "let in:") && (!strings.Contains(l, "algorithm=SHA-256") || !strings.Contains(l, "qop=auth, ")) {
			t.Error(l)
		}
	}
}

// Kamailio's uac module registers with us, with a nonce that it may use again.
func TestKamailioRegisters(t *testing.T) {
	alongside(t, &peersLane)
	for algorithm, lines := range map[string]string{"MD5": "", "MD5, qop": "qop=auth\nnoncelife=30\n"} {
		t.Run(algorithm, func(t *testing.T) {
			sys := started(t, "none", map[string]string{"extensions.conf": "[default]\n",
				"sip.conf": fmt.Sprintf("[general]\nudpbindaddr=127.0.0.1:%d\nminexpiry=5\n%s[kam]\ntype=friend\nhost=dynamic\nsecret=secret\n"+
					"max_contacts=2\n", obeliskPort, lines)})
			columns := "id(int,auto) l_uuid(string) l_username(string) l_domain(string) r_username(string) r_domain(string) realm(string) " +
				"auth_username(string) auth_password(string) auth_ha1(string,null) auth_proxy(string) expires(int) flags(int) reg_delay(int,null) " +
				"contact_addr(string,null) socket(string,null)"
			row := fmt.Sprintf("1:one:here:kam.test:kam:127.0.0.1:asterisk:kam:secret::sip\\:127.0.0.1\\:%d:10:0:0:127.0.0.1\\:%d:", obeliskPort,
				kamailioPort)
			kamailio(t, fmt.Sprintf(`
loadmodule "textops.so"
loadmodule "rr.so"
loadmodule "db_text.so"
loadmodule "uac.so"
modparam("uac", "reg_db_url", "text://DIR")
modparam("uac", "reg_contact_addr", "127.0.0.1:%d")
modparam("uac", "reg_timer_interval", 1)
modparam("uac", "reg_retry_interval", 2)
request_route {
	sl_send_reply("200", "OK");
}
`, kamailioPort), map[string]string{"uacreg": columns + "\n" + row + "\n", "version": "table_name(string) table_version(int)\nuacreg:5\n"})
			within(t, 20*time.Second, "Kamailio registers", func() bool { return len(sys.Driver().Bindings("kam")) == 1 })
			for _, b := range sys.Driver().Bindings("kam") {
				within(t, 20*time.Second, "Kamailio refreshes", func() bool {
					now := sys.Driver().Bindings("kam")
					return len(now) == 1 && now[0].Expires.After(b.Expires) && now[0].UserAgent == b.UserAgent
				})
				if !strings.HasPrefix(b.UserAgent, "kamailio") {
					t.Errorf("%+v", b)
				}
			}
		})
	}
}
