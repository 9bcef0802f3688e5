package media

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/pion/rtcp"
)

// Quality is how well a stream's audio went both ways: what we saw of what came (local), and
// what the far end's reports say of what we sent (remote). Jitter and round trip are in
// seconds.
type Quality struct {
	SSRC, TheirSSRC       uint32
	Received, Sent        uint64
	Lost, RemoteLost      int64
	Jitter, RemoteJitter  float64
	RoundTrip             float64
	Jitters, Losses       Series // each time that we reported
	RemoteJitters         Series // each report of the far end
	RemoteLosses          Series
	RoundTrips            Series
	Scores, RemoteScores  Series // of how it was to listen, 0 to 100, with what we report and with what the far end does
	Score, RemoteScore    float64
	localPrior, farsPrior int64 // lost at the last report
}

// Series sums values up.
type Series struct {
	n                 int
	Min, Max          float64
	total, squareDiff float64 // Welford's
	mean              float64
}

func (s *Series) add(x float64) {
	if s.n++; s.n == 1 || x < s.Min {
		s.Min = x
	}
	s.Max = max(s.Max, x)
	s.total += x
	d := x - s.mean
	s.mean += d / float64(s.n)
	s.squareDiff += d * (x - s.mean)
}

// Mean is the average, 0 without a value.
func (s *Series) Mean() float64 { return s.mean }

// Deviation is the standard deviation of all values, 0 without one.
func (s *Series) Deviation() float64 {
	if s.n == 0 {
		return 0
	}
	return math.Sqrt(s.squareDiff / float64(s.n))
}

// Quality is a reading of it; after the stream is closed, the last one. It waits for the
// loop.
func (s *Stream) Quality() Quality {
	if q := s.lastQuality.Load(); q != nil {
		return *q
	}
	out := make(chan Quality, 1)
	s.post(func() {
		switch q := s.lastQuality.Load(); {
		case q != nil:
			out <- *q
		case s.opened:
			out <- s.qualityNow()
		default:
			out <- Quality{}
		}
	})
	select {
	case q := <-out:
		return q
	case <-time.After(time.Second): // the engine is closed
		return Quality{}
	}
}

// Inner says that the stream leads to another one of ours: there is no network to speak of.
func (s *Stream) Inner() bool { return s.inner }

func (s *Stream) qualityNow() (q Quality) {
	if s.quality != nil {
		q = *s.quality
	}
	st := s.Stats()
	q.SSRC, q.Received, q.Sent = s.tx.ssrc, st.RxPackets, st.TxPackets
	if s.rx.started {
		q.TheirSSRC, q.Lost, q.Jitter = s.rx.ssrc, max(s.rx.total(), 0), s.rx.jitter/float64(s.receivedClock())
	}
	return q
}

// receivedClock is the clock rate of what comes.
func (s *Stream) receivedClock() uint32 { return s.recv[s.audioType&0x7f].clock() }

// measured notes how it stands when we report.
func (s *Stream) measured() {
	if s.quality == nil {
		s.quality = &Quality{}
	}
	q, lost := s.quality, max(s.rx.total(), 0)
	q.Jitters.add(s.rx.jitter / float64(s.receivedClock()))
	q.Losses.add(float64(lost - q.localPrior))
	q.localPrior = lost
	q.Score = score(&q.RoundTrips, &q.Losses)
	q.Scores.add(q.Score)
}

// score is how good a call is to listen to, 0 to 100, by the simplified E-model that monitors of networks use (ITU-T G.107: R,
// and from it the mean opinion, of which this is a hundredth of five). As in Asterisk 20 jitter has no part in it.
func score(roundTrips, losses *Series) float64 {
	delay := 10 + roundTrips.Mean()*1000 // ms
	r := 93.2 - delay/40
	if delay >= 160 {
		r = 93.2 - (delay-120)/10
	}
	r = min(max(r-2.5*losses.Mean(), 0), 100)
	return (1 + 0.035*r + r*(r-60)*(100-r)*7e-6) * 20
}

// reported takes the far end's reports of what we send.
func (s *Stream) reported(list []rtcp.ReceptionReport, now time.Time) {
	for _, r := range list {
		if r.SSRC != s.tx.ssrc {
			continue
		}
		if s.quality == nil {
			s.quality = &Quality{}
		}
		q := s.quality
		rate := max(s.tx.rate, 8000)
		q.RemoteLost, q.RemoteJitter = int64(r.TotalLost), float64(r.Jitter)/float64(rate)
		q.RemoteJitters.add(q.RemoteJitter)
		q.RemoteLosses.add(float64(q.RemoteLost - q.farsPrior))
		q.farsPrior = q.RemoteLost
		// RFC 3550 section 6.4.1: A - LSR - DLSR, in 1/65536 s
		if way := int32(uint32(ntpTime(now)>>16) - r.LastSenderReport - r.Delay); r.LastSenderReport != 0 && way >= 0 {
			q.RoundTrip = float64(way) / 65536
			q.RoundTrips.add(q.RoundTrip)
		}
		q.RemoteScore = score(&q.RoundTrips, &q.RemoteLosses)
		q.RemoteScores.add(q.RemoteScore)
		s.doubt(r.FractionLost)
	}
}

// Vars are the variables RTPAUDIOQOS, with what is behind that in their names, in the texts
// of Asterisk, where rxmes and txmes of the first one are those of the other direction.
func (q *Quality) Vars() [5][2]string {
	return [5][2]string{
		{"", fmt.Sprintf("ssrc=%d;themssrc=%d;lp=%d;rxjitter=%.6f;rxcount=%d;txjitter=%.6f;txcount=%d;rlp=%d;rtt=%.6f;rxmes=%.6f;txmes=%.6f",
			q.SSRC, q.TheirSSRC, q.Lost, q.Jitter, q.Received, q.RemoteJitter, q.Sent, q.RemoteLost, q.RoundTrip, q.RemoteScore, q.Score)},
		{"JITTER", q.Jitters.text("", "rxjitter") + q.RemoteJitters.text("", "txjitter")},
		{"LOSS", q.Losses.text("  ", "rxlost") + q.RemoteLosses.text("  ", "txlost")},
		{"RTT", q.RoundTrips.text("     ", "rtt")},
		{"MES", q.Scores.text("   ", "rxmes") + q.RemoteScores.text("   ", "txmes")},
	}
}

// text is a series as Asterisk 20 writes it: each name behind a margin, each value with three digits before the point.
func (s *Series) text(margin, what string) string {
	return fmt.Sprintf("%[1]smin%[2]s=%010.6[3]f;%[1]smax%[2]s=%010.6[4]f;%[1]savg%[2]s=%010.6[5]f;%[1]sstdev%[2]s=%010.6[6]f;", margin, what,
		s.Min, s.Max, s.Mean(), s.Deviation())
}

// Item is one value, as CHANNEL(rtpqos,audio,item) names it; ok is false for another name.
func (q *Quality) Item(name string) (value string, ok bool) {
	seconds := func(f float64) (string, bool) { return strconv.FormatFloat(f, 'f', 6, 64), true }
	number := func(n int64) (string, bool) { return strconv.FormatInt(n, 10), true }
	series := map[string]*Series{"local_%sjitter": &q.Jitters, "remote_%sjitter": &q.RemoteJitters, "local_%slossrate": &q.Losses,
		"remote_%slossrate": &q.RemoteLosses, "%srtt": &q.RoundTrips}
	for form, s := range series {
		for what, f := range map[string]float64{"min": s.Min, "max": s.Max, "normdev": s.Mean(), "stdev": s.Deviation()} {
			if fmt.Sprintf(form, what) == name {
				return seconds(f)
			}
		}
	}
	switch name {
	case "", "all":
		return q.Vars()[0][1], true
	case "local_ssrc":
		return number(int64(q.SSRC))
	case "remote_ssrc":
		return number(int64(q.TheirSSRC))
	case "local_lostpackets":
		return number(q.Lost)
	case "remote_lostpackets":
		return number(q.RemoteLost)
	case "local_jitter", "rxjitter":
		return seconds(q.Jitter)
	case "remote_jitter", "txjitter":
		return seconds(q.RemoteJitter)
	case "local_count", "rxcount":
		return number(int64(q.Received))
	case "remote_count", "txcount":
		return number(int64(q.Sent))
	case "rtt":
		return seconds(q.RoundTrip)
	}
	return "", false
}
