// Package common is the database that several nodes of a test have in common.
package common

import (
	"context"
	"errors"
	"sync"

	"obelisk/internal/store"
)

// DB is a store.Common in memory. Its zero value is an empty one, and it can be away.
type DB struct {
	mu   sync.Mutex // guards all below
	rows map[string]kept
	rev  int64
	away bool
}

type kept struct {
	store.Row
	rev int64
}

var _ store.Common = (*DB)(nil)

var errAway = errors.New("it is away")

// Away has it fail, or work again.
func (c *DB) Away(is bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.away = is
}

// Send implements store.Common.
func (c *DB) Send(_ context.Context, list []store.Row) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.away {
		return errAway
	}
	if c.rows == nil {
		c.rows, c.rev = map[string]kept{}, store.FirstRev-1
	}
	for _, r := range list {
		if old, ok := c.rows[r.Key]; !ok || r.Later(&old.Row) {
			c.rev++
			c.rows[r.Key] = kept{r, c.rev}
		}
	}
	return nil
}

// Since implements store.Common.
func (c *DB) Since(_ context.Context, rev int64) (list []store.Row, now int64, whole bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.away {
		return nil, 0, false, errAway
	}
	now = max(c.rev, store.FirstRev-1)
	if now < rev {
		return nil, 0, false, store.ErrOther
	}
	for _, k := range c.rows {
		if k.rev > rev {
			list = append(list, k.Row)
		}
	}
	return list, now, false, nil
}

// Close implements store.Common.
func (*DB) Close() error { return nil }
