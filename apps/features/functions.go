package features

import (
	"cmp"
	"errors"
	"strconv"
	"strings"
	"time"

	"obelisk/pbx"
)

// FEATURE() and FEATUREMAP(): what features.conf says, for one channel.

// fact is how a channel's own value is kept.
const fact = "features:"

func (m *Module) functions() []pbx.Func {
	return []pbx.Func{
		{Name: "FEATURE", Synopsis: "An option of features.conf, for this channel",
			Usage: "FEATURE(option): one of [general], or inherit; Set(FEATURE(option)=value)", Read: m.feature, Write: m.setFeature},
		{Name: "FEATUREMAP", Synopsis: "The keys of a feature, for this channel",
			Usage: "FEATUREMAP(feature): blindxfer, atxfer, disconnect, automon, automixmon, parkcall; Set(FEATUREMAP(feature)=keys)", Read: m.code,
			Write: m.setCode},
	}
}

var (
	errNoChannel = errors.New("it is for channels")
	errNoOption  = errors.New("there is no such option")
)

// of are the settings of a channel.
func (m *Module) of(c *pbx.Channel) *settings {
	s := m.set.Load()
	var own *settings
	for _, o := range general.Options {
		if v, ok := c.Fact(fact + o.Name); ok {
			if own == nil {
				x := *s
				own = &x
			}
			o.Set(own, v)
		}
	}
	if own != nil {
		return own
	}
	return s
}

// codeOf is the code of a feature for a channel.
func (s *settings) codeOf(c *pbx.Channel, name string) string {
	if v, ok := c.Fact(fact + "map:" + name); ok {
		return v
	}
	return s.builtin[name]
}

func (m *Module) feature(c *pbx.Channel, name string) (string, error) {
	if c == nil {
		return "", errNoChannel
	}
	s := m.of(c)
	seconds := func(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }
	yes := map[bool]string{true: "1", false: "0"}
	switch name = strings.ToLower(strings.TrimSpace(name)); name {
	case "inherit":
		v, _ := c.Fact(fact + "inherit")
		return cmp.Or(v, "no"), nil
	case "featuredigittimeout":
		return strconv.Itoa(int(s.digitWait / time.Millisecond)), nil
	case "transferdigittimeout":
		return seconds(s.transferWait), nil
	case "atxfernoanswertimeout":
		return seconds(s.noAnswer), nil
	case "atxferloopdelay":
		return seconds(s.loopDelay), nil
	case "atxfercallbackretries":
		return strconv.Itoa(s.callbacks), nil
	case "transferdialattempts":
		return strconv.Itoa(s.attempts), nil
	case "atxferdropcall":
		return yes[s.dropCall], nil
	}
	if p, ok := s.texts()[name]; ok {
		return p, nil
	}
	return "", errNoOption
}

// texts are the options that are text.
func (s *settings) texts() map[string]string {
	return map[string]string{"atxferabort": s.abort, "atxfercomplete": s.complete, "atxferthreeway": s.threeWay, "atxferswap": s.swap,
		"xfersound": s.xferSound, "xferfailsound": s.xferFail, "transferannouncesound": s.announce, "transferretrysound": s.retry,
		"transferinvalidsound": s.invalid, "pickupexten": s.pickupExten, "pickupsound": s.pickupSound, "pickupfailsound": s.pickupFail,
		"courtesytone": s.courtesy, "recordingfailsound": s.recordFail}
}

func (m *Module) setFeature(c *pbx.Channel, name, value string) error {
	if c == nil {
		return errNoChannel
	}
	name = strings.ToLower(strings.TrimSpace(name))
	if name == "inherit" {
		c.SetFact(fact+name, map[bool]string{true: "yes", false: "no"}[value == "1" || strings.EqualFold(value, "yes")])
		return nil
	}
	for _, o := range general.Options {
		if o.Name == name {
			if err := o.Set(defaults(), value); err != nil {
				return err
			}
			c.SetFact(fact+name, value)
			return nil
		}
	}
	return errNoOption
}

func (m *Module) code(c *pbx.Channel, name string) (string, error) {
	name = strings.ToLower(strings.TrimSpace(name))
	if _, known := builtins[name]; !known {
		return "", errNoOption
	}
	if c == nil {
		return "", errNoChannel
	}
	return m.set.Load().codeOf(c, name), nil
}

func (m *Module) setCode(c *pbx.Channel, name, value string) error {
	name = strings.ToLower(strings.TrimSpace(name))
	_, known := builtins[name]
	switch {
	case c == nil:
		return errNoChannel
	case !known:
		return errNoOption
	case !keys(value):
		return errors.New("'" + value + "' is no code of keys")
	}
	c.SetFact(fact+"map:"+name, value)
	return nil
}
