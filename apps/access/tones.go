package access

import "obelisk/media"

// outOfService are the tones before an announcement (ITU-T E.180), and a pause.
var outOfService = media.Tone{{Hz: []float64{950}, MS: 330}, {Hz: []float64{1400}, MS: 330}, {Hz: []float64{1800}, MS: 330}, {MS: 1000}}
