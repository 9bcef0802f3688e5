package webshow

import (
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"obelisk/internal/logs"
	"obelisk/internal/store/history"
	"obelisk/manage/web/console"
	"obelisk/pbx/cdr"
)

// What the lookout remembers at most, in memory.
const (
	keptLines    = 2000 // of the log
	keptRefusals = 1000 // accounts of which the last refusal is known
	keptRecords  = 1000 // call records
	keptStrips   = 1000 // calls whose audio was measured
)

// lookout gathers what only the console for browsers shows: the log's last lines, refusals, call
// records, and figures over time. It is there while console.conf has a user, and costs nothing
// otherwise.
type lookout struct {
	s    *Switchboard
	db   *history.DB // nil: the file could not be opened
	told *logs.Console

	mu       sync.Mutex // guards all below
	lines    ring[console.LogLine]
	refusals map[string]console.Refusal // by account
	refused  []time.Time                // those of the last hour
	records  ring[cdr.Record]

	gauges gauges
	files  judged
	closed chan struct{}
	once   sync.Once
	done   sync.WaitGroup
}

// ring keeps the last n.
type ring[T any] struct {
	list []T
	at   int // the oldest, once it is full
}

func (r *ring[T]) add(x T, most int) {
	if len(r.list) < most {
		r.list = append(r.list, x)
		return
	}
	r.list[r.at] = x
	r.at = (r.at + 1) % most
}

// each has f called with all of them, the oldest first.
func (r *ring[T]) each(f func(T)) {
	for i := range r.list {
		f(r.list[(r.at+i)%len(r.list)])
	}
}

// newLookout begins to gather.
func newLookout(s *Switchboard) *lookout {
	l := &lookout{s: s, refusals: map[string]console.Refusal{}, closed: make(chan struct{})}
	file := filepath.Join(s.Database, "console.sqlite3")
	var err error
	if l.db, err = history.Open(file); err != nil {
		s.Log.Error().Msgf("console: nothing is kept of versions and figures: %v", err)
	}
	l.told = s.Logs.Listen(0, l.hear)
	for _, level := range []string{"NOTICE", "WARNING", "ERROR"} {
		l.told.SetLevel(level, true)
	}
	l.told.SetLevel("VERBOSE", false)
	l.told.SetLevel("DEBUG", false)
	l.gauges.begin(l)
	l.done.Go(l.gauges.run)
	return l
}

// close keeps what there is of the hour.
func (l *lookout) close() {
	l.once.Do(func() {
		close(l.closed)
		l.done.Wait()
		l.told.Close()
		if l.db != nil {
			l.db.Close()
		}
	})
}

// hear takes a line of the log.
func (l *lookout) hear(x *logs.Line) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines.add(console.LogLine{At: x.When, Level: x.Level, Source: x.Source, Call: x.Call, Text: x.Text}, keptLines)
}

// log are the last n lines, of a call alone where it is not "".
func (l *lookout) log(n int, call string) (out []console.LogLine) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines.each(func(x console.LogLine) {
		if call == "" || x.Call == call {
			out = append(out, x)
		}
	})
	return out[max(0, len(out)-n):]
}

// Refuse takes a security event of SIP: the last one of an account is remembered.
func (v *House) Refuse(text string) {
	if l := v.lookout.Load(); l != nil {
		l.refuse(text)
	}
}

func (l *lookout) refuse(text string) {
	f := map[string]string{}
	for _, part := range strings.Split(text, `",`) {
		if name, value, ok := strings.Cut(strings.TrimSuffix(part, `"`), `="`); ok {
			f[name] = value
		}
	}
	account := strings.TrimPrefix(f["AccountID"], "sip:")
	account, _, _ = strings.Cut(account, "@")
	if f["Severity"] != "Error" || account == "" {
		return
	}
	now := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, known := l.refusals[account]; !known && len(l.refusals) >= keptRefusals {
		oldest := ""
		for a, r := range l.refusals {
			if oldest == "" || r.At.Before(l.refusals[oldest].At) {
				oldest = a
			}
		}
		delete(l.refusals, oldest)
	}
	l.refusals[account] = console.Refusal{At: now, Event: f["SecurityEvent"],
		From: strings.TrimPrefix(strings.TrimPrefix(f["RemoteAddress"], "IPV4/"), "IPV6/")}
	l.refused = slices.DeleteFunc(l.refused, func(t time.Time) bool { return now.Sub(t) > time.Hour })
	if len(l.refused) < keptRefusals {
		l.refused = append(l.refused, now)
	}
}

// refusal is the last one of an account.
func (l *lookout) refusal(account string) console.Refusal {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.refusals[account]
}

// lastHour counts the refusals of accounts of ours in the last hour, and names the last one.
func (l *lookout) lastHour(ours func(string) bool) (n int, last string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var at time.Time
	for account, r := range l.refusals {
		if time.Since(r.At) < time.Hour && ours(account) {
			if n++; r.At.After(at) {
				at, last = r.At, account
			}
		}
	}
	return n, last
}

// Watches says whether it gathers, so that call records are wanted.
func (v *House) Watches() bool { return v.lookout.Load() != nil }

// Record takes a call record.
func (v *House) Record(r cdr.Record) {
	if l := v.lookout.Load(); l != nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.records.add(r, keptRecords)
	}
}

// recordsOf are those of channels that fit.
func (l *lookout) recordsOf(fits func(channel string) bool) (out [][][2]string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.records.each(func(r cdr.Record) {
		if fits(r.Channel) {
			out = append(out, shownRecord(&r))
		}
	})
	return out
}

// shownRecord is a record as Master.csv names its fields.
func shownRecord(r *cdr.Record) [][2]string {
	at := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.Format(time.DateTime)
	}
	rows := [][2]string{{"src", r.Src}, {"dst", r.Dst}, {"dcontext", r.DContext}, {"clid", r.CLID}, {"channel", r.Channel},
		{"dstchannel", r.DstChannel}, {"lastapp", r.LastApp}, {"lastdata", r.LastData}, {"start", at(r.Start)}, {"answer", at(r.Answer)},
		{"end", at(r.End)}, {"duration", r.End.Sub(r.Start).Truncate(time.Second).String()}, {"disposition", r.Disposition},
		{"accountcode", r.AccountCode}, {"uniqueid", r.UniqueID}, {"userfield", r.UserField}}
	return slices.DeleteFunc(rows, func(x [2]string) bool { return x[1] == "" })
}

// Audit implements console.House: in the log, and in the store.
func (v *House) Audit(user, from, what string) {
	v.s.Log.Info().Msgf("Console: %s (%s) %s", user, from, what)
	if l := v.lookout.Load(); l != nil && l.db != nil {
		if err := l.db.Note(history.Deed{At: time.Now(), User: user, Source: from, What: what}); err != nil {
			v.s.Log.Error().Msgf("console: %v", err)
		}
	}
}

// Deeds implements console.House.
func (v *House) Deeds(n int) (out []console.Deed) {
	l := v.lookout.Load()
	if l == nil || l.db == nil {
		return nil
	}
	list, err := l.db.Deeds(n)
	if err != nil {
		v.s.Log.Error().Msgf("console: %v", err)
	}
	for _, x := range list {
		out = append(out, console.Deed(x))
	}
	return out
}

// Log implements console.House.
func (v *House) Log(n int, call string) []console.LogLine {
	l := v.lookout.Load()
	if l == nil {
		return nil
	}
	return l.log(n, call)
}
