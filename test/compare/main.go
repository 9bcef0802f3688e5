// Command compare runs SIPp scenarios against two SIP servers with the files in conf
// and prints what they answer differently.
//
//	compare -files DIR                          write conf's files, for either server
//	compare -a 127.0.0.1:5060 -b 127.0.0.2:5060 compare
//	compare -a 127.0.0.1:5060                   one server: what of chan_sip it does not do
package main

import (
	"embed"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

//go:embed conf
var conf embed.FS

func main() {
	a := flag.String("a", "", "address:port of a server")
	b := flag.String("b", "", "address:port of the server to compare it with")
	only := flag.String("only", "", "scenarios whose name has this text")
	files := flag.String("files", "", "write the servers' configuration to this folder")
	flag.Parse()
	var err error
	switch {
	case *files != "":
		err = writeFiles(*files)
	case *a == "":
		flag.Usage()
		os.Exit(2)
	default:
		err = run(*a, *b, *only)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// writeFiles copies conf to a folder.
func writeFiles(dir string) error {
	list, err := conf.ReadDir("conf")
	if err != nil {
		return err
	}
	for _, f := range list {
		text, err := conf.ReadFile("conf/" + f.Name())
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, f.Name()), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// run plays each scenario against the servers and prints a row for it, and below it
// the lines that differ.
func run(a, b, only string) error {
	fmt.Printf("%-44s %-10s %s\n", "scenario", "a", "b")
	same, differ := 0, 0
	for _, s := range scenarios {
		if !strings.Contains(s.name, only) {
			continue
		}
		first, err := s.play(a)
		if err != nil {
			return err
		}
		if b == "" {
			fmt.Printf("%-44s %-10s\n", s.name, first.verdict())
			continue
		}
		second, err := s.play(b)
		if err != nil {
			return err
		}
		lines := difference(first.heard, second.heard)
		fmt.Printf("%-44s %-10s %-10s\n", s.name, first.verdict(), second.verdict())
		for _, l := range lines {
			fmt.Println("    " + l)
		}
		if len(lines) == 0 && first.verdict() == second.verdict() {
			same++
		} else {
			differ++
		}
	}
	if b != "" {
		fmt.Printf("%d scenarios alike, %d with differences (Allow, Server, User-Agent and Date are not compared)\n", same, differ)
	}
	return nil
}
