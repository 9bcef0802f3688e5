//go:build !windows && !plan9

package logs

import (
	"io"
	"log/syslog"
	"strings"
)

var facilities = map[string]syslog.Priority{"kern": syslog.LOG_KERN, "user": syslog.LOG_USER, "daemon": syslog.LOG_DAEMON,
	"auth": syslog.LOG_AUTH, "local0": syslog.LOG_LOCAL0, "local1": syslog.LOG_LOCAL1, "local2": syslog.LOG_LOCAL2,
	"local3": syslog.LOG_LOCAL3, "local4": syslog.LOG_LOCAL4, "local5": syslog.LOG_LOCAL5, "local6": syslog.LOG_LOCAL6,
	"local7": syslog.LOG_LOCAL7}

// openSyslog opens the system's log for "syslog.facility"; ok is false for another name.
func openSyslog(name string) (w io.WriteCloser, ok bool, err error) {
	facility, ok := strings.CutPrefix(name, "syslog.")
	if !ok {
		return nil, false, nil
	}
	w, err = syslog.New(facilities[facility]|syslog.LOG_NOTICE, "asterisk")
	return w, true, err
}
