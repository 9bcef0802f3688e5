package boot

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"obelisk/dialplan/fn"
	"obelisk/internal/store"
	"obelisk/internal/store/realtime"
	"obelisk/manage/cli"
	"obelisk/media"
	"obelisk/pbx"
)

// database shows the astdb to the console.
type database struct{ *store.DB }

func (d database) Rows(family string) [][2]string {
	var out [][2]string
	for _, e := range d.List(family) {
		out = append(out, [2]string{e.Key, e.Value})
	}
	return out
}

// presenceView shows the presence that was set to the console.
type presenceView struct{ *fn.CustomPresence }

// List implements cli.CustomPresence.
func (v presenceView) List(f func(name string, p pbx.Presence, encoded bool)) {
	v.CustomPresence.List(func(name string, k fn.Kept) { f(name, k.Presence, k.Encoded) })
}

// sampleRate is a codec's in Hz; G.722 calls itself slower in RTP than it is (RFC 3551 4.5.2).
func sampleRate(c media.Codec) int {
	if c == media.G722 {
		return 16000
	}
	return c.Info().Rate
}

// Translations implements cli.System.
func (s *System) Translations() (names []cli.TranslationCodec, cost [][]time.Duration) {
	codecs := media.ConvertibleCodecs()
	for _, from := range codecs {
		names = append(names, cli.TranslationCodec{Name: from.String(), Rate: sampleRate(from)})
		var row []time.Duration
		for _, to := range codecs {
			d, ok := media.TranslationCost(from, to)
			if ok {
				d = max(d, time.Microsecond) // there is a way, however little it costs
			}
			row = append(row, d)
		}
		cost = append(cost, row)
	}
	return names, cost
}

// tablesView shows the tables of extconfig.conf to the console.
type tablesView struct{ s *System }

func (v tablesView) Tables() (out []cli.Table) {
	for _, m := range v.s.tables.Mappings() {
		out = append(out, cli.Table(m))
	}
	return out
}

func (v tablesView) States() (out []cli.TableState, waiting int) {
	list, waiting := v.s.tables.Status()
	for _, d := range list {
		t := cli.TableState{Driver: d.Driver, Database: d.Database, Error: d.Error, Away: !d.Since.IsZero()}
		if !d.Since.IsZero() {
			t.Down = time.Since(d.Since)
		}
		out = append(out, t)
	}
	return out, waiting
}

func (v tablesView) Load(family, column, value string) (out [][][2]string, err error) {
	rows, err := v.s.tables.LoadAll(family, realtime.ParseCondition(column, value))
	for _, r := range rows {
		var row [][2]string
		for _, f := range r {
			row = append(row, [2]string{f.Name, f.Value})
		}
		out = append(out, row)
	}
	return out, err
}

// conditions are columns that have values, as in a query of the console.
func conditions(where [][2]string) (out []realtime.Condition) {
	for _, w := range where {
		out = append(out, realtime.ParseCondition(w[0], w[1]))
	}
	return out
}

// Store implements cli.Realtime.
func (v tablesView) Store(family string, row [][2]string) error {
	var set realtime.Row
	for _, c := range row {
		if err := v.hasColumn(family, c[0]); err != nil {
			return err
		}
		set = append(set, realtime.Field{Name: c[0], Value: c[1]})
	}
	return v.s.tables.Insert(family, set)
}

// hasColumn is an error where a family's table is not there or lacks a column.
func (v tablesView) hasColumn(family, column string) error {
	have, err := v.s.tables.Columns(family)
	if err == nil && !slices.ContainsFunc(have, func(h string) bool { return strings.EqualFold(h, column) }) {
		err = fmt.Errorf("there is no column '%s'", column)
	}
	return err
}

// Change implements cli.Realtime.
func (v tablesView) Change(family string, where [][2]string, set [2]string) (int64, error) {
	if err := v.hasColumn(family, set[0]); err != nil {
		return 0, err
	}
	return v.s.tables.UpdateAll(family, conditions(where), realtime.Row{{Name: set[0], Value: set[1]}})
}

// Destroy implements cli.Realtime.
func (v tablesView) Destroy(family string, where [][2]string) (int64, error) {
	return v.s.tables.Delete(family, conditions(where)...)
}

func (v tablesView) Prune(fits func(string) bool) int {
	if v.s.driver == nil {
		return 0
	}
	return v.s.driver.Prune(fits)
}

func (v tablesView) PeerOf(name string) (known, realtime bool) {
	if v.s.driver == nil {
		return false, false
	}
	p := v.s.driver.Directory().Lookup(name)
	return p != nil, p != nil && p.Realtime
}
