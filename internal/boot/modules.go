package boot

import (
	"path/filepath"
	"slices"
	"strings"

	"obelisk/apps/access"
	"obelisk/apps/agents"
	"obelisk/apps/agi"
	"obelisk/apps/cc"
	"obelisk/apps/chanspy"
	"obelisk/apps/confbridge"
	"obelisk/apps/dictate"
	"obelisk/apps/effects"
	"obelisk/apps/enum"
	callfeatures "obelisk/apps/features"
	"obelisk/apps/followme"
	"obelisk/apps/listen"
	"obelisk/apps/milliwatt"
	"obelisk/apps/mixmonitor"
	"obelisk/apps/moh"
	"obelisk/apps/page"
	"obelisk/apps/parking"
	"obelisk/apps/queue"
	"obelisk/apps/reload"
	"obelisk/apps/soundfiles"
	"obelisk/apps/stasis"
	"obelisk/apps/tones"
	"obelisk/apps/voiceagent"
	"obelisk/apps/voicemail"
	"obelisk/channels/audiosocket"
	"obelisk/channels/chansip/sipconf"
	"obelisk/channels/websocket"
	"obelisk/internal/cluster"
	"obelisk/pbx"
	"obelisk/pbx/prompt"
)

// features are the modules of an office: a new one is a folder and one line. Switchboards,
// rehearsals and the linter have them. They are furnished and read in this order and closed in
// agentsThatSpeak is the module of VoiceAgent; in a rehearsal scripts stand in for them.
func agentsThatSpeak(e equipment) pbx.Module {
	m := voiceagent.New(&prompt.Player{Lib: e.lib}, e.dirs.Spool)
	if e.rehearsal {
		m.Rehearse()
	}
	return m
}

// the opposite one: one that another's files name comes before it.
func features(e equipment) []pbx.Module {
	return []pbx.Module{
		cluster.New(e.cluster), // before those that have devices and phones
		e.music(),              // peers and queues name its classes
		cc.New(),
		callfeatures.New(&prompt.Player{Lib: e.lib}),
		parking.New(&prompt.Player{Lib: e.lib}),
		access.New(e.lib),
		agents.New(&prompt.Player{Lib: e.lib}),
		agi.New(agi.House{Dirs: e.dirs, DB: e.db, Prompts: &prompt.Player{Lib: e.lib}, Version: sipconf.Version}),
		followme.New(e.lib, e.dirs.Spool),
		enum.New(),
		milliwatt.New(),
		reload.New(),
		mixmonitor.New(e.lib, filepath.Join(e.dirs.Spool, "monitor")),
		confbridge.New(&prompt.Player{Lib: e.lib}, e.dirs.Spool, filepath.Join(e.dirs.Spool, "monitor")),
		e.queue(),
		listen.New(e.lib),
		effects.New(),
		page.New(e.lib),
		tones.New(),
		soundfiles.New(e.lib),
		dictate.New(e.lib, filepath.Join(e.dirs.Spool, "dictate")),
		chanspy.New(e.lib, filepath.Join(e.dirs.Spool, "monitor"), filepath.Join(e.dirs.Spool, "voicemail")),
		stasis.New(stasis.House{Lib: e.lib, Spool: e.dirs.Spool, Media: e.media, Endpoints: e.endpoints, Store: keptStates{e.db}}),
		audiosocket.New(e.media),
		agentsThatSpeak(e),
		websocket.New(e.media, sipconf.Version), // before ari.conf, which names clients of its files
		e.voicemail(),                           // before the phones that its lamps are at
	}
}

func (e equipment) queue() pbx.Module {
	var tables queue.Tables
	if e.tables != nil {
		tables = e.tables
	}
	return queue.New(&prompt.Player{Lib: e.lib}, e.db, tables)
}

func (e equipment) music() pbx.Module {
	c := moh.Config{Lib: e.lib, Data: e.dirs.Data, Rehearsal: e.rehearsal}
	if e.tables != nil {
		c.Tables = e.tables
	}
	return moh.New(c)
}

func (e equipment) voicemail() pbx.Module {
	c := voicemail.Config{Lib: e.lib, Spool: e.dirs.Spool, Etc: e.dirs.Etc, Flock: e.flock, Rehearsal: e.rehearsal}
	if e.tables != nil {
		c.Tables = e.tables
	}
	return voicemail.New(c)
}

// modules are all of a switchboard, in the order in which they are read and put in force. s has
// no rooms yet, and is nil where files are only looked at.
func modules(s *System, core *pbx.Core, features []pbx.Module) []pbx.Module {
	return slices.Concat([]pbx.Module{
		s.loggerModule(), // first, and closed last: the others tell what they find
		s.realtimeModule(),
		s.dnsmgrModule(),
		s.aclModule(), // sip.conf and manager.conf name its lists
		s.indicationsModule(),
		s.cdrModule(),
		s.celModule(), // before channels are there
		s.rtpModule(), // whatever has a channel has streams
	}, features, []pbx.Module{
		s.planModule(core), // with all applications; before a call can come
		s.sipModule(),
		s.hepModule(), // captures what SIP sends
		s.aliasModule(),
		s.managerModule(),
		s.prometheusModule(),
		s.webConsoleModule(),
		s.httpModule(), // behind those that it serves
		s.spoolModule(),
		colleague{s},
	}, s.ariModule(features))
}

// otherNames are names of Asterisk's modules, and short ones, for modules that have another here.
var otherNames = map[string]string{
	"dialplan": "pbx_config", "rtp": "res_rtp_asterisk", "cdr_csv": "cdr", "cdr_custom": "cdr", "cdr_sqlite3_custom": "cdr",
	"cdr_pgsql": "cdr", "cel_custom": "cel", "cel_manager": "cel", "cdr_manager": "manager", "res_config_sqlite3": "extconfig",
	"res_config_pgsql": "extconfig",
}

// together are modules that are read with another: its lists are compiled into what they have.
var together = map[string][]string{"acl": {"chan_sip", "manager"}}

// moduleNamed finds the name of a module by that, by another name of it, or by what follows the
// first "_" of it, as people shorten it; "" for none.
func moduleNamed(list []pbx.Module, name string) string {
	if other := otherNames[name]; other != "" {
		name = other
	}
	for _, m := range list {
		_, short, _ := strings.Cut(m.Name(), "_")
		if name != "" && (name == m.Name() || name == short) {
			return m.Name()
		}
	}
	return ""
}

// hasFiles says whether a module has files that can be read anew.
func hasFiles(list []pbx.Module, name string) bool {
	return slices.ContainsFunc(list, func(m pbx.Module) bool {
		_, ok := m.(pbx.Configured)
		if o, ours := m.(own); ours {
			ok = o.read != nil
		}
		return ok && m.Name() == name
	})
}

// furnish gives the core what the modules have.
func furnish(core *pbx.Core, list []pbx.Module) {
	for _, m := range list {
		if f, ok := m.(pbx.Furnisher); ok {
			f.Furnish(core)
		}
	}
}

// needRestart lists what the files say and only the next start does.
func needRestart(list []pbx.Module) (out []string) {
	for _, m := range list {
		if d, ok := m.(pbx.Deferring); ok {
			out = append(out, d.NeedsRestart()...)
		}
	}
	return out
}

// startAll has those work that work by themselves.
func startAll(list []pbx.Module) {
	for _, m := range list {
		if s, ok := m.(pbx.Starter); ok {
			s.Start()
		}
	}
}

// closeAll ends them, the last one first.
func closeAll(list []pbx.Module) {
	for _, m := range slices.Backward(list) {
		if c, ok := m.(pbx.Closer); ok {
			c.Close()
		}
	}
}
