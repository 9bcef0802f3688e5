package fastpath

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"

	"obelisk/internal/rawnet"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/rlimit"
	"golang.org/x/sys/unix"
)

// Table is the flows that the kernel forwards. Its methods may be called from
// anywhere.
type Table struct {
	flows      [2]*ebpf.Map // IPv4, IPv6
	prog       *ebpf.Program
	routes     *router
	interfaces *interfaces
}

// maxFlows is two for each of 32,000 calls, of each family.
const maxFlows = 64000

// flowKey and flowValue are laid out as the program reads them; addresses, ports
// and SSRCs in network order.
type flowKey struct {
	bytes [36]byte
	size  int
}

type flowValue struct {
	Packets, Octets, Last           uint64
	Seq, Stamp, Jitter, Transit     uint32
	SourcePort, DestPort            [2]byte
	Interface                       uint32
	SSRC, NewSSRC                   [4]byte
	AddStamp, AddSeq, Type, NewType uint32
	Clock, TOS, Priority, Hops      uint32
	Addrs                           [32]byte
}

const valueSize = vAddrs + 32

// ownHops is the TTL of what we send to another machine.
const ownHops = 64

// Open loads the program, puts it at every interface that is up and at those that come later, and has a
// packet forwarded for a trial. The error says what was refused.
func Open() (*Table, error) { return open(func(f func()) { f() }) }

// open is Open with what runs a function where the interfaces are: tests have network namespaces.
func open(in func(func())) (*Table, error) {
	if err := rlimit.RemoveMemlock(); err != nil {
		return nil, fmt.Errorf("%w: %v", ErrUnsupported, err)
	}
	t := &Table{}
	if err := t.load(); err != nil {
		t.Close()
		return nil, fmt.Errorf("%w: %v", ErrUnsupported, err)
	}
	var err error
	in(func() {
		if t.routes, err = newRouter(); err != nil {
			return
		}
		if t.interfaces, err = attachAll(t.prog); err == nil {
			err = t.trial()
		}
	})
	if err != nil {
		t.Close()
		return nil, err
	}
	go t.interfaces.follow(in)
	return t, nil
}

func (t *Table) load() (err error) {
	for i, f := range [2]family{ip4, ip6} {
		t.flows[i], err = ebpf.NewMap(&ebpf.MapSpec{Name: "obelisk_" + f.name, Type: ebpf.Hash, KeySize: f.keySize(), ValueSize: valueSize,
			MaxEntries: maxFlows, Flags: unix.BPF_F_NO_PREALLOC})
		if err != nil {
			return err
		}
	}
	t.prog, err = ebpf.NewProgram(program(t.flows[0], t.flows[1]))
	return err
}

// Interfaces are those that it forwards from.
func (t *Table) Interfaces() []string { return t.interfaces.list() }

// Close takes the program out; the flows are with user space again.
func (t *Table) Close() {
	if t.interfaces != nil {
		t.interfaces.close()
	}
	if t.prog != nil {
		t.prog.Close()
	}
	for _, m := range t.flows {
		if m != nil {
			m.Close()
		}
	}
	if t.routes != nil {
		t.routes.close()
	}
}

// Installed is a flow in the table.
type Installed struct {
	flows *ebpf.Map
	key   flowKey
}

// Install has the kernel forward a flow. It costs about 20 us. The error says why
// the flow must stay with user space.
func (t *Table) Install(f Flow) (*Installed, error) {
	f.To, f.Source = rawnet.Unmapped(f.To), rawnet.Unmapped(f.Source)
	if f.Source.Addr().Is4() != f.To.Addr().Is4() {
		return nil, errors.New("one side has IPv4, and the other IPv6")
	}
	if f.To.Addr().Zone() != "" || f.Source.Addr().Zone() != "" {
		return nil, errors.New("an address with a zone")
	}
	in, err := t.routes.to(f.Source.Addr(), rawnet.Unmapped(f.Local).Addr())
	if err != nil {
		return nil, err
	}
	out, err := t.routes.to(f.To.Addr(), rawnet.Unmapped(f.From).Addr())
	if err != nil {
		return nil, err
	}
	if !t.interfaces.has(in.index) || !t.interfaces.has(out.index) {
		return nil, errors.New("it does not come and go by Ethernet")
	}
	i := &Installed{flows: t.flows[0], key: newKey(orOwn(f.Local, in.source), f.Source)}
	if f.To.Addr().Is6() {
		i.flows = t.flows[1]
	}
	v := f.value(orOwn(f.From, out.source), out)
	if err := i.flows.Put(i.key.bytes[:i.key.size], &v); err != nil {
		return nil, err
	}
	return i, nil
}

// value is the flow as the program reads it.
func (f *Flow) value(from netip.AddrPort, out route) flowValue {
	v := flowValue{
		SourcePort: port(from), DestPort: port(f.To), Interface: out.index, SSRC: big(f.SSRC), NewSSRC: big(f.NewSSRC),
		AddStamp: f.AddStamp, AddSeq: uint32(f.AddSeq), Type: uint32(f.Type), NewType: uint32(f.NewType), Jitter: f.Jitter * 16,
		Clock: uint32(uint64(f.Clock) * 1024 << clockShift / 1e9), TOS: uint32(f.TOS), Priority: f.Priority, Hops: ownHops,
	}
	if out.local {
		v.Hops = 0
	}
	n := copy(v.Addrs[:], from.Addr().AsSlice())
	copy(v.Addrs[n:], f.To.Addr().AsSlice())
	return v
}

func newKey(local, source netip.AddrPort) (k flowKey) {
	b := append(k.bytes[:0], local.Addr().AsSlice()...)
	b = append(b, source.Addr().AsSlice()...)
	b = binary.BigEndian.AppendUint16(b, local.Port())
	k.size = len(binary.BigEndian.AppendUint16(b, source.Port()))
	return k
}

func orOwn(a netip.AddrPort, own netip.Addr) netip.AddrPort {
	if a.Addr().IsUnspecified() {
		return netip.AddrPortFrom(own, a.Port())
	}
	return rawnet.Unmapped(a)
}

func port(a netip.AddrPort) (b [2]byte) { binary.BigEndian.PutUint16(b[:], a.Port()); return }
func big(v uint32) (b [4]byte)          { binary.BigEndian.PutUint32(b[:], v); return }

// Counters reads what the flow has carried.
func (i *Installed) Counters() (Counters, error) {
	var v flowValue
	err := i.flows.Lookup(i.key.bytes[:i.key.size], &v)
	return v.counters(), err
}

// Remove takes the flow back to user space and returns what it has carried.
func (i *Installed) Remove() (Counters, error) {
	var v flowValue
	err := i.flows.LookupAndDelete(i.key.bytes[:i.key.size], &v)
	return v.counters(), err
}

func (v *flowValue) counters() Counters {
	c := Counters{Packets: v.Packets, Octets: v.Octets, Seq: uint16(v.Seq), Stamp: v.Stamp, Jitter: v.Jitter / 16}
	var now unix.Timespec
	if v.Last != 0 && unix.ClockGettime(unix.CLOCK_MONOTONIC, &now) == nil {
		c.Idle = now.Nano() - int64(v.Last)
	}
	return c
}
