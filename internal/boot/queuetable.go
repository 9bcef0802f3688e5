package boot

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"obelisk/internal/store/realtime"

	"github.com/rs/zerolog"
)

// queueTable writes the log of queues into the table queue_log, beside the file. What is told of a call
// does not wait for the database: lines wait for it, so many of them at most.
type queueTable struct {
	tables *realtime.Tables
	log    zerolog.Logger
	lines  chan string
	stop   chan struct{}
	done   chan struct{}
	once   sync.Once
	apart  bool // data1 to data5; else one column data
}

const (
	queueLogTable = "queue_log"
	mostLines     = 10_000
	lineRetry     = time.Second
	lineTries     = 30 // of a line, while the database is away
)

// newQueueTable begins, where extconfig.conf has the table; nil: it has not.
func newQueueTable(tables *realtime.Tables, log zerolog.Logger) *queueTable {
	if tables == nil || !tables.Has(queueLogTable) {
		return nil
	}
	q := &queueTable{tables: tables, log: log, lines: make(chan string, mostLines), stop: make(chan struct{}), done: make(chan struct{}),
		apart: true}
	go q.run()
	return q
}

// put takes a line; it never waits.
func (q *queueTable) put(line string) {
	if q == nil {
		return
	}
	select {
	case q.lines <- line:
	default:
		q.once.Do(func() {
			q.log.Error().Msgf("the table %s is too slow or away: %d lines wait, further ones are in the file only", queueLogTable, mostLines)
		})
	}
}

// close writes what waits, for a while.
func (q *queueTable) close() {
	if q == nil {
		return
	}
	close(q.stop)
	select {
	case <-q.done:
	case <-time.After(realtime.Patience):
	}
}

func (q *queueTable) run() {
	defer close(q.done)
	if columns, err := q.tables.Columns(queueLogTable); err == nil {
		q.apart = slices.Contains(columns, "data1")
	}
	for {
		select {
		case line := <-q.lines:
			q.write(line)
			continue
		default:
		}
		select {
		case line := <-q.lines:
			q.write(line)
		case <-q.stop:
			return
		}
	}
}

// write writes a line, which waits for a database that is away.
func (q *queueTable) write(line string) {
	row := queueRow(line, time.Now(), q.apart)
	for try := 0; ; try++ {
		err := q.tables.Insert(queueLogTable, row)
		if err == nil {
			return
		}
		if !realtime.Unreachable(err) || try == lineTries {
			q.log.Error().Msgf("a line of the log of queues is in the file only: %v", err)
			return
		}
		select {
		case <-time.After(lineRetry):
		case <-q.stop:
			return
		}
	}
}

// queueRow is a line as Asterisk writes it into a table: time, callid, queuename, agent, event, and
// data1 to data5, or data with all of it.
func queueRow(line string, now time.Time, apart bool) realtime.Row {
	f := append(strings.SplitN(line, "|", 6), "", "", "", "", "", "")
	row := realtime.Row{{Name: "time", Value: now.Format("2006-01-02 15:04:05.000000")}, {Name: "callid", Value: f[1]},
		{Name: "queuename", Value: f[2]}, {Name: "agent", Value: f[3]}, {Name: "event", Value: f[4]}}
	if !apart {
		return append(row, realtime.Field{Name: "data", Value: f[5]})
	}
	data := append(strings.SplitN(f[5], "|", 5), "", "", "", "", "")
	for i := range 5 {
		row = append(row, realtime.Field{Name: "data" + strconv.Itoa(i+1), Value: data[i]})
	}
	return row
}
