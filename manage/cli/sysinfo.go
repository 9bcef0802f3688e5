package cli

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Commands about the machine and the program.

// addMachine adds them.
func (c *Console) addMachine(k systemCommands) {
	c.Add([]Command{
		{"core show sysinfo", "memory and uptime of the machine", k.sysinfo},
		{"core show threads", "what runs at the same time, by where it began", k.threads},
		{"core show switches", "what a switch line of extensions.conf may name", k.switches},
		{"core show license", "the terms of this program", k.license},
		{"core show warranty", "that there is no warranty", k.warranty},
		{"timing test", "[ticks a second]: see whether a timer keeps its pace for a second", k.timing},
	}...)
}

// memory reads a line of Linux's /proc/meminfo, in KiB; 0 where there is none.
func memory(info []byte, name string) (kib int) {
	for line := range bytes.Lines(info) {
		if rest, ok := bytes.CutPrefix(line, []byte(name+":")); ok {
			fmt.Sscan(string(rest), &kib)
		}
	}
	return kib
}

func (k systemCommands) sysinfo(w io.Writer, _ []string) bool {
	info, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		fmt.Fprintln(w, "\nThe system does not tell.")
		return true
	}
	var up float64
	var load, processes string
	text, _ := os.ReadFile("/proc/uptime")
	fmt.Sscan(string(text), &up)
	if text, _ = os.ReadFile("/proc/loadavg"); len(strings.Fields(string(text))) > 3 {
		load = strings.Fields(string(text))[3]
		_, processes, _ = strings.Cut(load, "/")
	}
	fmt.Fprint(w, "\nSystem Statistics\n-----------------\n")
	printf(w, "  System Uptime:             %d hours\n", int(up)/3600)
	for _, row := range [][2]string{{"Total RAM", "MemTotal"}, {"Free RAM", "MemFree"}, {"Buffer RAM", "Buffers"},
		{"Total Swap Space", "SwapTotal"}, {"Free Swap Space", "SwapFree"}} {
		printf(w, "  %-26s %d KiB\n", row[0]+":", memory(info, row[1]))
	}
	printf(w, "\n  Number of Processes:       %s \n\n", processes)
	return true
}

// threads are goroutines here, thousands of them: those that began at the same place are a line.
func (k systemCommands) threads(w io.Writer, _ []string) bool {
	list := make([]runtime.StackRecord, runtime.NumGoroutine()+100)
	n, ok := runtime.GoroutineProfile(list)
	if !ok {
		fmt.Fprintln(w, "There are too many just now; ask again.")
		return true
	}
	counts := map[string]int{}
	for i := range list[:n] {
		frames, begun := runtime.CallersFrames(list[i].Stack()), runtime.Frame{}
		for more := true; more; {
			var f runtime.Frame
			if f, more = frames.Next(); f.Function != "runtime.goexit" {
				begun = f
			}
		}
		counts[fmt.Sprintf("%-50s started at %s:%d", begun.Function, begun.File[strings.LastIndex(begun.File, "/")+1:], begun.Line)]++
	}
	var rows []string
	for row, n := range counts {
		rows = append(rows, fmt.Sprintf("%6d %s", n, row))
	}
	slices.Sort(rows)
	for _, r := range slices.Backward(rows) {
		fmt.Fprintln(w, r)
	}
	printf(w, "%d threads listed.\n", n)
	return true
}

func (k systemCommands) switches(w io.Writer, _ []string) bool {
	fmt.Fprint(w, "\n    -= Registered Asterisk Alternative Switches =-\nRealtime: Realtime Dialplan Switch\n")
	return true
}

func (k systemCommands) license(w io.Writer, _ []string) bool {
	fmt.Fprint(w, "\nObelisk is licensed under the Apache License, Version 2.0: you may use, change and pass it on\nunder the terms of "+
		"that licence, http://www.apache.org/licenses/LICENSE-2.0\n\n"+
		"It runs configurations of Asterisk, and has nothing of its code.\n")
	return true
}

func (k systemCommands) warranty(w io.Writer, _ []string) bool {
	fmt.Fprint(w, "\nUnless required by applicable law or agreed to in writing, Obelisk is distributed \"as is\",\nwithout warranties or "+
		"conditions of any kind (Apache License 2.0, sections 7 and 8).\n")
	return true
}

func (k systemCommands) timing(w io.Writer, args []string) bool {
	rate := 50
	if len(args) > 0 {
		var err error
		if rate, err = strconv.Atoi(args[0]); err != nil || len(args) > 1 {
			return usage(w)
		}
	}
	if rate < 1 || rate > 1000 {
		rate = 50
	}
	printf(w, "Attempting to test a timer with %d ticks per second.\nUsing the 'go' timing module for this test.\n", rate)
	begun, ticks := time.Now(), 0
	ticker, over := time.NewTicker(time.Second/time.Duration(rate)), time.NewTimer(time.Second+time.Second/time.Duration(2*rate))
	defer ticker.Stop()
	for ticks < rate {
		select {
		case <-ticker.C:
			ticks++
			continue
		case <-over.C:
		}
		break
	}
	printf(w, "It has been %d milliseconds, and we got %d timer ticks\n", time.Since(begun).Milliseconds(), ticks)
	return true
}
