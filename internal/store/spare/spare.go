// Package spare keeps a file whose blocks are allocated beforehand, so that what must not be
// lost can be written on a disk that is full. It is written in place.
package spare

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
)

// ErrFull says that a record does not fit any more.
var ErrFull = errors.New("the reserve on disk is used up")

// File is a list of records in one of two halves: the one whose head has the higher
// generation. A new list is written into the other half, and its head last, so that a
// process that is killed meanwhile leaves the old one.
//
// A head is "SPAR", the generation (uint64) and the checksum of both; a record is its length
// (uint32), a checksum (CRC-32 of the generation and the record) and the record. What an
// older generation left behind the last record has another checksum. It is safe for use by
// several goroutines.
type File struct {
	mu         sync.Mutex // guards all below
	f          *os.File
	half       int64 // bytes of one
	current    int64 // 0 or 1
	generation uint64
	end        int64 // of the last record, from the beginning of the half
	records    int
}

const (
	magic    = "SPAR"
	headSize = 4 + 8 + 4
	leadSize = 8
)

// Open opens the file, or makes it with size bytes. A file that is shorter is made longer
// where the disk allows it; what is in it stays.
func Open(path string, size int64) (*File, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o640)
	if err != nil {
		return nil, err
	}
	s := &File{f: f, half: size / 2}
	if err := s.prepare(); err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

// prepare finds the list that is in force, or allocates a file that has none.
func (s *File) prepare() error {
	info, err := s.f.Stat()
	if err != nil {
		return err
	}
	if n := info.Size() / 2; n > headSize {
		s.half = n
	}
	found := false
	for i := range int64(2) {
		if g, ok := s.head(i); ok && (!found || g > s.generation) {
			found, s.current, s.generation = true, i, g
		}
	}
	if found {
		return s.scan(func([]byte) {})
	}
	zeros := make([]byte, 64<<10)
	for at := int64(0); at < 2*s.half; at += int64(len(zeros)) {
		if _, err := s.f.WriteAt(zeros[:min(int64(len(zeros)), 2*s.half-at)], at); err != nil {
			s.f.Truncate(0) // half of it helps nobody, and others may need the room
			return err
		}
	}
	return s.begin(0, 1)
}

func (s *File) head(i int64) (generation uint64, ok bool) {
	b := make([]byte, headSize)
	if _, err := s.f.ReadAt(b, i*s.half); err != nil || string(b[:4]) != magic ||
		crc32.ChecksumIEEE(b[:12]) != binary.LittleEndian.Uint32(b[12:]) {
		return 0, false
	}
	return binary.LittleEndian.Uint64(b[4:]), true
}

// begin writes the head of a half, which makes it the one in force.
func (s *File) begin(i int64, generation uint64) error {
	b := binary.LittleEndian.AppendUint64([]byte(magic), generation)
	b = binary.LittleEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
	if _, err := s.f.WriteAt(b, i*s.half); err != nil {
		return err
	}
	s.current, s.generation, s.end, s.records = i, generation, headSize, 0
	return nil
}

func sum(generation uint64, record []byte) uint32 {
	return crc32.Update(crc32.ChecksumIEEE(binary.LittleEndian.AppendUint64(nil, generation)), crc32.IEEETable, record)
}

// put writes a record into a half at a place, and returns where the next one begins.
func (s *File) put(i, at int64, generation uint64, record []byte) (next int64, err error) {
	if next = at + leadSize + int64(len(record)); next > s.half {
		return at, ErrFull
	}
	b := binary.LittleEndian.AppendUint32(nil, uint32(len(record)))
	b = binary.LittleEndian.AppendUint32(b, sum(generation, record))
	_, err = s.f.WriteAt(append(b, record...), i*s.half+at)
	return next, err
}

// Append adds a record. When it returns the kernel has it: it outlives the process.
func (s *File) Append(record []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	next, err := s.put(s.current, s.end, s.generation, record)
	if err == nil {
		s.end, s.records = next, s.records+1
	}
	return err
}

// Rewrite puts other records in the place of all. On an error the old ones stay.
func (s *File) Rewrite(list [][]byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(list) == 0 && s.records == 0 {
		return nil
	}
	other, at := 1-s.current, int64(headSize)
	generation := s.generation + 1 + rand.Uint64N(1<<32) // not that of a try that did not end
	var err error
	for _, r := range list {
		if at, err = s.put(other, at, generation, r); err != nil {
			return err
		}
	}
	if err := s.begin(other, generation); err != nil {
		return err
	}
	s.end, s.records = at, len(list)
	return nil
}

// Len is how many records there are.
func (s *File) Len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.records
}

// Each visits the records, in order.
func (s *File) Each(f func([]byte)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.scan(f)
}

// scan reads the half in force up to its last whole record.
func (s *File) scan(f func([]byte)) error {
	s.end, s.records = headSize, 0
	lead := make([]byte, leadSize)
	for s.end+leadSize <= s.half {
		if _, err := s.f.ReadAt(lead, s.current*s.half+s.end); err != nil {
			return unlessEnd(err)
		}
		n := int64(binary.LittleEndian.Uint32(lead))
		if s.end+leadSize+n > s.half {
			return nil
		}
		record := make([]byte, n)
		if _, err := s.f.ReadAt(record, s.current*s.half+s.end+leadSize); err != nil {
			return unlessEnd(err)
		}
		if sum(s.generation, record) != binary.LittleEndian.Uint32(lead[4:]) {
			return nil
		}
		f(record)
		s.end, s.records = s.end+leadSize+n, s.records+1
	}
	return nil
}

func unlessEnd(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// Sync has the disk write what the kernel has.
func (s *File) Sync() error { return s.f.Sync() }

// Close closes the file.
func (s *File) Close() error { return s.f.Close() }
