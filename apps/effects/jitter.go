package effects

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/dialplan/expr"
	"obelisk/media"
	"obelisk/pbx"
)

const jitterUsage = `Set(JITTERBUFFER(fixed|adaptive)=default) or =max[,resync[,extra]]: what the channel says waits until it is even
  max     milliseconds: the delay of a fixed buffer, the longest of an adaptive one; 200, 5000 at most
  resync  milliseconds: a jump in time farther than this begins anew; 1000
  extra   milliseconds that an adaptive buffer adds to the jitter it sees; 40
Set(JITTERBUFFER(disabled)=): no buffer, not that of sip.conf either. Bridges, applications and recordings alike hear it evened out`

// usualJitter is a buffer of which nothing is said.
var usualJitter = media.Jitter{Max: 200 * time.Millisecond, Resync: time.Second, Extra: 40 * time.Millisecond}

// jitterBuffer is JITTERBUFFER().
func jitterBuffer(c *pbx.Channel, args, value string) error {
	cfg := usualJitter
	switch kind := strings.ToLower(strings.TrimSpace(args)); kind {
	case "fixed", "":
	case "adaptive":
		cfg.Adaptive = true
	case "disabled":
		s, err := stream(c)
		if err == nil {
			s.SetJitter(nil)
		}
		return err
	default:
		return errors.New("Unknown Jitterbuffer type " + args + ". Failed to create jitterbuffer.")
	}
	if err := jitterOf(&cfg, value); err != nil {
		c.Warn("JITTERBUFFER: " + err.Error())
	}
	s, err := stream(c)
	if err == nil {
		s.SetJitter(&cfg)
	}
	return err
}

// jitterOf reads default or max,resync,extra,syncvideo; what is no number above 0 stays as usual, and is told.
func jitterOf(cfg *media.Jitter, value string) (err error) {
	if strings.EqualFold(strings.TrimSpace(value), "default") {
		return nil
	}
	fields := []*time.Duration{&cfg.Max, &cfg.Resync, &cfg.Extra}
	for i, v := range dialplan.SplitArgs(value, 4) {
		if v = strings.TrimSpace(v); v == "" {
			continue
		}
		if i == len(fields) {
			if expr.True(v) {
				err = errors.New("video is not delayed with the sound")
			}
			continue
		}
		n, bad := strconv.Atoi(v)
		switch most := int(media.MostJitter / time.Millisecond); {
		case bad != nil, n < 0, n == 0 && fields[i] != &cfg.Extra:
			err = errors.New("'" + v + "' is no number of milliseconds")
		case n > most:
			err = errors.New(v + " ms are too many, it is " + strconv.Itoa(most))
			*fields[i] = media.MostJitter
		default:
			*fields[i] = time.Duration(n) * time.Millisecond
		}
	}
	return err
}
