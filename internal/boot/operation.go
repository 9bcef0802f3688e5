package boot

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sort"
	"strings"

	"obelisk/channels/chansip/sipconf"
	"obelisk/pbx"
)

// operation is the system as the console asks of it.
type operation struct{ managed }

// AbortStop implements cli.Operation.
func (o operation) AbortStop() bool {
	was := o.core.Refusing()
	o.aborts.Add(1)
	o.restart.Store(false)
	o.core.Refuse(false)
	return was
}

// Modules implements cli.Operation.
func (o operation) Modules() (out [][2]string) {
	for _, name := range o.core.AppNames() {
		if a := o.core.App(name); a != nil {
			module := a.ModuleOf() + ".so"
			out = append(out, [2]string{module, cmp.Or(descriptions[module], a.Synopsis)})
		}
	}
	for _, f := range o.core.Funcs() {
		out = append(out, [2]string{"func_" + strings.ToLower(f.Name) + ".so", f.Synopsis})
	}
	for _, m := range o.conf.modules {
		synopsis := m.Name()
		if d, ok := m.(pbx.Described); ok {
			synopsis = d.Synopsis()
		}
		out = slices.DeleteFunc(out, func(x [2]string) bool { return x[0] == soName(m.Name()) })
		out = append(out, [2]string{soName(m.Name()), synopsis})
	}
	out = append(out, [2]string{"cdr_csv.so", "Comma Separated Values CDR Backend"})
	sort.Slice(out, func(i, j int) bool { return out[i][0] < out[j][0] })
	return out
}

// Settings implements cli.Operation.
func (o operation) Settings() [][2]string {
	d, max := o.conf.ast.Dirs, "Not set"
	if n := o.core.MaxCalls(); n > 0 {
		max = fmt.Sprint(n)
	}
	c := o.ami.Config()
	on := func(b bool) string {
		if b {
			return "Enabled"
		}
		return "Disabled"
	}
	files := fmt.Sprintf("%d of %d in use, %d kept in reserve", openDescriptors(), o.descriptors, descriptorLimit()-o.descriptors)
	here, _ := os.Getwd()
	a := o.conf.ast
	system := [][2]string{{"System name:", o.core.SystemName()}}
	if node := o.core.Node(); node != "" {
		system = append(system, [2]string{"Node:", node})
	}
	return slices.Concat([][2]string{{"PBX Core settings", ""}, {"Version:", sipconf.Version + " (Obelisk)"}, {"Maximum calls:", max},
		{"Maximum open file handles:", fmt.Sprint(descriptorLimit())}, {"Open file handles:", files},
		{"Root console verbosity:", fmt.Sprint(a.Verbose)}, {"Current console verbosity:", fmt.Sprint(a.Verbose)},
		{"Debug level:", fmt.Sprint(o.debug.Load())}, {"Trace level:", "0"}, {"Dump core on crash:", "No"},
		{"Maximum load average:", fmt.Sprintf("%f", a.MaxLoad)}, {"Minimum free memory:", fmt.Sprint(a.MinMemFree, " MB")},
		{"Startup time:", o.core.Begun().Format("15:04:05")},
		{"Last reload time:", o.LastReload().Format("15:04:05")}, {"System:", runtime.GOOS + "/" + runtime.GOARCH + " " + runtime.Version()},
	}, system, [][2]string{{"Default language:", o.core.Language()}, {"Language prefix:", "Enabled"},
		{"User name and group:", a.RunUser + "/" + a.RunGroup}, {"Running directory:", here}, {"Executable includes:", on(a.ExecIncludes)},
		{"Transcode via SLIN:", "Enabled"}, {"Transmit silence during rec:", "Disabled"}, {"Generic PLC:", "Disabled"},
		{"Min DTMF duration::", "80"}, {"RTP dynamic payload types:", "96-127"}, {"Shell on remote consoles:", "Disabled"}, {"* Subsystems", ""},
		{"Manager (AMI):", on(c.Enabled)}, {"Web Manager (AMI/HTTP):", on(c.Enabled && c.WebEnabled)},
		{"Call data records:", on(o.records.Config().Enable)},
		{"Realtime Architecture (ARA):", on(len(o.tables.Mappings()) > 0)},
		{"* Directories", ""}, {"Configuration directory:", d.Etc}, {"Spool directory:", d.Spool}, {"Log directory:", d.Log},
		{"Run/Sockets directory:", d.Run}, {"PID file:", filepath.Join(d.Run, "asterisk.pid")}, {"VarLib directory:", d.VarLib},
		{"Data directory:", d.Data}, {"ASTDB:", filepath.Join(d.DB, "astdb")}})
}

// RecordStores implements cli.Operation.
func (o operation) RecordStores() (out []string) {
	o.reloading.Lock()
	defer o.reloading.Unlock()
	for _, b := range o.stores.outlets {
		state := "takes records"
		if b.Away() {
			state = "cannot be reached; records wait in the spool"
		}
		out = append(out, fmt.Sprintf("%s: %s; %d written since the start", b.Name(), state, b.Wrote()))
	}
	return out
}

// RecordSettings implements cli.Operation.
func (o operation) RecordSettings() (settings [][2]string, backends []string) {
	o.reloading.Lock()
	defer o.reloading.Unlock()
	c := o.records.Config()
	logging := "Disabled"
	if c.Enable {
		logging = "Enabled"
	}
	backends = []string{"csv"}
	for _, out := range o.stores.outlets {
		backends = append(backends, out.Name())
	}
	if len(o.stores.files.custom) > 0 {
		backends = append(backends, "cdr_custom")
	}
	if o.ami.Config().Records {
		backends = append(backends, "cdr_manager")
	}
	slices.Sort(backends)
	return [][2]string{{"Logging", logging}, {"Mode", "Simple"}, {"Log calls by default", yes(c.ByDefault)},
		{"Log unanswered calls", yes(c.Unanswered)}, {"Log congestion", yes(c.Congestion)}, {"Ignore bridging changes", yes(c.IgnoreBridges)},
		{"Ignore dial state changes", yes(c.IgnoreDials)}, {"Cancel disposition enabled", yes(c.Cancelled)}}, backends
}
