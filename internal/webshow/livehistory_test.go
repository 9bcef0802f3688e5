package webshow

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"obelisk/internal/sipshow"
	"obelisk/internal/store/history"
	"obelisk/internal/trace"
	"obelisk/manage/web/console"
	"obelisk/media"
	"obelisk/pbx"
)

// watching is a house that gathers, with what is kept in a file.
func watching(t *testing.T, file string) *House {
	t.Helper()
	core := pbx.NewCore(pbx.Config{Log: zerolog.Nop(), Book: trace.NewBook(10)})
	t.Cleanup(core.Close)
	v := New(Switchboard{Core: core, Log: zerolog.Nop(), SIP: func() sipshow.Console { return sipshow.Console{} }})
	l := &lookout{s: &v.s, refusals: map[string]console.Refusal{}, closed: make(chan struct{})}
	var err error
	if l.db, err = history.Open(file); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.db.Close() })
	l.gauges.begin(l)
	v.lookout.Store(l)
	return v
}

// The last refusal of an account is remembered, and of so many accounts only.
func TestRefusals(t *testing.T) {
	v := watching(t, filepath.Join(t.TempDir(), "kept"))
	event := func(account string) string {
		return `SecurityEvent="InvalidPassword",EventTV="x",Severity="Error",Service="SIP",AccountID="` + account +
			`",RemoteAddress="IPV4/UDP/192.0.2.9/5060"`
	}
	v.Refuse(event("6001"))
	v.Refuse(strings.Replace(event("6002"), "Error", "Informational", 1))
	l := v.lookout.Load()
	if r := l.refusal("6001"); r.Event != "InvalidPassword" || r.From != "UDP/192.0.2.9/5060" {
		t.Errorf("%+v", r)
	}
	if r := l.refusal("6002"); !r.At.IsZero() {
		t.Errorf("what was no refusal: %+v", r)
	}
	for i := range keptRefusals + 10 {
		v.Refuse(event("x" + strings.Repeat("y", i%100) + string(rune('a'+i/100))))
	}
	if len(l.refusals) > keptRefusals || len(l.refused) > keptRefusals {
		t.Errorf("%d and %d", len(l.refusals), len(l.refused))
	}
}

// Figures of the hour are kept over a restart, and added to.
func TestGauges(t *testing.T) {
	file := filepath.Join(t.TempDir(), "kept")
	v := watching(t, file)
	g := &v.lookout.Load().gauges
	now := time.Now()
	q := media.Quality{Received: 100, Sent: 100, Jitter: 0.004}
	g.heard(now, "C-1", now.Add(-5*time.Second), "SIP/6001-00000001", "ulaw", q)
	q.Received, q.Sent, q.Lost, q.RemoteLost = 290, 300, 10, 0
	g.heard(now.Add(5*time.Second), "C-1", now.Add(-5*time.Second), "SIP/6001-00000001", "ulaw", q)
	g.look(now)
	if m := g.media("C-1"); len(m) != 1 || len(m[0].Samples) != 2 || m[0].Samples[1].Here != 5 || m[0].Here.Lost != 10 ||
		m[0].Samples[0].Jitter != 4*time.Millisecond {
		t.Errorf("%+v", m)
	}
	calls := []console.Call{{ID: "C-0"}, {ID: "C-1"}}
	if g.hear(calls); calls[0].Heard != nil || calls[1].Heard == nil || calls[1].Heard.Word != "bad" {
		t.Errorf("%+v", calls)
	}
	g.keep()
	v.lookout.Load().db.Close()
	v = watching(t, file)
	found := false
	for _, x := range v.Hours(now.Add(-time.Hour)) {
		if x.Name == "6001" {
			if found = true; x.Packets != 590 || x.Lost != 10 || x.Jitters != 2 {
				t.Errorf("%+v", x)
			}
		}
	}
	if !found {
		t.Error("the hour is not kept")
	}
	g = &v.lookout.Load().gauges
	for i := range 10 * mostPoints {
		g.heard(now, "C-2", now, "SIP/6001-00000002", "ulaw", media.Quality{Received: uint64(i)})
	}
	if m := g.media("C-2"); len(m[0].Samples) > mostPoints {
		t.Errorf("%d samples", len(m[0].Samples))
	}
}
