package sipstack

// request finds the transaction of a request or makes one.
func (sh *Shard) request(m *Message) {
	switch m.Method {
	case "ACK":
		if tx := sh.serverTx(m, "INVITE"); tx != nil {
			tx.ack(m)
			return
		}
		sh.stack.cfg.Handler.Handle(sh, nil, m)
		return
	case "CANCEL":
		if sh.serverTx(m, "CANCEL") == nil {
			if inv := sh.serverTx(m, "INVITE"); inv != nil {
				sh.cancel(inv, m)
				return
			}
		}
	}
	if tx := sh.serverTx(m, m.Method); tx != nil {
		tx.retransmitted()
		return
	}
	if newCall(m) && sh.stack.admit.call(m, sh.now) {
		sh.stack.refuse(m)
		return
	}
	tx := sh.newServerTx(m, m.Method)
	sh.stack.cfg.Handler.Handle(sh, tx, m)
}

// cancel answers the INVITE first, then the CANCEL with the same To tag.
func (sh *Shard) cancel(inv *ServerTx, m *Message) {
	tx := sh.newServerTx(m, "CANCEL")
	tx.NAT, tx.ToTag = inv.NAT, inv.ToTag
	if !inv.final && inv.OnCancel != nil {
		inv.OnCancel(m)
	}
	a := Answer{Status: 200, Reason: "OK"}
	if h := sh.stack.cfg.Handler.CommonHeaders(); h != nil {
		a.Headers = h
	}
	tx.Respond(a)
}

func (sh *Shard) response(m *Message) {
	if tx := sh.client[m.Via.Branch+m.Method]; tx != nil {
		tx.receive(m)
		return
	}
	sh.stack.cfg.Handler.Stray(sh, m)
}
