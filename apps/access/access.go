// Package access has the applications that ask a caller who he is, or what he knows, before the
// call goes on.
package access

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"

	"obelisk/pbx"
	"obelisk/pbx/prompt"
	"obelisk/sounds"
)

// Module implements pbx.Furnisher.
type Module struct{ *prompt.Player }

var _ pbx.Furnisher = (*Module)(nil)

// New makes the module.
func New(lib *sounds.Library) *Module { return &Module{&prompt.Player{Lib: lib}} }

// Name implements pbx.Module.
func (m *Module) Name() string { return "app_authenticate" }

// Synopsis implements pbx.Described.
func (m *Module) Synopsis() string { return "Authentication of callers" }

// Furnish implements pbx.Furnisher.
func (m *Module) Furnish(core *pbx.Core) {
	for _, a := range []pbx.App{
		{Name: "Authenticate", Synopsis: "Ask for a password", Usage: authenticateUsage, Dangerous: true, Exec: m.authenticate},
		{Name: "DISA", Synopsis: "Give a dial tone to a caller from outside", Usage: disaUsage, Dangerous: true, Hands: true, Exec: m.disa},
		{Name: "PrivacyManager", Synopsis: "Have a caller without a number type one", Usage: privacyUsage, Exec: m.privacy},
		{Name: "Zapateller", Synopsis: "Tell machines that the number is not in service", Usage: zapatellerUsage, Exec: zapateller},
	} {
		core.RegisterApp(a)
	}
}

// mostFile bounds a file of passwords, in octets.
const mostFile = 4 << 20

// lines reads a file of passwords off the channel's worker.
func lines(c *pbx.Channel, name string) (out []string, err error) {
	var data []byte
	c.Off(func() {
		f, e := os.Open(name)
		if err = e; err != nil {
			return
		}
		defer f.Close()
		if data, err = io.ReadAll(io.LimitReader(f, mostFile+1)); err == nil && len(data) > mostFile {
			err = fmt.Errorf("%s has more than %d octets", name, mostFile)
		}
	})
	if err != nil {
		return nil, err
	}
	for s := bufio.NewScanner(bytes.NewReader(data)); s.Scan(); {
		if line := strings.TrimSuffix(s.Text(), "\r"); line != "" {
			out = append(out, line)
		}
	}
	return out, nil
}
