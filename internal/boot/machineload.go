package boot

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"sync"
	"time"

	"obelisk/internal/config"
)

// machineLoad refuses calls while the machine is busy (maxload of asterisk.conf, the load average of a minute) or
// short of memory (minmemfree, MB). It looks once a second.
type machineLoad struct {
	most   float64 // 0: any
	memory int64   // bytes, 0: any

	mu      sync.Mutex // guards below
	looked  time.Time
	verdict error
}

// newMachineLoad returns nil where asterisk.conf sets no limit.
func newMachineLoad(a *config.Asterisk) *machineLoad {
	if a.MaxLoad <= 0 && a.MinMemFree <= 0 {
		return nil
	}
	return &machineLoad{most: a.MaxLoad, memory: int64(a.MinMemFree) << 20}
}

// Refuses implements pbx.Config.Refuses.
func (m *machineLoad) Refuses() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if now := time.Now(); now.Sub(m.looked) >= time.Second {
		m.looked, m.verdict = now, m.look()
	}
	return m.verdict
}

func (m *machineLoad) look() error {
	if m.most > 0 {
		if text, err := os.ReadFile("/proc/loadavg"); err == nil {
			if load, ok := loadAverage(text); ok && load > m.most {
				return fmt.Errorf("the load of the machine is %.2f, above maxload=%g of asterisk.conf", load, m.most)
			}
		}
	}
	if m.memory > 0 {
		if text, err := os.ReadFile("/proc/meminfo"); err == nil {
			if free, ok := freeMemory(text); ok && free < m.memory {
				return fmt.Errorf("%d MB of memory are free, below minmemfree=%d of asterisk.conf", free>>20, m.memory>>20)
			}
		}
	}
	return nil
}

// loadAverage is the first number of /proc/loadavg.
func loadAverage(text []byte) (float64, bool) {
	f := bytes.Fields(text)
	if len(f) == 0 {
		return 0, false
	}
	load, err := strconv.ParseFloat(string(f[0]), 64)
	return load, err == nil
}

// freeMemory is MemAvailable of /proc/meminfo in bytes: what can be had without swapping.
func freeMemory(text []byte) (int64, bool) {
	for line := range bytes.Lines(text) {
		f := bytes.Fields(line)
		if len(f) >= 2 && string(f[0]) == "MemAvailable:" {
			kb, err := strconv.ParseInt(string(f[1]), 10, 64)
			return kb << 10, err == nil
		}
	}
	return 0, false
}

// systemName is what asterisk.conf calls this machine; with autosystemname its host name, where no name is written.
func systemName(a *config.Asterisk) string {
	if a.SystemName != "" || !a.AutoSystemName {
		return a.SystemName
	}
	name, err := os.Hostname()
	if err != nil || name == "" {
		return "localhost"
	}
	return name
}
