package cluster

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/config"
	"obelisk/internal/store"
	"obelisk/pbx"
)

// lamps are devices of a test, by name.
type lamps map[string]pbx.DeviceState

func (l lamps) DeviceState(name string) pbx.DeviceState { return l[name] }

// office is a node with a core.
type office struct {
	core    *pbx.Core
	soft    *store.Soft
	node    *Node
	devices *devices
	lamps   lamps
}

// ownBus is a bus that outlives the node.
type ownBus struct{ store.Bus }

func (ownBus) Close() {}

func open(t *testing.T, bus store.Bus, name string) *office {
	o := &office{soft: store.NewSoft(""), lamps: lamps{}}
	o.core = pbx.NewCore(pbx.Config{Shared: o.soft})
	o.core.RegisterDevices("Lamp", o.lamps)
	o.soft.Name(name)
	o.devices = newDevices(o.core)
	o.core.SetElsewhere(others{o.devices, new(atomic.Pointer[Node]), new(atomic.Bool), new(atomic.Bool), newAsks(), &leases{}, &Config{}})
	node, err := Join(o.soft, ownBus{bus}, Beat{Config: "x"}, Hard{}, func(*Beat) {}, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	o.node = node
	return o
}

func (o *office) close() {
	o.devices.close()
	o.node.Close()
	o.soft.Close()
}

// TestLampsOverNodes: a device of one node is seen at the other, what it comes to of both is
// Asterisk's sum, mailboxes go with them, and a node that leaves takes its word with it.
func TestLampsOverNodes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bus := store.NewInside()
		a, b := open(t, bus, "a"), open(t, bus, "b")
		time.Sleep(time.Second)
		var told []pbx.DeviceState
		w := b.core.WatchDevice("Lamp:1", func(s pbx.DeviceState) { told = append(told, s) })
		set := func(o *office, s pbx.DeviceState) {
			o.lamps["1"] = s
			o.core.DeviceChanged("Lamp:1")
			time.Sleep(50 * time.Millisecond)
			synctest.Wait()
		}
		set(a, pbx.DeviceNotInUse)
		set(a, pbx.DeviceRinging)
		set(b, pbx.DeviceInUse)
		if s := a.core.DeviceState("Lamp:1"); s != pbx.DeviceRingInUse {
			t.Errorf("a has %s", s)
		}
		a.core.SetMailbox("1@default", pbx.Mailbox{New: 2})
		time.Sleep(50 * time.Millisecond)
		if m := b.core.LookInto("1@default"); m.New != 2 {
			t.Errorf("b has %v", m)
		}
		b.core.SetMailbox("1@default", pbx.Mailbox{Old: 2})
		time.Sleep(50 * time.Millisecond)
		if m := a.core.LookInto("1@default"); m != (pbx.Mailbox{Old: 2}) {
			t.Errorf("a has %v", m)
		}
		if list := a.node.Members(); len(list) != 1 || list[0].Status != Alive {
			t.Errorf("a sees %v", list)
		}
		a.close()
		time.Sleep(50 * time.Millisecond)
		synctest.Wait()
		if s := b.core.DeviceState("Lamp:1"); s != pbx.DeviceInUse || len(b.node.Members()) != 0 {
			t.Errorf("b has %s", s)
		}
		w.Close()
		if len(told) < 3 || told[0] != pbx.DeviceNotInUse || told[1] != pbx.DeviceRinging {
			t.Errorf("told %v", told)
		}
		b.close()
		bus.Close()
	})
}

// TestWithoutAFile: nothing is in effect, and the console says so.
func TestWithoutAFile(t *testing.T) {
	m := New(House{Shared: store.NewSoft("")})
	m.Furnish(pbx.NewCore(pbx.Config{}))
	next, diags := m.Prepare(folder(t.TempDir()))
	next.Commit()
	m.Start()
	var w bytes.Buffer
	for _, c := range m.Commands() {
		if !c.Run(&w, nil) {
			t.Errorf("%s failed", c.Name)
		}
	}
	if m.devices != nil || len(diags) != 0 || strings.Count(w.String(), "alone") != len(m.Commands()) {
		t.Errorf("%v %q", diags, w.String())
	}
	m.Close()
}

// folder is where a test has its files.
type folder string

func (f folder) File(name string) *config.File {
	c, err := config.Load(config.Dir(f), name, config.Options{})
	if err != nil {
		return nil
	}
	return c
}

// TestConfig reads files: what is missing is said, and the ports that are not written are known.
func TestConfig(t *testing.T) {
	for text, want := range map[string]string{
		"node = a\nlisten = 127.0.0.1\npeers = h, [::1]:9\n":       "",
		"listen = 127.0.0.1\n":                                     "",
		"node = a\n":                                               "listen",
		"node = a\nlisten = 10.0.0.1\n":                            "not encrypted",
		"node = a b\n":                                             "node",
		"node = a\nbus = external\n":                               "url",
		"node = a\nlisten = 127.0.0.1\ncert = x\n":                 "belong together",
		"node = a\nlisten = 127.0.0.1\nbus = pigeon\nsip = here\n": "pigeon",
	} {
		dir := t.TempDir()
		os.WriteFile(filepath.Join(dir, File), []byte("[general]\n"+text), 0o600)
		c, diags := Read(folder(dir).File(File), dir)
		switch {
		case want == "" && len(diags) > 0, want != "" && (len(diags) == 0 || !strings.Contains(diags[0].Text, want)):
			t.Errorf("%q: %v", text, diags)
		case strings.Contains(text, "peers") && (c.Listen.Port() != DefaultPort || c.Peers[0] != "h:6222" || c.Peers[1] != "[::1]:9"):
			t.Errorf("%q: %+v", text, c)
		}
	}
}

// TestAuthority: what init makes is taken by nodes, a second call makes only what is missing, and a
// certificate of another authority is refused.
func TestAuthority(t *testing.T) {
	dir := t.TempDir()
	var out, errs bytes.Buffer
	if Command([]string{"init", dir, "a"}, &out, &errs) != 0 || Command([]string{"init", dir, "a", "b"}, &out, &errs) != 0 {
		t.Fatal(errs.String())
	}
	if n := strings.Count(out.String(), "wrote "); n != 6 {
		t.Errorf("%d files: %s", n, out.String())
	}
	if i, err := os.Stat(filepath.Join(dir, "b.key")); err != nil || i.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", i, err)
	}
	c := Config{CA: filepath.Join(dir, "ca.crt"), Cert: filepath.Join(dir, "b.crt"), Key: filepath.Join(dir, "b.key")}
	if _, _, err := c.certificates(); err != nil {
		t.Error(err)
	}
	other := t.TempDir()
	Command([]string{"init", other, "b"}, &out, &errs)
	c.CA = filepath.Join(other, "ca.crt")
	if _, _, err := c.certificates(); err == nil {
		t.Error("another authority is believed")
	}
	for _, bad := range [][]string{nil, {"join"}, {"init", dir, "../x"}, {"init", dir, "ca"}} {
		if Command(bad, &out, &errs) == 0 {
			t.Errorf("%v is taken", bad)
		}
	}
}
