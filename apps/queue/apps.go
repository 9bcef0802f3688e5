package queue

import (
	"strings"

	"obelisk/dialplan"
	"obelisk/pbx"
)

func (m *Module) apps() []pbx.App {
	return []pbx.App{
		{Name: "Queue", Synopsis: "Wait in a queue for one of its members", Usage: queueUsage, Check: checkQueue, Exec: m.exec},
		{Name: "AddQueueMember", Synopsis: "Make somebody a member of a queue",
			Usage: "AddQueueMember(queue[,interface[,penalty[,options[,name[,state interface[,wrapuptime]]]]]])\n  p  he is paused, for a " +
				"reason: pr(reason)\n" +
				"  without an interface it is the channel's own; AQMSTATUS is ADDED, MEMBERALREADY or NOSUCHQUEUE", Exec: m.execAdd},
		{Name: "RemoveQueueMember", Synopsis: "Take a dynamic member away from a queue",
			Usage: "RemoveQueueMember(queue[,interface])\n  RQMSTATUS is REMOVED, NOTINQUEUE, NOSUCHQUEUE or NOTDYNAMIC", Exec: m.execRemove},
		{Name: "PauseQueueMember", Synopsis: "Have a member's phone not ring for a time",
			Usage: "PauseQueueMember([queue],interface[,,reason])\n  without a queue in all; PQMSTATUS is PAUSED or NOTFOUND",
			Exec:  m.execPause("PauseQueueMember", true)},
		{Name: "UnpauseQueueMember", Synopsis: "Have it ring again",
			Usage: "UnpauseQueueMember([queue],interface[,,reason])\n  UPQMSTATUS is UNPAUSED or NOTFOUND",
			Exec:  m.execPause("UnpauseQueueMember", false)},
		{Name: "QueueUpdate", Synopsis: "Count a call that a member has made himself",
			Usage: "QueueUpdate(queue,uniqueid,member's name,status[,talk time[,total time|called number]])\n  status ANSWER is a completed " +
				"call, any other an abandoned one", Exec: m.execUpdate},
	}
}

// checkQueue finds options that have no effect.
func checkQueue(args string) (out []string) {
	f := append(dialplan.SplitArgs(args, 3), "", "")
	if strings.Contains(f[1], "$") {
		return nil
	}
	return dialplan.ParseOptions(f[1], optionsKnown).Problems
}

// own is the interface of a channel: its name without the number.
func own(ch *pbx.Channel) string {
	name := ch.Name()
	if at := strings.LastIndexByte(name, '-'); at >= 0 {
		return name[:at]
	}
	return name
}

func (m *Module) execAdd(ch *pbx.Channel, args string) dialplan.Result {
	if args == "" {
		ch.Warn("AddQueueMember requires an argument (queuename[,interface[,penalty[,options[,membername[,stateinterface][,wrapuptime]]]]])")
		return dialplan.End
	}
	f := append(dialplan.SplitArgs(args, 7), make([]string, 7)...)
	a := addition{face: f[1], penalty: atoi(f[2]), name: f[4], state: f[5], wrapup: int64(max(atoi(f[6]), 0))}
	o := dialplan.ParseOptions(f[3], "pr")
	if a.paused = o.Has('p'); a.paused {
		a.reason = o.Arg('r')
	}
	if a.face == "" {
		a.face = own(ch)
	}
	if _, ok := number(f[2]); f[2] != "" && !ok || a.penalty < 0 {
		ch.Warn("Penalty '" + f[2] + "' is invalid, must be an integer >= 0")
		a.penalty = 0
	}
	switch m.add(f[0], a, ch.UniqueID()) {
	case done:
		ch.SetVar("AQMSTATUS", "ADDED")
	case exists:
		ch.Warn("Unable to add interface '" + a.face + "' to queue '" + f[0] + "': Already there")
		ch.SetVar("AQMSTATUS", "MEMBERALREADY")
	default:
		ch.Warn("Unable to add interface to queue '" + f[0] + "': No such queue")
		ch.SetVar("AQMSTATUS", "NOSUCHQUEUE")
	}
	return dialplan.Continue
}

func (m *Module) execRemove(ch *pbx.Channel, args string) dialplan.Result {
	if args == "" {
		ch.Warn("RemoveQueueMember requires an argument (queuename[,interface])")
		return dialplan.End
	}
	f := append(dialplan.SplitArgs(args, 2), "")
	if f[1] == "" {
		f[1] = own(ch)
	}
	status := map[outcome]string{done: "REMOVED", exists: "NOTINQUEUE", noQueue: "NOSUCHQUEUE", notDynamic: "NOTDYNAMIC"}[m.remove(f[0], f[1],
		ch.UniqueID())]
	if status == "NOSUCHQUEUE" {
		ch.Warn("Unable to remove interface from queue '" + f[0] + "': No such queue")
	} else if status == "NOTDYNAMIC" {
		ch.Warn("Unable to remove interface from queue '" + f[0] + "': '" + f[1] + "' is not a dynamic member")
	}
	ch.SetVar("RQMSTATUS", status)
	return dialplan.Continue
}

func (m *Module) execPause(name string, on bool) func(*pbx.Channel, string) dialplan.Result {
	variable, status := "PQMSTATUS", "PAUSED"
	if !on {
		variable, status = "UPQMSTATUS", "UNPAUSED"
	}
	return func(ch *pbx.Channel, args string) dialplan.Result {
		f := append(dialplan.SplitArgs(args, 4), make([]string, 4)...)
		if f[1] == "" {
			ch.Warn(name + " requires an argument ([queuename],interface[,options[,reason]])")
			return dialplan.End
		}
		if m.paused(f[0], f[1], f[3], on) {
			ch.SetVar(variable, status)
		} else {
			ch.Warn("Attempt to " + strings.ToLower(strings.TrimSuffix(name, "QueueMember")) + " interface " + f[1] + ", not found")
			ch.SetVar(variable, "NOTFOUND")
		}
		return dialplan.Continue
	}
}

func (m *Module) execUpdate(ch *pbx.Channel, args string) dialplan.Result {
	f := append(dialplan.SplitArgs(args, 6), make([]string, 6)...)
	for _, needed := range f[:4] {
		if needed == "" {
			ch.Warn("QueueUpdate requires arguments (queuename,uniqueid,agent,status,talktime,params[totaltime,callednumber])")
			return dialplan.End
		}
	}
	m.with(func(t *told) {
		q := m.find(f[0])
		if q == nil {
			t.say(func() { ch.Warn("QueueUpdate could not find requested queue '" + f[0] + "'") })
			return
		}
		for _, x := range q.members {
			if !strings.EqualFold(x.name, f[2]) {
				continue
			}
			if x.lastCall = now(); strings.EqualFold(f[3], "ANSWER") {
				talked := atoi(f[4])
				q.talkTime = (3*q.talkTime + talked) >> 2
				x.calls++
				x.lastQueue = q
				if q.completed++; int64(talked) <= q.s.serviceLevel {
					q.completedSoon++
				}
			} else {
				q.abandoned++
			}
			q.stale()
			m.log(t, f[1], f[0], f[2], "OUTCALL", f[3], f[4], f[5])
		}
	})
	return dialplan.Continue
}
