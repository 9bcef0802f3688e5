package boot

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"

	"obelisk/etc"
)

// serviceUser is as whom the packages run the switchboard.
const serviceUser = "obelisk"

// Init writes the built-in configuration to a folder, with secrets that were made just now. dir ""
// is /etc/asterisk; below another one lies all state. bind is where SIP listens for phones, "" on
// loopback. tell gets what a person has to read. Nothing is written over.
func Init(dir, bind string, tell func(string)) error {
	service := dir == "" || dir == filepath.Dir(defaultConf)
	if dir == "" {
		dir = filepath.Dir(defaultConf)
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	if there, _ := filepath.Glob(filepath.Join(dir, "*.conf")); len(there) > 0 {
		return fmt.Errorf("obelisk: %s is there already: nothing was written", there[0])
	}
	files, err := initial(dir, service, bind)
	if err != nil {
		return err
	}
	secrets := map[string]string{}
	secretOf := func(name string) string {
		if secrets[name] == "" {
			secrets[name] = freshSecret()
		}
		return secrets[name]
	}
	for name, text := range demoFiles(secretOf) {
		files[name] = text
	}
	if err := writeAll(dir, files, service); err != nil {
		return err
	}
	tellSecrets(tell, secretOf)
	tell(dir + " has " + strconv.Itoa(len(files)) + " files.")
	if service {
		tell("Now: systemctl restart obelisk, or obelisk -f")
	} else {
		tell("Now: obelisk -f -C " + filepath.Join(dir, "asterisk.conf"))
	}
	return nil
}

// initial are the samples, with the address that was asked for, and an asterisk.conf.
func initial(dir string, service bool, bind string) (map[string]string, error) {
	out := map[string]string{"asterisk.conf": "[directories]\n"}
	if !service {
		for option, below := range map[string]string{"astetcdir": "", "astvarlibdir": "lib", "astdbdir": "lib", "astkeydir": "lib",
			"astdatadir": "lib", "astspooldir": "spool", "astrundir": "run", "astlogdir": "log"} {
			out["asterisk.conf"] += option + " => " + filepath.Join(dir, below) + "\n"
		}
	}
	names, err := fs.Glob(etc.Files, "*.conf")
	if err != nil {
		return nil, err
	}
	for _, n := range names {
		b, err := fs.ReadFile(etc.Files, n)
		if err != nil {
			return nil, err
		}
		out[n] = string(b)
	}
	if bind == "" {
		return out, nil
	}
	if _, err := netip.ParseAddr(bind); err != nil {
		if _, err := netip.ParseAddrPort(bind); err != nil {
			return nil, fmt.Errorf("obelisk: '%s' is no address: 0.0.0.0, 192.0.2.10:5070 or [2001:db8::1]:5060", bind)
		}
	}
	const loopback = "udpbindaddr=127.0.0.1:5060"
	if !strings.Contains(out["sip.conf"], loopback) {
		return nil, errors.New("obelisk: the built-in sip.conf has no line " + loopback)
	}
	out["sip.conf"] = strings.Replace(out["sip.conf"], loopback, "udpbindaddr="+bind, 1)
	return out, nil
}

// writeAll writes the files, as those of the service's user where root does it for the service.
func writeAll(dir string, files map[string]string, service bool) error {
	uid, gid := -1, -1
	if u, err := user.Lookup(serviceUser); err == nil && service && os.Getuid() == 0 {
		uid, _ = strconv.Atoi(u.Uid)
		gid, _ = strconv.Atoi(u.Gid)
	}
	own := func(path string) error {
		if uid < 0 {
			return nil
		}
		return os.Chown(path, uid, gid)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := own(dir); err != nil {
		return err
	}
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o640); err != nil {
			return err
		}
		if err := own(path); err != nil {
			return err
		}
	}
	return nil
}
