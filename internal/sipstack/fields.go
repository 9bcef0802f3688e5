package sipstack

import (
	"math"
	"unsafe"
)

// field is one header line, folded lines joined. The name is the full one, "" for a
// line that is no header: it is kept so that what is folded under it goes with it.
type field struct{ name, value string }

// fields are the header lines of a message: where they are in its text, which takes a quarter of
// the room of the strings themselves.
type fields struct {
	text string
	at   []span
	odd  *[]field // those that are not as they are in the text: short names, folded lines; nil: none
}

// span is where a field is in the text, which is no longer than maxMessage.
type span struct {
	name, nameLen   uint16
	value, valueLen uint16 // inOdd: name is its place in odd
}

const inOdd = math.MaxUint16

// usualFields have room in the message itself.
const usualFields = 16

func (f *fields) len() int { return len(f.at) }

// line is one of them.
func (f *fields) line(i int) field {
	s := f.at[i]
	if s.valueLen == inOdd {
		return (*f.odd)[s.name]
	}
	return field{f.text[s.name:][:s.nameLen], f.text[s.value:][:s.valueLen]}
}

// add takes a field whose name and value are parts of the text, or are not.
func (f *fields) add(h field) {
	name, ok := f.within(h.name)
	value, also := f.within(h.value)
	if ok && also {
		f.at = append(f.at, span{name, uint16(len(h.name)), value, uint16(len(h.value))})
		return
	}
	f.at = append(f.at, span{})
	f.set(len(f.at)-1, h)
}

// set has one that is not as it is in the text.
func (f *fields) set(i int, h field) {
	if f.at[i].valueLen == inOdd {
		(*f.odd)[f.at[i].name] = h
		return
	}
	if f.odd == nil {
		f.odd = new([]field)
	}
	f.at[i] = span{name: uint16(len(*f.odd)), valueLen: inOdd}
	*f.odd = append(*f.odd, h)
}

// within is where a text is in the whole one, if it is a part of it.
func (f *fields) within(part string) (at uint16, ok bool) {
	if part == "" {
		return 0, true
	}
	begin := uintptr(unsafe.Pointer(unsafe.StringData(f.text)))
	n := uintptr(unsafe.Pointer(unsafe.StringData(part))) - begin // huge where it is before
	if n+uintptr(len(part)) > uintptr(len(f.text)) || n > math.MaxUint16 || len(part) >= inOdd {
		return 0, false
	}
	return uint16(n), true
}
