package boot

import (
	"obelisk/internal/config"
	"obelisk/pbx"
)

// featuresModule is features.conf: the number for pickup.
func (s *System) featuresModule() pbx.Module {
	return own{name: "features", synopsis: "Call Features", read: func(r *reading) step {
		exten := pickupExten(r.file("features.conf"))
		return step{commit: func() { s.core.SetPickupExten(exten) }}
	}}
}

// pickupExten is *8 without one; f may be nil.
func pickupExten(f *config.File) string {
	if v, ok := f.Section("general").Lookup("pickupexten"); ok {
		return v.Value
	}
	return "*8"
}
