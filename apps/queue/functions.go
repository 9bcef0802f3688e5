package queue

import (
	"errors"
	"fmt"
	"strings"

	"obelisk/dialplan"
	"obelisk/pbx"
)

func (m *Module) functions() []pbx.Func {
	return []pbx.Func{
		{Name: "QUEUE_EXISTS", Synopsis: "Whether there is a queue", Usage: "QUEUE_EXISTS(queue): 1 or 0", Read: m.readExists},
		{Name: "QUEUE_VARIABLES", Synopsis: "Set the variables of a queue on the channel",
			Usage: "QUEUE_VARIABLES(queue): 0, or -1 where setqueuevar is off", Read: m.readVariables},
		{Name: "QUEUE_MEMBER", Synopsis: "Members of a queue, counted, and what they are",
			Usage: "QUEUE_MEMBER(queue,option[,interface])\n  logged, free, ready, count: how many there are\n  penalty, paused, ringinuse: of " +
				"a member; these may be set, in all queues without one",
			Read: m.readMember, Write: m.writeMember},
		{Name: "QUEUE_MEMBER_COUNT", Synopsis: "Members who are logged in", Usage: "QUEUE_MEMBER_COUNT(queue)", Read: m.readCount},
		{Name: "QUEUE_MEMBER_LIST", Synopsis: "The interfaces of a queue's members", Usage: "QUEUE_MEMBER_LIST(queue)", Read: m.readList},
		{Name: "QUEUE_MEMBER_PENALTY", Synopsis: "A member's penalty", Usage: "QUEUE_MEMBER_PENALTY(queue,interface)", Read: m.readPenalty,
			Write: m.writePenalty},
		{Name: "QUEUE_WAITING_COUNT", Synopsis: "Callers who wait", Usage: "QUEUE_WAITING_COUNT(queue)", Read: m.readWaiting},
		{Name: "QUEUE_GET_CHANNEL", Synopsis: "The channel of a caller who waits", Usage: "QUEUE_GET_CHANNEL(queue[,position]): 1 is the first",
			Read: m.readChannel},
	}
}

// on reads something of a queue; otherwise is what it is where there is none.
func (m *Module) on(ch *pbx.Channel, name, otherwise string, f func(q *queue) string) (string, error) {
	if name == "" {
		return "", errors.New("a queue's name is needed")
	}
	m.refresh(name)
	m.mu.Lock()
	defer m.mu.Unlock()
	q := m.find(name)
	if q == nil {
		m.core.Log().Warn().Ctx(ch.Trace().Context()).Msgf("queue %s was not found", name)
		return otherwise, nil
	}
	return f(q), nil
}

func (m *Module) readExists(_ *pbx.Channel, name string) (string, error) {
	if name == "" {
		return "", errors.New("QUEUE_EXISTS requires an argument: queuename")
	}
	m.refresh(name)
	m.mu.Lock()
	defer m.mu.Unlock()
	return bit(m.find(name) != nil), nil
}

func (m *Module) readVariables(ch *pbx.Channel, name string) (string, error) {
	var vars [][2]string
	result, err := m.on(ch, name, "-1", func(q *queue) string {
		if !q.s.setQueueVar {
			return "-1"
		}
		vars = q.vars()
		return "0"
	})
	for _, v := range vars {
		ch.SetVar(v[0], v[1])
	}
	return result, err
}

// args reads "queue,..." into at least n parts.
func args(text string, n int) []string {
	return append(dialplan.SplitArgs(text, 0), make([]string, n)...)
}

func (m *Module) readMember(ch *pbx.Channel, text string) (string, error) {
	f := args(text, 3)
	if f[0] == "" || f[1] == "" {
		return "", errors.New("it takes a queue, an option and for some an interface")
	}
	var wrong error
	value, err := m.on(ch, f[0], "0", func(q *queue) string {
		option := strings.ToLower(f[1])
		switch option {
		case "logged", "free", "ready":
			return written(q.count(option))
		case "count":
			return written(len(q.members))
		}
		x := q.member(f[2])
		switch {
		case option != "penalty" && option != "paused" && option != "ringinuse" && option != "ignorebusy":
			wrong = fmt.Errorf("there is no option '%s'", f[1])
		case x == nil:
			wrong = fmt.Errorf("'%s' is no member of the queue '%s'", f[2], q.name)
		case option == "penalty":
			return written(x.penalty)
		case option == "paused":
			return bit(x.paused)
		default:
			return bit(x.ringInUse)
		}
		return "0"
	})
	if wrong != nil {
		ch.Warn(wrong.Error())
	}
	return value, err
}

// count counts the members who are logged in; of them those who are free, and of those the ones
// who are not wrapping up.
func (q *queue) count(option string) (n int) {
	for _, x := range q.members {
		wrapup := x.wrapupIn(q)
		switch {
		case option == "logged" && !deaf(x.status),
			option == "free" && x.status == pbx.DeviceNotInUse && !x.paused,
			option == "ready" && x.status == pbx.DeviceNotInUse && !x.paused && (x.lastCall == 0 || wrapup == 0 || now()-wrapup >= x.lastCall):
			n++
		}
	}
	return n
}

func (m *Module) writeMember(_ *pbx.Channel, text, value string) error {
	f := args(text, 3)
	if f[1] == "" || f[2] == "" {
		return errors.New("it takes a queue or none, an option and an interface")
	}
	n, found := atoi(value), false
	switch strings.ToLower(f[1]) {
	case "penalty":
		found = m.setPenalty(f[0], f[2], n)
	case "paused":
		found = m.paused(f[0], f[2], "", n > 0)
	case "ringinuse", "ignorebusy":
		found = m.setRingInUse(f[0], f[2], n > 0)
	default:
		return fmt.Errorf("there is no option '%s'", f[1])
	}
	if !found {
		return errors.New("no such interface or queue, or no penalty")
	}
	return nil
}

func (m *Module) readCount(ch *pbx.Channel, name string) (string, error) {
	return m.on(ch, name, "0", func(q *queue) string { return written(q.count("logged")) })
}

func (m *Module) readList(ch *pbx.Channel, name string) (string, error) {
	return m.on(ch, name, "", func(q *queue) string {
		var list []string
		for _, x := range q.members {
			list = append(list, x.face)
		}
		return strings.Join(list, ",")
	})
}

func (m *Module) readPenalty(ch *pbx.Channel, text string) (string, error) {
	const missing = "2" // what Asterisk has in place of a member's who is not there
	f := args(text, 2)
	return m.on(ch, f[0], missing, func(q *queue) string {
		if x := q.member(f[1]); x != nil {
			return written(x.penalty)
		}
		return missing
	})
}

func (m *Module) writePenalty(_ *pbx.Channel, text, value string) error {
	f := args(text, 2)
	if f[1] == "" || !m.setPenalty(f[0], f[1], atoi(value)) {
		return errors.New("no such interface or queue, or no penalty")
	}
	return nil
}

func (m *Module) readWaiting(ch *pbx.Channel, name string) (string, error) {
	return m.on(ch, name, "0", func(q *queue) string { return written(q.waiting()) })
}

func (m *Module) readChannel(ch *pbx.Channel, text string) (string, error) {
	f := args(text, 2)
	n, ok := number(f[1])
	if f[1] == "" {
		n, ok = 1, true
	}
	if !ok || n < 1 {
		return "", errors.New("the position is a whole number from 1")
	}
	return m.on(ch, f[0], "", func(q *queue) string {
		if n > len(q.callers) {
			return ""
		}
		return q.callers[n-1].ch.Name()
	})
}
