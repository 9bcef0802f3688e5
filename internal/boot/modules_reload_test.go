package boot

import (
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Each module reads its own files at its own reload, and at that of all; what it says then is in
// force, and no other file is.
func TestEachModuleIsReloaded(t *testing.T) {
	for _, c := range []struct{ module, file, text, command, want string }{
		{"rtp", "rtp.conf", "[general]\nrtpstart=12000\nrtpend=12999\n", "rtp show settings", "12000"},
		{"http", "http.conf", "[general]\nprefix=pbx\n", "http show status", "/pbx"},
		{"cdr", "cdr.conf", "[general]\nenable=no\n", "cdr show status", "Disabled"},
		{"cel", "cel.conf", "[general]\nenable=yes\nevents=HANGUP\n", "cel show status", "HANGUP"},
		{"indications", "indications.conf", "[general]\ncountry=xx\n[xx]\ndescription=Nowhere\nbusy=400\n", "indication show", "Nowhere"},
		{"acl", "acl.conf", "[office]\ndeny=0.0.0.0/0\n", "acl show", "office"},
		{"logger", "logger.conf", "[logfiles]\nother => error\n", "logger show channels", "- ERROR"},
		{"manager", "manager.conf", "[general]\n[ann]\nsecret=x\n", "manager show users", "ann"},
		{"dnsmgr", "dnsmgr.conf", "[general]\nenable=yes\nrefreshinterval=77\n", "dnsmgr status", "77"},
		{"pbx_config", "extensions.conf", "[default]\nexten => 601,1,Answer()\n", "dialplan show 601@default", "Answer"},
		{"chan_sip", "sip.conf", onePhone + "[1002]\ntype=friend\nhost=dynamic\n", "sip show peers", "1002"},
		{"res_clialiases", "cli_aliases.conf", "[general]\ntemplate=own\n[own]\nhupp=core show uptime\n", "cli show aliases", "hupp"},
		{"musiconhold", "musiconhold.conf", "[jazz]\nmode=playlist\nentry=/x.wav\n", "moh show classes", "Class: jazz"},
	} {
		h := newHouse(t, nil)
		h.start(false)
		h.write(c.file, c.text)
		if got := h.run(c.command); strings.Contains(got, c.want) {
			t.Errorf("%s: at first:\n%s", c.module, got)
		}
		h.run("module reload features res_prometheus")
		if got := h.run(c.command); strings.Contains(got, c.want) {
			t.Errorf("%s: the reload of another module has put it in force:\n%s", c.module, got)
		}
		if got := h.run("module reload " + c.module); got != "Module '"+c.module+"' reloaded successfully.\n" {
			t.Errorf("%s: %s", c.module, got)
		}
		if got := h.run(c.command); !strings.Contains(got, c.want) {
			t.Errorf("%s: after its reload:\n%s", c.module, got)
		}
		if got := h.run("module show like " + h.moduleOf(c.module)); !strings.Contains(got, "Running") {
			t.Errorf("%s: %s", c.module, got)
		}
		h.stop()
	}
}

// Several are reloaded in turn; what has no file, or is not there, is told.
func TestReloadOfSeveral(t *testing.T) {
	h := newHouse(t, nil)
	h.start(false)
	defer h.stop()
	want := "Module 'cdr' reloaded successfully.\nThe module 'app_dial.so' does not support reloads\nNo such module 'app_none.so'\nThe " +
		"module 'pbx_spool.so' does not support reloads\n" +
		"Module 'res_rtp_asterisk.so' reloaded successfully.\n"
	if got := h.run("module reload cdr app_dial.so app_none.so pbx_spool.so res_rtp_asterisk.so"); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

func (h *house) moduleOf(name string) string { return moduleNamed(h.conf.modules, name) }

// With a list of acl.conf those who name it are read.
func TestListsComeIntoForce(t *testing.T) {
	h := newHouse(t, map[string]string{"acl.conf": "[office]\npermit=0.0.0.0/0\n", "sip.conf": onePhone + "acl=office\n"})
	h.start(false)
	defer h.stop()
	h.write("acl.conf", "[office]\ndeny=0.0.0.0/0\npermit=10.9.0.0/16\n")
	h.run("module reload acl")
	if got := fmt.Sprint(h.driver.Directory().Lookup("1001").ACL); !strings.Contains(got, "10.9.0.0/16") {
		t.Errorf("of the endpoint: %s", got)
	}
}

// Where metrics are and who may read them follows prometheus.conf.
func TestMetricsMove(t *testing.T) {
	h := newHouse(t, map[string]string{"prometheus.conf": "[general]\nenabled=yes\n"})
	h.start(false)
	defer h.stop()
	status := func(path string) int {
		w := httptest.NewRecorder()
		h.web.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		io.Copy(io.Discard, w.Body)
		return w.Code
	}
	h.write("prometheus.conf", "[general]\nenabled=yes\nuri=figures\n")
	h.run("module reload res_prometheus")
	if a, b := status("/metrics"), status("/figures"); a != 404 || b != 200 {
		t.Errorf("%d, %d", a, b)
	}
}

// What only a start puts in force is named at each reload, until the files say again what they said.
func TestWhatNeedsARestart(t *testing.T) {
	h := newHouse(t, nil)
	h.start(false)
	defer h.stop()
	for _, c := range []struct{ file, before, text, want string }{
		{"rtp.conf", "[general]\n", "[general]\nrtpfastpath=yes\n", "rtp.conf: rtpfastpath"},
		{"sip.conf", onePhone, strings.Replace(onePhone, "5060", "5062", 1), "sip.conf: udpbindaddr"},
		{"sip.conf", onePhone, strings.Replace(onePhone, "[1001]", "tos_sip=cs3\n[1001]", 1), "sip.conf: tos_sip and cos_sip"},
		{"sip.conf", onePhone, strings.Replace(onePhone, "[1001]", "tos_audio=ef\n[1001]", 1), "sip.conf: tos_audio and cos_audio"},
		{"sip.conf", onePhone, strings.Replace(onePhone, "[1001]", "tcpauthlimit=7\n[1001]", 1), "sip.conf: tcpauthlimit"},
		{"extconfig.conf", "[settings]\n", "[settings]\nsippeers => sqlite3,x\n", "extconfig.conf: the tables and their databases"},
	} {
		h.write(c.file, c.text)
		for _, command := range []string{"module reload", "core reload"} {
			if got := h.run(command); command == "module reload" && got != "Not before the next start: "+c.want+"\n" {
				t.Errorf("%s: %s says %q", c.want, command, got)
			}
		}
		h.write(c.file, c.before)
		if got := h.run("module reload"); got != "" {
			t.Errorf("%s: taken back: %q", c.want, got)
		}
	}
}

// What a file said stays in force when a reload finds it gone, as in Asterisk, at each reload until it is back; the other
// files are read.
func TestReloadWithoutAFile(t *testing.T) {
	files := map[string]string{
		"rtp.conf": "[general]\nrtpstart=12000\nrtpend=12999\n", "http.conf": "[general]\nprefix=pbx\n", "cdr.conf": "[general]\nenable=no\n",
		"cel.conf": "[general]\nenable=yes\nevents=HANGUP\n", "indications.conf": "[general]\ncountry=xx\n[xx]\ndescription=Nowhere\nbusy=400\n",
		"acl.conf": "[office]\ndeny=0.0.0.0/0\npermit=10.9.0.0/16\n", "manager.conf": "[general]\n[ann]\nsecret=x\n",
		"dnsmgr.conf":     "[general]\nenable=yes\nrefreshinterval=77\n",
		"extensions.conf": "[default]\nexten => 601,1,Answer()\n", "sip.conf": onePhone + "acl=office\n[1002]\ntype=friend\nhost=dynamic\n",
		"musiconhold.conf": "[jazz]\nmode=playlist\nentry=/x.wav\n", "queues.conf": "[q1]\n",
		"cli_aliases.conf": "[general]\ntemplate=own\n[own]\nhupp=core show uptime\n", "voicemail.conf": "[default]\n100 => 1,Ann\n"}
	commands := map[string]string{"rtp.conf": "rtp show settings", "http.conf": "http show status", "cdr.conf": "cdr show status",
		"cel.conf": "cel show status", "indications.conf": "indication show", "acl.conf": "acl show", "manager.conf": "manager show users",
		"dnsmgr.conf": "dnsmgr status", "extensions.conf": "dialplan show default", "sip.conf": "sip show peers",
		"musiconhold.conf": "moh show classes", "queues.conf": "queue show", "cli_aliases.conf": "cli show aliases",
		"voicemail.conf": "voicemail show users"}
	h := newHouse(t, files)
	h.start(false)
	defer h.stop()
	for file, command := range commands {
		before := h.run(command)
		if err := os.Remove(filepath.Join(h.dir, file)); err != nil {
			t.Fatal(err)
		}
		for _, reload := range []string{"core reload", "core reload", "module reload"} {
			h.run(reload)
			if got := h.run(command); got != before {
				t.Errorf("%s is gone, %s, %s:\n%s\nwas\n%s", file, reload, command, got, before)
			}
		}
		if got := fmt.Sprint(h.driver.Directory().Lookup("1001").ACL); !strings.Contains(got, "10.9.0.0/16") {
			t.Errorf("%s is gone: the list of the endpoint is %s", file, got)
		}
		if file == "acl.conf" {
			h.run("module reload chan_sip")
			if got := fmt.Sprint(h.driver.Directory().Lookup("1001").ACL); !strings.Contains(got, "10.9.0.0/16") {
				t.Errorf("acl.conf is gone, sip reload: the list of the endpoint is %s", got)
			}
		}
		h.write(file, files[file])
	}
	os.Remove(filepath.Join(h.dir, "http.conf"))
	h.write("queues.conf", "[q2]\n")
	h.run("core reload")
	if got := h.run("queue show"); !strings.HasPrefix(got, "q2 ") {
		t.Errorf("another file is gone, and queues.conf was not read: %s", got)
	}
	h.write("http.conf", "")
	h.run("core reload")
	if got := h.run("http show status"); strings.Contains(got, "/pbx") {
		t.Errorf("an empty file takes back nothing: %s", got)
	}
}
