package doctor

import (
	"os"
	"path/filepath"
	"time"
)

// slack is how far the clock may be before something that was written.
const slack = 10 * time.Minute

// clock looks whether the time can be right: it cannot be before the program was made, or before
// a file was written.
func (e *examination) clock() {
	now := e.m.Now()
	if now.Before(e.m.Built.Add(-24 * time.Hour)) {
		e.say("time", Fail, "set the clock, and have a time server followed (systemd-timesyncd, chrony)",
			"the clock says %s, and this program was made on %s: certificates, time conditions and call records are wrong",
			now.UTC().Format(time.DateTime), e.m.Built.Format(time.DateOnly))
		return
	}
	if path, written := e.newest(); written.After(now.Add(slack)) {
		e.say("time", Fail, "set the clock, and have a time server followed (systemd-timesyncd, chrony)",
			"the clock says %s, and %s was written at %s: it is wrong, or was", now.UTC().Format(time.DateTime), path,
			written.UTC().Format(time.DateTime))
		return
	}
	zone := e.zone()
	followed, err := e.m.Synchronised()
	switch {
	case err != nil || e.m.Root == "" && ContainerOf("") != "": // the host's clock
		e.say("time", OK, "", "%s, time zone %s", now.Format(time.DateTime), zone)
	case !followed:
		e.say("time", Warn, "systemctl enable --now systemd-timesyncd, or chrony",
			"%s, time zone %s; no time server is followed, and clocks drift", now.Format(time.DateTime), zone)
	default:
		e.say("time", OK, "", "%s, time zone %s, as a time server says", now.Format(time.DateTime), zone)
	}
}

// newest is the file of the configuration that was written last.
func (e *examination) newest() (path string, written time.Time) {
	for _, f := range e.in.Files {
		if st, err := os.Stat(e.path(f)); err == nil && st.ModTime().After(written) {
			path, written = f, st.ModTime()
		}
	}
	return path, written
}

// zone is the name of the machine's time zone.
func (e *examination) zone() string {
	if link, err := os.Readlink(e.path("/etc/localtime")); err == nil {
		dir, city := filepath.Split(link)
		if region := filepath.Base(dir); region != "zoneinfo" {
			return region + "/" + city
		}
		return city
	}
	return e.m.Now().Format("MST")
}
