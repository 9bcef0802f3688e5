package fn

import (
	"errors"
	"strings"

	"obelisk/dialplan"
	"obelisk/internal/store/realtime"
	"obelisk/pbx"
)

// tables are the functions that read and write tables of extconfig.conf.
type tables struct{ t *realtime.Tables }

var errRealtimeArgs = errors.New("family, field and value are needed")

// Realtime adds REALTIME and its kin.
func Realtime(core *pbx.Core, t *realtime.Tables) {
	r := tables{t}
	for _, f := range []pbx.Func{
		{Name: "REALTIME", Guard: pbx.GuardWrite, Synopsis: "A row of a table, or one of its columns to write",
			Usage: "REALTIME(family,field,value[,delimiter[,between]]); REALTIME(family,field,value,column)=value", Read: r.read, Write: r.write},
		{Name: "REALTIME_FIELD", Synopsis: "A column of a row", Usage: "REALTIME_FIELD(family,field,value,column)", Read: r.field},
		{Name: "REALTIME_HASH", Synopsis: "The values of a row, for HASH()", Usage: "REALTIME_HASH(family,field,value)", Read: r.hash},
		{Name: "REALTIME_STORE", Guard: pbx.GuardWrite, Synopsis: "Adds a row",
			Usage: "REALTIME_STORE(family,column1,column2...)=value1,value2...", Write: r.store},
		{Name: "REALTIME_DESTROY", Guard: pbx.GuardRead | pbx.GuardWrite, Synopsis: "Removes rows, and returns the first",
			Usage: "REALTIME_DESTROY(family,field,value[,delimiter[,between]])", Read: r.destroyed,
			Write: func(c *pbx.Channel, args, _ string) error {
				_, err := r.destroyed(c, args)
				return err
			}},
	} {
		core.RegisterFunc(f)
	}
}

// arg is an argument that may be missing.
func arg(f []string, i int, usual string) string {
	if i < len(f) && strings.TrimSpace(f[i]) != "" {
		return f[i]
	}
	return usual
}

// row finds what the first three arguments mean.
func (r tables) row(f []string) (realtime.Row, bool, error) {
	if len(f) < 2 {
		return nil, false, errRealtimeArgs
	}
	return r.t.Load(strings.TrimSpace(f[0]), realtime.ParseCondition(f[1], arg(f, 2, "")))
}

func (r tables) read(_ *pbx.Channel, args string) (string, error) {
	f := dialplan.SplitArgs(args, 5)
	row, ok, err := r.row(f)
	if err != nil || !ok {
		return "", err
	}
	return join(row, arg(f, 3, ","), arg(f, 4, "=")), nil
}

// join writes a row as Asterisk does, with a delimiter behind each column.
func join(row realtime.Row, delimiter, between string) string {
	var b strings.Builder
	for _, c := range row {
		b.WriteString(c.Name + between + c.Value + delimiter)
	}
	return b.String()
}

func (r tables) write(_ *pbx.Channel, args, value string) error {
	f := dialplan.SplitArgs(args, 4)
	if len(f) < 4 {
		return errRealtimeArgs
	}
	_, err := r.t.Update(strings.TrimSpace(f[0]), realtime.Condition{Field: strings.TrimSpace(f[1]), Value: f[2]},
		realtime.Row{{Name: strings.TrimSpace(f[3]), Value: value}})
	return err
}

func (r tables) field(_ *pbx.Channel, args string) (string, error) {
	f := dialplan.SplitArgs(args, 4)
	row, ok, err := r.row(f)
	if err != nil || !ok {
		return "", err
	}
	return row.Get(strings.TrimSpace(arg(f, 3, ""))), nil
}

func (r tables) hash(c *pbx.Channel, args string) (string, error) {
	row, ok, err := r.row(dialplan.SplitArgs(args, 3))
	if err != nil || !ok {
		return "", err
	}
	var names, values strings.Builder
	for _, x := range row { // a comma stands before the first one too, as in Asterisk
		names.WriteString("," + x.Name)
		values.WriteString("," + x.Value)
	}
	c.SetVar("~ODBCFIELDS~", names.String())
	return values.String(), nil
}

func (r tables) store(_ *pbx.Channel, args, value string) error {
	f := dialplan.SplitArgs(args, 0)
	if len(f) < 2 {
		return errRealtimeArgs
	}
	values := dialplan.SplitArgs(value, 0)
	var row realtime.Row
	for i, name := range f[1:] {
		row = append(row, realtime.Field{Name: strings.TrimSpace(name), Value: arg(values, i, "")})
	}
	return r.t.Insert(strings.TrimSpace(f[0]), row)
}

func (r tables) destroyed(_ *pbx.Channel, args string) (string, error) {
	f := dialplan.SplitArgs(args, 5)
	row, ok, err := r.row(f)
	if err != nil || !ok {
		return "", err
	}
	_, err = r.t.Delete(strings.TrimSpace(f[0]), realtime.ParseCondition(f[1], arg(f, 2, "")))
	return join(row, arg(f, 3, ","), arg(f, 4, "=")), err
}
