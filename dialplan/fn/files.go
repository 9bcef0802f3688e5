package fn

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"obelisk/pbx"
)

// files: functions about files of the system.
var files = []pbx.Func{
	{Name: "FILE", Dangerous: true, Guard: pbx.GuardRead | pbx.GuardWrite, Synopsis: "A part of a file", Usage: "FILE(name[,offset[,length[,options[,format]]]])\n  offset and length below 0 count from the end\n  l  offset and length are lines\n  a  writing adds at the end; d  a written line gets no end\n  format: u, d or m, the ends of lines",
		Read: readFile, Write: writeFile},
	{Name: "STAT", Dangerous: true, Guard: pbx.GuardRead, Synopsis: "A fact about a file", Usage: "STAT(d|e|f|m|s|A|C|M,name): directory, exists, plain file, mode, size, times of access, change and modification", Read: stat},
	{Name: "FILE_COUNT_LINE", Dangerous: true, Guard: pbx.GuardRead, Synopsis: "How many lines a file has, -1 without it", Usage: "FILE_COUNT_LINE(name[,format])", Read: countLines},
	{Name: "FILE_FORMAT", Dangerous: true, Guard: pbx.GuardRead, Synopsis: "How the lines of a file end: u, d, m, or x for no lines", Usage: "FILE_FORMAT(name)", Read: fileFormat},
}

// mostRead bounds what a function reads of a file.
const mostRead = 1 << 20

// load reads a file that may not be larger than that.
func load(name string) ([]byte, error) {
	if s, err := os.Stat(name); err != nil {
		return nil, err
	} else if !s.Mode().IsRegular() || s.Size() > mostRead {
		return nil, fmt.Errorf("'%s' is no plain file of at most %d bytes", name, mostRead)
	}
	return os.ReadFile(name)
}

// piece is where an offset and a length lie in something of n parts; length "" is all that
// follows.
func piece(offset, length string, n int) (from, to int) {
	from, _ = strconv.Atoi(strings.TrimSpace(offset))
	if from < 0 {
		from += n
	}
	from = min(max(from, 0), n)
	to = n
	if length = strings.TrimSpace(length); length != "" {
		k, _ := strconv.Atoi(length)
		if to = from + k; k < 0 {
			to = n + k
		}
	}
	return from, min(max(to, from), n)
}

func readFile(_ *pbx.Channel, args string) (string, error) {
	f := append(raw(args, 5), "", "", "", "", "")
	data, err := load(f[0])
	if err != nil {
		return "", err
	}
	if !strings.Contains(f[3], "l") {
		from, to := piece(f[1], f[2], len(data))
		return string(data[from:to]), nil
	}
	lines := splitLines(data, f[4])
	from, to := piece(f[1], f[2], len(lines))
	return string(bytes.Join(lines[from:to], nil)), nil
}

// lineEnd is the end of a line in a format.
func lineEnd(format string) string {
	switch {
	case strings.HasPrefix(format, "d"):
		return "\r\n"
	case strings.HasPrefix(format, "m"):
		return "\r"
	}
	return "\n"
}

// formatOf is how the lines of a text end.
func formatOf(data []byte) string {
	switch i := bytes.IndexAny(data, "\r\n"); {
	case i < 0:
		return "x"
	case data[i] == '\n':
		return "u"
	case i+1 < len(data) && data[i+1] == '\n':
		return "d"
	}
	return "m"
}

// splitLines are the lines with their ends.
func splitLines(data []byte, format string) [][]byte {
	if format == "" {
		format = formatOf(data)
	}
	lines := bytes.SplitAfter(data, []byte(lineEnd(format)))
	if n := len(lines); len(lines[n-1]) == 0 {
		lines = lines[:n-1]
	}
	return lines
}

func writeFile(_ *pbx.Channel, args, value string) error {
	f := append(raw(args, 5), "", "", "", "", "")
	data, err := load(f[0])
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	end := ""
	if strings.Contains(f[3], "l") && !strings.Contains(f[3], "d") {
		format := f[4]
		if format == "" {
			format = formatOf(data)
		}
		end = lineEnd(format)
	}
	switch {
	case strings.Contains(f[3], "a"):
		data = append(data, value+end...)
	case strings.Contains(f[3], "l"):
		lines := splitLines(data, f[4])
		from, to := piece(f[1], f[2], len(lines))
		before, after := bytes.Join(lines[:from], nil), bytes.Join(lines[to:], nil)
		data = append(append(before, value+end...), after...)
	case f[1] == "" && f[2] == "":
		data = []byte(value)
	default:
		from, to := piece(f[1], f[2], len(data))
		data = append(append(bytes.Clone(data[:from]), value...), data[to:]...)
	}
	return os.WriteFile(f[0], data, 0o666)
}

func countLines(_ *pbx.Channel, args string) (string, error) {
	f := append(raw(args, 2), "")
	data, err := load(f[0])
	if err != nil {
		return "-1", nil
	}
	return strconv.Itoa(bytes.Count(data, []byte(lineEnd(strings.TrimSpace(formatOr(f[1], data)))))), nil
}

func formatOr(given string, data []byte) string {
	if given != "" {
		return given
	}
	return formatOf(data)
}

func fileFormat(_ *pbx.Channel, name string) (string, error) {
	data, err := load(name)
	if err != nil {
		return "", err
	}
	return formatOf(data), nil
}

func stat(_ *pbx.Channel, args string) (string, error) {
	f := raw(args, 2)
	if len(f) < 2 {
		return "", errArguments
	}
	s, err := os.Stat(f[1])
	if err != nil {
		return "0", nil
	}
	switch f[0] {
	case "d":
		return digit(s.IsDir()), nil
	case "e":
		return "1", nil
	case "f":
		return digit(s.Mode().IsRegular()), nil
	case "s":
		return strconv.FormatInt(s.Size(), 10), nil
	case "m":
		return strconv.FormatUint(uint64(modeOf(s)), 8), nil
	case "A", "C", "M":
		return strconv.FormatInt(timeOf(s, f[0][0]).Unix(), 10), nil
	}
	return "0", nil
}
