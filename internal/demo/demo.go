// Package demo places a call between two built-in phones (obelisk demo).
package demo

import (
	"fmt"
	"net/netip"
	"os"
	"strings"
	"time"

	"obelisk/internal/boot"
	"obelisk/internal/testkit"
	"obelisk/manage/cli"

	"github.com/rs/zerolog"
)

// Run places a call between two built-in phones through a running
// switchboard on the built-in default, or through one of its own, and prints
// the ladder of both legs and what each side counted.
func Run(log zerolog.Logger) error {
	home := boot.StateHome()
	server := netip.MustParseAddrPort("127.0.0.1:5060")
	c, err := cli.Dial(home + "/run")
	if err != nil {
		if home, err = os.MkdirTemp("", "obelisk-demo"); err != nil {
			return err
		}
		defer os.RemoveAll(home)
		server = netip.MustParseAddrPort("127.0.0.1:5966")
		sys, err := boot.Start(boot.Options{Home: home, Builtin: true, Bind: server, Log: log})
		if err != nil {
			return err
		}
		defer func() { sys.Stop("now"); sys.Wait() }()
		if c, err = cli.Dial(home + "/run"); err != nil {
			return err
		}
		fmt.Println("No switchboard was running; one was started for the demo.")
	}
	defer c.Close()
	return demoCall(c, server)
}

// demoPhone opens and registers one of the demo phones.
func demoPhone(c *cli.Client, server netip.AddrPort, user string) (*testkit.Phone, error) {
	var out strings.Builder
	if _, err := c.Run("database get obelisk/demo "+user, &out); err != nil {
		return nil, err
	}
	secret := strings.TrimSpace(strings.TrimPrefix(out.String(), "Value: "))
	p, err := testkit.NewPhone(testkit.SystemListen, netip.MustParseAddrPort("127.0.0.1:0"), server, user, secret)
	if err != nil {
		return nil, err
	}
	status, _, err := p.Register(60)
	if err == nil && status != 200 {
		err = fmt.Errorf("phone %s: registration answered %d", user, status)
	}
	if err == nil {
		fmt.Printf("Phone %s registered from %s.\n", user, p.Addr())
	}
	return p, err
}

func demoCall(c *cli.Client, server netip.AddrPort) error {
	a, err := demoPhone(c, server, "6001")
	if err != nil {
		return err
	}
	defer a.Close()
	b, err := demoPhone(c, server, "6002")
	if err != nil {
		return err
	}
	defer b.Close()
	call := a.Dial("6002")
	var in *testkit.Call
	select {
	case in = <-b.Incoming:
	case <-time.After(5 * time.Second):
		return fmt.Errorf("6002 was not called")
	}
	in.Ring()
	time.Sleep(300 * time.Millisecond)
	in.Answer()
	if !call.Wait("200", 5*time.Second) {
		return fmt.Errorf("the call was not answered")
	}
	fmt.Println("6001 called 6002, which rang and answered. Both send a tone for two seconds.")
	call.Media.Tone(1000, 2*time.Second)
	in.Media.Tone(440, 2*time.Second)
	time.Sleep(2200 * time.Millisecond)
	call.Hangup()
	in.Wait("BYE", 2*time.Second)
	time.Sleep(200 * time.Millisecond)
	fmt.Println()
	if _, err := c.Run("call show "+call.ID, os.Stdout); err != nil {
		return err
	}
	fmt.Println()
	for _, side := range []struct {
		name string
		call *testkit.Call
		hz   float64
	}{{"6001", call, 440}, {"6002", in, 1000}} {
		sent, received := side.call.Media.Counts()
		level := side.call.Media.Level(side.hz)
		fmt.Printf("%s sent %d and received %d packets; the other side's %.0f Hz tone arrived with level %.0f of 8000.\n", side.name, sent,
			received, side.hz, level)
		if received == 0 || level < 4000 {
			return fmt.Errorf("%s heard nothing", side.name)
		}
	}
	return nil
}
