package webshow

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"obelisk/internal/check/tell"
	"obelisk/internal/store/history"
	"obelisk/manage/web/console"
)

const (
	mostListed   = 500       // files of the folder
	mostEditable = 768 << 10 // bytes of a file
	judgeAge     = time.Minute
)

// ErrBuiltIn is told where there are no files.
var ErrBuiltIn = errors.New("the built-in configuration is in force and has no files; a folder (-C asterisk.conf) has some")

// errLinked is told of a file that is not for this editor.
var errLinked = errors.New("it is a link, too long, or no text: it is not written here")

// judged are the findings about the files, as they were judged last.
type judged struct {
	mu   sync.Mutex // held while they are judged
	mark string     // of the files that were judged
	at   time.Time
	list []console.Finding
	err  error

	saving sync.Mutex // one change at a time
}

// folder is that of the configuration.
func (v *House) folder() (string, error) {
	if v.s.BuiltIn {
		return "", ErrBuiltIn
	}
	return v.s.Folder, nil
}

// freshName are names that a new file may have.
var freshName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,58}\.conf$`)

// freshMode is who may read a new file: it may come to have secrets.
const freshMode fs.FileMode = 0o640

// own opens the folder, for a file of that name. As in the manager interface it is one of the folder
// itself, ends with .conf and is no link. With ErrNew the folder is open too.
func (v *House) own(name string) (*os.Root, error) {
	dir, err := v.folder()
	if err != nil {
		return nil, err
	}
	if name != filepath.Base(name) || !strings.HasSuffix(name, ".conf") || strings.HasPrefix(name, ".") ||
		strings.ContainsAny(name, "/\\\x00") {
		return nil, console.ErrNoFile
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	info, err := root.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist) && freshName.MatchString(name):
		return root, console.ErrNew
	case errors.Is(err, fs.ErrNotExist):
		err = console.ErrNoFile
	case err == nil && !info.Mode().IsRegular() && info.Mode()&fs.ModeSymlink == 0:
		err = console.ErrNoFile
	}
	if err != nil {
		root.Close()
		return nil, err
	}
	return root, nil
}

// Files implements console.Workshop.
func (v *House) Files() (out []console.File, err error) {
	dir, err := v.folder()
	if err != nil {
		return nil, err
	}
	list, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, e := range list {
		if !strings.HasSuffix(e.Name(), ".conf") || strings.HasPrefix(e.Name(), ".") || e.IsDir() || len(out) >= mostListed {
			continue
		}
		info, err := e.Info()
		if err != nil {
			continue
		}
		f := console.File{Name: e.Name(), Size: info.Size(), Changed: info.ModTime()}
		switch {
		case !info.Mode().IsRegular():
			f.Reason = "file.linked"
		case info.Size() > mostEditable:
			f.Reason = "file.big"
		}
		out = append(out, f)
	}
	return out, nil
}

// Text implements console.Workshop. A link is read where it leads to a file of the folder.
func (v *House) Text(name string) ([]byte, error) {
	root, err := v.own(name)
	if root != nil {
		defer root.Close()
	}
	if err != nil {
		return nil, err
	}
	f, err := root.Open(name)
	if err != nil {
		return nil, console.ErrNoFile
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, 4*mostEditable))
}

// mark tells one state of the files of the folder from another, by their names, sizes and times.
func mark(dir string) string {
	sum, n := sha256.New(), 0
	filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if n++; err != nil || n > 10*mostListed {
			return filepath.SkipDir
		}
		if info, err := e.Info(); err == nil && !e.IsDir() {
			fmt.Fprintln(sum, path, info.Size(), info.ModTime().UnixNano(), info.Mode())
		}
		return nil
	})
	return hex.EncodeToString(sum.Sum(nil))
}

// Findings implements console.Workshop. Files that have not changed are not judged again.
func (v *House) Findings() ([]console.Finding, error) {
	dir, err := v.folder()
	if err != nil {
		return nil, err
	}
	l := v.lookout.Load()
	if l == nil {
		list, _, err := v.judge("", nil)
		return list, err
	}
	j := &l.files
	j.mu.Lock()
	defer j.mu.Unlock()
	if m := mark(dir); m != j.mark || time.Since(j.at) > judgeAge {
		j.list, _, j.err = v.judge("", nil)
		j.mark, j.at = m, time.Now()
	}
	return j.list, j.err
}

// Try implements console.Workshop.
func (v *House) Try(name string, text []byte) ([]console.Finding, *console.Finding, error) {
	root, err := v.own(name)
	if root != nil {
		root.Close()
	}
	if err != nil && !errors.Is(err, console.ErrNew) {
		return nil, nil, err
	}
	return v.judge(name, text)
}

// judge judges the files, one with another text where it has a name. broken is an error of that file
// which a reload would be refused for.
func (v *House) judge(name string, text []byte) (out []console.Finding, broken *console.Finding, err error) {
	list, refusing, err := v.s.Judge(name, text)
	if err != nil {
		return nil, nil, err
	}
	for _, f := range list {
		out = append(out, shownFinding(f))
	}
	for _, f := range refusing {
		if x := shownFinding(f); x.File == name {
			return out, &x, nil
		}
	}
	return out, nil, nil
}

func shownFinding(f tell.Finding) console.Finding {
	return console.Finding{File: f.File, Line: f.Line, Severity: f.Severity, Code: f.Code, Message: f.Message, Hint: f.Hint}
}

// Save implements console.Workshop.
func (v *House) Save(name string, text []byte, was, user string) error {
	l := v.lookout.Load()
	if l == nil || l.db == nil {
		return errors.New("nothing is written, since the version before could not be kept (astdbdir)")
	}
	l.files.saving.Lock()
	defer l.files.saving.Unlock()
	_, broken, err := v.Try(name, text)
	if err != nil {
		return err
	}
	if broken != nil {
		return &console.BrokenError{Finding: *broken}
	}
	root, err := v.own(name)
	if root != nil {
		defer root.Close()
	}
	switch {
	case errors.Is(err, console.ErrNew):
		return l.begin(root, name, text, was, user)
	case err != nil:
		return err
	}
	info, err := root.Lstat(name)
	if err != nil {
		return err
	}
	old, err := root.ReadFile(name)
	switch {
	case err != nil:
		return err
	case !info.Mode().IsRegular() || len(text) > mostEditable || !utf8.Valid(old):
		return errLinked
	case console.Sum(old) != was:
		return console.ErrChanged
	}
	if err := l.keepVersions(name, old, text, info.ModTime(), user); err != nil {
		return err
	}
	return write(root, name, text, info, info.Mode().Perm())
}

// begin writes a file that is not there yet, for the owner of the folder.
func (l *lookout) begin(root *os.Root, name string, text []byte, was, user string) error {
	switch list, err := fs.ReadDir(root.FS(), "."); {
	case was != console.Sum(nil):
		return console.ErrChanged
	case err != nil:
		return err
	case len(text) > mostEditable:
		return errLinked
	case len(list) >= mostListed:
		return fmt.Errorf("the folder has %d files already", len(list))
	}
	folder, err := root.Stat(".")
	if err != nil {
		return err
	}
	if _, err := l.db.Add(history.Version{File: name, At: time.Now(), User: user, Note: "version.console", Text: text}); err != nil {
		return err
	}
	return write(root, name, text, folder, freshMode)
}

// keepVersions keeps what a file has, where that is not known yet, and what it is to have.
func (l *lookout) keepVersions(name string, old, text []byte, changed time.Time, user string) error {
	list, err := l.db.Versions(name)
	if err != nil {
		return err
	}
	note := "version.found"
	if len(list) > 0 {
		note = "version.outside"
		last, err := l.db.Version(name, list[0].ID)
		if err == nil && string(last.Text) == string(old) {
			note = ""
		}
	}
	if note != "" {
		if _, err := l.db.Add(history.Version{File: name, At: changed, Note: note, Text: old}); err != nil {
			return err
		}
	}
	_, err = l.db.Add(history.Version{File: name, At: time.Now(), User: user, Note: "version.console", Text: text})
	return err
}

// write writes a file whole, in place of one that is there. It belongs to the owner of like.
func write(root *os.Root, name string, text []byte, like fs.FileInfo, mode fs.FileMode) error {
	next := name + ".new"
	root.Remove(next)
	f, err := root.OpenFile(next, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	defer root.Remove(next) // where it comes to nothing
	_, err = f.Write(text)
	if user, group, ok := ownerOf(like); ok {
		f.Chown(user, group) // who is not root owns it as it is
	}
	for _, then := range []error{f.Chmod(mode), f.Sync(), f.Close()} {
		err = errors.Join(err, then)
	}
	if err != nil {
		return err
	}
	return root.Rename(next, name)
}

// Versions implements console.Workshop.
func (v *House) Versions(name string) (out []console.Version, err error) {
	l := v.lookout.Load()
	if l == nil || l.db == nil {
		return nil, nil
	}
	list, err := l.db.Versions(name)
	for _, x := range list {
		out = append(out, console.Version{ID: x.ID, At: x.At, User: x.User, Note: x.Note, Size: x.Size})
	}
	return out, err
}

// Version implements console.Workshop.
func (v *House) Version(name string, id int64) (console.Version, error) {
	l := v.lookout.Load()
	if l == nil || l.db == nil {
		return console.Version{}, history.ErrNone
	}
	x, err := l.db.Version(name, id)
	return console.Version{ID: x.ID, At: x.At, User: x.User, Note: x.Note, Size: x.Size, Text: x.Text}, err
}

// Reload implements console.House.
func (v *House) Reload() ([]string, error) { return v.s.Reload() }

const (
	rehearsalTime = time.Minute
	mostRehearsal = 256 << 10 // bytes of what the tests tell
)

// rehearsing is held by the one that runs.
var rehearsing sync.Mutex

// Rehearse implements console.House: by this program itself, in another process, since virtual time
// takes one over.
func (v *House) Rehearse(w io.Writer) (bool, error) {
	dir, err := v.folder()
	if err != nil {
		return false, err
	}
	if !rehearsing.TryLock() {
		return false, errors.New("the tests run already")
	}
	defer rehearsing.Unlock()
	self, err := os.Executable()
	if err != nil {
		return false, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), rehearsalTime)
	defer cancel()
	var b strings.Builder
	cmd := exec.CommandContext(ctx, self, "test", "--coverage", dir)
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = &b, &b, time.Second
	err = cmd.Run()
	text := b.String()
	if len(text) > mostRehearsal {
		text = strings.ToValidUTF8(text[:mostRehearsal], "") + "\n..."
	}
	io.WriteString(w, text)
	var failed *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return false, fmt.Errorf("the tests did not end within %s", rehearsalTime)
	case errors.As(err, &failed):
		return false, nil
	}
	return err == nil, err
}
