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
	{Name: "FILE", Dangerous: true, Guard: pbx.GuardRead | pbx.GuardWrite, Synopsis: "A part of a file",
		Usage: "FILE(name[,offset[,length[,options[,format]]]])\n  offset and length below 0 count from the end\n  l  offset and length are " +
			"lines\n  a  writing adds at the end; d  a written line gets no end\n  format: u, d or m, the ends of lines",
		Read: readFile, Write: writeFile},
	{Name: "STAT", Dangerous: true, Guard: pbx.GuardRead, Synopsis: "A fact about a file",
		Usage: "STAT(d|e|f|m|s|A|C|M,name): directory, exists, plain file, mode, size, times of access, change and modification", Read: stat},
	{Name: "FILE_COUNT_LINE", Dangerous: true, Guard: pbx.GuardRead, Synopsis: "How many lines a file has, -1 without it",
		Usage: "FILE_COUNT_LINE(name[,format])", Read: countLines},
	{Name: "FILE_FORMAT", Dangerous: true, Guard: pbx.GuardRead, Synopsis: "How the lines of a file end: u, d, m, or x for no lines",
		Usage: "FILE_FORMAT(name)", Read: fileFormat},
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

// span is where an offset and a length lie in something of so many parts. Below 0 both count
// from the end; a length that cannot be read is all that follows. Not ok for an offset before
// the beginning.
func span(offset, length string, parts int) (from, to int, ok bool) {
	from, n, long := integer(offset), 0, true
	if k, _, given := scanInt(length); given {
		n, long = int(k), false
	}
	if from < 0 {
		from += parts
	}
	if from < 0 {
		return 0, 0, false
	}
	switch {
	case long:
		to = parts
	case n < 0:
		to = parts + n
	default:
		to = from + n
	}
	from = min(from, parts)
	return from, min(max(to, from), parts), true
}

func readFile(_ *pbx.Channel, args string) (string, error) {
	f := append(raw(args, 5), "", "", "", "", "")
	data, err := load(f[0])
	if err != nil {
		return "", err
	}
	if !strings.Contains(f[3], "l") {
		return string(bytesOf(data, f[1], f[2])), nil
	}
	return linesOf(data, f)
}

// bytesOf is a part of a file by its bytes. A length below 0 means the place that far before
// the end, but counted from the offset, as in Asterisk.
func bytesOf(data []byte, offset, length string) []byte {
	from := integer(offset)
	if from < 0 {
		if from += len(data); from < 0 {
			from = len(data)
		}
	}
	n, _, given := scanInt(length)
	switch {
	case !given:
		n = int64(len(data))
	case n < 0:
		if n += int64(len(data)); n < int64(from) {
			return nil
		}
	}
	from = min(from, len(data))
	return data[from:min(from+int(min(n, int64(len(data)))), len(data))]
}

var errLines = errors.New("that is before the first line, or the file has no lines")

// linesOf is a part by lines. What has no end is none, but goes with the last one.
func linesOf(data []byte, f []string) (string, error) {
	format := strings.ToLower(f[4])
	if format == "" || strings.IndexByte("udm", format[0]) < 0 {
		if format = formatOf(data); format == "x" {
			return "", errLines
		}
	}
	lines := splitLines(data, format)
	n := len(lines)
	if n > 0 && !bytes.HasSuffix(lines[n-1], []byte(lineEnd(format))) {
		n--
	}
	offset, length := integer(f[1]), n+1
	k, _, given := scanInt(f[2])
	if given {
		length = int(k)
	}
	from, to := offset, 0
	if offset < 0 {
		from += n
	}
	switch {
	case from < 0 || from > n || offset < 0 && given && length <= offset:
		return "", errLines
	case length >= 0:
		if to = len(lines); length < to-from {
			to = from + length
		}
	case -length > n:
		to = len(lines)
	default:
		to = max(n+length, from)
	}
	return string(bytes.Join(lines[from:max(to, from)], nil)), nil
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

func writeFile(c *pbx.Channel, args, value string) error {
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
		from, to, _ := span(f[1], f[2], len(lines))
		before, after := bytes.Join(lines[:from], nil), bytes.Join(lines[to:], nil)
		data = append(append(before, value+end...), after...)
	case f[1] == "" && f[2] == "":
		data = []byte(value)
	default:
		from, to, _ := span(f[1], f[2], len(data))
		data = append(append(bytes.Clone(data[:from]), value...), data[to:]...)
	}
	if c.Core().Outside() != nil {
		return nil
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
	return formatOf(data), err
}

func stat(_ *pbx.Channel, args string) (string, error) {
	what, name, _ := strings.Cut(args, ",")
	s, err := os.Stat(name)
	if err != nil || what == "" {
		return "0", nil
	}
	switch what[:1] {
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
		return strconv.FormatInt(timeOf(s, what[0]).Unix(), 10), nil
	}
	return "0", nil
}
