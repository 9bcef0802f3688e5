package fastpath

import (
	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
)

// Registers that keep their meaning.
const ctx, data, end, flow = asm.R6, asm.R7, asm.R8, asm.R9

// Places in __sk_buff.
const (
	bLength   = 0
	bType     = 4
	bVLAN     = 20 // vlan_present
	bPriority = 32
	bData     = 76
	bEnd      = 80
)

// Places in a flow's value (flowValue).
const (
	vPackets   = 0
	vOctets    = 8
	vLast      = 16
	vSeq       = 24
	vStamp     = 28
	vJitter    = 32
	vTransit   = 36
	vPorts     = 40
	vInterface = 44
	vSSRC      = 48
	vNewSSRC   = 52
	vAddStamp  = 56
	vAddSeq    = 60
	vType      = 64
	vNewType   = 68
	vClock     = 72
	vTOS       = 76
	vPriority  = 80
	vHops      = 84
	vAddrs     = 88 // source, destination
)

// Places on the program's stack.
const (
	sKey       = -40 // 12 or 36 octets
	sNew       = -56 // ports, then the first 12 octets of RTP
	sOld       = -72
	sAddrDiff  = -80
	sStamp     = -84 // as it came, host order
	sHops      = -88
	clockShift = 24 // of vClock, with time in units of 1024 ns
)

// program forwards the packets of the flows in the maps: what user space would do
// to them, done at the interface they come in by.
//
// Whatever is not the plain packet of a known flow passes: other protocols,
// VLAN tags, fragments, IP options and extensions, another SSRC, another payload type
// (telephone events, comfort noise).
func program(flows4, flows6 *ebpf.Map) *ebpf.ProgramSpec {
	ins := asm.Instructions{
		asm.Mov.Reg(ctx, asm.R1),
		asm.LoadMem(asm.R0, ctx, bType, asm.Word),
		asm.JNE.Imm(asm.R0, 0, "pass"), // to another host's card
		asm.LoadMem(asm.R0, ctx, bVLAN, asm.Word),
		asm.JNE.Imm(asm.R0, 0, "pass"), // the VLAN's own interface sees it next
	}
	ins = append(ins, bounds(atIP)...)
	ins = append(ins,
		asm.LoadMem(asm.R0, data, 12, asm.Half),
		asm.JEq.Imm(asm.R0, net16(ip4.etherType), ip4.at("begin")),
		asm.JNE.Imm(asm.R0, net16(ip6.etherType), "pass"),
	)
	ins = append(ins, ip6.forward(flows6)...)
	ins = append(ins, ip4.forward(flows4)...)
	ins = append(ins,
		asm.Mov.Imm(asm.R0, -1).WithSymbol("pass"), // TCX_NEXT
		asm.Return(),
	)
	return &ebpf.ProgramSpec{Name: "obelisk_rtp", Type: ebpf.SchedCLS, AttachType: ebpf.AttachTCXIngress, Instructions: ins,
		License: "Apache-2.0"}
}

// bounds finds the packet, and passes one that is shorter.
func bounds(octets int16) asm.Instructions {
	return asm.Instructions{
		asm.LoadMem(data, ctx, bData, asm.Word),
		asm.LoadMem(end, ctx, bEnd, asm.Word),
		asm.Mov.Reg(asm.R2, data),
		asm.Add.Imm(asm.R2, int32(octets)),
		asm.JGT.Reg(asm.R2, end, "pass"),
	}
}

// forward is the program for one family.
func (f family) forward(flows *ebpf.Map) asm.Instructions {
	begin := bounds(f.end())
	begin[0] = begin[0].WithSymbol(f.at("begin"))
	var ins asm.Instructions
	for _, part := range []asm.Instructions{begin, f.judge(), f.find(flows), f.rewrite(), f.checksum(), bounds(f.end()), f.replace(),
		f.header(), f.count(), f.jitter(), f.send()} {
		ins = append(ins, part...)
	}
	return ins
}

// find looks the flow up, and passes what is not its plain packet. Hops that are fixed are those of a packet
// of ours; between programs of this machine they are counted, so that flows which make a ring end.
func (f family) find(flows *ebpf.Map) asm.Instructions {
	ins := asm.Instructions{
		asm.LoadMem(asm.R0, data, f.rtp(), asm.Byte),
		asm.And.Imm(asm.R0, 0xc0),
		asm.JNE.Imm(asm.R0, 0x80, "pass"),
	}
	ins = append(ins, move(asm.R10, sKey, data, f.addrs+f.size, f.size)...)
	ins = append(ins, move(asm.R10, sKey+f.size, data, f.addrs, f.size)...)
	return append(ins,
		asm.LoadMem(asm.R0, data, f.ports+2, asm.Half),
		asm.StoreMem(asm.R10, sKey+2*f.size, asm.R0, asm.Half),
		asm.LoadMem(asm.R0, data, f.ports, asm.Half),
		asm.StoreMem(asm.R10, sKey+2*f.size+2, asm.R0, asm.Half),
		asm.LoadMapPtr(asm.R1, flows.FD()),
		asm.Mov.Reg(asm.R2, asm.R10),
		asm.Add.Imm(asm.R2, sKey),
		asm.FnMapLookupElem.Call(),
		asm.JEq.Imm(asm.R0, 0, "pass"),
		asm.Mov.Reg(flow, asm.R0),
		asm.LoadMem(asm.R3, data, f.rtp()+1, asm.Byte),
		asm.Mov.Reg(asm.R1, asm.R3),
		asm.And.Imm(asm.R1, 0x7f),
		asm.LoadMem(asm.R2, flow, vType, asm.Word),
		asm.JNE.Reg(asm.R1, asm.R2, "pass"),
		asm.LoadMem(asm.R1, data, f.ssrc(), asm.Word),
		asm.LoadMem(asm.R2, flow, vSSRC, asm.Word),
		asm.JNE.Reg(asm.R1, asm.R2, "pass"),
		asm.LoadMem(asm.R0, flow, vHops, asm.Word),
		asm.JNE.Imm(asm.R0, 0, f.at("hops")),
		asm.LoadMem(asm.R0, data, f.hops, asm.Byte),
		asm.JLT.Imm(asm.R0, 2, "pass"),
		asm.Sub.Imm(asm.R0, 1),
		asm.StoreMem(asm.R10, sHops, asm.R0, asm.Word).WithSymbol(f.at("hops")),
	)
}

// rewrite puts ports and RTP header on the stack as they came, and what takes their place.
func (f family) rewrite() asm.Instructions {
	return asm.Instructions{
		asm.LoadMem(asm.R1, data, f.ssrc(), asm.Word),
		asm.StoreMem(asm.R10, sOld+12, asm.R1, asm.Word),
		asm.LoadMem(asm.R0, data, f.ports, asm.Word),
		asm.StoreMem(asm.R10, sOld, asm.R0, asm.Word),
		asm.LoadMem(asm.R0, data, f.rtp(), asm.Word),
		asm.StoreMem(asm.R10, sOld+4, asm.R0, asm.Word),
		asm.LoadMem(asm.R4, data, f.stamp(), asm.Word),
		asm.StoreMem(asm.R10, sOld+8, asm.R4, asm.Word),

		asm.LoadMem(asm.R0, flow, vPorts, asm.Word),
		asm.StoreMem(asm.R10, sNew, asm.R0, asm.Word),
		asm.LoadMem(asm.R0, data, f.rtp(), asm.Byte),
		asm.StoreMem(asm.R10, sNew+4, asm.R0, asm.Byte),
		asm.And.Imm(asm.R3, 0x80), // the marker
		asm.LoadMem(asm.R0, flow, vNewType, asm.Word),
		asm.Or.Reg(asm.R3, asm.R0),
		asm.StoreMem(asm.R10, sNew+5, asm.R3, asm.Byte),
		asm.LoadMem(asm.R0, data, f.seq(), asm.Half),
		asm.HostTo(asm.BE, asm.R0, asm.Half),
		asm.StoreMem(flow, vSeq, asm.R0, asm.Word),
		asm.LoadMem(asm.R1, flow, vAddSeq, asm.Word),
		asm.Add.Reg(asm.R0, asm.R1),
		asm.HostTo(asm.BE, asm.R0, asm.Half),
		asm.StoreMem(asm.R10, sNew+6, asm.R0, asm.Half),
		asm.HostTo(asm.BE, asm.R4, asm.Word),
		asm.StoreMem(flow, vStamp, asm.R4, asm.Word),
		asm.StoreMem(asm.R10, sStamp, asm.R4, asm.Word),
		asm.LoadMem(asm.R1, flow, vAddStamp, asm.Word),
		asm.Add.Reg(asm.R4, asm.R1),
		asm.HostTo(asm.BE, asm.R4, asm.Word),
		asm.StoreMem(asm.R10, sNew+8, asm.R4, asm.Word),
		asm.LoadMem(asm.R0, flow, vNewSSRC, asm.Word),
		asm.StoreMem(asm.R10, sNew+12, asm.R0, asm.Word),
	}
}

// checksum brings that of UDP to what it will be; the addresses count in its pseudo header. The calls
// make pointers into the packet invalid.
func (f family) checksum() asm.Instructions {
	const pseudoHeader, keepZero = 1 << 4, 1 << 5 // BPF_F_PSEUDO_HDR, BPF_F_MARK_MANGLED_0
	difference := func(from asm.Register, off int32, to asm.Register, at int32, octets int32) asm.Instructions {
		return asm.Instructions{
			asm.Mov.Reg(asm.R1, from),
			asm.Add.Imm(asm.R1, off),
			asm.Mov.Imm(asm.R2, octets),
			asm.Mov.Reg(asm.R3, to),
			asm.Add.Imm(asm.R3, at),
			asm.Mov.Imm(asm.R4, octets),
			asm.Mov.Imm(asm.R5, 0),
			asm.FnCsumDiff.Call(),
		}
	}
	replace := func(flags int32) asm.Instructions {
		return asm.Instructions{
			asm.Mov.Reg(asm.R4, asm.R0),
			asm.Mov.Reg(asm.R1, ctx),
			asm.Mov.Imm(asm.R2, int32(f.udpSum())),
			asm.Mov.Imm(asm.R3, 0),
			asm.Mov.Imm(asm.R5, flags),
			asm.FnL4CsumReplace.Call(),
		}
	}
	ins := difference(data, int32(f.addrs), flow, vAddrs, 2*int32(f.size))
	ins = append(ins, asm.StoreMem(asm.R10, sAddrDiff, asm.R0, asm.DWord))
	ins = append(ins, difference(asm.R10, sOld, asm.R10, sNew, 16)...)
	ins = append(ins, replace(keepZero)...)
	ins = append(ins, asm.LoadMem(asm.R0, asm.R10, sAddrDiff, asm.DWord))
	return append(ins, replace(pseudoHeader|keepZero)...)
}

// replace writes the new numbers into the packet.
func (f family) replace() asm.Instructions {
	ins := move(data, f.ports, asm.R10, sNew, 4)
	ins = append(ins, move(data, f.rtp(), asm.R10, sNew+4, 12)...)
	return append(ins, move(data, f.addrs, flow, vAddrs, 2*f.size)...)
}

func (f family) count() asm.Instructions {
	return asm.Instructions{
		asm.Mov.Imm(asm.R1, 1),
		asm.StoreXAdd(flow, asm.R1, asm.DWord),
		asm.LoadMem(asm.R1, ctx, bLength, asm.Word),
		asm.Sub.Imm(asm.R1, int32(f.rtp())),
		asm.Mov.Reg(asm.R2, flow),
		asm.Add.Imm(asm.R2, vOctets),
		asm.StoreXAdd(asm.R2, asm.R1, asm.DWord),
		asm.FnKtimeGetNs.Call(),
		asm.StoreMem(flow, vLast, asm.R0, asm.DWord),
	}
}

// jitter is that of RFC 3550 appendix A.8, 16 times; R0 is the time.
func (f family) jitter() asm.Instructions {
	return asm.Instructions{
		asm.RSh.Imm(asm.R0, 10),
		asm.LoadMem(asm.R1, flow, vClock, asm.Word),
		asm.Mul.Reg(asm.R0, asm.R1),
		asm.RSh.Imm(asm.R0, clockShift),
		asm.LoadMem(asm.R1, asm.R10, sStamp, asm.Word),
		asm.Sub.Reg32(asm.R0, asm.R1), // the transit
		asm.LoadMem(asm.R1, flow, vTransit, asm.Word),
		asm.StoreMem(flow, vTransit, asm.R0, asm.Word),
		asm.JEq.Imm(asm.R1, 0, f.at("send")), // of the first packet
		asm.Sub.Reg32(asm.R0, asm.R1),
		asm.LSh.Imm(asm.R0, 32),
		asm.ArSh.Imm(asm.R0, 32),
		asm.JSGE.Imm(asm.R0, 0, f.at("late")),
		asm.Neg.Imm(asm.R0, 0),
		asm.LoadMem(asm.R1, flow, vJitter, asm.Word).WithSymbol(f.at("late")),
		asm.Add.Reg(asm.R0, asm.R1),
		asm.Add.Imm(asm.R1, 8),
		asm.RSh.Imm(asm.R1, 4),
		asm.Sub.Reg(asm.R0, asm.R1),
		asm.StoreMem(flow, vJitter, asm.R0, asm.Word),
	}
}

// send has the packet go out, with the neighbour's address found by the kernel.
func (f family) send() asm.Instructions {
	return asm.Instructions{
		asm.LoadMem(asm.R0, flow, vPriority, asm.Word).WithSymbol(f.at("send")),
		asm.StoreMem(ctx, bPriority, asm.R0, asm.Word),
		asm.LoadMem(asm.R1, flow, vInterface, asm.Word),
		asm.Mov.Imm(asm.R2, 0),
		asm.Mov.Imm(asm.R3, 0),
		asm.Mov.Imm(asm.R4, 0),
		asm.FnRedirectNeigh.Call(),
		asm.Return(),
	}
}
