package store

import (
	"bufio"
	"encoding/binary"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
)

// journal holds the changes that the database does not have yet. What is written is with the
// kernel and outlives the process. There is a file for those of each transaction,
// astdb.journal-N.
//
// A change is its length, a checksum (CRC-32), the length of the key, the key, and the
// value after "=", or "-" when the row is removed.
type journal struct {
	dir  string
	n    int
	file *os.File // nil: it could not be made
	size int64    // of whole changes in it
	buf  []byte   // changes that are to be written
}

func (j *journal) path(n int) string {
	return filepath.Join(j.dir, "astdb.journal-"+strconv.Itoa(n))
}

// files lists the numbers of those that an earlier process left, the oldest first.
func (j *journal) files() (out []int) {
	list, _ := filepath.Glob(filepath.Join(j.dir, "astdb.journal-*"))
	for _, f := range list {
		if n, err := strconv.Atoi(f[strings.LastIndexByte(f, '-')+1:]); err == nil {
			out = append(out, n)
		}
	}
	sort.Ints(out)
	return out
}

// note adds a change to those that are to be written.
func (j *journal) note(key, value string, gone bool) {
	at := len(j.buf)
	b := appendChange(append(j.buf, 0, 0, 0, 0, 0, 0, 0, 0), key, value, gone)
	binary.LittleEndian.PutUint32(b[at:], uint32(len(b)-at-8))
	binary.LittleEndian.PutUint32(b[at+4:], crc32.ChecksumIEEE(b[at+8:]))
	j.buf = b
}

// write writes what is noted. What cannot be written is in memory still.
func (j *journal) write() error {
	if j.file == nil {
		return os.ErrNotExist
	}
	if _, err := j.file.Write(j.buf); err != nil {
		j.file.Truncate(j.size) // half a change would end what is replayed
		return err
	}
	j.size += int64(len(j.buf))
	return nil
}

// noted are the changes that are to be written, as appendChange made them.
func (j *journal) noted(each func(change []byte)) {
	for b := j.buf; len(b) > 0; {
		n := 8 + int(binary.LittleEndian.Uint32(b))
		each(b[8:n])
		b = b[n:]
	}
}

// appendChange writes a change behind b: the length of the key, the key, and the value.
func appendChange(b []byte, key, value string, gone bool) []byte {
	b = binary.AppendUvarint(b, uint64(len(key)))
	b = append(b, key...)
	if gone {
		return append(b, '-')
	}
	return append(append(b, '='), value...)
}

// readChange reads one; ok is false for what is none.
func readChange(b []byte) (key, value string, gone, ok bool) {
	long, k := binary.Uvarint(b)
	if k <= 0 || long >= uint64(len(b)-k) {
		return "", "", false, false
	}
	key, rest := string(b[k:k+int(long)]), b[k+int(long):]
	return key, string(rest[1:]), rest[0] == '-', true
}

// open makes the file of the next transaction; nil when that is not possible.
func (j *journal) open() *os.File {
	f, err := os.OpenFile(j.path(j.n+1), os.O_CREATE|os.O_TRUNC|os.O_WRONLY|os.O_APPEND, 0o640)
	if err != nil {
		return nil
	}
	return f
}

// use has changes noted in a file that open made, from now on. It returns the number up to
// which files hold no later ones; without a new file the one in use goes on.
func (j *journal) use(f *os.File) (full int) {
	if f == nil {
		return j.n - 1
	}
	if j.file != nil {
		j.file.Close()
	}
	j.n, j.file, j.size = j.n+1, f, 0
	return j.n - 1
}

// forget removes the files up to a number: the database has what is in them.
func (j *journal) forget(n int) {
	for _, old := range j.files() {
		if old <= n {
			os.Remove(j.path(old))
		}
	}
}

// replay tells the changes of a file in order, up to the first that is not whole.
func (j *journal) replay(n int, change func(key, value string, gone bool)) error {
	f, err := os.Open(j.path(n))
	if err != nil {
		return err
	}
	defer f.Close()
	for r := bufio.NewReader(f); ; {
		var head [8]byte
		if _, err := io.ReadFull(r, head[:]); err != nil {
			return nil
		}
		size := binary.LittleEndian.Uint32(head[:])
		if size > 1<<20 {
			return nil
		}
		b := make([]byte, size)
		if _, err := io.ReadFull(r, b); err != nil || crc32.ChecksumIEEE(b) != binary.LittleEndian.Uint32(head[4:]) {
			return nil
		}
		key, value, gone, ok := readChange(b)
		if !ok {
			return nil
		}
		change(key, value, gone)
	}
}
