package fastpath

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
	"github.com/cilium/ebpf/rlimit"
	"golang.org/x/sys/unix"
)

// Table is the flows that the kernel forwards. Its methods may be called from
// anywhere.
type Table struct {
	flows  *ebpf.Map
	prog   *ebpf.Program
	links  []link.Link
	routes *router
}

// maxFlows is two for each of 32,000 calls.
const maxFlows = 64000

// flowKey and flowValue are laid out as the program reads them; addresses, ports
// and SSRCs in network order.
type flowKey struct {
	Dest, Source         [4]byte
	DestPort, SourcePort [2]byte
}

type flowValue struct {
	Packets, Octets, Last           uint64
	Seq, Stamp, Jitter, Transit     uint32
	Source, Dest                    [4]byte
	SourcePort, DestPort            [2]byte
	Interface                       uint32
	SSRC, NewSSRC                   [4]byte
	AddStamp, AddSeq, Type, NewType uint32
	Clock, _                        uint32
}

// Open loads the program and puts it at every interface that is up. The error
// says what was refused.
func Open() (*Table, error) {
	if err := rlimit.RemoveMemlock(); err != nil {
		return nil, fmt.Errorf("%w: %v", ErrUnsupported, err)
	}
	t := &Table{}
	var err error
	if t.flows, err = ebpf.NewMap(&ebpf.MapSpec{Name: "obelisk_flows", Type: ebpf.Hash, KeySize: 12, ValueSize: 88, MaxEntries: maxFlows,
		Flags: unix.BPF_F_NO_PREALLOC}); err != nil {
		return nil, fmt.Errorf("%w: %v", ErrUnsupported, err)
	}
	if t.prog, err = ebpf.NewProgram(program(t.flows)); err != nil {
		t.Close()
		return nil, fmt.Errorf("%w: %v", ErrUnsupported, err)
	}
	if t.routes, err = newRouter(); err != nil {
		t.Close()
		return nil, fmt.Errorf("%w: %v", ErrUnsupported, err)
	}
	if err = t.attach(); err != nil {
		t.Close()
		return nil, err
	}
	return t, nil
}

func (t *Table) attach() error {
	all, err := net.Interfaces()
	if err != nil {
		return err
	}
	for _, i := range all {
		if i.Flags&net.FlagUp == 0 || i.Flags&net.FlagLoopback != 0 {
			continue
		}
		l, err := link.AttachTCX(link.TCXOptions{Interface: i.Index, Program: t.prog, Attach: ebpf.AttachTCXIngress})
		if err != nil {
			return fmt.Errorf("%w: interface %s: %v", ErrUnsupported, i.Name, err)
		}
		t.links = append(t.links, l)
	}
	if len(t.links) == 0 {
		return errors.New("no network interface but loopback")
	}
	return nil
}

// Close takes the program out; the flows are with user space again.
func (t *Table) Close() {
	for _, l := range t.links {
		l.Close()
	}
	if t.prog != nil {
		t.prog.Close()
	}
	if t.flows != nil {
		t.flows.Close()
	}
	if t.routes != nil {
		t.routes.close()
	}
}

// Installed is a flow in the table.
type Installed struct {
	t   *Table
	key flowKey
}

// Install has the kernel forward a flow. It costs about 10 us. The error says why
// the flow must stay with user space.
func (t *Table) Install(f Flow) (*Installed, error) {
	f.To = netip.AddrPortFrom(f.To.Addr().Unmap(), f.To.Port())
	if !f.Source.Addr().Is4() || !f.To.Addr().Is4() {
		return nil, errors.New("not IPv4")
	}
	in, err := t.routes.to(f.Source.Addr())
	if err != nil {
		return nil, err
	}
	out, err := t.routes.to(f.To.Addr())
	if err != nil {
		return nil, err
	}
	local, from := orOwn(f.Local, in.source), orOwn(f.From, out.source)
	k := flowKey{Dest: local.Addr().As4(), Source: f.Source.Addr().As4(), DestPort: port(local), SourcePort: port(f.Source)}
	v := flowValue{
		Source: from.Addr().As4(), Dest: f.To.Addr().As4(), SourcePort: port(from), DestPort: port(f.To), Interface: out.index,
		SSRC: big(f.SSRC), NewSSRC: big(f.NewSSRC), AddStamp: f.AddStamp, AddSeq: uint32(f.AddSeq), Type: uint32(f.Type),
		NewType: uint32(f.NewType),
		Jitter:  f.Jitter * 16, Clock: uint32(uint64(f.Clock) * 1024 << clockShift / 1e9),
	}
	if err := t.flows.Put(&k, &v); err != nil {
		return nil, err
	}
	return &Installed{t: t, key: k}, nil
}

func orOwn(a netip.AddrPort, own netip.Addr) netip.AddrPort {
	if a.Addr().IsUnspecified() {
		return netip.AddrPortFrom(own, a.Port())
	}
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}

func port(a netip.AddrPort) (b [2]byte) { binary.BigEndian.PutUint16(b[:], a.Port()); return }
func big(v uint32) (b [4]byte)          { binary.BigEndian.PutUint32(b[:], v); return }

// Counters reads what the flow has carried.
func (i *Installed) Counters() (Counters, error) {
	var v flowValue
	err := i.t.flows.Lookup(&i.key, &v)
	return v.counters(), err
}

// Remove takes the flow back to user space and returns what it has carried.
func (i *Installed) Remove() (Counters, error) {
	var v flowValue
	err := i.t.flows.LookupAndDelete(&i.key, &v)
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
