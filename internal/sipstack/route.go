package sipstack

// request finds the transaction of a request or makes one.
func (sh *Shard) request(m *Message) {
	switch m.Method {
	case "ACK":
		if tx := sh.server[serverKey(m, "INVITE")]; tx != nil {
			tx.ack(m)
			return
		}
		sh.stack.cfg.Handler.Handle(sh, nil, m)
		return
	case "CANCEL":
		if sh.server[serverKey(m, "CANCEL")] == nil {
			if inv := sh.server[serverKey(m, "INVITE")]; inv != nil {
				sh.cancel(inv, m)
				return
			}
		}
	}
	key := serverKey(m, m.Method)
	if tx := sh.server[key]; tx != nil {
		tx.retransmitted()
		return
	}
	tx := sh.newServerTx(key, m)
	sh.stack.cfg.Handler.Handle(sh, tx, m)
}

// cancel answers the INVITE first, then the CANCEL with the same To tag.
func (sh *Shard) cancel(inv *ServerTx, m *Message) {
	tx := sh.newServerTx(serverKey(m, "CANCEL"), m)
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
