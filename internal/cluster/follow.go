package cluster

import "obelisk/internal/store"

// toDatabase is where nodes say that the database of all has something new.
const toDatabase = "obk.db"

// follow has astdb be that of all nodes, where cluster.conf asks for it.
func (m *Module) follow(bus store.Bus, tell func(string)) {
	if !m.conf.Database || m.house.Common == nil || m.house.DB == nil {
		return
	}
	common, err := m.house.Common()
	if err == nil {
		_, err = bus.Subscribe(toDatabase, func(from []byte) {
			if string(from) != m.conf.Node {
				m.house.DB.Look()
			}
		})
	}
	if err != nil {
		tell("astdb is of this node alone: " + err.Error())
		return
	}
	m.house.DB.Follow(store.Following{Node: m.conf.Node, Common: common, Own: m.house.Own, Report: tell,
		Tell: func() { _ = bus.Publish(toDatabase, []byte(m.conf.Node)) }}) // who is not told looks by itself
}
