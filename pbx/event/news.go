package event

// Field of an event of the manager interface.
type Field struct{ Name, Value string }

// News is an event that is told in the manager interface's words alone: those of queues, conferences, security
// and so on.
type News struct {
	Name   string // Asterisk's name of the event
	Class  string // who may hear of it: call, dialplan, dtmf, cdr, security, system ...
	Chan   *Channel
	Dest   *Channel // who is called
	Bridge *Bridge
	Fields []Field // what follows these, in Asterisk's order
	Parts  []Part  // of events about several channels: all of it, in this order
}

// Part of News: a channel or a bridge, with what stands before the names of its fields, or
// some fields.
type Part struct {
	Prefix string
	Chan   *Channel
	Bridge *Bridge
	Fields []Field
}

// Field finds one by its name, "" without it.
func (n *News) Field(name string) string {
	for _, f := range n.Fields {
		if f.Name == name {
			return f.Value
		}
	}
	for _, p := range n.Parts {
		for _, f := range p.Fields {
			if f.Name == name {
				return f.Value
			}
		}
	}
	return ""
}

// Who is the channel of a part, nil when there is none of that name.
func (n *News) Who(prefix string) *Channel {
	for _, p := range n.Parts {
		if p.Prefix == prefix && p.Chan != nil {
			return p.Chan
		}
	}
	return nil
}

func (News) event() {}
