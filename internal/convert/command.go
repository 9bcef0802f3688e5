package convert

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"obelisk/internal/config"
)

// Usage is the help of obelisk convert.
const Usage = `Usage: obelisk convert sip DIR [-o OUT]     make a pjsip.conf of the sip.conf in DIR
       obelisk convert pjsip DIR [-o OUT]   make a sip.conf of the pjsip.conf in DIR

Without -o the file is shown; with it OUT gets that file, each file in which names SIP/x or
PJSIP/x changed, and convert.txt, the list of what could not be said. The list is on standard
error as well. DIR is not changed, and OUT must have none of these files yet.
The status is 1 where there is such a list, and 2 where nothing could be converted.
`

// Command runs "obelisk convert" with what stands behind that word.
func Command(args []string, stdout, stderr io.Writer) int {
	var words []string
	out := ""
	for i := 0; i < len(args); i++ {
		switch a := args[i]; {
		case a == "-h" || a == "--help":
			fmt.Fprint(stdout, Usage)
			return 0
		case a == "-o" && i+1 < len(args):
			i++
			out = args[i]
		case strings.HasPrefix(a, "-"):
			fmt.Fprintf(stderr, "obelisk convert: unknown or incomplete option '%s': obelisk convert sip|pjsip DIR [-o OUT]\n", a)
			return 2
		default:
			words = append(words, a)
		}
	}
	if len(words) != 2 {
		fmt.Fprintln(stderr, "obelisk convert: what is converted, and its folder, are needed: obelisk convert sip|pjsip DIR [-o OUT]")
		return 2
	}
	make := map[string]func(config.Source) (*Result, error){"sip": ToPJSIP, "pjsip": ToSIP}[strings.ToLower(words[0])]
	if make == nil {
		fmt.Fprintf(stderr, "obelisk convert: '%s' is neither sip nor pjsip, the file to read\n", words[0])
		return 2
	}
	dir, err := filepath.Abs(words[1])
	if err != nil {
		fmt.Fprintln(stderr, "obelisk convert:", err)
		return 2
	}
	r, err := make(config.Dir(dir))
	if err == nil {
		err = r.write(out, stdout)
	}
	if err != nil {
		fmt.Fprintln(stderr, "obelisk convert:", err)
		return 2
	}
	fmt.Fprint(stderr, r.Report())
	if len(r.Notes) > 0 {
		return 1
	}
	return 0
}

// Report lists the notes, one a line.
func (r *Result) Report() string {
	var b strings.Builder
	for _, n := range r.Notes {
		b.WriteString(n.String() + "\n")
	}
	fmt.Fprintf(&b, "%d files, %d lines to look at\n", len(r.Files), len(r.Notes))
	return b.String()
}

// write puts the files into a folder, or the first one to w where there is none.
func (r *Result) write(out string, w io.Writer) error {
	if out == "" {
		_, err := io.WriteString(w, r.Files[0].Text)
		return err
	}
	files := append([]File{{Name: "convert.txt", Text: r.Report()}}, r.Files...)
	for _, f := range files {
		if _, err := os.Lstat(filepath.Join(out, f.Name)); err == nil {
			return fmt.Errorf("%s is there already; nothing is written", filepath.Join(out, f.Name))
		}
	}
	for _, f := range files {
		path := filepath.Join(out, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(f.Text), 0o640); err != nil { // secrets are in it
			return err
		}
	}
	return nil
}
