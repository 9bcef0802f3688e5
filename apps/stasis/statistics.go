package stasis

// decimal is a number with a fraction, as JSON.
func decimal(x float64) any { return Raw(appendDecimal(nil, x)) }

// Statistics is the model RTPstat of a channel: times in seconds.
func (m *Module) Statistics(id string) (Object, error) {
	c := m.Find(id)
	if c == nil {
		return nil, errNoChannel
	}
	s := c.Leg().Stream()
	switch {
	case c.TechName() == "Local":
		return nil, Refuse(403, "Unsupported channel type")
	case s == nil:
		return nil, Refuse(404, "Channel's tech not found")
	case s.Inner() || c.TechName() != "SIP":
		return nil, Refuse(404, "RTP info not found")
	}
	n, q := s.Stats(), s.Quality()
	d := decimal
	return Object{
		"txcount", int64(q.Sent), "rxcount", int64(q.Received), "txjitter", d(q.RemoteJitter), "rxjitter", d(q.Jitter),
		"remote_maxjitter", d(q.RemoteJitters.Max), "remote_minjitter", d(q.RemoteJitters.Min), "remote_normdevjitter",
		d(q.RemoteJitters.Mean()), "remote_stdevjitter", d(q.RemoteJitters.Deviation()), "local_maxjitter", d(q.Jitters.Max), "local_minjitter",
		d(q.Jitters.Min), "local_normdevjitter", d(q.Jitters.Mean()), "local_stdevjitter", d(q.Jitters.Deviation()), "txploss",
		max(q.RemoteLost, 0), "rxploss", max(q.Lost, 0), "remote_maxrxploss", d(q.RemoteLosses.Max), "remote_minrxploss", d(q.RemoteLosses.Min),
		"remote_normdevrxploss", d(q.RemoteLosses.Mean()), "remote_stdevrxploss", d(q.RemoteLosses.Deviation()), "local_maxrxploss",
		d(q.Losses.Max), "local_minrxploss", d(q.Losses.Min), "local_normdevrxploss", d(q.Losses.Mean()), "local_stdevrxploss",
		d(q.Losses.Deviation()), "rtt", d(q.RoundTrip), "maxrtt", d(q.RoundTrips.Max), "minrtt", d(q.RoundTrips.Min), "normdevrtt",
		d(q.RoundTrips.Mean()), "stdevrtt", d(q.RoundTrips.Deviation()), "local_ssrc", int64(q.SSRC), "remote_ssrc", int64(q.TheirSSRC),
		"txoctetcount", int64(n.TxBytes), "rxoctetcount", int64(n.RxBytes), "channel_uniqueid", c.UniqueID(),
	}, nil
}
