package boot

import (
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
)

// announce tells the service manager that calls are taken, and from then on, where it asks
// for that, that the switchboard is alive: a core that does not answer is no life.
func (s *System) announce() {
	daemon.SdNotify(false, daemon.SdNotifyReady)
	every, err := daemon.SdWatchdogEnabled(false)
	if err != nil || every == 0 {
		return
	}
	go func() {
		tick := time.NewTicker(every / 3)
		defer tick.Stop()
		for {
			select {
			case <-s.stopped:
				return
			case <-tick.C:
				s.core.Counts() // takes the core's lock
				daemon.SdNotify(false, daemon.SdNotifyWatchdog)
			}
		}
	}()
}

// announceStop tells it that the end has begun. From then on it counts: a process that is
// still there after TimeoutStopSec is killed. Hence not while the last calls are waited for.
func announceStop() { daemon.SdNotify(false, daemon.SdNotifyStopping) }
