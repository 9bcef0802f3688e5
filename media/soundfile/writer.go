package soundfile

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
)

// Writer writes a file of sound. One goroutine at a time may use it; it waits for the disk, so
// that this is never a loop of media: there a Recorder stands between.
//
// What is on the disk is a whole file at any time: the data is written first and the header
// after it, once a second of audio and at Close. A process that dies between leaves a header that
// tells of a second less than there is, which Decode and Append see.
type Writer struct {
	format  *Format
	f       *os.File
	coder   coding
	start   int64 // of the data
	size    int64 // of the data that is on the disk
	told    int64 // of the data that the header tells
	frame   []int16
	out     []byte // that waits for the disk
	samples int64  // that were taken, and those that were there before
}

// Create makes a new file, in place of one of that name.
func Create(path string, f *Format) (*Writer, error) {
	return open(path, f, os.O_RDWR|os.O_CREATE|os.O_TRUNC)
}

// Append goes on with a file, which is made when it is not there. The error says what is wrong
// with one that is of another format.
func Append(path string, f *Format) (*Writer, error) {
	return open(path, f, os.O_RDWR|os.O_CREATE)
}

func open(path string, f *Format, how int) (*Writer, error) {
	file, err := os.OpenFile(path, how, 0o666)
	if err != nil {
		return nil, err
	}
	w := &Writer{format: f, f: file, coder: f.newCoder()}
	if err := w.begin(); err != nil {
		file.Close()
		return nil, err
	}
	return w, nil
}

// begin reads the header of a file that has one, or writes it.
func (w *Writer) begin() error {
	info, err := w.f.Stat()
	if err != nil {
		return err
	}
	if w.format.head != nil {
		head := w.format.head.make(w.format, 0)
		w.start = int64(len(head))
		if info.Size() == 0 {
			_, err := w.f.WriteAt(head, 0)
			return err
		}
		if err := w.resume(info.Size(), head); err != nil {
			return fmt.Errorf("%s: %w", w.f.Name(), err)
		}
	} else {
		w.size = info.Size()
	}
	w.size -= w.size % int64(w.format.bytes) // what is left of a frame is not one
	w.samples = w.format.samples(w.size)
	if w.start+w.size < info.Size() {
		return w.f.Truncate(w.start + w.size)
	}
	return nil
}

// resume finds the end of the data of a file with a header.
func (w *Writer) resume(whole int64, head []byte) error {
	b := make([]byte, min(whole, 1<<16))
	if _, err := io.ReadFull(w.f, b); err != nil {
		return err
	}
	if string(head[:4]) != "RIFF" {
		if len(b) < len(head) || string(b[:4]) != string(head[:4]) {
			return errors.New("it is of another format")
		}
		w.size = whole - w.start
		return nil
	}
	l, err := readRIFF(b, whole)
	if err != nil {
		return err
	}
	if kind := map[int]string{1: "pcm16", 320: "gsm"}[w.format.frame]; l.codec != kind || l.rate != w.format.Rate || l.channels != 1 {
		return errors.New("it is of another format")
	}
	if l.start != w.start {
		return errors.New("its header is not as they are written here")
	}
	w.size, w.told = l.size, -1
	return nil
}

// Format is the file's.
func (w *Writer) Format() *Format { return w.format }

// Samples is how many there are in the file, with those that wait.
func (w *Writer) Samples() int64 { return w.samples }

// Write takes samples at the format's rate. An error says that what was taken before could not be
// written; then nothing was taken of these, and it may be tried again: no sample is lost or
// written twice.
func (w *Writer) Write(pcm []int16) error {
	if err := w.Flush(); err != nil {
		return err
	}
	w.samples += int64(len(pcm))
	for len(pcm) > 0 {
		n := min(len(pcm), block)
		w.encode(pcm[:n])
		if w.Flush() != nil {
			w.encode(pcm[n:]) // it waits
			break
		}
		pcm = pcm[n:]
	}
	return nil
}

// block is how many samples are coded and written at a time.
const block = 4096

// encode takes whole frames of the codec; what is left waits.
func (w *Writer) encode(pcm []int16) {
	n := w.format.frame
	if len(w.frame) > 0 || len(pcm)%n != 0 {
		w.frame = append(w.frame, pcm...)
		pcm = w.frame
	}
	whole := len(pcm) - len(pcm)%n
	at := len(w.out)
	w.out = slices.Grow(w.out, whole/n*w.format.bytes)
	w.out = w.out[:at+w.coder.Encode(w.out[at:at+whole/n*w.format.bytes], pcm[:whole])]
	w.frame = append(w.frame[:0], pcm[whole:]...)
}

// Flush writes what waits, but for an unfinished frame of the codec; once a second of audio the
// header too.
func (w *Writer) Flush() error {
	if len(w.out) > 0 {
		n, err := w.f.WriteAt(w.out, w.start+w.size)
		w.size += int64(n)
		w.out = append(w.out[:0], w.out[n:]...)
		if err != nil {
			return err
		}
	}
	if w.format.samples(w.size-w.told) >= int64(w.format.Rate) {
		return w.tell()
	}
	return nil
}

// tell has the header say how much data there is.
func (w *Writer) tell() error {
	if w.format.head == nil || w.told == w.size {
		return nil
	}
	size := w.size - w.size%int64(w.format.bytes)
	_, err := w.f.WriteAt(w.format.head.make(w.format, size), 0)
	if err == nil {
		w.told = w.size
	}
	return err
}

// Close writes what is left, the last frame filled up with silence, and the header. It may be
// called again after an error.
func (w *Writer) Close() error {
	if n := len(w.frame); n > 0 {
		w.encode(make([]int16, w.format.frame-n))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if err := w.tell(); err != nil {
		return err
	}
	return w.f.Close()
}
