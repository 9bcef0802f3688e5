package boot

import (
	"fmt"
	"sync"
	"time"

	"obelisk/internal/doctor"
	"obelisk/manage/web/console"
)

// ending tells of a certificate that cannot be read, or that runs out soon, or did; "" of any other.
func ending(cert, key string, now time.Time) string {
	from, end, err := doctor.Term(cert, key)
	switch {
	case err != nil:
		return fmt.Sprintf("cannot be read: %v", err)
	case now.Before(from):
		return fmt.Sprintf("%s begins on %s only", cert, from.Format(time.DateOnly))
	case now.After(end):
		return fmt.Sprintf("%s has run out on %s: who verifies it does not connect", cert, end.Format(time.DateOnly))
	case end.Sub(now) < doctor.Soon:
		return fmt.Sprintf("%s runs out on %s", cert, end.Format(time.DateOnly))
	}
	return ""
}

// certificateWatch knows which certificates are shown to others, and how they are.
type certificateWatch struct {
	mu     sync.Mutex // guards all below
	files  map[string][2]string
	at     time.Time
	alarms []console.Alarm
}

// certificateAge is how long what is known of the files is good.
const certificateAge = time.Minute

// set notes what a listener shows: certificate and key.
func (k *certificateWatch) set(what string, on bool, cert, key string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.files == nil {
		k.files = map[string][2]string{}
	}
	if k.files[what], k.at = [2]string{cert, key}, (time.Time{}); !on {
		delete(k.files, what)
	}
}

// look tells of certificates that somebody has to renew.
func (k *certificateWatch) look(now time.Time) []console.Alarm {
	k.mu.Lock()
	defer k.mu.Unlock()
	if now.Sub(k.at) < certificateAge {
		return k.alarms
	}
	k.at, k.alarms = now, nil
	for _, what := range []string{"SIP", "HTTPS", "AMI"} {
		f, on := k.files[what]
		if !on {
			continue
		}
		_, end, err := doctor.Term(f[0], f[1])
		switch {
		case err != nil:
			k.alarms = append(k.alarms, console.Alarm{Key: "alarm.certunread", Args: []any{what, err.Error()}, Link: "/files"})
		case now.After(end):
			k.alarms = append(k.alarms, console.Alarm{Key: "alarm.certover", Args: []any{what, f[0], end.Format(time.DateOnly)}, Link: "/system"})
		case end.Sub(now) < doctor.Soon:
			k.alarms = append(k.alarms, console.Alarm{Key: "alarm.certsoon", Args: []any{what, f[0], end.Format(time.DateOnly)}, Link: "/system"})
		}
	}
	return k.alarms
}
