package test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"obelisk/internal/boot"

	"github.com/rs/zerolog"
)

// tool finds a real peer's program. "make test" installs them; a bare "go
// test" without them skips.
func tool(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		if os.Getenv("OBELISK_PEERS") != "" {
			t.Fatalf("%s is not installed", name)
		}
		t.Skipf("%s is not installed; make test installs it", name)
	}
	return path
}

// started runs a switchboard on files copied from testdata, with extra ones.
func started(t testing.TB, from string, extra map[string]string) *boot.System {
	t.Helper()
	dir := t.TempDir()
	files, _ := filepath.Glob(filepath.Join(from, "*.conf"))
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if _, own := extra[filepath.Base(f)]; !own {
			extra[filepath.Base(f)] = string(b)
		}
	}
	extra["asterisk.conf"] = fmt.Sprintf("[directories]\nastdbdir => %[1]s/lib\nastlogdir => %[1]s/log\nastrundir => %[1]s/run\n"+
		"astspooldir => %[1]s/spool\nastdatadir => %[1]s/data\n", dir)
	apart(extra)
	for name, text := range extra {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	log := zerolog.Nop()
	if testing.Verbose() {
		log = zerolog.New(zerolog.ConsoleWriter{Out: os.Stderr, NoColor: true})
	}
	sys, err := boot.Start(boot.Options{ConfFile: filepath.Join(dir, "asterisk.conf"), Log: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		sys.Stop("now")
		sys.Wait()
		if n := sys.Media().PortsInUse(); n != 0 {
			t.Errorf("%d RTP port pairs leaked", n)
		}
	})
	return sys
}

// sipp runs a scenario once from a source address.
func sipp(t *testing.T, scenario, source string, args ...string) {
	t.Helper()
	if err := trySIPp(t, scenario, source, args...); err != nil {
		t.Error(err)
	}
}

func trySIPp(t testing.TB, scenario, source string, args ...string) error {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "scenario.xml")
	if err := os.WriteFile(file, []byte(scenario), 0o644); err != nil {
		t.Fatal(err)
	}
	ip, port, err := net.SplitHostPort(source)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	all := append([]string{"-sf", file, "-i", ip, "-mi", ip, "-p", port, "-m", "1", "-nostdin", "-timeout", "20", "-timeout_error",
		"-trace_err", "-error_file", filepath.Join(dir, "errors"), "127.0.0.1:5970"}, args...)
	cmd := exec.CommandContext(ctx, tool(t, "sipp"), all...)
	cmd.Env, cmd.Dir = append(os.Environ(), "TERM=dumb"), dir
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		errors, _ := os.ReadFile(filepath.Join(dir, "errors"))
		return fmt.Errorf("sipp: %v\n%s", err, errors)
	}
	return nil
}

const sdpBody = "v=0\n      o=sipp 1 1 IN IP4 [local_ip]\n      s=-\n      c=IN IP4 [local_ip]\n      t=0 0\n      m=audio " +
	"[media_port] RTP/AVP 0\n      a=rtpmap:0 PCMU/8000\n"

func scenario(body string) string {
	return "<?xml version=\"1.0\" encoding=\"ISO-8859-1\" ?>\n<scenario name=\"x\">\n" + body + "</scenario>\n"
}

func send(retrans bool, text string) string {
	r := ""
	if retrans {
		r = ` retrans="500"`
	}
	return "<send" + r + "><![CDATA[\n      " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n      ") + "\n\n    ]]></send>\n"
}

func recv(code string) string {
	if code == "401" || code == "407" {
		return fmt.Sprintf("<recv response=\"%s\" auth=\"true\"/>\n", code)
	}
	return fmt.Sprintf("<recv response=\"%s\" rrs=\"true\"/>\n", code)
}

const optional = "<recv response=\"100\" optional=\"true\"/>\n<recv response=\"180\" optional=\"true\"/>\n"

// inviteRow is a caller that expects the given final answers, answering a
// challenge; a 200 is acknowledged and ended with BYE.
func inviteRow(from, exten, user, password, answers string) string {
	var b strings.Builder
	cseq := 0
	invite := func(auth string) {
		cseq++
		b.WriteString(send(true, fmt.Sprintf("INVITE sip:%s@[remote_ip]:[remote_port] SIP/2.0\nVia: SIP/2.0/[transport] "+
			"[local_ip]:[local_port];branch=[branch]\nMax-Forwards: 70\nFrom: <sip:%s@[remote_ip]>;tag=t[call_number]\nTo: "+
			"<sip:%s@[remote_ip]>\nCall-ID: [call_id]\nCSeq: %d INVITE\nContact: <sip:me@[local_ip]:[local_port]>\n%sContent-Type: "+
			"application/sdp\nContent-Length: [len]\n\n%s", exten, from, exten, cseq, auth, sdpBody)))
	}
	follow := func(method string) string {
		branch := "[branch-2]"
		if method != "ACKERR" {
			branch = "[branch]"
		}
		return fmt.Sprintf("%s sip:%s@[remote_ip]:[remote_port] SIP/2.0\nVia: SIP/2.0/[transport] [local_ip]:[local_port];branch=%s\n"+
			"Max-Forwards: 70\nFrom: <sip:%s@[remote_ip]>;tag=t[call_number]\n[last_To:]\nCall-ID: [call_id]\nCSeq: %d %s\nContent-Length: 0",
			strings.TrimSuffix(method, "ERR"), exten, branch, from, cseq, strings.TrimSuffix(method, "ERR"))
	}
	auth := ""
	for _, code := range strings.Fields(answers) {
		invite(auth)
		b.WriteString(optional + recv(code))
		if code != "200" {
			b.WriteString(send(false, strings.Replace(follow("ACKERR"), "[branch-2]", "[branch]", 1)))
			b.WriteString("")
		} else {
			b.WriteString(send(false, follow("ACK")) + "<pause milliseconds=\"50\"/>\n")
			cseq++
			b.WriteString(send(true, follow("BYE")) + recv("200"))
		}
		auth = fmt.Sprintf("[authentication username=%s password=%s]\n", user, password)
	}
	return scenario(b.String())
}

// registerRow is a phone that expects the given final answers.
func registerRow(to, user, password, contact, answers string) string {
	var b strings.Builder
	auth := ""
	for i, code := range strings.Fields(answers) {
		lines := strings.ReplaceAll(contact, `\n`, "\n")
		if lines != "" {
			lines += "\n"
		}
		b.WriteString(send(true, fmt.Sprintf("REGISTER sip:[remote_ip] SIP/2.0\nVia: SIP/2.0/[transport] "+
			"[local_ip]:[local_port];branch=[branch]\nMax-Forwards: 70\nFrom: <sip:%s@[remote_ip]>;tag=t[call_number]\nTo: "+
			"<sip:%s@[remote_ip]>\nCall-ID: [call_id]\nCSeq: %d REGISTER\n%s%sContent-Length: 0", to, to, i+1, lines, auth)) + recv(code))
		auth = fmt.Sprintf("[authentication username=%s password=%s]\n", user, password)
	}
	return scenario(b.String())
}

// table reads a .tsv of testdata.
func table(t *testing.T, name string, columns int) [][]string {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out [][]string
	for sc := bufio.NewScanner(f); sc.Scan(); {
		if l := sc.Text(); l != "" && l[0] != '#' {
			c := strings.Split(l, "\t")
			if len(c) != columns {
				t.Fatalf("%s: %q has %d columns", name, l, len(c))
			}
			out = append(out, c)
		}
	}
	return out
}

var generals = map[string]string{
	"guest":          "allowguest=yes\nalwaysauthreject=yes\n",
	"hidden":         "allowguest=no\nalwaysauthreject=yes\n",
	"plain":          "allowguest=no\nalwaysauthreject=no\n",
	"domains-hidden": "alwaysauthreject=yes\ndomain=pbx.local\n",
	"domains-plain":  "alwaysauthreject=no\ndomain=pbx.local\n",
}

// TestDecisionTables runs every row of the INVITE and REGISTER decision tables
// as a SIPp scenario.
func TestDecisionTables(t *testing.T) {
	alongside(t, &officeLane)
	tool(t, "sipp")
	for general, text := range generals {
		t.Run(general, func(t *testing.T) {
			started(t, "testdata/decisions", map[string]string{"general.conf": text})
			for _, r := range table(t, "testdata/decisions/invite.tsv", 8) {
				if r[1] == general {
					t.Run("INVITE "+r[0], func(t *testing.T) { sipp(t, inviteRow(r[2], r[4], r[5], r[6], r[7]), r[3]) })
				}
			}
			for _, r := range table(t, "testdata/decisions/register.tsv", 7) {
				if r[1] == general {
					t.Run("REGISTER "+r[0], func(t *testing.T) { sipp(t, registerRow(r[2], r[3], r[4], r[5], r[6]), "127.0.0.2:5080") })
				}
			}
		})
	}
}
