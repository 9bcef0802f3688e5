package cdr

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// What the disk refuses is written into the spare room as well, after each try, so that a
// process that is killed while the disk is full loses no more than the last seconds.

// save puts what waits and is not in the spare room there, as far as it has room.
func (w *Writer) save() {
	if w.spare == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.pending {
		rest := c.text[c.saved:]
		if len(rest) == 0 {
			continue
		}
		b, err := json.Marshal(left{c.path, string(rest)})
		if err == nil {
			err = w.spare.Append(b)
		}
		if err != nil {
			if !w.short {
				w.short = true
				go w.report(fmt.Errorf("call records that the disk refuses are in memory only: %w", err))
			}
			return
		}
		c.saved = len(c.text)
	}
}

// forgetSaved empties the spare room: the disk has all of it.
func (w *Writer) forgetSaved() {
	if w.spare == nil {
		return
	}
	if err := w.spare.Rewrite(nil); err != nil {
		w.report(fmt.Errorf("the reserve of call records cannot be emptied, they may be written twice: %w", err))
	}
	w.mu.Lock()
	w.short = false
	w.mu.Unlock()
}

// recall queues what an earlier process left in the spare room; it stays there until it is
// written.
func (w *Writer) recall() {
	if w.spare == nil {
		return
	}
	n := 0
	err := w.spare.Each(func(b []byte) {
		var l left
		if json.Unmarshal(b, &l) != nil {
			return
		}
		w.mu.Lock()
		c := w.queue(l.Path, l.Text)
		c.saved = len(c.text)
		w.mu.Unlock()
		n++
	})
	w.mu.Lock()
	w.failed = n > 0 // so that the room is emptied when they are written
	w.mu.Unlock()
	if err != nil {
		w.report(fmt.Errorf("the reserve of call records cannot be read: %w", err))
	}
}

// unsaved is what waits and is not in the spare room, and how many lines it has.
func (w *Writer) unsaved() (out []left, lines int) {
	w.save()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.pending {
		if rest := c.text[c.saved:]; len(rest) > 0 {
			out = append(out, left{c.path, string(rest)})
			lines += bytes.Count(rest, []byte("\n"))
		}
	}
	return out, lines
}
