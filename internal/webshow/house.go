// Package webshow is what the console for browsers shows of the switchboard, and what can be done there:
// calls, phones, trunks, figures over time, the files of the configuration.
package webshow

import (
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"obelisk/channels/chansip"
	"obelisk/internal/check/tell"
	"obelisk/internal/logs"
	"obelisk/internal/sipshow"
	"obelisk/manage/cli"
	"obelisk/manage/web"
	"obelisk/media"
	"obelisk/pbx"
)

// Switchboard is what stands behind the pages.
type Switchboard struct {
	Core *pbx.Core
	Web  *web.Server
	Logs *logs.Logs
	Log  zerolog.Logger

	Folder   string // of the configuration
	BuiltIn  bool   // the configuration is the built-in one and has no files
	Database string // folder of what is kept: versions of files, figures
	MaxCalls int    // 0: no limit

	SIP          func() sipshow.Console // its Driver is nil where sip.conf was not read
	Media        func() *media.Engine   // nil: there is no audio
	Commands     func() *cli.Console    // those of the console in a terminal
	Boards       func() []pbx.Board     // of the rooms of an office
	Ready        func() string          // why it takes no calls; "": it does
	Reload       func() (changes []string, err error)
	Reloads      func() (done, refused uint64, last time.Time)
	Descriptors  func() (open, limit int)
	NeedsRestart func() []string // what has changed and is in force at the next start only

	// Judge judges the files, one with another text where it has a name; refusing are the findings for
	// which a reload would be refused.
	Judge func(name string, text []byte) (list, refusing []tell.Finding, err error)
}

// House is the switchboard as the console asks of it: console.House, console.Gauges, console.Workshop.
type House struct {
	s       Switchboard
	lookout atomic.Pointer[lookout] // nil until somebody may look
}

// New makes a house that gathers nothing yet.
func New(s Switchboard) *House { return &House{s: s} }

// Watch begins to gather what is shown over time, once. It says whether it began now.
func (v *House) Watch() bool {
	if v.lookout.Load() != nil {
		return false
	}
	v.lookout.Store(newLookout(&v.s))
	return true
}

// Close keeps what was gathered.
func (v *House) Close() {
	if l := v.lookout.Load(); l != nil {
		l.close()
	}
}

func (v *House) driver() *chansip.Driver { return v.s.SIP().Driver }
