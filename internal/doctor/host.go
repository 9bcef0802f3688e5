package doctor

import (
	"fmt"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
)

// The machine itself, and who else is on it.

func userName(uid int) string {
	if u, err := user.LookupId(strconv.Itoa(uid)); err == nil {
		return u.Username
	}
	return strconv.Itoa(uid)
}

// unitFiles are those of obelisk.service that are in force, drop-ins last.
func (e *examination) unitFiles() (out []string) {
	for _, dir := range []string{"/etc/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"} {
		if p := dir + "/obelisk.service"; e.exists(p) {
			out = append(out, p)
			break
		}
	}
	more, _ := filepath.Glob(e.path("/etc/systemd/system/obelisk.service.d/*.conf"))
	for _, p := range more {
		out = append(out, strings.TrimPrefix(p, e.m.Root))
	}
	return out
}

// service looks whether it would be there after the next start of the machine.
func (e *examination) service() {
	switch {
	case !e.exists("/run/systemd/system"):
	case len(e.unitFiles()) == 0:
		e.say("service", Warn, "the packages bring one; else copy docs/packaging/obelisk.service",
			"there is no obelisk.service: nobody starts it with the machine")
	case !e.exists("/etc/systemd/system/multi-user.target.wants/obelisk.service"):
		e.say("service", Warn, "systemctl enable obelisk", "obelisk.service is not enabled: nobody starts it with the machine")
	default:
		e.say("service", OK, "", "obelisk.service starts with the machine, as user '%s'", e.user.name)
	}
}

// asterisk looks for one beside: both want the same ports and folders.
func (e *examination) asterisk() {
	comms, _ := filepath.Glob(e.path("/proc/[0-9]*/comm"))
	for _, c := range comms {
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(c)))
		if strings.TrimSpace(e.read(strings.TrimPrefix(c, e.m.Root))) == "asterisk" && e.nameOf(pid) != "obelisk" {
			e.say("asterisk", Warn, "systemctl start obelisk stops Asterisk's service; systemctl start asterisk goes back",
				"an Asterisk runs here (process %d): both want the same ports and folders", pid)
			return
		}
	}
	both := e.exists("/etc/systemd/system/multi-user.target.wants/asterisk.service") &&
		e.exists("/etc/systemd/system/multi-user.target.wants/obelisk.service")
	switch {
	case both:
		e.say("asterisk", Warn, "systemctl disable asterisk, or obelisk",
			"the services asterisk and obelisk both start with the machine: the later one stops the other")
	case e.exists("/usr/sbin/asterisk") && !e.ours("/usr/sbin/asterisk"):
		e.say("asterisk", OK, "", "an Asterisk is installed, and does not run")
	default:
		e.say("asterisk", OK, "", "no Asterisk beside it")
	}
}

// ours says whether a program is a link to this one.
func (e *examination) ours(path string) bool {
	real, err := filepath.EvalSymlinks(e.path(path))
	return err == nil && strings.HasPrefix(filepath.Base(real), "obelisk")
}

// fewFiles is a number of file descriptors with which an office runs into its end: a call has
// four, a phone over TCP one.
const fewFiles = 4096

// limits looks at those of the process, or else of the service.
func (e *examination) limits() {
	files, of := 0, ""
	if e.running != 0 {
		for line := range strings.Lines(e.read(fmt.Sprintf("/proc/%d/limits", e.running))) {
			if rest, ok := strings.CutPrefix(line, "Max open files"); ok {
				if f := strings.Fields(rest); len(f) > 0 {
					files, _ = strconv.Atoi(f[0])
				}
				of = fmt.Sprintf("process %d", e.running)
			}
		}
	} else if text := e.unit("LimitNOFILE"); text != "" {
		soft, _, _ := strings.Cut(text, ":")
		files, _ = strconv.Atoi(soft)
		of = "obelisk.service"
	}
	switch {
	case of == "":
		e.say("limits", OK, "", "no service and no process whose limits could be looked at")
	case files > 0 && files < fewFiles:
		e.say("limits", Warn, "LimitNOFILE=65536 in the unit", "%s may have %d files open: a call has four", of, files)
	default:
		e.say("limits", OK, "", "%s may have %d files open", of, files)
	}
	e.dropped()
}

// dropped tells of packets that the kernel had no room for.
func (e *examination) dropped() {
	var names []string
	for line := range strings.Lines(e.read("/proc/net/snmp")) {
		f := strings.Fields(line)
		if len(f) == 0 || f[0] != "Udp:" {
			continue
		}
		if names == nil {
			names = f
			continue
		}
		for i, n := range names {
			if n == "RcvbufErrors" && i < len(f) && f[i] != "0" {
				e.say("limits", Warn, "sysctl net.core.rmem_max=4194304 net.core.rmem_default=1048576",
					"the kernel has thrown %s UDP packets away for want of room since the machine's start", f[i])
			}
		}
	}
}

// kernel looks at what the fast path needs.
func (e *examination) kernel() {
	release := strings.TrimSpace(e.read("/proc/sys/kernel/osrelease"))
	var major, minor int
	fmt.Sscanf(release, "%d.%d", &major, &minor)
	able := major > 6 || major == 6 && minor >= 6
	caps := e.unit("AmbientCapabilities")
	allowed := e.user.uid == 0 || strings.Contains(caps, "CAP_BPF") && strings.Contains(caps, "CAP_NET_ADMIN")
	severity := OK
	if e.in.FastPath == "yes" {
		severity = Warn
	}
	switch {
	case e.in.FastPath == "no" && able:
		e.say("kernel", OK, "", "Linux %s could forward audio by itself, which rtpfastpath=no in rtp.conf forbids", release)
	case e.in.FastPath == "no":
		e.say("kernel", OK, "", "Linux %s", release)
	case !able:
		e.say("kernel", severity, "", "rtpfastpath needs Linux 6.6, and this is %s: audio takes the usual way", release)
	case !allowed:
		e.say("kernel", severity, "AmbientCapabilities=CAP_NET_BIND_SERVICE CAP_NET_ADMIN CAP_BPF CAP_PERFMON in the unit",
			"rtpfastpath needs CAP_BPF and CAP_NET_ADMIN, which user '%s' has not: audio takes the usual way", e.user.name)
	default:
		e.say("kernel", OK, "", "Linux %s has what rtpfastpath needs", release)
	}
}

// sounds looks for the prompts of the languages that are used.
func (e *examination) sounds() {
	fine := true
	for _, l := range e.in.Languages {
		if e.in.Speaks != nil && !e.in.Speaks(l) {
			fine = false
			e.say("sounds", Warn, "install one (on Debian "+map[bool]string{true: "asterisk-core-sounds-en",
				false: "asterisk-prompt-" + l}[l == "en"]+")", "there is no sound set for '%s': only the built-in prompts, which are few and English",
				l)
		}
	}
	if fine {
		e.say("sounds", OK, "", "there are sound sets for %s", strings.Join(e.in.Languages, ", "))
	}
	if e.in.Opus != nil && !e.in.Opus() {
		e.say("sounds", Warn, "apt install libopus0", "libopus is not installed: Opus passes through, and is not translated")
	}
}
