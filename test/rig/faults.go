package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// fault is something that goes wrong around the switchboard while a hundred
// innocent calls are placed.
type fault struct {
	name string
	// prepare changes the configuration and returns what ends it.
	prepare func(c *shape) (end func(), err error)
	// meanwhile runs once the switchboard is up and returns what mends it.
	meanwhile func(p *pbx, k *crew) (mend func(), err error)
}

var faultList = []fault{
	{name: "a log that nobody reads", prepare: blockedLog},
	{name: "a disk that hangs", prepare: hangingDisk, meanwhile: freeze},
	{name: "a collector that runs all the time", prepare: func(c *shape) (func(), error) {
		c.env = []string{"GOGC=5"}
		return func() {}, nil
	}},
	{name: "descriptors for a few calls only", prepare: func(c *shape) (func(), error) {
		c.descriptors = 64
		return func() {}, nil
	}, meanwhile: holdCalls},
	{name: "killed and started again", meanwhile: killed},
}

// faults runs each of them.
func faults(t *table, s starter) error {
	for _, f := range faultList {
		if err := f.run(s, func(p *pbx, r result, before float64) { report(t, p, f.name, 0, r, before) }); err != nil {
			fmt.Fprintf(os.Stderr, "%s, %s: %v\n", s.kind, f.name, err)
		}
	}
	return nil
}

func (f fault) run(s starter, judge func(p *pbx, r result, before float64)) error {
	c := shape{}
	if f.prepare != nil {
		end, err := f.prepare(&c)
		if err != nil {
			return err
		}
		defer end()
	}
	return with(s, c, "callee_ulaw", 0, func(p *pbx, k *crew) error {
		before := p.rss()
		mend := func() {}
		if f.meanwhile != nil {
			var err error
			if mend, err = f.meanwhile(p, k); err != nil {
				return err
			}
		}
		r := k.place("1", innocents, 25, 200*time.Millisecond)
		mend()
		judge(p, r, before)
		return nil
	})
}

// blockedLog gives the switchboard a pipe for its output that is full and never
// read, as a stuck log collector does, and has it say much.
func blockedLog(c *shape) (func(), error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	const smallest = 4096
	syscall.Syscall(syscall.SYS_FCNTL, w.Fd(), syscall.F_SETPIPE_SZ, smallest)
	w.Write(make([]byte, smallest))
	c.output, c.args = w, []string{"-ddd", "-vvvvv"}
	return func() { w.Close(); r.Close() }, nil
}

// hangingDisk puts what the switchboard writes on a file system of its own.
func hangingDisk(c *shape) (func(), error) {
	dir, err := os.MkdirTemp("", "rig-disk-")
	if err != nil {
		return nil, err
	}
	c.state = filepath.Join(dir, "mnt")
	end := func() {
		exec.Command("umount", c.state).Run()
		os.RemoveAll(dir)
	}
	image := filepath.Join(dir, "image")
	os.Mkdir(c.state, 0o755)
	if err := os.WriteFile(image, make([]byte, 24<<20), 0o600); err != nil {
		end()
		return nil, err
	}
	for _, command := range [][]string{{"mkfs.ext4", "-q", image}, {"mount", "-o", "loop", image, c.state}} {
		if out, err := exec.Command(command[0], command[1:]...).CombinedOutput(); err != nil {
			end()
			return nil, fmt.Errorf("no file system of its own: %s: %v %s", command[0], err, out)
		}
	}
	return end, nil
}

// freeze stops all writing to it; a writer waits, unkillable, until it is mended.
func freeze(p *pbx, _ *crew) (func(), error) {
	if out, err := exec.Command("fsfreeze", "-f", p.state).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("the file system cannot be frozen: %v %s", err, out)
	}
	return func() { exec.Command("fsfreeze", "-u", p.state).Run() }, nil
}

// holdCalls takes all descriptors with calls that stay, and ends them before the
// innocent calls are placed.
func holdCalls(p *pbx, k *crew) (func(), error) {
	before := p.files()
	r := k.place("1", 60, 60, 2*time.Second)
	if r.timeout > 0 || r.late > 0 || r.refused == 0 || r.ok == 0 {
		return nil, fmt.Errorf("of 60 calls at a time %d were taken, %d refused, %d timed out", r.ok, r.refused, r.timeout+r.late)
	}
	fmt.Fprintf(os.Stderr, "of 60 calls at a time %d were taken, %d refused, none without an answer\n", r.ok, r.refused)
	for i := 0; i < 100 && p.files() > before; i++ { // a busy machine closes the last of them later
		time.Sleep(100 * time.Millisecond)
	}
	return func() {}, nil
}

// killed ends the switchboard by kill -9 and starts it on the same files; the
// callee's registration must have survived.
func killed(p *pbx, _ *crew) (func(), error) {
	time.Sleep(time.Second) // what was registered is written within a moment
	p.cmd.Process.Kill()
	p.cmd.Wait()
	return func() {}, p.run()
}
