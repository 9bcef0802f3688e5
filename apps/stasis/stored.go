package stasis

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"obelisk/media/soundfile"
)

// Recordings that are stored: files below astspooldir/recording, by their names without an extension. A
// name leads nowhere else: not by "..", not by a link.

// localName says whether a text is the name of a recording.
func localName(name string) bool {
	return name != "" && len(name) < 200 && filepath.IsLocal(name) && !strings.ContainsAny(name, "\x00\\") &&
		!strings.HasPrefix(filepath.Base(name), ".") && filepath.Clean(name) == name
}

// stored finds the file of a recording, and its format.
func (m *Module) stored(name string) (file, format string, ok bool) {
	if !localName(name) {
		return "", "", false
	}
	dir, base := filepath.Split(filepath.Join(m.folder(), name))
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		ext := filepath.Ext(e.Name())
		if e.Type().IsRegular() && ext != "" && strings.TrimSuffix(e.Name(), ext) == base && soundfile.ByName(ext[1:]) != nil {
			file = filepath.Join(dir, e.Name())
			if real, err := filepath.EvalSymlinks(file); err == nil && m.inside(real) {
				return file, ext[1:], true
			}
		}
	}
	return "", "", false
}

// inside says whether a path without links is below the folder.
func (m *Module) inside(real string) bool {
	root, err := filepath.EvalSymlinks(m.folder())
	if err != nil {
		return false
	}
	rel, err := filepath.Rel(root, real)
	return err == nil && filepath.IsLocal(rel)
}

// roomFor makes the folder of a file that is about to be written. An error: it would lie elsewhere, by
// a link.
func (m *Module) roomFor(file string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		return err
	}
	real, err := filepath.EvalSymlinks(filepath.Dir(file))
	if err != nil || !m.inside(real) {
		return os.ErrPermission
	}
	if info, err := os.Lstat(file); err == nil && !info.Mode().IsRegular() {
		return os.ErrPermission
	}
	return nil
}

func storedModel(name, format string) Object { return Object{"name", name, "format", format} }

// mostStored are listed.
const mostStored = 100000

// StoredRecordings are the models of all, by name.
func (m *Module) StoredRecordings() []Object {
	var names [][2]string
	root := m.folder()
	filepath.WalkDir(root, func(p string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() || len(names) >= mostStored {
			return nil
		}
		ext := filepath.Ext(p)
		rel, err := filepath.Rel(root, strings.TrimSuffix(p, ext))
		if err == nil && ext != "" && soundfile.ByName(ext[1:]) != nil && localName(filepath.ToSlash(rel)) {
			names = append(names, [2]string{filepath.ToSlash(rel), ext[1:]})
		}
		return nil
	})
	slices.SortFunc(names, func(a, b [2]string) int { return strings.Compare(a[0]+a[1], b[0]+b[1]) })
	out := []Object{}
	for _, n := range names {
		out = append(out, storedModel(n[0], n[1]))
	}
	return out
}

// StoredRecording is the model of one.
func (m *Module) StoredRecording(name string) (Object, error) {
	_, format, ok := m.stored(name)
	if !ok {
		return nil, errNoRecording
	}
	return storedModel(name, format), nil
}

// DeleteStored takes one away.
func (m *Module) DeleteStored(name string) error {
	file, _, ok := m.stored(name)
	if !ok {
		return errNoRecording
	}
	if os.Remove(file) != nil {
		return Refuse(500, "Delete failed")
	}
	return nil
}

// OpenStored opens the file of one, which who asks for it closes.
func (m *Module) OpenStored(name string) (f *os.File, format string, err error) {
	file, format, ok := m.stored(name)
	if !ok {
		return nil, "", errNoRecording
	}
	if f, err = os.Open(file); err != nil {
		return nil, "", Refuse(403, "Recording could not be opened")
	}
	return f, format, nil
}

// CopyStored makes a copy under another name.
func (m *Module) CopyStored(name, to string) (Object, error) {
	file, format, ok := m.stored(name)
	switch {
	case !ok:
		return nil, errNoRecording
	case to == "":
		return nil, Refuse(400, "Invalid destination recording name")
	case !localName(to):
		return nil, Refuse(403, "Destination file path is forbidden")
	}
	if _, _, there := m.stored(to); there {
		return nil, errThere
	}
	target := filepath.Join(m.folder(), to+"."+format)
	if m.roomFor(target) != nil {
		return nil, Refuse(403, "Destination file path is forbidden")
	}
	if err := copyFile(file, target); err != nil {
		if os.IsExist(err) {
			return nil, errThere
		}
		return nil, errCopy
	}
	return storedModel(to, format), nil
}

var (
	errThere = Refuse(409, "A recording with the same name already exists on the system")
	errCopy  = Refuse(500, "Copy failed")
)

func copyFile(from, to string) error {
	src, err := os.Open(from)
	if err != nil {
		return err
	}
	defer src.Close()
	dst, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	if _, err = io.Copy(dst, src); err == nil {
		return dst.Close()
	}
	dst.Close()
	os.Remove(to)
	return err
}
