package store

import (
	"errors"
	"fmt"

	"obelisk/internal/store/spare"
)

// A disk that is full takes no change into the journal. From the first one on changes go into
// the reserve, which was allocated beforehand, until the database has all of them: so a phone
// that was told 200 is known after a restart.

// save puts what is noted into the reserve. why is what the journal says; d.mu is held.
func (d *DB) save(why error) error {
	if d.spare == nil {
		return why
	}
	var err error
	d.journal.noted(func(change []byte) {
		if err == nil {
			err = d.spare.Append(change)
		}
	})
	if errors.Is(err, spare.ErrFull) { // of what changed twice the last is enough
		err = d.spare.Rewrite(d.unwritten())
	}
	if err != nil {
		return fmt.Errorf("%w; %w", why, err)
	}
	d.sparing = true
	return nil
}

// unwritten are the changes that the database does not have; d.mu is held.
func (d *DB) unwritten() (out [][]byte) {
	for k := range d.dirty {
		v, gone := d.row(k)
		out = append(out, appendChange(nil, k, v, gone))
	}
	return out
}

// saveAll puts all of them into the reserve, at the end.
func (d *DB) saveAll() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.spare == nil {
		return errors.New("there is no reserve on disk")
	}
	return d.spare.Rewrite(d.unwritten())
}

// emptySpare leaves in the reserve what came while the rest was written.
func (d *DB) emptySpare() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.spare == nil || !d.sparing {
		return nil
	}
	list := d.unwritten()
	if err := d.spare.Rewrite(list); err != nil {
		return err
	}
	d.sparing, d.silent = len(list) > 0, false
	return nil
}

// recall takes over what is in the reserve. It is later than what the journals have.
func (d *DB) recall() {
	if d.spare == nil {
		return
	}
	err := d.spare.Each(func(b []byte) {
		key, value, gone, ok := readChange(b)
		if !ok {
			return
		}
		d.restore(key, value, gone)
		d.sparing = true
	})
	if err != nil {
		d.report(fmt.Errorf("astdb: the reserve cannot be read: %w", err))
	}
}
