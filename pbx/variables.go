package pbx

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"obelisk/dialplan"
)

// Var reads a channel variable, without built-in names and globals.
func (c *Channel) Var(name string) (string, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.vars.Get(name)
}

// Cut implements dialplan.Cutter.
func (c *Channel) Cut(most int) {
	c.over(&c.core.tally.length, "a text is longer than "+strconv.Itoa(most)+" characters and is cut")
}

// SetVar writes one; leading underscores say how far it is inherited.
func (c *Channel) SetVar(name, value string) {
	value = dialplan.Bound(c, value, dialplan.MostText)
	if c.keepVar(name, value) {
		c.tellVar(name, value)
	}
}

// keepVar sets a variable without telling; false when there is no room for it.
func (c *Channel) keepVar(name, value string) (fits bool) {
	c.mu.Lock()
	fits = c.vars.Set(name, value)
	c.mu.Unlock()
	if !fits {
		c.over(&c.core.tally.variables, "there is no room for the variable "+strconv.Quote(name)+": its variables have "+
			strconv.Itoa(dialplan.MostVars)+" bytes")
	}
	return fits
}

func (c *Channel) tellVar(name, value string) {
	if c.core.Heard() {
		c.tellVariable(name, value)
	}
}

// UnsetVar removes a variable.
func (c *Channel) UnsetVar(name string) { c.locked(func() { c.vars.Unset(name) }) }

// GroupPrefix is what the names of the variables begin with that GROUP() sets: a group is kept in
// one for its category, and ends with the channel.
const GroupPrefix = "~GROUP~"

// leaveGroups takes a channel out of the groups of the one whose variables it has got.
func (c *Channel) leaveGroups() {
	var names []string
	c.vars.Each(func(name, _ string) {
		if strings.HasPrefix(name, GroupPrefix) {
			names = append(names, name)
		}
	})
	for _, n := range names {
		c.vars.Unset(n)
	}
}

// EachVar visits the variables, newest first.
func (c *Channel) EachVar(f func(name, value string)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.vars.Each(f)
}

// tellVars tells of variables that the channel has got from another one.
func (c *Channel) tellVars(vars *dialplan.Vars) {
	vars.EachFull(c.tellVariable)
}

// InheritTo copies what a channel gets that this one calls.
func (c *Channel) InheritTo(vars *dialplan.Vars) { c.locked(func() { c.vars.InheritTo(vars) }) }

// Variable implements dialplan.Env: built-in names, channel, globals.
func (c *Channel) Variable(name string) string {
	if v, ok := c.builtIn(name); ok {
		return v
	}
	if name == peerVariable || name == peerCallID {
		if names := c.companions(); names != nil {
			if name == peerCallID {
				return ""
			}
			return strings.Join(names, ",")
		}
	}
	if v, ok := c.Var(name); ok {
		return v
	}
	if strings.HasPrefix(name, qosPrefix) {
		return c.qualityVariable(name)
	}
	v, _ := c.core.Global(name)
	return v
}

// HasVariable says whether Variable has a value for a name, which may be an empty one.
func (c *Channel) HasVariable(name string) bool {
	if _, ok := c.builtIn(name); ok {
		return true
	}
	if _, ok := c.Var(name); ok {
		return true
	}
	_, ok := c.core.Global(name)
	return ok
}

func (c *Channel) builtIn(name string) (string, bool) {
	v := c.View()
	switch name {
	case "EXTEN":
		return v.At.Exten, true
	case "CONTEXT":
		return v.At.Context, true
	case "PRIORITY":
		return strconv.Itoa(v.At.Priority), true
	case "CHANNEL":
		return c.Name(), true
	case "UNIQUEID":
		return c.UniqueID(), true
	case "HANGUPCAUSE":
		return strconv.Itoa(int(v.Cause)), true
	case "EPOCH":
		return strconv.FormatInt(time.Now().Unix(), 10), true
	case "SYSTEMNAME":
		return c.core.cfg.SystemName, true
	case "CALLINGPRES":
		if v.CallerID.Num == "" {
			return "67", true
		}
		return "0", true
	case "CALLINGANI2", "CALLINGTON", "CALLINGTNS":
		return "0", true
	}
	s, ok := c.core.cfg.BuiltIns[name]
	return s, ok
}

// Function implements dialplan.Env.
func (c *Channel) Function(name, args string) (string, bool) {
	f := c.core.funcs[name]
	if f == nil {
		c.Warn("Function " + name + " not registered")
		return "", false
	}
	v, err := f.Value(c, args)
	if err != nil {
		c.Warn(name + "(" + args + "): " + err.Error())
	}
	return v, true
}

// Assign sets a variable, or writes a function where the name is NAME(args).
func (c *Channel) Assign(name, value string) error {
	if open := strings.IndexByte(name, '('); open >= 0 && strings.HasSuffix(name, ")") {
		return c.WriteFunction(name[:open], name[open+1:len(name)-1], value)
	}
	c.SetVar(name, value)
	return nil
}

// WriteFunction assigns NAME(args)=value.
func (c *Channel) WriteFunction(name, args, value string) error {
	f := c.core.funcs[name]
	if f == nil {
		return fmt.Errorf("Function %s not registered", name)
	}
	if f.Write == nil {
		return fmt.Errorf("Function %s cannot be written to", name)
	}
	return f.Write(c, args, value)
}

// Warn implements dialplan.Env: a problem in the dialplan text.
func (c *Channel) Warn(text string) {
	v := c.View()
	c.core.cfg.Log.Warn().Ctx(c.trace.Context()).Msgf("%s: %s at %s@%s:%d [%s]", c.Name(), text, v.At.Exten, v.At.Context, v.At.Priority,
		c.pos)
	c.trace.Note("warning: %s", text)
}

// Query is what lookups on behalf of this channel see.
func (c *Channel) Query() dialplan.Query {
	return dialplan.Query{CallerID: c.View().CallerID.Num, Now: time.Now(), Env: c}
}

// QueryFor is what lookups on behalf of a channel see; nil is nobody.
func QueryFor(c *Channel) dialplan.Query {
	if c == nil {
		return dialplan.Query{Now: time.Now()}
	}
	return c.Query()
}
