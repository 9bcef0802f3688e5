package pbx

import "strings"

// Alias is a technology of which the names are understood as those of another one, where the
// dialplan says so (pjsipnames in [general] of extensions.conf). Channels have the name of the
// other one.
type Alias struct {
	Name, Tech string                       // such as PJSIP and SIP
	Resource   func(resource string) string // what stands behind Name/, as it stands behind Tech/
}

// RegisterAlias adds the alias; it is not safe once the core is used.
func (c *Core) RegisterAlias(a Alias) { c.alias = &a }

// aliased says whether a technology's names are understood as those of another one.
func (c *Core) aliased(tech string) bool {
	if c.alias == nil || !strings.EqualFold(tech, c.alias.Name) {
		return false
	}
	p := c.Plan()
	return p != nil && p.PJSIPNames
}

// Meant gives technology and resource as they are known here.
func (c *Core) Meant(tech, resource string) (string, string) {
	if !c.aliased(tech) {
		return tech, resource
	}
	return c.alias.Tech, c.alias.Resource(resource)
}

// MeantChannel is the name of a channel, or what it begins with, as it is known here: channels
// have the technology of the driver.
func (c *Core) MeantChannel(name string) string {
	tech, rest, slash := strings.Cut(name, "/")
	switch {
	case !c.aliased(tech):
		return name
	case slash:
		return c.alias.Tech + "/" + rest
	}
	return c.alias.Tech
}

// meantDevice is a device as it is known here.
func (c *Core) meantDevice(device string) string {
	tech, resource, ok := strings.Cut(device, "/")
	if !ok || !c.aliased(tech) {
		return device
	}
	tech, resource = c.Meant(tech, resource)
	return tech + "/" + resource
}

// meantDevices are several.
func (c *Core) meantDevices(devices []string) []string {
	for i, d := range devices {
		devices[i] = c.meantDevice(d)
	}
	return devices
}
