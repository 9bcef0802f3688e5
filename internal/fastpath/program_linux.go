package fastpath

import (
	"encoding/binary"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
)

// Places in an Ethernet frame with IPv4 without options, UDP and RTP.
const (
	atEtherType = 12
	atIP        = 14
	atFragment  = atIP + 6
	atTTL       = atIP + 8
	atProtocol  = atIP + 9
	atIPSum     = atIP + 10
	atSource    = atIP + 12
	atDest      = atIP + 16
	atPorts     = 34
	atDestPort  = atPorts + 2
	atUDPSum    = atPorts + 6
	atRTP       = 42
	atSeq       = atRTP + 2
	atStamp     = atRTP + 4
	atSSRC      = atRTP + 8
	rtpEnd      = atRTP + 12
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
	vAddrs     = 40
	vPorts     = 48
	vInterface = 52
	vSSRC      = 56
	vNewSSRC   = 60
	vAddStamp  = 64
	vAddSeq    = 68
	vType      = 72
	vNewType   = 76
	vClock     = 80
)

// Places on the program's stack.
const (
	sKey       = -16 // 12 octets
	sNew       = -32 // ports, then the first 12 octets of RTP
	sOld       = -48
	sAddrDiff  = -56
	sStamp     = -60 // as it came, host order
	clockShift = 24  // of vClock, with time in units of 1024 ns
)

// program forwards the packets of the flows in the map: what user space would do
// to them, done at the interface they come in by.
//
// Whatever is not the plain packet of a known flow passes: other protocols,
// VLAN tags, fragments, IP options, another SSRC, another payload type (telephone events,
// comfort noise).
func program(flows *ebpf.Map) *ebpf.ProgramSpec {
	const ctx, data, end, flow = asm.R6, asm.R7, asm.R8, asm.R9
	net16 := func(v uint16) int32 {
		return int32(binary.NativeEndian.Uint16(binary.BigEndian.AppendUint16(nil, v)))
	}
	bounds := asm.Instructions{
		asm.LoadMem(data, ctx, 76, asm.Word), // __sk_buff.data
		asm.LoadMem(end, ctx, 80, asm.Word),  // __sk_buff.data_end
		asm.Mov.Reg(asm.R2, data),
		asm.Add.Imm(asm.R2, rtpEnd),
		asm.JGT.Reg(asm.R2, end, "pass"),
	}
	ins := asm.Instructions{
		asm.Mov.Reg(ctx, asm.R1),
		asm.LoadMem(asm.R0, ctx, 4, asm.Word), // __sk_buff.pkt_type: to another host's card
		asm.JNE.Imm(asm.R0, 0, "pass"),
		asm.LoadMem(asm.R0, ctx, 20, asm.Word), // __sk_buff.vlan_present: the VLAN's own interface sees it next
		asm.JNE.Imm(asm.R0, 0, "pass"),
	}
	ins = append(ins, bounds...)
	ins = append(ins,
		asm.LoadMem(asm.R0, data, atEtherType, asm.Half),
		asm.JNE.Imm(asm.R0, net16(0x0800), "pass"),
		asm.LoadMem(asm.R0, data, atIP, asm.Byte),
		asm.JNE.Imm(asm.R0, 0x45, "pass"),
		asm.LoadMem(asm.R0, data, atProtocol, asm.Byte),
		asm.JNE.Imm(asm.R0, 17, "pass"),
		asm.LoadMem(asm.R0, data, atFragment, asm.Half),
		asm.And.Imm(asm.R0, net16(0x3fff)),
		asm.JNE.Imm(asm.R0, 0, "pass"),
		asm.LoadMem(asm.R0, data, atRTP, asm.Byte),
		asm.And.Imm(asm.R0, 0xc0),
		asm.JNE.Imm(asm.R0, 0x80, "pass"),
		// The flow.
		asm.LoadMem(asm.R0, data, atDest, asm.Word),
		asm.StoreMem(asm.R10, sKey, asm.R0, asm.Word),
		asm.LoadMem(asm.R0, data, atSource, asm.Word),
		asm.StoreMem(asm.R10, sKey+4, asm.R0, asm.Word),
		asm.LoadMem(asm.R0, data, atDestPort, asm.Half),
		asm.StoreMem(asm.R10, sKey+8, asm.R0, asm.Half),
		asm.LoadMem(asm.R0, data, atPorts, asm.Half),
		asm.StoreMem(asm.R10, sKey+10, asm.R0, asm.Half),
		asm.LoadMapPtr(asm.R1, flows.FD()),
		asm.Mov.Reg(asm.R2, asm.R10),
		asm.Add.Imm(asm.R2, sKey),
		asm.FnMapLookupElem.Call(),
		asm.JEq.Imm(asm.R0, 0, "pass"),
		asm.Mov.Reg(flow, asm.R0),
		asm.LoadMem(asm.R3, data, atRTP+1, asm.Byte),
		asm.Mov.Reg(asm.R1, asm.R3),
		asm.And.Imm(asm.R1, 0x7f),
		asm.LoadMem(asm.R2, flow, vType, asm.Word),
		asm.JNE.Reg(asm.R1, asm.R2, "pass"),
		asm.LoadMem(asm.R1, data, atSSRC, asm.Word),
		asm.LoadMem(asm.R2, flow, vSSRC, asm.Word),
		asm.JNE.Reg(asm.R1, asm.R2, "pass"),
		// What the checksum loses: ports and RTP header as they came.
		asm.StoreMem(asm.R10, sOld+12, asm.R1, asm.Word),
		asm.LoadMem(asm.R0, data, atPorts, asm.Word),
		asm.StoreMem(asm.R10, sOld, asm.R0, asm.Word),
		asm.LoadMem(asm.R0, data, atRTP, asm.Word),
		asm.StoreMem(asm.R10, sOld+4, asm.R0, asm.Word),
		asm.LoadMem(asm.R4, data, atStamp, asm.Word),
		asm.StoreMem(asm.R10, sOld+8, asm.R4, asm.Word),
		// What takes their place.
		asm.LoadMem(asm.R0, flow, vPorts, asm.Word),
		asm.StoreMem(asm.R10, sNew, asm.R0, asm.Word),
		asm.LoadMem(asm.R0, data, atRTP, asm.Byte),
		asm.StoreMem(asm.R10, sNew+4, asm.R0, asm.Byte),
		asm.And.Imm(asm.R3, 0x80),
		asm.LoadMem(asm.R0, flow, vNewType, asm.Word),
		asm.Or.Reg(asm.R3, asm.R0),
		asm.StoreMem(asm.R10, sNew+5, asm.R3, asm.Byte),
		asm.LoadMem(asm.R0, data, atSeq, asm.Half),
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
		// The UDP checksum: addresses count in its pseudo header.
		asm.Mov.Reg(asm.R1, data),
		asm.Add.Imm(asm.R1, atSource),
		asm.Mov.Imm(asm.R2, 8),
		asm.Mov.Reg(asm.R3, flow),
		asm.Add.Imm(asm.R3, vAddrs),
		asm.Mov.Imm(asm.R4, 8),
		asm.Mov.Imm(asm.R5, 0),
		asm.FnCsumDiff.Call(),
		asm.StoreMem(asm.R10, sAddrDiff, asm.R0, asm.DWord),
		asm.Mov.Reg(asm.R1, asm.R10),
		asm.Add.Imm(asm.R1, sOld),
		asm.Mov.Imm(asm.R2, 16),
		asm.Mov.Reg(asm.R3, asm.R10),
		asm.Add.Imm(asm.R3, sNew),
		asm.Mov.Imm(asm.R4, 16),
		asm.Mov.Imm(asm.R5, 0),
		asm.FnCsumDiff.Call(),
	)
	const pseudoHeader, keepZero = 1 << 4, 1 << 5 // BPF_F_PSEUDO_HDR, BPF_F_MARK_MANGLED_0
	replace := func(flags int32) asm.Instructions {
		return asm.Instructions{
			asm.Mov.Reg(asm.R4, asm.R0),
			asm.Mov.Reg(asm.R1, ctx),
			asm.Mov.Imm(asm.R2, atUDPSum),
			asm.Mov.Imm(asm.R3, 0),
			asm.Mov.Imm(asm.R5, flags),
			asm.FnL4CsumReplace.Call(),
		}
	}
	ins = append(ins, replace(keepZero)...)
	ins = append(ins, asm.LoadMem(asm.R0, asm.R10, sAddrDiff, asm.DWord))
	ins = append(ins, replace(pseudoHeader|keepZero)...)
	ins = append(ins, bounds...) // the calls made the pointers invalid
	for _, c := range []struct {
		from asm.Register
		off  int16
		to   int16
	}{
		{asm.R10, sNew, atPorts}, {asm.R10, sNew + 4, atRTP}, {asm.R10, sNew + 8, atStamp}, {asm.R10, sNew + 12, atSSRC},
		{flow, vAddrs, atSource}, {flow, vAddrs + 4, atDest},
	} {
		ins = append(ins, asm.LoadMem(asm.R0, c.from, c.off, asm.Word), asm.StoreMem(data, c.to, asm.R0, asm.Word))
	}
	ins = append(ins, asm.StoreImm(data, atTTL, 64, asm.Byte), asm.Mov.Imm(asm.R0, 0))
	for _, at := range []int16{0, 2, 4, 6, 8, 12, 14, 16, 18} {
		ins = append(ins, asm.LoadMem(asm.R1, data, atIP+at, asm.Half), asm.Add.Reg(asm.R0, asm.R1))
	}
	for range 2 {
		ins = append(ins, asm.Mov.Reg(asm.R1, asm.R0), asm.RSh.Imm(asm.R1, 16), asm.And.Imm(asm.R0, 0xffff), asm.Add.Reg(asm.R0, asm.R1))
	}
	ins = append(ins,
		asm.Xor.Imm(asm.R0, 0xffff),
		asm.StoreMem(data, atIPSum, asm.R0, asm.Half),
		// Counters.
		asm.Mov.Imm(asm.R1, 1),
		asm.StoreXAdd(flow, asm.R1, asm.DWord),
		asm.LoadMem(asm.R1, ctx, 0, asm.Word), // __sk_buff.len
		asm.Sub.Imm(asm.R1, atRTP),
		asm.Mov.Reg(asm.R2, flow),
		asm.Add.Imm(asm.R2, vOctets),
		asm.StoreXAdd(asm.R2, asm.R1, asm.DWord),
		asm.FnKtimeGetNs.Call(),
		asm.StoreMem(flow, vLast, asm.R0, asm.DWord),
		// Jitter (RFC 3550 appendix A.8), 16 times.
		asm.RSh.Imm(asm.R0, 10),
		asm.LoadMem(asm.R1, flow, vClock, asm.Word),
		asm.Mul.Reg(asm.R0, asm.R1),
		asm.RSh.Imm(asm.R0, clockShift),
		asm.LoadMem(asm.R1, asm.R10, sStamp, asm.Word),
		asm.Sub.Reg32(asm.R0, asm.R1), // the transit
		asm.LoadMem(asm.R1, flow, vTransit, asm.Word),
		asm.StoreMem(flow, vTransit, asm.R0, asm.Word),
		asm.JEq.Imm(asm.R1, 0, "send"), // of the first packet
		asm.Sub.Reg32(asm.R0, asm.R1),
		asm.LSh.Imm(asm.R0, 32),
		asm.ArSh.Imm(asm.R0, 32),
		asm.JSGE.Imm(asm.R0, 0, "late"),
		asm.Neg.Imm(asm.R0, 0),
		asm.LoadMem(asm.R1, flow, vJitter, asm.Word).WithSymbol("late"),
		asm.Add.Reg(asm.R0, asm.R1),
		asm.Add.Imm(asm.R1, 8),
		asm.RSh.Imm(asm.R1, 4),
		asm.Sub.Reg(asm.R0, asm.R1),
		asm.StoreMem(flow, vJitter, asm.R0, asm.Word),
		// Out, with the neighbour's address found by the kernel.
		asm.LoadMem(asm.R1, flow, vInterface, asm.Word).WithSymbol("send"),
		asm.Mov.Imm(asm.R2, 0),
		asm.Mov.Imm(asm.R3, 0),
		asm.Mov.Imm(asm.R4, 0),
		asm.FnRedirectNeigh.Call(),
		asm.Return(),
		asm.Mov.Imm(asm.R0, -1).WithSymbol("pass"), // TCX_NEXT
		asm.Return(),
	)
	return &ebpf.ProgramSpec{Name: "obelisk_rtp", Type: ebpf.SchedCLS, AttachType: ebpf.AttachTCXIngress, Instructions: ins,
		License: "Apache-2.0"}
}
