// Package soundfiles is the commands about files of sound: "file convert", "core show file
// formats", "core show sounds".
package soundfiles

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"obelisk/media/soundfile"
	"obelisk/pbx"
	"obelisk/sounds"
)

// Module implements pbx.Commander.
type Module struct{ lib *sounds.Library }

var (
	_ pbx.Commander = (*Module)(nil)
	_ pbx.Described = (*Module)(nil)
)

// New makes the module; lib has the prompts.
func New(lib *sounds.Library) *Module { return &Module{lib} }

// Name implements pbx.Module.
func (*Module) Name() string { return "res_convert" }

// Synopsis implements pbx.Described.
func (*Module) Synopsis() string { return "File format conversion CLI command" }

// Commands implements pbx.Commander.
func (m *Module) Commands() []pbx.Command {
	return []pbx.Command{
		{Name: "file convert", Usage: "<file_in> <file_out>: make a file of sound one of another format; the extensions say which", System: true,
			Run: m.convert},
		{Name: "core show file formats", Usage: ": the formats of files of sound", Run: formats},
		{Name: "core show sounds", Usage: ": the prompts that are found", Run: m.sounds},
		{Name: "core show sound", Usage: "<name>: the languages and formats of a prompt", Complete: m.complete, Run: m.sound},
	}
}

const convertUsage = "file convert <file_in> <file_out>\n" +
	"       Convert from file_in to file_out. If an absolute path\n       is not given, the default Asterisk sounds directory\n       " +
	"will be used.\n\n" +
	"       Example:\n           file convert tt-weasels.gsm tt-weasels.ulaw"

// mostRead is the size of the largest file that is converted, in bytes: some four hours of wav.
const mostRead = 256 << 20

func (m *Module) convert(w io.Writer, args []string) bool {
	if len(args) != 2 {
		return pbx.Misused(w, convertUsage)
	}
	for _, name := range args {
		if filepath.Ext(name) == "" {
			fmt.Fprintf(w, "'%s' is an invalid filename!\n", name)
			return false
		}
	}
	begun := time.Now()
	clip, err := read(m.path(args[0]))
	if err != nil {
		fmt.Fprintf(w, "Unable to open input file: %s\n", args[0])
		fmt.Fprintln(w, err)
		return false
	}
	if err := write(m.path(args[1]), clip); err != nil {
		fmt.Fprintf(w, "Unable to open output file: %s\n", args[1])
		fmt.Fprintln(w, err)
		return false
	}
	fmt.Fprintf(w, "Converted %s to %s in %dms\n", args[0], args[1], time.Since(begun).Milliseconds())
	return true
}

// path is where a name leads: one that is not absolute lies with the prompts.
func (m *Module) path(name string) string {
	if filepath.IsAbs(name) || len(m.lib.Dirs) == 0 {
		return name
	}
	return filepath.Join(m.lib.Dirs[0], name)
}

func read(path string) (soundfile.Clip, error) {
	info, err := os.Stat(path)
	if err != nil {
		return soundfile.Clip{}, err
	}
	if !info.Mode().IsRegular() || info.Size() > mostRead {
		return soundfile.Clip{}, fmt.Errorf("it is no file, or larger than %d MB", mostRead>>20)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return soundfile.Clip{}, err
	}
	return soundfile.Decode(path, data)
}

func write(path string, clip soundfile.Clip) error {
	ext := strings.TrimPrefix(filepath.Ext(path), ".")
	f := soundfile.ByName(ext)
	if f == nil {
		return fmt.Errorf("'.%s' is not a format that can be written", ext)
	}
	out, err := soundfile.Create(path, f)
	if err != nil {
		return err
	}
	if err := out.Write(clip.At(f.Rate).PCM); err != nil {
		out.Close()
		return err
	}
	return out.Close()
}

func formats(w io.Writer, args []string) bool {
	if len(args) > 0 {
		return pbx.Misused(w, "core show file formats\n       Displays currently registered file formats (if any).")
	}
	const row = "%-10s %-10s %-20s\n"
	fmt.Fprintf(w, row+row, "Format", "Name", "Extensions", "------", "----", "----------")
	for _, f := range soundfile.Formats {
		fmt.Fprintf(w, row, f.Media(), f.Name, strings.Join(f.Extensions, "|"))
	}
	fmt.Fprintf(w, "%d file formats registered.\n", len(soundfile.Formats))
	return true
}

func (m *Module) sounds(w io.Writer, args []string) bool {
	if len(args) > 0 {
		return pbx.Misused(w, "core show sounds\n       Shows a listing of sound files.")
	}
	fmt.Fprintln(w, "Available audio files:")
	for _, s := range m.lib.Sounds() {
		fmt.Fprintln(w, s.Name)
	}
	return true
}

func (m *Module) sound(w io.Writer, args []string) bool {
	if len(args) != 1 {
		return pbx.Misused(w, "core show sound [soundid]\n       Shows information about the specified sound.")
	}
	for _, s := range m.lib.Sounds() {
		if s.Name == args[0] {
			fmt.Fprintf(w, "Indexed Sound Information:\n\n\tSound ID: %s\n", s.Name)
			for _, f := range s.Forms {
				fmt.Fprintf(w, "\tLanguage: %s\tFormat: %s\n", f[0], f[1])
			}
			return true
		}
	}
	fmt.Fprintf(w, "ERROR: File %s not found in index\n", args[0])
	return false
}

// complete lists the names of prompts for the tabulator key.
func (m *Module) complete(args []string) (out []string) {
	if len(args) > 0 {
		return nil
	}
	for _, s := range m.lib.Sounds() {
		out = append(out, s.Name)
	}
	slices.Sort(out)
	return out
}
