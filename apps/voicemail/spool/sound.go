package spool

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// soundOf are the sound files of a path without extension: of a message, a greeting or a draft.
func soundOf(path string) (out []string) {
	entries, _ := os.ReadDir(filepath.Dir(path))
	prefix := filepath.Base(path) + "."
	for _, e := range entries {
		ext, ok := strings.CutPrefix(e.Name(), prefix)
		if ok && ext != "txt" && ext != "" && !strings.Contains(ext, ".") && !e.IsDir() {
			out = append(out, filepath.Join(filepath.Dir(path), e.Name()))
		}
	}
	return out
}

// HasSound says whether there is a sound file of a path without extension.
func HasSound(path string) bool { return len(soundOf(path)) > 0 }

// Sound are the sound files of a path without extension.
func Sound(path string) []string { return soundOf(path) }

// RemoveSound takes the sound of a path away: a greeting.
func RemoveSound(path string) { clearSound(path) }

// MoveSound gives the sound of one path to another one, whose own goes: a greeting that is kept.
func MoveSound(from, to string) error {
	had := soundOf(to)
	came := soundOf(from)
	if err := moveSound(from, to); err != nil {
		return err
	}
	for _, old := range had { // another format than those that are recorded now
		same := func(name string) bool { return filepath.Ext(name) == filepath.Ext(old) }
		if !slices.ContainsFunc(came, same) {
			os.Remove(old)
		}
	}
	return nil
}

func clearSound(path string) {
	for _, name := range soundOf(path) {
		os.Remove(name)
	}
}

func moveSound(from, to string) error {
	for _, name := range soundOf(from) {
		if err := os.Rename(name, to+filepath.Ext(name)); err != nil {
			return err
		}
	}
	return nil
}

// linkSound has the sound of one path appear under another one as well.
func linkSound(from, to string) error {
	for _, name := range soundOf(from) {
		at := to + filepath.Ext(name)
		if err := os.Link(name, at); err != nil {
			if err = copyFile(name, at); err != nil {
				return err
			}
		}
	}
	return nil
}

// CopySound copies the sound of one path to another one, in place of what is there.
func CopySound(from, to string) error {
	clearSound(to)
	for _, name := range soundOf(from) {
		if err := copyFile(name, to+filepath.Ext(name)); err != nil {
			return err
		}
	}
	return nil
}

// CopySoundFile copies one sound file to a path without extension, in place of what is there.
func CopySoundFile(file, to string) error {
	clearSound(to)
	return copyFile(file, to+filepath.Ext(file))
}

// copyFile copies one file; it is whole or not there.
func copyFile(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, fileMode)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if err = errors.Join(err, out.Sync(), out.Close()); err != nil {
		os.Remove(to)
	}
	return err
}

// writeFile writes a file that is whole or, after an error or a crash, as it was.
func writeFile(name string, data []byte, mode os.FileMode) (err error) {
	tmp := filepath.Join(filepath.Dir(name), ".new-"+randomName())
	f, err := os.OpenFile(tmp, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	defer os.Remove(tmp)
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(tmp, name)
}
