// Command obelisk is the switchboard and its console client. It takes the
// command line of Asterisk and may be installed under the name asterisk.
package main

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"obelisk/internal/boot"
	"obelisk/internal/check"
	"obelisk/internal/convert"
	"obelisk/internal/demo"
	"obelisk/manage/cli"

	"golang.org/x/term"
)

func main() { os.Exit(run(os.Args[0], os.Args[1:])) }

func run(name string, args []string) int {
	if len(args) > 0 && args[0] == "convert" {
		return convert.Command(args[1:], os.Stdout, os.Stderr)
	}
	o, err := parse(args)
	o.remote = o.remote || console(name)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	switch {
	case o.version:
		fmt.Println("Asterisk " + version())
		return 0
	case o.help:
		fmt.Print(usage)
		return 0
	case o.command == "check":
		return o.check.run(o.confFile)
	case o.command == "explain":
		found, err := check.Explain(os.Stdout, o.confFile, boot.StateHome(), o.number, o.caller)
		if err == nil && !found {
			return 1
		}
		return status(err)
	case o.command == "test":
		boot.Test(boot.Rehearsal{Where: o.confFile, Home: boot.StateHome(), Only: o.run, JUnit: o.junit, Coverage: o.coverage, Out: os.Stdout})
	case o.command == "migrate":
		return status(boot.Migrate(o.confFile, boot.StateHome(), o.dry, os.Stdout))
	case o.command == "demo":
		log, end := logger(options{quiet: true})
		defer end()
		return status(demo.Run(log))
	case o.remote:
		ok, err := boot.Remote(o.confFile, o.execute, cli.View{Verbose: o.verbose, Colours: !o.noColor && term.IsTerminal(int(os.Stdout.Fd()))})
		if err != nil || !ok {
			return max(status(err), 1)
		}
		return 0
	}
	return serve(o)
}

// status turns an error into an exit status.
func status(err error) int {
	if err == nil {
		return 0
	}
	fmt.Fprintln(os.Stderr, err)
	return 1
}

// serve runs the switchboard until it is told to stop.
func serve(o options) int {
	memory := boot.TuneMemory()
	log, end := logger(o)
	defer end()
	sys, err := boot.Start(boot.Options{ConfFile: o.confFile, Log: log, Debug: o.debug, Verbose: o.verbose, RunUser: o.user, RunGroup: o.group, Memory: memory, Notice: func(s string) { fmt.Println(s) }})
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
