// Command obelisk is the switchboard and its console client. It takes the
// command line of Asterisk and may be installed under the name asterisk.
package main

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"obelisk/internal/boot"
	"obelisk/internal/version"
	"obelisk/manage/cli"

	"golang.org/x/term"
)

func main() { os.Exit(run(os.Args[0], os.Args[1:])) }

func run(name string, args []string) int {
	o, err := parse(args)
	o.remote = o.remote || console(name)
	switch {
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
		return 2
	case o.version:
		fmt.Println("Asterisk " + presented())
		return 0
	case o.help:
		fmt.Print(o.command.help())
		return 0
	case o.command.raw != nil:
		return o.command.raw(o.args)
	case o.command.name == "" && o.remote:
		return remote(o)
	}
	return o.command.run(o)
}

// remote is -r and -x.
func remote(o options) int {
	ok, err := boot.Remote(o.confFile, o.execute, cli.View{Verbose: o.verbose, Colours: !o.noColor && term.IsTerminal(int(os.Stdout.Fd()))})
	if err != nil || !ok {
		return max(status(err), 1)
	}
	return 0
}

// serve runs the switchboard until it is told to stop.
func serve(o options) int {
	memory := boot.TuneMemory()
	log, end := logger(o)
	defer end()
	log.Info().Msgf("Obelisk %s, which presents itself as Asterisk %s", version.Read(), presented())
	sys, err := boot.Start(boot.Options{ConfFile: o.confFile, Log: log, Debug: o.debug, Verbose: o.verbose, RunUser: o.user,
		RunGroup: o.group, Memory: memory, KernelPath: true, Notice: func(s string) { fmt.Println(s) }})
	if err != nil {
		return status(fmt.Errorf("obelisk cannot start: %w", err))
	}
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	go func() {
		for s := range signals {
			if s == syscall.SIGHUP {
				sys.Reload("")
				continue
			}
			sys.Stop("now")
		}
	}()
	sys.Wait()
	if !sys.Restarts() {
		return 0
	}
	end()
	self, err := os.Executable()
	if err == nil {
		err = syscall.Exec(self, os.Args, os.Environ())
	}
	return status(fmt.Errorf("obelisk cannot begin anew: %w", err))
}
