package queue

import "obelisk/pbx"

// Measure implements pbx.Meter.
func (m *Module) Measure(out *pbx.Measures) {
	m.mu.Lock()
	defer m.mu.Unlock()
	at := now()
	for _, q := range m.sorted() {
		longest, open, paused, talking := int64(0), 0, 0, 0
		for _, c := range q.callers {
			longest = max(longest, c.waited())
		}
		for _, x := range q.members {
			if x.available(at) {
				open++
			}
			if x.paused {
				paused++
			}
			if x.start > 0 {
				talking++
			}
		}
		label := []string{"queue", q.name}
		out.Gauge("obelisk_queue_waiting", "callers who wait", float64(len(q.callers)), label...)
		out.Gauge("obelisk_queue_longest_wait_seconds", "how long the one has waited who has waited longest", float64(longest), label...)
		out.Gauge("obelisk_queue_hold_seconds", "average time until a call is answered", float64(q.holdTime), label...)
		out.Gauge("obelisk_queue_talk_seconds", "average time of a call", float64(q.talkTime), label...)
		out.Count("obelisk_queue_answered_total", "calls that ended after an answer, since the statistics were reset", float64(q.completed),
			label...)
		out.Count("obelisk_queue_answered_soon_total", "of them answered within the service level", float64(q.completedSoon), label...)
		out.Count("obelisk_queue_abandoned_total", "callers who left before, since the statistics were reset", float64(q.abandoned), label...)
		for _, s := range []struct {
			name  string
			count int
		}{{"all", len(q.members)}, {"available", open}, {"paused", paused}, {"talking", talking}} {
			out.Gauge("obelisk_queue_members", "members of a queue: all, who could take a call, who pauses, who is in a call of the queue",
				float64(s.count), "queue", q.name, "members", s.name)
		}
	}
}
