package agi

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// script is a program that runs on this machine.
type script struct {
	process *os.Process
	exited  chan struct{} // closed once it has
	well    bool          // its exit status is 0; after exited
	quiet   bool          // it has closed its standard output
	audio   *audio        // nil without EAGI
}

// mercy is how long a program has to end that was told to, before it is killed.
const mercy = 5 * time.Second

// local runs a program of this machine.
func (s *session) local(audio bool) status {
	path := s.m.path(s.request)
	if _, err := os.Stat(path); err != nil {
		s.warn("Failed to execute '" + path + "': File does not exist.")
		return notFound
	}
	if err := s.start(path, audio); err != nil {
		s.warn("Failed to execute '" + path + "': " + reason(err))
		return failure
	}
	s.c.Show(3, "res_agi.c", "Launched AGI Script %s", path)
	defer s.finish()
	defer s.script.deafen()
	st := s.run(s.request)
	if st == success && !s.exit() {
		st = failure
	}
	return st
}

// reason is an error without the name of the file, which is said already.
func reason(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}

// start runs the program: standard input and output are the session, file descriptor 3 the
// audio. Its further arguments are those of the application.
func (s *session) start(path string, audio bool) error {
	var files, theirs []*os.File
	defer func() {
		for _, f := range theirs {
			f.Close()
		}
	}()
	pipe := func() (r, w *os.File, err error) {
		if r, w, err = os.Pipe(); err == nil {
			files = append(files, r, w)
		}
		return r, w, err
	}
	abandon := func(err error) error {
		for _, f := range files {
			f.Close()
		}
		theirs = nil
		return err
	}
	toIn, fromUs, err := pipe()
	if err != nil {
		return err
	}
	toUs, fromOut, err := pipe()
	if err != nil {
		return abandon(err)
	}
	cmd := &exec.Cmd{Path: path, Args: append([]string{s.request}, s.args...), Env: append(os.Environ(), s.m.surroundings()...), Stdin: toIn,
		Stdout: fromOut, Stderr: os.Stderr}
	theirs = []*os.File{toIn, fromOut}
	var sound *os.File
	if audio {
		r, w, err := pipe()
		if err != nil {
			return abandon(err)
		}
		cmd.ExtraFiles, sound = []*os.File{r}, w
		theirs = append(theirs, r)
	}
	if err := cmd.Start(); err != nil {
		return abandon(err)
	}
	script := &script{process: cmd.Process, exited: make(chan struct{})}
	if audio {
		script.audio = s.listen(sound)
	}
	go func() {
		defer close(script.exited)
		script.well = cmd.Wait() == nil
	}()
	s.script, s.wire = script, newWire(toUs, fromUs)
	return nil
}

// surroundings are the variables of the environment that a program finds its way by.
func (m *Module) surroundings() []string {
	d := m.Dirs
	return []string{"AST_CONFIG_DIR=" + d.Etc, "AST_CONFIG_FILE=" + filepath.Join(d.Etc, "asterisk.conf"), "AST_MODULE_DIR=" + d.Mod,
		"AST_SPOOL_DIR=" + d.Spool, "AST_MONITOR_DIR=" + filepath.Join(d.Spool, "monitor"), "AST_VAR_DIR=" + d.VarLib, "AST_DATA_DIR=" + d.Data,
		"AST_LOG_DIR=" + d.Log, "AST_AGI_DIR=" + d.AGI, "AST_KEY_DIR=" + d.Key, "AST_RUN_DIR=" + d.Run, "AST_SYSTEMNAME=" + m.core.SystemName(),
		"AST_VERSION=" + m.version()}
}

// exit waits for the end of a program that has nothing more to say, and says whether it was a
// good one. One that goes on all the same is left alone.
func (s *session) exit() (well bool) {
	s.script.quiet = true
	limit := s.limits.silence
	if s.dead {
		limit = s.limits.hangup
	}
	over, exited := time.NewTimer(limit), false
	defer over.Stop()
	s.c.Off(func() {
		select {
		case <-s.script.exited:
			exited = true
		case <-over.C:
		}
	})
	if !exited {
		s.warn("it has closed its output and goes on; it is not waited for any longer")
		return true
	}
	return s.script.well
}

// hangup tells the program that the call is over.
func (p *script) hangup() { p.process.Signal(syscall.SIGHUP) }

// kill ends the program: it is told to, and then made to.
func (p *script) kill() {
	p.process.Signal(syscall.SIGTERM)
	go func() {
		end := time.NewTimer(mercy)
		defer end.Stop()
		select {
		case <-p.exited:
		case <-end.C:
			p.process.Kill()
		}
	}()
}

// deafen ends the audio.
func (p *script) deafen() {
	if p.audio != nil {
		p.audio.close()
	}
}
