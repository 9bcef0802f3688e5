package sipconf

import (
	"strings"

	"obelisk/pbx"
)

// setCompletion takes an option of call completion.
func setCompletion(r *optionReader, v string) {
	options := pbx.DefaultCompletion
	if old := r.rare().Completion; old != nil {
		options = *old
	}
	if err := options.Set(r.name, v); err != nil {
		r.warn("%v", err)
	}
	if strings.EqualFold(v, "native") {
		r.warn("'%s=native' is as never: call completion by SIP itself is not offered; generic is", r.name)
	}
	r.rare().Completion = &options
}
