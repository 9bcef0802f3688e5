package boot

import (
	"os"
	"path/filepath"

	"obelisk/manage/cli"
)

// serviceHome is where the service of the packages keeps the state of the built-in default.
const serviceHome = "/var/lib/obelisk"

// Remote is -r and -rx: it runs a command on the switchboard whose control
// socket the configuration names, or opens a console there. Nothing but the
// answer goes to stdout. ok is false when the command failed.
func Remote(confFile, command string, view cli.View) (ok bool, err error) {
	conf, err := locate(confFile, StateHome())
	if err != nil {
		return false, err
	}
	c, err := cli.Dial(conf.ast.Dirs.Run)
	if err != nil && conf.embedded {
		if served, e := cli.Dial(filepath.Join(serviceHome, "run")); e == nil {
			c, err = served, nil
		}
	}
	if err != nil {
		return false, err
	}
	defer c.Close()
	if command != "" {
		return c.Run(command, os.Stdout)
	}
	view.Host, _ = os.Hostname()
	return true, cli.Interactive(c, view)
}
