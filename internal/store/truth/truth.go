// Package truth is the astdb that the nodes of a switchboard have in common, in PostgreSQL: the table
// obelisk_astdb, which is made where it is missing.
package truth

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"obelisk/internal/store"
	"obelisk/internal/store/realtime"
)

// lock is the advisory lock of all who write: revisions are committed in their order, so that who has read
// up to one has missed none below it.
const lock = 0x6f626b6462 // "obkdb"

// kept is how long it is remembered that a row was removed. A node that was away for longer takes the
// table as a whole.
const kept = "30 days"

// purge is how often what is older is removed.
const purge = time.Hour

// Postgres is that table.
type Postgres struct {
	db     *sql.DB
	made   atomic.Bool
	purged atomic.Int64 // Unix seconds
}

var _ store.Common = (*Postgres)(nil)

// Open makes it of a database, of which nothing is asked yet.
func Open(src realtime.Source) (*Postgres, error) {
	src.Driver = "pgsql"
	db, err := src.Open()
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(2)
	return &Postgres{db: db}, nil
}

// Close implements store.Common.
func (p *Postgres) Close() error { return p.db.Close() }

// table is made by the first who comes. The row with an empty key has the revision up to which rows that
// were removed are forgotten.
var table = fmt.Sprintf(`CREATE SEQUENCE IF NOT EXISTS obelisk_astdb_rev START %d;
CREATE TABLE IF NOT EXISTS obelisk_astdb (key TEXT PRIMARY KEY, value TEXT NOT NULL, gone BOOLEAN NOT NULL DEFAULT false,
	stamp BIGINT NOT NULL, node TEXT NOT NULL, rev BIGINT NOT NULL, changed TIMESTAMPTZ NOT NULL DEFAULT now());
CREATE INDEX IF NOT EXISTS obelisk_astdb_by_rev ON obelisk_astdb (rev);
INSERT INTO obelisk_astdb VALUES ('', '0', false, 0, '', 0) ON CONFLICT DO NOTHING;`, store.FirstRev)

// within runs f in a transaction, alone among all who write.
func (p *Postgres) within(ctx context.Context, f func(tx *sql.Tx) error) error {
	tx, err := p.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock($1)", int64(lock)); err != nil {
		return err
	}
	if err := f(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// prepare makes the table once for each run; one that somebody drops later is an error until the next.
func (p *Postgres) prepare(ctx context.Context) error {
	if p.made.Load() {
		return nil
	}
	err := p.within(ctx, func(tx *sql.Tx) error {
		for _, s := range strings.SplitAfter(table, ";") {
			if _, err := tx.ExecContext(ctx, s); err != nil {
				return err
			}
		}
		return nil
	})
	p.made.Store(err == nil)
	return err
}

const put = `INSERT INTO obelisk_astdb AS o (key, value, gone, stamp, node, rev) VALUES ($1, $2, $3, $4, $5, nextval('obelisk_astdb_rev'))
ON CONFLICT (key) DO UPDATE SET value = excluded.value, gone = excluded.gone, stamp = excluded.stamp, node = excluded.node,
	rev = excluded.rev, changed = now()
WHERE (o.stamp, o.node) < (excluded.stamp, excluded.node)`

// Send implements store.Common. What PostgreSQL has no room for in a text (a NUL, what is no
// UTF-8) is left out of it.
func (p *Postgres) Send(ctx context.Context, list []store.Row) error {
	if err := p.prepare(ctx); err != nil {
		return err
	}
	err := p.within(ctx, func(tx *sql.Tx) error {
		s, err := tx.PrepareContext(ctx, put)
		if err != nil {
			return err
		}
		defer s.Close()
		for _, r := range list {
			if _, err := s.ExecContext(ctx, text(r.Key), text(r.Value), r.Gone, r.Stamp, r.Node); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		err = p.purge(ctx)
	}
	return p.judged(err)
}

// text is what a column of texts takes.
func text(s string) string { return strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "\uFFFD") }

// judged has the table made again where something went wrong.
func (p *Postgres) judged(err error) error {
	if err != nil {
		p.made.Store(false)
	}
	return err
}

// purge forgets what was removed long ago, now and then.
func (p *Postgres) purge(ctx context.Context) error {
	was, now := p.purged.Load(), time.Now().Unix()
	if now-was < int64(purge/time.Second) || !p.purged.CompareAndSwap(was, now) {
		return nil
	}
	return p.within(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "WITH old AS (DELETE FROM obelisk_astdb WHERE gone AND changed < now() - interval '"+kept+
			"' RETURNING rev) UPDATE obelisk_astdb SET value = greatest(value::bigint, (SELECT max(rev) FROM old))::text "+
			"WHERE key = '' AND EXISTS (SELECT FROM old)")
		return err
	})
}

// Since implements store.Common.
func (p *Postgres) Since(ctx context.Context, rev int64) (list []store.Row, now int64, whole bool, err error) {
	if err := p.prepare(ctx); err != nil {
		return nil, 0, false, err
	}
	list, now, whole, err = p.since(ctx, rev)
	return list, now, whole, p.judged(err)
}

func (p *Postgres) since(ctx context.Context, rev int64) (list []store.Row, now int64, whole bool, err error) {
	tx, err := p.db.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return nil, 0, false, err
	}
	defer tx.Rollback()
	var horizon int64
	const state = "SELECT (SELECT value::bigint FROM obelisk_astdb WHERE key = ''), coalesce(max(rev), 0) FROM obelisk_astdb"
	if err := tx.QueryRowContext(ctx, state).Scan(&horizon, &now); err != nil {
		return nil, 0, false, err
	}
	if now = max(now, horizon, store.FirstRev-1); now < rev {
		return nil, 0, false, store.ErrOther
	}
	if whole = rev < horizon; whole {
		rev = 0
	}
	rows, err := tx.QueryContext(ctx, "SELECT key, value, gone, stamp, node FROM obelisk_astdb WHERE rev > $1", rev)
	if err != nil {
		return nil, 0, false, err
	}
	defer rows.Close()
	for rows.Next() {
		var r store.Row
		if err := rows.Scan(&r.Key, &r.Value, &r.Gone, &r.Stamp, &r.Node); err != nil {
			return nil, 0, false, err
		}
		list = append(list, r)
	}
	return list, now, whole, rows.Err()
}
