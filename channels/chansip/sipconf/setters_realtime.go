package sipconf

import (
	"strconv"
	"time"
)

func setAutoClear(r *optionReader, v string) {
	if n, err := strconv.Atoi(v); err == nil && n >= 0 {
		r.g.RTAutoClear = time.Duration(n) * time.Second
		return
	}
	r.g.RTAutoClear = 0
	if r.truth(v) {
		r.g.RTAutoClear = 2 * time.Minute
	}
}
